"""The server as the archive sees it: how many spots there are, and an answer with them in a file."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TypeVar

import structlog
from msgspec import structs

from terraloom.backfill.jobs import Window
from terraloom.backfill.wspr.asking import counts_sql, name_of, read_counts, rows_sql
from terraloom.config import Fetch, Wspr
from terraloom.errors import FetchError, PayloadError
from terraloom.fetching import Client, Reason
from terraloom.fetching.failures import Failure
from terraloom.sources import clickhouse
from terraloom.sources.radio.wspr_corridors import WsprCorridors

T = TypeVar("T")

REFUSED = (400, 401, 403, 404, 405, 413, 501)  # with ClickHouse's reason in the body
ILL = (408, 500)  # the same, and another try may do
TOO_MUCH_CODES = {158, 159, 160, 241, 307, 396}  # rows, time, slowness, memory, bytes, rows of the result
CUT = (Reason.TRUNCATED, Reason.TIMEOUT)  # the same question would end the same
TOO_MUCH = {*CUT, Reason.TOO_LARGE, Reason.ENCODING, Reason.SERVER_ERROR, Reason.RESET}

log = structlog.get_logger("terraloom.wspr")


class TooMuch(Exception):
    """An answer did not come whole; smaller ones may."""


def patient(fetch: Fetch, wspr: Wspr) -> Fetch:
    """The client's settings for answers that are gigabytes, and long in coming."""
    longer = {
        "read_timeout_s": wspr.timeout_s,
        "total_timeout_s": wspr.timeout_s,
        "max_bytes": wspr.max_bytes,
    }
    return fetch.model_copy(update=longer)


class Server:
    """
    Asks over `client` (made with `patient` settings), with its retries, rate and breaker; while the breaker
    is open it waits, as nobody else needs the answer sooner.
    """

    def __init__(
        self, client: Client, settings: Wspr, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        info = structs.replace(WsprCorridors.info, id="wspr-archive", url=settings.address)
        self.address = settings.address
        self._fetcher, self._fetch, self._sleep = client.for_source(info), client.settings, sleep

    async def counts(self, month: Window) -> Mapping[datetime, int]:
        """How many spots there are in each hour. Raises `FetchError`, `PayloadError`."""
        asked = {"query": counts_sql(month)}
        for _ in range(1, self._fetch.attempts):
            try:
                return await self._counts(asked)
            except PayloadError as error:
                log.info("wspr.counts_unreadable", month=name_of(month), reason=str(error))
        return await self._counts(asked)

    async def _counts(self, asked: dict[str, str]) -> Mapping[datetime, int]:
        payload = await self._waiting(
            lambda: self._fetcher.get(
                self.address, params=asked, conditional=False, accept_status=REFUSED, kind="counts"
            )
        )
        if payload is not None and payload.status in REFUSED:
            raise FetchError(payload.url, payload.body.decode("utf-8", "replace").strip(), payload.status)
        return read_counts(payload.body if payload is not None else b"")

    async def save(self, window: Window, path: Path, *, divisible: bool) -> None:
        """
        Put the spots of a window into a file that survives a power cut; it is not checked here.

        Raises `TooMuch` where that fails in a way that a smaller window (it is `divisible`) may not; else
        `FetchError`.
        """
        for tries in count(1):
            status = await self._save(window, path, divisible=divisible)
            if status == 200:
                return
            said, code = await asyncio.to_thread(_said, path)
            if divisible and code in TOO_MUCH_CODES:
                raise TooMuch(said)
            if status not in ILL or tries == self._fetch.attempts:
                raise FetchError(self.address, said, status)
            await self._sleep(min(self._fetch.backoff_max_s, self._fetch.backoff_initial_s * 2**tries))

    async def _save(self, window: Window, path: Path, *, divisible: bool) -> int:
        with path.open("wb") as into:
            try:
                saved = await self._waiting(
                    lambda: self._fetcher.save(
                        self.address,
                        into,
                        params={"query": rows_sql(window)},
                        accept_status=REFUSED + ILL,
                        not_again=CUT if divisible else (),
                    )
                )
            except FetchError as error:
                if divisible and _reason(error) in TOO_MUCH:
                    raise TooMuch(error.reason) from error
                raise
            into.flush()
            os.fsync(into.fileno())
        return saved.status

    async def _waiting(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask, and where the breaker does not let us, ask again when it has rested."""
        for tries in count(1):
            try:
                return await ask()
            except FetchError as error:
                if _reason(error) is not Reason.BREAKER_OPEN or tries > self._fetch.attempts:
                    # Without the query, which would hide the reason.
                    raise FetchError(self.address, error.reason, error.status) from error.__cause__
            await self._sleep(self._fetch.breaker.recovery_s)
        raise AssertionError("counting never ends")


def _said(path: Path) -> tuple[str, int]:
    """The text that came instead of spots, and ClickHouse's code in it; 0 where there is none."""
    with path.open("rb") as file:
        body = file.read(65_536)
    found = clickhouse.failure(body)
    if found is None:
        return body[:200].decode("utf-8", "replace").strip(), 0
    return clickhouse.words(found), int(found[1])


def _reason(error: FetchError) -> Reason | None:
    return error.__cause__.reason if isinstance(error.__cause__, Failure) else None
