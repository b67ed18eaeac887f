"""
One poll: fetch → apply → close, each a step that may be run again after a crash.

1. `fetch` asks the upstream and archives every body, with its manifest row, before it asks for the next. Only
   payload ids leave the step. Run again, it asks again; the same bytes are stored once, and records that were
   accepted before are dropped as duplicates.
2. `apply` hands the payloads to `ingest`, which leaves out those that are applied.
3. `close` confirms the HTTP validators and writes `source_state`. Validators are confirmed only here: a poll
   that died before its records were in must not be answered "not modified" the next time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
import psycopg
import structlog
from msgspec import Struct
from psycopg import Connection

from terraloom.archive import Archive, keep, load_payload
from terraloom.backfill import ledger
from terraloom.config import seconds
from terraloom.errors import TerraloomError
from terraloom.hazards import timings
from terraloom.ingest import Timings
from terraloom.polling import state
from terraloom.polling.loop import Loop
from terraloom.records import Payload
from terraloom.runtime import Runtime
from terraloom.sources import Source, SourceInfo
from terraloom.sources.base import Fetcher

log = structlog.get_logger(__name__)
N = TypeVar("N", int, float)

NEWS = (  # something moved
    *("created", "updated", "correlated", "merged", "split", "retracted"),
    *("observed", "revised", "withdrawn"),
)
DATABASE_AWAY = (psycopg.OperationalError, psycopg.InterfaceError)
# s for all requests of one poll. Shorter than a poll may last (`durable.TIMEOUT`): a poll that is cancelled
# leaves its requests running, and the next one of that source beside them.
FETCH_S = 600.0


class Upstreams(Protocol):
    """What a poll needs of `fetching.Client`."""

    def for_source(self, info: SourceInfo) -> Fetcher: ...

    def breaker_state(self, host: str) -> str: ...


Ingest = Callable[[Connection[Any], Archive, Sequence[Payload], Timings], object]
"""`ingest.ingest` with the rules filled in: one transaction, committed; payloads already applied left out."""


class Fetched(Struct, frozen=True, kw_only=True):
    """What step 1 brought: ids of archived payloads, and why it ended early where it did."""

    payloads: tuple[str, ...] = ()
    seconds: float = 0.0
    error: str = ""


class Applied(Struct, frozen=True, kw_only=True):
    """What step 2 made of them: sums over the payloads, seconds from receipt to commit and in each stage."""

    counts: dict[str, int] = {}
    lag_s: float | None = None
    timings: dict[str, float] = {}
    error: str = ""

    @property
    def moved(self) -> bool:
        """Whether anything in it was new."""
        return any(self.counts.get(name, 0) for name in NEWS)


class Poller:
    """The steps, with the doors they need. One per process; safe for any number of threads."""

    def __init__(
        self,
        runtime: Runtime,
        sources: Mapping[str, Source],
        *,
        infos: Mapping[str, SourceInfo],
        upstreams: Upstreams,
        loop: Loop,
        ingest: Ingest,
        fetch_s: float = FETCH_S,
    ) -> None:
        self.runtime, self.sources, self.loop, self.fetch_s = runtime, sources, loop, fetch_s
        self.infos, self.upstreams, self.ingest = infos, upstreams, ingest  # replaced when settings change

    def fetch(self, source_id: str) -> Fetched:
        """Ask the upstream and archive what it sends; an error ends it, and what came before is kept."""
        received: list[str] = []
        began, error = time.monotonic(), ""
        try:
            self.loop.run(asyncio.wait_for(self._receive(source_id, received), self.fetch_s))
        except DATABASE_AWAY:
            raise  # the step is tried again
        except TimeoutError:
            error = f"not done after {self.fetch_s:g} s; {len(received)} payloads came"
        except TerraloomError as failure:
            error = str(failure)
        except Exception as fault:  # in one source's own code: it costs this poll, not the worker
            log.exception("poll.fetch_failed", source=source_id)
            error = f"{type(fault).__name__}: {fault}"
        return Fetched(payloads=tuple(received), seconds=time.monotonic() - began, error=error)

    async def _receive(self, source_id: str, received: list[str]) -> None:
        source, info = self.sources[source_id], self.infos[source_id]
        async for payload in source.fetch(self.upstreams.for_source(info)):
            await asyncio.to_thread(self.keep, payload, info.licence)
            received.append(str(payload.id))

    def keep(self, payload: Payload, licence: str) -> None:
        """Archive one payload, with its row."""
        with self.runtime.pool.connection() as connection:
            keep(connection, self.runtime.archive, [payload], licences={payload.source: licence})

    def apply(self, payload_ids: Sequence[str]) -> Applied:
        """
        Ingest archived payloads in one transaction; where that fails, each in one of its own.

        What fails stays archived and pending; `sweep` tries it again.
        """
        try:
            return self._apply(payload_ids)
        except DATABASE_AWAY:
            raise
        except Exception as error:  # a fault in ingesting one payload costs that payload, not the rest
            log.exception("poll.apply_failed", payloads=payload_ids)
            if len(payload_ids) == 1:
                return Applied(error=f"payload {payload_ids[0]}: {type(error).__name__}: {error}")
        return joined([self.apply([payload_id]) for payload_id in payload_ids])

    def _apply(self, payload_ids: Sequence[str]) -> Applied:
        if not payload_ids:
            return Applied()
        ids, spent = [UUID(payload_id) for payload_id in payload_ids], Timings()
        with self.runtime.pool.connection() as connection:
            payloads = [load_payload(connection, self.runtime.archive, payload_id) for payload_id in ids]
            connection.commit()
            self.ingest(connection, self.runtime.archive, payloads, spent)
            received = min(payload.fetched_at for payload in payloads)
            lag_s = (datetime.now(UTC) - received).total_seconds()
            # Read, not taken from the call: run again after a crash, ingest has nothing to do nor to tell.
            counts = state.counts(connection, ids)
        return Applied(counts=counts, lag_s=lag_s, timings=msgspec.to_builtins(spent))

    def close(self, poll: str, source_id: str, fetched: Fetched, applied: Applied) -> state.Outcome:
        """Write how the poll ended; validators are confirmed where all of its records are in."""
        host = urlsplit(self.infos[source_id].url).hostname or ""
        outcome = state.Outcome(
            poll=poll,
            source=source_id,
            error=fetched.error or applied.error,
            moved=applied.moved,
            lag_s=applied.lag_s,
            breaker=self.upstreams.breaker_state(host),
        )
        with self.runtime.pool.connection() as connection:
            if not outcome.error:
                self._note(connection, poll, source_id, fetched, applied)
                state.confirm_validators(connection, fetched.payloads)
            if state.close(connection, outcome):
                timings.record(connection, [{"fetch": fetched.seconds, **applied.timings}])
        return outcome

    def _note(
        self, connection: Connection[Any], poll: str, source_id: str, fetched: Fetched, applied: Applied
    ) -> None:
        """Write into the ledger what the poll held."""
        ledger.note_poll(
            connection,
            source_id,
            [UUID(payload) for payload in fetched.payloads],
            poll=poll,
            every=timedelta(seconds=seconds(self.infos[source_id].every)),
            rows=state.accepted(applied.counts),
        )


def joined(parts: Sequence[Applied]) -> Applied:
    """Several results of `apply` as one."""
    return Applied(
        counts=_added(part.counts for part in parts),
        lag_s=max((part.lag_s for part in parts if part.lag_s is not None), default=None),
        timings=_added(part.timings for part in parts),
        error="; ".join(part.error for part in parts if part.error),
    )


def _added(parts: Iterable[dict[str, N]]) -> dict[str, N]:
    """Sums by name."""
    total: dict[str, N] = {}
    for part in parts:
        for name, value in part.items():
            total[name] = total[name] + value if name in total else value
    return total
