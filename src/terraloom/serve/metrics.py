"""`/v1/metrics`: counters read from the database, so that they are right however many processes work.

A counter kept in a process starts at zero with it and knows nothing of its neighbours; the tables that the
pipeline writes in its own transactions know everything. Durations come from the table `stage_timings`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import psycopg
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from terraloom.hazards import outbox, query, timings
from terraloom.hazards.query import Row
from terraloom.hazards.views import SourceState
from terraloom.polling.alarms import STATES, Alarm, alarms

COUNTERS = {
    "payloads": "Payloads archived",
    "bytes": "Bytes archived, before compression",
    "reports": "Records read",
    "quarantined": "Records that could not be read",
    "duplicates": "Reports dropped because the same bytes were accepted before",
    "stale": "Reports dropped because a newer one was accepted before",
    "created": "Events created",
    "updated": "Events updated",
    "correlated": "Reports joined to an event of other reports",
    "merged": "Events merged into another",
    "split": "Events split off",
    "retracted": "Reports retracted",
}
BREAKER_LEVEL = {"closed": 0, "half-open": 1, "open": 2}


class DatabaseCollector:
    """Everything that the tables say, at the moment of the scrape."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    def collect(self) -> Iterator[Metric]:
        yield from outcome_counters(query.totals(self.connection))
        yield from poll_metrics(query.poll_states(self.connection).values())
        yield from stage_histograms(timings.read(self.connection))
        yield GaugeMetricFamily("terraloom_outbox_head", "Newest change", value=query.head(self.connection))
        yield from followup_gauges(outbox.lag(self.connection), outbox.queued(self.connection))
        yield from alarm_gauges(alarms(self.connection))


def registry(connection: psycopg.Connection[Any]) -> CollectorRegistry:
    """A registry for one scrape."""
    found = CollectorRegistry(auto_describe=False)
    found.register(DatabaseCollector(connection))
    return found


def outcome_counters(totals: Iterable[Row]) -> Iterator[Metric]:
    """One counter per outcome, by source."""
    rows = list(totals)
    for name, help_text in COUNTERS.items():
        family = CounterMetricFamily(f"terraloom_{name}", help_text, labels=["source"])
        for row in rows:
            family.add_metric([row["source"]], float(row[name]))
        yield family


def poll_metrics(states: Iterable[SourceState]) -> Iterator[Metric]:
    """Polls and their errors, how long ago they were, and the breaker, by source."""
    polls = CounterMetricFamily("terraloom_polls", "Polls finished", labels=["source"])
    errors = CounterMetricFamily("terraloom_errors", "Polls that failed", labels=["source"])
    failures = GaugeMetricFamily("terraloom_consecutive_failures", "Failed polls in a row", labels=["source"])
    breaker = GaugeMetricFamily("terraloom_breaker", "0 closed, 1 half-open, 2 open", labels=["source"])
    lag = GaugeMetricFamily("terraloom_lag_seconds", "Receipt to commit, last poll", labels=["source"])
    ok_at = GaugeMetricFamily("terraloom_last_ok_timestamp_seconds", "Last good poll", labels=["source"])
    for state in states:
        label = [state.source]
        polls.add_metric(label, state.polls)
        errors.add_metric(label, state.errors)
        failures.add_metric(label, state.consecutive_failures)
        breaker.add_metric(label, BREAKER_LEVEL.get(state.breaker, 2))
        if state.lag_s is not None:
            lag.add_metric(label, state.lag_s)
        if state.last_ok_at is not None:
            ok_at.add_metric(label, state.last_ok_at.timestamp())
    yield from (polls, errors, failures, breaker, lag, ok_at)


def followup_gauges(lag: Mapping[str, int], queued: Mapping[tuple[str, str], int]) -> Iterator[Metric]:
    """What each follow-up has not seen yet, and what it has planned and not done."""
    backlog = GaugeMetricFamily("terraloom_backlog", "Changes not seen yet", labels=["followup"])
    for name, behind in lag.items():
        backlog.add_metric([name], behind)
    waiting = GaugeMetricFamily(
        "terraloom_queued",
        "Deliveries and requests pending, or given up (dead)",
        labels=["followup", "state"],
    )
    for (name, state), count in queued.items():
        waiting.add_metric([name, state], count)
    yield from (backlog, waiting)


def alarm_gauges(raised: Iterable[Alarm]) -> Iterator[Metric]:
    """Every alarm there can be: raised or not, and for how long what raised it has lasted."""
    by_state = {alarm.state: alarm for alarm in raised}
    alarm = GaugeMetricFamily(
        "terraloom_alarm", "1 where raised: `terraloom status` says why", labels=["state"]
    )
    age = GaugeMetricFamily("terraloom_alarm_age_seconds", "Age of the oldest, 0 if none", labels=["state"])
    for state in STATES:
        alarm.add_metric([state], state in by_state)
        age.add_metric([state], by_state[state].age_s if state in by_state else 0.0)
    yield from (alarm, age)


def stage_histograms(stages: Iterable[timings.Histogram]) -> Iterator[Metric]:
    """One histogram per stage: fetch, parse, decide, commit."""
    for stage in stages:
        family = HistogramMetricFamily(
            f"terraloom_{stage.stage}_seconds", f"Seconds to {stage.stage} a payload"
        )
        cumulative, buckets = 0, []
        for edge, count in zip(timings.EDGES_S, stage.counts, strict=True):
            cumulative += count
            buckets.append((timings.label(edge), cumulative))
        family.add_metric([], buckets=buckets, sum_value=stage.total_s)
        yield family
