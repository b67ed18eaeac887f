"""The WSPR archive comes in whole, whatever the server does to its answers, and goes on where it was."""

from __future__ import annotations

import pkgutil
from collections.abc import AsyncIterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import pytest_asyncio
from wspr_world import HOST, World, differences, span, upstream

from terraloom.backfill.wspr import fetching
from terraloom.backfill.wspr.columns import SPOT
from terraloom.backfill.wspr.verifying import held, verify
from terraloom.errors import ConfigError
from terraloom.universe.faults import Fault, Kind
from terraloom.universe.server import Server
from terraloom.universe.wspr_live import Limits, WsprLive

pytest.importorskip("chdb", reason="the extra `clickhouse` is not installed")
pytestmark = pytest.mark.asyncio(loop_scope="module")

[MARCH] = span("2008-03", "2008-03")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[Server]:
    async with upstream() as running:
        yield running


@pytest.fixture
def live(server: Server, monkeypatch: pytest.MonkeyPatch) -> WsprLive:
    """The upstream, whose limits a test may change."""
    found = server.upstreams[HOST]
    assert isinstance(found, WsprLive)
    monkeypatch.setattr(found, "limits", Limits())
    return found


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_a_month_is_what_the_stations_sent(server: Server, live: WsprLive, world: World) -> None:
    [outcome] = await world.fetch(server.url, [MARCH])
    assert (outcome.outcome, outcome.rows, outcome.asked_by) == ("fetched", 31 * 720, "month")
    assert pq.read_schema(world.file(MARCH)).equals(SPOT)
    assert differences(world.file(MARCH), MARCH, world.folder / "truth.parquet") == 0
    [entry] = world.shelf.entries()
    assert (entry.month, entry.rows, entry.bytes) == ("200803", 31 * 720, world.file(MARCH).stat().st_size)
    assert [path.name for path in (world.folder / "work").iterdir()] == ["lock"]


async def test_a_month_that_is_always_cut_comes_by_days(server: Server, live: WsprLive, world: World) -> None:
    live.limits = Limits(100_000)
    [outcome] = await world.fetch(server.url, [MARCH])
    assert (outcome.outcome, outcome.asked_by) == ("fetched", "days")
    assert differences(world.file(MARCH), MARCH, world.folder / "truth.parquet") == 0


SLOWLY = [pytest.param(kind, marks=pytest.mark.slow) for kind in (Kind.TRUNCATE, Kind.CUT)]


@pytest.mark.parametrize("kind", [Kind.RESET, Kind.MALFORMED, *SLOWLY])
async def test_a_fault_costs_no_spot(server: Server, live: WsprLive, world: World, kind: Kind) -> None:
    well, fault = Fault(Kind.NONE), Fault(kind, seconds=0.1)
    server.faults.script(HOST, [well, fault, fault, fault, well, well, fault, well])  # month, day and hours
    [outcome] = await world.fetch(server.url, [MARCH])
    assert (outcome.outcome, outcome.asked_by) == ("fetched", "hours"), outcome.reason
    assert differences(world.file(MARCH), MARCH, world.folder / "truth.parquet") == 0


async def test_a_run_goes_on_where_the_last_one_failed(server: Server, live: WsprLive, world: World) -> None:
    refused = [Fault(Kind.RESET)] * 12
    server.faults.script(HOST, [Fault(Kind.NONE), Fault(Kind.RESET), *[Fault(Kind.NONE)] * 3, *refused])
    live.limits = Limits(100_000)
    [outcome] = await world.fetch(server.url, [MARCH])
    assert outcome.reason.startswith("https://db1.wspr.live/: 20080304T00: truncated: ")
    held = {path.name for path in (world.folder / "work" / "200803").glob("2*.parquet")}
    server.faults._scripts.clear()
    before = server.requests
    [outcome] = await world.fetch(server.url, [MARCH])
    assert outcome.outcome == "fetched"
    assert server.requests - before == 1 + 24 + 30 - len(held)  # counts, hours of the fourth, days
    assert differences(world.file(MARCH), MARCH, world.folder / "truth.parquet") == 0


async def test_held_months_are_asked_for_only_again(server: Server, live: WsprLive, world: World) -> None:
    wanted = span("2008-03", "2008-04")
    assert {one.outcome for one in await world.fetch(server.url, wanted)} == {"fetched"}
    before = server.requests
    assert {one.outcome for one in await world.fetch(server.url, wanted)} == {"held"}
    assert server.requests == before
    assert {one.outcome for one in await world.fetch(server.url, wanted, again=True)} == {"fetched"}


