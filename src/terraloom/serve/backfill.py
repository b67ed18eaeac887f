"""`/api/v1/backfill`: campaigns, jobs, the ledger. Reading is as open as the rest; writing needs a key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from msgspec import structs
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from terraloom.backfill import ledger, queue, seeding, views
from terraloom.backfill.jobs import PRIORITY, Campaign, Window
from terraloom.backfill.kinds import kinds
from terraloom.backfill.ledger import Line
from terraloom.backfill.views import Calendar, JobRow, Pause, Progress, Reason
from terraloom.serve.access import Reading, Writer, Writing, may_read
from terraloom.serve.answers import NOT_MODIFIED, reply
from terraloom.serve.failures import ApiError, documented
from terraloom.serve.parameters import Limit, Time, Word

router = APIRouter(
    prefix="/api/v1/backfill", tags=["backfill"], responses=documented(400, 401, 413, 422, 503)
)
reads = APIRouter(dependencies=[Depends(may_read)], responses={**documented(422), **NOT_MODIFIED})
MOST_JOBS = 20_000  # of one campaign made here; the command line takes more
EARLIEST, LATEST = datetime(1000, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)

State = Annotated[
    str, Query(pattern="^(pending|running|done|failed|cancelled)$", description="State of jobs.")
]
Text = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]
When = Annotated[Time, Field(ge=EARLIEST, le=LATEST)]
Priority = Annotated[int, Field(ge=-(10**6), le=10**6, description="Lower goes first.")]


class Wish(BaseModel):
    """A campaign: what is wanted of which archive."""

    model_config = ConfigDict(extra="forbid")

    kind: Word = Field(description="How the archive is asked: one of /api/v1/backfill/kinds.")
    source: Word = Field(description="The source whose parser reads the answers.")
    series: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")] = ""
    start: When | None = Field(None, description="Both or neither: neither is an archive as a whole.")
    end: When | None = None
    parameters: Annotated[dict[Word, Text], Field(max_length=50)] = {}
    step_s: float = Field(
        0.0, ge=0, le=1e10, allow_inf_nan=False, description="Span of a job; 0: the kind's."
    )
    priority: Priority = PRIORITY
    gaps: bool = Field(False, description="Plan only what the ledger misses.")


class Planned(BaseModel):
    """What became of the plan; the other jobs were known before, or are held already."""

    campaign: UUID
    jobs: int
    new: int
    again: int


class Choice(BaseModel):
    """Jobs that have all of this in common. Nothing at all chooses nothing: `all` chooses every one."""

    model_config = ConfigDict(extra="forbid")

    job: UUID | None = None
    campaign: UUID | None = None
    kind: Word | None = None
    host: Word | None = None
    source: Word | None = None
    says: Text = Field("", description="A part of the last reason.")
    reason: Text | None = Field(None, description="A reason as /api/v1/backfill/failures tells it.")
    all: bool = False

    def chosen(self) -> queue.Chosen:
        """The same for the queue. Raises `ApiError` where nothing is chosen."""
        given = self.model_dump(exclude={"all", "cancelled"})
        if not any(given.values()) and not self.all:
            raise ApiError(422, "invalid", "what jobs have in common, or all: true", "all")
        return queue.Chosen(**given)


class Again(Choice):
    cancelled: bool = Field(False, description="Cancelled ones too, not only those that failed.")


class Changed(BaseModel):
    jobs: int


class Halt(BaseModel):
    """A kind or a host: one of the two."""

    model_config = ConfigDict(extra="forbid")

    kind: Word | None = None
    host: Word | None = None

    def named(self) -> tuple[str, str]:
        """What, and its name. Raises `ApiError` where it is not just one."""
        if bool(self.kind) == bool(self.host):
            raise ApiError(422, "invalid", "a kind or a host", "kind")
        return ("kind", self.kind) if self.kind else ("host", str(self.host))


class Whole(BaseModel):
    """One campaign with its windows by day, month or year, and why jobs failed."""

    campaign: Progress
    calendar: Calendar
    failures: list[Reason]


class Story(BaseModel):
    """All that is known of a job."""

    model_config = ConfigDict(extra="allow")

    id: UUID
    state: str
    says: str
    history: list[dict[str, Any]]


@reads.get("/kinds", response_model=list[str])
def list_kinds(request: Request) -> Response:
    """The ways to ask an archive that are installed."""
    return reply(request, list(kinds()))


@reads.get("/campaigns", response_model=list[Progress])
def list_campaigns(request: Request, connection: Reading) -> Response:
    """Every campaign with its progress, rate and the time left."""
    return reply(request, views.campaigns(connection))


@router.post("/campaigns", response_model=Planned, status_code=201)
def seed(connection: Writing, wanted: Wish, key: Writer) -> Mapping[str, Any]:
    """Plan a campaign into jobs. The same window twice is one job, so that this may be said again."""
    if (wanted.start is None) != (wanted.end is None):
        raise ApiError(422, "invalid", "start and end, or neither", "end")
    window = Window(wanted.start, wanted.end) if wanted.start and wanted.end else None
    campaign = Campaign(
        kind=wanted.kind,
        source=wanted.source,
        series=wanted.series,
        window=window,
        parameters=wanted.parameters,
        step_s=wanted.step_s,
        priority=wanted.priority,
    )
    return structs.asdict(seeding.seed(connection, campaign, gaps=wanted.gaps, most=MOST_JOBS))


@reads.get("/campaigns/{campaign_id}", response_model=Whole, responses=documented(404))
def one_campaign(request: Request, connection: Reading, campaign_id: UUID) -> Response:
    """One campaign: progress, its windows by day, month or year, and why jobs failed."""
    found = views.campaigns(connection, only=campaign_id)
    if not found:
        raise ApiError(404, "not_found", f"no campaign {campaign_id}", "campaign_id")
    told = {
        "campaign": found[0],
        "calendar": views.calendar(connection, found[0]),
        "failures": views.reasons(connection, campaign=campaign_id),
    }
    return reply(request, told)


@reads.get("/jobs", response_model=list[JobRow])
def list_jobs(
    request: Request,
    connection: Reading,
    state: State | None = None,
    campaign: Annotated[UUID | None, Query(description="Of this campaign.")] = None,
    limit: Limit = 100,
) -> Response:
    """Jobs, those that ended last first."""
    return reply(request, views.jobs(connection, state=state, campaign=campaign, limit=limit))


@reads.get("/jobs/{job_id}", response_model=Story, responses=documented(404))
def explain(request: Request, connection: Reading, job_id: UUID) -> Response:
    """The whole story of a job: what it asks, why it waits, each attempt with its payloads."""
    story = views.explain(connection, job_id)
    if story is None:
        raise ApiError(404, "not_found", f"no job {job_id}", "job_id")
    return reply(request, story)


@reads.get("/failures", response_model=list[Reason])
def failures(request: Request, connection: Reading) -> Response:
    """Why jobs have failed, the most frequent reason first."""
    return reply(request, views.reasons(connection))


@reads.get("/coverage", response_model=list[Line])
def coverage(
    request: Request,
    connection: Reading,
    source: Annotated[Word | None, Query(description="Of this source.")] = None,
    gaps: Annotated[bool, Query(description="Only where something is missing.")] = False,
) -> Response:
    """The ledger: of what time each series is expected, held, known to be empty, and missing."""
    return reply(request, ledger.ledger(connection, source=source, gaps=gaps))


@reads.get("/pauses", response_model=list[Pause])
def pauses(request: Request, connection: Reading) -> Response:
    """What is paused."""
    return reply(request, views.pauses(connection))


@router.post("/retry", response_model=Changed)
def retry(connection: Writing, wanted: Again, key: Writer) -> Changed:
    """Ask for failed jobs again."""
    return Changed(jobs=queue.retry(connection, wanted.chosen(), cancelled=wanted.cancelled))


@router.post("/cancel", response_model=Changed)
def cancel(connection: Writing, wanted: Choice, key: Writer) -> Changed:
    """Give up jobs that are not done."""
    return Changed(jobs=queue.cancel(connection, wanted.chosen()))


@router.post("/pause", response_model=list[Pause])
def pause(connection: Writing, wanted: Halt, key: Writer) -> list[Pause]:
    """Hand out nothing of a kind, or for a host; returns all that is paused."""
    queue.pause(connection, *wanted.named())
    return views.pauses(connection)


@router.post("/resume", response_model=list[Pause])
def resume(connection: Writing, wanted: Halt, key: Writer) -> list[Pause]:
    """Hand out jobs of a kind, or for a host, again; returns what is still paused."""
    queue.resume(connection, *wanted.named())
    return views.pauses(connection)


router.include_router(reads)
