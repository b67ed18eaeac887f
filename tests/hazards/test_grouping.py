"""Which reports become one event, whatever order they come in; what operators say; what stays in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import permutations
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from hazards.strategies import AGENCIES, quake
from terraloom.hazards.decide import Decider
from terraloom.hazards.memory import Memory
from terraloom.hazards.outcome import Provenance
from terraloom.hazards.rules import Rules
from terraloom.records import HazardReport
from terraloom.sources.operator import Association, Reference

CAME = Provenance(UUID(int=0), datetime.min, 50)


def decided(*said: HazardReport | Association) -> Memory:
    """Reports and operators' words, one after the other, on an empty memory."""
    decider = Decider(Memory(Rules()), next_seq=1)
    for one in said:
        if isinstance(one, HazardReport):
            decider.report(one, CAME)
        else:
            decider.association(one, CAME)
    return decider.memory


def grouped(memory: Memory) -> set[frozenset[str]]:
    groups: dict[UUID | None, set[str]] = {}
    for node in memory.nodes.values():
        groups.setdefault(node.event_id, set()).add(node.canonical_id)
    return {frozenset(group) for group in groups.values()}


def sets(*groups: str) -> set[frozenset[str]]:
    return {frozenset(group.split()) for group in groups}


def said(a: tuple[str, str], b: tuple[str, str], *, same: bool) -> Association:
    return Association(a=Reference(*a), b=Reference(*b), same=same, operator="ada")


def in_every_order(reports: Sequence[HazardReport]) -> set[frozenset[str]]:
    """The grouping, which every order of arrival gives."""
    found = [grouped(decided(*order)) for order in permutations(reports)]
    assert all(one == found[0] for one in found)
    return found[0]


class TestOneReportPerAgency:
    def test_an_agency_that_lists_two_quakes_means_two(self) -> None:
        assert grouped(decided(quake("usgs", "u1"), quake("usgs", "u2", seconds=1))) == sets("u1", "u2")

    def test_a_third_agency_goes_to_the_better_of_the_two(self) -> None:
        reports = [quake("usgs", "u1"), quake("usgs", "u2", seconds=10), quake("emsc", "e1", seconds=9)]
        assert in_every_order(reports) == sets("u1", "u2 e1")

    def test_two_doublets_are_told_apart(self) -> None:
        first, second = {"seconds": 0.0}, {"seconds": 8.0}
        reports = [
            quake("usgs", "u1", **first),
            quake("usgs", "u2", **second),
            quake("emsc", "e1", seconds=1.0),
            quake("emsc", "e2", seconds=9.0),
        ]
        assert in_every_order(reports) == sets("u1 e1", "u2 e2")

    def test_the_best_match_wins_over_the_one_that_came_first(self) -> None:
        reports = [
            quake("usgs", "u1"),
            quake("emsc", "e1", seconds=12, km=60),
            quake("emsc", "e2", seconds=1, km=5),
        ]
        assert in_every_order(reports) == sets("u1 e2", "e1")

    def test_two_that_are_not_near_each_other_meet_through_a_third(self) -> None:
        reports = [quake("usgs", "u1"), quake("emsc", "e1", km=90), quake("gfz", "g1", km=180)]
        assert in_every_order(reports) == sets("u1 e1 g1")

    @settings(deadline=None)
    @given(st.data())
    def test_no_group_ever_holds_two_of_one_agency(self, data: st.DataObject) -> None:
        reports = [
            quake(
                agency,
                f"{agency}{n}",
                seconds=data.draw(st.integers(0, 60)),
                km=data.draw(st.integers(0, 300)),
            )
            for n, agency in enumerate(data.draw(st.lists(st.sampled_from(AGENCIES), max_size=9)))
        ]
        for group in grouped(decided(*reports)):
            agencies = [key.rstrip("0123456789") for key in group]
            assert len(agencies) == len(set(agencies))


