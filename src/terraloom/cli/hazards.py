"""`terraloom hazards`: how well reports are grouped, measured on a table with known truth."""

from __future__ import annotations

import csv
import os
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import msgspec
import psycopg
import typer
from psycopg import Connection, sql
from psycopg.conninfo import make_conninfo
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from terraloom.archive import Archive
from terraloom.cli._show import AsJson, show_json
from terraloom.config import Settings, load
from terraloom.db.cluster import start_embedded
from terraloom.db.migrate import migrate
from terraloom.hazards import evaluation
from terraloom.hazards.evaluation import Case, Row
from terraloom.hazards.nodes import Key
from terraloom.hazards.rules import PROFILES, Profile


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="How reports are grouped into events.")
    group.callback()(lambda: None)  # one command is a group all the same
    group.command("evaluate")(evaluate)
    app.add_typer(group, name="hazards")


def evaluate(
    table: Annotated[Path, typer.Argument(help="Truth table, .csv or .csv.gz.", exists=True, dir_okay=False)],
    profile: Annotated[str, typer.Option(help="default, as-given or pdl; unset: all, side by side.")] = "",
    no_keys: Annotated[
        bool, typer.Option("--no-keys", help="Leave identity keys (storm names) out.")
    ] = False,
    groups: Annotated[Path | None, typer.Option(help="Write source, source_event_id, event_id here.")] = None,
    cases: Annotated[
        Path | None, typer.Option(help="Write the pairs that differ from the truth here.")
    ] = None,
    shuffles: Annotated[int, typer.Option(min=0, help="Repeat in so many other orders of arrival.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Run a truth table through the real pipeline and print pairwise precision and recall."""
    if profile and profile not in PROFILES:
        raise typer.BadParameter(
            f"{profile!r}, expected one of {', '.join(PROFILES)}", param_hint="--profile"
        )
    settings = load()
    rows = evaluation.read_table(table, keys=not no_keys)
    chosen: Sequence[Profile] = [p for p in PROFILES if profile in ("", p)]
    results: dict[str, dict[str, Any]] = {}
    screen = Console(stderr=True)
    with Progress(console=screen, transient=True, disable=not screen.is_terminal) as bar:
        for one in chosen:
            events = _events(settings, rows, one, bar)
            found, differing = evaluation.score(rows, events)
            results[one] = {"profile": one, **msgspec.structs.asdict(found)}
            if one == chosen[0]:
                results[one] |= _reordered(settings, rows, one, events, shuffles, bar)
                _write_groups(groups, events)
                _write_cases(cases, differing)
    first, *beside = results.values()
    if as_json:
        show_json({"table": table.name, **first, "beside": beside})
    else:
        _show(table.name, [first, *beside])


def _events(
    settings: Settings, rows: Sequence[Row], profile: Profile, bar: Progress, told: str = ""
) -> dict[Key, UUID]:
    """The event of each report, in a record of its own."""
    rules = settings.correlation.rules().with_profile(profile)
    task = bar.add_task(told or profile, total=len(rows))
    with scratch_database(settings) as connection, tempfile.TemporaryDirectory() as folder:
        archive = Archive.open(folder, fsync=False)
        return evaluation.run(connection, archive, rows, rules, progress=lambda done: bar.advance(task, done))


def _reordered(
    settings: Settings,
    rows: Sequence[Row],
    profile: Profile,
    events: Mapping[Key, UUID],
    shuffles: int,
    bar: Progress,
) -> dict[str, float]:
    """The largest share of grouped pairs that another order of arrival changes."""
    if not shuffles:
        return {}
    grouped = evaluation.pairs_of(events)
    others = (
        _events(settings, evaluation.shuffled(rows, seed), profile, bar, f"{profile}, order {seed + 1}")
        for seed in range(shuffles)
    )
    return {
        "changed_by_order": max(evaluation.changed_share(grouped, evaluation.pairs_of(o)) for o in others)
    }


@contextmanager
def scratch_database(settings: Settings) -> Iterator[Connection[Any]]:
    """A migrated database of its own beside the real one, dropped afterwards."""
    url = settings.database_url or start_embedded(settings.home)
    name = f"terraloom_scratch_{os.getpid()}_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            own = make_conninfo(url, dbname=name)
            migrate(_as_url(url, name))
            with psycopg.connect(own) as connection:
                connection.execute("SET timezone = 'UTC'")
                connection.commit()
                yield connection
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _as_url(url: str, name: str) -> str:
    """The same server, another database."""
    head, _, query = url.partition("?")
    return head.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else "")


def _write_groups(path: Path | None, events: Mapping[Key, UUID]) -> None:
    if path is not None:
        rows = [(*key, event_id) for key, event_id in sorted(events.items())]
        _write_csv(path, ("source", "source_event_id", "event_id"), rows)


def _write_cases(path: Path | None, cases: Sequence[Case]) -> None:
    if path is not None:
        header = ("verdict", "a_source", "a_id", "b_source", "b_id", "a_truth", "b_truth")
        _write_csv(path, header, [(c.verdict, *c.a, *c.b, c.truth_a, c.truth_b) for c in cases])


def _write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def _show(name: str, results: Sequence[dict[str, Any]]) -> None:
    shown = Table(
        "profile", "precision", "recall", "right", "wrong", "unknown", "events", title=name, box=None
    )
    for r in results:
        shown.add_row(
            *(str(r[c]) for c in ("profile", "precision", "recall", "right", "wrong", "unknown", "events"))
        )
    console = Console()
    console.print(shown)
    if "changed_by_order" in results[0]:
        console.print(f"changed by another order of arrival: {results[0]['changed_by_order']:.4%} of pairs")
