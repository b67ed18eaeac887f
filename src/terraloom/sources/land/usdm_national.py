"""US Drought Monitor: the contiguous states (CONUS) and all of the country (Total), since 2000."""

from __future__ import annotations

from datetime import UTC, datetime

from terraloom.sources.declared import DeclaredSource
from terraloom.sources.land import usdm

FIRST_MAP = datetime(2000, 1, 4, tzinfo=UTC)


class UsdmNational(DeclaredSource):
    info = usdm.described("national", "Drought in the United States", "USStatistics")
    table = usdm.shares("AreaOfInterest")
    headers = usdm.CSV

    def addresses(self, now: datetime) -> tuple[str, ...]:
        return (usdm.span("USStatistics", "us", FIRST_MAP, now),)
