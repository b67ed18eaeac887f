"""`terraloom observations`: what was measured: query, export, explain; metrics, stations; cold files."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from terraloom.cli import _cold, _retract
from terraloom.cli._show import AsJson, show_json, show_rows
from terraloom.cli._wanted import (
    Agencies,
    Bbox,
    Each,
    Metrics,
    Most,
    Qualities,
    Since,
    Stations,
    Text,
    Until,
    asking,
    checked,
    wanted,
)
from terraloom.errors import ConfigError
from terraloom.observations import query, reading
from terraloom.observations.formats import Format, write
from terraloom.observations.reading import Page
from terraloom.observations.views import SeriesStory
from terraloom.observations.wanted import Resolution

PIECE = 50_000  # rows read at a time


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(
        help="What was measured: query, export, explain; move old months to files.", no_args_is_help=True
    )
    group.command("query")(query_values)
    group.command()(export)
    group.command()(metrics)
    group.command()(stations)
    group.command()(explain)
    group.command()(_retract.retract)
    group.command()(_cold.freeze)
    group.command()(_cold.thaw)
    group.command()(_cold.verify)
    group.command("cold")(_cold.list_cold)
    app.add_typer(group, name="observations")


def query_values(
    metric: Metrics = None,
    station: Stations = None,
    bbox: Bbox = None,
    since: Since = None,
    until: Until = None,
    resolution: Each = Resolution.RAW,
    quality: Qualities = None,
    limit: Most = 100,
    as_json: AsJson = False,
) -> None:
    """List values, by metric, station and time."""
    asked = wanted(metric, station, bbox, since, until, resolution, quality)
    with asking() as runtime, runtime.pool.connection() as connection:
        page = query.values(connection, runtime.archive.store, asked, limit=limit)
    if as_json:
        return show_json(page)
    last = "quality" if resolution is Resolution.RAW else "n"
    rows = [{name: getattr(v, name) for name in v.__dataclass_fields__} for v in page.values]
    show_rows(rows, ["station", "metric", "time", "value", "unit", last], as_json=False)
    if page.next:
        typer.echo(f"Only the first {limit}; --limit shows more, export writes all.", err=True)
    return None


def export(
    metric: Metrics = None,
    station: Stations = None,
    bbox: Bbox = None,
    since: Since = None,
    until: Until = None,
    resolution: Each = Resolution.RAW,
    quality: Qualities = None,
    format: Annotated[Format, typer.Option(help="Of the file.")] = Format.CSV,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File; else standard output.")] = None,
) -> None:
    """Write all values that pass, as CSV, JSON lines, Parquet or an Arrow stream."""
    asked = wanted(metric, station, bbox, since, until, resolution, quality)
    if output is None and format in (Format.ARROW, Format.PARQUET) and sys.stdout.isatty():
        raise ConfigError("--output", "a terminal", f"a file, or a pipe, since {format} is binary")
    with asking() as runtime, _counted() as count:
        pages = count(reading.pages(runtime.pool.connection, runtime.archive.store, asked, size=PIECE))
        _save(write(pages, asked.resolution, format), output)


def metrics(as_json: AsJson = False) -> None:
    """List the catalogue, and what there is of each metric."""
    with asking() as runtime, runtime.pool.connection() as connection:
        found = query.metrics(connection)
    if as_json:
        return show_json(found)
    rows = [
        {
            "id": one.id,
            "unit": one.unit,
            "n": one.n,
            "stations": one.stations,
            "newest": one.newest and one.newest.value,
            "at": one.newest and one.newest.time,
        }
        for one in found
    ]
    return show_rows(rows, ["id", "unit", "n", "stations", "newest", "at"], as_json=False)


def stations(
    metric: Metrics = None,
    bbox: Bbox = None,
    agency: Agencies = None,
    text: Text = "",
    limit: Most = 100,
    as_json: AsJson = False,
) -> None:
    """List stations, each with what it measures."""
    from terraloom.serve.observation_query import StationQuery

    asked = checked(StationQuery, metric=metric, bbox=bbox, agency=agency, q=text)
    with asking() as runtime, runtime.pool.connection() as connection:
        page = query.stations(connection, asked.filters(), limit=limit)
    if as_json:
        return show_json(page)
    rows = [
        {
            "id": one.id,
            "title": one.title,
            "lon": one.lon,
            "lat": one.lat,
            "metrics": " ".join(series.metric for series in one.series),
        }
        for one in page.stations
    ]
    show_rows(rows, ["id", "title", "lon", "lat", "metrics"], as_json=False)
    if page.next:
        typer.echo(f"Only the first {limit}; --limit shows more.", err=True)
    return None


def explain(
    metric: Annotated[str, typer.Argument(help="A metric's id.")],
    station: Annotated[str, typer.Argument(help="agency/code.")],
    time: Annotated[str | None, typer.Option(help="Of one value, ISO 8601: tells its versions.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what there is of a series, which values were revised, and every version of one of them."""
    asked = wanted([metric], [station], None, time, None, Resolution.RAW, None)
    with asking() as runtime, runtime.pool.connection() as connection:
        story = query.explain(connection, runtime.archive.store, metric, station, asked.since)
    if story is None:
        raise ConfigError("series", f"{metric} at {station}", "one of `terraloom observations stations`")
    show_json(story) if as_json else _tell(story)


def _tell(story: SeriesStory) -> None:
    series = story.series
    facts = [{"field": name, "value": getattr(series, name)} for name in series.__dataclass_fields__]
    show_rows(facts, ["field", "value"], as_json=False)
    if story.versions:
        rows = [{name: getattr(v, name) for name in v.__dataclass_fields__} for v in story.versions]
        show_rows(rows, ["revision", "value", "quality", "source", "fetched_at"], as_json=False)
    elif story.revised:
        rows = [{"time": one.time, "versions": one.versions} for one in story.revised]
        show_rows(rows, ["time", "versions"], as_json=False)


@contextmanager
def _counted() -> Iterator[Any]:
    """Counts the rows of pages as they pass: in a bar while they do, and in a line at the end."""
    screen = Console(stderr=True)
    told = TextColumn("{task.completed:,.0f} rows  {task.description}")
    shown = (SpinnerColumn(), told, TimeElapsedColumn())
    with Progress(*shown, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def count(pages: Iterable[Page]) -> Iterator[Page]:
            for page in pages:
                at = page.columns
                where = f"{at['metric'][-1]} at {at['station'][-1]}" if len(page) else ""
                bar.update(task, advance=len(page), description=where)
                yield page

        yield count
        rows = bar.tasks[task].completed
    typer.echo(f"{rows:.0f} values", err=True)


def _save(pieces: Iterator[bytes], path: Path | None) -> None:
    """Into a file that is whole or not there; without a path, to standard output."""
    if path is None:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as out:
            out.writelines(pieces)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
