"""Bring in what USGS holds of one earthquake: for events that turn out to be serious between two polls."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from terraloom.archive import keep
from terraloom.errors import FetchError
from terraloom.hazards.pager import AGENCY
from terraloom.polling.poller import Poller
from terraloom.records import Payload
from terraloom.sources.seismology.usgs_detail import GONE, MISSING, as_pager, pager_url

SOURCE = "usgs-earthquakes-detail"
URL = "https://earthquake.usgs.gov/earthquakes/feed/v1.0/detail/{}.geojson"


def fetch_detail(poller: Poller, agency: str, source_event_id: str) -> None:
    """What `hazards.pager` calls: fetch, archive and ingest by the ways of `poller`. Raises `FetchError`."""
    if agency != AGENCY:
        raise FetchError(URL, f"no details are known of {agency}")
    url = URL.format(quote(source_event_id, safe=""))
    received: list[str] = []
    try:
        poller.loop.run(_receive(poller, url, received))
    finally:
        applied = poller.apply(received)  # what came before a failure is worth having
    if applied.error:
        raise FetchError(url, applied.error)


async def _receive(poller: Poller, url: str, received: list[str]) -> None:
    """The detail, and its PAGER where it names one, each archived as it comes."""
    upstream = poller.upstreams.for_source(poller.infos[SOURCE])
    detail = await upstream.get(url, kind="detail", accept_status=(*GONE, MISSING))
    if detail is None:
        return
    received.append(await asyncio.to_thread(_keep, poller, detail))
    named = pager_url(detail)
    pager = await upstream.get(named, kind="pager") if named else None
    if pager is not None:
        received.append(await asyncio.to_thread(_keep, poller, as_pager(pager)))


def _keep(poller: Poller, payload: Payload) -> str:
    licence = poller.infos[SOURCE].licence
    with poller.runtime.pool.connection() as connection:
        keep(connection, poller.runtime.archive, [payload], licences={payload.source: licence})
    return str(payload.id)
