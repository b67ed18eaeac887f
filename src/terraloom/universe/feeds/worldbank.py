"""api.worldbank.org: indicators of a few countries by year, in pages: ``[meta, rows]``; some values null."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from terraloom.universe.feeds.page import Asked, Page
from terraloom.universe.instruments import YEAR, Instrument

HOST = "api.worldbank.org"
BASE = "/v2/country/all/indicator/"
YEARS = range(1960, 2020)
MOST = 32_500  # rows of a page
COUNTRIES = {
    "ARG": ("AR", "Argentina"), "BGD": ("BD", "Bangladesh"), "CHL": ("CL", "Chile"), "FJI": ("FJ", "Fiji"),
    "IDN": ("ID", "Indonesia"), "ITA": ("IT", "Italy"), "JPN": ("JP", "Japan"), "KEN": ("KE", "Kenya"),
    "MEX": ("MX", "Mexico"), "NPL": ("NP", "Nepal"), "NZL": ("NZ", "New Zealand"), "PER": ("PE", "Peru"),
    "TUR": ("TR", "Turkiye"), "USA": ("US", "United States"), "WLD": ("1W", "World"),
}  # fmt: skip
NAMES = {
    "SP.POP.TOTL": "Population, total", "NY.GDP.MKTP.CD": "GDP (current US$)",
    "NY.GNP.PCAP.CD": "GNI per capita, Atlas method (current US$)", "AG.LND.TOTL.K2": "Land area (sq. km)",
    "AG.LND.AGRI.K2": "Agricultural land (sq. km)", "AG.LND.FRST.K2": "Forest area (sq. km)",
    "EN.GHG.CO2.MT.CE.AR5": "Carbon dioxide (CO2) emissions", "SP.DYN.LE00.IN": "Life expectancy at birth",
    "SP.URB.TOTL.IN.ZS": "Urban population (% of total)", "EG.ELC.ACCS.ZS": "Access to electricity (%)",
    "SI.POV.DDAY": "Poverty headcount ratio", "VC.IDP.NWDS": "Internally displaced persons",
}  # fmt: skip


def feed(asked: Asked) -> Page | None:
    code = asked.path.removeprefix(BASE)
    if not asked.path.startswith(BASE):
        return None
    if code not in NAMES:  # told with status 200
        said = {"id": "120", "key": "Invalid value", "value": "The provided parameter value is not valid"}
        return _json([{"message": [said]}])
    size, page = int(asked.number("per_page", 50)), int(asked.number("page", 1))
    if size > MOST:
        return _json([{"message": [{"id": "120", "key": "Invalid value", "value": "per_page"}]}])
    rows = [(country, year) for country in COUNTRIES for year in reversed(YEARS)]
    found = [_row(asked.seed, code, *one) for one in rows[(page - 1) * size : page * size]]
    meta = {
        "page": page,
        "pages": -(-len(rows) // size),
        "per_page": size,
        "total": len(rows),
        "sourceid": "2",
        "lastupdated": "2020-07-01",
    }
    return _json([meta, found])


def value(seed: int, code: str, country: str, year: int) -> float | None:
    """The truth: what an indicator of a country (three letters) was in a year; None where nobody knows."""
    base = 70.0 if code.endswith((".ZS", ".IN", ".DDAY")) else 50_000.0
    law = Instrument(
        source="worldbank-indicators",
        metric=code,
        station=country,
        step=YEAR,
        base=base,
        chance=base / 4,
        gaps=0.1,
    )
    return law.at(seed, datetime(year, 7, 1, tzinfo=UTC))


def _row(seed: int, code: str, country: str, year: int) -> dict[str, Any]:
    short, name = COUNTRIES[country]
    return {
        "indicator": {"id": code, "value": NAMES[code]},
        "country": {"id": short, "value": name},
        "countryiso3code": country,
        "date": str(year),
        "value": value(seed, code, country, year),
        "unit": "",
        "obs_status": "",
        "decimal": 0,
    }


def _json(body: Any) -> Page:
    return Page(msgspec.json.encode(body), "application/json;charset=utf-8")
