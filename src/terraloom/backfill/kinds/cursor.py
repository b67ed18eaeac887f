"""
JSON in pages, of any API: by page number, by offset, by a cursor, or by a link to the next page.

Parameters: ``address`` of the first page, with ``{item}`` and, for windows, ``{start}`` and ``{end}`` where
they go; ``items`` (by blanks): one job for each; ``records``: path of the array (``results``, ``1`` for the
second of an array, "" where the document is the array); ``total``: path of the service's own count, where it
has one. How it goes on is one of

- ``page``: name of the parameter with the page's number (``first``: of the first page, 1 if not said);
- ``offset``: name of the parameter with the number of records before the page;
- ``cursor`` and ``next``: the parameter, and the path of its next value in the answer;
- ``next`` alone: path of the next page's address; ``next=link``: it stands in the Link header, as openFDA's
  ``search_after`` does (RFC 8288).

It ends where a page has no records, where the answer names no next page, where all of the total have come, or
where a page beyond the first is not found (404). ``most``: if the total is greater the window is made
smaller, for services that give no more, however one pages.

A cursor that came before, and a page that is byte for byte an earlier one, are errors: the service goes in
circles. So is a total that the pages do not reach. Records are counted here, against the service's total;
what the source makes of one (three values, or none) is another matter.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any
from urllib.parse import quote, urljoin

import msgspec
from msgspec import Raw, Struct

from terraloom.backfill import given, planning
from terraloom.backfill.jobs import Campaign, Found, Held, Job, Kind, Window
from terraloom.errors import ConfigError, FetchError
from terraloom.records import Payload
from terraloom.sources.base import UNREADABLE, Fetcher
from terraloom.sources.declared import find

OWN = ("address", "items", "records", "total", "page", "first", "offset", "cursor", "next", "most", "item")
STEP_S = 30 * 86_400.0
MOST_PAGES = 100_000
TOO_LARGE, NOT_FOUND = 413, 404
LINK = "link"
_NEXT = re.compile(r'<([^<>]*)>\s*;[^,]*\brel\s*=\s*"?[^",;]*\bnext\b', re.IGNORECASE)


class Page(Struct, frozen=True):
    """One answer: its records, the service's total (None: not said), where the next one is ("": nowhere)."""

    payload: Payload
    rows: int
    total: int | None
    next: str


class CursorJson(Kind):
    name = "cursor-json"

    def plan(self, campaign: Campaign) -> Iterable[Job]:
        check(campaign.parameters)
        address = campaign.parameters["address"]
        return [
            given.job_of(one, address, window)
            for one in given.items(campaign)
            for window in _windows(one, address)
        ]

    async def run(self, job: Job, fetcher: Fetcher) -> AsyncIterator[Found]:
        rows, total, most = 0, None, given.whole(job.parameters, "most", 10**18)
        async for page in _pages(job, fetcher):
            if page.payload.status == TOO_LARGE or (page.total or 0) > most:
                if rows:
                    raise FetchError(page.payload.url, "too much, though it gave pages before", TOO_LARGE)
                yield planning.smaller(job, f"the service has {page.total or 'too many'} records")
                return
            rows += page.rows
            total = page.total if page.total is not None else total
            if page.rows:
                yield page.payload
        if total is not None and rows < total:
            raise FetchError(job.parameters["address"], f"{rows} records came, the service says {total}")
        yield Held(window=job.window, empty=rows == 0)


def check(parameters: given.Parameters) -> None:
    """Raise `ConfigError` for parameters that do not say how to go on."""
    given.only(parameters, OWN, needed=("address",))
    ways = [name for name in ("page", "offset", "cursor", "next") if parameters.get(name)]
    if ways not in (["page"], ["offset"], ["cursor", "next"], ["next"]):
        raise ConfigError("parameters", ways, "page, or offset, or cursor and next, or next alone")


def _windows(campaign: Campaign, address: str) -> Iterator[Window | None]:
    if "{start}" in address or "{year}" in address:
        yield from planning.steps(planning.span(campaign), campaign.step_s or STEP_S)
    else:
        yield None


