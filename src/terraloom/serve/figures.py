"""Measured values and their units as people write them, and small pictures of series as SVG paths."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from functools import cache

UNITS = {
    "1": "",
    "%": "%",
    "[kn_i]": "kn",
    "[mi_i]": "mi",
    "Cel": "°C",
    "deg": "°",
    "a": "years",
    "/a": "per year",
    "/min": "per min",
    "Mt/a": "Mt per year",
    "[pptr]": "ppt",
    "AU": "au",
    "{mag}": "mag",
    "{solar_mass}": "M☉",
    "{USD}": "USD",
    "10*6.km2": "million km²",
    "10*-22.W/(m2.Hz)": "sfu",
    "10*16/m2": "TECU",
    "10*22.J": "10²² J",
    "{rev}/d": "rev/d",
    "{1/earth_radius}": "per Earth radius",
}
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
GAP = 1 / 12
LARGE = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))


@cache
def unit(ucum: str) -> str:
    """A UCUM unit as people write it; what it has in braces alone only says what was counted."""
    if ucum in UNITS:
        return UNITS[ucum]
    if re.fullmatch(r"\{[^}]*\}", ucum):
        return ""
    plain = re.sub(r"[\[\]{}]", "", ucum).removeprefix("1/")
    plain = re.sub(r"(?<=[A-Za-z])-?\d+", lambda found: found[0].translate(SUPERSCRIPTS), plain)
    plain = re.sub(r"10\*(-?\d+)", lambda found: "10" + found[1].translate(SUPERSCRIPTS), plain)
    plain = re.sub(r"\bu(?=[A-Za-z])", "µ", plain).replace(".", " ")
    return f"per {plain.strip('()')}" if ucum.startswith("1/") else plain


def measured(value: float | None) -> str:
    """A measured value to four digits: 1,013; 0.0421; 8.24 billion; 3.2 × 10⁻⁷."""
    if value is None or not math.isfinite(value):
        return "–"
    size = abs(value)
    if size >= 1e15 or 0 < size < 1e-3:
        digits, power = f"{value:.2e}".split("e")
        return f"{digits.rstrip('0').rstrip('.')} × 10{str(int(power)).translate(SUPERSCRIPTS)}".replace(
            "-", "−"
        )
    for least, name in LARGE:
        if size >= least:
            return f"{value / least:,.2f}".rstrip("0").rstrip(".") + f" {name}"
    if size >= 1000:
        return f"{value:,.0f}".replace("-", "−")
    return f"{value:.4g}".replace("-", "−")


def count(value: float) -> str:
    """How many: in full up to 9,999, then to three digits."""
    for least, sign in ((1e9, "B"), (1e6, "M"), (1e4, "k")):
        if value >= least:
            scaled = value / (1e3 if sign == "k" else least)
            return f"{scaled:.3g}{sign}" if scaled < 1000 else f"{scaled:,.0f}{sign}"
    return f"{value:,.0f}"


def spark(values: Sequence[float | None], width: float = 120, height: float = 28, points: int = 60) -> str:
    """A line through a series as an SVG path; empty below two values.

    It is broken where a twelfth of it and more was not measured: what is measured monthly stays a line.
    """
    thinned = list(_thinned(values, points))
    known = [value for value in thinned if value is not None]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    spread = (high - low) or 1.0
    step = width / (len(thinned) - 1)
    parts, before = list[str](), -math.inf
    for n, value in enumerate(thinned):
        if value is None:
            continue
        y = height / 2 if high == low else height - (value - low) / spread * height
        parts.append(f"{'L' if n - before <= max(1, GAP * len(thinned)) else 'M'}{n * step:.1f} {y:.1f}")
        before = n
    return "".join(parts)


def bars(values: Sequence[float], width: float = 120, height: float = 28) -> str:
    """Bars from the floor as one SVG path; square roots, so that quiet days show beside a flood."""
    top = math.sqrt(max(values, default=0)) or 1.0
    step = width / max(1, len(values))
    return "".join(
        f"M{n * step:.1f} {height}v-{max(1.2, math.sqrt(value) / top * height):.1f}"
        f"h{step * 0.75:.1f}V{height}z"
        for n, value in enumerate(values)
        if value > 0
    )


def _thinned(values: Sequence[float | None], points: int) -> Iterator[float | None]:
    """At most `points` means of neighbours; None where a whole neighbourhood is unknown."""
    size = max(1, math.ceil(len(values) / points))
    for start in range(0, len(values), size):
        known = [value for value in values[start : start + size] if value is not None]
        yield sum(known) / len(known) if known else None
