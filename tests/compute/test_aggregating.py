"""Any number of files give the answer of one query over all of them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spots import COUNTED, asked, made, parquet, rows_of

from terraloom.compute.aggregating import Aggregation
from terraloom.compute.engine import Inline
from terraloom.compute.files import found
from terraloom.compute.local import Local
from terraloom.compute.spec import understood

SPOT = st.fixed_dictionaries(
    {
        "time": st.none() | st.integers(0, 2 * 10**15),
        "band": st.none() | st.sampled_from([-1, 7, 14]),
        "tx": st.none() | st.sampled_from(["K1", "k1", "", "Ä'\"", "JO31"]),
        "km": st.none() | st.integers(-(2**31), 2**31 - 1),
        "snr": st.none() | st.integers(-60, 60),
        "mhz": st.none() | st.floats(-1e100, 1e100),
    }
)
FILES = st.lists(st.lists(SPOT, max_size=12), min_size=1, max_size=4)


def test_three_files_in_fresh_processes_give_the_answer_of_one_query(tmp_path: Path) -> None:
    files = made(tmp_path)
    one = asked(
        "SELECT band, count(*) spots, sum(km)::BIGINT km FROM spots GROUP BY band ORDER BY band", files
    )
    assert rows_of(COUNTED, files, Local(2)) == one


def test_a_file_without_an_outcome_is_a_failure_and_not_left_out(tmp_path: Path) -> None:
    class Losing(Inline):
        def map(self, work: Any, items: Any, limits: Any) -> Any:
            return super().map(work, items[1:], limits)

    files = made(tmp_path)
    done = Aggregation(understood(COUNTED), found(files)).run(Losing())
    assert done.files == 2
    assert [one.item.file.url for one in done.failed] == files[:1]


def same(spec: dict[str, Any], query: str, rows: list[Any]) -> None:
    with TemporaryDirectory() as folder:
        files = parquet(Path(folder), *rows)
        assert rows_of(spec, files) == asked(query, files)


@given(FILES)
@settings(max_examples=25)
def test_counts_sums_and_extremes_of_any_files_are_those_of_one_query(rows: list[Any]) -> None:
    spec = {
        "by": {"band": "band", "month": "month_of(time)", "field": "upper(left(tx, 1))"},
        "measures": {
            "spots": "count()",
            "known": "count(km)",
            "km": "sum(km)",
            "near": "min(km)",
            "last": "max(time)",
        },
    }
    same(
        spec,
        "SELECT band, date_trunc('month', time) AS month, upper(left(tx, 1)) AS field, count(*) AS spots,"
        " count(km) AS known, sum(km)::BIGINT AS km, min(km) AS near, max(time) AS last FROM spots"
        " GROUP BY ALL ORDER BY ALL NULLS LAST",
        rows,
    )


@given(FILES)
@settings(max_examples=25)
def test_filters_choices_and_chains_mean_what_they_say(rows: list[Any]) -> None:
    spec = {
        "where": "snr is not None and (0 <= km < 1000000 or tx not in ('K1', 'JO31'))",
        "by": {"loud": "'yes' if snr > 0 else 'no'", "half": "snr // 7 + snr % 7 - -1"},
        "measures": {"spots": "count(coalesce(tx, 'none'))"},
        "order": ["-spots"],
        "limit": 5,
    }
    same(
        spec,
        "SELECT CASE WHEN snr > 0 THEN 'yes' ELSE 'no' END AS loud, snr // 7 + snr % 7 + 1 AS half,"
        " count(*) AS spots FROM spots WHERE snr IS NOT NULL AND (km >= 0 AND km < 1000000 OR tx NOT IN"
        " ('K1', 'JO31')) GROUP BY ALL ORDER BY spots DESC, loud, half LIMIT 5",
        rows,
    )


@given(FILES)
@settings(max_examples=25)
def test_means_and_deviations_are_those_of_one_query(rows: list[Any]) -> None:
    measures = {
        "m": "mean(snr)",
        "d": "deviation(snr)",
        "v": "variance(km)",
        "f": "mean(mhz)",
        "s": "sum(mhz)",
    }
    with TemporaryDirectory() as folder:
        files = parquet(Path(folder), *rows)
        [ours] = rows_of({"measures": measures}, files)
        [theirs] = asked(
            "SELECT avg(snr) m, stddev(snr) d, var_samp(km) v, favg(mhz) f, fsum(mhz) s FROM spots", files
        )
    for name, value in theirs.items():
        largest = max((abs(r["mhz"] or 0) for f in rows for r in f), default=0) if name in "fs" else 0
        assert ours[name] == (
            None if value is None else pytest.approx(value, rel=1e-9, abs=1e-12 * largest)
        ), name


@given(FILES, st.integers(1, 4))
@settings(max_examples=25)
def test_the_first_of_all_files_are_the_first_of_one_query(rows: list[Any], n: int) -> None:
    spec = {"by": ["band"], "measures": {"far": f"top({n}, km, snr)"}}
    same(
        spec,
        f"SELECT band, coalesce(list_slice(list_reverse_sort(list({{'value': km, 'snr': snr}})"
        f" FILTER (km IS NOT NULL)), 1, {n}), []) AS far FROM spots GROUP BY band ORDER BY band NULLS LAST",
        rows,
    )


@given(FILES)
@settings(max_examples=10)
def test_tables_that_are_counted_up_from_finer_ones_say_the_same(rows: list[Any]) -> None:
    measures = {
        "n": "count()",
        "km": "sum(km)",
        "far": "max(km)",
        "d": "deviation(snr)",
        "senders": "distinct(tx)",
    }
    first = {**measures, "top": "top(2, km, snr)", "q": "median(snr)"}
    tables = {
        "fine": {"by": ["band", "tx"], "measures": measures},
        "coarse": {"by": ["band"], "measures": first},
        "other": {"by": {"sender": "tx"}, "measures": first},
        "all": {"measures": first},
    }
    with TemporaryDirectory() as folder:
        files = found(parquet(Path(folder), *rows))
        together = Aggregation(understood({"tables": tables}), files).run(Inline()).tables
        for name, table in tables.items():
            alone = Aggregation(understood({"tables": {name: table}}), files).run(Inline()).tables
            assert together[name].to_pylist() == alone[name].to_pylist(), name


@given(FILES)
@settings(max_examples=25)
def test_quantiles_and_histograms_are_those_of_one_query_whatever_groups_are_called(rows: list[Any]) -> None:
    spec = {
        "by": {"cell": "band", "register": "tx"},
        "measures": {"value": "quantile(snr, 0.3)", "times": "histogram(km, 0, 1000000, 1000000)"},
    }
    with TemporaryDirectory() as folder:
        files = parquet(Path(folder), *rows)
        ours = rows_of(spec, files)
        theirs = asked(
            "SELECT band, tx, quantile_disc(snr, 0.3) q, count(*) FILTER (km < 0) below, count(*) FILTER"
            " (km >= 0 AND km < 1000000) inside, count(*) FILTER (km >= 1000000) above FROM spots"
            " GROUP BY band, tx ORDER BY band NULLS LAST, tx NULLS LAST",
            files,
        )
    assert [(r["cell"], r["register"], r["value"]) for r in ours] == [
        (r["band"], r["tx"], r["q"]) for r in theirs
    ]
    for mine, expected in zip(ours, theirs, strict=True):
        counts = {(span["from"], span["to"]): span["count"] for span in mine["times"]}
        names = {"below": (None, 0.0), "inside": (0.0, 1e6), "above": (1e6, None)}
        assert all(counts.get(span, 0) == expected[name] for name, span in names.items())
