"""Safecast: counts by tube, devices that stand or move, clocks that were never set."""

from __future__ import annotations

import json
from pathlib import Path

from recordings import measure, recorded, tallies

from terraloom.sources import source

SOURCE = source("safecast-sensors")
DEVICE = {
    "device_urn": "pointcast:10018",
    "device_class": "pointcast",
    "device_sn": "POINTCAST #10018",
    "when_captured": "2026-01-12T21:18:34Z",
    "loc_lat": 35.6,
    "loc_lon": 139.6,
    "lnd_7318u": 55,
    "lnd_7128ec": 12,
    "env_press": 101_325.0,
}
AT = "2026-01-12T21:18:34"


def test_each_tube_has_its_counts_and_pressure_its_unit() -> None:
    found = measure(SOURCE, json.dumps([DEVICE]))
    station = found.stations["safecast/pointcast:10018"]
    assert (station.title, station.lon, station.kind) == ("POINTCAST #10018", 139.6, "fixed")
    assert found.value("radiation_count_rate_lnd_7318u", station.id, AT) == 55.0
    assert found.value("radiation_count_rate_lnd_7128ec", station.id, AT) == 12.0
    assert found.value("surface_air_pressure", station.id, AT) == 1013.25


def test_a_device_that_is_carried_has_its_place_beside_each_value() -> None:
    carried = DEVICE | {"device_urn": "geigiecast:62007", "device_class": "geigiecast"}
    found = measure(SOURCE, json.dumps([carried]))
    assert (found.stations["safecast/geigiecast:62007"].kind, found.values[0].lon) == ("mobile", 139.6)


def test_a_clock_that_was_never_set_gives_nothing_and_a_broken_one_is_rejected() -> None:
    unset, broken = DEVICE | {"when_captured": "2012-00-00T00:00:00Z"}, DEVICE | {"when_captured": "soon"}
    found = measure(SOURCE, json.dumps([unset, broken, DEVICE | {"loc_lat": 0, "loc_lon": 0}]))
    assert len(found.values) == 3
    assert found.stations["safecast/pointcast:10018"].lon is None
    assert [one.where for one in found.rejects] == ["record 1"]


def test_measurements_of_drives_are_read_in_the_unit_that_they_state() -> None:
    row = {"id": 1, "device_id": 47, "captured_at": "2026-01-01T00:00:00.000Z", "unit": "cpm", "value": 31}
    rows = [row | {"longitude": 140.5, "latitude": 37.5}, row | {"unit": "usv", "value": 0.12}]
    rows[1] |= {"longitude": 140.5, "latitude": 37.5, "device_id": 48}
    found = measure(SOURCE, json.dumps([*rows, row | {"unit": "celsius"}]))
    assert found.value("radiation_count_rate", "safecast/device-47", "2026-01-01") == 31.0
    assert found.value("ambient_dose_equivalent_rate", "safecast/device-48", "2026-01-01") == 0.12
    assert (len(found.values), found.rejects) == (2, [])


def test_recordings_of_both_forms_are_read_whole(samples: Path) -> None:
    assert tallies(SOURCE, samples, "safecast") == {
        "device_stories.json": (11, 0),
        "sensor_data.json": (10, 0),
    }
    stories = dict(recorded(samples, "safecast"))["device_stories.json"]
    found = measure(SOURCE, stories)
    assert (
        found.value("radiation_count_rate_lnd_7318u", "safecast/ngeigie:101", "2021-02-17T03:37:29") == 40.0
    )
