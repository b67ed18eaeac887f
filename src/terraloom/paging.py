"""Cursors: opaque names of the last row of a page, from which the next page goes on while rows come in."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime

from terraloom.errors import RecordError


def cursor(*parts: str) -> str:
    """A cursor that holds these parts."""
    joined = "\x1f".join(parts).encode()
    return base64.urlsafe_b64encode(joined).decode().rstrip("=")


def parts_of(given: str, count: int) -> tuple[str, ...]:
    """The `count` parts of a cursor. Raises `RecordError` for what is none."""
    try:
        padded = given.encode("ascii") + b"=" * (-len(given) % 4)
        parts = tuple(base64.b64decode(padded, altchars=b"-_", validate=True).decode().split("\x1f"))
    except (binascii.Error, UnicodeError) as error:
        raise no_cursor(given) from error
    if len(parts) != count or "\x00" in "".join(parts):
        raise no_cursor(given)
    return parts


def time_of(part: str) -> datetime:
    """A part that is a time; UTC without an offset. Raises `ValueError`."""
    at = datetime.fromisoformat(part)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def no_cursor(given: str) -> RecordError:
    return RecordError("cursor", given, "the `next` of an earlier page")
