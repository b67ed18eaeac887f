"""Recorded reports of one agency beside what another would say of the same hazards: each finds its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from msgspec import structs

from hazards.test_matching import decided
from sources.recordings import read, recorded
from terraloom.records import HazardReport
from terraloom.sources import source


def reports(samples: Path, source_id: str, names: Iterable[str] = ()) -> list[HazardReport]:
    """What the recordings of a source say, in the order of their own clock."""
    one, wanted = source(source_id), set(names)
    found = [
        report
        for name, payload in recorded(samples, one.info.folder)
        if one.recognises(payload) and (not wanted or name in wanted)
        for report in read(one, payload)[0]
    ]
    return sorted(found, key=lambda report: (report.updated_at, report.onset))


def retold(report: HazardReport, seconds: float, km: float, agency: str = "emsc") -> HazardReport:
    """The same hazard as another agency finds it: later, farther north, to the second, under its own id."""
    assert report.lat is not None
    return structs.replace(
        report,
        source=agency,
        agency=agency,
        source_event_id=f"again-{report.source_event_id}",
        also_ids=(),
        onset=report.onset + timedelta(seconds=seconds),
        lat=report.lat + km / 111.2,
        time_resolution_s=1.0,
        position_error_km=0.0,
    )


def events(told: Iterable[HazardReport]) -> list[set[str]]:
    """Ids of the reports of each event."""
    found = defaultdict(set)
    for node in decided(told).memory.nodes.values():
        found[node.event_id].add(node.canonical_id)
    return list(found.values())


def assert_each_finds_its_own(told: list[HazardReport], again: list[HazardReport]) -> None:
    for order in (told + again, again + told, sorted(told + again, key=lambda report: report.onset)):
        found = events(order)
        assert len(found) == len({report.source_event_id for report in told})
        assert all(ids == {one, f"again-{one}"} for ids in found for one in ids if f"again-{one}" in ids)
        assert all(len(ids) == 2 for ids in found)


def test_spanish_quakes_two_of_which_are_fifteen_seconds_apart(samples: Path) -> None:
    told = reports(samples, "ign-earthquakes")
    assert len(told) == 25
    assert_each_finds_its_own(told, [retold(report, 1.8, 9) for report in told])


def test_canadian_quakes_that_are_known_to_the_minute(samples: Path) -> None:
    told = list({report.source_event_id: report for report in reports(samples, "nrcan-earthquakes")}.values())
    assert_each_finds_its_own(told, [retold(report, 47, 20) for report in told])


def test_a_japanese_quake_is_placed_by_its_second_telegram(samples: Path) -> None:
    names = [f"20210217{end}" for end in ("140808_0_VXSE51_010000.xml", "140847_0_VXSE52_010000.xml")]
    felt, placed = reports(samples, "jma-telegrams", names)
    again = retold(placed, 41, 15)
    assert len(events([felt, again])) == 2  # nobody knows yet where it was felt from
    assert events([felt, again, placed]) == events([again, felt, placed])
    assert len(events([felt, again, placed])) == 1


def test_a_tsunami_joins_another_centres_and_not_its_earthquake(samples: Path) -> None:
    tsunamis = [one for one in reports(samples, "jma-telegrams") if one.source_event_id.startswith("tsunami")]
    again = retold(tsunamis[-1], 50, 60, "ptwc")
    far = retold(structs.replace(tsunamis[-1], source_event_id="far"), 50, 900, "ntwc")
    assert len(tsunamis) == 4
    assert sorted(map(len, events([*tsunamis, again, far]))) == [1, 2]


def test_weather_alerts_of_five_services_stay_apart_unless_they_are_one_alert(samples: Path) -> None:
    feeds = ("nws-alerts", "eccc-alerts", "metno-alerts", "meteoalarm-warnings", "dwd-alerts")
    told = [report for feed in feeds for report in reports(samples, feed)]
    names = {(report.agency, report.source_event_id) for report in told}
    assert len(events(told)) == len(names)
    german = next(report for report in told if report.agency == "dwd")
    relayed = structs.replace(
        german, source="x", agency="meteoalarm", source_event_id=german.source_event_id + ".MUL"
    )
    assert len(events([*told, relayed])) == len(names)
