"""`terraloom replay DIR`: recorded payloads through the whole pipeline."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from psycopg import Connection
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from terraloom.cli._counts import show_counts
from terraloom.cli._show import AsJson, show_json
from terraloom.config import load
from terraloom.hazards.outcome import COUNTS
from terraloom.hazards.population_raster import configured
from terraloom.ingest import MEASURED, IngestResult
from terraloom.replay import Recording, Skipped, find, replay
from terraloom.runtime import open_runtime

REJECTS = """
SELECT source, place, reason FROM quarantine WHERE payload_id = ANY(%s) ORDER BY source, payload_id, n
"""


def register(app: typer.Typer) -> None:
    app.command("replay")(replay_command)


def replay_command(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folders of recorded payloads, one a source.")
    ],
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Name every file that was left aside, and every bad record.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Feed recorded payloads through the pipeline as if they had just been fetched."""
    recordings, skipped = find(folder)
    totals: dict[str, dict[str, int]] = defaultdict(_blank)
    with (
        open_runtime(load()) as runtime,
        runtime.pool.connection() as connection,
        _progress(as_json) as progress,
    ):
        task = progress.add_task("replaying", total=len(recordings))

        def note(recording: Recording, result: IngestResult) -> None:
            _add(totals[recording.payload.source], result)
            progress.advance(task)

        rules = runtime.settings.correlation.rules()
        people = configured(runtime.settings.population)
        replay(connection, runtime.archive, recordings, rules, population=people, after_each=note)
        rejects = _rejects(connection, [recording.payload.id for recording in recordings])
    if as_json:
        rows = [{"source": source, **totals[source]} for source in sorted(totals)]
        show_json({"sources": rows, "skipped": [{"path": str(s.path), "reason": s.reason} for s in skipped]})
        return
    _show(totals)
    _show_rejects(rejects, verbose=verbose)
    _show_skipped(skipped, folder, verbose=verbose)


def _blank() -> dict[str, int]:
    return dict.fromkeys(("payloads", "already_applied", "records", "rejected", *COUNTS, *MEASURED), 0)


def _add(total: dict[str, int], result: IngestResult) -> None:
    total["payloads"] += 1
    total["already_applied"] += result.applied_seq is None
    for name in ("records", "rejected", *COUNTS, *MEASURED):
        total[name] += getattr(result, name)


def _progress(as_json: bool) -> Progress:
    return Progress(console=Console(stderr=True), transient=True, disable=as_json)


def _rejects(connection: Connection[Any], payloads: Sequence[UUID]) -> list[tuple[str, str, str]]:
    """Source, place and reason of each bad record of these payloads."""
    return connection.execute(REJECTS, [list(payloads)]).fetchall()


def _show(totals: Mapping[str, Mapping[str, int]]) -> None:
    show_counts(totals)
    before = sum(total["already_applied"] for total in totals.values())
    if before:
        typer.echo(f"{before} files had been applied before; they changed nothing.")


def _show_rejects(rejects: Sequence[tuple[str, str, str]], *, verbose: bool) -> None:
    """Every bad record, or one of each source with how many there are."""
    console = Console()
    counts = Counter(source for source, _, _ in rejects)
    first = {source: (place, reason) for source, place, reason in reversed(rejects)}
    if verbose:
        for source, place, reason in rejects:
            console.print(f"[red]bad[/] {escape(f'{source}, {place}: {reason}')}", highlight=False)
        return
    for source, (place, reason) in sorted(first.items()):
        line = f"[red]bad[/] {counts[source]} of {escape(source)}, such as {escape(f'{place}: {reason}')}"
        console.print(line, highlight=False)


def _show_skipped(skipped: Sequence[Skipped], root: Path, *, verbose: bool) -> None:
    console = Console()
    if verbose:
        for one in skipped:
            line = f"left aside {escape(str(one.path.relative_to(root)))}: {escape(one.reason)}"
            console.print(line, style="dim", highlight=False)
        return
    files = [s.path for s in skipped if s.path.is_file()]
    folders = len(skipped) - len(files)
    if folders:
        console.print(f"left aside: {folders} folder(s) that no source claims", style="dim", highlight=False)
    if files:
        by_folder = Counter(_folder(path, root) for path in files)
        where = ", ".join(f"{folder} {n}" for folder, n in sorted(by_folder.items()))
        line = f"left aside: {len(files)} files that are no payload of their folder's sources ({where})"
        console.print(escape(line), style="dim", highlight=False)
    if skipped:
        console.print("--verbose names them all", style="dim", highlight=False)


def _folder(path: Path, root: Path) -> str:
    inside = path.relative_to(root).parts
    return inside[0] if len(inside) > 1 else root.name
