"""Precomputed bodies over HTTP."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx
import polars as pl
import psycopg
import pytest

from terraloom import caches


@pytest.fixture
def client(filled_url: str, serve: Callable[..., str]) -> Iterator[httpx.Client]:
    with psycopg.connect(filled_url) as connection:
        connection.execute(
            "INSERT INTO metric_days SELECT 'planetary_k_index', day, 8, 1, 3.5, 1, 5 "
            "FROM generate_series(timestamptz '2026-03-01Z', '2026-03-10Z', '1 day') AS day"
        )
        connection.commit()
        caches.refresh(connection, datetime(2026, 3, 11, tzinfo=UTC))
    with httpx.Client(base_url=serve()) as found:
        yield found


def test_the_timeline_can_be_cut(client: httpx.Client) -> None:
    [line] = client.get("/api/v1/timeline").json()["lines"]
    assert (line["first"], len(line["values"]), line["unit"]) == ("2026-03-01", 10, "1")
    [cut] = client.get("/api/v1/timeline", params={"since": "2026-03-05", "until": "2026-03-07"}).json()[
        "lines"
    ]
    assert (cut["first"], cut["values"]) == ("2026-03-05", [3.5, 3.5])
    assert client.get("/api/v1/timeline", params={"metric": "other"}).json() == {"lines": []}


def test_the_timeline_is_also_a_parquet_file(client: httpx.Client) -> None:
    reply = client.get("/api/v1/timeline", params={"format": "parquet"})
    assert pl.read_parquet(io.BytesIO(reply.content)).height == 10
    assert client.get("/api/v1/timeline", params={"format": "parquet", "metric": "x"}).status_code == 422


def test_bodies_are_sent_compressed_and_only_once(client: httpx.Client) -> None:
    reply = client.get("/api/v1/stats")
    assert reply.headers["content-encoding"] == "gzip"
    again = client.get("/api/v1/stats", headers={"If-None-Match": reply.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = client.get("/api/v1/stats", headers={"Accept-Encoding": "identity"})
    assert plain.json() == reply.json()


@pytest.mark.parametrize("path", ["/api/v1/graph", "/api/v1/sources/days"])
def test_other_summaries_are_there(client: httpx.Client, path: str) -> None:
    assert client.get(path).json()


def test_what_was_not_made_yet_says_so(own: httpx.Client) -> None:
    reply = own.get("/api/v1/graph")
    assert (reply.status_code, reply.json()["error"]["code"]) == (503, "not_ready")
