"""`terraloom webhooks`: who is told of what, what was sent, and sending it again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
import typer

from terraloom.cli._show import AsJson, show_json, show_rows
from terraloom.config import load
from terraloom.errors import ConfigError
from terraloom.hazards import webhooks
from terraloom.runtime import open_runtime

HOOKS = ("id", "active", "url")  # of the table; JSON has all, as below
DELIVERIES = ("id", "state", "attempts", "last_status", "last_error")

HookId = Annotated[str, typer.Argument(help="A subscription's id, as `webhooks list` shows it.")]


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="Tell other systems of every change.", no_args_is_help=True)
    for command in (add, remove, pause, resume, deliveries, resend):
        group.command()(command)
    group.command("list")(list_hooks)
    group.command("test")(send_test)
    app.add_typer(group, name="webhooks")


def add(
    url: Annotated[str, typer.Argument(help="Where to POST to: http:// or https://.")],
    secret: Annotated[str, typer.Option(help="Name of the signing secret, set by `terraloom auth set`.")],
    api_key: Annotated[str, typer.Option(help="Name of a key to send as X-API-Key.")] = "",
    event_type: Annotated[list[str] | None, typer.Option(help="EQ, TC, FL, …; repeat for several.")] = None,
    min_severity: Annotated[str, typer.Option(help="GREEN, YELLOW, ORANGE or RED.")] = "",
    since: Annotated[int | None, typer.Option(help="Start after this change; default: from now on.")] = None,
    as_json: AsJson = False,
) -> None:
    """Subscribe an address to changes."""
    settings = load()
    with open_runtime(settings) as runtime, runtime.pool.connection() as connection:
        added = webhooks.add(
            connection,
            url,
            secret,
            api_key=api_key,
            event_types=event_type or [],
            min_severity=min_severity,
            since=since,
            private_networks=settings.webhooks.private_networks,
        )
    if as_json:
        return show_json(added)
    typer.echo(f"{added.id}: changes after {added.after_seq} go to {added.url}")
    return None


def list_hooks(as_json: AsJson = False) -> None:
    """List subscriptions. Secrets are shown by name only."""
    with open_runtime(load()) as runtime, runtime.pool.connection() as connection:
        found = webhooks.list_all(connection)
    show_rows([msgspec.structs.asdict(hook) for hook in found], HOOKS, as_json=as_json)


def remove(webhook: HookId) -> None:
    """Unsubscribe; what was not delivered yet is dropped."""
    with open_runtime(load()) as runtime, runtime.pool.connection() as connection:
        webhooks.remove(connection, _uuid(webhook))


def pause(webhook: HookId) -> None:
    """Send nothing until it is resumed; nothing is lost."""
    with open_runtime(load()) as runtime, runtime.pool.connection() as connection:
        webhooks.set_active(connection, _uuid(webhook), active=False)


def resume(webhook: HookId) -> None:
    """Send again, with what happened meanwhile."""
    with open_runtime(load()) as runtime, runtime.pool.connection() as connection:
        webhooks.set_active(connection, _uuid(webhook), active=True)


def deliveries(
    webhook: Annotated[str, typer.Option(help="Only of this subscription.")] = "",
    state: Annotated[str, typer.Option(help="Only these: pending, delivered or dead.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List deliveries, the newest first. Exit status 1 where a listed one is dead."""
    if state not in ("", "pending", "delivered", "dead"):
        raise ConfigError("--state", state, "pending, delivered or dead")
    with open_runtime(load()) as runtime, runtime.pool.connection() as connection:
        found = webhooks.deliveries(connection, webhook=_maybe(webhook), state=state, limit=limit)
    show_rows([msgspec.structs.asdict(d) for d in found], DELIVERIES, as_json=as_json)
    if any(delivery.state == "dead" for delivery in found):
        raise typer.Exit(1)


def resend(
    delivery: Annotated[str, typer.Argument(help="One dead delivery; default: all.")] = "",
    webhook: Annotated[str, typer.Option(help="Only of this subscription.")] = "",
    as_json: AsJson = False,
) -> None:
    """Put dead deliveries back in the queue, under the same idempotency keys."""
    with open_runtime(load()) as runtime, runtime.pool.connection() as connection:
        count = webhooks.resend(connection, delivery=_maybe(delivery), webhook=_maybe(webhook))
    if as_json:
        return show_json({"queued": count})
    typer.echo(f"{count} queued; a running worker sends them")
    return None


def send_test(webhook: HookId, as_json: AsJson = False) -> None:
    """Send a message marked as a test, now. Exit status 1 where it did not arrive."""
    from terraloom.hazards.webhook_sending import Sender

    settings = load()
    with open_runtime(settings) as runtime:
        with runtime.pool.connection() as connection:
            queued = webhooks.send_test(connection, _uuid(webhook), datetime.now(UTC))
        outcome = Sender(runtime.pool, settings.webhooks).send_one(queued)
    if as_json:
        show_json(outcome)
    else:
        typer.echo(f"HTTP {outcome.status}" if outcome.status else outcome.error)
    if not outcome.arrived:
        raise typer.Exit(1)


def _maybe(text: str) -> UUID | None:
    return _uuid(text) if text else None


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise ConfigError("id", text, "a UUID, as the listing shows it") from error
