"""Values that an operator takes back: found as they stand, and withdrawn as if their source had done it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from msgspec import structs
from psycopg import Connection

from terraloom.archive.objects import Objects
from terraloom.observations import partitions
from terraloom.observations.batch import series_id
from terraloom.observations.instants import instant, micros
from terraloom.observations.rows import Span
from terraloom.observations.standing import values
from terraloom.records import Observation, Quality
from terraloom.sources.operator import Retraction

AT_ONCE = 100_000


def withdrawals(connection: Connection[Any], store: Objects, said: Retraction) -> list[Observation]:
    """
    What withdraws every value that a retraction is about. Its series is locked until the transaction ends, so
    that no value comes in between.
    """
    partitions.share(connection)
    partitions.stop_makers(connection)
    series = series_id(said.metric, said.station)
    connection.execute("SELECT FROM series WHERE id = %s FOR UPDATE", [series])
    return [
        Observation(
            metric=said.metric, station=said.station, time=instant(at), value=None, quality=Quality.WITHDRAWN
        )
        for at in _times(connection, store, said)
    ]


def concerned(connection: Connection[Any], store: Objects, said: Retraction) -> int:
    """How many values a retraction would withdraw."""
    return sum(1 for _ in _times(connection, store, said))


def _times(connection: Connection[Any], store: Objects, said: Retraction) -> Iterator[int]:
    """Of its values, µs since 1970."""
    span = Span(said.metric, said.station, micros(said.since), micros(said.until) - 1)
    while True:
        rows = values(connection, store, [span], AT_ONCE)
        times = rows.time.astype(np.int64)
        yield from times[rows.flag != Quality.WITHDRAWN].tolist()
        if len(rows) < AT_ONCE:
            return
        span = structs.replace(span, lo=int(times[-1]) + 1)
