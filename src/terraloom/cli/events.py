"""`terraloom events`: list, show, explain and export the record; decide pairs."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from psycopg import Connection
from pydantic import ValidationError

from terraloom.cli._export import Format, write
from terraloom.cli._show import AsJson, show_json, show_rows
from terraloom.cli._telling import tell
from terraloom.config import load
from terraloom.errors import ConfigError
from terraloom.hazards import query
from terraloom.hazards.query import Filters
from terraloom.hazards.views import Event, EventStory
from terraloom.runtime import open_runtime
from terraloom.serve import words

COLUMNS = ["id", "type", "onset", "mag", "alert", "by", "title"]  # `by`: how many agencies report it
FIELDS = [field.name for field in fields(Event)]
SHORT_ID = 8

Bbox = Annotated[str | None, typer.Option(help="west,south,east,north; west > east crosses the dateline.")]
Since = Annotated[str | None, typer.Option(help="Onset at or after, ISO 8601; UTC without an offset.")]
Until = Annotated[str | None, typer.Option(help="Onset before.")]
Active = Annotated[str | None, typer.Option("--active-since", help="Began, changed or valid at or after.")]
Types = Annotated[list[str] | None, typer.Option("--type", help="EQ TC FL VO DR WF TS LS SW OT; repeatable.")]
Least = Annotated[float | None, typer.Option("--min-magnitude")]
Most = Annotated[float | None, typer.Option("--max-magnitude")]
Alerts = Annotated[list[str] | None, typer.Option("--alert", help="GREEN YELLOW ORANGE RED; repeatable.")]
Agencies = Annotated[list[str] | None, typer.Option("--agency", help="With a report of it; repeatable.")]
Sources = Annotated[list[str] | None, typer.Option("--source", help="With a report of the feed; repeatable.")]
Text = Annotated[str, typer.Option("--text", help="In title, description or place, or an agency's id.")]
State = Annotated[str, typer.Option(help="current, retracted, merged or all.")]
Name = Annotated[str, typer.Argument(help="Event id, its first 8 digits or more, or an agency's id.")]
Pair = Annotated[str, typer.Argument(help="agency/id of a report.")]
Reason = Annotated[str, typer.Option(help="Why; kept with the decision.")]


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="The record: list, show, explain, export; decide pairs.", no_args_is_help=True)
    group.command("list")(list_events)
    group.command()(show)
    group.command()(explain)
    group.command()(export)
    group.command()(doubtful)
    group.command()(associate)
    group.command()(disassociate)
    app.add_typer(group, name="events")


def list_events(
    bbox: Bbox = None,
    since: Since = None,
    until: Until = None,
    active_since: Active = None,
    types: Types = None,
    min_magnitude: Least = None,
    max_magnitude: Most = None,
    alert: Alerts = None,
    agency: Agencies = None,
    source: Sources = None,
    text: Text = "",
    state: State = "current",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Most events listed.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List events, newest onset first."""
    filters = _filters(
        bbox,
        since,
        until,
        active_since,
        types,
        min_magnitude,
        max_magnitude,
        alert,
        agency,
        source,
        text,
        state,
    )
    with _connection() as connection:
        page = query.events(connection, filters, limit=limit)
    if as_json:
        return show_json(page)
    rows = [
        {
            "id": str(event.id)[:SHORT_ID],
            "type": event.event_type,
            "onset": words.began(event, seconds=False),
            "mag": None if event.magnitude is None else f"{event.magnitude:.1f}",
            "alert": event.alert,
            "by": len(event.agencies),
            "title": event.title,
        }
        for event in page.events
    ]
    show_rows(rows, COLUMNS, as_json=False)
    if page.next:
        typer.echo(f"Only the newest {limit}; --limit shows more.", err=True)
    return None


def show(event: Name, as_json: AsJson = False) -> None:
    """Show an event with everything that is known of it."""
    with _connection() as connection:
        story = _story(connection, event)
    if as_json:
        show_json(story)
        return
    facts = [{"field": name, "value": getattr(story.event, name)} for name in FIELDS]
    facts += [
        {"field": f"{m.name} ({m.source})", "value": f"{m.value:g} {m.unit}"} for m in story.measurements
    ]
    show_rows(facts, ["field", "value"], as_json=False)


def explain(event: Name, as_json: AsJson = False) -> None:
    """Tell how an event came to be: which reports, when, how far apart, why joined."""
    with _connection() as connection:
        story = _story(connection, event)
    if as_json:
        show_json({name: getattr(story, name) for name in ("event", "decisions", "doubtful", "sequence")})
    else:
        tell(story)


