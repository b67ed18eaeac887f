"""
Rows in bulk, for every room: binary COPY, and COPY into a temporary table + one set-based upsert; and out
again by `read`.

A `Table` names the columns once, with their types. Rows come as columns (one sequence each), are encoded to
PostgreSQL's binary COPY format by Arrow (no work per value in Python), and go in within the caller's
transaction.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString, cast

import numpy as np
import pyarrow as pa
from msgspec import Struct
from numpy.typing import NDArray
from pgpq import ArrowToPostgresBinaryEncoder
from psycopg import Connection, sql

# PostgreSQL type -> Arrow type whose binary COPY encoding is the same on the wire.
UUID = pa.binary()  # 16 raw bytes
TEXT = pa.string()
TEXT_ARRAY = pa.list_(pa.string())
BYTEA = pa.binary()
JSONB = pa.large_binary()  # a version byte, then the text: see `jsonb`
FLOAT = pa.float64()
SMALLINT = pa.int16()
INTEGER = pa.int32()
BIGINT = pa.int64()
BOOLEAN = pa.bool_()
TIMESTAMPTZ = pa.timestamp("us", tz="UTC")
HANDOVER_S = 0.0005
UNIX_EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)

# Arrow type -> what PostgreSQL's `…send` function makes of it, big-endian; times are µs since `EPOCH`.
SENT = {SMALLINT: ">i2", INTEGER: ">i4", BIGINT: ">i8", FLOAT: ">f8", TIMESTAMPTZ: ">i8"}
EPOCH = np.datetime64("2000-01-01", "us")


def jsonb(encoded: bytes) -> bytes:
    """JSON text as a jsonb value on the wire."""
    return b"\x01" + encoded


class Table(Struct, frozen=True):
    """A table as bulk writing sees it: its columns in order, and the key that an upsert conflicts on."""

    name: str
    columns: Mapping[str, pa.DataType]
    key: tuple[str, ...] = ()

    @property
    def schema(self) -> pa.Schema:
        return pa.schema(list(self.columns.items()))


def insert(connection: Connection[Any], table: Table, columns: Mapping[str, Sequence[Any]]) -> int:
    """COPY rows that are known to be new; returns how many. Raises psycopg's errors (duplicate key, …)."""
    return _copy(connection, sql.Identifier(table.name), table, columns)


class Ahead:
    """
    COPY in the background, in the order given, while the caller makes the next rows.

    A context: nothing else may use the connection within it; it ends when all rows are in, or raises the
    first error.
    """

    def __init__(self, connection: Connection[Any]) -> None:
        # The thread needs the interpreter shortly and often, and the server waits for it: not 5 ms each time.
        sys.setswitchinterval(HANDOVER_S)
        self._connection = connection
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="copy")
        self._sent: list[Future[None]] = []

    def insert(self, table: Table, columns: Mapping[str, Sequence[Any]]) -> None:
        """As `insert`, soon."""
        if _rows(columns):
            target, parts = sql.Identifier(table.name), _encoded(table, columns)
            self._sent.append(self._thread.submit(_send, self._connection, target, table, parts))

    def __enter__(self) -> Ahead:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(wait=True)
        for sent in self._sent:
            sent.result()


def upsert(
    connection: Connection[Any], table: Table, columns: Mapping[str, Sequence[Any]], *, update: bool = True
) -> int:
    """
    COPY into a temporary table, then insert; rows whose key exists are updated (or, without `update`, kept).

    The rows must not hold one key twice. Returns how many rows came in.
    """
    if not any(map(len, columns.values())):
        return 0
    staging = sql.Identifier(f"staging_{table.name}")
    target = sql.Identifier(table.name)
    names = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    connection.execute(
        sql.SQL(
            "CREATE TEMPORARY TABLE IF NOT EXISTS {} ON COMMIT DELETE ROWS AS SELECT {} FROM {} LIMIT 0"
        ).format(staging, names, target)
    )
    count = _copy(connection, staging, table, columns)
    connection.execute(
        sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} ON CONFLICT ({}) DO {}").format(
            target,
            names,
            names,
            staging,
            sql.SQL(", ").join(map(sql.Identifier, table.key)),
            _update_clause(table) if update else sql.SQL("NOTHING"),
        )
    )
    connection.execute(sql.SQL("TRUNCATE {}").format(staging))
    return count


