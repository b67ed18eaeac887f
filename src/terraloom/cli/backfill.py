"""`terraloom backfill`: plan what archives hold into jobs, work them off, watch and mend."""

from __future__ import annotations

import signal
import threading
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from msgspec.structs import replace

from terraloom import logs
from terraloom.cli._backfill_telling import show_progress, show_story
from terraloom.cli._show import AsJson, show_json, show_rows
from terraloom.config import load, seconds
from terraloom.errors import ConfigError

if TYPE_CHECKING:
    from psycopg import Connection

    from terraloom.backfill.jobs import Campaign, Window
    from terraloom.backfill.queue import Chosen

LOOK_EVERY_S = 0.5  # at what there is left to do

JobId = Annotated[str | None, typer.Argument(help="A job's id, or its beginning.")]
OfCampaign = Annotated[str, typer.Option("--campaign", help="Jobs of this campaign (its id's beginning).")]
OfKind = Annotated[str, typer.Option("--kind", help="Jobs of this kind.")]
OfHost = Annotated[str, typer.Option("--host", help="Jobs for this host.")]
OfSource = Annotated[str, typer.Option("--source", help="Jobs for this source.")]
OfReason = Annotated[str, typer.Option("--says", help="Jobs whose last reason contains this text.")]
All = Annotated[bool, typer.Option("--all", help="All of them.")]


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="Bring in what archives hold: plan, run, watch, mend.", no_args_is_help=True)
    for command in (seed, run, status, retry, cancel, pause, resume, explain):
        group.command()(command)
    app.add_typer(group, name="backfill")


def seed(
    name: Annotated[str, typer.Argument(help="A ready campaign, or a kind; an unknown one lists them all.")],
    source: Annotated[str, typer.Argument(help="Of a kind: the source whose parser reads the answers.")] = "",
    start: Annotated[str, typer.Option("--from", help="2010, 2010-06, 2010-06-01 or a time; UTC.")] = "",
    end: Annotated[
        str, typer.Option("--to", help="Where it ends (not part of it). Default: this hour.")
    ] = "",
    series: Annotated[str, typer.Option(help="What of the source: a dataset, a station.")] = "",
    given: Annotated[list[str] | None, typer.Option("--set", help="name=value, for the kind.")] = None,
    step: Annotated[str, typer.Option(help="Span of one job: 12h, 30d. Default: the kind's own.")] = "",
    priority: Annotated[int | None, typer.Option(help="Lower goes first. Default: 100.")] = None,
    gaps: Annotated[bool, typer.Option("--gaps", help="Plan only what the ledger misses.")] = False,
    as_json: AsJson = False,
) -> None:
    """Plan a campaign into jobs and put them into the queue. The same window twice is one job."""
    from terraloom.backfill import seeding
    from terraloom.runtime import open_runtime

    begun = _campaign(name, source)
    campaign = replace(
        begun,
        series=series or begun.series,
        window=_window(start, end),
        parameters={**begun.parameters, **dict(_pair(one) for one in given or [])},
        step_s=_step(step) or begun.step_s,
        priority=begun.priority if priority is None else priority,
    )
    seeding.planned(campaign)  # says what is wrong with it before anything is opened
    with open_runtime(load()) as runtime, runtime.pool.connection() as connection:
        seeded = seeding.seed(connection, campaign, gaps=gaps)
    if as_json:
        return show_json(seeded)
    others = seeded.jobs - seeded.new - seeded.again
    again = f", {seeded.again} wanted again" if seeded.again else ""
    typer.echo(
        f"campaign {str(seeded.campaign)[:8]}: {seeded.new} new jobs{again}, "
        f"{others} known before" + (" or held already" if gaps else "")
    )
    return None


