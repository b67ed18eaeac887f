"""The last look at a report before it is decided: whatever a source lets through, the record stays sound."""

from __future__ import annotations

import math
from collections.abc import Collection
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import structs

from terraloom.errors import RecordError
from terraloom.records import EventType, HazardReport, Reject

TEXTS = ("title", "description", "url", "magnitude_type")
NUMBERS = ("depth_km", "magnitude", "time_resolution_s", "position_error_km")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
LONGEST_ID = 500  # characters; an index of PostgreSQL takes 2.7 kB, and the longest that a feed gave has 69
LONGEST_REASON = 2000  # characters; the fragment beside it holds the whole
MAGNITUDES = (-10.0, 12.0)  # of earthquakes; the largest known is 9.5, the smallest in mines -4
DEPTHS_KM = (-100.0, 6371.0)  # from the air above (explosions) to the Earth's centre

_texts = attrgetter(*TEXTS)


def checked(report: HazardReport) -> HazardReport | Reject:
    """
    The report itself if it is sound (characters that no database text can hold replaced); else a `Reject`.

    Sources check what they read; this one door protects the record from those that do not.
    """
    try:
        _check_identity(report)
        _check_place(report)
        _check_times(report)
        _check_numbers(report)
    except RecordError as error:
        where = f"report {report.agency}/{report.source_event_id}"
        return told(Reject(where=where, reason=str(error), fragment=report.fragment))
    texts = _texts(report)
    if _is_storable("".join(texts)):
        return report
    return structs.replace(report, **dict(zip(TEXTS, map(_storable, texts), strict=True)))


def told(reject: Reject) -> Reject:
    """The same reject in words that the database can hold: they may quote what was rejected."""
    return structs.replace(reject, where=_short(reject.where), reason=_short(reject.reason))


# Nearly all reports are sound, so each check first asks of all values at once, and only then which one it is.


def _check_identity(report: HazardReport) -> None:
    if _are_names((report.source, report.agency, report.source_event_id, *report.also_ids, *report.keys)):
        return
    for field in ("source", "agency", "source_event_id"):
        if not _are_names((getattr(report, field),)):
            raise RecordError(field, getattr(report, field), f"1..{LONGEST_ID} characters, none of them NUL")
    for field in ("also_ids", "keys"):
        if not _are_names(getattr(report, field)):
            raise RecordError(field, getattr(report, field), f"each 1..{LONGEST_ID} characters, no NUL")


def _check_place(report: HazardReport) -> None:
    if (report.lon is None) != (report.lat is None):
        raise RecordError("lon, lat", (report.lon, report.lat), "both or neither")
    if report.lon is not None and not -180 <= report.lon <= 180:  # false for NaN, too
        raise RecordError("lon", report.lon, "-180..180 degrees east")
    if report.lat is not None and not -90 <= report.lat <= 90:
        raise RecordError("lat", report.lat, "-90..90 degrees north")
    if report.geometry is not None and not _is_storable_json(report.geometry):
        raise RecordError("geometry", report.geometry, "GeoJSON without NUL and lone surrogates in its texts")


def _check_times(report: HazardReport) -> None:
    if report.onset.tzinfo is report.updated_at.tzinfo is UTC and report.valid_until is None:
        return
    for field in ("onset", "updated_at", "valid_until"):
        at: datetime | None = getattr(report, field)
        if at is not None and at.utcoffset() is None:
            raise RecordError(field, at, "a time with its zone")


def _check_numbers(report: HazardReport) -> None:
    if not math.isfinite(sum(_numbers(report))):  # a sum that overflows is looked at more closely, too
        for field in NUMBERS:
            _check_finite(field, getattr(report, field))
        for measured in report.measurements:
            _check_finite(measured.name, measured.value)
    if report.event_type is EventType.EARTHQUAKE:
        _check_within("magnitude", report.magnitude, MAGNITUDES)
    _check_within("depth_km", report.depth_km, DEPTHS_KM)


def _numbers(report: HazardReport) -> list[float]:
    stated = [report.depth_km or 0.0, report.magnitude or 0.0]
    stated += [report.time_resolution_s, report.position_error_km]
    return stated + [measured.value for measured in report.measurements]


def _check_finite(field: str, value: float | None) -> None:
    if value is not None and not math.isfinite(value):
        raise RecordError(field, value, "a finite number")


def _check_within(field: str, value: float | None, limits: tuple[float, float]) -> None:
    if value is not None and not limits[0] <= value <= limits[1]:
        raise RecordError(field, value, f"{limits[0]:g}..{limits[1]:g}")


def _are_names(texts: Collection[str]) -> bool:
    """Whether all texts can be ids."""
    return all(texts) and max(map(len, texts), default=0) <= LONGEST_ID and _is_storable("".join(texts))


def _is_storable_json(value: dict[str, Any]) -> bool:
    """Whether all texts within are; by way of the JSON, because a polygon has many thousand numbers."""
    try:
        return rb"\u0000" not in msgspec.json.encode(value)
    except UnicodeEncodeError:  # lone surrogates
        return False


def _short(text: str) -> str:
    text = _storable(text)
    return text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]}…"


def _is_storable(text: str) -> bool:
    return "\x00" not in text and (text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text))


def _storable(text: str) -> str:
    return "".join(REPLACEMENT if c == "\x00" or "\ud800" <= c <= "\udfff" else c for c in text)
