"""NHC RSS by basin: summaries of active storms, with the advisories' texts in the items."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import HazardReport, Payload, Reject
from terraloom.sources.base import Source, SourceInfo
from terraloom.sources.cyclones import nhc, storms
from terraloom.sources.cyclones.nhc_advisory import plain, read_advisory
from terraloom.sources.values import lonlat, rfc822
from terraloom.sources.xmlfeed import Item, find, looks_like, read_items, text

_ADVISORY = re.compile(r"(?P<storm>.+?) (?P<kind>Public Advisory|Forecast[ /]Advisory) Number", re.IGNORECASE)


class Entry(Struct, frozen=True):
    """What one item says of a storm; `fix` is None where it only links to an advisory."""

    storm: str  # as in the title: "Hurricane IRENE"
    fragment: bytes
    fix: nhc.Fix | None = None
    rank: int = 0  # which item to prefer at one time: summary, forecast/advisory, public advisory


class NhcRssAtlantic(Source):
    """
    One report per storm: its summary item (`nhc:Cyclone`), with the wind radii of the forecast/advisory
    of the same time, else the newest advisory text (feeds of 2011-12 have no summaries and are ISO-8859-1).

    Local times have no year: it is that of the item's `pubDate`. Outlooks, discussions, graphics and local
    statements are no reports. A storm whose items only link to their texts is one reject.
    """

    info = SourceInfo(
        id="nhc-rss-at",
        title="Tropical cyclones of the Atlantic",
        provider="NHC",
        agency="nhc",
        url="https://www.nhc.noaa.gov/index-at.xml",
        every="10m",
        licence=nhc.LICENCE,
        citation=nhc.CITATION,
        homepage=nhc.HOMEPAGE,
        folder="nhc",
        priority=21,
        position_error_km=10,
        rate_per_minute=12,
    )
    channels: tuple[bytes, ...] = (
        b"<title>NHC Atlantic</title>",
        b"National Hurricane Center (Atlantic)",
        b"NHC Forecast/Advisories",
    )

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body, b"<rss") and any(
            looks_like(payload.body, title, within=1500) for title in self.channels
        )

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        entries: list[Entry] = []
        for found in read_items(payload, "rss", "item", read_item):
            if isinstance(found, Reject):
                yield found
            else:
                entries.append(found)
        yield from self._reports(entries)
        yield from _without_position(entries)

    def _reports(self, entries: list[Entry]) -> Iterator[HazardReport]:
        by_storm: dict[str, list[tuple[nhc.Fix, Entry]]] = {}
        for entry in entries:
            if entry.fix is not None:
                by_storm.setdefault(entry.fix.atcf, []).append((entry.fix, entry))
        for said in by_storm.values():
            fix, entry = max(said, key=lambda pair: (pair[0].at, -pair[1].rank))
            extents = [other.radii for other, _ in said if other.at == fix.at and other.radii]
            fix = msgspec.structs.replace(fix, radii=extents[0]) if extents and not fix.radii else fix
            yield nhc.report(self.info.id, fix, entry.fragment)


class NhcRssEasternPacific(NhcRssAtlantic):
    """The same for the eastern North Pacific."""

    info = SourceInfo(
        id="nhc-rss-ep",
        title="Tropical cyclones of the eastern North Pacific",
        provider="NHC",
        agency="nhc",
        url="https://www.nhc.noaa.gov/index-ep.xml",
        every="10m",
        licence=nhc.LICENCE,
        citation=nhc.CITATION,
        homepage=nhc.HOMEPAGE,
        folder="nhc",
        priority=21,
        position_error_km=10,
        rate_per_minute=12,
    )
    channels = (b"NHC Eastern North Pacific", b"NHC Eastern Pacific", b"National Hurricane Center (Eastern")


class NhcRssCentralPacific(NhcRssAtlantic):
    """The same for the central North Pacific."""

    info = SourceInfo(
        id="nhc-rss-cp",
        title="Tropical cyclones of the central North Pacific",
        provider="NHC",
        agency="nhc",
        url="https://www.nhc.noaa.gov/index-cp.xml",
        every="10m",
        licence=nhc.LICENCE,
        citation=nhc.CITATION,
        homepage=nhc.HOMEPAGE,
        folder="nhc",
        priority=21,
        position_error_km=10,
        rate_per_minute=12,
    )
    channels = (b"NHC Central North Pacific", b"CPHC Central North Pacific", b"NHC Central Pacific")


def read_item(item: Item) -> Entry | None:
    """What an item says of a storm; None where it says nothing of one. Raises `RecordError`."""
    title = " ".join(item.text("title").split())
    if find(item.element, "Cyclone") is not None:
        return Entry(item.text("Cyclone/name"), item.fragment, _summary(item), rank=0)
    advisory = _ADVISORY.match(title)
    if advisory is None:
        return None
    body = item.text("description")
    rank = 2 if advisory["kind"].lower().startswith("public") else 1
    if "NUMBER" not in body.upper():  # "Issued at 1500 UTC THU AUG 25 2011" and a link
        return Entry(advisory["storm"], item.fragment)
    fix = msgspec.structs.replace(read_advisory(plain(body)), url=item.text("link"))
    return Entry(advisory["storm"], item.fragment, fix, rank)


def _summary(item: Item) -> nhc.Fix:
    said = find(item.element, "Cyclone")
    assert said is not None
    lat, _, lon = text(said, "center").partition(",")
    east, north = lonlat(lon.strip(), lat.strip())
    published = rfc822(item.text("pubDate"))
    return nhc.Fix(
        atcf=storms.atcf_id(text(said, "atcf")),
        name=text(said, "name"),
        stage=nhc.stage(text(said, "type")),
        lon=east,
        lat=north,
        at=nhc.stated_time(text(said, "datetime"), near=published),
        wind_kt=nhc.knots_from_mph(nhc.quantity("wind", text(said, "wind"), "mph")),
        pressure_hpa=nhc.pressure(nhc.quantity("pressure", text(said, "pressure"), "mb")),
        description=text(said, "headline"),
        url=item.text("link"),
    )


def _without_position(entries: list[Entry]) -> Iterator[Reject]:
    """Storms that the feed names without saying where they are."""
    placed = {entry.fix.name.upper() for entry in entries if entry.fix is not None}
    seen: set[str] = set()
    for entry in entries:
        name = entry.storm.split()[-1].upper() if entry.storm.split() else ""
        if entry.fix is None and name not in placed and name not in seen:
            seen.add(name)
            error = RecordError(
                "position", entry.storm, "an item that states where the storm is, not only a link"
            )
            yield Reject(where=f"storm {entry.storm}", reason=str(error), fragment=entry.fragment)