async def test_the_server_has_rest_between_questions(server: Server, live: WsprLive, world: World) -> None:
    server.faults.script(HOST, [Fault(Kind.NONE), Fault(Kind.RESET)])
    await world.fetch(server.url, span("2008-03", "2008-04"), pause_months_s=7, pause_days_s=3)
    assert world.rests == [3] * 31 + [7]


async def test_a_full_disk_is_said_before_anything_is_asked(
    server: Server, live: WsprLive, world: World
) -> None:
    [outcome] = await world.fetch(server.url, [MARCH], free_bytes=10**18)
    assert outcome.outcome == "failed"
    assert "1,339,200 bytes are needed" in outcome.reason
    assert "wspr.free_bytes" in outcome.reason


async def test_a_refusal_says_what_clickhouse_said(
    server: Server, live: WsprLive, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("terraloom.backfill.wspr.asking.ROWS", "SELECT nothing FROM wspr.rx FORMAT Parquet")
    [outcome] = await world.fetch(server.url, [MARCH])
    assert outcome.outcome == "failed"
    assert "Code: 47. DB::Exception: Unknown expression identifier" in outcome.reason


async def test_a_server_that_is_not_well_is_left_alone(server: Server, live: WsprLive, world: World) -> None:
    server.faults.script(HOST, [Fault(Kind.ERROR)] * 12)
    found = await world.fetch(server.url, span("2008-03", "2008-12"))
    assert [outcome.outcome for outcome in found] == ["failed"] * 3
    assert found[0].reason == "https://db1.wspr.live/: server error: Internal Server Error (HTTP 500)"


async def test_a_part_that_went_bad_on_the_disk_is_asked_for_again(
    server: Server, live: WsprLive, world: World
) -> None:
    live.limits = Limits(100_000)
    server.faults.script(HOST, [*[Fault(Kind.NONE)] * 7, *[Fault(Kind.RESET)] * 12])
    assert [one.outcome for one in await world.fetch(server.url, [MARCH])] == ["failed"]
    server.faults._scripts.clear()
    held, other = sorted((world.folder / "work" / "200803").glob("2*.parquet"))[:2]
    held.write_bytes(held.read_bytes()[:-9])
    body = bytearray(other.read_bytes())
    body[200] ^= 1
    other.write_bytes(body)
    [outcome] = await world.fetch(server.url, [MARCH])
    assert "CRC checksum" in outcome.reason
    assert [one.outcome for one in await world.fetch(server.url, [MARCH])] == ["fetched"]
    assert differences(world.file(MARCH), MARCH, world.folder / "truth.parquet") == 0


async def test_two_at_a_time_are_refused(server: Server, live: WsprLive, world: World) -> None:
    with fetching._alone(world.folder / "work"), pytest.raises(ConfigError, match="already running"):
        await world.fetch(server.url, [MARCH])


async def test_the_shelf_may_stand_in_s3(server: Server, live: WsprLive, tmp_path: Path, s3_url: str) -> None:
    world = World(tmp_path, s3_url)
    [outcome] = await world.fetch(server.url, [MARCH])
    assert outcome.outcome == "fetched", outcome.reason
    [verdict] = verify(world.shelf, held(world.shelf))
    assert (verdict.month, verdict.problem, verdict.rows) == ("200803", "", 31 * 720)
    assert [one.outcome for one in await world.fetch(server.url, [MARCH])] == ["held"]


class Killed(BaseException):
    """No `except Exception` sees it, as none sees a SIGKILL."""


DOORS = (
    "terraloom.backfill.wspr.fetching._keep",
    "terraloom.backfill.wspr.fetching.merge",
    "terraloom.backfill.wspr.fetching.sha256_of",
    "terraloom.archive.objects.Objects.put_file",
    "terraloom.archive.objects.Objects.put",
    "shutil.rmtree",
)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.rpartition(".")[2])
async def test_killed_at_any_door_the_next_run_ends_well(
    server: Server, live: WsprLive, world: World, monkeypatch: pytest.MonkeyPatch, door: str, when: str
) -> None:
    real = pkgutil.resolve_name(door)

    def killed(*args: object, **kwargs: object) -> None:
        if when == "after":
            real(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(door, killed)
        with pytest.raises(Killed):
            await world.fetch(server.url, [MARCH])
    [outcome] = await world.fetch(server.url, [MARCH])
    assert outcome.outcome in ("fetched", "held")
    assert differences(world.file(MARCH), MARCH, world.folder / "truth.parquet") == 0
    assert [path.name for path in (world.folder / "work").iterdir()] == ["lock"]
