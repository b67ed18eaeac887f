"""Sketches say what is true, within the error that they state."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from spots import rows_of

from terraloom.compute import sketches

FINITE = st.floats(-1e300, 1e300)


@pytest.mark.parametrize("n", [0, 1, 2, 10, 100, 1000, 20_000, 300_000])
def test_distinct_values_are_counted_within_four_standard_errors(tmp_path: Path, n: int) -> None:
    path = str(tmp_path / "n.parquet")
    pq.write_table(pa.table({"x": pa.array([*range(n), *range(n // 2)], pa.int64())}), path)
    [row] = rows_of({"measures": {"d": "distinct(x)"}}, [path])
    assert abs(row["d"] - n) <= 4 * 1.04 / math.sqrt(sketches.REGISTERS) * n


def test_the_count_of_distinct_values_is_as_good_as_that_of_a_library() -> None:
    import datasketches

    ours, theirs = [], []
    with duckdb.connect() as connection:
        for k in range(40):
            hashed = f"hash(i * {2 * k + 1} + {k})"
            cells = connection.sql(
                f"SELECT rank, count(*) FROM (SELECT max({sketches.rank_sql(hashed)}) AS rank"
                f" FROM range(30000) t(i) GROUP BY {sketches.register_sql(hashed)}) GROUP BY rank"
            ).fetchall()
            ours.append(sketches.distinct(dict(cells)) / 30_000 - 1)
            other = datasketches.hll_sketch(sketches.PRECISION)
            for i in range(30_000):
                other.update(i * (2 * k + 1) + k)
            theirs.append(other.get_estimate() / 30_000 - 1)
    rms = [math.sqrt(sum(e * e for e in errors) / 40) for errors in (ours, theirs)]
    assert rms[0] < 1.5 * rms[1]
    assert abs(sum(ours) / 40) < 0.008  # no bias beyond three standard errors of the mean


@given(st.lists(st.floats(1e-300, 1e300) | st.floats(-1e300, -1e-300) | st.just(0.0), min_size=1))
def test_the_middle_of_a_cell_is_within_the_stated_accuracy(values: list[float]) -> None:
    query = f"SELECT {sketches.cell_sql('x')} FROM (SELECT unnest(?::DOUBLE[]) AS x)"
    with duckdb.connect() as connection:
        cells = [row[0] for row in connection.execute(query, [values]).fetchall()]
    for value, cell in zip(values, cells, strict=True):
        assert sketches.middle(cell) == pytest.approx(value, rel=sketches.ACCURACY * (1 + 1e-9), abs=0)


@example([0] * 9 + [1], 0.9)
@given(st.lists(st.integers(-99, 99), min_size=1), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]))
def test_quantiles_of_small_whole_numbers_are_exact(values: list[int], q: float) -> None:
    with duckdb.connect() as connection:
        connection.register("t", pa.table({"x": pa.array(values, pa.int64())}))
        cells = connection.sql(f"SELECT {sketches.cell_sql('x')} AS c, count(*) FROM t GROUP BY c").fetchall()
        [(expected,)] = connection.sql(f"SELECT quantile_disc(x, {q}) FROM t").fetchall()
    found = sketches.quantile(dict(cells), q)
    assert found is not None
    assert round(found) == expected


@given(st.lists(FINITE, max_size=20))
def test_an_expansion_is_the_exact_sum_whatever_the_order(terms: list[float]) -> None:
    found = sketches.expansion(terms)
    assert sum(map(Fraction, found)) == sum(map(Fraction, terms))
    assert sketches.expansion(sorted(terms)) == found


@given(st.lists(st.floats(-1e100, 1e100), min_size=2, max_size=20))
def test_a_variance_from_exact_sums_keeps_its_digits(values: list[float]) -> None:
    shifted = [1e9 + value % 1 for value in values]  # here the textbook formula keeps none
    n, total = len(shifted), sum(map(Fraction, shifted))
    squared = sum(Fraction(x) ** 2 for x in shifted)
    exact = float((squared - total**2 / n) / (n - 1))
    mean = float(total / n)
    deviations = math.fsum((x - mean) ** 2 for x in shifted)
    terms = sketches.squares(n, math.fsum(shifted), deviations)
    found = sketches.variance(n, Fraction(math.fsum(shifted)), sum(map(Fraction, terms), Fraction()))
    assert found == pytest.approx(exact, rel=1e-6, abs=1e-12)
