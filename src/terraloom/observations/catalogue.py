"""The metric catalogue: every metric that a registered source observes, each said once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from terraloom.errors import ConfigError
from terraloom.records import Metric
from terraloom.sources import Source, registry


@cache
def catalogue() -> dict[str, Metric]:
    """All metrics by id, in alphabetical order. Raises `ConfigError` where two sources differ on one."""
    return collect(registry().values())


def collect(sources: Iterable[Source]) -> dict[str, Metric]:
    """The metrics of these sources."""
    found: dict[str, Metric] = {}
    for source in sources:
        for metric in source.info.metrics:
            if found.setdefault(metric.id, metric) != metric:
                raise ConfigError(
                    f"metric {metric.id}", source.info.id, "one definition, shared by its sources"
                )
    return dict(sorted(found.items()))
