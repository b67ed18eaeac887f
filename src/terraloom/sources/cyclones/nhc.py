"""
What all feeds of the US National Hurricane Center share: one fix of one storm, and how its report looks.

Every report is a fix of a moving hazard: its onset is the time of the position. Winds are in knots, as NHC
forecasts them; feeds that write miles per hour have rounded those, and are turned back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import EventType, HazardReport, Measurement
from terraloom.sources.cyclones import storms
from terraloom.sources.values import lonlat, number, optional_number

LICENCE = "public domain (US government work)"
CITATION = "National Hurricane Center, US National Weather Service, NOAA"
HOMEPAGE = "https://www.nhc.noaa.gov/"

QUADRANTS = ("ne", "se", "sw", "nw")
MPH_PER_KNOT = 1.150779

_CLASSES = {
    "TD": "Tropical Depression",
    "TS": "Tropical Storm",
    "HU": "Hurricane",
    "TY": "Typhoon",
    "ST": "Super Typhoon",
    "SD": "Subtropical Depression",
    "STD": "Subtropical Depression",
    "SS": "Subtropical Storm",
    "STS": "Subtropical Storm",
    "PTC": "Post-Tropical Cyclone",
    "PC": "Potential Tropical Cyclone",
    "EX": "Extratropical Cyclone",
    "LO": "Low",
    "DB": "Disturbance",
    "WV": "Tropical Wave",
}
_ZONES = {"UTC": 0, "GMT": 0, "Z": 0, "CVT": -1, "ADT": -3, "AST": -4, "EDT": -4, "EST": -5, "CDT": -5}
_ZONES |= {
    "CST": -6,
    "MDT": -6,
    "MST": -7,
    "PDT": -7,
    "PST": -8,
    "AKDT": -8,
    "AKST": -9,
    "HST": -10,
    "SST": -11,
    "CHST": 10,
}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_STATED = re.compile(
    r"(?P<hour>\d{1,2}):?(?P<minute>\d{2})\s*(?P<half>AM|PM)?\s*(?P<zone>[A-Z]{1,4})\s+"
    r"(?:[A-Z]{3}\s+)?(?P<month>[A-Z]{3})\s+(?P<day>\d{1,2})(?:\s+(?P<year>\d{4}))?",
    re.IGNORECASE | re.ASCII,
)
_POSITION = re.compile(r"(\d{1,2}(?:\.\d+)?)\s*([NS])[\s,]+(\d{1,3}(?:\.\d+)?)\s*([EW])", re.IGNORECASE)


class Fix(Struct, frozen=True, kw_only=True):
    """Where one storm was, and how strong."""

    atcf: str
    name: str
    stage: str  # "Hurricane"
    lon: float
    lat: float
    at: datetime
    wind_kt: float | None = None
    gust_kt: float | None = None
    pressure_hpa: float | None = None
    toward_deg: float | None = None  # direction of motion, clockwise from north
    speed_kt: float | None = None
    radii: dict[str, float] = {}  # "wind_radius_34kt_ne": nautical miles
    description: str = ""
    url: str = ""


def report(source: str, fix: Fix, fragment: bytes) -> HazardReport:
    """One fix as a report; its advisory's time is the source's clock."""
    placeholder = not fix.name or fix.name.upper().startswith(("INVEST", "GENESIS"))
    title = f"{fix.stage} {fix.atcf if placeholder else fix.name.title()}".strip()
    return HazardReport(
        source=source,
        agency="nhc",
        source_event_id=fix.atcf,
        event_type=EventType.TROPICAL_CYCLONE,
        title=title,
        description=fix.description,
        url=fix.url or HOMEPAGE,
        lon=fix.lon,
        lat=fix.lat,
        onset=fix.at,
        updated_at=fix.at,
        measurements=tuple(_measurements(fix)),
        keys=storms.keys(fix.atcf, fix.name),
        position_error_km=10.0,  # tenths of a degree, and what an eye on satellite images can tell
        fragment=fragment,
    )


def _measurements(fix: Fix) -> Iterator[Measurement]:
    stated = (
        ("wind_speed", fix.wind_kt, "[kn_i]"),
        ("wind_gust", fix.gust_kt, "[kn_i]"),
        ("pressure", fix.pressure_hpa, "hPa"),
        ("movement_direction", fix.toward_deg, "deg"),
        ("movement_speed", fix.speed_kt, "[kn_i]"),
    )
    yield from (Measurement(name, value, unit) for name, value, unit in stated if value is not None)
    yield from (Measurement(name, value, "[nmi_i]") for name, value in fix.radii.items())


def stage(code: str) -> str:
    """A class in words: "HU" is Hurricane; words stay as they are, in title case."""
    return _CLASSES.get(code.strip().upper(), code.strip().title())


def wind(field: str, knots: object) -> float | None:
    """Knots; None where unknown (feeds write 0 too). Raises `RecordError`."""
    return optional_number(field, knots, low=0, high=250) or None


def pressure(hectopascal: object) -> float | None:
    """Central pressure, hPa; None where unknown (0 in decks). Raises `RecordError`."""
    value = optional_number("pressure", hectopascal, low=0, high=1100) or None
    if value is not None and value < 800:
        raise RecordError("pressure", hectopascal, "hPa in 800..1100")
    return value


def quantity(field: str, text: str, unit: str) -> float | None:
    """The number of "75 mph" or "960 mb"; None where empty. Raises `RecordError` for another unit."""
    if not text.strip():
        return None
    match = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*([A-Za-z/]+)\s*", text)
    if match is None or match[2].lower() != unit:
        raise RecordError(field, text, f"a number of {unit}")
    return float(match[1])


def knots_from_mph(mph: float | None) -> float | None:
    """The forecast's knots (multiples of 5) behind a wind rounded to 5 mph."""
    return None if mph is None else 5.0 * round(mph / MPH_PER_KNOT / 5.0)


