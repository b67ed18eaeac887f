"""The simulated planet in one object: truth, what agencies say of it, and the pages of their hosts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from urllib.parse import urlsplit

from terraloom.errors import ConfigError
from terraloom.records import HazardReport
from terraloom.sources import Source
from terraloom.universe.agencies import Reports, Story
from terraloom.universe.feeds import (
    cdaweb,
    celestrak,
    emsc,
    eonet,
    fdsn_text,
    gdacs,
    geonet,
    gvp,
    hamqsl,
    intermagnet,
    isc,
    koeri,
    kyoto,
    ndbc,
    nhc,
    nsidc,
    nws,
    swpc,
    usgs,
    worldbank,
)
from terraloom.universe.feeds.page import Asked, Feed, Page, split_target
from terraloom.universe.gdacs_desk import gdacs_stories
from terraloom.universe.networks import seismic_stories
from terraloom.universe.seismicity import Mainshock, Seismicity
from terraloom.universe.trackers import eonet_stories, gvp_stories
from terraloom.universe.truth import SCENARIO, Rates, Truth, make_truth
from terraloom.universe.us_desks import nhc_stories, nws_stories

HOSTS: Mapping[str, Feed] = {
    usgs.HOST: usgs.feed,
    emsc.HOST: emsc.feed,
    fdsn_text.GFZ_HOST: fdsn_text.gfz,
    fdsn_text.INGV_HOST: fdsn_text.ingv,
    isc.HOST: isc.feed,
    cdaweb.HOST: cdaweb.feed,
    geonet.HOST: geonet.feed,
    koeri.HOST: koeri.feed,
    kyoto.HOST: kyoto.feed,
    worldbank.HOST: worldbank.feed,
    gdacs.HOST: gdacs.feed,
    nhc.HOST: nhc.feed,
    nws.HOST: nws.feed,
    eonet.HOST: eonet.feed,
    gvp.HOST: gvp.feed,
    swpc.HOST: swpc.feed,
    nsidc.HOST: nsidc.feed,
    ndbc.HOST: ndbc.feed,
    hamqsl.HOST: hamqsl.feed,
    celestrak.HOST: celestrak.feed,
    intermagnet.HOST: intermagnet.feed,
}

ARCHIVES = frozenset({cdaweb.HOST, isc.HOST, kyoto.HOST, worldbank.HOST})
"""Hosts that only tell of the past: for backfill, not for polls."""


class Planet:
    """
    A planet whose hazards happen between `start` and `start` + `days`.

    The same arguments give the same bytes for the same request at the same instant. After the last day
    nothing new happens; what was published stays.
    """

    def __init__(
        self,
        seed: int,
        start: datetime,
        days: float,
        *,
        law: Seismicity | None = None,
        rates: Rates | None = None,
        scenario: tuple[Mainshock, ...] = SCENARIO,
    ) -> None:
        if start.tzinfo is None:
            raise ConfigError("start", start, "an instant with a time zone")
        self.seed = seed
        self.truth: Truth = make_truth(seed, start, days, law=law, rates=rates, scenario=scenario)
        self._skewed: dict[timedelta, Reports] = {}

    @cached_property
    def stories(self) -> list[Story]:
        """Everything that agencies will ever say."""
        seismic = list(seismic_stories(self.seed, self.truth))
        usgs_stories = [story for story in seismic if story.agency == "usgs"]
        return [
            *seismic,
            *gdacs_stories(self.seed, self.truth, usgs_stories),
            *nhc_stories(self.seed, self.truth),
            *nws_stories(self.seed, self.truth),
            *eonet_stories(self.seed, self.truth),
            *gvp_stories(self.truth),
        ]

    def reports(self, skew: timedelta = timedelta(0)) -> Reports:
        """What agencies say, with every agency's clock `skew` ahead of the truth."""
        if skew not in self._skewed:
            self._skewed[skew] = Reports(story.skewed(skew) for story in self.stories)
        return self._skewed[skew]

    def page(self, host: str, target: str, at: datetime, skew: timedelta = timedelta(0)) -> Page | None:
        """What `host` answers to a GET of `target` (path and query) at the simulated instant `at`."""
        feed = HOSTS.get(host)
        if feed is None:
            return None
        path, query = split_target(target)
        return feed(Asked(path, query, at, self.reports(skew), self.seed))

    def serves(self, source: Source) -> bool:
        """Whether this planet plays a source: it has its page, or the pages that its reports are found by."""
        info, url = source.info, urlsplit(source.info.url)
        if url.netloc not in HOSTS or url.netloc in ARCHIVES:
            return False
        if self.page(url.netloc, f"{url.path}?{url.query}", self.truth.start) is not None:
            return True
        return info.emits is HazardReport and type(source).fetch is not Source.fetch

    def body(self, host: str, target: str, at: datetime) -> bytes:
        """The bytes of that answer. Raises `LookupError` where the host or the page does not exist."""
        page = self.page(host, target, at)
        if page is None:
            raise LookupError(f"no simulated page {host}{target}")
        return page.body
