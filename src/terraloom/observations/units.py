"""Units of measure by UCUM (https://ucum.org/ucum), converted by pint."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from ucumvert import PintUcumRegistry


_ANNOTATION = re.compile(r"\{[!-z|~]*\}")  # UCUM, section 6: printable ASCII between braces


class Conversion(Struct, frozen=True):
    """`scale` * value + `offset`: all that units of instruments need (temperatures have offsets)."""

    scale: float
    offset: float

    def __call__(self, value: float) -> float:
        return self.scale * value + self.offset


@cache
def conversion(given: str, wanted: str) -> Conversion | None:
    """From one UCUM unit to another; None where there is none, or either is no unit."""
    if given == wanted:
        return Conversion(1.0, 0.0)
    source, target = unit(given), unit(wanted)
    if source is None or target is None or not source.is_compatible_with(target):
        return None
    registry = _registry()
    zero, hundred = (
        registry.Quantity(x * source.magnitude, source.units).to(target.units).magnitude / target.magnitude
        for x in (0.0, 100.0)
    )
    return Conversion((hundred - zero) / 100.0, zero)


@cache
def unit(code: str) -> Any | None:
    """
    One of a UCUM code as a pint quantity (``4184.J`` is 4184 joules); None where it is no unit. Annotations
    count for nothing: ``{USD}`` is 1.
    """
    registry = _registry()  # outside: what cannot be loaded is no wrong unit
    try:
        return registry.from_ucum(_ANNOTATION.sub("", code) or (code and "1"))
    except Exception:  # the parser raises errors of its grammar, of lark and of pint alike
        return None


@cache
def _registry() -> PintUcumRegistry:
    # It takes a second to load, and most feeds are in the catalogue's units.
    from ucumvert import PintUcumRegistry

    return PintUcumRegistry()
