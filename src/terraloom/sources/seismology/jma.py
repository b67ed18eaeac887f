"""
JMA, the Japan Meteorological Agency: its telegrams on earthquakes and tsunamis, as XML.

https://www.data.jma.go.jp/developer/xml/feed/eqvol.xml lists the newest. One earthquake has several in turn,
under one EventID: intensities first (VXSE51, without a hypocentre), then the hypocentre (VXSE52), both
(VXSE53), perhaps a warning before (VXSE43) and corrections after (VXSE61). Tsunami warnings (VTSE41) carry
the EventIDs of their earthquakes and become tsunamis of their own. Positions are tenths of a degree, origin
times cut to the minute but for VXSE43, heights metres, magnitudes "NaN" where unknown. Zones are given.

A large eruption abroad comes in the form of a distant earthquake, "M unknown": what tells is the comment.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from datetime import datetime

from lxml import etree
from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import EventType, HazardReport, Measurement, Payload, Reject, ReportStatus, Severity
from terraloom.sources.base import Fetcher, Source, SourceInfo, reject_payload
from terraloom.sources.seismology import seismic
from terraloom.sources.values import lonlat, optional_number, safe_xml, utc
from terraloom.sources.xmlfeed import find, looks_like, text

FEED = "https://www.data.jma.go.jp/developer/xml/feed/eqvol.xml"
TENTH_DEGREE_KM = 5.0  # one sigma of rounding both coordinates to 0.1 degrees; Tokyo datum is 0.4 km off
INTENSITY = {"1": 1, "2": 2, "3": 3, "4": 4, "5-": 4.5, "5+": 5, "6-": 5.5, "6+": 6, "7": 7}
"""JMA's seismic intensity scale; its halves, "5 weak" and "5 strong", as their lower bounds."""

TSUNAMI_LEVELS = {  # codes of "警報等情報要素／津波警報・注意報・予報"
    **dict.fromkeys(("51", "52", "53"), Severity.RED),  # warning, major warning
    "62": Severity.YELLOW,  # advisory
    **dict.fromkeys(("00", "50", "60", "71", "72", "73"), Severity.GREEN),  # lifted, slight sea level changes
}
_WORDS = {  # from the lowest level on
    Severity.GREEN: "Tsunami: no damage expected",
    Severity.YELLOW: "Tsunami advisory",
    Severity.RED: "Tsunami warning",
}

_TELEGRAM = re.compile(
    rb'href="(https://www\.data\.jma\.go\.jp/developer/xml/data/\d{14}_\d+_(?:VXSE5[123]|VXSE61|VTSE41)_\d+\.xml)"'
)
_COORDINATE = re.compile(
    r"(?P<lat>[+-]\d+(?:\.\d+)?)(?P<lon>[+-]\d+(?:\.\d+)?)(?P<height>[+-]\d+)?/", re.ASCII
)
_ERUPTION = re.compile("噴火が発生")


class Origin(Struct, frozen=True):
    """Where and when the ground began to shake, as far as a telegram says."""

    onset: datetime
    place: str = ""
    lon: float | None = None
    lat: float | None = None
    depth_km: float | None = None
    magnitude: float | None = None
    magnitude_type: str = ""


class JmaTelegrams(Source):
    """One report per telegram. Drills and tests are none; one that is withdrawn takes its event back."""

    info = SourceInfo(
        id="jma-telegrams",
        title="Earthquakes and tsunami warnings of Japan",
        provider="JMA",
        agency="jma",
        url=FEED,
        every="60s",
        licence="Public Data License 1.0 (Japan), compatible with CC BY 4.0",
        citation="Japan Meteorological Agency",
        homepage="https://xml.kishou.go.jp/",
        folder="jma-xml",
        priority=25,
        time_resolution_s=60.0,
        position_error_km=TENTH_DEGREE_KM,
    )

    def fetch(self, fetcher: Fetcher) -> AsyncIterator[Payload]:
        """The telegrams that the feed lists; those of other kinds (weather, ash, statistics) are left."""
        return self._fetch_all(fetcher)

    async def _fetch_all(self, fetcher: Fetcher) -> AsyncIterator[Payload]:
        index = await fetcher.get(FEED, kind="index", conditional=False)
        for url in telegrams(index.body) if index is not None else ():
            payload = await fetcher.get(url)
            if payload is not None:
                yield payload

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body, b"<Report", b"http://xml.kishou.go.jp/jmaxml1/", b"seismology1")

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        try:
            report = self.read(safe_xml(payload.body), payload)
        except RecordError as error:
            yield reject_payload(payload, error)
            return
        if report is not None:
            yield report

    def read(self, telegram: etree._Element, payload: Payload) -> HazardReport | None:
        """What a telegram reports; None for a drill or a test. Raises `RecordError`."""
        names = text(telegram, "Head/EventID").split()
        if not names:
            raise RecordError("Head/EventID", "", "the id of an event")
        if text(telegram, "Control/Status") in ("訓練", "試験"):
            return None
        kind, origin = event_type(telegram), read_origin(telegram)
        told = utc(text(telegram, "Control/DateTime"), field="Control/DateTime")
        tsunami = kind is EventType.TSUNAMI
        level = _tsunami_level(telegram) if tsunami else None
        ids = [f"tsunami-{name}" for name in names] if tsunami else names
        return HazardReport(
            source=self.info.id,
            agency=self.info.agency,
            source_event_id=ids[0],
            also_ids=tuple(ids[1:]),
            event_type=kind,
            title=_title(kind, level, origin) if origin.place else _title_of_areas(telegram),
            description=_description(telegram),
            url=payload.url,
            onset=origin.onset,
            updated_at=told,
            valid_until=_tsunami_end(telegram, level, told),
            lon=origin.lon,
            lat=origin.lat,
            depth_km=origin.depth_km,
            magnitude=origin.magnitude,
            magnitude_type=origin.magnitude_type,
            severity_level=level,
            measurements=tuple(_measured(telegram)),
            status=_status(telegram),
            time_resolution_s=seismic.time_resolution(origin.onset),
            position_error_km=self.info.position_error_km,
            fragment=payload.body,
        )