def run(as_json: AsJson = False) -> None:
    """
    Work until nothing is left to do. Workers that run elsewhere on the same database take their part.

    Exit status 1 where jobs have failed meanwhile. Ctrl-C lets those at work end; the rest stays.
    """
    from terraloom.backfill import queue
    from terraloom.polling.opening import open_poller
    from terraloom.polling.running import RuledIngest
    from terraloom.polling.worker import Worker
    from terraloom.runtime import open_runtime

    settings, stop = load(), threading.Event()
    logs.configure(settings.logs.model_copy(update={"level": "warning"}))  # the bar says the rest
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as stack:
        runtime = stack.enter_context(open_runtime(settings))
        connection = stack.enter_context(runtime.pool.connection())
        connection.autocommit = True
        began = _ended(connection, datetime.now(UTC))["now"]
        poller = stack.enter_context(open_poller(runtime, RuledIngest(settings)))
        worker = Worker(poller, polls=False)
        worker.start()
        stack.callback(worker.stop)
        update = stack.enter_context(show_progress(quiet=as_json))
        left = queue.left(connection)
        while not left.nothing and not stop.wait(LOOK_EVERY_S):
            left, ended = queue.left(connection), _ended(connection, began)
            update(ended["done"] + ended["failed"], left)
        ended = _ended(connection, began)
    _tell_run(ended, left, as_json=as_json)


def _ended(connection: Connection[Any], began: datetime) -> dict[str, Any]:
    """Jobs that ended since, by state, and the database's time."""
    row = connection.execute(
        "SELECT count(*) FILTER (WHERE state = 'done'), count(*) FILTER (WHERE state = 'failed'), "
        "coalesce(sum(rows), 0)::bigint, clock_timestamp() FROM backfill_jobs WHERE ended_at >= %s",
        [began],
    ).fetchone()
    assert row is not None
    return dict(zip(("done", "failed", "rows", "now"), row, strict=True))


def _tell_run(ended: dict[str, Any], left: Any, *, as_json: bool) -> None:
    told = {name: ended[name] for name in ("done", "failed", "rows")}
    if as_json:
        show_json({**told, "left": left})
    else:
        waiting = left.pending + left.running
        rest = f"; {waiting} left ({left.paused} paused)" if waiting else ""
        typer.echo(f"{told['done']} jobs done, {told['failed']} failed, {told['rows']} records{rest}")
    if told["failed"]:
        raise typer.Exit(1)


def status(as_json: AsJson = False) -> None:
    """Show campaigns, why jobs failed, gaps in the ledger, pauses and alarms. Exit status 1 on an alarm."""
    from terraloom.backfill import views
    from terraloom.backfill.ledger import ledger
    from terraloom.cli._backfill_telling import show_status
    from terraloom.polling.alarms import alarms
    from terraloom.runtime import open_runtime

    with open_runtime(load()) as runtime, runtime.pool.connection() as connection:
        found = {
            "campaigns": views.campaigns(connection),
            "failures": views.reasons(connection),
            "gaps": ledger(connection, gaps=True),
            "pauses": views.pauses(connection),
            "alarms": [alarm for alarm in alarms(connection) if alarm.state.startswith("jobs")],
        }
    if as_json:
        show_json(found)
    else:
        show_status(found)
    if found["alarms"]:
        raise typer.Exit(1)


def retry(
    job: JobId = None,
    campaign: OfCampaign = "",
    kind: OfKind = "",
    host: OfHost = "",
    source: OfSource = "",
    says: OfReason = "",
    cancelled: Annotated[bool, typer.Option("--cancelled", help="Cancelled ones too.")] = False,
    every: All = False,
    as_json: AsJson = False,
) -> None:
    """Ask for failed jobs again: one, those that the options choose, or all."""
    from terraloom.backfill import queue

    def again(connection: Connection[Any], chosen: Chosen) -> int:
        return queue.retry(connection, chosen, cancelled=cancelled)

    _do("retried", again, (job, campaign, kind, host, source, says), every, as_json)


def cancel(
    job: JobId = None,
    campaign: OfCampaign = "",
    kind: OfKind = "",
    host: OfHost = "",
    source: OfSource = "",
    says: OfReason = "",
    every: All = False,
    as_json: AsJson = False,
) -> None:
    """Give up jobs that are not done. What one at work has fetched stays."""
    from terraloom.backfill import queue

    _do("cancelled", queue.cancel, (job, campaign, kind, host, source, says), every, as_json)


