"""What operators write through the API."""

from __future__ import annotations

import httpx
import psycopg

from filled import KEY

HEADERS = {"X-API-Key": KEY}
PAIR = {"a": {"agency": "emsc", "id": "20261120_0000255"}, "b": {"agency": "usgs", "id": "us7000q1c4"}}


def test_a_decision_is_archived_and_ends_the_doubt(own: httpx.Client, filled_url: str) -> None:
    said = {**PAIR, "same": True, "reason": "same waveforms"}
    done = own.post("/api/v1/associations", headers=HEADERS, json=said)
    assert done.status_code == 201, done.text
    assert own.get("/api/v1/doubtful").json()["links"] == []
    with psycopg.connect(filled_url) as connection:
        kept = connection.execute("SELECT operator, reason, same FROM associations").fetchall()
        source = connection.execute(
            "SELECT source FROM payloads WHERE id = %s", [done.json()["payload_id"]]
        ).fetchone()
    assert kept == [("tests", "same waveforms", True)]
    assert source == ("operator",)


def test_a_report_cannot_be_paired_with_itself(own: httpx.Client) -> None:
    said = {"a": PAIR["a"], "b": PAIR["a"], "same": True, "reason": "none"}
    assert own.post("/api/v1/associations", headers=HEADERS, json=said).status_code == 422


def test_a_source_is_paused_and_resumed(own: httpx.Client) -> None:
    def condition() -> str:
        found = own.get("/v1/health").json()["sources"]
        return next(one["condition"] for one in found if one["source"] == "usgs-earthquakes-hour")

    for action, expected in (("pause", "paused"), ("resume", "ok")):
        done = own.post(f"/api/v1/sources/usgs-earthquakes-hour/{action}", headers=HEADERS)
        assert done.status_code == 200, done.text
        assert condition() == expected


def test_health_tells_a_still_feed_from_a_stopped_poller(api: httpx.Client) -> None:
    found = {one["source"]: one["condition"] for one in api.get("/v1/health").json()["sources"]}
    assert found["emsc-earthquakes"] == "still"
    assert found["koeri-earthquakes"] == "late"
    assert found["gdacs-rss"] == "failing"


def test_metrics_count_what_the_tables_hold(api: httpx.Client) -> None:
    text = api.get("/v1/metrics").text
    assert 'terraloom_polls_total{source="gdacs-rss"} 120.0' in text
    assert 'terraloom_quarantined_total{source="gdacs-rss"} 2.0' in text
    assert 'terraloom_commit_seconds_bucket{le="+Inf"} 0.0' in text


def test_health_tells_what_lasts_too_long_and_what_follow_ups_have_not_seen(
    own: httpx.Client, filled_url: str
) -> None:
    head = own.get("/v1/health").json()["head"]
    with psycopg.connect(filled_url) as connection:
        connection.execute("INSERT INTO outbox_cursors (consumer, after_seq) VALUES ('severity', 2)")
        connection.execute("UPDATE payloads SET applied_seq = NULL, fetched_at = now() - interval '1 hour'")
    found = own.get("/v1/health").json()
    assert found["backlog"]["severity"] == head - 2
    [alarm] = [alarm for alarm in found["alarms"] if alarm["state"] == "pending"]
    assert alarm["says"] in own.get("/sources", headers={"Accept": "text/html"}).text
    assert (alarm["count"] > 0, alarm["age_s"] > 3000, found["status"]) == (True, True, "degraded")


def test_metrics_have_a_gauge_for_each_backlog_and_each_alarm(own: httpx.Client, filled_url: str) -> None:
    head = own.get("/v1/health").json()["head"]
    with psycopg.connect(filled_url) as connection:
        connection.execute("INSERT INTO outbox_cursors (consumer, after_seq) VALUES ('severity', 2)")
        connection.execute("UPDATE payloads SET applied_seq = NULL, fetched_at = now() - interval '1 hour'")
        connection.execute(
            "INSERT INTO enrichments VALUES (gen_random_uuid(), 1, 'usgs', 'us1', 'dead', 5, now())"
        )
    lines = own.get("/v1/metrics").text.splitlines()
    assert f'terraloom_backlog{{followup="severity"}} {head - 2}.0' in lines
    assert f'terraloom_backlog{{followup="webhooks"}} {head}.0' in lines  # it never ran
    assert 'terraloom_queued{followup="pager",state="dead"} 1.0' in lines
    assert 'terraloom_queued{followup="webhooks",state="pending"} 0.0' in lines
    assert 'terraloom_alarm{state="pending"} 1.0' in lines
    assert 'terraloom_alarm{state="no-worker"} 0.0' in lines
    [age] = [line for line in lines if line.startswith('terraloom_alarm_age_seconds{state="pending"}')]
    assert float(age.split()[1]) > 3000
