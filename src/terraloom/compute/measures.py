"""
Measures of a spec: what each takes from a file, and what comes of it when all files are merged.

What is taken are columns whose names begin with how they merge (`relations.MERGED`): ``sum:…``, ``min:…``.
Columns that two measures share have one name, and are there once. Sums have letters: ``s`` of whole numbers
(``sum:``) and doubles (``terms:``), ``q`` of their squares. Of decimals ``e`` is the exact sum, ``d`` that
of doubles, which goes with the squares, since these are of doubles, too. A sketch has rows of its own, one
for each cell of a group.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pyarrow as pa
from msgspec import Struct

from terraloom.compute import sketches
from terraloom.compute.expressions import literal, quoted

ROWS = "sum:rows"
VALUE, TIMES = 'CAST("/value" AS DOUBLE)', 'sum("/times")'  # in the SQL of a sketch of an expression
WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER", "BOOLEAN")
LARGE = ("BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT")

Types = Mapping[str, str]
"""DuckDB's type of each expression, in one file."""
Row = Mapping[str, Any]
"""What all files gave for one group, by column."""


class First(Struct, frozen=True):
    """The rows with the greatest `x` of a group, `n` of them, each `packed`."""

    x: str
    n: int
    packed: str


class Cells(Struct, frozen=True):
    """
    Rows of a sketch: its own keys and columns beside those of the group. Those of a sketch `of` an expression
    are of its `VALUE`, and of the `TIMES` that it occurs, so that equal values can be counted first. `tells`
    are those that the result follows from; how often the same occurs in a group stands beside as `times`.
    """

    keys: Mapping[str, str]
    columns: Mapping[str, str]
    where: str
    name: str
    tells: tuple[str, ...]
    of: str = ""


class Measure(Struct, frozen=True, kw_only=True):
    """One column of a result. `x` are its expressions in SQL, `reads` the columns of the files."""

    text: str
    x: tuple[str, ...] = ()
    reads: frozenset[str] = frozenset()
    type: pa.DataType | None = None  # of the result; None: as it comes

    def taken(self, types: Types) -> dict[str, str]:
        """Columns of one row per group: name -> SQL."""
        return {}

    @property
    def first(self) -> dict[str, First]:
        """Columns that are the first rows of each group."""
        return {}

    @property
    def cells(self) -> Cells | None:
        """Rows of a sketch."""
        return None

    def plain(self, base: pa.Table) -> str | None:
        """The value as SQL of the base's columns, where it is that simple: groups may be millions."""
        return None

    def result(self, row: Row, cells: list[dict[str, Any]]) -> Any:
        """The value for a group."""
        raise TypeError(f"{type(self).__name__} gives no result")


class Count(Measure, frozen=True):
    """Rows; with an expression those where it is not null."""

    def taken(self, types: Types) -> dict[str, str]:
        return {f"sum:n {x}": f"count({x})" for x in self.x}

    def plain(self, base: pa.Table) -> str:
        name = f"sum:n {self.x[0]}" if self.x else ROWS
        return f"CAST(coalesce({quoted(name)}, 0) AS BIGINT)"

    def result(self, row: Row, cells: list[dict[str, Any]]) -> int:
        return int(row[f"sum:n {self.x[0]}"] or 0) if self.x else int(row[ROWS] or 0)


class Extreme(Measure, frozen=True, kw_only=True):
    """The least or the greatest value."""

    op: str

    def taken(self, types: Types) -> dict[str, str]:
        return {f"{self.op}:{x}": f"{self.op}({x})" for x in self.x}

    def plain(self, base: pa.Table) -> str:
        return quoted(f"{self.op}:{self.x[0]}")

    def result(self, row: Row, cells: list[dict[str, Any]]) -> Any:
        return row[f"{self.op}:{self.x[0]}"]