class TestOperators:
    def test_join_what_no_rule_would(self) -> None:
        reports = (quake("usgs", "u1"), quake("emsc", "e1", seconds=7000, km=3000))
        memory = decided(*reports, said(("usgs", "u1"), ("emsc", "e1"), same=True))
        assert grouped(memory) == sets("u1 e1")

    def test_join_even_two_of_one_agency(self) -> None:
        reports = (quake("usgs", "u1"), quake("usgs", "u2"))
        assert grouped(decided(*reports, said(("usgs", "u1"), ("usgs", "u2"), same=True))) == sets("u1 u2")

    def test_part_what_every_rule_would_join(self) -> None:
        reports = (quake("usgs", "u1", keys=("cap:1",)), quake("emsc", "e1", keys=("cap:1",)))
        memory = decided(*reports, said(("usgs", "u1"), ("emsc", "e1"), same=False))
        assert grouped(memory) == sets("u1", "e1")

    def test_part_two_that_a_third_would_hold_together(self) -> None:
        reports = (quake("usgs", "u1"), quake("emsc", "e1", km=30), quake("gfz", "g1", km=10))
        memory = decided(*reports, said(("usgs", "u1"), ("emsc", "e1"), same=False))
        assert grouped(memory) == sets("u1 g1", "e1")

    def test_a_later_word_undoes_an_earlier_one(self) -> None:
        pair = ("usgs", "u1"), ("emsc", "e1")
        reports = (quake("usgs", "u1"), quake("emsc", "e1"))
        memory = decided(*reports, said(*pair, same=False), said(*pair, same=True))
        assert grouped(memory) == sets("u1 e1")
        assert grouped(decided(*reports, said(*pair, same=True), said(*pair, same=False))) == sets("u1", "e1")

    def test_a_word_holds_through_later_reports(self) -> None:
        word = said(("usgs", "u1"), ("emsc", "e1"), same=False)
        again = quake("emsc", "e1", km=1, version=3)
        assert grouped(decided(quake("usgs", "u1"), quake("emsc", "e1"), word, again)) == sets("u1", "e1")

    def test_a_word_may_come_before_the_reports_it_speaks_of(self) -> None:
        word = said(("usgs", "u1"), ("emsc", "e1"), same=False)
        assert grouped(decided(word, quake("usgs", "u1"), quake("emsc", "e1"))) == sets("u1", "e1")


class TestDoubt:
    FAR = (quake("usgs", "u1", magnitude=4.0), quake("emsc", "e1", seconds=40, km=300, magnitude=5.2))

    def test_a_pair_just_outside_is_listed(self) -> None:
        assert set(decided(*self.FAR).doubtful) == {(("emsc", "e1"), ("usgs", "u1"))}

    def test_and_gone_once_it_is_decided_either_way(self) -> None:
        for same in (True, False):
            word = said(("usgs", "u1"), ("emsc", "e1"), same=same)
            assert not decided(*self.FAR, word).doubtful

    def test_and_gone_once_a_revision_settles_it(self) -> None:
        revised = quake("emsc", "e1", seconds=2, km=10, magnitude=4.2, version=1)
        memory = decided(*self.FAR, revised)
        assert not memory.doubtful
        assert grouped(memory) == sets("u1 e1")

    def test_and_gone_once_one_of_the_two_is_withdrawn(self) -> None:
        gone = quake("emsc", "e1", seconds=40, km=300, magnitude=5.2, version=1, deleted=True)
        assert not decided(*self.FAR, gone).doubtful

    def test_two_of_one_agency_are_never_in_doubt(self) -> None:
        assert not decided(quake("usgs", "u1"), quake("usgs", "u2", seconds=40, km=300)).doubtful


def test_what_parts_never_stays_in_one_event() -> None:
    """A chain in which every report follows the one before; then its end is found to be an hour later."""
    agencies = ("usgs", "emsc")
    chain = [
        quake(agencies[n % 2], f"q{n}", seconds=14 * n - 0.0025 * n * n, magnitude=3.0) for n in range(40)
    ]
    moved = quake("emsc", "q39", seconds=4000, magnitude=3.0, version=1)
    assert frozenset({"q39"}) in grouped(decided(*chain, moved))
