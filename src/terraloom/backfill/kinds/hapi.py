"""
HAPI servers, https://hapi-server.org: a dataset's time series, chunk by chunk.

Parameters: ``server`` (``https://…/hapi``), ``dataset``, ``parameters`` (names by commas; all where it is
left out). The series is the dataset with these names. ``/info`` is asked first: it says from when to when
the dataset goes, what its records hold, and how often they come.

A server may give less than was asked and say that all is well: a month was asked, 23 days came
(hapi-server/client-python#60). So what lies between the last record and the end of the window, if it is more
than the cadence explains, is asked for again, until records come or the server says that there are none
(status 1201). A gap within an answer is one of the data. 14xx is our fault and final, but 1408 (too much)
makes the window smaller; 15xx is the server's and may pass. Before the dataset's start there is nothing;
after its end there is nothing *yet*, and a job that wants it is not done.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from terraloom.backfill import given, planning
from terraloom.backfill.jobs import Campaign, Found, Held, Job, Kind, Smaller, Window
from terraloom.errors import FetchError, RecordError
from terraloom.records import Payload
from terraloom.sources import hapi
from terraloom.sources.base import UNREADABLE, Fetcher
from terraloom.sources.hapi import NO_DATA, OK, Info

TOO_MUCH = 1408
TOO_LARGE = 413
TOLD = (400, 404, TOO_LARGE, 500)  # with which HAPI's errors come: their body says which
STEP_S = 30 * 86_400.0
SLACK = 1.5  # cadences between the last record and the end of a window
TICK = timedelta(milliseconds=1)  # of servers' times
MOST_CELLS = 5_000_000  # of one answer: about 40 MB of CSV
OWN = ("server", "dataset", "parameters")


class Dataset(Struct, frozen=True):
    """What is asked of whom."""

    server: str
    name: str
    parameters: str = ""

    def query(self, info: Info | None = None) -> dict[str, str]:
        name = "id" if info is None or _is_hapi_2(info) else "dataset"
        return {name: self.name} | ({"parameters": self.parameters} if self.parameters else {})


class Extent(Struct, frozen=True):
    """From when to when the dataset goes, how often its records come (None: not said), how long they are."""

    start: datetime
    stop: datetime  # of its last record, or shortly after it
    cadence: timedelta | None
    columns: int

    @property
    def end(self) -> datetime:
        """Up to when nothing more can come."""
        return self.stop + (self.cadence or planning.SECOND)


class Hapi(Kind):
    name = "hapi"

    def plan(self, campaign: Campaign) -> Iterable[Job]:
        dataset = _dataset(campaign.parameters)
        series = ":".join(filter(None, (dataset.name, dataset.parameters)))
        named = replace(campaign, series=campaign.series or series)
        for window in planning.steps(planning.span(campaign), campaign.step_s or STEP_S):
            yield given.job_of(named, dataset.server, window)

    async def run(self, job: Job, fetcher: Fetcher) -> AsyncIterator[Found]:
        asked = given.window_of(job)
        dataset = _dataset(job.parameters)
        info = await _info(fetcher, dataset)
        extent = _extent(info, dataset)
        wanted = Window(max(asked.start, extent.start), min(asked.end, extent.stop + TICK))
        for outside in _before(asked, extent.start):
            yield Held(window=outside, empty=True)
        if wanted.start < wanted.end:
            if (cells := _cells(wanted, extent)) > MOST_CELLS:
                reason = f"about {cells:.0f} numbers, at most {MOST_CELLS} at once"
                yield planning.smaller(job, reason, int(cells / MOST_CELLS) + 1)
                return
            async for found in self._chunks(job, dataset, info, extent, wanted, fetcher):
                yield found
                if isinstance(found, Smaller):
                    return
        if extent.end < asked.end:
            reason = f"the dataset ends with {extent.end.isoformat()}: nothing after it yet"
            raise FetchError(f"{dataset.server} {dataset.name}", reason)
        if wanted.end < asked.end:
            yield Held(window=Window(max(wanted.end, asked.start), asked.end), empty=True)

    async def _chunks(
        self, job: Job, dataset: Dataset, info: Info, extent: Extent, wanted: Window, fetcher: Fetcher
    ) -> AsyncIterator[Found]:
        """Answers, each for what the one before left out."""
        at, first = wanted.start, True
        while at < wanted.end:
            payload = await _data(fetcher, dataset, info, Window(at, wanted.end))
            status, last = _judged(payload, Window(at, wanted.end), info.columns)
            if status.code == TOO_MUCH:
                if not first:
                    raise FetchError(payload.url, f"{status.words}, though it gave more before", 400)
                yield planning.smaller(job, status.words)
                return
            if last is None:
                yield Held(window=Window(at, wanted.end), empty=True)
                return
            until = _known_until(last, wanted.end, extent.cadence)
            if until <= at:  # what it gave before: some servers look at whole seconds only
                yield Held(window=Window(at, wanted.end), empty=True)
                return
            yield payload
            yield Held(window=Window(at, until))
            at, first = until, False


def _known_until(last: datetime, end: datetime, cadence: timedelta | None) -> datetime:
    """Up to when an answer holds all that there is: the window's end where the next record lies beyond it."""
    if cadence is not None and last + SLACK * cadence >= end:
        return end
    return min(end, last + TICK)


