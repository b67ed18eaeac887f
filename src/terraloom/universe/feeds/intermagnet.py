"""imag-data.bgs.ac.uk: INTERMAGNET's day of an observatory as IAGA-2002; two report, the others hold back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from terraloom.universe.feeds.page import Asked, Page
from terraloom.universe.instruments import OBSERVATORIES, observatory

HOST = "imag-data.bgs.ac.uk"
SERVICE = "/GIN_V1/GINServices"
MISSING = 99_999.0


def feed(asked: Asked) -> Page | None:
    if asked.path != SERVICE or asked.query.get("format") != "Iaga2002":
        return None
    code = asked.query.get("observatoryIagaCode", "")
    day = asked.query.get("dataStartDate", f"{asked.at:%Y-%m-%d}")
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    lines = [*_header(code), *_lines(code, start, asked.seed, asked.at)]
    return Page(("\n".join(lines) + "\n").encode(), "text/plain")


def _header(code: str) -> list[str]:
    name, lon, lat, _ = OBSERVATORIES.get(code, (code, 0.0, 0.0, {}))
    said = {
        "Format": "IAGA-2002",
        "Source of Data": "The planet's own institute",
        "Station Name": name,
        "IAGA CODE": code,
        "Geodetic Latitude": f"{lat:.3f}",
        "Geodetic Longitude": f"{lon:.3f}",
        "Elevation": "36",
        "Reported": "XYZF",
        "Data Type": "variation",
    }
    labels = [f" {label:<23}{text:<45}|" for label, text in said.items()]
    columns = "".join(f"{code + element:<10}" for element in "XYZF")
    return [*labels, f"DATE       TIME         DOY     {columns[:-3]}|"]


def _lines(code: str, start: datetime, seed: int, now: datetime) -> list[str]:
    if code not in OBSERVATORIES:
        return []
    own = observatory(code)
    minutes = own["X"].steps(start, min(start + timedelta(days=1), now - own["X"].step - own["X"].delay))
    return [_line(at, [own[element].said(seed, at, now) for element in "XYZF"]) for at in minutes]


def _line(at: datetime, values: list[float | None]) -> str:
    cells = "".join(f"{MISSING if value is None else value:10.2f}" for value in values)
    return f"{at:%Y-%m-%d %H:%M:%S}.000 {at:%j}   {cells}"
