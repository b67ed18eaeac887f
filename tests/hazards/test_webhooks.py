"""Webhooks over real loopback HTTP and a real PostgreSQL: once each, in order, whatever fails between."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from terraloom.config import Webhooks as WebhookSettings
from terraloom.errors import ConfigError
from terraloom.hazards import webhooks
from terraloom.hazards.followups import consumers
from terraloom.hazards.outbox import catch_up
from terraloom.hazards.population import gazetteer
from terraloom.hazards.webhook_guard import check_url, resolve
from terraloom.hazards.webhook_sending import Sender, back_off_s, signature

SECRET = "a secret of the test"
QUICK = WebhookSettings(timeout_s=2.0, attempts=4, backoff_initial_s=0.02, backoff_max_s=0.05)


class Receiver:
    """A real HTTP server that remembers what it was sent; `answers` are statuses, then 204 for ever."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.down = False
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.calls.append((dict(self.headers), body))
                status = 503 if receiver.down else receiver.answers.pop(0) if receiver.answers else 204
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def keys(self) -> list[str]:
        return [headers["Idempotency-Key"] for headers, _ in self.calls]

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.calls]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def pool(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[ConnectionPool]:
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    with ConnectionPool(database_url, min_size=1, max_size=12, open=True) as found:
        with found.connection() as connection:
            connection.execute(
                "INSERT INTO auth_config (name, location, scheme) VALUES "
                "('hook', 'env:HOOK_SECRET', 'bearer'), ('lost', 'env:NOT_SET_ANYWHERE', 'bearer')"
            )
        yield found


def change(
    pool: ConnectionPool,
    seq: int,
    event: UUID,
    *,
    kind: str = "EQ",
    magnitude: float = 3.0,
    state: str = "current",
) -> None:
    """What ingestion leaves behind: the event as it is now, and a row in the outbox."""
    with pool.connection() as connection:
        connection.execute(
            "INSERT INTO disaster_events (id, founded_seq, state, event_type, title, description, url, "
            "lon, lat, depth_km, onset, updated_at, magnitude, magnitude_type, status, agencies, reports, "
            "changed_seq) VALUES (%(id)s, %(seq)s, %(state)s, %(kind)s, 'An event', '', '', "
            "12.5, 42.0, 10, now(), now(), %(mag)s, 'mw', 'automatic', '{usgs}', 1, %(seq)s) "
            "ON CONFLICT (id) DO UPDATE SET changed_seq = excluded.changed_seq, "
            "magnitude = excluded.magnitude, state = excluded.state",
            {"id": event, "seq": seq, "kind": kind, "mag": magnitude, "state": state},
        )
        connection.execute(
            "INSERT INTO outbox (seq, event_id, change, at) VALUES (%s, %s, 'updated', now())", [seq, event]
        )


def subscribe(pool: ConnectionPool, url: str, **filters: Any) -> webhooks.Webhook:
    with pool.connection() as connection:
        return webhooks.add(connection, url, "hook", since=0, private_networks=["127.0.0.0/8"], **filters)


def plan(pool: ConnectionPool) -> None:
    catch_up(pool, consumers(gazetteer()))


def send_until(pool: ConnectionPool, done: Callable[[], bool], settings: WebhookSettings = QUICK) -> None:
    """Send rounds until `done`; fails after ten seconds."""
    sender, deadline = Sender(pool, settings), time.monotonic() + 10
    while not done():
        assert time.monotonic() < deadline, "not done in ten seconds"
        if not sender.send_due():
            time.sleep(0.01)


def states(pool: ConnectionPool) -> list[str]:
    with pool.connection() as connection:
        return [d.state for d in reversed(webhooks.deliveries(connection, limit=1000))]


def all_delivered(pool: ConnectionPool) -> Callable[[], bool]:
    return lambda: set(states(pool)) == {"delivered"}


def test_a_receiver_that_was_down_gets_everything_once_under_the_same_keys(
    pool: ConnectionPool, receiver: Receiver
) -> None:
    subscribe(pool, receiver.url)
    for seq in range(1, 21):
        change(pool, seq, uuid4())
    plan(pool)
    receiver.down = True
    Sender(pool, QUICK).send_due()
    refused = receiver.keys()
    receiver.down = False
    send_until(pool, all_delivered(pool))
    accepted = receiver.keys()[len(refused) :]
    assert len(refused) >= 4
    assert len(accepted) == len(set(accepted)) == 20
    assert set(refused) <= set(accepted)


def test_every_try_carries_a_signature_that_verifies(pool: ConnectionPool, receiver: Receiver) -> None:
    subscribe(pool, receiver.url, api_key="hook")
    change(pool, 1, uuid4())
    plan(pool)
    send_until(pool, all_delivered(pool))
    headers, body = receiver.calls[0]
    stamp, digest = (part.partition("=")[2] for part in headers["X-Terraloom-Signature"].split(","))
    expected = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert digest == expected
    assert abs(int(stamp) - time.time()) < 60
    assert headers["X-API-Key"] == SECRET
    assert json.loads(body)["event"]["title"] == "An event"


def test_the_signature_is_the_documented_formula() -> None:
    # Computed with: printf '1700000000.{}' | openssl dgst -sha256 -hmac key
    made = signature("key", 1700000000, b"{}")
    assert made == "t=1700000000,v1=" + hmac.new(b"key", b"1700000000.{}", "sha256").hexdigest()
    assert made != signature("key", 1700000001, b"{}")


def test_changes_that_wait_together_become_one_and_later_ones_keep_their_order(
    pool: ConnectionPool, receiver: Receiver
) -> None:
    subscribe(pool, receiver.url)
    event = uuid4()
    for seq, magnitude in [(1, 3.0), (2, 3.5), (3, 4.0)]:
        change(pool, seq, event, magnitude=magnitude)
    plan(pool)
    change(pool, 4, event, magnitude=4.5)
    plan(pool)
    receiver.answers = [500, 500]
    send_until(pool, all_delivered(pool))
    assert [(b["seq"], b["event"]["magnitude"]) for b in receiver.bodies()] == [(3, 4.0)] * 3 + [(4, 4.5)]


def test_filters_pass_types_and_severities_and_follow_an_event_to_its_end(
    pool: ConnectionPool, receiver: Receiver
) -> None:
    subscribe(pool, receiver.url, event_types=["EQ"], min_severity="ORANGE")
    serious = uuid4()
    change(pool, 1, serious, magnitude=7.5)
    change(pool, 2, uuid4(), magnitude=3.0)
    change(pool, 3, uuid4(), kind="FL")
    plan(pool)
    change(pool, 4, serious, state="retracted")
    plan(pool)
    send_until(pool, all_delivered(pool))
    assert [(b["seq"], b["event"]["state"]) for b in receiver.bodies()] == [(1, "current"), (4, "retracted")]
    assert {b["event"]["id"] for b in receiver.bodies()} == {str(serious)}


def test_dead_letters_are_kept_and_can_be_sent_again(pool: ConnectionPool, receiver: Receiver) -> None:
    subscribe(pool, receiver.url)
    change(pool, 1, uuid4())
    plan(pool)
    receiver.down = True
    send_until(pool, lambda: states(pool) == ["dead"])
    assert len(receiver.calls) == QUICK.attempts
    receiver.down = False
    with pool.connection() as connection:
        assert webhooks.resend(connection) == 1
    send_until(pool, all_delivered(pool))
    assert len(set(receiver.keys())) == 1


def test_a_receiver_that_is_gone_for_good_is_not_asked_again(
    pool: ConnectionPool, receiver: Receiver
) -> None:
    subscribe(pool, receiver.url)
    change(pool, 1, uuid4())
    plan(pool)
    receiver.answers = [410]
    send_until(pool, lambda: states(pool) == ["dead"])
    assert len(receiver.calls) == 1


def test_one_dead_receiver_does_not_hold_up_another(pool: ConnectionPool, receiver: Receiver) -> None:
    subscribe(pool, "http://127.0.0.1:9/nobody-listens")
    mine = subscribe(pool, receiver.url)
    for seq in range(1, 31):
        change(pool, seq, uuid4())
    plan(pool)
    send_until(pool, lambda: len(receiver.calls) == 30)
    with pool.connection() as connection:
        assert {d.state for d in webhooks.deliveries(connection, webhook=mine.id)} == {"delivered"}


def test_a_missing_secret_is_a_failed_try_that_names_it_and_sends_nothing(
    pool: ConnectionPool, receiver: Receiver
) -> None:
    with pool.connection() as connection:
        webhooks.add(connection, receiver.url, "lost", since=0, private_networks=["127.0.0.0/8"])
    change(pool, 1, uuid4())
    plan(pool)
    Sender(pool, QUICK).send_due()
    with pool.connection() as connection:
        (delivery,) = webhooks.deliveries(connection)
    assert "NOT_SET_ANYWHERE" in delivery.last_error
    assert receiver.calls == []


def test_a_paused_subscription_catches_up_when_it_is_resumed(
    pool: ConnectionPool, receiver: Receiver
) -> None:
    hook = subscribe(pool, receiver.url)
    with pool.connection() as connection:
        webhooks.set_active(connection, hook.id, active=False)
    change(pool, 1, uuid4())
    plan(pool)
    assert states(pool) == []
    with pool.connection() as connection:
        webhooks.set_active(connection, hook.id, active=True)
    change(pool, 2, uuid4())
    plan(pool)
    send_until(pool, all_delivered(pool))
    assert sorted(b["seq"] for b in receiver.bodies()) == [1, 2]


def test_a_test_message_says_that_it_is_one(pool: ConnectionPool, receiver: Receiver) -> None:
    hook = subscribe(pool, receiver.url)
    with pool.connection() as connection:
        webhooks.send_test(connection, hook.id, datetime.now(UTC))
    send_until(pool, all_delivered(pool))
    assert receiver.bodies()[0]["change"] == "test"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/x",
        "http:///nohost",
        "http://user:pw@example.org/",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.7/",
        "http://[::ffff:127.0.0.1]/",
        "http://[fd00::1]/",
        "http://0.0.0.0/",
    ],
)
def test_urls_that_must_not_be_called_are_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        check_url(url, private_networks=[])


