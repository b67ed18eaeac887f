"""Merging is associative and commutative, to the last bit, whatever is measured."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from spots import parquet

from terraloom.compute import relations, results
from terraloom.compute.files import found
from terraloom.compute.folding import Piece, aggregate, connected
from terraloom.compute.spec import understood

PLAN = understood(
    {
        "by": ["band"],
        "measures": {
            "n": "count(km)",
            "sum": "sum(mhz)",
            "whole": "sum(km)",
            "mean": "mean(snr)",
            "deviation": "deviation(mhz)",
            "least": "min(mhz)",
            "last": "max(time)",
            "tx": "distinct(tx, km)",
            "median": "median(mhz)",
            "spans": "histogram(mhz, -10, 10, 3)",
            "first": "top(3, mhz, tx)",
        },
    }
)
SPOT = st.fixed_dictionaries(
    {
        "time": st.integers(0, 2 * 10**15),
        "band": st.none() | st.sampled_from([7, 14]),
        "tx": st.none() | st.text(max_size=3),
        "km": st.none() | st.integers(0, 2**31 - 1),
        "snr": st.integers(-60, 60),
        # 1e20 + 1 - 1e20 is 0 in doubles, and so is each order but one
        "mhz": st.none() | st.sampled_from([1e20, -1e20, 1.0, 0.1]) | st.floats(-1e150, 1e150),
    }
)


def answer(folder: Path, order: Any) -> pa.Table:
    """The result of partials merged as a tree says: a leaf is a partial, a branch merges its two sides."""
    with connected(200_000_000, folder) as connection:

        def merge(tree: Any) -> relations.Partial:
            if isinstance(tree, bytes):
                return relations.unpacked(tree)
            one, other = map(merge, tree)
            return {name: relations.merged(connection, [one[name], other[name]]) for name in one}

        return results.tables(connection, PLAN, merge(order))["result"]


@given(st.tuples(*[st.lists(SPOT, max_size=8)] * 3))
@settings(max_examples=10)
def test_any_order_and_grouping_gives_the_same_bits(rows: Any) -> None:
    with TemporaryDirectory() as folder:
        files = found(parquet(Path(folder), *rows))
        a, b, c = (aggregate(Piece(PLAN, file, 200_000_000)) for file in files)
        first = answer(Path(folder), ((a, b), c))
        for order in ((a, (b, c)), ((c, b), a), ((a, c), b)):
            assert answer(Path(folder), order).equals(first)


@given(st.lists(SPOT, min_size=1, max_size=12))
@settings(max_examples=25)
def test_a_state_survives_being_kept(rows: Any) -> None:
    with TemporaryDirectory() as folder:
        [file] = found(parquet(Path(folder), rows))
        partial = relations.unpacked(aggregate(Piece(PLAN, file, 200_000_000)))
        again = relations.unpacked(relations.packed(partial))
    assert partial.keys() == again.keys()
    assert all(again[name].equals(table) for name, table in partial.items())
