"""`/v1/health`, `/v1/metrics`, `/api/v1/sources`: how the house is."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from terraloom.hazards import outbox, query
from terraloom.polling.alarms import alarms
from terraloom.serve.access import Reading, may_read, now, runtime
from terraloom.serve.answers import reply
from terraloom.serve.failures import documented
from terraloom.serve.health import Health, SourceHealth, judge, summarise
from terraloom.serve.metrics import registry as metrics_registry
from terraloom.sources import registry

router = APIRouter(tags=["status"], dependencies=[Depends(may_read)], responses=documented(401, 503))


@router.get("/v1/health", response_model=Health)
def health(request: Request, connection: Reading) -> Response:
    """
    The state of every source's polls, what lasts too long, the follow-ups' backlog, and one verdict.

    200 while the service can answer, whatever the sources do: read `status`. 503 when the database is down.
    """
    settings = runtime(request).settings
    found = judge(registry().values(), query.poll_states(connection), settings, datetime.now(UTC))
    summary = summarise(
        found,
        alarms(connection),
        simulated=settings.simulated,
        now=now(request),
        head=query.head(connection),
        backlog=outbox.lag(connection),
    )
    return reply(request, summary)


@router.get(
    "/v1/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(connection: Reading) -> Response:
    """Counters, gauges and histograms in the Prometheus text format."""
    return Response(generate_latest(metrics_registry(connection)), media_type=CONTENT_TYPE_LATEST)


@router.get("/api/v1/sources", response_model=list[SourceHealth])
def list_sources(request: Request, connection: Reading) -> Response:
    """Every known source: what it is, how its polls go, and what came of its payloads."""
    settings = runtime(request).settings
    states = query.source_states(connection)
    return reply(request, judge(registry().values(), states, settings, datetime.now(UTC)))
