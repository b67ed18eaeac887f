"""The last look at a report before it is decided: whatever a source lets through, the record stays sound."""

from __future__ import annotations

import math
from datetime import datetime

from msgspec import structs

from terraloom.errors import RecordError
from terraloom.records import HazardReport, Reject

TEXTS = ("title", "description", "url", "magnitude_type")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


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
        return Reject(where=where, reason=str(error), fragment=report.fragment)
    texts = {name: getattr(report, name) for name in TEXTS}
    dirty = {name: _storable(text) for name, text in texts.items() if not _is_storable(text)}
    return structs.replace(report, **dirty) if dirty else report


def _check_identity(report: HazardReport) -> None:
    for field in ("source", "agency", "source_event_id"):
        if not getattr(report, field) or not _is_storable(getattr(report, field)):
            raise RecordError(field, getattr(report, field), "text that is not empty and holds no NUL")
    for field in ("also_ids", "keys"):
        if not all(map(_is_storable, getattr(report, field))):
            raise RecordError(field, getattr(report, field), "texts without NUL")


def _check_place(report: HazardReport) -> None:
    if (report.lon is None) != (report.lat is None):
        raise RecordError("lon, lat", (report.lon, report.lat), "both or neither")
    if report.lon is not None and not -180 <= report.lon <= 180:  # false for NaN, too
        raise RecordError("lon", report.lon, "-180..180 degrees east")
    if report.lat is not None and not -90 <= report.lat <= 90:
        raise RecordError("lat", report.lat, "-90..90 degrees north")


def _check_times(report: HazardReport) -> None:
    for field in ("onset", "updated_at", "valid_until"):
        at: datetime | None = getattr(report, field)
        if at is not None and at.utcoffset() is None:
            raise RecordError(field, at, "a time with its zone")


def _check_numbers(report: HazardReport) -> None:
    for field in ("depth_km", "magnitude", "time_resolution_s", "position_error_km"):
        value: float | None = getattr(report, field)
        if value is not None and not math.isfinite(value):
            raise RecordError(field, value, "a finite number")
    for measured in report.measurements:
        if not math.isfinite(measured.value):
            raise RecordError(measured.name, measured.value, "a finite number")


def _is_storable(text: str) -> bool:
    return "\x00" not in text and (text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text))


def _storable(text: str) -> str:
    return "".join(REPLACEMENT if c == "\x00" or "\ud800" <= c <= "\udfff" else c for c in text)
