"""
The whole way, from upstream to record: the real fetch client polls the simulated planet for some hours.

What the planet's agencies published is known, so nothing may be lost, doubled or made up; and where the
upstreams misbehave, the record must be that of upstreams that do not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from msgspec import Struct, structs
from planets import START, planet

from databases import create_database, drop_database
from terraloom.config import Fetch, Settings
from terraloom.fetching import Client, StoredCredentials, StoredValidators
from terraloom.polling.described import described
from terraloom.polling.loop import Loop
from terraloom.polling.poller import Poller
from terraloom.polling.running import RuledIngest
from terraloom.runtime import Runtime, open_runtime
from terraloom.sources import SourceInfo, registry
from terraloom.universe import score
from terraloom.universe.agencies import Version
from terraloom.universe.clock import Clock
from terraloom.universe.demo import Demo, pointed
from terraloom.universe.faults import HOSTILE, Fault, Faults, Kind
from terraloom.universe.server import Server
from terraloom.universe.state import Seed

OPENED = START + timedelta(days=1, hours=1)
# Only the long run gets there. In the hours after, other agencies report other ones of two aftershocks that
# are seconds and kilometres apart: nobody could tell these from two reports of one.
GREAT_EARTHQUAKE = START + timedelta(days=1, hours=4, minutes=48)
HOURS = pytest.mark.parametrize(
    "lived", [2.5, pytest.param(14, marks=pytest.mark.slow)], indirect=True, ids=lambda hours: f"{hours}h"
)
STEP = timedelta(minutes=15)
MISBEHAVIOUR = [
    Fault(Kind.THROTTLE, probability=0.05, seconds=0.1),
    Fault(Kind.ERROR, probability=0.06),
    Fault(Kind.RESET, probability=0.05),
    Fault(Kind.TRUNCATE, probability=0.05),
    Fault(Kind.MALFORMED, probability=0.1),
    Fault(Kind.STALE, probability=0.05, seconds=1800),
]
FIELDS = (
    *("event_type", "title", "lon", "lat", "depth_km", "onset", "magnitude", "magnitude_type"),
    *("severity_level", "status", "agencies"),
)
WITH_OWN_IDS = {"usgs", "emsc", "gfz", "ingv", "geonet"}  # their ids are on the wire as the planet gives them


class Lived(Struct):
    """Some hours of polling: the record, the planet's time at each round, and what went wrong on the way."""

    connection: psycopg.Connection[Any]
    until: datetime
    rounds: list[datetime]
    faults: dict[str, int]

    def all(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()


def served(info: SourceInfo) -> bool:
    """Whether the planet has the main page of a source."""
    parts = urlsplit(info.url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    return planet().serves(registry()[info.id]) and planet().page(parts.netloc, target, OPENED) is not None


@contextmanager
def poller_of(runtime: Runtime, server: Server, loop: Loop) -> Iterator[Poller]:
    """A worker's poller, for every source that the planet serves, on the planet's clock."""
    pool = runtime.pool
    client = Client(
        runtime.settings.fetch,
        validators=StoredValidators(pool),
        credentials=StoredCredentials(pool),
        clock=server.clock.now,
    )
    known = described(registry(), runtime.settings)
    infos = {i: structs.replace(info, enabled=info.enabled and served(info)) for i, info in known.items()}
    with entered(loop, client):
        yield Poller(
            runtime,
            registry(),
            infos=infos,
            upstreams=client,
            loop=loop,
            ingest=RuledIngest(runtime.settings),
        )


@contextmanager
def live(database_url: str, home: Path, hours: float, faults: list[Fault]) -> Iterator[Lived]:
    """Poll the planet for `hours` of its time; where there are faults, one clean round comes at the end."""
    server = Server(planet(), Clock(OPENED, speed=0.0), Faults(1, faults))
    until = OPENED + timedelta(hours=hours)
    rounds = [OPENED]
    with Loop() as loop, entered(loop, server):
        given = Settings(home=home, database_url=database_url, simulated=True, fetch=Fetch(attempts=2))
        settings = pointed(given, server.url)
        with (
            open_runtime(settings, migrate=False) as runtime,
            poller_of(runtime, server, loop) as poller,
        ):
            demo = Demo(runtime, planet(), server, poller, Seed(3, START, 5, OPENED))
            demo.bring_in(until, STEP, rounds.append)
            counts = dict(server.faults.counts)
            server.faults.rules = []
            end_cleanly(poller, until)
            with runtime.pool.connection() as connection:
                yield Lived(connection, until, rounds, counts)


@contextmanager
def entered(loop: Loop, opened: AbstractAsyncContextManager[Any]) -> Iterator[None]:
    """Keep something open on the loop."""
    loop.run(opened.__aenter__())
    try:
        yield
    finally:
        loop.run(opened.__aexit__(None, None, None))


def end_cleanly(poller: Poller, now: datetime) -> None:
    """Poll every source once more, until none is refused by a breaker that is still open."""
    left = {source_id for source_id, info in poller.infos.items() if info.enabled}
    for n in range(40):
        for source_id in sorted(left):
            fetched = poller.fetch(source_id)
            applied = poller.apply(fetched.payloads)
            if not poller.close(f"last:{n}:{source_id}", source_id, fetched, applied).error:
                left.discard(source_id)
        if not left:
            return
    raise AssertionError(f"still failing without faults: {left}")


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("whole")


@contextmanager
def database(cluster: str, name: str) -> Iterator[str]:
    yield create_database(cluster, name, "terraloom_template")
    drop_database(cluster, name)


@pytest.fixture(scope="module")
def lived(
    cluster: str, template: str, homes: Path, request: pytest.FixtureRequest
) -> Iterator[tuple[Lived, Lived]]:
    """The same hours twice: upstreams that behave, and upstreams that do not."""
    hours = request.param
    with (
        database(cluster, "whole_clean") as clean,
        database(cluster, "whole_faulty") as faulty,
        live(clean, homes / f"clean{hours}", hours, []) as well,
        live(faulty, homes / f"faulty{hours}", hours, MISBEHAVIOUR) as badly,
    ):
        yield well, badly


@HOURS
class TestTheRecordOfThePlanet:
    def test_grouping_is_right(self, lived: tuple[Lived, Lived]) -> None:
        found = score.score_record(lived[0].connection, planet(), OPENED)
        least = 0.99 if lived[0].until < GREAT_EARTHQUAKE else 0.98
        for one in found.types:
            assert one.precision is None or one.precision >= least, one
            assert one.recall is None or one.recall >= 0.98, one
        assert next(one for one in found.types if one.type == "EQ").true_pairs > 50

    @pytest.mark.parametrize("n", [0, 1], ids=["well", "badly"])
    def test_nothing_is_lost_doubled_or_made_up(self, lived: tuple[Lived, Lived], n: int) -> None:
        found = score.score_record(lived[n].connection, planet(), OPENED)
        assert (found.lost, found.strangers) == ([], 0)
        assert set(found.doubled) <= JUMPED

    @pytest.mark.parametrize("n", [0, 1], ids=["well", "badly"])
    def test_an_agency_s_event_stands_there_once(self, lived: tuple[Lived, Lived], n: int) -> None:
        told = defaultdict[str, list[str]](list)
        for one in score.read_record(lived[n].connection):
            for key in stories_of(one):
                told[key].append(one.canonical_id)
        assert len(told) > 100
        assert {key for key, ids in told.items() if len(ids) > 1} <= JUMPED

    def test_every_version_that_a_poll_could_see_is_there(self, lived: tuple[Lived, Lived]) -> None:
        query = "SELECT source_event_id, updated_at FROM normalized_event_records WHERE agency = 'usgs'"
        kept = {(name, to_milliseconds(updated)) for name, updated in lived[0].all(query)}
        for at in lived[0].rounds[:-1]:
            for _, version in planet().reports().current("usgs", at, timedelta(hours=1)):
                assert (version.id, to_milliseconds(version.updated)) in kept, version

    @pytest.mark.parametrize("n", [0, 1], ids=["well", "badly"])
    def test_every_id_that_an_agency_lists_leads_to_its_event(
        self, lived: tuple[Lived, Lived], n: int
    ) -> None:
        query = "SELECT agency, id, canonical_id FROM event_id_aliases"
        aliases = {(agency, name): canonical for agency, name, canonical in lived[n].all(query)}
        for agency in WITH_OWN_IDS:
            for _, version in planet().reports().current(agency, lived[n].until, timedelta(hours=3)):
                assert len({aliases.get((agency, name)) for name in version.ids}) == 1, version
                assert (agency, version.id) in aliases

    def test_what_cannot_be_read_is_in_quarantine_with_a_reason(self, lived: tuple[Lived, Lived]) -> None:
        well, badly = lived
        assert well.all("SELECT * FROM quarantine") == []
        rejected = badly.all("SELECT reason, fragment FROM quarantine")
        assert len(rejected) > badly.faults["malformed"] / 5  # many others are only hostile, or unchanged
        assert all(reason and fragment for reason, fragment in rejected)

    def test_faults_happened_and_polls_went_on(self, lived: tuple[Lived, Lived]) -> None:
        well, badly = lived
        assert set(well.faults) == {"none"}
        assert set(badly.faults) == {"none", *(fault.kind.value for fault in MISBEHAVIOUR)}
        assert badly.all("SELECT count(*) FROM source_state WHERE errors > 0")[0][0] > 0
        assert badly.all("SELECT source FROM source_state WHERE last_ok_at IS NULL") == []
        assert badly.all("SELECT id FROM payloads WHERE applied_seq IS NULL") == []

    def test_faults_leave_no_trace_in_the_record(self, lived: tuple[Lived, Lived]) -> None:
        well, badly = (current(one) for one in lived)
        assert len(well) > 100
        assert badly.keys() == well.keys()
        differing = {key: (well[key], badly[key]) for key in well if not alike(well[key], badly[key])}
        assert differing == {}


def stories_of(one: score.Placed) -> set[str]:
    """Which stories of the planet a source event of the record tells."""
    return {key for name in one.known_as if (key := NAMES.get((one.agency, name)))}


def to_milliseconds(instant: datetime) -> int:
    """As USGS writes times."""
    return round(instant.timestamp() * 1000)


def current(lived: Lived) -> dict[frozenset[str], dict[str, Any]]:
    """
    What the record shows: groups of stories, and the fields of their events.

    GeoNet's volcano levels are left out: they carry no time, so that theirs is that of the first good poll.
    """
    groups = defaultdict[str, set[str]](set)
    for one in score.read_record(lived.connection):
        groups[one.event_id] |= stories_of(one) or {f"{one.agency}/{one.canonical_id}"}
    shown = "state = 'current' AND agencies <> '{geonet-volcano}'"
    events = lived.all(f"SELECT id::text, {', '.join(FIELDS)} FROM disaster_events WHERE {shown}")
    return {frozenset(groups[event]): dict(zip(FIELDS, values, strict=True)) for event, *values in events}


def alike(well: dict[str, Any], badly: dict[str, Any]) -> bool:
    """The same fields; a text that came hostile under a correct clock stays until the agency's next word."""
    return all(badly[name] == well[name] or HOSTILE in str(badly[name]) for name in well)


def spread(versions: Sequence[Version]) -> timedelta:
    """How far apart the earliest and the latest onset are, to the second as published."""
    onsets = [version.onset.replace(microsecond=0) for version in versions]
    return max(onsets) - min(onsets)


NAMES = {(story.agency, name): story.key for story in planet().stories for name in score.names_of(story)}
# KOERI sends no ids, and its solutions are followed over three seconds: of these, nobody can tell.
JUMPED = {
    story.key
    for story in planet().stories
    if story.agency == "koeri" and spread(story.versions) > timedelta(seconds=3)
}
