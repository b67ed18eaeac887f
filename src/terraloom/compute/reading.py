"""
The queries on one file: as few scans as its tables allow.

A table whose groups are made of another's (months, of months and corridors) is counted up from it, since all
that is measured merges. The same holds for sketches: of months and of bands they come from one of months and
bands, where there is a table of these with few groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute  # here, so that no process does it while it works

from terraloom.compute import relations
from terraloom.compute.expressions import quoted
from terraloom.compute.measures import Cells, First, Types
from terraloom.compute.relations import KEY, Partial
from terraloom.compute.spec import Plan, Table

if TYPE_CHECKING:
    import duckdb

FINER = 4  # a sketch is taken at groups that are at most so many times more


class Reading:
    """One file, open as the view `file` of a connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
        self._connection, self._plan = connection, plan
        self._types = self._described()
        self._bases: dict[str, pa.Table] = {}

    def partial(self) -> Partial:
        """What the file gives for every table."""
        for tables in self._roots():
            self._take_bases(tables)
        found = {table.name: self._bases[table.name] for table in self._plan.tables}
        for cells in {cells.name: cells for table in self._plan.tables for cells in table.cells}.values():
            found |= self._sketches(cells)
        return {name: relations.untyped(table) for name, table in found.items()}

    def _described(self) -> Types:
        typed = self._plan.typed
        if not typed:
            return {}
        shown = ", ".join(f"{x} AS x{n}" for n, x in enumerate(typed))
        described = self._connection.sql(f"DESCRIBE SELECT {shown} FROM file").fetchall()
        return {x: str(row[1]) for x, row in zip(typed, described, strict=True)}

    def _roots(self) -> list[list[Table]]:
        """Tables that are scanned, each followed by those that are counted up from it."""
        roots: list[list[Table]] = []
        for table in sorted(self._plan.tables, key=lambda one: -len(one.keys)):
            fitting = [tables for tables in roots if _finer(tables[0], [table])]
            if fitting:
                min(fitting, key=lambda tables: len(tables[0].keys)).append(table)
            else:
                roots.append([table])
        return roots

    def _take_bases(self, tables: list[Table]) -> None:
        """The rows of tables that are made of the groups of the first."""
        finest = tables[0]
        columns: dict[str, str] = {}
        for table in tables:
            columns |= table.taken(self._types)
        scanned = self._scanned(finest.keys, columns, finest.where)
        for table in tables:
            wanted = [relations.as_merged(name) for name in table.taken(self._types)]
            found = scanned if table == finest else self._rolled(scanned, finest, table, wanted)
            found = found.select(
                [name for name in found.column_names if name in wanted or name.startswith(KEY)]
            )
            first = [self._first(table, name, rows) for name, rows in table.first.items()]
            self._bases[table.name] = relations.merged(self._connection, [found, *first]) if first else found

    def _first(self, table: Table, name: str, rows: First) -> pa.Table:
        """
        The first rows of each group. Only what reaches the group's n-th value is packed: that takes half of
        the time of packing every row.
        """
        keys = {KEY + key: x for key, x in table.keys.items()}
        shown = [f"{x} AS {quoted(key)}" for key, x in keys.items()]
        where = " AND ".join((*table.where, f"{rows.x} IS NOT NULL"))
        group = " GROUP BY " + ", ".join(str(n) for n in range(1, len(keys) + 1)) if keys else ""
        values = ", ".join([*shown, f"list_min(max({rows.x}, {rows.n})) AS least"])
        least = f"SELECT {values} FROM file WHERE {where}{group}"
        alike = [f"{x} IS NOT DISTINCT FROM least.{quoted(key)}" for key, x in keys.items()]
        reaching = " AND ".join([*alike, f"{rows.x} >= least.least"])
        packed = f"max({rows.packed}, {rows.n}) AS {quoted(name)}"
        return self._connection.sql(
            f"WITH least AS ({least}) SELECT {', '.join([*shown, packed])} FROM file JOIN least ON {reaching}"
            f" WHERE {where}{group}"
        ).to_arrow_table()

    def _sketches(self, cells: Cells) -> Partial:
        """A sketch for each table that asks for it."""
        found: Partial = {}
        wanting = [table for table in self._plan.tables if cells in table.cells]
        for where in dict.fromkeys(table.where for table in wanting):
            alike = [table for table in wanting if table.where == where]
            source = self._source(alike)
            if source is None:
                found |= {table.sketch(cells): self._cells(table, cells) for table in alike}
            else:
                scanned, names = self._cells(source, cells), [*map(relations.as_merged, cells.columns)]
                more = [KEY + name for name in cells.keys]
                found |= {
                    table.sketch(cells): self._rolled(scanned, source, table, names, more) for table in alike
                }
        return found

    def _source(self, tables: list[Table]) -> Table | None:
        """The table at whose groups a sketch for all of these is taken, if any."""
        most = FINER * max(len(self._bases[table.name]) for table in tables)
        fitting = [
            one
            for one in self._plan.tables
            if _finer(one, tables) and len(self._bases[one.name]) <= most and len(tables) > 1
        ]
        return min(fitting, key=lambda one: len(self._bases[one.name]), default=None)

    def _cells(self, table: Table, cells: Cells) -> pa.Table:
        """The cells of each group. What is the same in all, as the month often is, is not grouped by."""
        base = self._bases[table.name]
        same = {name: base[KEY + name][:1] for name in table.keys if _constant(base, KEY + name)}
        keys = {name: x for name, x in table.keys.items() if name not in same}
        where = (*table.where, cells.where)
        if cells.of:
            source = self._valued(keys, cells.of, where)
            known = {name: quoted(KEY + name) for name in keys}
            found = self._scanned({**known, **cells.keys}, cells.columns, (), source)
        else:
            found = self._scanned({**keys, **cells.keys}, cells.columns, where)
        for name, value in same.items():
            found = found.append_column(KEY + name, value.take(_zeros(len(found))))
        return found

    def _valued(self, keys: Mapping[str, str], of: str, where: Iterable[str]) -> str:
        """A subquery of keys, values and how often these occur: counted first where they are of one byte."""
        few = self._types[of] in ("TINYINT", "UTINYINT", "BOOLEAN")
        shown = [f"{x} AS {quoted(KEY + name)}" for name, x in keys.items()]
        shown += [f'{of} AS "/value"', f'{"count(*)" if few else "1"} AS "/times"']
        query = f"SELECT {', '.join(shown)} FROM file WHERE {' AND '.join(where)}"
        return f"({query}{' GROUP BY ALL' if few else ''})"

    def _scanned(
        self,
        keys: Mapping[str, str],
        columns: Mapping[str, str],
        where: Iterable[str],
        source: str = "file",
    ) -> pa.Table:
        named = {**{KEY + name: x for name, x in keys.items()}, **columns}
        shown = ", ".join(f"{x} AS {quoted(name)}" for name, x in named.items())
        filtered = " AND ".join(where)
        query = f"SELECT {shown} FROM {source}" + (f" WHERE {filtered}" if filtered else "")
        if keys:
            query += " GROUP BY " + ", ".join(str(n) for n in range(1, len(keys) + 1))
        found = self._connection.sql(query).to_arrow_table()
        return relations.narrowed(relations.squared(found))

    def _rolled(
        self, scanned: pa.Table, source: Table, table: Table, wanted: list[str], more: Iterable[str] = ()
    ) -> pa.Table:
        """Rows of finer groups counted up to those of a table."""
        by_sql = {x: name for name, x in source.keys.items()}
        keys = {KEY + name: KEY + by_sql[x] for name, x in table.keys.items()} | {name: name for name in more}
        held = [name for name in wanted if name in scanned.column_names]
        names = [*keys.values(), *held]
        part = scanned.select(names).rename_columns([*keys, *held])
        given_up = [KEY + name for name, x in source.keys.items() if x not in table.keys.values()]
        if all(_constant(scanned, name) for name in given_up):
            return part  # the groups are the same ones
        return relations.merged(self._connection, [part])


def _zeros(count: int) -> pa.Array:
    """
    So many zeros. Made of bytes, since Arrow looks for pandas, and imports it, before it makes an array of
    Python values: 0.3 s in each process.
    """
    return pa.Array.from_buffers(pa.int32(), count, [None, pa.py_buffer(bytes(4 * count))])


def _constant(rows: pa.Table, name: str) -> bool:
    return len(rows[name].unique()) == 1


def _finer(one: Table, tables: Iterable[Table]) -> bool:
    """Whether the groups of these tables are made of another's."""
    return all(
        table.where == one.where and set(table.keys.values()) <= set(one.keys.values()) for table in tables
    )
