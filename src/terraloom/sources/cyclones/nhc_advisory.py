"""NHC advisories as text: forecast/advisory (TCM), public advisory (TCP), discussion (TCD)."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta

import msgspec

from terraloom.errors import PayloadError, RecordError
from terraloom.records import HazardReport, Payload, Reject
from terraloom.sources.base import UNREADABLE, Fetcher, Source, SourceInfo, reject_payload
from terraloom.sources.cyclones import nhc, storms

MAX_BYTES = 1_000_000  # pages with all their menus have 30 kB
INDEX = "https://www.nhc.noaa.gov/CurrentStorms.json"

_PRE = re.compile(r"<pre>(.*?)(?:</pre>|\Z)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,500}>")
_ATCF = re.compile(r"\b(?:AL|EP|CP)\d{6}\b", re.IGNORECASE)
_HEADLINE = re.compile(
    r"^[ \t]*(?P<what>[A-Z][A-Z .'/-]{2,80}?)\s+(?:SPECIAL\s+|INTERMEDIATE\s+)?"
    r"(?:FORECAST/ADVISORY|ADVISORY|DISCUSSION)\s+NUMBER\s+\d+",
    re.IGNORECASE | re.MULTILINE,
)
_STAGES = (
    "Potential Tropical Cyclone|Post-Tropical Cyclone|Tropical Depression|Tropical Storm"
    "|Subtropical Depression|Subtropical Storm|Hurricane|Typhoon"
    "|Extratropical Cyclone|Remnants of|Tropical Cyclone"
)
_STAGE = re.compile(rf"\s*(?P<stage>{_STAGES})\s+(?P<name>.+)", re.IGNORECASE | re.DOTALL)
_ISSUED = re.compile(
    r"\b\d{3,4} ?(?:AM|PM)? ?[A-Z]{1,4} +[A-Z]{3} +[A-Z]{3} +\d{1,2} +\d{4}\b", re.IGNORECASE | re.ASCII
)
_LOCATED = re.compile(r"CENTER LOCATED NEAR\s+([\d.]+[NS]\s+[\d.]+[EW])\s+AT\s+(\d{2})/(\d{2})(\d{2})Z", re.I)
_INITIAL = re.compile(
    r"^\s*INIT\s+(\d{2})/(\d{2})(\d{2})Z\s+([\d.]+[NS]\s+[\d.]+[EW])\s+(\d+) KT", re.I | re.M
)
_LOCATION = re.compile(r"^LOCATION\.\.\.\s*([\d.]+\s*[NS][\s,]+[\d.]+\s*[EW])", re.IGNORECASE | re.MULTILINE)
_WIND_KT = re.compile(r"MAX SUSTAINED WINDS\s+(\d+) KT(?: WITH GUSTS TO\s+(\d+) KT)?", re.IGNORECASE)
_WIND_MPH = re.compile(r"MAXIMUM SUSTAINED WINDS\.\.\.\s*(\d+) MPH", re.IGNORECASE)
_PRESSURE = re.compile(r"MINIMUM CENTRAL PRESSURE(?:\.\.\.)?\s*(\d+) MB", re.IGNORECASE)
_MOTION_KT = re.compile(r"PRESENT MOVEMENT TOWARD.{0,60}?\bOR\s+(\d+) DEGREES AT\s+(\d+) KT", re.I | re.S)
_MOTION = re.compile(r"PRESENT MOVEMENT\.\.\..{0,30}?\bOR\s+(\d+) DEGREES", re.IGNORECASE)
_RADII = re.compile(
    r"^\s*(34|50|64) KT\.*\s*(\d+)NE\s+(\d+)SE\s+(\d+)SW\s+(\d+)NW", re.IGNORECASE | re.MULTILINE
)
_FORECAST = re.compile(r"^\s*(?:FORECAST|OUTLOOK) VALID|^\s*REPEAT\.\.\.", re.IGNORECASE | re.MULTILINE)


class NhcAdvisory(Source):
    """
    One advisory of one storm: the page, the bare text, or the product as distributed with its WMO header.

    The forecast/advisory has knots and the wind radii by quadrant; the public advisory is in miles per hour;
    of the discussion only its INIT line is read. Forecast positions are no reports.
    """

    info = SourceInfo(
        id="nhc-advisory",
        title="Forecast/advisory texts of active tropical cyclones",
        provider="NHC",
        agency="nhc",
        url="https://www.nhc.noaa.gov/text/MIATCMAT1.shtml",
        every="10m",
        licence=nhc.LICENCE,
        citation=nhc.CITATION,
        homepage=nhc.HOMEPAGE,
        folder="nhc",
        priority=19,
        position_error_km=10,
        rate_per_minute=20,
    )

    def fetch(self, fetcher: Fetcher) -> AsyncIterator[Payload]:
        """The forecast/advisory of each active storm, at the addresses that CurrentStorms.json gives."""
        return self._fetch_all(fetcher)

    async def _fetch_all(self, fetcher: Fetcher) -> AsyncIterator[Payload]:
        index = await fetcher.get(INDEX, kind="index", conditional=False)
        for url in advisory_urls(index.body) if index is not None else ():
            payload = await fetcher.get(url)
            if payload is not None:
                yield payload

    def recognises(self, payload: Payload) -> bool:
        head = payload.body[:200_000].upper()
        if (
            b"<RSS" in head
            or b"<KML" in head
            or (b"ADVISORY NUMBER" not in head and b"DISCUSSION NUMBER" not in head)
        ):
            return False
        return any(product in head for product in (b"TCM", b"TCP", b"TCD")) and b"HURRICANE CENTER" in head

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        try:
            if len(payload.body) > MAX_BYTES:
                raise PayloadError(f"{len(payload.body)} bytes, expected an advisory of at most {MAX_BYTES}")
            fix = read_advisory(plain(decoded(payload.body)))
        except (RecordError, PayloadError) as error:
            yield reject_payload(payload, error)
            return
        yield nhc.report(self.info.id, msgspec.structs.replace(fix, url=payload.url), payload.body)


def advisory_urls(body: bytes) -> tuple[str, ...]:
    """
    Addresses of the forecast/advisories in CurrentStorms.json; none where it is not readable.

    Only NHC's own: what a feed says must not send us elsewhere.
    """
    try:
        storms_now = msgspec.json.decode(body)["activeStorms"]
        stated = [storm["forecastAdvisory"]["url"] for storm in storms_now if storm.get("forecastAdvisory")]
    except (*UNREADABLE, KeyError, TypeError, AttributeError):
        return ()
    return tuple(url for url in stated if isinstance(url, str) and url.startswith(nhc.HOMEPAGE))


def decoded(body: bytes) -> str:
    """UTF-8 where it is that, else ISO-8859-1, as NHC's older pages are."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("iso-8859-1")


