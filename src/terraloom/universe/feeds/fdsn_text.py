"""geofon.gfz.de and webservices.ingv.it: FDSN event text, each with its own spelling of the header."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from terraloom.universe.agencies import Version
from terraloom.universe.feeds import fdsn
from terraloom.universe.feeds.page import Asked, Page
from terraloom.universe.places import nearest

GFZ_HOST = "geofon.gfz.de"
INGV_HOST = "webservices.ingv.it"
HEAD = (
    "#EventID|Time|Latitude|Longitude|{depth}|Author|Catalog|Contributor|ContributorID|"
    "MagType|Magnitude|MagAuthor|EventLocationName"
)


def gfz(asked: Asked) -> Page | None:
    """GEOFON: two decimals of a degree, integer depths, no EventType column."""
    return _page(asked, "gfz", HEAD.format(depth="Depth/km"), _gfz_row)


def ingv(asked: Asked) -> Page | None:
    """INGV: `Depth/Km`, six decimals of a second, "--" where it has nothing, a 14th column."""
    return _page(asked, "ingv", HEAD.format(depth="Depth/Km") + "|EventType", _ingv_row)


def _page(asked: Asked, agency: str, head: str, row: Callable[[Version], str]) -> Page | None:
    if asked.path != fdsn.QUERY or asked.query.get("format") != "text":
        return None
    found = fdsn.matching(asked, agency, timedelta(days=7))[: int(asked.number("limit", 10_000))]
    if not found:
        return fdsn.nothing()
    rows = [row(version) for _, version in found]
    return Page(("\n".join([head, *rows]) + "\n").encode(), fdsn.PLAIN)


def _gfz_row(version: Version) -> str:
    time = version.onset.strftime("%Y-%m-%dT%H:%M:%S.") + f"{version.onset.microsecond // 10_000:02d}"
    place = nearest(version.lon, version.lat)
    where = f"{version.lat:.2f}|{version.lon:.2f}|{version.depth_km:.0f}"
    kind = "Mw" if version.solution == "mww" else "mb"
    return f"{version.id}|{time}|{where}|||GFZ|{version.id}|{kind}|{version.size:.1f}||{place.country}"


def _ingv_row(version: Version) -> str:
    time = version.onset.strftime("%Y-%m-%dT%H:%M:%S.%f")
    place = nearest(version.lon, version.lat)
    where = f"{version.lat:.4f}|{version.lon:.4f}|{version.depth_km:.1f}"
    name = f"{place.distance_km:.0f} km {place.bearing} {place.town} ({place.iso3})"
    kind = {"ml": "ML", "mww": "Mw"}.get(version.solution, version.solution)
    return f"{version.id}|{time}|{where}|SURVEY-INGV||||{kind}|{version.size:.1f}|--|{name}|earthquake"
