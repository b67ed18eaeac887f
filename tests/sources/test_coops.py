"""NOAA CO-OPS: water level, tides, currents, weather at tide gauges."""

from __future__ import annotations

from pathlib import Path

import pytest
from recordings import Measured, measure, payload, recorded, tallies
from upstreams import NOW

from terraloom.records import Payload, Quality
from terraloom.sources import source
from terraloom.sources.ocean.coops import address

HEAD = '{"metadata":{"id":"8454000","name":"Providence","lat":"41.8071","lon":"-71.4012"}, "data": ['
LEVELS = f"""{HEAD}{{"t":"2026-08-01 10:00", "v":"0.072", "s":"0.003", "f":"2,0,0,0", "q":"p"}},
{{"t":"2026-08-01 10:06", "v":"0.095", "s":"0.003", "f":"0,0,1,0", "q":"p"}},
{{"t":"2026-08-01 10:12", "v":"", "s":"", "f":"1,1,1,1", "q":"p"}}]}}"""
TIDES = '{ "predictions" : [{"t":"2026-08-01 10:00", "v":"1.50"}]}'
CURRENTS = f'{HEAD}{{"t":"2026-08-01 10:00", "s":"51.4", "d":"120", "b":"7"}}]}}'
WIND = f'{HEAD}{{"t":"2026-08-01 10:00", "s":"5.1", "d":"200.0", "dr":"SSW", "g":"7.2", "f":"0,0"}}]}}'
AIR = f'{HEAD}{{"t":"2026-08-01 10:00", "v":"21.3", "f":"0,0,0"}}]}}'


def asked(product: str, body: str, query: str = "") -> Payload:
    return payload(body, url=address(product, "8454000", "range=3") + query)


def level(body: str, query: str = "") -> Measured:
    return measure(source("coops-water-level"), asked("water_level", body, query))


def test_a_level_is_suspect_where_a_limit_is_exceeded_but_not_for_outliers_in_its_samples() -> None:
    found = level(LEVELS)
    assert [(one.value, one.quality) for one in found.values] == [
        (0.072, Quality.GOOD),
        (0.095, Quality.SUSPECT),
    ]
    assert (found.stations["coops/8454000"].lon, found.rejects) == (-71.4012, [])


def test_no_data_is_nothing_and_every_other_error_is_told() -> None:
    assert level('{"error": {"message":"No data was found. This product may not be offered."}}').rejects == []
    [refused] = level('{"error": {"message":"Wrong Datum"}}').rejects
    assert "Wrong Datum" in refused.reason


@pytest.mark.parametrize(
    ("thing", "product", "body", "values"),
    [
        ("tides", "predictions", TIDES, {"tidal_sea_surface_height_above_mean_lower_low_water": 1.5}),
        (
            "currents",
            "currents",
            CURRENTS,
            {"sea_water_speed": 0.514, "sea_water_velocity_to_direction": 120.0},
        ),
        ("meteorology", "air_temperature", AIR, {"air_temperature": 21.3}),
        (
            "meteorology",
            "wind",
            WIND,
            {"wind_speed": 5.1, "wind_from_direction": 200.0, "wind_speed_of_gust": 7.2},
        ),
    ],
)
def test_products_are_told_apart(thing: str, product: str, body: str, values: dict[str, float]) -> None:
    given = asked(product, body)
    things = ("water-level", "tides", "currents", "meteorology")
    assert [one for one in things if source(f"coops-{one}").recognises(given)] == [thing]
    found = measure(source(f"coops-{thing}"), given)
    assert {one.metric: one.value for one in found.values} == pytest.approx(values)


def test_unasked_units_are_english_and_an_unstated_station_is_doubted() -> None:
    [one] = measure(source("coops-tides"), payload(TIDES)).values
    assert (one.station, one.quality) == ("coops/unstated", Quality.SUSPECT)
    assert one.value == pytest.approx(0.4572)


def test_local_times_are_refused() -> None:
    given = payload(TIDES, url="https://upstream.test/?product=predictions&time_zone=lst_ldt")
    [refused] = measure(source("coops-tides"), given).rejects
    assert "lst_ldt" in refused.reason


def test_each_poll_asks_for_every_product_and_station_once() -> None:
    wanted = source("coops-meteorology").addresses(NOW)
    assert len(set(wanted)) == len(wanted) == 32
    assert "begin_date=20260802&range=48" in source("coops-tides").addresses(NOW)[0]


def test_the_recordings_are_read_whole(samples: Path) -> None:
    meteorology, tides = source("coops-meteorology"), source("coops-tides")
    assert tallies(meteorology, samples, "noaa-coops") == {
        "coops_search.yml[0]": (479, 0),
        "coops_search_fail_no_data.yml[0]": (0, 0),
    }
    assert tallies(tides, samples, "noaa-coops-tides") == {"noaa_tide_predictions.json": (240, 0)}
    [(_, first), _] = recorded(samples, "noaa-coops")
    found = measure(meteorology, first)
    assert found.value("sea_surface_temperature", "coops/8723970", "2014-09-27T02:48") == 29.9
    assert found.stations["coops/8723970"].title == "Vaca Key, Florida Bay"
