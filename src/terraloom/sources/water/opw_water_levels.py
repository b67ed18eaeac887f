"""
Ireland's rivers, lakes and tidal waters, the newest value of each gauge: OPW, https://waterlevel.ie/page/api/.

GeoJSON, a record for each sensor. A gauge has several: 0001 level, 0002 temperature of the water, 0003
the battery, OD the level once more, above Ordnance Datum. Error code 99 is none. Gauges beyond number 41000
are of others and may not be published again. Built from the public description; no answer is among the
recorded samples.
"""

from __future__ import annotations

from collections.abc import Iterator

from terraloom.records import Metric, Observation, Payload, Record, Reject, Station
from terraloom.sources.base import SourceInfo
from terraloom.sources.declared import DeclaredSource, Field, Format, Table
from terraloom.sources.water.metrics import FIELD, STAGE

TEMPERATURE = Metric(
    id="river_water_temperature",
    title="Water temperature in rivers and lakes",
    unit="Cel",
    low=-1.0,
    high=45.0,
    field=FIELD,
)
LAST_OWN = 41000


class OpwWaterLevels(DeclaredSource):
    info = SourceInfo(
        id="opw-water-levels",
        title="Water levels in Ireland",
        provider="Office of Public Works, Ireland",
        agency="opw",
        url="https://waterlevel.ie/geojson/latest/",
        every="15m",
        emits=Observation,
        metrics=(STAGE, TEMPERATURE),
        licence="CC BY 4.0",
        citation="Office of Public Works, waterlevel.ie",
        homepage="https://waterlevel.ie/page/api/",
        rate_per_minute=1,
    )
    table = Table(
        format=Format.JSON,
        records="features",
        station="properties.station_ref",
        title="properties.station_name",
        lon="geometry.coordinates.0",
        lat="geometry.coordinates.1",
        time=("properties.datetime",),
        case="properties.sensor_ref",
        unwanted=("0003", "OD"),
        quality="properties.err_code",
        good=("99",),
        fields=(
            Field("properties.value", STAGE, case="0001"),
            Field("properties.value", TEMPERATURE, case="0002"),
        ),
    )

    def parse(self, payload: Payload) -> Iterator[Record]:
        return filter(_may_be_published, super().parse(payload))


def _may_be_published(record: Record) -> bool:
    if not isinstance(record, Observation | Station):
        return isinstance(record, Reject)
    code = (record.id if isinstance(record, Station) else record.station).partition("/")[2]
    return code.isdecimal() and 1 <= int(code) <= LAST_OWN
