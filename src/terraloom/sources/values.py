"""
What every parser needs to read values safely: numbers, places, times, XML.

All raise `RecordError`, which names the field, what stood there and what may stand there. Nothing here reads
a clock, the network or a file.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime

from lxml import etree

from terraloom.errors import RecordError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

NOTHING = frozenset({"", "-", "--", "---", "null", "none", "nan", "n/a"})
"""How feeds write that a value is absent (INGV "--", USGS product properties "null")."""

NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_TIME = re.compile(
    r"(?P<year>\d{4})[-./](?P<month>\d{1,2})[-./](?P<day>\d{1,2})"
    r"[T ]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d+))?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE | re.ASCII,
)


def number(field: str, value: object, *, low: float = -math.inf, high: float = math.inf) -> float:
    """`value`, a number or plain text of one, as a finite float in `low`..`high`. Raises `RecordError`."""
    found = value if type(value) is float else _float(field, value)
    if not math.isfinite(found):
        raise RecordError(field, value, "a finite number")
    if not low <= found <= high:
        raise RecordError(field, value, f"a number in {low:g}..{high:g}")
    return found


def _float(field: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise RecordError(field, value, "a number")
    if isinstance(value, str) and not NUMBER.fullmatch(value.strip()):
        raise RecordError(field, value, "a number")  # float() alone would take "1_0", "nan" and "infinity"
    try:
        return float(value)
    except OverflowError:
        raise RecordError(field, "an integer of hundreds of digits", "a finite number") from None


def optional_number(
    field: str, value: object, *, low: float = -math.inf, high: float = math.inf
) -> float | None:
    """As `number`, but None where the feed says that it has none (None, or a text of `NOTHING`)."""
    if value is None or (isinstance(value, str) and value.strip().lower() in NOTHING):
        return None
    return number(field, value, low=low, high=high)


def lonlat(lon: object, lat: object, *, lon_360: bool = False) -> tuple[float, float]:
    """
    Longitude -180..180 (degrees east) and latitude -90..90 (degrees north), both finite.

    `lon_360` is for feeds that document longitudes of 0..360; from others such a value is an error.
    Raises `RecordError` naming ``lon`` or ``lat``.
    """
    east = number("lon", lon, low=-180.0, high=360.0 if lon_360 else 180.0)
    if east > 180.0:
        east -= 360.0
    return east, number("lat", lat, low=-90.0, high=90.0)


def utc(text: object, *, zone: tzinfo = UTC, field: str = "time") -> datetime:
    """
    An ISO 8601-like time as an aware UTC datetime.

    Reads ``2026-08-21T17:49:28.0Z``, ``2026.08.21 17:49:28`` and ``2026-08-21 17:49``; `zone` holds where
    the text names none. A 60th second rolls into the next minute; digits past the microsecond are cut.
    Raises `RecordError`.
    """
    match = _TIME.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise RecordError(field, text, "a time such as 2026-08-21T17:49:28Z")
    part = match.groupdict()
    second, micro = int(part["second"] or 0), int((part["fraction"] or "0")[:6].ljust(6, "0"))
    year, month, day, hour, minute = (int(part[name]) for name in ("year", "month", "day", "hour", "minute"))
    try:
        whole = datetime(year, month, day, hour, minute) + timedelta(seconds=_sixty(second))
        return as_utc(whole.replace(microsecond=micro), _zone(part["zone"], zone))
    except (ValueError, OverflowError) as error:
        raise RecordError(field, text, f"a time that exists ({error})") from None


def as_utc(moment: datetime, zone: tzinfo = UTC) -> datetime:
    """`moment` in UTC; `zone` holds where it names none. `OverflowError` at the ends of the calendar."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def epoch_ms(field: str, value: object) -> datetime:
    """Milliseconds since 1970 (negative before) as UTC. Raises `RecordError`."""
    milliseconds = number(field, value)
    try:
        return EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        raise RecordError(field, value, "milliseconds since 1970 within the years 1 to 9999") from None


def rfc822(text: object, *, field: str = "pubDate") -> datetime:
    """An RSS date (``Sat, 21 Nov 2026 01:50:32 GMT``) as UTC, also without a zone. Raises `RecordError`."""
    try:
        return as_utc(parsedate_to_datetime(str(text).strip()))
    except (ValueError, TypeError, IndexError, OverflowError):
        raise RecordError(field, text, "an RFC 822 date such as Sat, 21 Nov 2026 01:50:32 GMT") from None


def safe_xml(body: bytes) -> etree._Element:
    """
    The root of an XML document, read without entities, network or huge trees; a DTD is refused.

    Raises `RecordError` with the line of the fault, so that a bomb costs nothing but its own payload.
    """
    refuse_dtd(body)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        return etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise RecordError("xml", body[:80], f"well-formed XML ({error})") from None


def refuse_dtd(body: bytes) -> None:
    """
    Raise `RecordError` where `body` declares a document type, in which entity bombs and file reads live.

    No feed needs one. Looks at what precedes the first element, NULs dropped, so that UTF-16 hides nothing.
    """
    prolog = _PROLOG.match(body.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe\xfe\xff"))
    if prolog is not None and prolog["doctype"]:
        raise RecordError("xml", prolog["doctype"][:40], "a document without a DTD")


_PROLOG = re.compile(
    rb"(?:\s+|<\?.*?\?>|<!--.*?-->)*(?P<doctype><!(?:DOCTYPE|ENTITY)[^\[>]*)?", re.DOTALL | re.IGNORECASE
)


def _sixty(second: int) -> int:
    if second > 60:
        raise ValueError("second must be in 0..60")
    return second


def _zone(name: str | None, otherwise: tzinfo) -> tzinfo:
    if name is None:
        return otherwise
    if name.upper() in {"Z", "UTC", "GMT"}:
        return UTC
    minutes = int(name[1:3]) * 60 + int(name[-2:])
    return timezone(timedelta(minutes=-minutes if name[0] == "-" else minutes))
