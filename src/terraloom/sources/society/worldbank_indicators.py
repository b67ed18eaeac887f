"""
World Bank: indicators of all countries by year, https://datahelpdesk.worldbank.org/knowledgebase/articles/889392.

An answer is ``[meta, rows]``; an error is ``[{"message": …}]`` with HTTP 200. Groups ("World", "Euro area")
stand among the countries, each under its own code. One request for each indicator and page; without a span of
years the answer holds them all.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import msgspec
from msgspec import Raw, Struct

from terraloom.errors import FetchError, RecordError
from terraloom.records import Metric, Observation, Payload, Record, Reject, Station
from terraloom.sources.base import UNREADABLE, Fetcher, Source, SourceInfo, each, reject_payload
from terraloom.sources.splitting import split_json
from terraloom.sources.values import number, optional_number

API = "https://api.worldbank.org/v2/country/all/indicator"
PER_PAGE = 20_000  # of 266 places and 65 years; more than 32,500 the service refuses


def _indicator(name: str, title: str, unit: str, high: float, description: str = "") -> Metric:
    return Metric(
        id=name,
        title=title,
        unit=unit,
        low=0.0,
        high=high,
        field="society",
        description=description,
        hourly=False,
    )


INDICATORS = {
    "SP.POP.TOTL": _indicator("population", "Population", "{person}", 2e10),
    "NY.GDP.MKTP.CD": _indicator(
        "gross_domestic_product", "Gross domestic product", "{USD}", 1e15, "At current US dollars."
    ),
    "NY.GNP.PCAP.CD": _indicator(
        "gross_national_income_per_person",
        "Gross national income per person",
        "{USD}",
        1e6,
        "Atlas method, current US dollars.",
    ),
    "AG.LND.TOTL.K2": _indicator("land_area", "Land area", "km2", 1.5e8),
    "AG.LND.AGRI.K2": _indicator("agricultural_land_area", "Agricultural land", "km2", 1.5e8),
    "AG.LND.FRST.K2": _indicator("forest_area", "Forest", "km2", 1.5e8),
    "EN.GHG.CO2.MT.CE.AR5": _indicator(
        "carbon_dioxide_emissions",
        "Carbon dioxide emissions",
        "Mt/a",
        1e5,
        "Without those of land use and forests.",
    ),
    "SP.DYN.LE00.IN": _indicator("life_expectancy", "Life expectancy at birth", "a", 120.0),
    "SP.URB.TOTL.IN.ZS": _indicator("urban_population_share", "People who live in cities", "%", 100.0),
    "EG.ELC.ACCS.ZS": _indicator("electricity_access_share", "People with electricity", "%", 100.0),
    "SI.POV.DDAY": _indicator(
        "extreme_poverty_share", "People in extreme poverty", "%", 100.0, "As the World Bank draws its line."
    ),
    "VC.IDP.NWDS": _indicator(
        "disaster_displacements",
        "Displacements by disasters",
        "{person}",
        1e9,
        "Movements within a country in the year, as cases.",
    ),
}


class Meta(Struct):
    """The head of an answer."""

    pages: int = 0


class Named(Struct):
    id: str
    value: str = ""


class Row(Struct):
    indicator: Named
    country: Named
    date: str
    value: float | None
    countryiso3code: str = ""


class WorldBankIndicators(Source):
    info = SourceInfo(
        id="worldbank-indicators",
        title="Indicators of countries: people, land, economy",
        provider="World Bank",
        agency="worldbank",
        url=f"{API}/SP.POP.TOTL?format=json&per_page={PER_PAGE}",
        every="1d",
        emits=Observation,
        metrics=tuple(INDICATORS.values()),
        licence="CC BY 4.0",
        citation="World Bank: World Development Indicators",
        homepage="https://data.worldbank.org/",
        folder="worldbank",
        rate_per_minute=20.0,
    )

    def addresses(self, now: datetime) -> tuple[str, ...]:
        return tuple(f"{API}/{code}?format=json&per_page={PER_PAGE}" for code in INDICATORS)

    def fetch(self, fetcher: Fetcher) -> AsyncIterator[Payload]:
        """Every page of every indicator; one that fails costs no other indicator."""
        return self._fetch_pages(fetcher)

    async def _fetch_pages(self, fetcher: Fetcher) -> AsyncIterator[Payload]:
        failures: list[FetchError] = []
        for address in self.addresses(fetcher.now):
            page, pages = 1, 1
            while page <= pages:
                try:
                    payload = await fetcher.get(address if page == 1 else f"{address}&page={page}")
                except FetchError as failure:
                    failures.append(failure)
                    break
                if payload is None:
                    break
                yield payload
                page, pages = page + 1, pages_of(payload)
        if failures:
            raise failures[0]

    def recognises(self, payload: Payload) -> bool:
        try:
            return bool([self.read(row) for row in rows(payload.body)[0][:1]])
        except UNREADABLE:
            return False

    def parse(self, payload: Payload) -> Iterator[Record]:
        try:
            found, damage = rows(payload.body)
        except UNREADABLE as error:
            yield reject_payload(payload, error)
            return
        told = set[Station]()
        for one in each(found, self.read):
            if isinstance(one, Reject):
                yield one
                continue
            station, observation = one
            if station not in told:
                told.add(station)
                yield station
            if observation is not None:
                yield observation
        yield from damage

    def read(self, fragment: bytes) -> tuple[Station, Observation | None]:
        """A country, and its value of a year where it has one."""
        row = msgspec.json.decode(fragment, type=Row)
        metric = INDICATORS.get(row.indicator.id)
        if metric is None:
            raise RecordError("indicator", row.indicator.id, "one of " + ", ".join(INDICATORS))
        code = row.countryiso3code or row.country.id
        station = Station(id=f"{self.info.agency}/{code}", title=row.country.value, kind="region")
        value = optional_number("value", row.value)
        if value is None:
            return station, None
        at = datetime(int(number("date", row.date, low=1, high=9999)), 1, 1, tzinfo=UTC)
        return station, Observation(metric=metric.id, station=station.id, time=at, value=value)


def rows(body: bytes) -> tuple[list[bytes], list[Reject]]:
    """The rows of an answer, and what is wrong with it. Raises `RecordError` where it is an error instead."""
    try:
        answer = msgspec.json.decode(body, type=list[Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        second = body.find(b"[", body.find(b"[") + 1)  # the head has no array in it
        return split_json(body[second:], "")
    if len(answer) != 2:
        raise RecordError("answer", body[:200], "[meta, rows]")
    return split_json(bytes(answer[1]), "") if bytes(answer[1]) != b"null" else ([], [])


def pages_of(payload: Payload) -> int:
    """How many pages there are; none to go on with where the answer does not tell."""
    try:
        return msgspec.json.decode(payload.body, type=tuple[Meta, Raw])[0].pages
    except UNREADABLE:
        return 0