class Sum(Measure, frozen=True):
    """The exact sum: of whole numbers and decimals as such, of doubles rounded once, at the end."""

    def taken(self, types: Types) -> dict[str, str]:
        return _sum(self.x[0], types)

    def plain(self, base: pa.Table) -> str | None:
        return _whole(self.x[0], base)

    def result(self, row: Row, cells: list[dict[str, Any]]) -> Any:
        x, terms = self.x[0], row.get(f"terms:s {self.x[0]}")
        parts = [part for name in (f"sum:s {x}", f"sum:e {x}") if (part := row.get(name)) is not None]
        if terms is not None:
            return sum(sketches.expansion([*terms, *map(float, parts)]))
        whole = sum(parts[1:], parts[0]) if parts else None
        return int(whole) if whole is not None and whole == int(whole) else whole


class Mean(Measure, frozen=True):
    """The arithmetic mean, from the exact sum."""

    def taken(self, types: Types) -> dict[str, str]:
        return _count(self.x[0]) | _sum(self.x[0], types)

    def plain(self, base: pa.Table) -> str | None:
        total = _whole(self.x[0], base)
        return total and f"CAST({total} AS DOUBLE) / nullif({quoted('sum:n ' + self.x[0])}, 0)"

    def result(self, row: Row, cells: list[dict[str, Any]]) -> float | None:
        n = int(row[f"sum:n {self.x[0]}"] or 0)
        return _ratio(_total(row, "se", self.x[0]), n) if n else None


class Variance(Measure, frozen=True, kw_only=True):
    """The sample variance, or its root, from exact sums of the values and their squares."""

    root: bool

    def taken(self, types: Types) -> dict[str, str]:
        x = self.x[0]
        total = {f"terms:d {x}": _exact(x)} if types[x].startswith("DECIMAL") else _sum(x, types)
        return _count(x) | total | _squares(x, types)

    def result(self, row: Row, cells: list[dict[str, Any]]) -> float | None:
        n, x = int(row[f"sum:n {self.x[0]}"] or 0), self.x[0]
        total, squared = _total(row, "sd", x), _total(row, "q", x)
        if not (isinstance(total, Fraction) and isinstance(squared, Fraction)):
            return math.nan
        found = sketches.variance(n, total, squared)
        return math.sqrt(found) if self.root and found is not None else found


class Distinct(Measure, frozen=True):
    """About how many distinct values, or combinations of values, there are (HyperLogLog, 1.6 %)."""

    @property
    def cells(self) -> Cells:
        # As text, so that a column that is whole in one file and wider in another hashes alike.
        hashed = "hash(" + ", ".join(f"CAST({x} AS VARCHAR)" for x in self.x) + ")"
        return Cells(
            keys={"/register": sketches.register_sql(hashed)},
            columns={"max:rank": f"max({sketches.rank_sql(hashed)})"},
            where=" AND ".join(f"{x} IS NOT NULL" for x in self.x),
            name=f"distinct {hashed}",
            tells=("max:rank",),
        )

    def result(self, row: Row, cells: list[dict[str, Any]]) -> int:
        return sketches.distinct({cell["max:rank"]: cell["times"] for cell in cells})


class Quantile(Measure, frozen=True, kw_only=True):
    """A quantile within 0.5 % of its value; of whole numbers below 100 exact. Infinite ones are left out."""

    q: float

    @property
    def cells(self) -> Cells:
        return Cells(
            keys={"/cell": sketches.cell_sql(VALUE)},
            columns={"sum:n": TIMES, "min:whole": f"bool_and({VALUE} = floor({VALUE}))"},
            where=f"isfinite(CAST({self.x[0]} AS DOUBLE))",
            name=f"quantile {self.x[0]}",
            tells=("key:/cell", "sum:n", "min:whole"),
            of=self.x[0],
        )

    def result(self, row: Row, cells: list[dict[str, Any]]) -> float | None:
        found = sketches.quantile({cell["key:/cell"]: int(cell["sum:n"]) for cell in cells}, self.q)
        return found if found is None or not all(cell["min:whole"] for cell in cells) else float(round(found))


