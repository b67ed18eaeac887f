"""
US Drought Monitor: share of area in drought by week.

https://droughtmonitor.unl.edu/DmData/DataDownload/WebServiceInfo.aspx. A table in CSV, where that is asked
for (else it may be XML). Shares are cumulative: D1 includes what is worse; those by class alone
(StatisticFormatID 2) are another thing. A map shows the state of a Tuesday. Built from the description of the
service.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from terraloom.errors import RecordError
from terraloom.records import Metric, Observation
from terraloom.sources.base import SourceInfo
from terraloom.sources.declared import Field, Format, Table

CSV = {"Accept": "text/csv"}
API = "https://usdmdataservices.unl.edu/api"
STATISTICS = "GetDroughtSeverityStatisticsByAreaPercent"
CUMULATIVE = "1"
CLASSES = {
    "D0": "Abnormally dry",
    "D1": "Moderate drought",
    "D2": "Severe drought",
    "D3": "Extreme drought",
    "D4": "Exceptional drought",
}
METRICS = tuple(
    Metric(
        id=f"drought_{code.lower()}_area_share",
        title=f"{title} or worse ({code})",
        unit="%",
        low=0.0,
        high=100.0,
        field="land",
        description="Share of the area, as the US Drought Monitor draws it each week.",
        hourly=False,
    )
    for code, title in CLASSES.items()
)

_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:T00:00:00)?", re.ASCII)


def described(area: str, title: str, service: str) -> SourceInfo:
    return SourceInfo(
        id=f"usdm-{area}",
        title=title,
        provider="US Drought Monitor",
        agency="usdm",
        url=f"{API}/{service}/{STATISTICS}",
        every="1d",
        emits=Observation,
        metrics=METRICS,
        licence="free to use with credit to the National Drought Mitigation Center",
        citation="National Drought Mitigation Center, USDA, NOAA: U.S. Drought Monitor",
        homepage="https://droughtmonitor.unl.edu/",
        rate_per_minute=10.0,
    )


def shares(area: str) -> Table:
    """The table in which the column `area` names what the shares are of."""
    return Table(
        format=Format.CSV,
        time=("MapDate",),
        time_format=day,
        station=area,
        kind="region",
        case="StatisticFormatID",
        fields=tuple(
            Field(code, metric, case=CUMULATIVE) for code, metric in zip(CLASSES, METRICS, strict=True)
        ),
    )


def span(service: str, areas: str, since: datetime, now: datetime) -> str:
    """The address of the weeks from `since` to `now`."""
    first, last = (f"{at.month}/{at.day}/{at.year}" for at in (since, now))
    return (
        f"{API}/{service}/{STATISTICS}"
        f"?aoi={areas}&startdate={first}&enddate={last}&statisticsType={CUMULATIVE}"
    )


def day(text: str) -> datetime:
    """ "20260929", or the same with hyphens and midnight, as UTC. Raises `RecordError`."""
    match = _DAY.fullmatch(text)
    if match is None:
        raise RecordError("MapDate", text, "a day such as 20260929")
    year, month, number = (int(part) for part in match.groups())
    try:
        return datetime(year, month, number, tzinfo=UTC)
    except ValueError as error:
        raise RecordError("MapDate", text, f"a day that exists ({error})") from None
