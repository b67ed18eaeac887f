"""A feed small enough to count: its source, its upstream on loopback, and an ingest that only counts."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from psycopg import Connection

from terraloom.archive import Archive
from terraloom.ingest import Timings
from terraloom.records import Payload
from terraloom.sources import Source, SourceInfo

HOST = "toy.example"
TABLE = "CREATE TABLE IF NOT EXISTS toy (record text PRIMARY KEY, payload uuid NOT NULL)"


def toy_source(source_id: str = "toy-feed", every: str = "1s") -> Source:
    """A feed at ``https://toy.example/<id>``."""

    class Toy(Source):
        info = SourceInfo(
            id=source_id,
            title="A toy",
            provider="Toys",
            agency="toys",
            url=f"https://{HOST}/{source_id}",
            every=every,
            licence="CC0",
            citation="none",
        )

    return Toy()


def count(
    connection: Connection[Any], archive: Archive, payloads: Sequence[Payload], timings: Timings
) -> None:
    """Like `ingest.ingest`: one transaction, serialised, applied payloads left out, each record once."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(1)")
        for payload in payloads:
            _count(connection, payload)


def _count(connection: Connection[Any], payload: Payload) -> None:
    applied = connection.execute(
        "UPDATE payloads SET applied_seq = (SELECT coalesce(max(applied_seq), 0) + 1 FROM payloads) "
        "WHERE id = %s AND applied_seq IS NULL",
        [payload.id],
    )
    if not applied.rowcount:
        return
    records = json.loads(payload.body)
    new = connection.execute(
        "INSERT INTO toy SELECT unnest(%s::text[]), %s ON CONFLICT DO NOTHING", [records, payload.id]
    ).rowcount
    connection.execute(
        "INSERT INTO ingests VALUES (%s, %s, 0, %s, 0, %s, 0, 0, 0, 0, 0)",
        [payload.id, len(records), len(records) - new, new],
    )


class WorkerProcess:
    """A worker that was forked for a test; see `worker_process`."""

    def __init__(self, pid: int, home: Path) -> None:
        self.pid, self._home = pid, home

    def lives(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def works(self) -> bool:
        return (self._home / f"started-{self.pid}").exists() or not self.lives()

    def ended(self) -> bool:
        return (self._home / f"ended-{self.pid}").exists()

    def end(self) -> None:
        os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)


Start = Callable[..., WorkerProcess]


class Upstream:
    """What the feed says, how often it was asked, and by which paths."""

    def __init__(self) -> None:
        self.records: list[str] = ["a", "b", "c"]
        self.body = b""  # sent in place of the records
        self.etag = ""
        self.status = 200
        self.delay_s = 0.0
        self.asked: list[str] = []
        self.url = ""


@contextmanager
def serving() -> Iterator[Upstream]:
    """An upstream on a free port of loopback."""
    upstream = Upstream()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            upstream.asked.append(self.path)
            if upstream.delay_s:
                threading.Event().wait(upstream.delay_s)
            unchanged = upstream.etag and self.headers.get("If-None-Match") == upstream.etag
            body = b"" if unchanged else upstream.body or json.dumps(upstream.records).encode()
            self.send_response(304 if unchanged else upstream.status)
            self.send_header("Content-Length", str(len(body)))
            if upstream.etag:
                self.send_header("ETag", upstream.etag)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    upstream.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield upstream
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def until(condition: Callable[[], Any], *, seconds: float = 15.0) -> Any:
    """Wait until `condition` holds, and return what it gave."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s")
