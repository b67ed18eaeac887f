"""One try: send, follow redirects, read the body within its bounds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import BinaryIO

import httpx
from msgspec import Struct

from terraloom.config import Fetch
from terraloom.fetching.backoff import retry_after_s
from terraloom.fetching.bodies import Body, looks_cut
from terraloom.fetching.credentials import Credential
from terraloom.fetching.failures import Failure, Reason, from_httpx
from terraloom.fetching.redaction import redacted
from terraloom.fetching.transports import CREDENTIAL

MAX_REDIRECTS = 5
REDIRECTS = {301, 302, 303, 307, 308}
THROTTLED = {429}
PASSING_4XX = {408, 425}  # Request Timeout, Too Early: RFC 9110 and 8470 invite to ask again


class Wanted(Struct, frozen=True, kw_only=True):
    """
    What is asked for. `conditional`: the headers hold a validator, so that 304 is an answer. `into`: the file
    for the body, which each try begins anew.
    """

    url: httpx.URL
    headers: dict[str, str]
    conditional: bool = False
    accept_status: frozenset[int] = frozenset({200})
    credential: Credential | None = None
    into: BinaryIO | None = None
    not_again: frozenset[Reason] = frozenset()  # for these, no other try


class Answer(Struct, frozen=True, kw_only=True):
    """What came back: an accepted status and the whole, decompressed body (empty where it is in a file)."""

    status: int
    headers: httpx.Headers
    body: bytes = b""
    size: int = 0  # of the body, bytes


async def exchange(http: httpx.AsyncClient, wanted: Wanted, settings: Fetch, now: datetime) -> Answer:
    """One try within `settings.total_timeout_s`. Raises `Failure`."""
    try:
        async with asyncio.timeout(settings.total_timeout_s):
            return await _follow(http, wanted, settings, now)
    except TimeoutError as error:
        raise Failure(Reason.TIMEOUT, f"not done after {settings.total_timeout_s:g} s") from error


async def _follow(http: httpx.AsyncClient, wanted: Wanted, settings: Fetch, now: datetime) -> Answer:
    url = wanted.url
    for _ in range(MAX_REDIRECTS + 1):
        async with _sent(http, wanted, url) as response:
            if response.status_code in REDIRECTS and response.status_code not in wanted.accept_status:
                url = _next(url, response)
                continue
            _check_status(response, wanted, now)
            return await _read(response, wanted, settings.max_bytes)
    raise Failure(Reason.REDIRECT, f"more than {MAX_REDIRECTS} redirects")


@asynccontextmanager
async def _sent(http: httpx.AsyncClient, wanted: Wanted, url: httpx.URL) -> AsyncIterator[httpx.Response]:
    """The response, its body not yet read. A credential goes to the origin that it is for, never further."""
    own = _origin(url) == _origin(wanted.url)
    extensions = {CREDENTIAL: wanted.credential} if wanted.credential and own else {}
    request = http.build_request("GET", url, headers=wanted.headers, extensions=extensions)
    try:
        response = await http.send(request, stream=True, follow_redirects=False)
    except httpx.InvalidURL as error:  # httpx reads `Location` by itself, whoever follows it
        raise Failure(Reason.REDIRECT, f"redirected to what is no url: {error}") from error
    except httpx.HTTPError as error:
        raise from_httpx(error, reading=False) from error
    try:
        yield response
    finally:
        await response.aclose()


def _next(url: httpx.URL, response: httpx.Response) -> httpx.URL:
    location = response.headers.get("location", "")
    try:
        target = url.join(location)
    except httpx.InvalidURL as error:
        raise Failure(Reason.REDIRECT, f"redirected to what is no url: {error}") from error
    if target.scheme not in ("http", "https") or not target.host or not location:
        raise Failure(Reason.REDIRECT, f"redirected to {redacted(location)!r}, expected http or https")
    if url.scheme == "https" and target.scheme == "http":
        raise Failure(Reason.REDIRECT, f"redirected from https to plain http: {redacted(str(target))}")
    return target


def _check_status(response: httpx.Response, wanted: Wanted, now: datetime) -> None:
    status = response.status_code
    if status in wanted.accept_status or (status == 304 and wanted.conditional) or status == 204:
        return
    detail = response.reason_phrase or "no reason given"
    wait = retry_after_s(response.headers.get("retry-after"), now)
    if status in THROTTLED or (status == 503 and wait is not None):
        raise Failure(Reason.THROTTLED, detail, status=status, retry_after_s=wait)
    if status >= 500 or status in PASSING_4XX:
        raise Failure(Reason.SERVER_ERROR, detail, status=status, retry_after_s=wait)
    raise Failure(Reason.REFUSED, detail, status=status)


async def _read(response: httpx.Response, wanted: Wanted, max_bytes: int) -> Answer:
    status, headers = response.status_code, response.headers
    body = Body(headers.get("content-encoding", ""), max_bytes, wanted.into)
    if wanted.into is not None:
        wanted.into.seek(0)
        wanted.into.truncate()
    if status in (204, 304):
        return Answer(status=status, headers=headers)
    try:
        async for chunk in response.aiter_raw():
            body.feed(chunk)
    except httpx.HTTPError as error:
        raise from_httpx(error, reading=True) from error
    answer = Answer(status=status, headers=headers, body=body.finish(), size=body.size)
    if status == 200 and wanted.into is None and looks_cut(answer.body, headers.get("content-type", "")):
        raise Failure(Reason.TRUNCATED, "the body lacks its end, though its length is right", answer=answer)
    return answer


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
