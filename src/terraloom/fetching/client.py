"""The one HTTP client: what a source asks for, it gets politely, wholly, or not at all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, BinaryIO

import httpx
from msgspec import Struct
from msgspec.structs import replace

from terraloom import __version__
from terraloom.config import Fetch
from terraloom.errors import ConfigError, FetchError
from terraloom.fetching.backoff import wait_s
from terraloom.fetching.bodies import ACCEPT_ENCODING
from terraloom.fetching.breaker import Breaker, BreakerState
from terraloom.fetching.credentials import Credential, Credentials
from terraloom.fetching.events import FetchEvent, Outcome, span, write_log
from terraloom.fetching.exchange import Answer, Wanted, exchange
from terraloom.fetching.failures import Failure, Reason
from terraloom.fetching.hosts import Host
from terraloom.fetching.metrics import observe
from terraloom.fetching.redaction import redacted, with_params
from terraloom.fetching.transports import Road, base_for
from terraloom.fetching.validators import Validator, Validators
from terraloom.records import Payload

if TYPE_CHECKING:
    from terraloom.sources.base import SourceInfo

Observer = Callable[[FetchEvent], None]


def utc_now() -> datetime:
    return datetime.now(UTC)


class Client:
    """
    One per process and event loop: rate limits, bulkheads and breakers live in it, per host.

    `async with Client(settings.fetch, …) as client`, then `client.for_source(info)` is what
    `Source.fetch` takes. Clock, sleep and randomness are arguments; so is the `transport` at the bottom
    (default: the network). Raises `ConfigError` where `settings.point_at` is no place to send requests.
    """

    def __init__(
        self,
        settings: Fetch,
        *,
        validators: Validators | None = None,
        credentials: Credentials | None = None,
        clock: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        random: Random | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        observers: Sequence[Observer] = (observe, write_log),
    ) -> None:
        self.settings, self.validators, self.credentials = settings, validators, credentials
        self.clock, self.monotonic, self.sleep = clock, monotonic, sleep
        self.random = random or Random()
        self._observers = observers
        self._hosts: dict[str, Host] = {}
        self._http = httpx.AsyncClient(
            transport=Road(settings.point_at, (lambda _proxy: transport) if transport else None),
            headers={"User-Agent": user_agent(settings.user_agent), "Accept-Encoding": ACCEPT_ENCODING},
            timeout=httpx.Timeout(settings.read_timeout_s, connect=settings.connect_timeout_s),
        )

    async def __aenter__(self) -> Client:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._http.aclose()

    def for_source(self, info: SourceInfo) -> SourceFetcher:
        """The way out for one source, as `info` describes it (with the settings' overrides applied)."""
        return SourceFetcher(self, info)

    def breaker_state(self, host: str) -> BreakerState:
        """The breaker of a host name; closed where nothing was asked yet."""
        known = self._hosts.get(host)
        return known.breaker.state if known else BreakerState.CLOSED

    def host(self, name: str, per_minute: float) -> Host:
        """The gate of a host, at `per_minute` or less. One that is pointed elsewhere has no rate limit:
        the limit is a courtesy to the real one."""
        if name not in self._hosts:
            limits = self.settings.breaker
            breaker = Breaker(limits.failures, limits.recovery_s, monotonic=self.monotonic)
            self._hosts[name] = Host(breaker, self.settings, monotonic=self.monotonic, sleep=self.sleep)
        if not base_for(self.settings.point_at, name):
            allowed = min(per_minute, self.settings.rate_per_minute)
            self._hosts[name].limit(self.settings.hosts.get(name, allowed))
        return self._hosts[name]

    async def attempt(self, wanted: Wanted, host: Host) -> Answer:
        """One try when the host's turn comes. Raises `Failure`."""
        async with host.turn():
            try:
                return await exchange(self._http, wanted, self.settings, self.clock())
            except Failure as failure:
                if failure.retry_after_s is not None:
                    host.rest(failure.retry_after_s)
                raise

    def tell(self, event: FetchEvent) -> None:
        for observer in self._observers:
            observer(event)


class SourceFetcher:
    """`Fetcher` for one source (`sources.base` says what it promises)."""

    def __init__(self, client: Client, info: SourceInfo) -> None:
        self._client, self._info = client, info

    @property
    def now(self) -> datetime:
        return self._client.clock()

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
        """One GET. None for 304, and for 204 unless `accept_status` asks for it. Raises `FetchError`."""
        target = with_params(_readable(url), params or {})
        recorded = redacted(str(target))
        validator = await self._validator(recorded) if conditional else Validator()
        wanted = Wanted(
            url=target,
            headers={**_conditions(validator), **(headers or {})},
            conditional=validator != Validator(),
            accept_status=frozenset({200, *accept_status}),
            credential=await self._credential(target),
        )
        answer = await _Fetch(self._client, self._info, wanted, recorded).run()
        if answer.status == 304 or (answer.status == 204 and 204 not in accept_status):
            return None
        return self._payload(answer, recorded, kind)

    async def save(
        self,
        url: str,
        into: BinaryIO,
        *,
        params: dict[str, str] | None = None,
        accept_status: Collection[int] = (),
        not_again: Collection[Reason] = (),
    ) -> Saved:
        """
        One GET whose body goes into a file, from its beginning: it is never in memory whole.

        Failures for a reason in `not_again` are not tried a second time: who asks has a better way. Raises
        `FetchError`; its cause is the `Failure`. The file then holds what came of the last try.
        """
        target = with_params(_readable(url), params or {})
        wanted = Wanted(
            url=target,
            headers={},
            accept_status=frozenset({200, *accept_status}),
            credential=await self._credential(target),
            into=into,
            not_again=frozenset(not_again),
        )
        answer = await _Fetch(self._client, self._info, wanted, redacted(str(target))).run()
        return Saved(answer.status, answer.size, answer.headers.get("content-type", ""))

    def _payload(self, answer: Answer, recorded: str, kind: str) -> Payload:
        return Payload(
            source=self._info.id,
            kind=kind,
            url=recorded,
            fetched_at=self._client.clock(),
            body=answer.body,
            status=answer.status,
            content_type=answer.headers.get("content-type", ""),
            etag=answer.headers.get("etag", ""),
            last_modified=answer.headers.get("last-modified", ""),
            link=answer.headers.get("link", ""),
        )

    async def _validator(self, recorded: str) -> Validator:
        if self._client.validators is None:
            return Validator()
        found = await asyncio.to_thread(self._client.validators.load, self._info.id, recorded)
        return found or Validator()

    async def _credential(self, target: httpx.URL) -> Credential | None:
        """The source's credential, for its own host only: a link in a feed must not carry it elsewhere."""
        if not self._info.credential or target.host != httpx.URL(self._info.url).host:
            return None
        if self._client.credentials is None:
            raise ConfigError("credential", self._info.credential, "a client that was given credentials")
        return await asyncio.to_thread(self._client.credentials.find, self._info.credential)


class Saved(Struct, frozen=True):
    """What came into a file: `bytes` after decompression."""

    status: int
    bytes: int
    content_type: str


class _Fetch:
    """One fetch with all its tries: what was wanted, how often it was tried, when it began."""

    def __init__(self, client: Client, info: SourceInfo, wanted: Wanted, recorded: str) -> None:
        self._client, self._info, self._wanted, self._recorded = client, info, wanted, recorded
        self._host = client.host(wanted.url.host, info.rate_per_minute)
        self._id = f"{client.random.getrandbits(64):016x}"
        self._began = client.monotonic()
        self._tries = 0

    async def run(self) -> Answer:
        with span(self._info.id, self._recorded, self._id):
            try:
                answer = await self._with_retries()
            except Failure as failure:
                self._tell(self._event("failed"), failure)
                raise FetchError(self._recorded, str(failure), failure.status) from failure
            event = self._event(_outcome(answer))
            self._client.tell(replace(event, status=answer.status, bytes=answer.size))
            return answer

    async def _with_retries(self) -> Answer:
        while True:
            self._tries += 1
            try:
                return await self._client.attempt(self._wanted, self._host)
            except Failure as failure:
                if not self._is_worth_another_try(failure):
                    if failure.answer is not None:  # it only looks cut: the parser will judge
                        return failure.answer
                    raise
                pause = wait_s(failure, self._tries, self._client.settings, self._client.random)
                self._tell(replace(self._event("retry"), wait_s=pause), failure)
            await self._client.sleep(pause)

    def _is_worth_another_try(self, failure: Failure) -> bool:
        settings = self._client.settings
        asked_s = failure.retry_after_s or 0.0
        if failure.reason in self._wanted.not_again:
            return False
        return failure.passing and asked_s <= settings.retry_after_max_s and self._tries < settings.attempts

    def _tell(self, event: FetchEvent, failure: Failure) -> None:
        status = failure.status or 0
        event = replace(event, reason=failure.reason.value, detail=failure.detail, status=status)
        self._client.tell(event)

    def _event(self, outcome: Outcome) -> FetchEvent:
        return FetchEvent(
            source=self._info.id,
            host=self._wanted.url.host,
            url=self._recorded,
            fetch_id=self._id,
            outcome=outcome,
            breaker=self._host.breaker.state,
            seconds=self._client.monotonic() - self._began,
            tries=self._tries,
        )


def user_agent(given: str) -> str:
    """`given`, with the project and its version in it."""
    product = f"terraloom/{__version__}"
    if product in given:
        return given
    name, _, rest = given.partition(" ")
    return f"{product} {rest}".strip() if name == "terraloom" else f"{given} {product}"


def _readable(url: str) -> httpx.URL:
    """`url`, which a feed may have given; one that is none is that fetch's failure, not the poll's crash."""
    try:
        return httpx.URL(url)
    except httpx.InvalidURL as error:
        raise FetchError(redacted(url), f"{Reason.REQUEST.value}: {error}") from error


def _outcome(answer: Answer) -> Outcome:
    if answer.status == 304:
        return "unchanged"
    return "empty" if answer.status == 204 else "fetched"


def _conditions(validator: Validator) -> dict[str, str]:
    """Both where there are both: an ETag wins with servers that know it (RFC 9110, 13.2.2)."""
    conditions = {"If-None-Match": validator.etag, "If-Modified-Since": validator.last_modified}
    return {name: value for name, value in conditions.items() if value}
