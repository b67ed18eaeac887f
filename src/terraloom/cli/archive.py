"""`terraloom archive`: look into the raw store, prove it whole, keep or let go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import Progress

from terraloom.archive import checking, entries, load_payload, retention
from terraloom.archive.manifest import find
from terraloom.cli._show import AsJson, show_json, show_rows
from terraloom.config import load, seconds
from terraloom.errors import ConfigError
from terraloom.runtime import open_runtime

COLUMNS = ("id", "source", "fetched_at")  # of the table; JSON has all

Ids = Annotated[list[str], typer.Argument(help="Payload ids, as `archive list` shows them.")]
Source = Annotated[str | None, typer.Option(help="Only payloads of this source.")]


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="The raw store: everything as it was received.", no_args_is_help=True)
    for command in (verify, show, pin, unpin, expire):
        group.command()(command)
    group.command("list")(list_payloads)
    app.add_typer(group, name="archive")


def verify(
    sweep: Annotated[bool, typer.Option(help="Drop bodies whose payloads have all expired.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read every body and compare it with the manifest. Exit status 1 where one is missing or altered."""
    with open_runtime(load()) as runtime, runtime.pool.connection() as connection:
        screen = Console(stderr=True)
        with Progress(console=screen, transient=True, disable=not screen.is_terminal) as bar:
            task = bar.add_task("verifying", total=len(checking.SHELVES))
            found = checking.verify(
                connection,
                runtime.archive,
                now=datetime.now(UTC),
                progress=lambda done, of: bar.update(task, completed=done, total=of),
            )
        swept = checking.sweep(connection, runtime.archive, found.leftovers) if sweep else 0
    if as_json:
        show_json({"verification": found, "swept": swept})
    else:
        _print_verification(found, swept)
    if found.problems:
        raise typer.Exit(1)


def _print_verification(found: checking.Verification, swept: int) -> None:
    for problem in found.problems:
        typer.echo(f"{problem.fault}: {problem.detail} (payloads: {', '.join(problem.payloads)})", err=True)
    typer.echo(
        f"{found.bodies} bodies, {found.bytes} bytes: {len(found.problems)} damaged or missing, "
        f"{len(found.leftovers)} left over from expired payloads ({swept} swept), "
        f"{len(found.orphans)} that no payload names"
    )


def list_payloads(
    source: Source = None,
    pinned: Annotated[bool, typer.Option(help="Only pinned payloads.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List payloads, the newest first."""
    with open_runtime(load()) as runtime, runtime.pool.connection() as connection:
        found = entries(connection, source=source, pinned=pinned or None, limit=limit)
        show_rows([entry.as_dict() for entry in found], COLUMNS, as_json=as_json)


def show(
    payload_id: Annotated[str, typer.Argument(help="A payload id.")],
    body: Annotated[Path | None, typer.Option(help="Write the body here; - is standard output.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show one payload's manifest row, or its body."""
    with open_runtime(load()) as runtime, runtime.pool.connection() as connection:
        if body is not None:
            return _write(load_payload(connection, runtime.archive, _uuid(payload_id)).body, body)
        entry = find(connection, _uuid(payload_id)).as_dict()
    if as_json:
        return show_json(entry)
    return show_rows([{"field": k, "value": v} for k, v in entry.items()], ("field", "value"), as_json=False)


def pin(ids: Ids) -> None:
    """Never let these payloads expire."""
    with open_runtime(load()) as runtime, runtime.pool.connection() as connection:
        retention.pin(connection, [_uuid(text) for text in ids])


def unpin(ids: Ids) -> None:
    """Let these payloads expire when their time comes."""
    with open_runtime(load()) as runtime, runtime.pool.connection() as connection:
        retention.unpin(connection, [_uuid(text) for text in ids])


def expire(
    older_than: Annotated[str, typer.Option(help="Age since it was fetched: 90d, 12h, …")],
    source: Source = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say what would go.")] = False,
    as_json: AsJson = False,
) -> None:
    """Drop bodies of old payloads that are applied and not pinned. A rebuild can then no longer read them."""
    now = datetime.now(UTC)
    before = now - timedelta(seconds=_age(older_than))
    with open_runtime(load()) as runtime, runtime.pool.connection() as connection:
        if not yes:
            count = retention.due(connection, before=before, source=source)
            return _print_expired({"would_expire": count}, as_json)
        done = retention.expire(connection, runtime.archive, before=before, now=now, source=source)
    return _print_expired({"payloads": done.payloads, "bodies": done.bodies, "bytes": done.bytes}, as_json)


def _print_expired(counts: dict[str, int], as_json: bool) -> None:
    if as_json:
        return show_json(counts)
    typer.echo(", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in counts.items()))
    if "would_expire" in counts:
        typer.echo("A rebuild cannot read expired payloads again. Repeat with --yes to drop them.")
    return None


def _write(body: bytes, path: Path) -> None:
    if str(path) == "-":
        typer.get_binary_stream("stdout").write(body)
    else:
        path.write_bytes(body)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise ConfigError("payload id", text, "a UUID, as `terraloom archive list` shows it") from error


def _age(text: str) -> float:
    try:
        return seconds(text)
    except ValueError as error:
        raise ConfigError("--older-than", text, "an age such as 90d, 12h or 30m") from error
