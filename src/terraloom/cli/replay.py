"""`terraloom replay DIR`: recorded payloads through the whole pipeline."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from terraloom.cli._show import AsJson, show_json, show_rows
from terraloom.config import load
from terraloom.hazards.decide import COUNTS
from terraloom.ingest import IngestResult
from terraloom.replay import Recording, Skipped, find, replay
from terraloom.runtime import open_runtime

COLUMNS = (
    "source",
    "payloads",
    "records",
    "rejected",
    "created",
    "correlated",
    "updated",
    "duplicate",
    "stale",
)


def register(app: typer.Typer) -> None:
    app.command("replay")(replay_command)


def replay_command(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folders of recorded payloads, one a source.")
    ],
    as_json: AsJson = False,
) -> None:
    """Feed recorded payloads through the pipeline as if they had just been fetched."""
    recordings, skipped = find(folder)
    totals: dict[str, dict[str, Any]] = defaultdict(_blank)
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
        replay(connection, runtime.archive, recordings, rules, after_each=note)
    rows = [{"source": source, **totals[source]} for source in sorted(totals)]
    if as_json:
        show_json({"sources": rows, "skipped": [{"path": str(s.path), "reason": s.reason} for s in skipped]})
        return
    show_rows(rows, COLUMNS, as_json=False)
    _show_skipped(skipped, folder)


def _blank() -> dict[str, Any]:
    return dict.fromkeys(("payloads", "already_applied", "records", "rejected", *COUNTS), 0)


def _add(total: dict[str, Any], result: IngestResult) -> None:
    total["payloads"] += 1
    total["already_applied"] += result.applied_seq is None
    for name in ("records", "rejected", *COUNTS):
        total[name] += getattr(result, name)


def _progress(as_json: bool) -> Progress:
    return Progress(console=Console(stderr=True), transient=True, disable=as_json)


def _show_skipped(skipped: list[Skipped], root: Path) -> None:
    folders = [s.path.name for s in skipped if s.path.is_dir()]
    files = [s for s in skipped if s.path.is_file()]
    console = Console()
    for one in files:
        console.print(f"skipped {one.path.relative_to(root)}: {one.reason}", style="dim", highlight=False)
    if folders:
        console.print(f"no source claims {len(folders)} folders: {', '.join(folders)}", style="dim")
