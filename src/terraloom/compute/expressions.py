"""
Expressions of a spec, such as ``upper(left(loc, 2))`` or ``snr > -30 and band in (7, 14)``, as DuckDB's SQL.

Written as in Python, and parsed by its own parser; only what stands here is let through, so that a spec from
a stranger can read no file and call nothing else. Columns are names, or ``col("any name")``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from terraloom.errors import ConfigError

BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%"}
COMPARED = {ast.Eq: "=", ast.NotEq: "<>", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
TESTED = {ast.Is: "IS", ast.IsNot: "IS NOT"}
AMONG = {ast.In: "IN", ast.NotIn: "NOT IN"}

# Name in a spec -> what DuckDB is told. All are plain functions of their arguments.
FUNCTIONS = {
    **{name: name for name in ("upper", "lower", "trim", "length", "left", "right", "substr", "concat")},
    **{name: name for name in ("abs", "floor", "ceil", "round", "sqrt", "ln", "log10", "exp", "sign")},
    **{name: name for name in ("year", "month", "day", "hour", "minute", "dayofyear", "isodow")},
    **{
        name: name
        for name in ("coalesce", "nullif", "least", "greatest", "isfinite", "starts_with", "contains")
    },
}
TRUNCATED = {f"{span}_of": span for span in ("year", "month", "week", "day", "hour", "minute")}
# Of a text with an offset a `TIMESTAMP` would be the local time: read as what it says, and then made UTC.
CASTS = {"integer": "BIGINT", "number": "DOUBLE", "text": "VARCHAR", "time": "TIMESTAMPTZ", "date": "DATE"}


def parse(text: str) -> ast.expr:
    """The tree of an expression. Raises `ConfigError`."""
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError) as error:
        raise ConfigError("expression", text, f"an expression ({error})") from error


def sql(text: str) -> str:
    """An expression as SQL. Raises `ConfigError` that shows the part which is not allowed."""
    return of(parse(text))


def of(node: ast.expr) -> str:
    """The SQL of a tree. Raises `ConfigError`."""
    write = WRITERS.get(type(node))
    if write is None:
        raise _wrong(node, "columns, literals, operators and the functions of docs/aggregate.md")
    return write(node)


def columns(node: ast.expr) -> set[str]:
    """The columns that an expression reads."""
    if isinstance(node, ast.Name):
        return {node.id}
    if isinstance(node, ast.Call):
        inner = {_text(node)} if _name(node) == "col" else set()
        return inner.union(*(columns(part) for part in node.args))
    parts = [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
    return set().union(*map(columns, parts))


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """A constant as SQL."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float) and abs(value) < 1e300:
        return repr(value)
    if isinstance(value, str) and "\0" not in value:
        return "'" + value.replace("'", "''") + "'"
    raise ConfigError("constant", value, "a number, a text, True, False or None")


def _call(node: ast.Call) -> str:
    name, given = _name(node), node.args
    if node.keywords or any(isinstance(part, ast.Starred) for part in given):
        raise _wrong(node, "arguments without names or stars")
    if name == "col":
        return quoted(_text(node))
    if name in TRUNCATED and len(given) == 1:
        return f"date_trunc('{TRUNCATED[name]}', {of(given[0])})"
    if name in CASTS and len(given) == 1:
        cast = f"CAST({of(given[0])} AS {CASTS[name]})"
        return f"CAST({cast} AS TIMESTAMP)" if name == "time" else cast
    if name in FUNCTIONS and given:
        return f"{FUNCTIONS[name]}({', '.join(map(of, given))})"
    known = sorted([*FUNCTIONS, *TRUNCATED, *CASTS, "col"])
    raise _wrong(node, f"a function of these, with its arguments: {', '.join(known)}")


def _name(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _text(node: ast.Call) -> str:
    match node.args:
        case [ast.Constant(value=str(name))]:
            return name
    raise _wrong(node, 'col("name of a column")')


def _unary(node: ast.UnaryOp) -> str:
    if isinstance(node.op, ast.Not):
        return f"(NOT {of(node.operand)})"
    if isinstance(node.op, ast.USub):
        return f"(- {of(node.operand)})"  # the space: two of them begin a comment
    raise _wrong(node, "not or -")


def _binary(node: ast.BinOp) -> str:
    if type(node.op) not in BINARY:
        raise _wrong(node, "one of + - * / // %")
    return f"({of(node.left)} {BINARY[type(node.op)]} {of(node.right)})"


def _logical(node: ast.BoolOp) -> str:
    return "(" + (" AND " if isinstance(node.op, ast.And) else " OR ").join(map(of, node.values)) + ")"


def _compare(node: ast.Compare) -> str:
    """Chains as Python reads them: ``0 <= x < 5`` is both."""
    sides = [node.left, *node.comparators]
    links = [_link(a, op, b) for a, op, b in zip(sides, node.ops, sides[1:], strict=False)]
    return "(" + " AND ".join(links) + ")"


def _link(left: ast.expr, op: ast.cmpop, right: ast.expr) -> str:
    if type(op) in COMPARED:
        return f"{of(left)} {COMPARED[type(op)]} {of(right)}"
    if type(op) in TESTED and isinstance(right, ast.Constant) and right.value is None:
        return f"{of(left)} {TESTED[type(op)]} NULL"
    if type(op) in AMONG and isinstance(right, ast.Tuple | ast.List) and right.elts:
        return f"{of(left)} {AMONG[type(op)]} ({', '.join(map(of, right.elts))})"
    raise _wrong(right, "== != < <= > >=, is None, or in (…)")


def _choice(node: ast.IfExp) -> str:
    return f"CASE WHEN {of(node.test)} THEN {of(node.body)} ELSE {of(node.orelse)} END"


def _wrong(node: ast.AST, expected: str) -> ConfigError:
    return ConfigError("expression", ast.unparse(node), expected)


WRITERS: dict[type[ast.expr], Callable[..., str]] = {
    ast.Name: lambda node: quoted(node.id),
    ast.Constant: lambda node: literal(node.value),
    ast.Call: _call,
    ast.UnaryOp: _unary,
    ast.BinOp: _binary,
    ast.BoolOp: _logical,
    ast.Compare: _compare,
    ast.IfExp: _choice,
}
