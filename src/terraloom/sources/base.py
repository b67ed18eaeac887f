"""What a source is: a description, a way to fetch it, and a pure parser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol, SupportsBytes, TypeVar

from msgspec import DecodeError, Struct

from terraloom.errors import FetchError, RecordError
from terraloom.records import HazardReport, Metric, Observation, Payload, Record, Reject

T = TypeVar("T")


class SourceInfo(Struct, frozen=True, kw_only=True):
    """
    The description of a feed, from which its schedule, docs row, listing and contract tests follow.

    `id` is ``<provider>-<thing>[-<window>]``. `agency` is the namespace of its event and station ids: feeds
    of one agency share it. `metrics` are those that it observes; feeds that observe the same share the
    constant. `folder` (and `extra_folders`) name the folders of recorded payloads that `terraloom replay DIR`
    hands to this source (several feeds may share one; `recognises` tells the files apart). Feeds that are
    windows on one list (the past hour, the past week) share its `line`: what one of them has said, with the
    same clock, is no news from another.
    """

    id: str
    title: str
    provider: str
    agency: str
    url: str
    every: str  # "60s", "5m", "1h", "1d"
    emits: type[HazardReport] | type[Observation] = HazardReport
    metrics: tuple[Metric, ...] = ()
    licence: str
    citation: str
    homepage: str = ""
    folder: str = ""
    extra_folders: tuple[str, ...] = ()
    line: str = ""  # unset: its id
    priority: int = 50  # whose fields an event shows: lower wins, then recency
    time_resolution_s: float = 1.0
    position_error_km: float = 0.0  # one sigma, from rounding or the agency's own statement
    rate_per_minute: float = 60.0  # requests to its host
    credential: str = ""  # name in `auth_config`, where the upstream wants one
    enabled: bool = True  # polled without being asked for


class Fetcher(Protocol):
    """The one way out: `fetching.Client` gives it to `Source.fetch`."""

    @property
    def now(self) -> datetime:
        """The clock of the fetch, UTC, for addresses that ask for a span of time."""
        ...

    async def get(
        self,
        url: str,
        *,
        kind: str = "feed",
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        conditional: bool = True,
        accept_status: Collection[int] = (),
    ) -> Payload | None:
        """
        One GET for this source; None when the upstream says that nothing changed (304) or is there (204).

        A status in `accept_status` gives a payload too (204 empty, 404 or 409 for what was deleted, 400
        with a feed in its body). Every other one, and what remains after retries, raises `FetchError`.
        """
        ...


class Source:
    """
    One upstream feed. Subclasses set `info` and write `parse`; the rest has a default.

    `parse` is pure: the same payload gives the same reports in the same order. It never raises for bad
    input: a record that cannot be read becomes a `Reject`, and so does a payload that is not readable at
    all (one `Reject` with ``where="payload"``).
    """

    info: ClassVar[SourceInfo]
    headers: ClassVar[Mapping[str, str]] = {}  # sent with each request of the default `fetch`
    columns_apart: ClassVar[bool] = False  # all values stand before all times: half a body holds no record

    def addresses(self, now: datetime) -> Sequence[str]:
        """What the default `fetch` asks for at `now`, in this order. Default: `info.url` alone."""
        return (self.info.url,)

    def fetch(self, fetcher: Fetcher) -> AsyncIterator[Payload]:
        """
        Yield what is to be archived. Default: one conditional GET of each of `addresses`; one that fails
        costs no other, and ends the poll with its error.
        """
        return self._fetch_each(fetcher)

    async def _fetch_each(self, fetcher: Fetcher) -> AsyncIterator[Payload]:
        failures: list[FetchError] = []
        for address in self.addresses(fetcher.now):
            try:
                payload = await fetcher.get(address, headers=dict(self.headers))
            except FetchError as failure:
                failures.append(failure)
                continue
            if payload is not None:
                yield payload
        if failures:
            raise failures[0]

    def recognises(self, payload: Payload) -> bool:
        """Whether a recorded payload from this source's folder is one of its own, judged by content."""
        raise TypeError(
            f"{type(self).__name__} has a folder of recordings but does not say which are its own"
        )

    def parse(self, payload: Payload) -> Iterator[Record]:
        """Read every record of a payload."""
        raise TypeError(f"{type(self).__name__} does not parse")


UNREADABLE = (RecordError, DecodeError, UnicodeDecodeError, RecursionError)
"""
What reading a record may raise: ours, msgspec's two, and what msgspec lets through (no UTF-8, deep
nesting).
"""


def each(fragments: Iterable[SupportsBytes], read: Callable[[Any], T]) -> Iterator[T | Reject]:
    """Read every record; one that cannot be read becomes a `Reject` that says where and why."""
    for n, fragment in enumerate(fragments):
        try:
            yield read(fragment)
        except UNREADABLE as error:
            yield Reject(
                where=f"record {n}", reason=_reason(error, bytes(fragment)), fragment=bytes(fragment)
            )


def each_of(fragments: Iterable[SupportsBytes], read: Callable[[Any], Iterable[T]]) -> Iterator[T | Reject]:
    """As `each`, where a record says several things."""

    def whole(fragment: SupportsBytes) -> tuple[T, ...]:
        return tuple(read(fragment))  # all of it or none: nothing is said twice

    for found in each(fragments, whole):
        if isinstance(found, Reject):
            yield found
        else:
            yield from found


def _reason(error: Exception, fragment: bytes) -> str:
    """
    The error's own words; where it only counts bytes ("invalid character (byte 17)"), also what stands
    there.
    """
    at = re.search(r"\(byte (\d+)\)$", str(error))
    if at is None:
        return str(error)
    place = int(at[1])
    return f"{error}, at {fragment[max(0, place - 24) : place + 8].decode('utf-8', 'replace')!r}"


def reject_payload(payload: Payload, error: Exception) -> Reject:
    """The whole payload is unreadable: one reject with its first kilobytes (all of it is archived)."""
    return Reject(where="payload", reason=f"{type(error).__name__}: {error}", fragment=payload.body[:4096])