class Histogram(Measure, frozen=True, kw_only=True):
    """How many values lie in each span of `width` from `low` to `high`, and how many beyond."""

    low: float
    high: float
    width: float

    @property
    def cells(self) -> Cells:
        last = math.ceil((self.high - self.low) / self.width)
        cell = f"least({last}, greatest(-1, floor(({VALUE} - {self.low!r}) / {self.width!r})))"
        return Cells(
            keys={"/cell": f"CAST({cell} AS INTEGER)"},
            columns={"sum:n": TIMES},
            where=f"NOT isnan(CAST({self.x[0]} AS DOUBLE))",
            name=f"histogram {self.x[0]} {cell}",
            tells=("key:/cell", "sum:n"),
            of=self.x[0],
        )

    def result(self, row: Row, cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
        found = sorted((int(cell["key:/cell"]), int(cell["sum:n"])) for cell in cells)
        return [{"from": self._bound(n), "to": self._bound(n + 1), "count": count} for n, count in found]

    def _bound(self, n: int) -> float | None:
        last = math.ceil((self.high - self.low) / self.width)
        return self.low + n * self.width if 0 <= n <= last else None


class Top(Measure, frozen=True, kw_only=True):
    """The rows with the greatest values, with labels; ties go to the greater label."""

    n: int
    names: tuple[str, ...]

    @property
    def first(self) -> dict[str, First]:
        named = zip(("value", *self.names), self.x, strict=True)
        packed = ", ".join(f"{literal(name)}: {x}" for name, x in named)
        return {f"top{self.n}:{self.text}": First(self.x[0], self.n, f"{{{packed}}}")}

    def result(self, row: Row, cells: list[dict[str, Any]]) -> Any:
        return row[f"top{self.n}:{self.text}"] or []


def _count(x: str) -> dict[str, str]:
    return {f"sum:n {x}": f"count({x})"}


def _sum(x: str, types: Types) -> dict[str, str]:
    if types[x] in WHOLE + LARGE:
        return {f"sum:s {x}": f"sum({x})"}
    return {f"sum:e {x}": f"sum({x})"} if types[x].startswith("DECIMAL") else {f"terms:s {x}": _exact(x)}


def _exact(x: str) -> str:
    """The sum of doubles, rounded once, as a list of terms; infinite where one is."""
    d = f"CAST({x} AS DOUBLE)"
    return (
        f"CASE WHEN count({x}) > 0 THEN [CASE WHEN isfinite(sum({d})) THEN fsum({d}) ELSE sum({d}) END] END"
    )


def _whole(x: str, base: pa.Table) -> str | None:
    """A sum of whole numbers that 64 bits hold, as SQL."""
    name = f"sum:s {x}"
    narrow = name in base.column_names and pa.types.is_int64(base.schema.field(name).type)
    more = {f"terms:s {x}", f"sum:e {x}"} & set(base.column_names)
    return quoted(name) if narrow and not more else None


def _squares(x: str, types: Types) -> dict[str, str]:
    if types[x] in WHOLE + LARGE:
        wide = f"CAST({x} AS {'BIGINT' if types[x] in WHOLE else 'HUGEINT'})"
        return {f"sum:q {x}": f"sum({wide} * {wide})"}
    d, n = f"CAST({x} AS DOUBLE)", f"count({x})"
    return {f"moments:q {x}": f"CASE WHEN count({x}) > 0 THEN [{n}, fsum({d}), var_pop({d}) * {n}] END"}


def _total(row: Row, letters: str, x: str) -> Fraction | float:
    """An exact sum, of all columns with these letters; a double where it is not finite."""
    terms = [term for letter in letters for term in row.get(f"terms:{letter} {x}") or []]
    if not all(map(math.isfinite, terms)):
        return sum(sketches.expansion(terms))
    wholes = (row.get(f"sum:{letter} {x}") or 0 for letter in letters)
    return sum(map(Fraction, [*terms, *wholes]), Fraction(0))


def _ratio(total: Fraction | float, n: int) -> float:
    return float(total / n)
