"""
FDSN event services, https://www.fdsn.org/webservices/: earthquakes of a window of time.

Parameters: any of the service's own (``minmagnitude``, ``minlatitude``, …); ``address`` of the service, up to
``…/fdsnws/event/1/``, ``format``, ``limit`` (rows asked for at once) and ``count`` (yes, no) for one that is
not in `SERVICES`, or otherwise than there. The series is what the service's own parameters say, or "all".

A window becomes smaller when the service says that it is too much (413; USGS: 400, "exceeds search limit"),
when it counts more events than it gives at once, or when exactly as many came as were asked for. 204 is an
empty success. The number that the service counts (USGS: method ``count``; EMSC: ``totalCount``) is expected.
Services take the end of a window as part of it: they are asked up to one tick of their clock before.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime, timedelta
from math import ceil

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from terraloom.backfill import given, planning
from terraloom.backfill.jobs import Campaign, Found, Held, Job, Kind, Window
from terraloom.errors import ConfigError, FetchError
from terraloom.fetching.failures import Reason
from terraloom.records import Payload
from terraloom.sources.base import UNREADABLE, Fetcher
from terraloom.sources.seismology import fdsn, quakeml
from terraloom.sources.splitting import split_json

OWN = ("address", "format", "limit", "count")  # of the parameters; the others go to the service
TOO_MUCH = 413
EMPTY = (204, 409)  # USGS: 409 for a window in which all events were deleted
REFUSED = 400  # of which some say, in words, that it is too much
WORDS = re.compile(rb"(\d+) matching events exceeds? search limit")
ROOM = 1.25  # the parts of a window are not equally full
DAY_S = 86_400.0
JSON_FORMATS = ("geojson", "json")


class Service(Struct, frozen=True, kw_only=True):
    """What an agency's service is like. `step_s`: a window whose events it usually gives at once."""

    address: str
    format: str
    limit: int = 10_000
    counts: bool = False  # has the method `count`, as USGS does
    tick: timedelta = timedelta(milliseconds=1)  # resolution of its times
    step_s: float = 30 * DAY_S


SERVICES: Mapping[str, Service] = {
    "usgs-earthquakes-month": Service(
        address="https://earthquake.usgs.gov/fdsnws/event/1/", format="geojson", limit=20_000, counts=True
    ),
    "emsc-earthquakes": Service(
        address="https://www.seismicportal.eu/fdsnws/event/1/", format="json", limit=20_000
    ),
    "gfz-earthquakes": Service(
        address="https://geofon.gfz.de/fdsnws/event/1/", format="text", step_s=90 * DAY_S
    ),
    "isc-earthquakes": Service(
        address="https://www.isc.ac.uk/fdsnws/event/1/", format="xml", step_s=10 * DAY_S
    ),
    "ingv-earthquakes": Service(
        address="https://webservices.ingv.it/fdsnws/event/1/",
        format="text",
        tick=timedelta(microseconds=1),
    ),
}
"""By the source that reads its answers. ISC has no text format: QuakeML there."""


class FdsnEvent(Kind):
    name = "fdsn-event"

    def plan(self, campaign: Campaign) -> Iterable[Job]:
        service = _service(campaign.source, campaign.parameters)
        named = replace(campaign, series=campaign.series or _series(campaign.parameters))
        for window in planning.steps(planning.span(campaign), campaign.step_s or service.step_s):
            yield given.job_of(named, service.address, window)

    async def run(self, job: Job, fetcher: Fetcher) -> AsyncIterator[Found]:
        service, window = _service(job.source, job.parameters), given.window_of(job)
        asked = _asked(job, service, window)
        expected = await _count(fetcher, service, asked) if service.counts else None
        if expected is not None and expected > service.limit:
            reason = f"the service counts {expected} events and gives {service.limit} at once"
            yield planning.smaller(job, reason, ceil(ROOM * expected / service.limit))
            return
        if expected == 0:
            yield Held(window=window, expected=0, empty=True)
            return
        asked |= {"limit": str(service.limit)}
        try:
            payload = await _get(fetcher, f"{service.address}query", asked)
        except FetchError as error:
            if not given.broke_off(error, Reason.TOO_LARGE):
                raise
            yield planning.smaller(job, error.reason)
            return
        reason = _too_much(payload)
        if reason:
            yield planning.smaller(job, reason)
            return
        if payload.status in EMPTY:
            yield _nothing(window, expected, payload.url)
            return
        rows, total = counted(payload, service.format)
        expected = total if expected is None else expected
        if rows >= service.limit:
            yield planning.smaller(job, f"{rows} events came, as many as were asked for")
            return
        yield payload
        yield Held(window=window, expected=expected, empty=rows == 0)


def counted(payload: Payload, format: str) -> tuple[int, int | None]:
    """
    How many events an answer holds, and how many the service says there are, where it says so.

    Raises `FetchError` for what is no whole answer in this format: text after the last row, a page of HTML.
    """
    try:
        if format in JSON_FORMATS:
            return _counted_json(payload)
        return (_counted_text(payload), None) if format == "text" else (_counted_xml(payload), None)
    except UNREADABLE as error:
        raise FetchError(payload.url, f"no whole answer in the format {format}: {error}") from error


