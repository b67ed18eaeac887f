"""`POST /api/v1/observations/retractions`: values that an operator takes back. Needs an API key."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Self

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator

from terraloom.observations.retracting import concerned
from terraloom.observations.standing import hold
from terraloom.observations.wanted import Wanted, check
from terraloom.runtime import Runtime
from terraloom.serve.access import Writer, runtime
from terraloom.serve.failures import documented
from terraloom.serve.observation_query import Code, Time
from terraloom.serve.parameters import Word
from terraloom.sources import operator as operator_source

router = APIRouter(prefix="/api/v1", tags=["operators"], responses=documented(400, 401, 413, 422, 503))


class Retraction(BaseModel):
    """An operator's word on values of one series, at `since` <= time < `until`. There is no way back."""

    model_config = ConfigDict(extra="forbid")

    metric: Word
    station: Code
    since: Time
    until: Time
    reason: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]+$")]
    operator: Word | None = Field(default=None, description="Who decides; the key's name where absent.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since >= self.until:
            raise ValueError("since before until")
        return self

    def said(self, operator: str) -> operator_source.Retraction:
        """The same as it is archived."""
        fields = self.model_dump(exclude={"operator"})
        return operator_source.Retraction(**fields, operator=self.operator or operator)


class Retracted(BaseModel):
    """What became of it: it is archived as a payload, so a rebuild takes back the same values."""

    payload_id: str
    applied_seq: int | None
    withdrawn: int


@router.post("/observations/retractions", response_model=Retracted, status_code=201)
def retract_observations(request: Request, wanted: Retraction, key: Writer) -> Retracted:
    """Withdraw values of one series. They stay withdrawn, whatever their source repeats."""
    return retract(runtime(request), wanted.said(key), now=datetime.now(UTC))


def retract(runtime: Runtime, said: operator_source.Retraction, *, now: datetime) -> Retracted:
    """Archive a retraction as a payload of the source "operator" and ingest it like any other."""
    from terraloom.ingest import ingest

    rules = runtime.settings.correlation.rules()
    with runtime.pool.connection() as connection:
        check(connection, Wanted(metrics=[said.metric], stations=[said.station]))
        connection.commit()
        [result] = ingest(connection, runtime.archive, [operator_source.payload(said, now)], rules)
    return Retracted(
        payload_id=str(result.payload_id), applied_seq=result.applied_seq, withdrawn=result.withdrawn
    )


def foreseen(runtime: Runtime, said: operator_source.Retraction) -> int:
    """How many values a retraction would withdraw."""
    with runtime.pool.connection() as connection:
        hold(connection)
        check(connection, Wanted(metrics=[said.metric], stations=[said.station]))
        return concerned(connection, runtime.archive.store, said)
