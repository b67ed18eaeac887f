"""
What a file gives, and what all gave so far: the same kind of tables, merged by what columns are called.

``key:…`` columns tell rows apart; the others say how they merge (`MERGED`). Every way is associative and
commutative, so files are merged as they come, and the result is the same bits in any order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from terraloom.compute import sketches
from terraloom.compute.expressions import quoted

if TYPE_CHECKING:
    import duckdb

KEY = "key:"
MERGED = {
    "sum": "sum({0})",
    "min": "min({0})",
    "max": "max({0})",
    "terms": "flatten(list({0}) FILTER ({0} IS NOT NULL))",
}
WIDE = pa.decimal128(38, 0)  # as DuckDB hands out its 128-bit integers
TERMS = 8  # doubles of one sum before they are added up exactly, to three at most, as a rule
AT_ONCE = 50_000  # rows of them in Python at a time

Partial = dict[str, pa.Table]
"""Tables by the name of what they are parts of."""


def merged(connection: duckdb.DuckDBPyConnection, parts: Sequence[pa.Table]) -> pa.Table:
    """All parts as one table with one row for each key."""
    names = list(dict.fromkeys(name for part in parts for name in part.column_names))
    keys = [quoted(name) for name in names if name.startswith(KEY)]
    values = [f"{_merge(name)} AS {quoted(name)}" for name in names if not name.startswith(KEY)]
    for n, part in enumerate(parts):
        connection.register(f"part_{n}", part)
    union = " UNION ALL BY NAME ".join(f"SELECT * FROM part_{n}" for n in range(len(parts)))
    group = f" GROUP BY {', '.join(keys)}" if keys else ""
    found = connection.sql(f"SELECT {', '.join(keys + values)} FROM ({union}){group}").to_arrow_table()
    for n in range(len(parts)):
        connection.unregister(f"part_{n}")
    return narrowed(shortened(found))


def _merge(name: str) -> str:
    op = name.partition(":")[0]
    if top := re.fullmatch(r"top(\d+)", op):
        rows = f"flatten(list({quoted(name)}) FILTER ({quoted(name)} IS NOT NULL))"
        return f"list_slice(list_reverse_sort({rows}), 1, {top[1]})"
    return MERGED[op].format(quoted(name))


def shortened(table: pa.Table) -> pa.Table:
    """The same with long lists of terms added up, exactly."""
    for n, name in enumerate(table.column_names):
        if name.startswith("terms:"):
            longest = pc.max(pc.list_value_length(table.column(n))).as_py()
            if longest is not None and longest > TERMS:
                table = table.set_column(n, name, _added_up(table.column(n)))
    return table


def _added_up(lists: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = pa.list_(pa.float64())
    slices = (lists.slice(at, AT_ONCE).to_pylist() for at in range(0, len(lists), AT_ONCE))
    return pa.chunked_array(
        [pa.array([terms and sketches.expansion(terms) for terms in some], kind) for some in slices], kind
    )


def untyped(table: pa.Table) -> pa.Table:
    """
    The same without types of columns of texts, and of first rows, that have no value: where a file has none,
    text is only a guess, and has no say in the type of all files'.
    """
    for n, field in enumerate(table.schema):
        guessed = pa.types.is_string(field.type) or field.name.startswith("top")
        if guessed and table.column(n).null_count == len(table):
            table = table.set_column(n, field.name, pa.nulls(len(table)))
    return table


def narrowed(table: pa.Table) -> pa.Table:
    """The same with sums in 64 bits where these hold all of a column, as they nearly always do."""
    for n, field in enumerate(table.schema):
        if field.name.startswith("sum:") and field.type == WIDE:
            try:
                table = table.set_column(n, field.name, table.column(n).cast(pa.int64()))
            except pa.ArrowInvalid:  # one is too large
                continue
    return table


def squared(table: pa.Table) -> pa.Table:
    """The same with ``moments:…`` of one file, [n, sum, squared deviations], as terms of a sum of squares."""
    for n, name in enumerate(table.column_names):
        if name.startswith("moments:"):
            lists = [m and sketches.squares(int(m[0]), m[1], m[2]) for m in table.column(n).to_pylist()]
            column = pa.array(lists, pa.list_(pa.float64()))
            table = table.set_column(n, as_merged(name), column)
    return table


def as_merged(name: str) -> str:
    """What a column of a query is called when it can be merged."""
    return name.replace("moments:", "terms:", 1) if name.startswith("moments:") else name


def packed(partial: Mapping[str, pa.Table]) -> bytes:
    """Tables as bytes, to be sent or kept."""
    return msgspec.msgpack.encode({name: _ipc(table) for name, table in partial.items()})


def unpacked(data: bytes) -> Partial:
    """Tables from bytes. Raises `msgspec.DecodeError`, `pa.ArrowException`."""
    streams = msgspec.msgpack.decode(data, type=dict[str, bytes])
    return {name: pa.ipc.open_stream(stream).read_all() for name, stream in streams.items()}


def _ipc(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())
