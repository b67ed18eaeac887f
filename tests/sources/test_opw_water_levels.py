"""Ireland's gauges, hand-written by the public description of the feed."""

from __future__ import annotations

import json
from typing import Any

from recordings import Measured, measure

from terraloom.records import Quality
from terraloom.sources import source


def sensor(ref: str, value: str, station: str = "0000001041", error: int = 99) -> dict[str, Any]:
    properties = {
        "station_ref": station,
        "station_name": "Sandy Mills",
        "sensor_ref": ref,
        "region_id": 3,
        "datetime": "2026-02-18T06:15:00Z",
        "value": value,
        "err_code": error,
        "csv_file": f"/data/month/{station[-5:]}_{ref}.csv",
    }
    point = {"type": "Point", "coordinates": [-7.575758, 54.838318]}
    return {"type": "Feature", "properties": properties, "geometry": point}


def read(*sensors: dict[str, Any]) -> Measured:
    body = json.dumps({"type": "FeatureCollection", "features": sensors})
    return measure(source("opw-water-levels"), body)


def test_each_sensor_of_a_gauge_has_its_metric() -> None:
    found = read(
        sensor("0001", "1.715"), sensor("0002", "4.800"), sensor("0003", "13.0"), sensor("OD", "9.1")
    )
    assert found.value("river_stage", "opw/0000001041", "2026-02-18T06:15") == 1.715
    assert found.value("river_water_temperature", "opw/0000001041", "2026-02-18T06:15") == 4.8
    assert (len(found.values), found.rejects) == (2, [])
    assert found.stations["opw/0000001041"].lat == 54.838318


def test_a_sensor_in_error_is_doubted() -> None:
    found = read(sensor("0001", "1.715", error=31), sensor("0002", "", error=31))
    assert [(one.value, one.quality) for one in found.values] == [(1.715, Quality.SUSPECT)]


def test_gauges_of_others_are_left_out() -> None:
    found = read(sensor("0001", "0.5", station="0000041001"), sensor("0001", "0.4", station="0000041000"))
    assert [one.station for one in found.values] == ["opw/0000041000"]
    assert list(found.stations) == ["opw/0000041000"]
