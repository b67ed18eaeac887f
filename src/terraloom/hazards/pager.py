"""
Details of serious earthquakes: what USGS adds (PAGER, ShakeMap) is asked for when an event is not green.

Which events is decided with the cursor, as rows of `enrichments`; the fetching goes through the ordinary way
of a poll (archive, ingest), which is passed in. Details change an event, which makes it pass here again: so
one event is asked for at most every quarter of an hour, and no more once nothing new comes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import structlog
from msgspec import Struct
from psycopg import Connection
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

from terraloom.errors import TerraloomError

log = structlog.get_logger(__name__)

AGENCY = "usgs"
REST_S = 900.0  # between two requests for one event
ATTEMPTS = 8
FIRST_WAIT_S = 10.0
LEASE_S = 300.0

FetchDetail = Callable[[str, str], None]
"""Fetch, archive and ingest the details that an agency has of its event; raises `TerraloomError`."""

RECENT_DAYS = 30  # of older earthquakes, as in a bulk load, USGS's own catalogue is the better way

PLAN = """
WITH serious AS MATERIALIZED (
    SELECT e.id
    FROM unnest(%(events)s::uuid[]) AS changed (id)
    JOIN disaster_events e ON e.id = changed.id
    LEFT JOIN severity_scores v ON v.event_id = e.id
    WHERE e.state = 'current' AND e.event_type = 'EQ'
      AND (v.alert <> 'GREEN' OR e.severity_level <> 'GREEN')
      AND e.onset > now() - make_interval(days => %(days)s)
)
INSERT INTO enrichments (event_id, seq, agency, source_event_id, state, next_at)
SELECT DISTINCT ON (e.id) e.id, %(last)s, s.agency, s.canonical_id, 'pending', now()
FROM serious e
JOIN source_events s ON s.event_id = e.id AND s.agency = %(agency)s AND NOT s.retracted
ORDER BY e.id, s.seq
ON CONFLICT (event_id) DO UPDATE SET
    seq = excluded.seq, source_event_id = excluded.source_event_id, state = 'pending', attempts = 0,
    next_at = CASE WHEN enrichments.state = 'pending' THEN enrichments.next_at
                   ELSE greatest(now(), enrichments.next_at) END
"""
CLAIM = """
UPDATE enrichments SET attempts = attempts + 1, next_at = now() + make_interval(secs => %(lease)s)
WHERE event_id = (
    SELECT event_id FROM enrichments WHERE state = 'pending' AND next_at <= now()
    ORDER BY next_at, event_id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING event_id, seq, agency, source_event_id, attempts
"""
CLOSE = """
UPDATE enrichments SET
    state = %(state)s, next_at = now() + make_interval(secs => %(wait)s), last_error = %(error)s
WHERE event_id = %(event_id)s AND attempts = %(attempts)s AND seq = %(seq)s
"""


class Request(Struct, frozen=True, kw_only=True):
    """One claimed request for details."""

    event_id: UUID
    seq: int
    agency: str
    source_event_id: str
    attempts: int


def plan(connection: Connection[Any], events: Sequence[UUID], last: int) -> None:
    """Ask for the details of those of these events that are earthquakes of USGS and not green."""
    connection.execute(PLAN, {"last": last, "agency": AGENCY, "events": list(events), "days": RECENT_DAYS})


def fetch_due(pool: ConnectionPool, fetch: FetchDetail) -> bool:
    """Fetch for one event that is due; True when there was one."""
    with pool.connection() as connection, connection.cursor(row_factory=class_row(Request)) as cursor:
        request = cursor.execute(CLAIM, {"lease": LEASE_S}).fetchone()
    if request is None:
        return False
    error = _try(fetch, request)
    with pool.connection() as connection:
        connection.execute(CLOSE, _outcome(request, error))
    log.info(
        "pager.failed" if error else "pager.fetched",
        event_id=str(request.event_id),
        source_event_id=request.source_event_id,
        attempt=request.attempts,
        error=error,
    )
    return True


def _try(fetch: FetchDetail, request: Request) -> str:
    try:
        fetch(request.agency, request.source_event_id)
    except TerraloomError as error:
        return str(error)
    return ""


def _outcome(request: Request, error: str) -> dict[str, Any]:
    """Done rests before it may be asked again; a failure waits twice as long each time, then is given up."""
    dead = request.attempts >= ATTEMPTS
    return {
        "event_id": request.event_id,
        "attempts": request.attempts,
        "seq": request.seq,
        "state": "done" if not error else "dead" if dead else "pending",
        "wait": REST_S if not error else FIRST_WAIT_S * 2.0 ** (request.attempts - 1),
        "error": error,
    }
