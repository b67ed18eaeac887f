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


class Retraction(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    An operator's word on values of one series: those that stand at `since` <= time < `until` are withdrawn,
    and stay so, whatever their source repeats.
    """

    metric: Name
    station: Name
    since: Annotated[datetime, Meta(tz=True)]
    until: Annotated[datetime, Meta(tz=True)]
    operator: Text
    reason: Text = ""


KINDS: dict[str, type[Association] | type[Retraction]] = {
    "association": Association,
    "retraction": Retraction,
}


def payload(said: Association | Retraction, at: datetime) -> Payload:
    """What was said as it is archived. `at` is when, UTC."""
    body = msgspec.json.encode(said)
    return Payload(
        source=OPERATOR,
        kind=next(kind for kind, known in KINDS.items() if isinstance(said, known)),
        url=URL,
        fetched_at=at,
        body=body,
        content_type="application/json",
    )


def read(received: Payload) -> Iterator[Association | Retraction | Reject]:
    """Read an operator's payload back."""
    try:
        said = msgspec.json.decode(received.body, type=KINDS.get(received.kind, Association))
    except msgspec.MsgspecError as error:
        yield reject_payload(received, error)
        return
    if isinstance(said, Association) and said.a == said.b:
        yield Reject(where="payload", reason="a and b are the same report", fragment=received.body)
    else:
        yield said
