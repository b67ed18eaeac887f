from __future__ import annotations

from pathlib import Path

import pytest
from recordings import measure, payload, recorded, tallies

from terraloom.sources.space_weather.nmdb_neutron_monitors import NmdbNeutronMonitors

SOURCE = NmdbNeutronMonitors()
TABLE = """                       OULU    JUNG1    NEW9
2026-01-02 03:00:00; 98.922;343.314;  null
2026-01-02 03:10:00;   null;   null;  null
"""
PAGE = f"""<!DOCTYPE html><html><body><html><body>Acknowledge <b>us</b>: 2026-01-02 03:00:00;1</body></html>
<pre><code># NEST: data are free for non commercial use
#
{TABLE}</code></pre></body></html>"""


@pytest.mark.parametrize("body", [TABLE, PAGE], ids=["table", "page"])
def test_a_column_is_a_station_and_null_is_no_value(body: str) -> None:
    assert SOURCE.recognises(payload(body))
    found = measure(SOURCE, body)
    assert found.value("neutron_monitor_count_rate", "nmdb/OULU", "2026-01-02T03:00") == 98.922
    assert [x.station for x in found.values] == ["nmdb/OULU", "nmdb/JUNG1"]
    assert not found.rejects


def test_stations_have_places_where_they_are_known() -> None:
    stations = measure(SOURCE, TABLE).stations
    assert (stations["nmdb/JUNG1"].lat, stations["nmdb/JUNG1"].elevation_m) == (46.5, 3475)
    assert stations["nmdb/NEW9"].lon is None


def test_a_row_that_is_too_short_costs_only_itself() -> None:
    found = measure(SOURCE, TABLE + "2026-01-02 03:20:00; 98.922\n")
    assert [reject.reason for reject in found.rejects] == ["row: got 1, expected 3 values"]
    assert len(found.values) == 2


def test_the_recording_is_read_whole(samples: Path) -> None:
    name = "nest_multi-station_2024-03-24.txt"
    assert tallies(SOURCE, samples, "nmdb") == {name: (77312, 0)}
    found = measure(SOURCE, dict(recorded(samples, "nmdb"))[name])
    assert found.value("neutron_monitor_count_rate", "nmdb/SOPO", "2024-03-23T16:30") == 263.525
    assert len(found.stations) == 33