async def _pages(job: Job, fetcher: Fetcher) -> AsyncIterator[Page]:
    """Every page, the last of them perhaps empty. Raises `FetchError`."""
    first = given.filled(job.parameters["address"], job.window, job.parameters.get("item", ""))
    at, n, rows = _start(first, job.parameters), 0, 0
    seen, bodies = {at}, set[bytes]()
    while at:
        payload = await given.get(fetcher, at, told=(NOT_FOUND, TOO_LARGE))
        if payload.status == NOT_FOUND and n:
            return
        page = _read(payload, job.parameters, first, n + 1, rows)
        yield page
        n, rows = n + 1, rows + page.rows
        if not page.rows or (page.total is not None and rows >= page.total):
            return
        body = blake2b(payload.body, digest_size=16).digest()
        if page.next in seen or body in bodies or n >= MOST_PAGES:
            what = "its next page was asked for before" if page.next in seen else "it repeats an earlier page"
            raise FetchError(at, f"page {n}: {what}: the service goes in circles")
        seen.add(page.next)
        bodies.add(body)
        at = page.next


def _start(first: str, parameters: given.Parameters) -> str:
    """The first page's address. The number or offset of it is said too, so that all are asked alike."""
    if page := parameters.get("page"):
        return _with(first, page, parameters.get("first", "1"))
    return _with(first, parameters["offset"], "0") if parameters.get("offset") else first


def _read(payload: Payload, parameters: given.Parameters, first: str, n: int, rows: int) -> Page:
    if payload.status == TOO_LARGE:
        return Page(payload, 0, None, "")
    if payload.status != 200:
        raise FetchError(payload.url, payload.body[:200].decode("utf-8", "replace"), payload.status)
    document, found = opened(payload, parameters.get("records", ""))
    total = count_of(document, parameters.get("total", ""))
    return Page(payload, len(found), total, _next(payload, document, parameters, first, n, rows + len(found)))


def _next(
    payload: Payload, document: Mapping[str, Any], parameters: given.Parameters, first: str, n: int, rows: int
) -> str:
    """The address of page `n` + 1, before which there are `rows` records."""
    if name := parameters.get("page"):
        return _with(first, name, str(given.whole(parameters, "first", 1, least=0) + n))
    if name := parameters.get("offset"):
        return _with(first, name, str(rows))
    if parameters["next"] == LINK:
        link = _NEXT.search(payload.link)
        return urljoin(payload.url, link[1]) if link else ""
    told = find(document, parameters["next"])
    if told in (None, "", False):
        return ""
    return (
        _with(first, parameters["cursor"], str(told))
        if parameters.get("cursor")
        else urljoin(payload.url, str(told))
    )


def opened(payload: Payload, path: str) -> tuple[Mapping[str, Any], list[Raw]]:
    """
    An answer with its outermost names or numbers, and its records, undecoded. Raises `FetchError` where there
    are none under this path: services tell errors with status 200, in another form.
    """
    try:
        whole = msgspec.json.decode(payload.body)
        document = {str(n): one for n, one in enumerate(whole)} if isinstance(whole, list) else whole
        found = whole if path == "" else find(document, path) if isinstance(document, dict) else None
    except UNREADABLE as error:
        raise FetchError(payload.url, f"no whole JSON: {error}") from error
    if found is None and isinstance(document, dict) and count_of(document, "0.total") == 0:
        return document, []  # World Bank: [{"total": 0}, null]
    if not isinstance(found, list):
        said = payload.body[:200].decode("utf-8", "replace")
        raise FetchError(payload.url, f"no array under {path!r}: {said}", 422)
    return document, found


def count_of(document: Mapping[str, Any], path: str) -> int | None:
    """The service's count; None where there is none, or no exact one (OpenAQ: ">1000")."""
    told = find(document, path) if path else None
    text = str(told)
    return int(text) if text.isascii() and text.isdigit() else None


def _with(address: str, name: str, value: str) -> str:
    """`address` with this query parameter, in place of one of the same name."""
    base, _, query = address.partition("?")
    kept = [pair for pair in query.split("&") if pair and pair.partition("=")[0] != name]
    return f"{base}?{'&'.join([*kept, f'{name}={quote(value)}'])}"
