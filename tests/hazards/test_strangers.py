"""Reports that are new and have nobody near are told apart from those that must be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import compress, pairwise
from operator import not_
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec import structs
from psycopg import Connection

from hazards.record import RECEIVED, empty, everything, put
from hazards.strategies import quake
from terraloom.hazards import strangers
from terraloom.hazards.decide import Decider
from terraloom.hazards.memory import Memory
from terraloom.hazards.outcome import Provenance
from terraloom.hazards.rules import Rules
from terraloom.records import EventType, HazardReport

EXAMPLES = settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
AGENCIES = ("usgs", "emsc", "gfz")
CAME = Provenance(UUID(int=0), RECEIVED, 50)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection[Any]]:
    with psycopg.connect(database_url) as found:
        yield found


@st.composite
def scattered(draw: st.DrawFn) -> HazardReport:
    """Reports about as often beyond as within each other's reach, most of them under an id of their own."""
    agency = draw(st.sampled_from(AGENCIES))
    report = quake(
        agency,
        f"{agency}{draw(st.integers(0, 40))}",
        seconds=draw(st.sampled_from([0, 14, 70, 130, 400, 900])),
        km=draw(st.sampled_from([0, 90, 700, 1500, 4000])),
        magnitude=draw(st.sampled_from([None, 3.0, 5.0, 8.5])),
        version=draw(st.integers(0, 9)),
        also=draw(st.sampled_from([(), (), (f"{agency}0",), (f"{agency}x{draw(st.integers(0, 9))}",)])),
        keys=draw(st.sampled_from([(), (), (), (), ("glide:A",)])),
        deleted=draw(st.integers(0, 9)) == 0,
        event_type=draw(st.sampled_from([EventType.EARTHQUAKE] * 4 + [EventType.FLOOD, EventType.DROUGHT])),
    )
    return structs.replace(report, lon=None, lat=None) if draw(st.integers(0, 9)) == 0 else report


def parted(reports: Sequence[HazardReport], memory: Memory) -> tuple[list[HazardReport], list[HazardReport]]:
    """New reports with ids of their own, and the rest."""
    ids = [{(r.agency, i) for i in (r.source_event_id, *r.also_ids)} for r in reports]
    spoken = Counter(key for keys in ids for key in keys)
    is_new = [all(spoken[key] == 1 and key not in memory.aliases for key in keys) for keys in ids]
    return list(compress(reports, is_new)), list(compress(reports, map(not_, is_new)))


@settings(max_examples=300, deadline=None)
@given(st.lists(scattered(), max_size=12), st.lists(scattered(), max_size=12))
def test_no_stranger_is_compared_with_anybody_at_any_time(
    before: list[HazardReport], batch: list[HazardReport]
) -> None:
    decider = Decider(Memory(Rules()), next_seq=1)
    for report in before:
        decider.report(report, CAME)
    memory = decider.memory
    new, moving = parted(batch, memory)
    found = {(r.agency, r.source_event_id) for r in new if id(r) in strangers.find(new, moving, memory)}
    for report in batch:
        decider.report(report, CAME)
        met = [key for key in found if key in memory.nodes and memory.pairs(memory.nodes[key])]
        assert met == []


@EXAMPLES
@given(st.lists(scattered(), max_size=25), st.lists(st.integers(0, 25), max_size=2))
def test_their_rows_are_those_that_comparing_them_gives(
    connection: Connection[Any], reports: list[HazardReport], cuts: list[int]
) -> None:
    edges = list(pairwise([0, *sorted(cuts), len(reports)]))
    records = []
    for find in (strangers.find, lambda *_: set()):
        empty(connection)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(strangers, "find", find)
            for n, (a, b) in enumerate(edges):
                put(connection, reports[a:b], n)
        records.append(everything(connection))
    assert records[0] == records[1]


def test_another_agency_within_reach_makes_no_stranger() -> None:
    near, far = quake("emsc", "e1", seconds=30, km=300), quake("gfz", "g1", seconds=30, km=3000)
    assert strangers.find([quake(), near, far], [], Memory(Rules())) == {id(far)}


def test_the_same_agency_lists_two_events_where_it_means_two() -> None:
    aftershock = quake("usgs", "us2", seconds=20, km=5)
    reports = [quake(), aftershock]
    assert strangers.find(reports, [], Memory(Rules())) == {id(r) for r in reports}


def test_a_known_event_that_is_told_a_new_time_may_be_anywhere() -> None:
    unplaced = structs.replace(quake("emsc", "e1", seconds=100), lon=None, lat=None)
    late, early = quake("usgs", "us1", km=5000, seconds=120), quake("usgs", "us2", seconds=9000)
    assert strangers.find([late, early], [unplaced], Memory(Rules())) == {id(early)}
