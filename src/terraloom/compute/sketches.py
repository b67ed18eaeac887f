"""
Small summaries that merge exactly: in any order, in any grouping, to the same bits.

A sketch is rows, (group, cell, value), and merging takes the sum or the maximum of each cell, which SQL does
for any number of groups at once. That is why HyperLogLog and quantiles are ours: libraries keep an object for
each group, and their t-digest and KLL depend on the order of merging (decision 0630).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

PRECISION = 12  # 4096 registers: standard error 1.04 / sqrt(4096) = 1.6 %
REGISTERS = 1 << PRECISION
RANKS = 64 - PRECISION  # bits of the hash that are ranked

ACCURACY = 0.005  # a quantile's relative error
GROWTH = (1 + ACCURACY) / (1 - ACCURACY)  # of one cell's bounds
SHIFT = 100_000  # keeps cells of tiny values from crossing zero: those of the least double are -74,440


def register_sql(hashed: str) -> str:
    """The register of a 64-bit hash."""
    return f"CAST({hashed} & {REGISTERS - 1} AS USMALLINT)"


def rank_sql(hashed: str) -> str:
    """Where the lowest one stands in the remaining bits, from 1; one past the last where there is none."""
    rest = f"(({hashed} >> {PRECISION}) | (1::UBIGINT << {RANKS}))"
    return f"CAST(bit_count(xor({rest}, {rest} - 1)) AS UTINYINT)"


def distinct(ranks: Mapping[int, int]) -> int:
    """
    How many distinct values were seen, from how many registers hold each rank (registers without: rank 0).

    Ertl (2017), "New cardinality estimation algorithms for HyperLogLog sketches", algorithm 6: unbiased over
    the whole range without tables of corrections.
    """
    m = REGISTERS
    counts = [ranks.get(rank, 0) for rank in range(RANKS + 2)]
    counts[0] = m - sum(counts[1:])
    if counts[0] == m:
        return 0
    z = m * _tau(1 - counts[-1] / m)
    for rank in range(RANKS, 0, -1):
        z = (z + counts[rank]) / 2
    z += m * _sigma(counts[0] / m)
    return round(m * m / (2 * math.log(2) * z))


def _sigma(x: float) -> float:
    if x == 1:
        return math.inf
    y, z, before = 1.0, x, -1.0
    while z != before:
        x, before = x * x, z
        z, y = z + x * y, 2 * y
    return z


def _tau(x: float) -> float:
    if x in (0, 1):
        return 0.0
    y, z, before = 1.0, 1 - x, -1.0
    while z != before:
        x, before, y = math.sqrt(x), z, y / 2
        z -= (1 - x) ** 2 * y
    return z / 3


def cell_sql(x: str) -> str:
    """
    The cell of a finite number: cells grow by `GROWTH`, so that its middle is within `ACCURACY` of all of it.

    Masson, Rim & Lee (2019), "DDSketch: a fast and fully-mergeable quantile sketch with relative-error
    guarantees".
    """
    size = f"{SHIFT} + ceil(ln(abs({x})) / {math.log(GROWTH)!r})"
    return f"CASE WHEN {x} = 0 THEN 0 ELSE CAST(sign({x}) * ({size}) AS INTEGER) END"


def middle(cell: int) -> float:
    """The value that stands for a cell."""
    if cell == 0:
        return 0.0
    size = 2 * math.exp((abs(cell) - SHIFT) * math.log(GROWTH)) / (GROWTH + 1)
    return math.copysign(size, cell)


def quantile(cells: Mapping[int, int], q: float) -> float | None:
    """
    The value below or at which a share `q` of the values lies; None where there are none. `q` is the decimal
    that it is written as: nine tenths of ten values are nine, which 0.9 as a double is a little more than.
    """
    sought = max(1, math.ceil(Fraction(repr(q)) * sum(cells.values())))
    for cell in sorted(cells):
        sought -= cells[cell]
        if sought <= 0:
            return middle(cell)
    return None


def expansion(terms: Sequence[float]) -> list[float]:
    """The exact sum of doubles as the fewest doubles, largest first. Follows from the sum alone."""
    if not all(map(math.isfinite, terms)):
        return [sum(term for term in terms if not math.isfinite(term))]
    found: list[float] = []
    while rest := math.fsum([*terms, *(-part for part in found)]):
        found.append(rest)
    return found or [0.0]


def squares(n: int, total: float, deviations: float) -> list[float]:
    """
    The sum of squares of `n` values, as doubles that add up to it: from their sum and the sum of the squared
    deviations from their mean, as Chan, Golub & LeVeque (1983) merge them, but exactly.
    """
    if not (math.isfinite(total) and math.isfinite(deviations)):
        return [math.nan]
    rest, found = Fraction(deviations) + Fraction(total) ** 2 / n, []
    for _ in range(3):  # 159 bits: what cancels later is still there
        found.append(float(rest))
        rest -= Fraction(found[-1])
    return found


def variance(n: int, total: Fraction, squared: Fraction) -> float | None:
    """The sample variance from exact sums; None of fewer than two values."""
    return None if n < 2 else max(0.0, float((squared - total**2 / n) / (n - 1)))
