"""
What `terraloom aggregate` is told, in YAML: tables, each with what to group by and what to measure.

    where: snr is not None
    tables:
      hours:
        by: {band: band, hour: hour(time)}
        measures: {spots: count(), farthest: max(distance)}

A spec of one table may have `by` and `measures` at the top. `columns` names types of CSV and JSON columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec import Struct

from terraloom.compute import expressions
from terraloom.compute.measure_texts import measure
from terraloom.compute.measures import ROWS, Cells, First, Measure, Types
from terraloom.errors import ConfigError

ONE = "result"  # the name of a table that was given none


class TableSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """One table as it is written."""

    measures: dict[str, str]
    by: dict[str, str] | list[str] = []
    where: str = ""
    order: list[str] = []  # columns of the result, "-" before one that falls
    limit: int | None = None


class _Whole(Struct, frozen=True, forbid_unknown_fields=True):
    tables: dict[str, TableSpec] = {}
    where: str = ""
    columns: dict[str, str] = {}


class Table(Struct, frozen=True):
    """One table, understood."""

    name: str
    keys: Mapping[str, str]
    measures: Mapping[str, Measure]
    where: tuple[str, ...]
    order: tuple[str, ...]
    limit: int | None

    def taken(self, types: Types) -> dict[str, str]:
        """Columns of one row per group, name -> SQL."""
        columns = {ROWS: "count(*)"}
        for one in self.measures.values():
            columns |= one.taken(types)
        return columns

    @property
    def first(self) -> dict[str, First]:
        """Columns that are the first rows of each group."""
        return {name: first for one in self.measures.values() for name, first in one.first.items()}

    @property
    def cells(self) -> list[Cells]:
        """The sketches of its groups, each once."""
        return list({one.cells.name: one.cells for one in self.measures.values() if one.cells}.values())

    def sketch(self, cells: Cells) -> str:
        """What the rows of a sketch of its groups are called."""
        return f"{self.name}/{cells.name}"


class Plan(Struct, frozen=True):
    """A spec, understood: the queries on every file, and the columns that they read."""

    tables: tuple[Table, ...]
    reads: tuple[str, ...]
    columns: Mapping[str, str]  # types of columns in text files, as DuckDB calls them

    @property
    def names(self) -> tuple[str, ...]:
        """Of its tables."""
        return tuple(table.name for table in self.tables)

    @property
    def typed(self) -> list[str]:
        """Expressions whose type decides how they are measured."""
        parts = [x for table in self.tables for one in table.measures.values() for x in one.x]
        return list(dict.fromkeys(parts))


def read(path: Path) -> Plan:
    """A spec from a YAML file. Raises `ConfigError` that names what is wrong."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), str(error), "a readable YAML file") from error
    return understood(content, str(path))


def understood(content: Any, name: str = "spec") -> Plan:
    """A spec from its content. Raises `ConfigError`."""
    if isinstance(content, dict) and "measures" in content:
        top = {key: content[key] for key in ("where", "columns") if key in content}
        table = {key: value for key, value in content.items() if key not in top}
        content = {**top, "tables": {ONE: table}}
    try:
        whole = msgspec.convert(content, _Whole)
    except msgspec.ValidationError as error:
        raise ConfigError(name, _brief(content), str(error)) from error
    if not whole.tables:
        raise ConfigError(name, _brief(content), "`tables`, or `by` and `measures`")
    tables = tuple(_table(key, one, whole.where) for key, one in whole.tables.items())
    texts = [whole.where]
    for one in whole.tables.values():
        texts += [one.where, *_by(one).values()]
    reads = {column for text in texts if text for column in expressions.columns(expressions.parse(text))}
    reads |= {column for table in tables for one in table.measures.values() for column in one.reads}
    return Plan(tables, tuple(sorted(reads)), {key: _type(text) for key, text in whole.columns.items()})


def _table(name: str, spec: TableSpec, where: str) -> Table:
    keys = {key: expressions.sql(text) for key, text in _by(spec).items()}
    measures = {key: measure(text) for key, text in spec.measures.items()}
    if not name or set("/\\\0") & set(name) or name.startswith("."):
        raise ConfigError("table", name, "a name that can be a file's")
    if any(key.startswith("/") for key in keys):  # as keys of sketches do
        raise ConfigError(f"{name}.by", ", ".join(keys), "names that do not begin with /")
    if twice := set(keys) & set(measures):
        raise ConfigError(f"{name}.measures", min(twice), "a name that is not grouped by")
    unknown = [column for column in spec.order if column.removeprefix("-") not in {*keys, *measures}]
    if unknown:
        raise ConfigError(
            f"{name}.order", unknown[0], "columns of the result: " + ", ".join([*keys, *measures])
        )
    filters = tuple(expressions.sql(text) for text in (where, spec.where) if text)
    return Table(name, keys, measures, filters, tuple(spec.order), spec.limit)


def _by(spec: TableSpec) -> dict[str, str]:
    return spec.by if isinstance(spec.by, dict) else {text: text for text in spec.by}


def _type(text: str) -> str:
    if text not in expressions.CASTS:
        raise ConfigError("columns", text, "one of " + ", ".join(expressions.CASTS))
    return expressions.CASTS[text]


def _brief(content: object) -> object:
    return ", ".join(map(str, content)) if isinstance(content, dict) else type(content).__name__