def pause(kind: OfKind = "", host: OfHost = "", as_json: AsJson = False) -> None:
    """Hand out no more jobs of a kind, or for a host. Those at work end."""
    _set_paused(kind, host, paused=True, as_json=as_json)


def resume(kind: OfKind = "", host: OfHost = "", as_json: AsJson = False) -> None:
    """Hand out jobs of a kind, or for a host, again."""
    _set_paused(kind, host, paused=False, as_json=as_json)


def explain(
    job: Annotated[str, typer.Argument(help="A job's id, or its beginning.")], as_json: AsJson = False
) -> None:
    """Tell the whole story of a job: what it asks, why it waits, each attempt and its payloads."""
    from terraloom.backfill import views
    from terraloom.runtime import open_runtime

    with open_runtime(load()) as runtime, runtime.pool.connection() as connection:
        story = views.explain(connection, views.find(connection, job))
    assert story is not None, "it was found just now"
    show_json(story) if as_json else show_story(story)


def _campaign(name: str, source: str) -> Campaign:
    """The ready campaign of this name, or a bare one of a kind and a source. Raises `ConfigError`."""
    from terraloom.backfill.jobs import Campaign
    from terraloom.backfill.kinds import kinds
    from terraloom.backfill.known import campaigns

    if source:
        return Campaign(kind=name, source=source)
    ready = campaigns()
    if name not in ready:
        expected = f"one of {', '.join(ready)}; or a kind ({', '.join(kinds())}) and a source"
        raise ConfigError("campaign", name, expected)
    return ready[name]


def _window(start: str, end: str) -> Window | None:
    """The span from `start` to `end`, or to this hour; none for an archive as a whole."""
    from terraloom.backfill.jobs import Window

    if end and not start:
        raise ConfigError("--from", start, "where the span begins, or no --to for an archive as a whole")
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    return Window(moment("--from", start), moment("--to", end) if end else now) if start else None


def moment(option: str, text: str) -> datetime:
    """The time that an option names; a year or month means its beginning. Raises `ConfigError`."""
    for form in ("%Y", "%Y-%m"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(option, text, "2010, 2010-06, 2010-06-01 or 2010-06-01T12:00:00Z") from error
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (sign and name):
        raise ConfigError("--set", text, "name=value")
    return name, value


def _step(text: str) -> float:
    try:
        return seconds(text) if text else 0.0
    except ValueError as error:
        raise ConfigError("--step", text, "a duration such as 12h or 30d") from error


def _do(what: str, act: Any, given: tuple[str | None, ...], every: bool, as_json: bool) -> None:
    """Do something to the chosen jobs, and tell to how many."""
    from terraloom.backfill import views
    from terraloom.backfill.queue import Chosen
    from terraloom.runtime import open_runtime

    job, campaign, kind, host, source, says = given
    if any(given) == every:
        raise ConfigError("JOB", job or "", "a job, options that choose some, or --all")
    with open_runtime(load()) as runtime, runtime.pool.connection() as connection:
        chosen = Chosen(
            job=views.find(connection, job) if job else None,
            campaign=views.find(connection, campaign, campaign=True) if campaign else None,
            kind=kind or None,
            host=host or None,
            source=source or None,
            says=says or "",
        )
        count = act(connection, chosen)
    show_json({what: count}) if as_json else typer.echo(f"{count} jobs {what}")


def _set_paused(kind: str, host: str, *, paused: bool, as_json: bool) -> None:
    from terraloom.backfill import queue, views
    from terraloom.runtime import open_runtime

    if bool(kind) == bool(host):
        raise ConfigError("--kind, --host", kind or host, "one of the two")
    what, name = ("kind", kind) if kind else ("host", host)
    with open_runtime(load()) as runtime, runtime.pool.connection() as connection:
        (queue.pause if paused else queue.resume)(connection, what, name)
        now = views.pauses(connection)
    if as_json:
        show_json(now)
    else:
        show_rows(
            [{"what": p.what, "name": p.name, "since": p.paused_at} for p in now],
            ("what", "name", "since"),
            as_json=False,
        )
        typer.echo(f"{what} {name}: {'paused' if paused else 'not paused'}")
