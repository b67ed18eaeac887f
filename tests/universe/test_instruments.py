"""What the planet measures is the same for the same seed, and its feeds say just that."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from planets import NOW, planet

from terraloom.records import Observation, Payload
from terraloom.sources import Source, registry
from terraloom.universe.instruments import K_INDEX, instruments

AT = NOW + timedelta(hours=13)  # within a day, for feeds that hold the day so far
PLAYED = sorted({one.source for one in instruments()})


def read(source: Source, at: datetime, url: str = "") -> list[Observation]:
    address = urlsplit(url or source.info.url)
    body = planet().body(address.netloc, f"{address.path}?{address.query}", at)
    payload = Payload(source=source.info.id, url=source.info.url, fetched_at=at, body=body)
    return [one for one in source.parse(payload) if isinstance(one, Observation)]


@pytest.mark.parametrize("source_id", PLAYED)
def test_feeds_say_what_instruments_measure(source_id: str) -> None:
    found = {(o.metric, o.station, o.time): o.value for o in read(registry()[source_id], AT)}
    own = {(one.metric, one.station): one for one in instruments() if one.source == source_id}
    told = {key: value for key, value in found.items() if key[:2] in own}
    assert len({key[:2] for key in told}) >= len(own) / 2  # of several addresses this is one
    for (metric, station, time), value in told.items():
        assert value == pytest.approx(own[metric, station].said(planet().seed, time, AT), abs=1e-9)


def test_a_preliminary_value_is_settled_later() -> None:
    steps = list(K_INDEX.steps(NOW - timedelta(days=5), NOW - timedelta(days=1)))
    first = [K_INDEX.said(1, time, time + K_INDEX.step + K_INDEX.delay) for time in steps]
    settled = [K_INDEX.said(1, time, NOW) for time in steps]
    assert first != settled == [K_INDEX.at(1, time) for time in steps]


def test_nothing_is_said_before_it_is_published() -> None:
    time = next(iter(K_INDEX.steps(NOW, NOW + timedelta(days=1))))
    assert K_INDEX.said(1, time, time + K_INDEX.step) is None


def test_both_forms_of_orbits_say_the_same() -> None:
    source = registry()["celestrak-stations"]
    as_tle = read(source, NOW, "https://celestrak.org/NORAD/elements/gp.php?GROUP=stations&FORMAT=tle")
    for tle, omm in zip(as_tle, read(source, NOW), strict=True):
        assert (tle.metric, tle.station, tle.time) == (omm.metric, omm.station, omm.time)
        assert tle.value == pytest.approx(omm.value, rel=1e-5)


def test_another_seed_measures_something_else() -> None:
    assert K_INDEX.at(1, NOW) != K_INDEX.at(2, NOW)
    assert K_INDEX.at(1, NOW) == K_INDEX.at(1, NOW)
