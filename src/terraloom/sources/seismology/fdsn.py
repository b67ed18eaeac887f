"""
FDSN event text: lines of ``|``-separated columns, https://www.fdsn.org/webservices/fdsnws-event-1.2.pdf.

Read by the header line, never by position: services give 8 to 14 columns and spell them differently
(``Depth/km``, ``Depth/Km``; INGV writes "--" for nothing). Some append an error to an answer that began
with status 200: lines that are no row become a `Reject` with their text. The format has no time of update, so
that the moment of receipt stands for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import HazardReport, Payload, Reject
from terraloom.sources.base import Source, SourceInfo, each, reject_payload
from terraloom.sources.seismology import seismic
from terraloom.sources.seismology.quakeml import Dialect, parse, short_id
from terraloom.sources.values import NOTHING, lonlat, optional_number, utc


def looks_like(body: bytes) -> bool:
    """Whether `body` begins with the header of FDSN event text (station text has no EventID)."""
    return (
        body.removeprefix(b"\xef\xbb\xbf").lstrip()[:40].lower().replace(b" ", b"").startswith(b"#eventid|")
    )


class FdsnSource(Source):
    """A feed of FDSN event text, which reads QuakeML of the same agency as well."""

    dialect: Dialect

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body) and self.owns(payload)

    def owns(self, payload: Payload) -> bool:
        """Whether an answer is this agency's. The text names none, so that a subclass may look closer."""
        return True

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        if payload.body.lstrip()[:1] == b"<":
            return parse(payload, self.dialect, self.info)
        return parse_text(payload, self.dialect, self.info)


class Row(Struct, frozen=True):
    """One line by column name: lower case, letters only (``depth/Km`` is ``depthkm``)."""

    cells: Mapping[str, str]
    fragment: bytes

    def text(self, *names: str) -> str:
        """The first of these columns that the service has, "" where that is empty or "--"."""
        found = next((self.cells[name] for name in names if name in self.cells), "")
        return "" if found.lower() in NOTHING else found


def parse_text(payload: Payload, dialect: Dialect, info: SourceInfo) -> Iterator[HazardReport | Reject]:
    """Every row of an answer; one of header and nothing else is an empty catalogue."""
    lines = payload.body.removeprefix(b"\xef\xbb\xbf").strip().splitlines()
    if not lines:
        return
    if not looks_like(lines[0]):
        yield reject_payload(
            payload, RecordError("header", lines[0][:120], "a line that begins with #EventID|")
        )
        return
    columns = [_column(name) for name in lines[0].decode("ascii", "replace").split("|")]
    rows, errors = _rows_and_errors(lines[1:])
    yield from each(rows, _reader(columns, payload, dialect, info))
    yield from errors


def _reader(
    columns: list[str], payload: Payload, dialect: Dialect, info: SourceInfo
) -> Callable[[bytes], HazardReport]:
    def read(line: bytes) -> HazardReport:
        return report(_row(columns, line), payload, dialect, info)

    return read


def report(row: Row, payload: Payload, dialect: Dialect, info: SourceInfo) -> HazardReport:
    """One row as a report. Raises `RecordError`."""
    lon, lat = lonlat(row.text("longitude"), row.text("latitude"))
    name = short_id(row.text("eventid"))
    if not name:
        raise RecordError("EventID", "", "an event id")
    kind, magnitude = seismic.kind(row.text("eventtype")), optional_number("Magnitude", row.text("magnitude"))
    place = row.text("eventlocationname")
    return HazardReport(
        source=info.id,
        agency=dialect.agency,
        source_event_id=name,
        event_type=kind.event_type,
        title=seismic.title(magnitude, place, kind.words),
        description=place,
        url=dialect.link.format(id=name) if dialect.link else "",
        onset=utc(row.text("time")),
        updated_at=payload.fetched_at,
        lon=lon,
        lat=lat,
        depth_km=optional_number("Depth", row.text("depthkm", "depth")),
        magnitude=magnitude,
        magnitude_type=row.text("magtype", "magnitudetype"),
        status=kind.status(reviewed=False),
        time_resolution_s=info.time_resolution_s,
        position_error_km=info.position_error_km,
        fragment=row.fragment,
    )


def _column(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalpha())


def _row(columns: list[str], line: bytes) -> Row:
    try:
        cells = [cell.strip() for cell in line.decode("utf-8").split("|")]
    except UnicodeDecodeError as error:
        raise RecordError("row", line[:80], f"text in UTF-8 ({error})") from None
    if len(cells) != len(columns):
        raise RecordError("row", len(cells), f"{len(columns)} columns, as the header has")
    return Row(dict(zip(columns, cells, strict=True)), line)


def _rows_and_errors(lines: list[bytes]) -> tuple[list[bytes], list[Reject]]:
    """Rows, and the messages between or after them. Blank lines and headers (of pages) are neither."""
    rows, errors = list[bytes](), dict[int, list[bytes]]()
    for line in lines:
        if not line.strip() or line.startswith(b"#"):
            continue
        if b"|" in line:
            rows.append(line)
        else:
            errors.setdefault(len(rows), []).append(line)
    return rows, [_error(after, texts) for after, texts in errors.items()]


def _error(after: int, texts: list[bytes]) -> Reject:
    where = f"after record {after - 1}" if after else "before the first record"
    said = texts[0][:200].decode("utf-8", "replace")
    return Reject(where=where, reason=f"no row but a message: {said}", fragment=b"\n".join(texts))