def telegrams(feed: bytes) -> list[str]:
    """Addresses of the telegrams in the Atom feed that are read here; only JMA's own."""
    return [url.decode() for url in dict.fromkeys(_TELEGRAM.findall(feed))]


def read_origin(telegram: etree._Element) -> Origin:
    """The earthquake; where a telegram has none yet, the time it is about. Raises `RecordError`."""
    quake = find(telegram, "Body/Earthquake")
    if quake is None:
        return Origin(utc(text(telegram, "Head/TargetDateTime"), field="Head/TargetDateTime"))
    area = find(quake, "Hypocenter/Area")
    lon, lat, depth_km = _position("" if area is None else text(area, "Coordinate"))
    size = find(quake, "Magnitude")
    magnitude = optional_number("Magnitude", text(quake, "Magnitude"))
    return Origin(
        onset=utc(text(quake, "OriginTime"), field="OriginTime"),
        place="" if area is None else text(area, "DetailedName") or text(area, "Name"),
        lon=lon,
        lat=lat,
        depth_km=depth_km,
        magnitude=magnitude,
        magnitude_type="" if size is None or magnitude is None else str(size.get("type") or ""),
    )


def _position(stated: str) -> tuple[float | None, float | None, float | None]:
    """Longitude, latitude, depth in km, of "+37.6+141.6-50000/" (ISO 6709, metres); empty where unknown."""
    if not stated:
        return None, None, None
    match = _COORDINATE.fullmatch(stated)
    if match is None:
        raise RecordError("Coordinate", stated, "a position such as +37.6+141.6-50000/")
    lon, lat = lonlat(match["lon"], match["lat"])
    height_m = optional_number("Coordinate", match["height"])
    return lon, lat, None if height_m is None else 0.0 - height_m / 1000.0


def event_type(telegram: etree._Element) -> EventType:
    """What a telegram is about."""
    if "津波" in text(telegram, "Head/InfoKind"):
        return EventType.TSUNAMI
    erupted = _ERUPTION.search(text(telegram, "Body/Comments/FreeFormComment"))
    return EventType.VOLCANO if erupted else EventType.EARTHQUAKE


def _title(kind: EventType, level: Severity | None, origin: Origin) -> str:
    if level is not None:
        return f"{_WORDS[level]} - {origin.place}"
    if kind is EventType.VOLCANO:
        return f"Large eruption - {origin.place}"
    return seismic.title(origin.magnitude, origin.place)


def _title_of_areas(telegram: etree._Element) -> str:
    """The headline's title and the areas of its first, strongest item: all that the first telegram has."""
    areas = _texts(telegram, "{*}Head/{*}Headline/{*}Information/{*}Item[1]//{*}Area/{*}Name")
    return " - ".join(filter(None, (text(telegram, "Head/Title"), "、".join(dict.fromkeys(areas)))))


def _description(telegram: etree._Element) -> str:
    """Headline, free text and comments, as they stand."""
    paths = ("Head/Headline/Text", "Body/Text", "Body/Comments/FreeFormComment")
    comments = _texts(telegram, "{*}Body/{*}Comments/{*}ForecastComment/{*}Text")
    return "\n\n".join(part for part in (*(text(telegram, path) for path in paths), *comments) if part)


def _status(telegram: etree._Element) -> ReportStatus:
    if text(telegram, "Head/InfoType") == "取消":
        return ReportStatus.DELETED
    reviewed = "震源要素更新" in text(telegram, "Control/Title")
    return ReportStatus.REVIEWED if reviewed else ReportStatus.AUTOMATIC


def _measured(telegram: etree._Element) -> Iterator[Measurement]:
    felt = text(telegram, "Body/Intensity/Observation/MaxInt")
    if felt in INTENSITY:
        yield Measurement("jma_intensity", float(INTENSITY[felt]), "1")
    stated = _texts(telegram, "{*}Body/{*}Tsunami/{*}Forecast/{*}Item/{*}MaxHeight/{*}TsunamiHeight")
    heights = [height for one in stated if (height := optional_number("TsunamiHeight", one)) is not None]
    if heights:
        yield Measurement("tsunami_height_forecast", max(heights), "m")


def _tsunami_level(telegram: etree._Element) -> Severity:
    """The highest level in force on any coast. Raises `RecordError` for a code that nobody knows."""
    codes = _texts(telegram, "{*}Body/{*}Tsunami/{*}Forecast/{*}Item/{*}Category/{*}Kind/{*}Code")
    unknown = [code for code in codes if code not in TSUNAMI_LEVELS]
    if unknown:
        raise RecordError("Kind/Code", unknown[0], "one of " + ", ".join(TSUNAMI_LEVELS))
    return max((TSUNAMI_LEVELS[code] for code in codes), key=list(_WORDS).index, default=Severity.GREEN)


def _tsunami_end(telegram: etree._Element, level: Severity | None, told: datetime) -> datetime | None:
    """When it is over: as stated, or now where every warning and advisory is lifted; else unknown."""
    stated = text(telegram, "Head/ValidDateTime")
    if stated:
        return utc(stated, field="Head/ValidDateTime")
    return told if level is Severity.GREEN else None


def _texts(element: etree._Element, path: str) -> list[str]:
    return [str(found.text or "").strip() for found in element.iterfind(path)]
