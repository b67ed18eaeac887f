from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from recordings import measure, recorded, tallies

from terraloom.sources.space_weather.swpc_noaa_scales import SwpcNoaaScales

SOURCE = SwpcNoaaScales()


def day(date: str, time: str, scales: dict[str, str | None], **probable: str) -> dict[str, Any]:
    return {
        "DateStamp": date,
        "TimeStamp": time,
        "R": {"Scale": scales.get("R"), "Text": None, "MinorProb": probable.get("minor"), "MajorProb": None},
        "S": {"Scale": scales.get("S"), "Text": None, "Prob": probable.get("storm")},
        "G": {"Scale": scales.get("G"), "Text": "moderate"},
    }


DAYS = {
    "0": day("2026-01-02", "16:38:00", {"R": "1", "S": "0", "G": "2"}),
    "1": day("2026-01-02", "16:38:00", {"G": "3"}, minor="55", storm="5"),
    "2": day("2026-01-03", "00:00:00", {"G": "0"}),
    "3": day("2026-01-04", "00:00:00", {}),
    "-1": day("2026-01-01", "16:38:00", {"R": "5", "S": "5", "G": "5"}),
}


def test_what_holds_and_what_is_predicted_are_metrics_of_their_own() -> None:
    found = measure(SOURCE, json.dumps(DAYS))
    assert found.value("geomagnetic_storm_scale", "swpc/planet", "2026-01-02T16:38") == 2
    assert found.value("geomagnetic_storm_scale_predicted", "swpc/planet", "2026-01-02") == 3
    assert found.value("radio_blackout_minor_probability", "swpc/planet", "2026-01-02") == 55
    assert len(found.values) == 3 + 3 + 1
    assert not found.rejects


def test_a_broken_day_costs_only_itself() -> None:
    found = measure(SOURCE, json.dumps({**DAYS, "1": {"DateStamp": "2026-01-02"}, "2": "soon"}))
    assert [reject.where for reject in found.rejects] == ["day 1", "day 2"]
    assert len(found.values) == 3


def test_recordings_are_read_whole(samples: Path) -> None:
    assert set(tallies(SOURCE, samples, "swpc-scales").values()) == {(15, 0)}
    newest = measure(SOURCE, dict(recorded(samples, "swpc-scales"))["noaa-scales.2026_08_01.json"])
    assert newest.value("geomagnetic_storm_scale_predicted", "swpc/planet", "2026-08-02") == 2
    assert newest.value("radiation_storm_probability", "swpc/planet", "2026-08-01") == 75
