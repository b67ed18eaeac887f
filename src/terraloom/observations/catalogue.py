"""The metric catalogue: every metric that a registered source observes, each said once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from msgspec import structs
from psycopg import Connection
from psycopg.rows import class_row

from terraloom.errors import ConfigError
from terraloom.records import Aggregate, Metric
from terraloom.sources import Source, SourceInfo, registry

METRIC = """
INSERT INTO metrics (id, title, unit, cf_standard_name, low, high, aggregate, field, description, hourly)
VALUES (%(id)s, %(title)s, %(unit)s, %(cf_standard_name)s, %(low)s, %(high)s, %(aggregate)s, %(field)s,
        %(description)s, %(hourly)s)
ON CONFLICT (id) DO UPDATE SET title = excluded.title, unit = excluded.unit,
    cf_standard_name = excluded.cf_standard_name, low = excluded.low, high = excluded.high,
    aggregate = excluded.aggregate, field = excluded.field, description = excluded.description,
    hourly = excluded.hourly
"""
KNOWN = """
SELECT id, title, unit, low, high, field, aggregate, cf_standard_name, description, hourly FROM metrics
ORDER BY id
"""
BEHIND = "INSERT INTO dirty_days SELECT metric, start FROM metric_days WHERE metric = ANY (%s)"
DATASOURCE = """
INSERT INTO datasources (id, title, provider, agency, url, homepage, licence, citation)
VALUES (%(id)s, %(title)s, %(provider)s, %(agency)s, %(url)s, %(homepage)s, %(licence)s, %(citation)s)
ON CONFLICT (id) DO UPDATE SET title = excluded.title, provider = excluded.provider, agency = excluded.agency,
    url = excluded.url, homepage = excluded.homepage, licence = excluded.licence, citation = excluded.citation
"""


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


def bring_up_to_date(connection: Connection[Any]) -> list[str]:
    """
    Take over what newer declarations say of metrics that the database knows; returns the ids of those that
    differed. Where values are summed up otherwise, the caches' days are behind. Does not commit.
    """
    with connection.cursor(row_factory=class_row(Metric)) as cursor:
        known = cursor.execute(KNOWN).fetchall()
    declared = catalogue()
    newer = [declared[m.id] for m in known if m.id in declared and not _same(declared[m.id], m)]
    for metric in newer:
        connection.execute(METRIC, _row(metric))
    connection.execute(BEHIND, [[metric.id for metric in newer]])
    return [metric.id for metric in newer]


def _same(one: Metric, other: Metric) -> bool:
    return _row(one) == _row(other)


def _row(metric: Metric) -> dict[str, Any]:
    return structs.asdict(metric) | {"aggregate": Aggregate(metric.aggregate).value}


def describe(connection: Connection[Any], info: SourceInfo) -> None:
    """Write a source and its metrics into the database as they are declared, for its SQL. Does not commit."""
    connection.execute(DATASOURCE, structs.asdict(info))
    for metric in sorted(info.metrics, key=lambda metric: metric.id):
        connection.execute(METRIC, _row(metric))
