from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from recordings import RECEIVED, measure, payload, recorded, tallies

from terraloom.sources.astronomy.launch_library import LaunchLibrary

SOURCE = LaunchLibrary()


def launch(**other: object) -> dict[str, object]:
    return {
        "id": "5d4099bf",
        "name": "Electron | Two Birds",
        "status": {"id": 1, "name": "Go for Launch", "abbrev": "Go"},
        "last_updated": "2026-11-20T10:00:00Z",
        "net": "2026-11-30T08:40:00Z",
        "net_precision": {"id": 1, "name": "Minute"},
        "window_start": "2026-11-30T08:40:00Z",
        "probability": 85,
        "pad": {"id": 65, "latitude": -39.262833, "longitude": 177.864469},
        **other,
    }


def answer(*launches: dict[str, object]) -> str:
    return json.dumps({"count": len(launches), "next": None, "results": launches})


def test_a_launch_to_come_has_a_date_a_status_and_a_pad() -> None:
    found = measure(SOURCE, answer(launch()))
    assert SOURCE.recognises(payload(answer(launch())))
    said = ("spacedevs/5d4099bf", "2026-11-20T10:00:00")
    assert found.value("launch_net", *said) == datetime(2026, 11, 30, 8, 40, tzinfo=UTC).timestamp()
    assert found.value("launch_status", *said) == 1.0
    assert found.value("launch_weather_probability", *said) == 85.0
    assert len(found.values) == 3
    pad = found.stations["spacedevs/5d4099bf"]
    assert (pad.title, pad.lon, pad.lat) == ("Electron | Two Birds", 177.864469, -39.262833)


def test_a_date_that_slips_is_a_later_value_of_the_same_launch() -> None:
    slipped = launch(net="2026-12-02T08:40:00Z", last_updated="2026-11-21T10:00:00Z")
    first, second = measure(SOURCE, answer(launch())).values[0], measure(SOURCE, answer(slipped)).values[0]
    assert (first.metric, first.station) == (second.metric, second.station)
    assert first.time < second.time
    assert second.value - first.value == 2 * 86400


def test_a_launch_that_flew_counts_on_its_day() -> None:
    flown = launch(status={"id": 3, "name": "Launch Successful"}, probability=-1)
    found = measure(SOURCE, answer(flown))
    assert found.value("rocket_launches", "spacedevs/5d4099bf", "2026-11-30") == 1.0
    assert {one.metric for one in found.values} == {"launch_net", "launch_status", "rocket_launches"}


def test_an_answer_of_2_0_says_what_held_when_it_was_received() -> None:
    old = launch(last_updated=None, pad={"latitude": "28.56", "longitude": "-80.57"})
    found = measure(SOURCE, answer(old))
    assert {one.time for one in found.values} == {RECEIVED}
    assert found.stations["spacedevs/5d4099bf"].lat == 28.56


def test_an_unknown_pad_is_no_place_and_a_broken_launch_costs_only_itself() -> None:
    nowhere = launch(pad={"latitude": "0.0", "longitude": "0.0"})
    found = measure(SOURCE, answer(launch(net="soon"), nowhere))
    assert found.stations["spacedevs/5d4099bf"].lon is None
    assert ["net: got 'soon'" in reject.reason for reject in found.rejects] == [True]


def test_recordings_are_read_whole(samples: Path) -> None:
    assert tallies(SOURCE, samples, "launch-library") == {
        "ll2_2.0.0_launch_upcoming_a.json": (20, 0),
        "ll2_2.0.0_launch_upcoming_b.json": (22, 0),  # one in flight, one with a probability
    }
    stations = measure(SOURCE, recorded(samples, "launch-library")[0][1]).stations
    nrol = stations["spacedevs/5d4099bf-a0be-4f54-b236-b6ab3aed4146"]
    assert (nrol.title, nrol.lat) == ("Falcon 9 Block 5 | NROL-179", 34.632)
