"""How `terraloom backfill` shows progress, the state of campaigns, and the story of a job."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.tree import Tree

from terraloom.backfill.ledger import Line, Span
from terraloom.backfill.queue import Left
from terraloom.cli._show import show_rows

CAMPAIGNS = (
    "id",
    "kind",
    "source",
    "series",
    "from",
    "to",
    "done",
    "failed",
    "cancelled",
    "left",
    "rows",
    "left_for",
)
GAPS_SHOWN = 3


@contextmanager
def show_progress(*, quiet: bool = False) -> Iterator[Callable[[int, Left], None]]:
    """A bar on a terminal (nothing elsewhere); what it gives is called with jobs ended and jobs left."""
    screen = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True, disable=quiet or not screen.is_terminal) as bar:
        task = bar.add_task("backfill", total=None)

        def update(ended: int, left: Left) -> None:
            total = ended + left.pending - left.paused + left.running
            said = f"backfill, {left.running} at work" + (f", {left.paused} paused" if left.paused else "")
            bar.update(task, completed=ended, total=total, description=said)

        yield update


def show_status(found: dict[str, Any]) -> None:
    """Campaigns, reasons of failures, gaps, pauses, alarms."""
    show_rows([_campaign_row(one) for one in found["campaigns"]], CAMPAIGNS, as_json=False)
    for reason in found["failures"]:
        typer.echo(f"{reason.jobs} failed, such as {str(reason.example)[:8]}: {reason.says}")
    for line in found["gaps"]:
        typer.echo(f"gap in {line.source}{f' ({line.series})' if line.series else ''}: {_gaps(line)}")
    for pause in found["pauses"]:
        typer.echo(f"paused: {pause.what} {pause.name}, since {pause.paused_at:%Y-%m-%d %H:%M}")
    for alarm in found["alarms"]:
        typer.echo(f"{alarm.state}: {alarm.says} (for {alarm.age_s:.0f} s)")


def _campaign_row(one: Any) -> dict[str, Any]:
    return {
        "id": str(one.id)[:8],
        "kind": one.kind,
        "source": one.source,
        "series": one.series,
        "from": one.start and f"{one.start:%Y-%m-%d}",
        "to": one.end and f"{one.end:%Y-%m-%d}",
        "done": one.done,
        "failed": one.failed,
        "cancelled": one.cancelled,
        "left": one.pending + one.running,
        "rows": one.rows,
        "left_for": duration(one.left_s),
    }


def _gaps(line: Line) -> str:
    shown = ", ".join(_span(span) for span in line.missing[:GAPS_SHOWN])
    more = len(line.missing) - GAPS_SHOWN
    return shown + (f" and {more} more" if more > 0 else "")


def _span(span: Span) -> str:
    if span.start is None or span.end is None:
        return "the archive as a whole"
    return f"{span.start:%Y-%m-%d %H:%M} to {span.end:%Y-%m-%d %H:%M}"


def duration(seconds: float | None) -> str:
    """In words: "40 s", "12 min", "3.4 h", "5.1 d"; nothing where it is not known."""
    if seconds is None:
        return ""
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} s"


def show_story(story: dict[str, Any]) -> None:
    """A job as a tree: what it is, how it stands, its attempts with their payloads."""
    span = f"{story['start']:%Y-%m-%d %H:%M} to {story['end']:%Y-%m-%d %H:%M}" if story["start"] else "all"
    tree = Tree(f"{story['kind']} of {story['source']}, {span}: {_state(story)}", highlight=False)
    tree.add(f"job {story['id']}, campaign {str(story['campaign'])[:8]}, host {story['host']}")
    if story["parameters"]:
        tree.add("asked with " + ", ".join(f"{k}={v}" for k, v in sorted(story["parameters"].items())))
    if story["parent"]:
        tree.add(f"a part of {story['parent']}, whose window was too much for one answer")
    for attempt in story["history"]:
        _add_attempt(tree, attempt)
    for child in story["children"]:
        tree.add(f"instead: {child}")
    Console().print(tree, markup=False, highlight=False)


def _state(story: dict[str, Any]) -> str:
    if story["state"] != "pending":
        return f"{story['state']} ({story['says']})" if story["says"] else str(story["state"])
    if story["paused"]:
        return f"waits: paused is {' and '.join(story['paused'])}"
    return f"waits, due {story['due_at']:%Y-%m-%d %H:%M:%S}, {story['before']} of its host go before it"


def _add_attempt(tree: Tree, attempt: dict[str, Any]) -> None:
    says = f": {attempt['says']}" if attempt["says"] else ""
    branch = tree.add(
        f"attempt {attempt['attempt']} {attempt['outcome']} at {attempt['ended_at']:%Y-%m-%d %H:%M:%S} after "
        f"{attempt['duration_s']:.1f} s on {attempt['worker']}{says}"
    )
    for payload in attempt["payloads"]:
        read = "not applied" if payload["applied_seq"] is None else f"{payload['records']} records"
        bad = f", {payload['rejected']} in quarantine" if payload["rejected"] else ""
        branch.add(f"{payload['url']}: HTTP {payload['status']}, {payload['bytes']} bytes, {read}{bad}")