def export(
    bbox: Bbox = None,
    since: Since = None,
    until: Until = None,
    active_since: Active = None,
    types: Types = None,
    min_magnitude: Least = None,
    max_magnitude: Most = None,
    alert: Alerts = None,
    agency: Agencies = None,
    source: Sources = None,
    text: Text = "",
    state: State = "current",
    format: Annotated[Format, typer.Option(help="Of the file.")] = Format.JSONL,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File; else standard output.")] = None,
) -> None:
    """Write all events that pass, as JSON lines, GeoJSON, CSV or Parquet."""
    filters = _filters(
        bbox,
        since,
        until,
        active_since,
        types,
        min_magnitude,
        max_magnitude,
        alert,
        agency,
        source,
        text,
        state,
    )
    with _connection() as connection:
        count = write(query.every_event(connection, filters), format, output)
    typer.echo(f"{count} events", err=True)


def doubtful(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Most pairs listed.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List pairs just outside the rules, for a person to decide."""
    with _connection() as connection:
        page = query.doubtful(connection, limit=limit)
    if as_json:
        return show_json(page)
    rows = [
        {
            "a": f"{link.a.agency}/{link.a.id}",
            "b": f"{link.b.agency}/{link.b.id}",
            "km": None if link.distance_km is None else round(link.distance_km, 1),
            "s": None if link.dt_s is None else round(link.dt_s, 1),
            "reason": link.reason,
        }
        for link in page.links
    ]
    if not rows:
        return typer.echo("No pair is in doubt.")
    return show_rows(rows, ["a", "b", "km", "s", "reason"], as_json=False)


def associate(a: Pair, b: Pair, reason: Reason, as_json: AsJson = False) -> None:
    """Decide that two reports are one event. Wins over every rule, and survives a rebuild."""
    _decide(a, b, same=True, reason=reason, as_json=as_json)


def disassociate(a: Pair, b: Pair, reason: Reason, as_json: AsJson = False) -> None:
    """Decide that two reports are different events. Wins over every rule, and survives a rebuild."""
    _decide(a, b, same=False, reason=reason, as_json=as_json)


def _decide(a: str, b: str, *, same: bool, reason: str, as_json: bool) -> None:
    from terraloom.serve.operators import Association, ReportId
    from terraloom.serve.operators import associate as decide

    ends = []
    for name in (a, b):
        agency, slash, id = name.partition("/")
        if not (agency and slash and id):
            raise ConfigError("report", name, "agency/id, such as usgs/us7000abcd")
        ends.append(ReportId(agency=agency, id=id))
    wanted = Association(same=same, a=ends[0], b=ends[1], reason=reason)
    with open_runtime(load()) as runtime:
        done = decide(runtime, wanted, operator=getpass.getuser(), now=datetime.now(UTC))
    if as_json:
        show_json(done.model_dump())
    else:
        typer.echo(f"{done.merged} merged, {done.split} split, {done.updated} updated")


def _story(connection: Connection[Any], name: str) -> EventStory:
    event_id: UUID | None = query.find_event(connection, name)
    story = query.story(connection, event_id) if event_id else None
    if story is None:
        raise ConfigError("event", name, "an event's id or its beginning, or an agency's id")
    return story


def _filters(
    bbox: str | None,
    since: str | None,
    until: str | None,
    active_since: str | None,
    types: list[str] | None,
    min_magnitude: float | None,
    max_magnitude: float | None,
    alert: list[str] | None,
    agency: list[str] | None,
    source: list[str] | None,
    text: str,
    state: str,
) -> Filters:
    """The filters of the API, with its checks. Raises `ConfigError` that names the option."""
    from terraloom.serve.parameters import EventQuery

    given = {
        "bbox": bbox,
        "since": since,
        "until": until,
        "active_since": active_since,
        "type": types,
        "min_magnitude": min_magnitude,
        "max_magnitude": max_magnitude,
        "alert": alert,
        "agency": agency,
        "source": source,
        "q": text,
        "state": state,
    }
    try:
        return EventQuery.model_validate({k: v for k, v in given.items() if v is not None}).filters()
    except ValidationError as error:
        first = error.errors()[0]
        message = first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"--{first['loc'][0]}".replace("_", "-"), first["input"], message) from error


@contextmanager
def _connection() -> Iterator[Connection[Any]]:
    with open_runtime(load()) as runtime, runtime.pool.connection() as connection:
        yield connection
