"""
USGS CSV, as the summary feeds and the FDSN query give it:
https://earthquake.usgs.gov/earthquakes/feed/v1.0/csv.php.

Read by header, since columns were added over the years. It has what GeoJSON lacks, `horizontalError` (km),
and lacks the other ids of an event.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping

from terraloom.errors import RecordError
from terraloom.records import HazardReport, Measurement, Payload, Reject
from terraloom.sources.base import each, reject_payload
from terraloom.sources.seismology import seismic
from terraloom.sources.values import lonlat, optional_number, utc

HEAD = b"time,latitude,longitude,depth,mag,magType,"

MEASURED = {
    "nst": ("stations_used", "{station}"),
    "gap": ("azimuthal_gap", "deg"),
    "dmin": ("nearest_station", "deg"),
    "rms": ("rms_residual", "s"),
    "horizontalError": ("horizontal_error", "km"),
    "depthError": ("depth_error", "km"),
    "magError": ("magnitude_error", "1"),
    "magNst": ("magnitude_stations", "{station}"),
}


def looks_like(body: bytes) -> bool:
    return body.removeprefix(b"\xef\xbb\xbf").startswith(HEAD)


def parse(source: str, payload: Payload) -> Iterator[HazardReport | Reject]:
    """Every row of a payload; the header is the first line."""
    lines = payload.body.removeprefix(b"\xef\xbb\xbf").splitlines()
    if not lines:
        yield reject_payload(payload, RecordError("csv", b"", "a header line"))
        return
    columns = lines[0].decode("ascii", "replace").split(",")
    yield from each(lines[1:], lambda line: read(source, columns, line))


def read(source: str, columns: list[str], line: bytes) -> HazardReport:
    """One row. Raises `RecordError` for a short row, bytes that are no UTF-8, or impossible values."""
    row = _row(columns, line)
    lon, lat = lonlat(row["longitude"], row["latitude"])
    kind, onset = seismic.kind(row.get("type")), utc(row["time"])
    magnitude = optional_number("mag", row["mag"])
    measured = tuple(_measured(row))
    return HazardReport(
        source=source,
        agency="usgs",
        source_event_id=row["id"],
        event_type=kind.event_type,
        title=seismic.title(magnitude, row.get("place", ""), kind.words),
        description=row.get("place", ""),
        url=f"https://earthquake.usgs.gov/earthquakes/eventpage/{row['id']}",
        onset=onset,
        updated_at=utc(row.get("updated"), field="updated"),
        lon=lon,
        lat=lat,
        depth_km=optional_number("depth", row["depth"]),
        magnitude=magnitude,
        magnitude_type=row["magType"],
        measurements=measured,
        status=kind.status(reviewed=row.get("status", "").lower() == "reviewed"),
        time_resolution_s=seismic.time_resolution(onset),
        position_error_km=next((m.value for m in measured if m.name == "horizontal_error"), 0.0),
        fragment=line,
    )


def _row(columns: list[str], line: bytes) -> Mapping[str, str]:
    try:
        cells = next(csv.reader([line.decode("utf-8")]), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise RecordError("row", line[:80], f"a line of CSV in UTF-8 ({error})") from None
    if len(cells) != len(columns):
        raise RecordError("row", len(cells), f"{len(columns)} columns, as the header has")
    row = dict(zip(columns, cells, strict=True))
    if not row.get("id"):
        raise RecordError("id", row.get("id"), "an event id")
    return row


def _measured(row: Mapping[str, str]) -> Iterator[Measurement]:
    for column, (name, unit) in MEASURED.items():
        value = optional_number(column, row.get(column))
        if value is not None:
            yield Measurement(name, value, unit)
