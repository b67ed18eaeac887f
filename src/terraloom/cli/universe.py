"""`terraloom universe`: serve the simulated planet, know its truth, score a record against it."""

from __future__ import annotations

import asyncio
import signal
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import to_builtins

from terraloom.cli._show import AsJson, show_json, show_rows, show_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terraloom.universe.score import Score
    from terraloom.universe.server import Server

SCORE_COLUMNS = ("type", "precision", "recall", "wrong", "true_pairs", "reports", "lost", "doubled")
VALUE_COLUMNS = ("source", "stored", "wrong", "missing")
TRUTH_COLUMNS = ("id", "type", "onset", "lon", "lat", "size", "parent")

SeedOption = Annotated[int, typer.Option(help="Another seed is another planet; the same is the same planet.")]
Start = Annotated[
    datetime | None,
    typer.Option(help="First day of the planet, UTC. Default: three days before now.", formats=["%Y-%m-%d"]),
]
Days = Annotated[float, typer.Option(min=0.1, max=400, help="How many days the planet lives.")]


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="The simulated planet, whose truth is known.", no_args_is_help=True)
    for command in (serve, score, truth):
        group.command()(command)
    app.add_typer(group, name="universe")


def serve(
    seed: SeedOption = 1,
    start: Start = None,
    days: Days = 14,
    speed: Annotated[float, typer.Option(min=0, max=100_000, help="Simulated seconds per second.")] = 1.0,
    faults: Annotated[
        str, typer.Option(help="none, some, many, or KIND[@HOST]=PROBABILITY, separated by commas.")
    ] = "none",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8766,
    wspr_spots: Annotated[
        int, typer.Option(min=1, help="Spots of WSPR in each two minutes; 1400 are 31 million a month.")
    ] = 60,
) -> None:
    """Play the upstreams on 127.0.0.1 until Ctrl-C. Set `fetch.point_at` to the url that it prints."""
    from terraloom.config import load
    from terraloom.universe import state, wspr_live
    from terraloom.universe.clock import Clock
    from terraloom.universe.control import controlled
    from terraloom.universe.faults import Faults, parse_faults

    rules = parse_faults(faults)
    opened = datetime.now(UTC)
    first = start.replace(tzinfo=UTC) if start else _midnight(opened) - timedelta(days=3)
    known = state.Seed(seed, first, days, max(first, opened) if start is None else first + timedelta(days=3))
    state.write(load().home, known)
    upstreams = {wspr_live.HOST: wspr_live.WsprLive(seed, per_slot=wspr_spots)}
    server = controlled(known.planet(), Clock(known.opened, speed), Faults(seed, rules), upstreams)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what a stop clears away, a kill does, too
    try:
        asyncio.run(_until_stopped(server, port))
    except KeyboardInterrupt:
        typer.echo(f"{server.requests} requests answered; faults: {server.faults.counts or 'none'}")


async def _until_stopped(server: Server, port: int) -> None:
    from terraloom.errors import MissingExtra
    from terraloom.universe import wspr_live
    from terraloom.universe.chdb import check_installed
    from terraloom.universe.planet import HOSTS

    await server.start(port)
    typer.echo(
        f"Simulated planet {server.planet.seed}, {server.clock.now():%Y-%m-%d %H:%M} UTC, on {server.url}"
    )
    typer.echo(f"  TERRALOOM_FETCH__POINT_AT={server.url} TERRALOOM_SIMULATED=true terraloom up")
    for host in HOSTS:
        typer.echo(f"  {server.url}/{host}/")
    try:
        check_installed()
        typer.echo(f"  {server.url}/{wspr_live.HOST}/")
    except MissingExtra as missing:
        typer.echo(f"  without {wspr_live.HOST}: {missing}")
    try:
        await asyncio.Event().wait()
    finally:
        await server.stop()


def truth(seed: SeedOption = 1, start: Start = None, days: Days = 14, as_json: AsJson = False) -> None:
    """Everything that truly happens on a planet."""
    from terraloom.universe.control import truth_until
    from terraloom.universe.planet import Planet

    first = start.replace(tzinfo=UTC) if start else _midnight(datetime.now(UTC)) - timedelta(days=3)
    planet = Planet(seed, first, days)
    found = truth_until(planet, planet.truth.end)
    if as_json:
        show_json(found)
    else:
        show_rows(found["hazards"], TRUTH_COLUMNS, as_json=False)


def score(
    as_json: AsJson = False,
    until: Annotated[
        datetime | None,
        typer.Option(help="The planet's time up to which to score; default: the last payload."),
    ] = None,
) -> None:
    """
    Compare the record of this data folder with the truth of the planet that was served from it.

    Exit status 1 where reports were lost, doubled, or came from nowhere.
    """
    from terraloom.config import load
    from terraloom.runtime import open_runtime
    from terraloom.universe import state
    from terraloom.universe.score import score_record

    settings = load()
    known = state.read(settings.home)
    with open_runtime(settings) as runtime, runtime.pool.connection() as connection:
        limit = until.replace(tzinfo=UTC) if until else None
        found = score_record(connection, known.planet(), known.opened, limit)
    if as_json:
        show_json(found)
    else:
        print_score(found)
    if not found.faultless:
        raise typer.Exit(1)


def print_score(found: Score) -> None:
    """A table by type, in words what its figures mean, and what was lost or doubled."""
    rows = [{name: getattr(one, name) for name in SCORE_COLUMNS} for one in found.types]
    show_text(
        f"The record against the truth, {found.since:%Y-%m-%d %H:%M} to {found.until:%Y-%m-%d %H:%M} UTC"
    )
    show_rows(rows, SCORE_COLUMNS, as_json=False)
    for line in in_words(found):
        show_text(line)
    if found.values:
        show_rows([to_builtins(one) for one in found.values], VALUE_COLUMNS, as_json=False)
        show_text(
            "wrong: values that no instrument ever said; missing: listed when last asked, and not stored."
        )
    for what, keys in (("lost", found.lost), ("doubled", found.doubled)):
        if keys:
            show_text(f"{what}: {', '.join(keys[:10])}{' …' if len(keys) > 10 else ''}")
    if found.strangers:
        show_text(f"{found.strangers} source events that no agency published")


def in_words(found: Score) -> Iterator[str]:
    """What the figures mean, and how bad they are."""
    total = next(one for one in found.types if one.type == "all")
    yield (
        "precision: pairs of reports grouped that tell of one true event; recall: true pairs that were "
        "grouped; lost: published but in no event; doubled: in two."
    )
    if total.wrong:
        yield (
            f"Of {total.wrong} wrong pairs, {total.neighbours} tell of two true earthquakes within 60 s and "
            "100 km, in a dense aftershock sequence: their reports hardly tell them apart."
        )
    missed = total.true_pairs - total.right
    if missed:
        kinds = ", ".join(
            f"{one.true_pairs - one.right} {one.type}"
            for one in found.types[:-1]
            if one.true_pairs > one.right
        )
        yield f"Not grouped: {missed} of {total.true_pairs} true pairs ({kinds}); they stand apart."


def _midnight(instant: datetime) -> datetime:
    return instant.replace(hour=0, minute=0, second=0, microsecond=0)
