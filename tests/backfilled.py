"""Campaigns by hand for the pages: one under way with every state of a job, one done, one without windows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection

from terraloom.backfill import queue
from terraloom.backfill.jobs import Campaign, Job, Window
from terraloom.backfill.ledger import Noted, note

SOURCE = "usgs-earthquakes-month"
BEGIN = datetime(2019, 1, 1, tzinfo=UTC)
STATES = """
UPDATE backfill_jobs
   SET state = (string_to_array('done done done failed done running cancelled pending', ' '))[1 + seq %% 8],
       attempts = 1, rows = 120, bytes = 48000,
       ended_at = clock_timestamp() - seq * interval '1 s', handed_at = clock_timestamp()
 WHERE campaign = %s
"""
REASON = "https://earthquake.usgs.gov/fdsnws/event/1/query: server error: <b>HTTP 503</b> (HTTP 503)"
CAMPAIGN = queue.campaign_id(
    Campaign(
        kind="fdsn-event",
        source=SOURCE,
        window=Window(BEGIN, BEGIN + timedelta(days=60)),
        step_s=86_400.0,
    )
)


def backfilled(connection: Connection[Any]) -> None:
    """Three campaigns, a gap in the ledger, and a pause."""
    mixed = _campaign(connection, "", 60, 86_400.0)
    connection.execute(STATES, [mixed])
    connection.execute("UPDATE backfill_jobs SET says = %s, failures = 5 WHERE state = 'failed'", [REASON])
    whole = _campaign(connection, "minmagnitude 5", 24, 30 * 86_400.0)
    connection.execute(
        "UPDATE backfill_jobs SET state = 'done', rows = 9, ended_at = now() WHERE campaign = %s", [whole]
    )
    _campaign(connection, "bulk", 0, 0.0)
    note(
        connection, Noted(source=SOURCE, expected=[_window(0, 60, 86_400.0)], held=[_window(0, 30, 86_400.0)])
    )
    queue.pause(connection, "host", "earthquake.usgs.gov")


def _campaign(connection: Connection[Any], series: str, n: int, step_s: float) -> Any:
    whole = _window(0, n, step_s) if n else None
    wanted = Campaign(kind="fdsn-event", source=SOURCE, series=series, window=whole, step_s=step_s)
    found = queue.keep_campaign(connection, wanted)
    windows = [_window(at, at + 1, step_s) for at in range(n)] or [None]
    jobs = [
        Job(kind="fdsn-event", source=SOURCE, series=series, host="earthquake.usgs.gov", window=one)
        for one in windows
    ]
    queue.plan(connection, found, jobs)
    return found


def _window(first: int, last: int, step_s: float) -> Window:
    step = timedelta(seconds=step_s)
    return Window(BEGIN + first * step, BEGIN + last * step)
