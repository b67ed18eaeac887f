"""Dose rates of Germany's probes, hand-written by the public description of the WFS."""

from __future__ import annotations

import json
from typing import Any

from recordings import measure

from terraloom.sources import source


def probe(kenn: str, value: float | None) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [8.15, 48.28]},
        "properties": {
            "kenn": kenn,
            "name": "Hausach",
            "start_measure": "2026-09-11T05:00:00Z",
            "end_measure": "2026-09-11T06:00:00Z",
            "value": value,
            "unit": "µSv/h",
        },
    }


def test_the_mean_of_an_hour_stands_at_its_beginning() -> None:
    body = json.dumps({"type": "FeatureCollection", "features": [probe("083170410", 0.162)]})
    found = measure(source("bfs-gamma-dose"), body)
    assert found.value("ambient_dose_equivalent_rate", "bfs/083170410", "2026-09-11T05:00") == 0.162
    assert (found.stations["bfs/083170410"].lon, found.stations["bfs/083170410"].lat) == (8.15, 48.28)


def test_a_probe_out_of_order_has_no_value() -> None:
    body = json.dumps({"features": [probe("083170410", None), probe("031010001", 0.088)]})
    found = measure(source("bfs-gamma-dose"), body)
    assert [one.station for one in found.values] == ["bfs/031010001"]
    assert found.rejects == []


def test_the_other_countries_are_read_alike() -> None:
    probes = [probe("1", 0.08)]
    probes[0]["properties"] |= {"id": "AT0001", "name": "Laa/Thaya", "analyzed_range_in_h": 6}
    found = measure(source("eurdep-gamma-dose"), json.dumps({"features": probes}))
    assert found.value("ambient_dose_equivalent_rate", "eurdep/AT0001", "2026-09-11T05:00") == 0.08
