"""The record depends on the reports and their order, and on nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from psycopg import Connection

from hazards.record import empty, everything, groups, put, put_batches
from hazards.strategies import quakes
from terraloom.records import HazardReport, ReportStatus

# Each example is two runs against a database: shrinking one would take longer than reading it.
EXAMPLES = settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection[Any]]:
    with psycopg.connect(database_url) as found:
        yield found


@EXAMPLES
@given(st.lists(quakes(), max_size=14), st.data())
def test_any_split_into_batches_gives_the_same_record(
    connection: Connection[Any], reports: list[HazardReport], data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(reports)), max_size=4), label="cuts"))
    edges = [0, *cuts, len(reports)]
    empty(connection)
    put_batches(connection, [[report] for report in reports])
    one_by_one = everything(connection)
    empty(connection)
    put_batches(connection, [reports[a:b] for a, b in pairwise(edges)])
    assert everything(connection) == one_by_one


@EXAMPLES
@given(st.lists(quakes(), max_size=10))
def test_the_same_reports_again_change_nothing(
    connection: Connection[Any], reports: list[HazardReport]
) -> None:
    empty(connection)
    newest = list(
        {(r.agency, r.source_event_id): r for r in sorted(reports, key=lambda r: r.updated_at)}.values()
    )
    # An id that two lists share becomes a main id when its own report comes: the second time counts that.
    put(connection, newest)
    put(connection, newest, 1)
    before = everything(connection)
    put(connection, newest, 2)
    assert everything(connection) == before


@EXAMPLES
@given(
    st.lists(quakes(), max_size=10, unique_by=lambda r: (r.agency, r.source_event_id)),
    st.randoms(use_true_random=False),
)
def test_grouping_does_not_depend_on_the_order_of_arrival(
    connection: Connection[Any], reports: list[HazardReport], random: Any
) -> None:
    alone = [r for r in reports if not r.also_ids and r.status is not ReportStatus.DELETED]
    empty(connection)
    put(connection, alone)
    first = groups(connection)
    empty(connection)
    random.shuffle(alone)
    put_batches(connection, [[report] for report in alone])
    assert groups(connection) == first
