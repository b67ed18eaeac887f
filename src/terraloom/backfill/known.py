"""
Campaigns that are ready: what somebody most likely wants of an archive, under a short name.

`campaigns()` has them all; whoever seeds one may give another window, and further parameters. Where the kind
wants no window, the archive is asked for as a whole. Licences are those of the sources.
"""

from __future__ import annotations

from terraloom.backfill.jobs import Campaign
from terraloom.sources import source
from terraloom.sources.radio import wspr_corridors
from terraloom.sources.society import worldbank_indicators
from terraloom.sources.space_weather import omni_hourly
from terraloom.sources.space_weather.omni_hourly import OmniHourly

DAY_S = 86_400.0
EARTHQUAKES = {  # name: source, least magnitude
    "usgs-earthquakes": ("usgs-earthquakes-month", "2.5"),
    "emsc-earthquakes": ("emsc-earthquakes", "3"),
    "gfz-earthquakes": ("gfz-earthquakes", "4"),
    "isc-earthquakes": ("isc-earthquakes", "4"),
    "ingv-earthquakes": ("ingv-earthquakes", "2"),
}
WHOLE = {  # name: source, records that its file has had for long: one with fewer was cut
    "co2": ("gml-co2-monthly", 1_500),
    "co2-daily": ("gml-co2-daily", 14_000),
    "sunspots": ("silso-sunspots-daily", 70_000),
    "sunspots-monthly": ("silso-sunspots-monthly", 3_200),
}
WSPR = {"wspr-bands": wspr_corridors.by_band, "wspr-corridors": wspr_corridors.by_corridor}
DST = "https://wdc.kugi.kyoto-u.ac.jp/dst_{state}/{{year}}{{month}}/dst{{yy}}{{month}}.for.request"
OTHERS = {
    "dst": Campaign(
        kind="text",
        source="kyoto-dst",
        series="months",
        parameters={
            "address": " ".join(DST.format(state=state) for state in ("final", "provisional", "realtime")),
            "by": "month",
            "cadence": "PT1H",
        },
    ),
    "omni": Campaign(
        kind="hapi",
        source="omni-hourly",
        step_s=90 * DAY_S,
        parameters={
            "server": omni_hourly.SERVER,
            "dataset": OmniHourly.dataset,
            "parameters": ",".join(OmniHourly.fields),
        },
    ),
    "worldbank": Campaign(
        kind="cursor-json",
        source="worldbank-indicators",
        series="indicators",
        parameters={
            "address": f"{worldbank_indicators.API}/{{item}}?format=json&per_page=5000",
            "items": " ".join(worldbank_indicators.INDICATORS),
            "records": "1",
            "total": "0.total",
            "page": "page",
        },
    ),
}


def campaigns() -> dict[str, Campaign]:
    """Ready campaigns by name, in alphabetical order."""
    found = {name: _earthquakes(*said) for name, said in EARTHQUAKES.items()}
    found |= {name: _whole(*said) for name, said in WHOLE.items()}
    found |= {name: _wspr(name) for name in WSPR}
    return dict(sorted((found | OTHERS).items()))


def _earthquakes(source_id: str, least: str) -> Campaign:
    return Campaign(kind="fdsn-event", source=source_id, parameters={"minmagnitude": least})


def _whole(source_id: str, least: int) -> Campaign:
    """The file that a source polls anyway, once, as history."""
    parameters = {"address": source(source_id).info.url, "least": str(least)}
    return Campaign(kind="text", source=source_id, parameters=parameters)


def _wspr(name: str) -> Campaign:
    query = WSPR[name]("time >= '{start}' AND time < '{end}'")
    parameters = {"address": wspr_corridors.WsprCorridors.info.url, "query": query}
    return Campaign(kind="clickhouse", source="wspr-corridors", series=name, parameters=parameters)
