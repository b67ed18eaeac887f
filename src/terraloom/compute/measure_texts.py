"""Measures as a spec writes them, such as ``sum(distance)`` or ``quantile(snr, 0.9)``, understood."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable
from typing import Any

import pyarrow as pa

from terraloom.compute import expressions
from terraloom.compute.measures import (
    Count,
    Distinct,
    Extreme,
    Histogram,
    Mean,
    Measure,
    Quantile,
    Sum,
    Top,
    Variance,
)
from terraloom.errors import ConfigError


def measure(text: str) -> Measure:
    """A measure as a spec writes it: ``sum(distance)``, ``quantile(snr, 0.9)``. Raises `ConfigError`."""
    node = expressions.parse(text)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in MAKERS:
        raise ConfigError("measure", text, "one of " + ", ".join(f"{name}(…)" for name in MAKERS))
    make, least, most = MAKERS[node.func.id]
    if not least <= len(node.args) <= most or node.keywords:
        raise ConfigError(
            "measure", text, f"{least} to {most} arguments" if most > least else f"{least} arguments"
        )
    return make(text, node.args)


def _made(kind: Callable[..., Measure], text: str, nodes: Iterable[ast.expr], **more: Any) -> Measure:
    nodes = list(nodes)
    reads = frozenset().union(*map(expressions.columns, nodes))
    return kind(text=text, x=tuple(map(expressions.of, nodes)), reads=reads, **more)


def _number(text: str, node: ast.expr) -> float:
    try:
        found = ast.literal_eval(node)
    except ValueError:
        found = None
    if isinstance(found, int | float) and math.isfinite(found):
        return float(found)
    raise ConfigError("measure", text, f"a number in place of {ast.unparse(node)}")


def _quantile(text: str, nodes: list[ast.expr]) -> Measure:
    q = _number(text, nodes[1]) if len(nodes) > 1 else 0.5
    if not 0 <= q <= 1:
        raise ConfigError("measure", text, "a share from 0 to 1")
    return _made(Quantile, text, nodes[:1], q=q, type=pa.float64())


SPAN = pa.list_(pa.struct({"from": pa.float64(), "to": pa.float64(), "count": pa.int64()}))
BINS = 10_000


def _histogram(text: str, nodes: list[ast.expr]) -> Measure:
    low, high, width = (_number(text, node) for node in nodes[1:])
    if not (low < high and width > 0 and (high - low) / width <= BINS):
        raise ConfigError("measure", text, f"low < high, and at most {BINS} spans of a width")
    return _made(Histogram, text, nodes[:1], low=low, high=high, width=width, type=SPAN)


def _top(text: str, nodes: list[ast.expr]) -> Measure:
    n = _number(text, nodes[0])
    if not (n.is_integer() and 1 <= n <= 1000):
        raise ConfigError("measure", text, "how many first: 1 to 1000")
    names = tuple(
        node.id if isinstance(node, ast.Name) else f"label_{k}" for k, node in enumerate(nodes[2:], 1)
    )
    return _made(Top, text, nodes[1:], n=int(n), names=names)


INT, FLOAT = pa.int64(), pa.float64()
Maker = Callable[[str, list[ast.expr]], Measure]
MAKERS: dict[str, tuple[Maker, int, int]] = {
    "count": (lambda text, nodes: _made(Count, text, nodes, type=INT), 0, 1),
    "sum": (lambda text, nodes: _made(Sum, text, nodes), 1, 1),
    "min": (lambda text, nodes: _made(Extreme, text, nodes, op="min"), 1, 1),
    "max": (lambda text, nodes: _made(Extreme, text, nodes, op="max"), 1, 1),
    "mean": (lambda text, nodes: _made(Mean, text, nodes, type=FLOAT), 1, 1),
    "variance": (lambda text, nodes: _made(Variance, text, nodes, root=False, type=FLOAT), 1, 1),
    "deviation": (lambda text, nodes: _made(Variance, text, nodes, root=True, type=FLOAT), 1, 1),
    "distinct": (lambda text, nodes: _made(Distinct, text, nodes, type=INT), 1, 8),
    "median": (lambda text, nodes: _quantile(text, nodes), 1, 1),
    "quantile": (_quantile, 2, 2),
    "histogram": (_histogram, 4, 4),
    "top": (_top, 2, 8),
}
"""Measures by name: how each is made, and how many arguments it takes."""
