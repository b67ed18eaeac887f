"""Seismic agencies: who detects what, how soon, how well, under which ids, and what they take back.

Scales of error are set so that pairs of agencies differ as real ones do: EMSC and USGS by 13 km and 1-2 s at
the median, regional networks by less, first automatic solutions by about twice as much as reviewed ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import exp, inf, log10

import numpy as np
from msgspec import Struct, structs

from terraloom.records import EventType, ReportStatus
from terraloom.universe.agencies import Errors, Story, Version, drawn, shifted
from terraloom.universe.geography import EUROMED, ITALY, NEW_ZEALAND, TURKEY, US_NETWORKS, Box
from terraloom.universe.places import distance_km
from terraloom.universe.truth import Hazard, Truth

BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
BLIND, BLIND_KM = timedelta(seconds=10), 150.0
DETECTION_WIDTH = 0.25  # magnitude units: how sharply detection rises around the threshold


class Network(Struct, frozen=True):
    """
    One agency. `thresholds`: the magnitude that it detects half of the time, by region; the first box that
    holds the event counts, None is anywhere. `delay_s`: median of a log-normal first-report delay.
    """

    agency: str
    thresholds: tuple[tuple[Box | None, float], ...]
    errors: Errors
    delay_s: float
    review_s: float
    time_resolution_s: float
    flips: float = 0.0  # share of events whose preferred id changes
    repeats: float = 0.0  # share of events published once more with nothing changed but the clock
    false_per_day: float = 0.0


NETWORKS = (
    Network("usgs", (*((box, 2.6) for box in US_NETWORKS.values()), (None, 4.2)),
            Errors(5.0, 0.7, 6.0, 0.09), 420, 1800, 0.001, flips=0.06, repeats=0.3, false_per_day=0.7),
    Network("emsc", ((TURKEY, 2.6), (EUROMED, 2.9), (None, 4.3)),
            Errors(5.5, 0.8, 7.0, 0.10), 300, 2400, 0.01, repeats=0.2, false_per_day=0.4),
    Network("gfz", ((None, 4.5),), Errors(6.0, 0.9, 9.0, 0.10), 360, 1500, 0.01),
    Network("ingv", ((ITALY, 2.4), (EUROMED, 4.3), (None, 5.6)),
            Errors(2.5, 0.4, 4.0, 0.12), 240, 1200, 0.01),
    Network("koeri", ((TURKEY, 2.6),), Errors(3.0, 0.6, 4.0, 0.12), 420, 3600, 1.0),
    Network("geonet", ((NEW_ZEALAND, 2.4),), Errors(3.0, 0.5, 6.0, 0.12), 180, 1800, 0.001,
            false_per_day=0.3),
)  # fmt: skip


def seismic_stories(seed: int, truth: Truth) -> Iterator[Story]:
    """What every agency says of every earthquake, and of some that never were."""
    quakes = truth.of(EventType.EARTHQUAKE)
    by_id = {quake.id: quake for quake in quakes}
    streams = np.random.default_rng([seed, 101]).spawn(len(NETWORKS))
    for network, rng in zip(NETWORKS, streams, strict=True):
        heard = [
            quake for quake in quakes if rng.random() < detection(network, quake, by_id.get(quake.parent))
        ]
        ghosts = _false_alarms(rng, network, truth)
        for n, quake in enumerate(_told_apart(sorted(heard + ghosts, key=lambda quake: quake.onset))):
            yield _story(rng, network, n, quake)


def detection(network: Network, quake: Hazard, parent: Hazard | None) -> float:
    """Probability that the agency reports an earthquake: logistic in magnitude."""
    boxes = network.thresholds
    threshold = next((m for box, m in boxes if box is None or box.holds(quake.lon, quake.lat)), inf)
    if parent is not None:
        days = max((quake.onset - parent.onset).total_seconds(), 60) / 86_400
        threshold = max(threshold, buried(parent.size, days))
    return 1 / (1 + exp(min((threshold - quake.size) / DETECTION_WIDTH, 500)))


def _told_apart(heard: list[Hazard]) -> list[Hazard]:
    """Of events that begin within each other's waves the largest: to a network they are one."""
    kept: list[Hazard] = []
    for quake in heard:
        near = [other for other in kept[-20:] if _within_its_waves(quake, other)]
        if all(quake.size > other.size for other in near):
            kept = [other for other in kept if other not in near] if near else kept
            kept.append(quake)
    return kept


def _within_its_waves(quake: Hazard, other: Hazard) -> bool:
    apart_km = distance_km(quake.lon, quake.lat, other.lon, other.lat)
    return quake.onset - other.onset < BLIND and apart_km <= BLIND_KM


def buried(magnitude: float, days: float) -> float:
    """
    Magnitude below which aftershocks drown in the waves of their mainshock and of each other.

    M - 4.5 - 0.75 log10(t), t in days (Helmstetter, Kagan & Jackson, 2006).
    """
    return magnitude - 4.5 - 0.75 * log10(days)


def _false_alarms(rng: np.random.Generator, network: Network, truth: Truth) -> list[Hazard]:
    """Events that an agency publishes by mistake (noise, teleseisms taken for local) and deletes."""
    days = (truth.end - truth.start).total_seconds() / 86400
    boxes = [box or Box(-180, 180, -60, 70) for box, _ in network.thresholds]
    found = []
    for _ in range(int(rng.poisson(network.false_per_day * days))):
        box = boxes[int(rng.integers(len(boxes)))]
        onset = truth.start + timedelta(days=float(rng.random() * days))
        lon, lat = float(rng.uniform(box.west, box.east)), float(rng.uniform(box.south, box.north))
        size = float(rng.uniform(3, 5))
        found.append(Hazard("", EventType.EARTHQUAKE, onset, onset, lon, lat, size, depth_km=10.0))
    return found


