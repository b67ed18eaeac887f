"""
Campaigns that are ready: what somebody most likely wants of an archive, under a short name.

`campaigns()` has them all; whoever seeds one may give another window, and further parameters. Where there is
no window, the archive is asked for as a whole.
"""

from __future__ import annotations

from terraloom.backfill.jobs import Campaign
from terraloom.sources.radio import wspr_corridors
from terraloom.sources.radio.wspr_corridors import WsprCorridors
from terraloom.sources.space_weather.omni_hourly import SERVER, OmniHourly

DAY_S = 86_400.0
WHEN = "time >= '{start}' AND time < '{end}'"

EARTHQUAKES = {  # name: source, least magnitude
    "usgs-earthquakes": ("usgs-earthquakes-month", "2.5"),
    "emsc-earthquakes": ("emsc-earthquakes", "3"),
    "gfz-earthquakes": ("gfz-earthquakes", "4"),
    "isc-earthquakes": ("isc-earthquakes", "4"),
    "ingv-earthquakes": ("ingv-earthquakes", "2"),
}

OTHERS = {
    "wspr-bands": Campaign(
        kind="clickhouse",
        source="wspr-corridors",
        series="bands",
        parameters={"address": WsprCorridors.info.url, "query": wspr_corridors.by_band(WHEN)},
    ),
    "wspr-corridors": Campaign(
        kind="clickhouse",
        source="wspr-corridors",
        series="corridors",
        parameters={"address": WsprCorridors.info.url, "query": wspr_corridors.by_corridor(WHEN)},
    ),
    "omni": Campaign(
        kind="hapi",
        source="omni-hourly",
        series=OmniHourly.dataset,
        step_s=90 * DAY_S,
        parameters={
            "server": SERVER,
            "dataset": OmniHourly.dataset,
            "parameters": ",".join(OmniHourly.fields),
        },
    ),
}


def campaigns() -> dict[str, Campaign]:
    """Ready campaigns by name, in alphabetical order."""
    found = {name: _earthquakes(*said) for name, said in EARTHQUAKES.items()} | OTHERS
    return dict(sorted(found.items()))


def _earthquakes(source: str, least: str) -> Campaign:
    """`series` keeps apart, in the ledger, what live polls hold: those ask for other magnitudes."""
    return Campaign(kind="fdsn-event", source=source, series=f"M{least}+", parameters={"minmagnitude": least})
