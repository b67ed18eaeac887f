"""Decisions of people: archived and replayed like anything else that comes in, and stronger than any rule."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from terraloom.records import Payload, Reject
from terraloom.sources.base import SourceInfo, reject_payload

OPERATOR = "operator"
URL = "terraloom:operator"
INFO = SourceInfo(
    id=OPERATOR,
    title="Decisions of operators",
    provider="operators",
    agency=OPERATOR,
    url=URL,
    every="1d",
    licence="own",
    citation="",
    priority=0,
    enabled=False,
)


Text = Annotated[str, Meta(pattern=r"^[^\x00]*$")]  # what a database text can hold
Name = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


class Reference(Struct, frozen=True, forbid_unknown_fields=True):
    """An agency's event by its id: ``usgs``, ``us7000abcd``."""

    agency: Name
    id: Name


class Association(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An operator's word on two reports: the same event, or not. It wins over every rule."""

    a: Reference
    b: Reference
    same: bool
    operator: Text
    reason: Text = ""


def payload(association: Association, at: datetime) -> Payload:
    """The association as it is archived. `at` is when it was made, UTC."""
    body = msgspec.json.encode(association)
    return Payload(
        source=OPERATOR,
        kind="association",
        url=URL,
        fetched_at=at,
        body=body,
        content_type="application/json",
    )


def read(received: Payload) -> Iterator[Association | Reject]:
    """Read an operator's payload back."""
    try:
        said = msgspec.json.decode(received.body, type=Association)
    except msgspec.MsgspecError as error:
        yield reject_payload(received, error)
        return
    if said.a == said.b:
        yield Reject(where="payload", reason="a and b are the same report", fragment=received.body)
    else:
        yield said