def _story(rng: np.random.Generator, network: Network, n: int, quake: Hazard) -> Story:
    first_id, other_id = _ids(network.agency, n, quake)
    versions = list(_versions(rng, network, quake, first_id))
    if rng.random() < network.repeats:
        versions = _repeated(rng, versions)
    if quake.id == "":
        versions = [versions[0], _retraction(rng, versions[0])]
    elif network.agency == "usgs" and len(versions) > 1 and rng.random() < network.flips:
        versions = _flipped(versions, other_id)
    elif network.agency == "usgs" and quake.size >= 6:  # the tsunami warning centres add their id
        versions = [structs.replace(v, ids=(f"at00{_code(n)}0", *v.ids)) for v in versions]
    return Story(
        network.agency, f"{network.agency}/{n:06d}", quake.id, quake if quake.id else None, tuple(versions)
    )


def _versions(rng: np.random.Generator, network: Network, quake: Hazard, id: str) -> Iterator[Version]:
    """An automatic solution, mostly a reviewed one, now and then a late revision or a mere repeat."""
    lasting = drawn(rng, network.errors)
    at = quake.onset + timedelta(seconds=network.delay_s * float(np.exp(rng.normal(0, 0.4))))
    large = quake.size >= 5
    steps = 1 + int(rng.random() < (0.97 if large else 0.7)) + int(rng.random() < (0.5 if large else 0.05))
    solution = _magnitude_type(network.agency, quake.size)
    for number in range(1, steps + 1):
        passing = drawn(rng, network.errors)
        weight = (1.0, 0.25, 0.0)[number - 1]  # what a revision takes away
        error = tuple(a + weight * b for a, b in zip(lasting, passing, strict=True))
        onset, lon, lat, depth, size = shifted(quake, (error[0], error[1], error[2], error[3], error[4]))
        status = ReportStatus.AUTOMATIC if number == 1 else ReportStatus.REVIEWED
        yield Version(
            published=at,
            updated=at - timedelta(seconds=float(rng.uniform(5, 30))),
            id=id,
            ids=(id,),
            onset=cut(onset, network.time_resolution_s),
            lon=lon,
            lat=lat,
            depth_km=depth,
            size=round(size, 1 if quake.size >= 3.5 else 2),
            solution=solution,
            status=status,
            number=number,
            phases=int(8 + 12 * quake.size * number / 2),
        )
        at += timedelta(seconds=network.review_s * float(np.exp(rng.normal(0, 0.5))) * number**2)


def cut(onset: datetime, resolution_s: float) -> datetime:
    """An origin time as an agency writes it: cut (not rounded) to its resolution."""
    step = round(resolution_s * 1_000_000)
    return onset - timedelta(microseconds=onset.microsecond % step if step < 1_000_000 else onset.microsecond)


def _repeated(rng: np.random.Generator, versions: list[Version]) -> list[Version]:
    """The last version once more, with nothing changed but the agency's clock."""
    last = versions[-1]
    later = timedelta(seconds=float(rng.uniform(600, 14_400)))
    again = structs.replace(
        last, published=last.published + later, updated=last.updated + later, number=last.number + 1
    )
    return [*versions, again]


def _retraction(rng: np.random.Generator, version: Version) -> Version:
    later = timedelta(seconds=float(rng.uniform(300, 3600)))
    return structs.replace(
        version,
        published=version.published + later,
        updated=version.updated + later,
        status=ReportStatus.DELETED,
        number=version.number + 1,
    )


def _flipped(versions: list[Version], other_id: str) -> list[Version]:
    """The first version under one id, the following ones under another that lists both."""
    first, *later = versions
    return [first, *(structs.replace(v, id=other_id, ids=(other_id, *v.ids)) for v in later)]


def _ids(agency: str, n: int, quake: Hazard) -> tuple[str, str]:
    """The id that an agency gives its n-th event, and the one it may change to."""
    year, day = quake.onset.year, quake.onset
    if agency == "usgs":
        regional = next((net for net, box in US_NETWORKS.items() if box.holds(quake.lon, quake.lat)), "tx")
        return (
            f"us7000{_code(n)}",
            f"{regional}{year}{_code(n)}" if regional == "tx" else f"{regional}{7_000_000 + n}",
        )
    if agency == "emsc":
        return f"{day:%Y%m%d}_{n:07d}", ""
    if agency == "gfz":
        return f"gfz{year}{_code(n)}", ""
    if agency == "ingv":
        return str(40_000_000 + 10 * n + 1), ""
    if agency == "geonet":
        return f"{year}p{100_000 + n}", ""
    return f"koeri{n:06d}", ""  # KOERI's list shows no id; this one is never sent


def _code(n: int) -> str:
    """Four letters and digits, different for each n below 36^4 (7919 shares no factor with 36)."""
    n = (n * 7919 + 46_656) % 36**4
    return "".join(BASE36[n // 36**k % 36] for k in (3, 2, 1, 0))


def _magnitude_type(agency: str, magnitude: float) -> str:
    if agency in ("koeri", "geonet") or magnitude < 3.8:
        return "ml"
    return "mb" if magnitude < 5.3 else "mww"
