"""Make the caches anew: as a durable job every hour, and after much has come in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from psycopg import Connection

from terraloom.caches import graph, sources, stats, timeline
from terraloom.caches.store import CHANNEL, JSON, keep, touch
from terraloom.observations.catalogue import bring_up_to_date

LOCK = "terraloom.caches"

Build = Callable[[Connection[Any], datetime], Mapping[str, Any] | Any]
BUILDERS: Mapping[str, Build] = {
    "stats": stats.build,
    "sources": sources.build,
    "graph": graph.build,
    "timeline": timeline.build,
}
NAMES = tuple(BUILDERS)


def refresh(connection: Connection[Any], now: datetime) -> list[str]:
    """
    Bring the catalogue and the days of metrics up to date, then every cache; returns the names of those that
    changed. Commits.

    `now` is the record's clock. One process at a time; a second one waits and then finds little to do.
    """
    changed: list[str] = []
    with connection.transaction():  # one: days that were counted are in the timeline, or are counted again
        connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [LOCK])
        bring_up_to_date(connection)
        moved = timeline.bring_up_to_date(connection)
        for name, build in BUILDERS.items():
            if name == "timeline" and not moved and touch(connection, name, now):
                continue  # by far the largest, and just as it was
            body = msgspec.json.encode(build(connection, now))
            if keep(connection, name, "json", JSON, body, now):
                changed.append(name)
        if "timeline" in changed:
            keep(connection, "timeline", "parquet", *timeline.as_parquet(connection, now), now)
        if changed:
            connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, " ".join(changed)])
    return changed
