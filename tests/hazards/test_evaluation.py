"""A table with known truth: how it is read, and how a grouping is scored."""

from __future__ import annotations

import gzip
import itertools
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hazards.strategies import quake
from terraloom.errors import PayloadError
from terraloom.hazards import evaluation
from terraloom.hazards.evaluation import Row
from terraloom.hazards.nodes import Key

HEADER = "source,source_event_id,event_type,onset,lon,lat,depth_km,magnitude,time_resolution_s,name,truth"
GOOD = "usgs,u1,EQ,2024-01-01T00:00:00Z,10,20,5,4.5,1,,t1"


def table(folder: Path, *lines: str, header: str = HEADER) -> Path:
    path = folder / "table.csv"
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


class TestReading:
    def test_takes_plain_and_gzip_tables(self, tmp_path: Path) -> None:
        plain = table(tmp_path, GOOD)
        packed = tmp_path / "table.csv.gz"
        packed.write_bytes(gzip.compress(plain.read_bytes()))
        assert evaluation.read_table(plain) == evaluation.read_table(packed)

    def test_names_the_columns_that_are_missing(self, tmp_path: Path) -> None:
        header = HEADER.replace("lat", "latitude").replace("truth", "event")
        with pytest.raises(PayloadError, match=r"table\.csv: column lat, truth missing"):
            evaluation.read_table(table(tmp_path, GOOD, header=header))

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            (GOOD.replace("2024-01-01", "first of May"), "line 3.*isoformat"),
            (GOOD.replace(",EQ,", ",XX,"), "line 3.*XX"),
            (GOOD.replace(",20,", ",97,"), "line 3.*lat.*97"),
            (GOOD.replace(",10,", ",east,"), "line 3.*east"),
            (GOOD.replace("u1", ""), "line 3.*source_event_id is empty"),
        ],
    )
    def test_names_the_line_that_cannot_be_read(self, tmp_path: Path, line: str, reason: str) -> None:
        with pytest.raises(PayloadError, match=reason):
            evaluation.read_table(table(tmp_path, GOOD, line))

    def test_longitudes_may_run_to_360(self, tmp_path: Path) -> None:
        [row] = evaluation.read_table(table(tmp_path, GOOD.replace(",10,", ",190.5,")))
        assert row.report.lon == -169.5

    def test_what_is_not_given_is_none_and_a_time_without_a_zone_is_utc(self, tmp_path: Path) -> None:
        line = "usgs,u1,EQ,2024-01-01T00:00:00,10,20,,nan,,,"
        [row] = evaluation.read_table(table(tmp_path, line))
        assert (row.report.depth_km, row.report.magnitude, row.report.time_resolution_s) == (None, None, 1.0)
        assert row.report.onset.isoformat() == "2024-01-01T00:00:00+00:00"
        assert row.truth == ""

    def test_columns_that_only_help_may_be_missing(self, tmp_path: Path) -> None:
        lines = ("usgs,u1,EQ,2024-01-01T00:00:00Z,10,20,t",)
        [row] = evaluation.read_table(table(tmp_path, *lines, header=",".join(evaluation.COLUMNS)))
        assert row.report.magnitude is None

    def test_names_of_storms_are_keys_only_where_they_name_one(self, tmp_path: Path) -> None:
        storms = [
            f"noaa,s{n},TC,2024-01-01T00:00:00Z,10,20,,,1,{name},t"
            for n, name in enumerate(("IAN", "UNNAMED", "05W"))
        ]
        keys = [row.report.keys for row in evaluation.read_table(table(tmp_path, *storms))]
        assert keys == [("storm:IAN.2024.N",), (), ()]
        assert not any(r.report.keys for r in evaluation.read_table(table(tmp_path, *storms), keys=False))


@st.composite
def groupings(draw: st.DrawFn) -> list[tuple[str, str, int]]:
    """(source, truth or "", group) of some reports."""
    one = st.tuples(st.sampled_from("abc"), st.sampled_from(["", "x", "y", "z"]), st.integers(0, 4))
    return draw(st.lists(one, max_size=12))


def by_definition(rows: list[Row], events: dict[Key, UUID]) -> tuple[int, int, int, int]:
    """Right, wrong, unknown and true pairs, straight from the words of the definition."""
    right = wrong = unknown = true = 0
    for a, b in itertools.combinations(rows, 2):
        other_source = a.key[0] != b.key[0]
        true += other_source and a.truth != "" and a.truth == b.truth
        if events[a.key] != events[b.key]:
            continue
        taken = any(
            known.truth and any(r.truth == known.truth and r.key[0] == other.key[0] for r in rows)
            for known, other in ((a, b), (b, a))
        )
        if not other_source:
            wrong += 1
        elif a.truth and b.truth:
            right, wrong = (right + 1, wrong) if a.truth == b.truth else (right, wrong + 1)
        elif taken:
            wrong += 1
        else:
            unknown += 1
    return right, wrong, unknown, true


class TestScore:
    @given(groupings())
    def test_is_what_the_definition_says(self, drawn: list[tuple[str, str, int]]) -> None:
        rows = [Row(quake(source, f"{source}{n}"), truth) for n, (source, truth, _) in enumerate(drawn)]
        events = {row.key: UUID(int=group) for row, (_, _, group) in zip(rows, drawn, strict=True)}
        found, cases = evaluation.score(rows, events)
        right, wrong, unknown, true = by_definition(rows, events)
        assert (found.right, found.wrong, found.unknown, found.true_pairs) == (right, wrong, unknown, true)
        assert found.precision == (round(right / (right + wrong), 5) if right + wrong else None)
        assert found.recall == (round(right / true, 5) if true else None)
        assert [c.verdict for c in cases].count("wrong") == wrong
        assert [c.verdict for c in cases].count("missed") == true - right

    def test_of_a_table_without_truth_says_nothing_of_precision_or_recall(self) -> None:
        rows = [Row(quake("usgs", "u1"), ""), Row(quake("emsc", "e1"), "")]
        found, _ = evaluation.score(rows, {row.key: UUID(int=1) for row in rows})
        assert (found.precision, found.recall, found.unknown, found.events) == (None, None, 1, 1)


def test_another_order_keeps_each_reports_versions_in_theirs() -> None:
    rows = [Row(quake("usgs", f"u{n % 3}", version=n), "") for n in range(30)]
    again = evaluation.shuffled(rows, seed=1)
    assert again != rows
    for key in {row.key for row in rows}:
        assert [r for r in again if r.key == key] == [r for r in rows if r.key == key]