def _before(window: Window, start: datetime) -> list[Window]:
    """What of a window lies before the dataset begins."""
    return [Window(window.start, min(window.end, start))] if window.start < start else []


def _cells(window: Window, extent: Extent) -> float:
    if extent.cadence is None:
        return 0.0  # not known: the server will say when it is too much
    return (window.end - window.start) / extent.cadence * extent.columns


def _dataset(parameters: given.Parameters) -> Dataset:
    given.only(parameters, OWN, needed=("server", "dataset"))
    server, names = parameters["server"].rstrip("/"), parameters.get("parameters", "")
    return Dataset(server, parameters["dataset"], names)


def _is_hapi_2(info: Info) -> bool:
    """Version 2 knows `id` and `time.min`; version 3 takes them too, and a later one no longer will."""
    return info.HAPI.startswith(("1", "2"))


async def _get(fetcher: Fetcher, url: str, query: dict[str, str]) -> Payload:
    return await given.get(fetcher, url, params=query, told=TOLD)


async def _info(fetcher: Fetcher, dataset: Dataset) -> Info:
    payload = await _get(fetcher, f"{dataset.server}/info", dataset.query())
    info, _ = _read(payload)
    if info.status.code != OK:
        raise _refused(payload, info)
    return info


async def _data(fetcher: Fetcher, dataset: Dataset, info: Info, window: Window) -> Payload:
    names = ("time.min", "time.max") if _is_hapi_2(info) else ("start", "stop")
    span = dict(zip(names, (_written(window.start), _written(window.end)), strict=True))
    query = dataset.query(info) | span | {"include": "header", "format": "csv"}
    return await _get(fetcher, f"{dataset.server}/data", query)


def _written(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _read(payload: Payload) -> tuple[Info, bytes]:
    """Header and records. Raises `FetchError` where there is no header."""
    try:
        return hapi.split_header(payload.body)
    except RecordError as error:
        status = None if payload.status == 200 else payload.status
        raise FetchError(payload.url, str(error), status) from error


def _judged(payload: Payload, window: Window, columns: int) -> tuple[hapi.Status, datetime | None]:
    """
    The answer's status and the time of its last record; None where the server says that there are none.

    Raises `FetchError` for errors of HAPI, and for records that are cut, out of order or not of the window.
    """
    if payload.status == TOO_LARGE:
        return hapi.Status(TOO_MUCH, "HTTP 413"), None
    info, body = _read(payload)
    if info.status.code in (NO_DATA, TOO_MUCH):
        return info.status, None
    if info.status.code != OK or payload.status != 200:
        raise _refused(payload, info)
    if info.columns != columns:
        raise FetchError(payload.url, f"records of {info.columns} columns, /info says {columns}")
    return info.status, _last(payload, body, info, window)


def _last(payload: Payload, body: bytes, info: Info, window: Window) -> datetime:
    """The time of the last record, after a look at all of them."""
    if body.strip() and not body.endswith(b"\n"):
        raise FetchError(payload.url, f"the last record is cut: {body.splitlines()[-1][:80]!r}")
    try:
        times = [hapi.isotime(line.partition(b",")[0].decode()) for line in body.splitlines() if line.strip()]
    except UNREADABLE as error:
        raise FetchError(payload.url, str(error)) from error
    if not times:
        raise FetchError(payload.url, f"{info.status.words}, and no record; none would be {NO_DATA}")
    if any(b < a for a, b in pairwise(times)):
        raise FetchError(payload.url, "records that are not in the order of time")
    if times[0] < window.start - TICK or times[-1] >= window.end:
        got = f"{times[0].isoformat()} to {times[-1].isoformat()}"
        raise FetchError(payload.url, f"records of {got}, asked for {window.start} to {window.end}")
    return times[-1]


def _refused(payload: Payload, info: Info) -> FetchError:
    """Final where the request is wrong (14xx), worth another try where the server is (15xx)."""
    status = 400 if 1400 <= info.status.code < 1500 else 500
    return FetchError(payload.url, info.status.words, status)


def _extent(info: Info, dataset: Dataset) -> Extent:
    try:
        start, end = hapi.isotime(info.startDate), hapi.isotime(info.stopDate)
    except RecordError as error:
        raise FetchError(f"{dataset.server}/info", f"startDate or stopDate: {error}") from error
    cadence = hapi.duration(info.cadence)
    return Extent(start, end, cadence, info.columns)