def radii(threshold_kt: int, values: tuple[float, ...]) -> dict[str, float]:
    """Wind radii of one threshold by quadrant (NE, SE, SW, NW), nautical miles, under their metric names."""
    names = (f"wind_radius_{threshold_kt}kt_{quadrant}" for quadrant in QUADRANTS)
    return dict(zip(names, values, strict=True))


def position(text: str) -> tuple[float, float]:
    """ "17.8N 83.8W" as (lon, lat) in degrees. Raises `RecordError`."""
    match = _POSITION.search(text)
    if match is None:
        raise RecordError("position", text[:80], "a position such as 17.8N 83.8W")
    lat = number("lat", match[1]) * (-1 if match[2].upper() == "S" else 1)
    lon = number("lon", match[3]) * (-1 if match[4].upper() == "W" else 1)
    return lonlat(lon, lat)


def stated_time(text: str, near: datetime | None = None) -> datetime:
    """
    "1100 AM AST Sun Oct 25 2020", "1500 UTC SUN OCT 25 2020" or "2100Z TUE AUG 23 2005" as UTC.

    A text without a year is of the year that brings it closest to `near`. Raises `RecordError`.
    """
    match = _STATED.search(text)
    if match is None or match["zone"].upper() not in _ZONES or match["month"].upper() not in _MONTHS:
        raise RecordError("time", text[:80], "a time such as 1100 AM AST Sun Oct 25 2020")
    years = [int(match["year"])] if match["year"] else _years_around(near, text)
    found = [moment for year in years if (moment := _moment(match, year)) is not None]
    if not found:
        raise RecordError("time", text[:80], "a time that exists")
    return min(found, key=lambda moment: abs(moment - near)) if near else found[0]


def _years_around(near: datetime | None, text: str) -> list[int]:
    if near is None:
        raise RecordError("time", text[:80], "a time with a year")
    return [year for year in (near.year - 1, near.year, near.year + 1) if 1 <= year <= 9999]


def _moment(match: re.Match[str], year: int) -> datetime | None:
    hour, minute = int(match["hour"]), int(match["minute"])
    if match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match["half"].upper() == "PM" else 0)
    zone = timezone(timedelta(hours=_ZONES[match["zone"].upper()]))
    try:
        month = _MONTHS.index(match["month"].upper()) + 1
        return datetime(year, month, int(match["day"]), hour, minute, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
