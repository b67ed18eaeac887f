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
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import structlog
from msgspec import Struct
from psycopg import Connection

from terraloom.archive import Archive, keep, load_payload
from terraloom.errors import TerraloomError
from terraloom.polling import state
from terraloom.polling.loop import Loop
from terraloom.records import Payload
from terraloom.runtime import Runtime
from terraloom.sources import Source, SourceInfo
from terraloom.sources.base import Fetcher

log = structlog.get_logger(__name__)

COUNTS = (
    *("records", "rejected", "duplicate", "stale"),
    *("created", "updated", "correlated", "merged", "split", "retracted"),
)
NEWS = COUNTS[4:]  # something in the record moved
DATABASE_AWAY = (psycopg.OperationalError, psycopg.InterfaceError)


class Upstreams(Protocol):
    """What a poll needs of `fetching.Client`."""

    def for_source(self, info: SourceInfo) -> Fetcher: ...

    def breaker_state(self, host: str) -> str: ...


Ingest = Callable[[Connection[Any], Archive, Sequence[Payload]], Sequence[object]]
"""`ingest.ingest` with the rules filled in: one transaction, committed; results that hold the counts."""


class Fetched(Struct, frozen=True, kw_only=True):
    """What step 1 brought: ids of archived payloads, and why it ended early where it did."""

    payloads: tuple[str, ...] = ()
    error: str = ""


class Applied(Struct, frozen=True, kw_only=True):
    """What step 2 made of them: sums over the payloads, and the seconds from receipt to commit."""

    counts: dict[str, int] = {}
    lag_s: float | None = None
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
    ) -> None:
        self.runtime, self.sources, self.loop = runtime, sources, loop
        self.infos, self.upstreams, self.ingest = infos, upstreams, ingest  # replaced when settings change

    def fetch(self, source_id: str) -> Fetched:
        """Ask the upstream and archive what it sends; an error ends it, and what came before is kept."""
        received: list[str] = []
        try:
            self.loop.run(self._receive(source_id, received))
        except DATABASE_AWAY:
            raise  # the step is tried again
        except TerraloomError as error:
            return Fetched(payloads=tuple(received), error=str(error))
        except Exception as error:  # a fault in one source's own code costs its poll, not the worker
            log.exception("poll.fetch_failed", source=source_id)
            return Fetched(payloads=tuple(received), error=f"{type(error).__name__}: {error}")
        return Fetched(payloads=tuple(received))

    async def _receive(self, source_id: str, received: list[str]) -> None:
        source, info = self.sources[source_id], self.infos[source_id]
        async for payload in source.fetch(self.upstreams.for_source(info)):
            await asyncio.to_thread(self._keep, payload, info.licence)
            received.append(str(payload.id))

    def _keep(self, payload: Payload, licence: str) -> None:
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
        with self.runtime.pool.connection() as connection:
            payloads = [load_payload(connection, self.runtime.archive, UUID(i)) for i in payload_ids]
            connection.commit()
            results = self.ingest(connection, self.runtime.archive, payloads)
        received = min(payload.fetched_at for payload in payloads)
        return Applied(counts=total(results), lag_s=(datetime.now(UTC) - received).total_seconds())

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
                state.confirm_validators(connection, fetched.payloads)
            state.close(connection, outcome)
        return outcome


def total(results: Sequence[object]) -> dict[str, int]:
    """Sums of the counts of `ingest.IngestResult`s."""
    return {name: sum(getattr(result, name) for result in results) for name in COUNTS}


def joined(parts: Sequence[Applied]) -> Applied:
    """Several results of `apply` as one."""
    return Applied(
        counts={name: sum(part.counts.get(name, 0) for part in parts) for name in COUNTS},
        lag_s=max((part.lag_s for part in parts if part.lag_s is not None), default=None),
        error="; ".join(part.error for part in parts if part.error),
    )
