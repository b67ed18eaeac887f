"""What operators write: decisions on pairs, and the polls of a source. Every one needs an API key."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from terraloom.config import seconds
from terraloom.runtime import Runtime
from terraloom.serve.access import Writer, Writing, runtime
from terraloom.serve.failures import ApiError, documented
from terraloom.serve.parameters import Word
from terraloom.sources import operator as operator_source
from terraloom.sources import registry

router = APIRouter(prefix="/api/v1", tags=["operators"], responses=documented(400, 401, 413, 422, 503))

SourceId = Annotated[str, Path(min_length=1, max_length=100, description="A source of /api/v1/sources.")]


class ReportId(BaseModel):
    """One agency's report, by any of its ids."""

    model_config = ConfigDict(extra="forbid")

    agency: Word
    id: Word


class Association(BaseModel):
    """An operator's word on two reports; it wins over every rule."""

    model_config = ConfigDict(extra="forbid")

    same: bool = Field(description="true: one event; false: two.")
    a: ReportId
    b: ReportId
    reason: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]+$")]
    operator: Word | None = Field(default=None, description="Who decides; the key's name where absent.")


class Decided(BaseModel):
    """What the decision did: it is archived as a payload, so a rebuild decides the same."""

    payload_id: str
    applied_seq: int | None
    merged: int
    split: int
    updated: int


class SourceAction(BaseModel):
    source: str
    action: str
    paused: bool | None = None


@router.post("/associations", response_model=Decided, status_code=201)
def decide_pair(request: Request, wanted: Association, key: Writer) -> Decided:
    """Say that two reports are one event, or that they are not."""
    return associate(runtime(request), wanted, operator=wanted.operator or key, now=datetime.now(UTC))


@router.post(
    "/sources/{source_id}/poll", response_model=SourceAction, status_code=202, responses=documented(404)
)
def poll_source(request: Request, connection: Writing, source_id: SourceId, key: Writer) -> SourceAction:
    """Ask for one poll now; a worker takes it up within about a second."""
    from terraloom.polling.state import trigger

    info = _known(source_id)
    own = runtime(request).settings.sources.get(source_id)
    trigger(connection, source_id, seconds(own.every if own and own.every else info.every))
    return SourceAction(source=source_id, action="poll")


@router.post("/sources/{source_id}/pause", response_model=SourceAction, responses=documented(404))
def pause_source(connection: Writing, source_id: SourceId, key: Writer) -> SourceAction:
    """Stop polling a source until it is resumed."""
    return _set_paused(connection, source_id, paused=True)


@router.post("/sources/{source_id}/resume", response_model=SourceAction, responses=documented(404))
def resume_source(connection: Writing, source_id: SourceId, key: Writer) -> SourceAction:
    """Poll a paused source again, from its next slot on."""
    return _set_paused(connection, source_id, paused=False)


def associate(runtime: Runtime, wanted: Association, *, operator: str, now: datetime) -> Decided:
    """Archive a decision as a payload of the source "operator" and ingest it like any other."""
    from terraloom.hazards.population_raster import configured
    from terraloom.ingest import ingest

    said = operator_source.Association(
        a=operator_source.Reference(wanted.a.agency, wanted.a.id),
        b=operator_source.Reference(wanted.b.agency, wanted.b.id),
        same=wanted.same,
        operator=operator,
        reason=wanted.reason,
    )
    payload = operator_source.payload(said, now)
    rules = runtime.settings.correlation.rules()
    people = configured(runtime.settings.population)
    with runtime.pool.connection() as connection:
        [result] = ingest(connection, runtime.archive, [payload], rules, population=people)
    if result.rejected:
        raise ApiError(422, "invalid", "a and b are the same report", "b")
    return Decided(
        payload_id=str(result.payload_id),
        applied_seq=result.applied_seq,
        merged=result.merged,
        split=result.split,
        updated=result.updated,
    )


def _set_paused(connection: Any, source_id: str, *, paused: bool) -> SourceAction:
    from terraloom.polling.state import set_paused

    _known(source_id)
    set_paused(connection, source_id, paused)
    return SourceAction(source=source_id, action="pause" if paused else "resume", paused=paused)


def _known(source_id: str) -> Any:
    found = registry().get(source_id)
    if found is None:
        raise ApiError(404, "not_found", f"no source {source_id!r}", "source_id")
    return found.info
