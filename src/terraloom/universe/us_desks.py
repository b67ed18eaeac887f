"""NHC and NWS: advisories on storms of the Atlantic and eastern Pacific, alerts within the United States."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np

from terraloom.records import EventType, ReportStatus
from terraloom.universe.agencies import Errors, Story, Version, drawn, shifted
from terraloom.universe.places import distance_km
from terraloom.universe.truth import UNITED_STATES, Hazard, Truth

NHC_BASINS = ("AL", "EP")
BEST_TRACK = Errors(4, 0, 0, 0)  # position, km; NHC rounds to a tenth of a degree as well
WARNING = Errors(5, 900, 0, 0)
OFFICES = {
    "KSEW": (-122.3, 47.7), "KLOX": (-119.1, 34.2), "KGJT": (-108.5, 39.1), "KABQ": (-106.6, 35.0),
    "KFWD": (-97.3, 32.8), "KTOP": (-95.6, 39.1), "KLOT": (-88.1, 41.6), "KOHX": (-86.6, 36.2),
    "KTBW": (-82.4, 27.7), "KPHI": (-74.8, 40.0),
}  # fmt: skip


def nhc_stories(seed: int, truth: Truth) -> Iterator[Story]:
    """One story per storm: an advisory every six hours, at 03, 09, 15 and 21 UTC."""
    rng = np.random.default_rng([seed, 104])
    for n, hazard in enumerate(truth.of(EventType.TROPICAL_CYCLONE)):
        if hazard.cyclone is not None and hazard.cyclone.basin.code in NHC_BASINS:
            yield Story("nhc", f"nhc/{n:06d}", hazard.id, hazard, tuple(_advisories(rng, hazard)))


def _advisories(rng: np.random.Generator, hazard: Hazard) -> Iterator[Version]:
    assert hazard.cyclone is not None, "the caller chooses cyclones"
    atcf = hazard.cyclone.atcf()
    fixes = [fix for fix in hazard.cyclone.track if fix.at.hour % 6 == 3]
    for number, fix in enumerate(fixes, 1):
        east, north, *_ = drawn(rng, BEST_TRACK)
        seen = Hazard(hazard.id, hazard.type, hazard.onset, hazard.end, fix.lon, fix.lat, fix.wind_kt)
        _, lon, lat, _, _ = shifted(seen, (east, north, 0, 0, 0))
        issued = fix.at - timedelta(minutes=float(rng.uniform(2, 25)))  # advisories come before their hour
        yield Version(
            published=issued,
            updated=fix.at,
            id=atcf,
            ids=(atcf,),
            onset=hazard.onset,
            lon=round(lon, 1),
            lat=round(lat, 1),
            depth_km=0.0,
            size=round(fix.wind_kt / 5) * 5,
            solution=f"{number:03d}",
            status=ReportStatus.AUTOMATIC,
            number=number,
        )


def nws_stories(seed: int, truth: Truth) -> Iterator[Story]:
    """Floods and severe storms in the United States: each a chain of alerts, every one with a new id."""
    rng = np.random.default_rng([seed, 105])
    for kind in (EventType.FLOOD, EventType.SEVERE_WEATHER):
        heard = [h for h in truth.of(kind) if UNITED_STATES.holds(h.lon, h.lat) and rng.random() < 0.95]
        for n, hazard in enumerate(heard):
            versions = tuple(_alerts(rng, hazard, n))
            yield Story("nws", f"nws/{kind.value}{n:06d}", hazard.id, hazard, versions)


def _alerts(rng: np.random.Generator, hazard: Hazard, n: int) -> Iterator[Version]:
    """A new warning, updates with growing `references`, and its cancellation or its end."""
    onset, lon, lat, _, _ = shifted(hazard, drawn(rng, WARNING))
    onset = onset.replace(second=0, microsecond=0)
    short = hazard.type is EventType.SEVERE_WEATHER
    at = onset + timedelta(minutes=float(rng.uniform(1, 4) if short else rng.uniform(10, 90)))
    chain: tuple[str, ...] = ()
    while at < hazard.end or not chain:
        name = "urn:oid:2.49.0.1.840.0." + rng.bytes(20).hex() + ".001.1"
        yield Version(
            published=at,
            updated=_second(at),
            id=name,
            ids=(name, *chain),
            onset=onset,
            lon=lon,
            lat=lat,
            depth_km=0.0,
            size=round(hazard.size),
            solution=f"{office(hazard.lon, hazard.lat)}.{_vtec(hazard)}.W.{n + 1:04d}",
            status=ReportStatus.AUTOMATIC,
            number=len(chain) + 1,
        )
        chain = (name, *chain)
        at += timedelta(minutes=float(rng.uniform(10, 30) if short else rng.uniform(360, 1440)))


def office(lon: float, lat: float) -> str:
    """The forecast office nearest to a point."""
    return min(OFFICES, key=lambda name: distance_km(lon, lat, *OFFICES[name]))


def _vtec(hazard: Hazard) -> str:
    """VTEC phenomenon: areal flood, or severe thunderstorm."""
    return "FA" if hazard.type is EventType.FLOOD else "SV"


def _second(at: datetime) -> datetime:
    return at.replace(microsecond=0)