class _Metadata(Struct, frozen=True):
    totalCount: int | None = None


class _Collection(Struct):
    metadata: _Metadata = _Metadata()


def _counted_json(payload: Payload) -> tuple[int, int | None]:
    features, damage = split_json(payload.body, "features")
    if damage:
        raise FetchError(payload.url, damage[0].reason)
    return len(features), msgspec.json.decode(payload.body, type=_Collection).metadata.totalCount


def _counted_text(payload: Payload) -> int:
    if not fdsn.looks_like(payload.body):
        raise FetchError(payload.url, f"no event text but {payload.body[:120]!r}")
    lines = [line for line in payload.body.splitlines() if line.strip() and not line.startswith(b"#")]
    said = next((line for line in lines if b"|" not in line), None)
    if said is not None:  # services append their error to what they began with status 200
        raise FetchError(payload.url, f"the answer breaks off with {said[:200].decode('utf-8', 'replace')!r}")
    return len(lines)


def _counted_xml(payload: Payload) -> int:
    if not quakeml.looks_like(payload.body):
        raise FetchError(payload.url, f"no QuakeML but {payload.body[:120]!r}")
    if not re.search(rb"</(?:\w+:)?quakeml\s*>\s*\Z", payload.body):
        raise FetchError(payload.url, "the document ends early")
    return len(re.findall(rb"<(?:\w+:)?event[\s>]", payload.body))


def _series(parameters: Mapping[str, str]) -> str:
    """
    What is asked of the catalogue: in the ledger, large events that are held do not stand for all of them,
    nor what live feeds hold for an archive.
    """
    return "&".join(f"{name}={value}" for name, value in sorted(_theirs(parameters).items())) or "all"


def _theirs(parameters: Mapping[str, str]) -> dict[str, str]:
    """Parameters that go to the service."""
    return {name: value for name, value in parameters.items() if name not in OWN}


def _service(source: str, parameters: Mapping[str, str]) -> Service:
    """The service of a source, as the parameters would have it. Raises `ConfigError`."""
    known = SERVICES.get(source)
    if known is None and not {"address", "format"} <= parameters.keys():
        raise ConfigError("parameters", dict(parameters), f"address and format, or one of {list(SERVICES)}")
    found = known or Service(address="", format="")
    found = replace(
        found,
        address=parameters.get("address", found.address).rstrip("/") + "/",
        format=parameters.get("format", found.format),
        limit=given.whole(parameters, "limit", found.limit),
        counts=given.yes(parameters, "count", found.counts),
    )
    if found.format not in (*JSON_FORMATS, "text", "xml"):
        raise ConfigError("parameters.format", found.format, "geojson, json, text or xml")
    return found


def _asked(job: Job, service: Service, window: Window) -> dict[str, str]:
    span = {
        "starttime": _written(window.start, service.tick),
        "endtime": _written(window.end - service.tick, service.tick),
    }
    return {"format": service.format} | span | _theirs(job.parameters)


def _written(moment: datetime, tick: timedelta) -> str:
    """As all services take it: UTC, without a zone."""
    precision = "milliseconds" if tick >= timedelta(milliseconds=1) else "microseconds"
    return moment.replace(tzinfo=None).isoformat(timespec=precision)


async def _get(fetcher: Fetcher, url: str, asked: Mapping[str, str]) -> Payload:
    return await given.get(fetcher, url, params=asked, told=(*EMPTY, REFUSED, TOO_MUCH))


class _Counted(Struct):
    count: int


async def _count(fetcher: Fetcher, service: Service, asked: Mapping[str, str]) -> int:
    payload = await _get(fetcher, f"{service.address}count", {**asked, "format": "geojson"})
    if payload.status != 200:
        raise FetchError(payload.url, f"no count but {_words(payload)}", payload.status)
    try:
        return msgspec.json.decode(payload.body, type=_Counted).count
    except UNREADABLE as error:
        raise FetchError(payload.url, f"no count: {error}") from error


def _too_much(payload: Payload) -> str:
    """Why the answer says that the window is too much, or "". Raises `FetchError` for another refusal."""
    if payload.status == TOO_MUCH:
        return f"413: {_words(payload)}"
    if payload.status == REFUSED:
        if WORDS.search(payload.body):
            return f"400: {_words(payload)}"
        raise FetchError(payload.url, f"refused: {_words(payload)}", REFUSED)
    return ""


def _words(payload: Payload) -> str:
    """What an error page in the FDSN's form says: the paragraph after its title."""
    paragraphs = [" ".join(part.split()) for part in payload.body.decode("utf-8", "replace").split("\n\n")]
    said = [part for part in paragraphs if part]
    return (said[1] if len(said) > 1 else said[0] if said else "an empty page")[:300]


def _nothing(window: Window, expected: int | None, url: str) -> Held:
    if expected:
        raise FetchError(url, f"the service counts {expected} events and gives none")
    return Held(window=window, expected=0, empty=True)
