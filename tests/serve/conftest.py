"""A served record: one filled database a module for those who only read, one of its own for who writes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from browsing import browser
from playwright.sync_api import Browser, Page

from backfilled import backfilled
from databases import create_database, drop_database
from filled import KEY, fill
from measured import measure
from measuring import put, value
from serving import served
from terraloom.keys import digest
from terraloom.records import Observation, Quality, Station


def measured() -> list[Observation | Station]:
    """Two days of a value every 10 minutes at one station, two values at another, one of them doubtful."""
    told = Station(id="made/a", title="Mount Made", lon=11.0, lat=47.5, elevation_m=2962.0)
    doubt = value(20, 999.0, station="made/b/c", quality=Quality.OUT_OF_RANGE)
    return [
        told,
        *(value(10 * n, n / 10) for n in range(288)),
        value(0, 7.0, station="made/b/c"),
        doubt,
        value(0, 1.0, "level"),
    ]


@pytest.fixture(scope="session")
def filled_template(cluster: str, template: str) -> str:
    """Name of a database that holds the hand-made record and one API key, to read or to clone."""
    name = "terraloom_filled"
    with psycopg.connect(create_database(cluster, name, "terraloom_template")) as connection:
        fill(connection)
        backfilled(connection)
        put(connection, measured())
        connection.execute(
            "INSERT INTO api_keys (name, sha256, created_at) VALUES ('tests', %s, now())", [digest(KEY)]
        )
    return name


@contextmanager
def cloned(cluster: str, template: str) -> Iterator[str]:
    """A database filled like another, with sources that were just polled, whenever that one was filled."""
    name = f"t{uuid.uuid4().hex}"
    url = create_database(cluster, name, template)
    with psycopg.connect(url) as connection:
        connection.execute(
            "UPDATE source_state SET last_poll_at = last_poll_at + age, last_ok_at = last_ok_at + age "
            "FROM (SELECT now() - max(last_poll_at) AS age FROM source_state) AS _"
        )
    yield url
    drop_database(cluster, name)


@pytest.fixture(scope="module")
def base(cluster: str, filled_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The filled record, served with the default settings; only to be read, for the module shares it."""
    with (
        cloned(cluster, filled_template) as url,
        served(url, tmp_path_factory.mktemp("served")) as found,
    ):
        yield found


@pytest.fixture(scope="module")
def api(base: str) -> Iterator[httpx.Client]:
    """A client of the shared record."""
    with httpx.Client(base_url=base) as client:
        yield client


@pytest.fixture
def filled_url(cluster: str, filled_template: str) -> Iterator[str]:
    """A filled database of the test's own."""
    with cloned(cluster, filled_template) as url:
        yield url


@pytest.fixture
def serve(filled_url: str, tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Serve a filled record of the test's own under given settings."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(served(filled_url, tmp_path, **settings))


@pytest.fixture
def own_base(serve: Callable[..., str]) -> str:
    """A record of the test's own, served with the default settings: it may be written."""
    return serve()


@pytest.fixture
def own(own_base: str) -> Iterator[httpx.Client]:
    """A client of a record of the test's own."""
    with httpx.Client(base_url=own_base) as client:
        yield client


@pytest.fixture(scope="session")
def measured_template(cluster: str, filled_template: str) -> str:
    """Name of a database that holds the filled record and measurements, with their caches."""
    name = "terraloom_measured"
    with psycopg.connect(create_database(cluster, name, filled_template)) as connection:
        measure(connection)
    return name


@pytest.fixture(scope="module")
def full(cluster: str, measured_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Events and measurements, served; only to be read, for the module shares it."""
    with (
        cloned(cluster, measured_template) as url,
        served(url, tmp_path_factory.mktemp("full")) as found,
    ):
        yield found


@pytest.fixture
def full_url(cluster: str, measured_template: str) -> Iterator[str]:
    """The same in a database of the test's own."""
    with cloned(cluster, measured_template) as url:
        yield url


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Page]:
    """A tab of a desk's size; what goes wrong in it, `browsing.watch` tells."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


@pytest.fixture
def full_base(full_url: str, tmp_path: Path) -> Iterator[str]:
    """Events and measurements of the test's own, served: they may be written."""
    with served(full_url, tmp_path) as found:
        yield found
