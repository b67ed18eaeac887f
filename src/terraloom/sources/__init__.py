"""One file per upstream feed. `registry()` finds them all: these, and third parties' by entry point."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points

from terraloom.errors import ConfigError
from terraloom.sources.base import Source, SourceInfo, each, reject_payload

__all__ = ["Source", "SourceInfo", "each", "lines", "registry", "reject_payload", "source"]

ENTRY_POINTS = "terraloom.sources"


@cache
def registry() -> dict[str, Source]:
    """All sources by id, in alphabetical order. Raises `ConfigError` where two claim one id."""
    classes: set[type[Source]] = set()
    for module in pkgutil.walk_packages(__path__, prefix=f"{__name__}."):
        classes |= _sources_in(vars(importlib.import_module(module.name)))
    classes |= {point.load() for point in entry_points(group=ENTRY_POINTS)}
    found: dict[str, Source] = {}
    for cls in sorted(classes, key=lambda c: c.info.id):
        if cls.info.id in found:
            raise ConfigError("sources", cls.info.id, "one class per source id")
        found[cls.info.id] = cls()
    return found


@cache
def lines() -> dict[str, str]:
    """The line of each feed: the list that it is a window on, else its own id."""
    return {source_id: found.info.line or source_id for source_id, found in registry().items()}


def source(source_id: str) -> Source:
    """The source with this id. Raises `ConfigError` that lists the ids there are."""
    sources = registry()
    if source_id not in sources:
        raise ConfigError("source", source_id, "one of " + ", ".join(sources))
    return sources[source_id]


def _sources_in(namespace: dict[str, object]) -> set[type[Source]]:
    """Concrete sources that a module defines (an `info` of their own; bases have none)."""
    return {
        value
        for value in namespace.values()
        if isinstance(value, type)
        and issubclass(value, Source)
        and "info" in vars(value)
        and value.__module__ == namespace["__name__"]
    }
