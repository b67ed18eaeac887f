"""
ClickHouse over HTTP: the server makes few rows of many, window by window.

Parameters: ``address`` (``https://db1.wspr.live/``); ``query`` with ``{start}`` and ``{end}`` where the
window's times go, as ``2008-03-01 00:00:00`` (UTC, `end` not of it), and without a FORMAT; ``format``
(``CSVWithNames``, which is the default, or ``Parquet``); ``whole`` (seconds; 3600), in multiples of which
windows are cut, so that no hour of a query that counts by hours is counted in halves; ``count`` (yes, no):
whether the server is first asked how many rows there will be.

An exception at the end of an answer that began with 200, rows fewer than counted, and a Parquet file without
its end are errors, and nothing of them is taken. What is too much for the server (its limits of time, memory
and rows) or breaks off each time makes the window smaller. The exception's code stands in a header too where
it came before the answer began; the body always says it. Rows are compared here with the server's count, not
by the ledger: a row may be several records.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta

from msgspec import Struct

from terraloom.backfill import given, planning
from terraloom.backfill.jobs import Campaign, Found, Held, Job, Kind, Window
from terraloom.errors import ConfigError, FetchError
from terraloom.fetching.failures import Reason
from terraloom.records import Payload
from terraloom.sources import clickhouse
from terraloom.sources.base import UNREADABLE, Fetcher

FORMATS = ("CSVWithNames", "Parquet")
OWN = ("address", "query", "format", "whole", "count")
TOLD = (400, 403, 404, 408, 413, 500, 501)  # statuses of exceptions, told in the body
TOO_MUCH = {158, 159, 160, 241, 307, 396}  # rows, time, slowness, memory, bytes, rows of the result
PASSING = {
    201,
    202,
    209,
    210,
    225,
    236,
    242,
    279,
    394,
    439,
    999,
}  # quotas, crowds, networks
BROKEN = Reason.TRUNCATED, Reason.TIMEOUT, Reason.TOO_LARGE  # it broke off, or would not end
DAY_S = 86_400.0


class Query(Struct, frozen=True):
    """What a campaign asks. `whole`: the unit of windows."""

    address: str
    text: str
    format: str
    whole: timedelta
    counts: bool

    def of(self, window: Window) -> str:
        said = {"{start}": window.start, "{end}": window.end}
        text = self.text
        for mark, moment in said.items():  # not str.format: SQL has braces of its own
            text = text.replace(mark, _written(moment))
        return text


class ClickHouse(Kind):
    name = "clickhouse"

    def plan(self, campaign: Campaign) -> Iterable[Job]:
        query, span = _query(campaign.parameters), planning.span(campaign)
        step_s = campaign.step_s or DAY_S
        if timedelta(seconds=step_s) % query.whole:
            raise ConfigError("step_s", step_s, f"a multiple of whole, {query.whole.total_seconds():g} s")
        span = Window(planning.floor(span.start, query.whole), planning.floor(span.end, query.whole))
        for window in planning.steps(span, step_s):
            yield given.job_of(campaign, query.address, window)

    async def run(self, job: Job, fetcher: Fetcher) -> AsyncIterator[Found]:
        window, query = given.window_of(job), _query(job.parameters)
        try:
            expected = await _count(fetcher, query, window) if query.counts else None
            if expected == 0:
                yield Held(window=window, empty=True)
                return
            payload = await _ask(fetcher, query.address, f"{query.of(window)}\nFORMAT {query.format}")
        except TooMuch as excess:
            yield planning.smaller(job, str(excess), unit=query.whole)
            return
        rows = _rows(payload)
        if expected is not None and rows < expected:
            raise FetchError(payload.url, f"{rows} rows, the server counts {expected}")
        yield payload
        yield Held(window=window, empty=rows == 0)


class TooMuch(Exception):
    """The server would not do so much, in its words."""


async def _count(fetcher: Fetcher, query: Query, window: Window) -> int:
    payload = await _ask(fetcher, query.address, f"SELECT count() FROM (\n{query.of(window)}\n) FORMAT TSV")
    text = payload.body.strip()
    if not text.isdigit():
        raise FetchError(payload.url, f"a count, got {text[:80]!r}")
    return int(text)


async def _ask(fetcher: Fetcher, address: str, text: str) -> Payload:
    """The whole answer. Raises `TooMuch`, or `FetchError` with ClickHouse's words."""
    try:
        payload = await given.get(fetcher, address, params={"query": text}, told=TOLD)
    except FetchError as error:
        if given.broke_off(error, *BROKEN):
            raise TooMuch(error.reason) from error
        raise
    failure = clickhouse.failure(payload.body)
    if failure is None and payload.status == 200:
        return payload
    if failure is None:
        raise FetchError(payload.url, payload.body[:200].decode("utf-8", "replace"), payload.status)
    code, words = int(failure[1]), clickhouse.words(failure)
    if code in TOO_MUCH:
        raise TooMuch(words)
    raise FetchError(payload.url, words, 500 if code in PASSING else 400)


def _rows(payload: Payload) -> int:
    try:
        return clickhouse.rows(payload.body)
    except UNREADABLE as error:
        raise FetchError(payload.url, str(error)) from error


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _query(parameters: given.Parameters) -> Query:
    """Raises `ConfigError`."""
    given.only(parameters, OWN, needed=("address", "query"))
    text, written = parameters["query"], parameters.get("format", FORMATS[0])
    if "{start}" not in text or "{end}" not in text or "FORMAT" in text.split()[-2:-1]:
        raise ConfigError("parameters.query", text, "SQL with {start} and {end}, without FORMAT")
    if written not in FORMATS:
        raise ConfigError("parameters.format", written, f"one of {', '.join(FORMATS)}")
    whole = timedelta(seconds=given.whole(parameters, "whole", 3600))
    return Query(parameters["address"], text, written, whole, given.yes(parameters, "count", True))