def read(
    connection: Connection[Any],
    statement: LiteralString,
    parameters: Mapping[str, Any],
    columns: Mapping[str, pa.DataType],
) -> dict[str, NDArray[Any]]:
    """
    Many rows as numpy columns; times are ``datetime64[us]``, UTC.

    The statement gives one value: its rows packed, ``string_agg(int8send(a) || float8send(b) …, '')``, in the
    order of `columns`. No column may be null, so that all rows are equally long (`coalesce` to NaN). Nothing
    is done for each row in Python.
    """
    with connection.cursor(binary=True) as cursor:
        row = cursor.execute(statement, parameters, prepare=False).fetchone()
    rows = np.frombuffer(row[0] or b"" if row else b"", packed(columns))
    return {name: _native(rows[name], kind) for name, kind in columns.items()}


def packed(columns: Mapping[str, pa.DataType]) -> np.dtype[Any]:
    """How rows of these columns are packed."""
    return np.dtype([(name, SENT[kind]) for name, kind in columns.items()])


def _native(values: NDArray[Any], kind: pa.DataType) -> NDArray[Any]:
    ours = values.astype(values.dtype.newbyteorder("="))
    return ours.view("timedelta64[us]") + EPOCH if kind == TIMESTAMPTZ else ours


def _update_clause(table: Table) -> sql.Composable:
    assignments = [
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name))
        for name in table.columns
        if name not in table.key
    ]
    return sql.SQL("UPDATE SET ") + sql.SQL(", ").join(assignments) if assignments else sql.SQL("NOTHING")


def _copy(
    connection: Connection[Any], target: sql.Identifier, table: Table, columns: Mapping[str, Sequence[Any]]
) -> int:
    rows = _rows(columns)
    if rows:
        _send(connection, target, table, _encoded(table, columns))
    return rows


def _rows(columns: Mapping[str, Sequence[Any]]) -> int:
    return max(map(len, columns.values()), default=0)


def _encoded(table: Table, columns: Mapping[str, Sequence[Any]]) -> tuple[bytes, bytes, bytes]:
    """Rows as PostgreSQL reads them; columns that the table does not have are left out."""
    arrays = [_array(columns[name], kind) for name, kind in table.columns.items()]
    batch = pa.RecordBatch.from_arrays(arrays, schema=table.schema)
    encoder = ArrowToPostgresBinaryEncoder(batch.schema)
    return encoder.write_header(), encoder.write_batch(batch), encoder.finish()


def _send(
    connection: Connection[Any], target: sql.Identifier, table: Table, parts: tuple[bytes, ...]
) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(target, names)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for part in parts:
            copy.write(part)


def arrays(kinds: Mapping[str, pa.DataType], columns: Mapping[str, Any]) -> dict[str, pa.Array]:
    """Columns as Arrow, so that several tables share them without turning them into Arrow again."""
    return {name: _array(values, kinds[name]) for name, values in columns.items()}


def repeated(table: Table, rows: int, **values: object) -> dict[str, pa.Array]:
    """Columns of a table that have one value in all rows."""
    return {name: pa.repeat(pa.scalar(one, table.columns[name]), rows) for name, one in values.items()}


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    """A column as Arrow; what is Arrow or numpy already is not walked through in Python."""
    if isinstance(values, pa.Array):
        return values.cast(kind)
    if kind == TIMESTAMPTZ and not isinstance(values, np.ndarray):
        # As Arrow does it, in half the time.
        values = [None if at is None else (at - UNIX_EPOCH) // MICROSECOND for at in values]
        return pa.array(values, BIGINT).cast(kind)
    return pa.array(values, kind)


def text_array(texts: Sequence[str]) -> str:
    """Texts as the literal of a ``text[]``: one parameter of a query, where psycopg would dump each apart."""
    plain = "".join(texts)
    if '"' in plain or "\\" in plain:
        texts = [text.replace("\\", "\\\\").replace('"', '\\"') for text in texts]
    return '{"' + '","'.join(texts) + '"}' if texts else "{}"


def columns_of(names: Iterable[str], rows: Iterable[Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """Rows turned into columns; empty columns where there are no rows."""
    names = list(names)
    turned = list(zip(*rows, strict=True)) or [()] * len(names)
    return dict(zip(names, turned, strict=True))


def statements(text: str) -> dict[str, LiteralString]:
    """The named statements of a `.sql` file: each begins with a line ``-- name --``."""
    parts = re.split(r"^-- (\w+) --$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], (cast(LiteralString, body) for body in parts[2::2]), strict=True))