def test_a_name_is_refused_when_any_of_its_addresses_is_private() -> None:
    with pytest.raises(ConfigError, match=r"192\.168\.1\.1"):
        resolve("https://hook.example/", [], lambda host, port: ["93.184.215.14", "192.168.1.1"])
    allowed = resolve("https://hook.example/", ["192.168.0.0/16"], lambda host, port: ["192.168.1.1"])
    assert allowed == "192.168.1.1"


def test_waits_double_up_to_their_limit_with_jitter() -> None:
    settings = WebhookSettings(backoff_initial_s=2.0, backoff_max_s=60.0)
    waits = [back_off_s(n, settings, Random(1)) for n in range(1, 12)]
    assert all(0.5 * 2**n <= wait <= 1.5 * 2**n for n, wait in enumerate(waits[:5], start=1))
    assert all(30 <= wait <= 90 for wait in waits[5:])


SENDING = """
import sys, time
from psycopg_pool import ConnectionPool
from terraloom.config import Webhooks
from terraloom.hazards.webhook_sending import Sender
with ConnectionPool(sys.argv[1], min_size=1, max_size=12, open=True) as pool:
    sender = Sender(pool, Webhooks(timeout_s=0.2, backoff_initial_s=0.05, backoff_max_s=0.1, attempts=50))
    while True:
        if not sender.send_due():
            time.sleep(0.01)
"""


@pytest.mark.slow
def test_a_worker_that_is_killed_in_the_middle_loses_and_repeats_nothing_visible(
    pool: ConnectionPool, receiver: Receiver, database_url: str
) -> None:
    subscribe(pool, receiver.url)
    for seq in range(1, 201):
        change(pool, seq, uuid4())
    plan(pool)
    for at_least in (20, 80):
        worker = _worker(database_url)
        _wait(lambda n=at_least: len(receiver.calls) >= n)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    worker = _worker(database_url)
    _wait(all_delivered(pool), 30)
    worker.kill()
    worker.wait()
    assert len(set(receiver.keys())) == 200
    by_key = {key: body for key, (_, body) in zip(receiver.keys(), receiver.calls, strict=True)}
    assert all(by_key[key] == body for key, (_, body) in zip(receiver.keys(), receiver.calls, strict=True))
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM webhook_deliveries").fetchone() == (200,)


def _worker(database_url: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", SENDING, database_url],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "HOOK_SECRET": SECRET},
    )


def _wait(done: Callable[[], bool], timeout_s: float = 20.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline, "not done in time"
        time.sleep(0.02)
