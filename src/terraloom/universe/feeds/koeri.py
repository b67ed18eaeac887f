"""udim.koeri.boun.edu.tr: the last 24 hours as XML in ISO-8859-1, local times, elements spelt <earhquake>."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from xml.sax.saxutils import quoteattr

from terraloom.universe.agencies import Version
from terraloom.universe.feeds.page import Asked, Page
from terraloom.universe.places import nearest

HOST = "udim.koeri.boun.edu.tr"
PATH = "/zeqmap/xmlt/son24saat.xml"
TURKISH_TIME = timedelta(hours=3)  # all year since 2016


def feed(asked: Asked) -> Page | None:
    """Oldest first. No ids, no time of update: a new solution silently takes the place of the old one."""
    if asked.path != PATH:
        return None
    current = asked.reports.current("koeri", asked.at, timedelta(days=1))
    rows = [_row(version) for _, version in reversed(current)]
    text = "\r\n".join(['<?xml version="1.0" encoding="ISO-8859-1" ?>', "<eqlist>", *rows, "</eqlist>", ""])
    return Page(text.encode("iso-8859-1"), "text/xml")


def _row(version: Version) -> str:
    local = (version.onset + TURKISH_TIME).strftime("%Y.%m.%d %H:%M:%S")
    place = nearest(version.lon, version.lat)
    return (
        f'\t<earhquake\tname="{local}"\tlokasyon={quoteattr(_padded(place.town, place.country))}'
        f'\tlat="{version.lat:.4f}"\tlng="{version.lon:.4f}"\tmag="{version.size:.1f}" '
        f'Depth="{version.depth_km:.1f}" />'
    )


def _padded(town: str, country: str) -> str:
    """ "TOWN (COUNTRY)" in plain capitals, filled up to 50 characters with blanks."""
    name = unicodedata.normalize("NFKD", f"{town} ({country})".upper().replace("İ", "I").replace("ı", "I"))
    return name.encode("ascii", "ignore").decode().ljust(50)
