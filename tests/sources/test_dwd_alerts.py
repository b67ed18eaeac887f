import json
from datetime import UTC, datetime
from pathlib import Path

from recordings import counts, read

from terraloom.records import Severity
from terraloom.sources.weather.dwd_alerts import DwdAlerts

ALERT = {
    "alert_id": "2.49.0.0.276.0.DWD.PVW.1.x",
    "effective": "2026-11-21T08:00:00+00:00",
    "onset": "2026-11-21T10:00:00+00:00",
    "expires": "2026-11-21T18:00:00+00:00",
    "severity": "severe",
    "event_en": "storm",
    "headline_en": "Official WARNING of STORM",
    "status": "actual",
    "response_type": "prepare",
}


def test_a_warning_bears_the_identity_under_which_meteoalarm_knows_it() -> None:
    place = {"name": "Mitte", "state": "Berlin"}
    [report], _ = read(DwdAlerts(), json.dumps({"alerts": [ALERT], "location": place}))
    assert report.keys == ("cap:2.49.0.0.276.0.DWD.PVW.1.x",)
    assert report.title == "Official WARNING of STORM: Mitte, Berlin"
    assert report.severity_level is Severity.ORANGE
    assert report.onset == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert report.updated_at == datetime(2026, 11, 21, 8, tzinfo=UTC)


def test_tests_are_none_nulls_are_unknown_and_an_all_clear_is_over() -> None:
    bare = ALERT | {"severity": None, "onset": None, "response_type": "allclear"}
    [report], rejects = read(DwdAlerts(), json.dumps({"alerts": [ALERT | {"status": "test"}, bare]}))
    assert not rejects
    assert report.severity_level is None
    assert report.onset == report.valid_until == report.updated_at


def test_an_unknown_severity_is_rejected() -> None:
    _, [reject] = read(DwdAlerts(), json.dumps({"alerts": [ALERT | {"severity": "odd"}]}))
    assert reject.reason.startswith("severity: got 'Odd'")


def test_the_recording_is_read_whole(samples: Path) -> None:
    assert counts(DwdAlerts(), samples, "dwd-alerts") == {"brightsky_alerts.json": (1, 0)}