def plain(page: str) -> str:
    """The product's text in a page: what `pre` holds, without tags; bare text as it is."""
    match = _PRE.search(page)
    text = match[1] if match else page
    return html.unescape(_TAG.sub("", text)).replace("\r", "")


def read_advisory(text: str) -> nhc.Fix:
    """The current fix of an advisory. Raises `RecordError` that names what is missing."""
    headline, atcf = _HEADLINE.search(text), _ATCF.search(text)
    if headline is None or atcf is None:
        raise RecordError("advisory", text.strip()[:80], "an advisory's headline and its storm's ATCF id")
    issued_line = _ISSUED.search(text, headline.end())
    if issued_line is None:
        raise RecordError("issued", text[headline.end() : headline.end() + 120], "the time of issue")
    issued = nhc.stated_time(issued_line[0])
    said = _STAGE.match(headline["what"])
    fix = nhc.Fix(
        atcf=storms.atcf_id(atcf[0]),
        name=" ".join((said["name"] if said else headline["what"]).split()),
        stage=nhc.stage(said["stage"]) if said else "",
        lon=0.0,
        lat=0.0,
        at=issued,
        description=headline[0].strip(),
    )
    return _forecast_advisory(text, fix) or _public_advisory(text, fix) or _discussion(text, fix)


def _forecast_advisory(text: str, fix: nhc.Fix) -> nhc.Fix | None:
    located = _LOCATED.search(text)
    if located is None:
        return None
    now = text[: end.start()] if (end := _FORECAST.search(text, located.end())) else text
    lon, lat = nhc.position(located[1])
    wind, motion, pressure = _WIND_KT.search(now), _MOTION_KT.search(now), _PRESSURE.search(now)
    extents: dict[str, float] = {}
    for threshold, *quadrants in _RADII.findall(now):
        extents |= nhc.radii(int(threshold), tuple(float(radius) for radius in quadrants))
    return msgspec.structs.replace(
        fix,
        lon=lon,
        lat=lat,
        at=day_time(fix.at, *located.group(2, 3, 4)),
        wind_kt=nhc.wind("wind", wind[1]) if wind else None,
        gust_kt=nhc.wind("gust", wind[2]) if wind else None,
        pressure_hpa=nhc.pressure(pressure[1]) if pressure else None,
        toward_deg=float(motion[1]) if motion else None,
        speed_kt=float(motion[2]) if motion else None,
        radii=extents,
    )


def _public_advisory(text: str, fix: nhc.Fix) -> nhc.Fix | None:
    located = _LOCATION.search(text)
    if located is None:
        return None
    lon, lat = nhc.position(located[1])
    wind, motion, pressure = _WIND_MPH.search(text), _MOTION.search(text), _PRESSURE.search(text)
    return msgspec.structs.replace(
        fix,
        lon=lon,
        lat=lat,
        wind_kt=nhc.knots_from_mph(float(wind[1])) if wind else None,
        pressure_hpa=nhc.pressure(pressure[1]) if pressure else None,
        toward_deg=float(motion[1]) if motion else None,
    )


def _discussion(text: str, fix: nhc.Fix) -> nhc.Fix:
    initial = _INITIAL.search(text)
    if initial is None:
        raise RecordError("position", text.strip()[:80], "a line that states where the centre is")
    lon, lat = nhc.position(initial[4])
    at = day_time(fix.at, *initial.group(1, 2, 3))
    return msgspec.structs.replace(fix, lon=lon, lat=lat, at=at, wind_kt=nhc.wind("wind", initial[5]))


def day_time(issued: datetime, day: str | None, hour: str | None, minute: str | None) -> datetime:
    """ "25/1500Z" as the moment nearest to `issued`. Raises `RecordError`."""
    for days in (0, -1, 1, -2, 2):
        date = issued + timedelta(days=days)
        if date.day == int(day or 0):
            try:
                return date.replace(hour=int(hour or 0), minute=int(minute or 0), second=0, microsecond=0)
            except ValueError:
                break
    raise RecordError(
        "position time", f"{day}/{hour}{minute}Z", f"a time within two days of {issued:%Y-%m-%d}"
    )
