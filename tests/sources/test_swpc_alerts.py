from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from recordings import counts, read, recorded

from terraloom.records import EventType, HazardReport, Severity
from terraloom.sources.space_weather.swpc_alerts import SwpcAlerts

SOURCE = SwpcAlerts()


def message(code: str, serial: int, *lines: str, issued: str = "2026-01-02 03:05:01.370") -> dict[str, str]:
    head = (f"Space Weather Message Code: {code}", f"Serial Number: {serial}")
    text = "\r\n".join([*head, "Issue Time: 2026 Jan 02 0305 UTC", "", *lines])
    return {"product_id": code, "issue_datetime": issued, "message": text}


def told(*messages: dict[str, str]) -> list[HazardReport]:
    reports, rejects = read(SOURCE, json.dumps(messages))
    assert not rejects
    return reports


WARNING = message(
    "WARK05",
    2016,
    "WARNING: Geomagnetic K-index of 5 expected ",
    "Valid From: 2026 Jan 02 0300 UTC",
    "Valid To: 2026 Jan 02 1800 UTC",
    "Warning Condition: Onset",
    "NOAA Scale: G1 - Minor",
)
EXTENDED = message(
    "WARK05",
    2017,
    "EXTENDED WARNING: Geomagnetic K-index of 5 expected",
    "Extension to Serial Number: 2016",
    "Valid From: 2026 Jan 02 0300 UTC",
    "Now Valid Until: 2026 Jan 03 0600 UTC",
    issued="2026-01-02 17:50:00.000",
)


def test_a_warning_is_a_hazard_of_the_whole_earth() -> None:
    [report] = told(WARNING)
    assert (report.agency, report.source_event_id) == ("swpc", "WARK05-2016")
    assert report.event_type is EventType.OTHER
    assert report.title == "WARNING: Geomagnetic K-index of 5 expected"
    assert report.severity_level is Severity.GREEN
    assert (report.onset, report.valid_until) == (at(2, 3), at(2, 18))
    assert {m.name: m.value for m in report.measurements} == {"noaa_scale_g": 1, "planetary_k_index": 5}
    assert report.lon is None


def test_an_extension_is_the_same_event_and_told_after_it() -> None:
    first, extended = told(EXTENDED, WARNING)
    assert extended.also_ids == (first.source_event_id,)
    assert extended.valid_until == at(3, 6)
    assert extended.severity_level is Severity.GREEN  # by its K, since it states no scale


def test_a_cancelled_warning_ends_with_the_cancellation() -> None:
    lines = ("Cancel Serial Number: 2017", "Original Issue Time: 2026 Jan 02 1750 UTC")
    [report] = told(message("WARK05", 2018, "CANCEL WARNING: Geomagnetic K-index of 5 expected", *lines))
    assert report.also_ids == ("WARK05-2017",)
    assert report.valid_until == report.updated_at


def test_a_watch_lasts_from_the_first_to_the_last_day_with_a_storm() -> None:
    days = "Dec 31:  None (Below G1)   Jan 01:  G3 (Strong)   Jan 02:  G1 (Minor)"
    watch = message("WATA50", 85, "WATCH: Geomagnetic Storm Category G3 Predicted", "", days)
    [report] = told({**watch, "issue_datetime": "2025-12-30 23:00:00.000"})
    assert (report.onset, report.valid_until) == (at(1), at(3))
    assert report.severity_level is Severity.ORANGE


@pytest.mark.parametrize(("reached", "period", "end"), [("02 0259", "0000", 3), ("03 0001", "2100", 24)])
def test_an_alert_of_k_lasts_as_long_as_its_three_hours(reached: str, period: str, end: int) -> None:
    lines = (f" Threshold Reached: 2026 Jan {reached} UTC", f"Synoptic Period: {period}-0000 UTC")
    [report] = told(message("ALTK08", 50, "ALERT: Geomagnetic K-index of 8, 9-", *lines, "NOAA Scale: G4"))
    assert report.valid_until == (at(2, end) if end < 24 else at(3))
    assert report.severity_level is Severity.RED


def test_numbers_of_a_summary_are_measured() -> None:
    lines = ("Begin Time: 2026 Jan 02 0206 UTC", "End Time: 2026 Jan 02 0247 UTC", "X-ray Class: X1.1")
    [report] = told(message("SUMX01", 191, "SUMMARY: X-ray Event exceeded X1", *lines, "NOAA Scale: R3"))
    measured = {m.name: (m.value, m.unit) for m in report.measurements}
    assert measured == {"noaa_scale_r": (3, "1"), "peak_xray_flux": (1.1e-4, "W/m2")}


def test_a_message_without_its_number_is_refused() -> None:
    broken = {**WARNING, "message": WARNING["message"].replace("Serial Number: 2016", "")}
    reports, [reject] = read(SOURCE, json.dumps([broken, EXTENDED]))
    assert len(reports) == 1
    assert "expected a message with its Serial Number" in reject.reason


def test_recordings_are_read_whole(samples: Path) -> None:
    assert counts(SOURCE, samples, "swpc-alerts") == {
        "alerts.2025_04_11.json": (180, 0),
        "alerts.2025_04_17.json": (200, 0),
        "alerts.2026_08_01.json": (118, 0),
    }
    reports, _ = read(SOURCE, dict(recorded(samples, "swpc-alerts"))["alerts.2026_08_01.json"])
    watch = [report for report in reports if report.source_event_id == "WATA30-278"]
    assert [report.valid_until for report in watch] == [
        datetime(2026, 7, 5, tzinfo=UTC),
        datetime(2026, 7, 6, tzinfo=UTC),
    ]


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, tzinfo=UTC)
