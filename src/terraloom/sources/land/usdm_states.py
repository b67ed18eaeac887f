"""US Drought Monitor: each state, the past year."""

from __future__ import annotations

from datetime import datetime, timedelta

from terraloom.sources.declared import DeclaredSource
from terraloom.sources.land import usdm

NEITHER_STATE_NOR_DISTRICT = {3, 7, 14, 43, 52}  # FIPS codes that were never given
STATES = ",".join(f"{code:02}" for code in range(1, 57) if code not in NEITHER_STATE_NOR_DISTRICT)


class UsdmStates(DeclaredSource):
    info = usdm.described("states", "Drought in the states of the USA", "StateStatistics")
    table = usdm.shares("StateAbbreviation")
    headers = usdm.CSV

    def addresses(self, now: datetime) -> tuple[str, ...]:
        return (usdm.span("StateStatistics", STATES, now - timedelta(days=365), now),)
