"""How each source is: a pure verdict on what its polls have met.

A poller that has stopped and a feed that has stopped moving are different troubles: the first is ours and
is an alarm, the second is the upstream's (or a quiet week) and is only said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from terraloom.config import Settings, seconds
from terraloom.hazards.views import SourceState
from terraloom.polling.alarms import Alarm
from terraloom.sources import Source

LATE_AFTER = 3.0
"""A poll is overdue when this many intervals have passed without one."""
STILL_AFTER = 20.0
"""A feed counts as still when nothing new came for this many intervals, and for `STILL_AFTER_S`."""
STILL_AFTER_S = 6 * 3600.0


class Condition(StrEnum):
    OK = "ok"
    STILL = "still"  # polled as planned; the feed has not moved for long
    NEW = "new"  # enabled, never polled yet
    FAILING = "failing"  # the last polls ended in errors
    LATE = "late"  # the poller itself is behind
    PAUSED = "paused"  # by an operator
    OFF = "off"  # not polled unless asked for


ALARMS = {Condition.FAILING, Condition.LATE}
ORDER = {Condition(word): n for n, word in enumerate("failing late paused ok still new off".split())}


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """One source: what it is, what its polls met, and the verdict in a word and a sentence."""

    source: str
    title: str
    provider: str
    agency: str
    url: str
    homepage: str
    licence: str
    citation: str
    every_s: float
    condition: str
    says: str
    age_s: float | None  # since the last poll
    still_s: float | None  # since the content last moved
    state: SourceState


@dataclass(frozen=True, slots=True)
class Lasting:
    """`count` things have been in `state` for longer than they should; the oldest for `age_s` seconds."""

    state: str  # waiting | polling | failed | pending | no-worker
    count: int
    age_s: float
    says: str


@dataclass(frozen=True, slots=True)
class Health:
    """
    The verdict on everything. `status` is ok, or degraded where a source is failing or late, or an alarm is
    raised. `at` is the record's clock: a simulated planet's, where its time is not ours.
    """

    status: str
    simulated: bool
    at: datetime
    database: str
    head: int  # newest change
    alarms: list[Lasting]  # what has been in one state for too long
    backlog: dict[str, int]  # changes that each follow-up has not seen yet
    counts: dict[str, int]  # sources by condition
    sources: list[SourceHealth]


def judge(
    sources: Iterable[Source], states: Mapping[str, SourceState], settings: Settings, now: datetime
) -> list[SourceHealth]:
    """The health of each source at `now`: those in trouble first, those that rest last, else as given."""
    found = [_judge_one(source, states.get(source.info.id), settings, now) for source in sources]
    return sorted(found, key=lambda one: ORDER[Condition(one.condition)])


def summarise(
    found: list[SourceHealth],
    alarms: Sequence[Alarm],
    *,
    simulated: bool,
    now: datetime,
    head: int,
    backlog: dict[str, int],
) -> Health:
    """The verdict on all of them together."""
    counts = {condition.value: 0 for condition in Condition}
    for one in found:
        counts[one.condition] += 1
    degraded = bool(alarms) or any(counts[alarm.value] for alarm in ALARMS)
    lasting = [Lasting(a.state, a.count, a.age_s, a.says) for a in alarms]
    return Health(
        status="degraded" if degraded else "ok",
        simulated=simulated,
        at=now,
        database="ok",
        head=head,
        alarms=lasting,
        backlog=backlog,
        counts=counts,
        sources=found,
    )


def _judge_one(source: Source, state: SourceState | None, settings: Settings, now: datetime) -> SourceHealth:
    info = source.info
    own = settings.sources.get(info.id)
    every_s = seconds(own.every if own and own.every else info.every)
    enabled = own.enabled if own and own.enabled is not None else info.enabled
    state = state or SourceState(info.id)
    age_s, still_s = _since(state.last_poll_at, now), _since(state.last_new_at, now)
    condition = _condition(state, every_s, enabled, age_s, still_s)
    return SourceHealth(
        source=info.id,
        title=info.title,
        provider=info.provider,
        agency=info.agency,
        url=info.url,
        homepage=info.homepage,
        licence=info.licence,
        citation=info.citation,
        every_s=every_s,
        condition=condition.value,
        says=_says(condition, state),
        age_s=age_s,
        still_s=still_s,
        state=state,
    )


def _condition(
    state: SourceState, every_s: float, enabled: bool, age_s: float | None, still_s: float | None
) -> Condition:
    if state.paused:
        return Condition.PAUSED
    if age_s is None:
        return Condition.NEW if enabled else Condition.OFF
    if enabled and age_s > LATE_AFTER * every_s:
        return Condition.LATE
    if state.consecutive_failures or state.breaker == "open":
        return Condition.FAILING
    if still_s is not None and still_s > max(STILL_AFTER * every_s, STILL_AFTER_S):
        return Condition.STILL
    return Condition.OK if enabled else Condition.OFF


def _says(condition: Condition, state: SourceState) -> str:
    if condition is Condition.FAILING:
        times = f"{state.consecutive_failures} polls in a row" if state.consecutive_failures else "last poll"
        breaker = f"; breaker {state.breaker}" if state.breaker != "closed" else ""
        return f"{times} failed: {state.last_error or 'no reason given'}{breaker}"
    return {
        Condition.OK: "polled as planned",
        Condition.STILL: "polled as planned; the feed itself has not moved",
        Condition.NEW: "not polled yet",
        Condition.LATE: "polls have stopped: is a worker running?",
        Condition.PAUSED: "paused by an operator",
        Condition.OFF: "polled only when asked for",
    }[condition]


def _since(at: datetime | None, now: datetime) -> float | None:
    return None if at is None else max(0.0, (now - at).total_seconds())
