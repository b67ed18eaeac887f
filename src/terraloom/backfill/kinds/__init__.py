"""One file per way to ask an archive. `kinds()` finds them all: these, and third parties' by entry point."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points

from terraloom.backfill.jobs import Kind
from terraloom.errors import ConfigError

ENTRY_POINTS = "terraloom.backfill_kinds"


@cache
def kinds() -> dict[str, Kind]:
    """All kinds by name, in alphabetical order. Raises `ConfigError` where two claim one name."""
    classes = [cls for module in pkgutil.iter_modules(__path__) for cls in _in(module.name)]
    classes += [point.load() for point in entry_points(group=ENTRY_POINTS)]
    found: dict[str, Kind] = {}
    for cls in sorted(classes, key=lambda c: c.name):
        if cls.name in found:
            raise ConfigError("backfill kinds", cls.name, "one class per name")
        found[cls.name] = cls()
    return found


def kind(name: str) -> Kind:
    """The kind with this name. Raises `ConfigError` that lists the names there are."""
    if name not in kinds():
        raise ConfigError("kind", name, "one of " + ", ".join(kinds()))
    return kinds()[name]


def _in(module: str) -> list[type[Kind]]:
    """The kinds that a module defines (bases have no name of their own)."""
    namespace = vars(importlib.import_module(f"{__name__}.{module}"))
    return [
        value
        for value in namespace.values()
        if isinstance(value, type)
        and issubclass(value, Kind)
        and "name" in vars(value)
        and value.__module__ == namespace["__name__"]
    ]
