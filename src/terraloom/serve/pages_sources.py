"""`/sources`: how each feed is, and one page with all that is known of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from terraloom.caches.sources import DAYS, days_of_sources
from terraloom.config import seconds
from terraloom.hazards import query
from terraloom.polling.alarms import alarms
from terraloom.records import Observation
from terraloom.serve import reads
from terraloom.serve.access import Reading, may_read, now, runtime
from terraloom.serve.answers import reply
from terraloom.serve.failures import ApiError
from terraloom.serve.forms import form_of, in_forms, rows_as_csv
from terraloom.serve.health import SourceHealth, judge
from terraloom.serve.rendering import page
from terraloom.sources import Source, registry

router = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)])

PAYLOADS, REJECTS = 12, 10
FIELDS = "source title provider agency condition says every_s age_s still_s licence url".split()


@in_forms(router, "/sources", "json", "csv")
def sources(request: Request, connection: Reading) -> Response:
    """The health of every source, with what it brought day by day."""
    found = _judged(request, connection, registry().values())
    given = request.query_params
    state, text, emits = given.get("state", ""), given.get("q", "").casefold(), given.get("emits", "")
    shown = [one for one in found if _passes(one, state, text, emits)]
    form = form_of(request)
    if form == "csv":
        return rows_as_csv(request, shown, FIELDS)
    if form == "json":
        return reply(request, shown)
    counts: dict[str, int] = {}
    for one in found:
        counts[one.condition] = counts.get(one.condition, 0) + 1
    return page(
        request,
        "sources.html",
        sources=shown,
        total=len(found),
        counts=counts,
        chosen={"state": state, "q": given.get("q", ""), "emits": emits},
        days=by_day(days_of_sources(connection, now(request)), now(request).date()),
        newest=reads.newest_values(connection, now(request)),
        alarms=alarms(connection),
        number_of_days=DAYS,
    )


@in_forms(router, "/sources/{source_id}", "json")
def source(request: Request, connection: Reading, source_id: str) -> Response:
    """One feed: what it is, how it is polled, what it brought, and what of that could not be read."""
    one = registry().get(source_id)
    if one is None:
        raise ApiError(404, "not_found", f"no source {source_id}", "source_id")
    [health] = _judged(request, connection, [one])
    days = days_of_sources(connection, now(request)).get(source_id, [])
    told: dict[str, Any] = {
        "health": health,
        "days": days,
        "metrics": reads.metrics_of_source(connection, source_id),
        "payloads": reads.newest_payloads(connection, source_id, limit=PAYLOADS),
        "quarantine": query.quarantine(connection, [source_id], limit=REJECTS),
    }
    if form_of(request) == "json":
        return reply(request, told)
    return page(
        request,
        "source.html",
        info=one.info,
        observes=one.info.emits is Observation,
        about=_about(one),
        every_s=health.every_s,
        default_every_s=seconds(one.info.every),
        bars=by_day({source_id: days}, now(request).date())[source_id],
        number_of_days=DAYS,
        **told,
    )


def _judged(request: Request, connection: Reading, chosen: Any) -> list[SourceHealth]:
    """Judged by our own clock: polls are ours, whatever time it is on the planet that they ask."""
    settings = runtime(request).settings
    return judge(chosen, query.poll_states(connection), settings, datetime.now(UTC))


def _passes(one: SourceHealth, state: str, text: str, emits: str) -> bool:
    emitted = "observations" if registry()[one.source].info.emits is Observation else "hazards"
    said = f"{one.source} {one.title} {one.provider} {one.agency}".casefold()
    return (not state or one.condition == state) and text in said and (not emits or emits == emitted)


def _about(one: Source) -> str:
    """What its author wrote of it: the first paragraphs of the class's docstring."""
    return " ".join((type(one).__doc__ or "").split())


def by_day(days: dict[str, list[dict[str, Any]]], today: date) -> dict[str, dict[str, Any]]:
    """For each source the records of each of the past `DAYS` days, the oldest first, and their sum."""
    first = today - timedelta(days=DAYS - 1)
    found: dict[str, dict[str, Any]] = {}
    for name, rows in days.items():
        records = [0] * DAYS
        for row in rows:
            n = (row["day"] - first).days
            if 0 <= n < DAYS:
                records[n] = row["records"]
        found[name] = {"records": records, "sum": sum(records), "today": records[-1]}
    return found
