"""Whose event a report is: ids that change, join and are withdrawn, as agencies do it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest
from msgspec import structs
from psycopg import Connection

from hazards.record import everything, groups, put, put_batches
from hazards.strategies import quake
from terraloom.records import HazardReport
from terraloom.sources.operator import Association, Reference

Row = tuple[Any, ...]


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection[Any]]:
    with psycopg.connect(database_url) as found:
        yield found


def one_by_one(connection: Connection[Any], *reports: HazardReport | Association) -> None:
    for n, report in enumerate(reports):
        put(connection, [report], n)


def rows(connection: Connection[Any], query: str) -> list[Row]:
    found = connection.execute(query).fetchall()
    connection.commit()
    return found


def current(connection: Connection[Any]) -> list[str]:
    """Titles of the events that stand."""
    return [
        t for (t,) in rows(connection, "SELECT title FROM disaster_events WHERE state = 'current' ORDER BY 1")
    ]


def outcome(connection: Connection[Any]) -> dict[str, int]:
    """What became of all reports, added up."""
    names = ("duplicate", "stale", "created", "updated", "correlated", "merged", "retracted")
    [sums] = rows(connection, f"SELECT {', '.join(f'sum({n})::int' for n in names)} FROM ingests")
    return {name: n for name, n in zip(names, sums, strict=True) if n}


def changes(connection: Connection[Any]) -> list[str]:
    return [change for (change,) in rows(connection, "SELECT change FROM outbox ORDER BY seq")]


class TestIdsThatChange:
    def test_a_new_preferred_id_goes_on_with_the_event(self, connection: Connection[Any]) -> None:
        one_by_one(
            connection,
            quake("usgs", "us7000pxej", also=("us7000pxej",)),
            quake("usgs", "tx2025iunk", also=("us7000pxej", "tx2025iunk"), version=1),
        )
        assert groups(connection) == {frozenset({"usgs/us7000pxej"})}
        assert outcome(connection) == {"created": 1, "updated": 1}

    def test_so_does_an_id_that_flips_twice(self, connection: Connection[Any]) -> None:
        ids = ("tx2025jkoj", "us7000pz8w", "tx2025jkom")
        lists = [ids[:1], ids[:2], ids]
        one_by_one(
            connection,
            *(
                quake("usgs", i, also=also, version=n)
                for n, (i, also) in enumerate(zip(ids, lists, strict=True))
            ),
        )
        assert len(groups(connection)) == 1
        known = rows(connection, "SELECT id, canonical_id FROM event_id_aliases ORDER BY id")
        assert known == [(i, ids[0]) for i in sorted(ids)]

    def test_every_id_ever_listed_still_leads_to_the_event(self, connection: Connection[Any]) -> None:
        one_by_one(
            connection, quake("usgs", "u1", also=("nc1", "ci1")), quake("usgs", "nc1", version=1, km=1)
        )
        assert len(groups(connection)) == 1
        assert outcome(connection) == {"created": 1, "updated": 1}

    def test_two_quakes_that_list_one_secondary_id_stay_apart(self, connection: Connection[Any]) -> None:
        one_by_one(
            connection,
            quake("usgs", "pr14099000", also=("pr14099000", "at00n3rz0w"), magnitude=2.9),
            quake("usgs", "pr14099004", also=("pr14099004", "at00n3rz0w"), magnitude=4.1, seconds=21600),
            quake("usgs", "pr14099000", also=("pr14099000", "at00n3rz0w"), magnitude=2.9, version=1),
        )
        assert groups(connection) == {frozenset({"usgs/pr14099000"}), frozenset({"usgs/pr14099004"})}

    def test_ids_of_two_agencies_never_meet(self, connection: Connection[Any]) -> None:
        one_by_one(connection, quake("usgs", "1"), quake("emsc", "1", seconds=9000))
        assert groups(connection) == {frozenset({"usgs/1"}), frozenset({"emsc/1"})}


class TestListsThatJoinEvents:
    JOINED = (
        quake("usgs", "u1", magnitude=5.0),
        quake("usgs", "u2", magnitude=5.1, seconds=30),
        quake("usgs", "u2", also=("u1", "u2"), magnitude=5.2, seconds=30, version=2),
    )

    def test_the_younger_becomes_part_of_the_older(self, connection: Connection[Any]) -> None:
        one_by_one(connection, *self.JOINED)
        assert groups(connection) == {frozenset({"usgs/u1"})}
        assert current(connection) == ["M 5.2"]
        assert outcome(connection)["merged"] == 1

    def test_the_younger_event_points_to_the_older(self, connection: Connection[Any]) -> None:
        one_by_one(connection, *self.JOINED)
        [(old, new)] = rows(
            connection,
            "SELECT merged_into, event_id FROM disaster_events, source_events WHERE state = 'merged'",
        )
        assert old == new

    def test_the_company_of_the_younger_comes_along(self, connection: Connection[Any]) -> None:
        one_by_one(connection, *self.JOINED[:2], quake("emsc", "e2", seconds=31), self.JOINED[2])
        assert groups(connection) == {frozenset({"usgs/u1", "emsc/e2"})}

    def test_an_operators_words_on_both_of_them_survive(self, connection: Connection[Any]) -> None:
        far = quake("emsc", "e1", seconds=9000, km=900)
        words = [
            Association(a=Reference("usgs", u), b=Reference("emsc", "e1"), same=True, operator="ada")
            for u in ("u1", "u2")
        ]
        one_by_one(connection, *self.JOINED[:2], far, *words, self.JOINED[2])
        assert groups(connection) == {frozenset({"usgs/u1", "emsc/e1"})}

    def test_an_operators_word_goes_over_to_the_older_in_one_batch_as_in_many(
        self, connection: Connection[Any]
    ) -> None:
        word = Association(a=Reference("usgs", "u2"), b=Reference("emsc", "e2"), same=False, operator="ada")
        one_by_one(connection, *self.JOINED[:2], word)
        put(connection, [self.JOINED[2], quake("emsc", "e2", seconds=31)], 9)
        assert groups(connection) == {frozenset({"usgs/u1"}), frozenset({"emsc/e2"})}


class TestDeletions:
    def test_withdraw_the_report_and_the_event_when_none_is_left(self, connection: Connection[Any]) -> None:
        one_by_one(connection, quake(), quake(deleted=True, version=1))
        assert current(connection) == []
        assert changes(connection) == ["created", "retracted"]

    def test_leave_the_event_to_the_other_agencies(self, connection: Connection[Any]) -> None:
        one_by_one(connection, quake(), quake("emsc", "e1", magnitude=4.9), quake(deleted=True, version=1))
        assert groups(connection) == {frozenset({"emsc/e1"})}
        assert current(connection) == ["M 4.9"]

    def test_are_undone_by_a_later_report(self, connection: Connection[Any]) -> None:
        one_by_one(connection, quake(), quake(deleted=True, version=1), quake(version=2, km=1))
        assert current(connection) == ["M 5.0"]
        assert groups(connection) == {frozenset({"usgs/us1"})}

    def test_that_come_first_keep_the_older_report_out(self, connection: Connection[Any]) -> None:
        one_by_one(connection, quake(deleted=True, version=1), quake(version=0))
        assert current(connection) == []
        assert outcome(connection) == {"retracted": 1, "stale": 1}

    def test_make_room_for_another_report_of_the_agency(self, connection: Connection[Any]) -> None:
        one_by_one(
            connection,
            quake("usgs", "u1"),
            quake("emsc", "e1"),
            quake("usgs", "u1", deleted=True, version=1),
            quake("usgs", "u9", km=5),
        )
        assert groups(connection) == {frozenset({"emsc/e1", "usgs/u9"})}


class TestRepeats:
    def test_the_same_bytes_again_are_a_duplicate(self, connection: Connection[Any]) -> None:
        one_by_one(connection, quake(), quake())
        assert outcome(connection) == {"created": 1, "duplicate": 1}

    def test_an_older_version_is_stale_and_changes_nothing(self, connection: Connection[Any]) -> None:
        put(connection, [quake(version=2)])
        before = everything(connection)
        put(connection, [quake(version=1, km=50)], 1)
        assert everything(connection) == before
        assert outcome(connection) == {"created": 1, "stale": 1}

    def test_another_text_of_the_same_version_is_stale(self, connection: Connection[Any]) -> None:
        one_by_one(connection, quake(version=1), quake(version=1, km=50))
        assert outcome(connection) == {"created": 1, "stale": 1}


class TestWindowsOnOneList:
    """USGS shows one list by the hour, the day and the week, each copied at another time."""

    def window(self, name: str, version: int) -> HazardReport:
        """The same event through another window: other bytes, the same clock."""
        report = quake(version=version)
        return structs.replace(
            report, source=f"usgs-earthquakes-{name}", fragment=f"{name}{version}".encode()
        )

    def test_what_one_has_said_is_no_news_from_another(self, connection: Connection[Any]) -> None:
        one_by_one(connection, *(self.window(name, 1) for name in ("hour", "day", "week", "month")))
        assert outcome(connection) == {"created": 1, "stale": 3}
        assert changes(connection) == ["created"]

    def test_an_older_copy_does_not_bring_the_past_back(self, connection: Connection[Any]) -> None:
        one_by_one(connection, self.window("hour", 2), self.window("week", 1), self.window("day", 3))
        assert outcome(connection) == {"created": 1, "stale": 1, "updated": 1}

    def test_the_newest_supersedes_what_came_through_any_of_them(self, connection: Connection[Any]) -> None:
        one_by_one(connection, self.window("hour", 1), self.window("day", 2), self.window("hour", 3))
        standing = rows(connection, "SELECT source FROM normalized_event_records WHERE NOT superseded")
        assert standing == [("usgs-earthquakes-hour",)]

    def test_other_products_of_the_agency_keep_their_own_clock(self, connection: Connection[Any]) -> None:
        one_by_one(connection, self.window("hour", 2), self.window("detail", 1))
        assert outcome(connection) == {"created": 1, "updated": 1}


def test_a_revision_that_moves_away_leaves_its_event(connection: Connection[Any]) -> None:
    one_by_one(connection, quake(), quake("emsc", "e1"), quake("emsc", "e1", version=1, seconds=5000))
    assert groups(connection) == {frozenset({"usgs/us1"}), frozenset({"emsc/e1"})}
    assert len(current(connection)) == 2


def test_a_revision_that_comes_near_joins_and_the_events_merge(connection: Connection[Any]) -> None:
    one_by_one(connection, quake(), quake("emsc", "e1", seconds=5000), quake("emsc", "e1", version=1))
    assert groups(connection) == {frozenset({"usgs/us1", "emsc/e1"})}
    assert rows(connection, "SELECT state, count(*)::int FROM disaster_events GROUP BY 1 ORDER BY 1") == [
        ("current", 1),
        ("merged", 1),
    ]


def test_every_accepted_report_has_a_decision_with_its_reason(connection: Connection[Any]) -> None:
    reports: Sequence[HazardReport] = [quake(), quake("emsc", "e1", km=20), quake(version=1, km=1)]
    put_batches(connection, [reports])
    told = rows(connection, "SELECT action, rule, round(distance_km), reason FROM decisions ORDER BY seq")
    assert [row[:3] for row in told] == [
        ("create", "new", None),
        ("correlate", "earthquake near", 20),
        ("update", "identity", None),
    ]
    assert told[1][3].startswith("same as usgs/us1: 20 km, 0.0 s, 0.0 magnitudes apart")
