"""What is read for a batch is all that deciding it can touch: with the database as without."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec import structs
from psycopg import Connection

from hazards.record import RECEIVED, empty, groups, put
from hazards.strategies import START, quake
from terraloom.hazards.decide import Decider
from terraloom.hazards.grouping import group
from terraloom.hazards.memory import Memory
from terraloom.hazards.nodes import Key, Node
from terraloom.hazards.outcome import Provenance
from terraloom.hazards.rules import Rules
from terraloom.records import EventType, HazardReport
from terraloom.sources.operator import Association, Reference

Said = HazardReport | Association
EXAMPLES = settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
AGENCIES = ("usgs", "emsc", "gfz", "jma")
SLOT_S = 40  # between slots: near enough to be one chain, so that batches touch what lies far beyond them


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection[Any]]:
    with psycopg.connect(database_url) as found:
        yield found


@st.composite
def chained(draw: st.DrawFn) -> HazardReport:
    """A report somewhere along a long chain of reports, each near the next; few ids, so that many move."""
    agency = draw(st.sampled_from(AGENCIES))
    report = quake(
        agency,
        f"{agency}{draw(st.integers(0, 3))}",
        seconds=SLOT_S * draw(st.integers(0, 12)),
        km=draw(st.sampled_from([0, 60, 150, 500])),
        magnitude=draw(st.sampled_from([None, 3.0, 5.0, 5.9, 7.4])),
        version=draw(st.integers(0, 9)),
        also=draw(st.sampled_from([(), (), (f"{agency}0",)])),
        keys=draw(st.sampled_from([(), (), (), ("glide:A",), ("glide:B",)])),
        deleted=draw(st.integers(0, 9)) == 0,
    )
    return structs.replace(report, lon=None, lat=None) if draw(st.integers(0, 9)) == 0 else report


@st.composite
def fixes(draw: st.DrawFn) -> HazardReport:
    """A fix of one of a few storms that move west side by side."""
    agency, hours, version = (
        draw(st.sampled_from(AGENCIES)),
        draw(st.integers(0, 20)) * 6,
        draw(st.integers(0, 99)),
    )
    place = (140 - 0.2 * hours + draw(st.sampled_from([0, 1, 2])), 15 + draw(st.sampled_from([0, 1, 3])))
    storm = quake(agency, f"{agency}{draw(st.integers(0, 2))}", event_type=EventType.TROPICAL_CYCLONE)
    return structs.replace(
        storm,
        onset=START + timedelta(hours=hours),
        updated_at=START + timedelta(days=30, seconds=version),
        lon=place[0],
        lat=place[1],
        magnitude=None,
        measurements=(),
        fragment=repr((hours, place, version)).encode(),
    )


@st.composite
def words(draw: st.DrawFn) -> Association:
    """An operator's word on two of the reports that there are, or may come."""
    a, b = draw(st.lists(st.sampled_from(AGENCIES), min_size=2, max_size=2, unique=True))
    references = [Reference(agency, f"{agency}{draw(st.integers(0, 3))}") for agency in (a, b)]
    return Association(a=references[0], b=references[1], same=draw(st.booleans()), operator="ada")


def in_one_memory(said: Sequence[Said]) -> Decider:
    """Everything decided on one memory that holds it all, without a database."""
    decider = Decider(Memory(Rules()), next_seq=1)
    came = Provenance(UUID(int=0), RECEIVED, 50)
    for one in said:
        if isinstance(one, Association):
            decider.association(one, came)
        else:
            decider.report(one, came)
    return decider


def partition(nodes: Iterable[Node]) -> set[frozenset[Key]]:
    """Which live nodes share an event."""
    events: dict[UUID | None, set[Key]] = {}
    for node in nodes:
        if not node.retracted:
            events.setdefault(node.event_id, set()).add(node.key)
    return {frozenset(keys) for keys in events.values()}


def regrouped(memory: Memory) -> set[frozenset[Key]]:
    """The same from nothing but what stands at the end."""
    found: set[frozenset[Key]] = set()
    for node in memory.nodes.values():
        if not node.retracted:
            component = memory.component(node)
            grouping = group(
                component,
                memory.edges(component),
                memory.held_apart(component),
                runner_up=memory.rules.identity.far_runner_up,
            )
            found |= {frozenset(n.key for n in nodes) for nodes in grouping.groups}
    return found


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(chained(), chained(), chained(), fixes(), words()), max_size=40))
def test_events_are_the_groups_of_what_stands_whatever_came_before(said: list[Said]) -> None:
    memory = in_one_memory(said).memory
    assert partition(memory.nodes.values()) == regrouped(memory)


def stored(connection: Connection[Any]) -> tuple[list[Any], list[Any]]:
    """Whose event each report is, and the doubtful pairs."""
    nodes = connection.execute("SELECT agency, canonical_id, event_id FROM source_events").fetchall()
    doubtful = connection.execute("SELECT a_agency, a_id, b_agency, b_id FROM doubtful_pairs").fetchall()
    connection.commit()
    return sorted(nodes), sorted(doubtful)


def remembered(decider: Decider) -> tuple[list[Any], list[Any]]:
    memory = decider.memory
    nodes = [(*node.key, node.event_id) for node in memory.nodes.values()]
    return sorted(nodes), sorted((*a, *b) for a, b in memory.doubtful)


@EXAMPLES
@given(st.lists(st.one_of(chained(), chained(), chained(), words()), max_size=25))
def test_quakes_decided_one_by_one_are_grouped_as_in_one_memory(
    connection: Connection[Any], said: list[Said]
) -> None:
    empty(connection)
    for n, one in enumerate(said):
        put(connection, [one], n)
    assert stored(connection) == remembered(in_one_memory(said))


@EXAMPLES
@given(st.lists(chained(), max_size=25), st.lists(st.integers(0, 25), max_size=3))
def test_quakes_decided_in_batches_are_grouped_as_in_one_memory(
    connection: Connection[Any], reports: list[HazardReport], cuts: list[int]
) -> None:
    empty(connection)
    for n, (a, b) in enumerate(pairwise([0, *sorted(cuts), len(reports)])):
        put(connection, reports[a:b], n)
    assert stored(connection) == remembered(in_one_memory(reports))


@EXAMPLES
@given(st.lists(fixes(), max_size=30), st.lists(st.integers(0, 30), max_size=3))
def test_storms_decided_in_batches_are_grouped_as_in_one_memory(
    connection: Connection[Any], reports: list[HazardReport], cuts: list[int]
) -> None:
    empty(connection)
    for n, (a, b) in enumerate(pairwise([0, *sorted(cuts), len(reports)])):
        put(connection, reports[a:b], n)
    assert stored(connection) == remembered(in_one_memory(reports))


def test_a_chain_far_longer_than_one_window_is_read_to_its_end(connection: Connection[Any]) -> None:
    """Each report lies 14 s from the next; taking the first one away moves every one that follows."""
    agencies = ("usgs", "emsc")
    chain = [
        quake(agencies[n % 2], f"{agencies[n % 2]}{n}", seconds=14 * n - 0.1 * n * n / 40, magnitude=3.0)
        for n in range(40)
    ]
    for n, report in enumerate(chain):
        put(connection, [report], n)
    last = structs.replace(
        chain[-1], updated_at=chain[-1].updated_at + timedelta(seconds=1), fragment=b"gone"
    )
    last = structs.replace(last, onset=last.onset + timedelta(hours=1))
    put(connection, [last], 99)
    assert stored(connection) == remembered(in_one_memory([*chain, last]))
    assert frozenset({f"{last.agency}/{last.source_event_id}"}) in groups(connection)
