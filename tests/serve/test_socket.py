"""The change feed over a WebSocket: nothing missed, nothing twice, and no client holds up the others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from filled import KEY
from terraloom.serve import live, socket


@contextmanager
def listening(base: str, query: str = "", **options: Any) -> Iterator[ClientConnection]:
    with connect(f"{base.replace('http', 'ws')}/api/v1/ws{query}", proxy=None, **options) as client:
        yield client


def said(client: ClientConnection) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(client.recv(timeout=20))
    return found


def read_all(client: ClientConnection) -> None:
    """Read until the connection ends, which raises."""
    while True:
        said(client)


def change(database_url: str, count: int = 1) -> None:
    """Let some event change `count` times in one commit."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO outbox (seq, change, at, event_id) "
            "SELECT head + n, 'updated', now(), (SELECT id FROM disaster_events ORDER BY id LIMIT 1) "
            "FROM (SELECT max(seq) AS head FROM outbox) _, generate_series(1, %s) AS n",
            [count],
        )
        connection.execute("NOTIFY terraloom_outbox")


def test_what_was_missed_comes_first_and_then_what_happens(own_base: str, filled_url: str) -> None:
    head = httpx.get(f"{own_base}/api/v1/changes").json()["head"]
    with listening(own_base, "?after=3") as client:
        hello = said(client)
        assert (hello["type"], hello["head"]) == ("hello", head)
        assert [said(client)["seq"] for _ in range(head - 3)] == list(range(4, head + 1))
        change(filled_url)
        new = said(client)
    assert (new["type"], new["seq"], new["change"]) == ("change", head + 1, "updated")
    assert new["event"]["id"] == new["event_id"]


def test_whoever_comes_back_goes_on_where_it_left(own_base: str, filled_url: str) -> None:
    with listening(own_base) as client:
        head = said(client)["head"]
        change(filled_url)
        last = said(client)["seq"]
    change(filled_url, 1200)  # more than one page, while nobody listens
    with listening(own_base, f"?after={last}") as client:
        assert said(client)["type"] == "hello"
        assert [said(client)["seq"] for _ in range(1200)] == list(range(head + 2, head + 1202))


def test_without_a_number_only_what_happens_from_now_on_comes(own_base: str, filled_url: str) -> None:
    with listening(own_base) as client:
        head = said(client)["head"]
        change(filled_url, 2)
        assert [said(client)["seq"] for _ in range(2)] == [head + 1, head + 2]


def test_silence_is_filled_with_heartbeats(own_base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "HEARTBEAT_S", 0.1)
    with listening(own_base) as client:
        hello, beat = said(client), said(client)
    assert (beat["type"], beat["head"]) == ("heartbeat", hello["head"])


def test_a_client_that_does_not_read_is_let_go_and_others_get_all(
    own_base: str, filled_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "SEND_TIMEOUT_S", 0.5)
    monkeypatch.setattr(live, "QUEUED", 20)
    with listening(own_base, max_queue=1) as slow, listening(own_base) as quick:
        assert said(slow)["type"] == "hello"
        head = said(quick)["head"]
        seen = []
        for _ in range(60):
            change(filled_url, 10)
            seen += [said(quick)["seq"] for _ in range(10)]
        assert seen == list(range(head + 1, head + 601))
        change(filled_url, 30)  # more at once than may wait for anybody
        with pytest.raises(ConnectionClosed) as closed:
            read_all(slow)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1013


def test_a_closed_server_wants_a_key_and_no_cookie_from_another_site(serve: Callable[..., str]) -> None:
    base = serve(serve={"host": "0.0.0.0"})
    with listening(base) as client, pytest.raises(ConnectionClosed) as closed:
        said(client)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
    with listening(base, additional_headers={"X-API-Key": KEY}) as client:
        assert said(client)["type"] == "hello"
    cookie = {"Cookie": f"terraloom_key={KEY}"}
    with listening(base, additional_headers=cookie, origin=base) as client:
        assert said(client)["type"] == "hello"
    elsewhere = listening(base, additional_headers=cookie, origin="https://elsewhere.example")
    with elsewhere as client, pytest.raises(ConnectionClosed):
        said(client)


def test_a_number_that_is_none_is_refused(base: str) -> None:
    with pytest.raises((InvalidStatus, ConnectionClosed)), listening(base, "?after=x") as client:
        said(client)


def test_a_browser_signs_in_and_may_then_read_but_not_write(serve: Callable[..., str]) -> None:
    base = serve(serve={"host": "0.0.0.0"})
    html = {"Accept": "text/html"}
    with httpx.Client(base_url=base) as browser:
        asked = browser.get("/", headers=html)
        assert (asked.status_code, asked.headers["location"]) == (303, "/signin")
        wrong = browser.post("/signin", data={"key": "guess"})
        assert (wrong.status_code, "not known here" in wrong.text) == (401, True)
        entered = browser.post("/signin", data={"key": KEY})
        assert entered.status_code == 303
        assert {"HttpOnly", "SameSite=strict"} <= set(entered.headers["set-cookie"].split("; "))
        assert browser.get("/", headers=html).status_code == 200
        assert browser.get("/api/v1/events").status_code == 200
        assert browser.post("/api/v1/sources/gdacs-rss/pause").status_code == 401


def test_new_measurements_are_hinted_at(own_base: str, filled_url: str) -> None:
    with listening(own_base) as client:
        assert said(client)["type"] == "hello"
        with psycopg.connect(filled_url) as connection:
            connection.execute("NOTIFY terraloom_observed, 'swpc-planetary-k'")
        assert said(client) == {"type": "observed", "source": "swpc-planetary-k"}
