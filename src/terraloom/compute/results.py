"""The state of all files as tables for people: values in place of sketches, ordered, written as files."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from terraloom.compute.expressions import quoted
from terraloom.compute.measures import Measure
from terraloom.compute.relations import KEY, Partial
from terraloom.compute.spec import Plan, Table
from terraloom.errors import ConfigError

if TYPE_CHECKING:
    import duckdb

FORMATS = (".parquet", ".csv", ".json")


def tables(connection: duckdb.DuckDBPyConnection, plan: Plan, state: Partial) -> dict[str, pa.Table]:
    """The result of each table of a plan; none where no file could be read."""
    return {table.name: _table(connection, table, state) for table in plan.tables if table.name in state}


def _table(connection: duckdb.DuckDBPyConnection, table: Table, state: Partial) -> pa.Table:
    base = state[table.name]
    rows = base.drop_columns([name for name in base.column_names if name.startswith(KEY)]).to_pylist()
    columns = {name: base[KEY + name] for name in table.keys}
    for name, measure in table.measures.items():
        cells = _cells(connection, table, measure, state) if measure.cells else [[]] * len(rows)
        values = [measure.result(row, of) for row, of in zip(rows, cells, strict=True)]
        columns[name] = _column(values, measure)
    connection.register("result", pa.table(columns))
    order = [
        f"{quoted(one.removeprefix('-'))} {'DESC' if one[0] == '-' else ''} NULLS LAST" for one in table.order
    ]
    order += [quoted(name) for name in table.keys]  # whatever is tied has an order too
    query = "SELECT * FROM result" + (f" ORDER BY {', '.join(order)}" if order else "")
    if table.limit is not None:
        query += f" LIMIT {table.limit}"
    found = connection.sql(query).to_arrow_table()
    connection.unregister("result")
    return found


def _cells(
    connection: duckdb.DuckDBPyConnection, table: Table, measure: Measure, state: Partial
) -> list[list[dict[str, Any]]]:
    """The cells of a sketch for each row of the table's base, in its order."""
    assert measure.cells is not None
    base, cells = state[table.name], state[table.sketch(measure.cells)]
    connection.register("base", base.select([KEY + name for name in table.keys] or base.column_names[:1]))
    connection.register("cells", cells)
    own = [name for name in cells.column_names if name.removeprefix(KEY) not in table.keys]
    shown = ", ".join(f"{quoted(name)} := c.{quoted(name)}" for name in own)
    alike = " AND ".join(f"b.{quoted(KEY + k)} IS NOT DISTINCT FROM c.{quoted(KEY + k)}" for k in table.keys)
    found = connection.sql(
        f"SELECT b.n, list(struct_pack({shown})) FROM (SELECT *, row_number() OVER () - 1 AS n FROM base) b "
        f"JOIN cells c ON {alike or 'TRUE'} GROUP BY b.n"
    ).fetchall()
    connection.unregister("base")
    connection.unregister("cells")
    by_row = dict(found)
    return [by_row.get(n, []) for n in range(len(base))]


def _column(values: list[Any], measure: Measure) -> pa.Array:
    if measure.type is None and any(isinstance(value, int | Decimal) for value in values):
        large = any(isinstance(value, int) and not -(2**63) <= value < 2**63 for value in values)
        return pa.array([value if value is None or not large else Decimal(value) for value in values])
    return pa.array(values, measure.type)


def check(names: Sequence[str], output: Path) -> None:
    """Raises `ConfigError` where tables cannot be written there; better before they are made."""
    suffix = output.suffix.lower()
    if suffix not in ("", *FORMATS) or (suffix in (".parquet", ".csv") and len(names) > 1):
        expected = "a folder or .json" if len(names) > 1 else "a folder, " + ", ".join(FORMATS)
        raise ConfigError("--output", str(output), f"{expected} for {len(names)} tables")


def write(found: Mapping[str, pa.Table], output: Path) -> list[Path]:
    """
    Write tables: one as ``.parquet``, ``.csv`` or ``.json``, several as ``.json`` or, Parquet, in a folder.
    Each file is whole or not there. Raises `ConfigError` for another name.
    """
    check(list(found), output)
    suffix = output.suffix.lower()
    if not suffix:
        output.mkdir(parents=True, exist_ok=True)
        return [_one(table, output / f"{name}.parquet") for name, table in found.items()]
    if suffix == ".json":
        return [_replace(output, lambda out: out.write(as_json(found)))]
    return [_one(next(iter(found.values())), output)]


def _one(table: pa.Table, path: Path) -> Path:
    if path.suffix.lower() == ".csv":
        return _replace(path, lambda out: out.write(as_csv(table)))
    return _replace(path, lambda out: pq.write_table(table, out, compression="zstd"))


def _replace(path: Path, write: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.part")
    with scratch.open("wb") as out:
        write(out)
    scratch.replace(path)
    return path


def as_json(found: Mapping[str, pa.Table]) -> bytes:
    """Tables as one object: name -> rows."""
    rows = {name: table.to_pylist() for name, table in found.items()}
    return msgspec.json.format(msgspec.json.encode(rows), indent=1) + b"\n"


def as_csv(table: pa.Table) -> bytes:
    """A table as CSV; what is a list in it stands as JSON."""
    import io

    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(table.column_names)
    nested = [pa.types.is_nested(field.type) for field in table.schema]
    for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
        writer.writerow([json.dumps(x, default=str) if n else x for x, n in zip(row, nested, strict=True)])
    return out.getvalue().encode()
