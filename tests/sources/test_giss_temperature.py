"""NASA GISS: temperature anomalies in a table of years and months."""

from __future__ import annotations

from recordings import measure, payload
from upstreams import NOW

from terraloom.sources.climate.giss_temperature import GissTemperature

SOURCE = GissTemperature()
NAMES = "Year,Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec,J-D,D-N,DJF,MAM,JJA,SON\n"
ROWS = (
    "1880,-.36,-.51,-.23,-.30,-.06,-.16,-.19,-.27,-.24,-.32,-.43,-.40,-.29,***,***,-.20,-.21,-.33\n"
    "2026,1.10,1.12,***,***,***,***,***,***,***,***,***,***,***,***,1.08,***,***,***\n"
)
NORTH = f"Land-Ocean: Northern Hemispheric Means\n{NAMES}{ROWS}".encode()


def test_each_month_of_a_region_has_its_anomaly() -> None:
    found = measure(SOURCE, NORTH)
    assert found.value("surface_temperature_anomaly", "giss/northern-hemisphere", "1880-12-01") == -0.40
    assert found.value("surface_temperature_anomaly", "giss/northern-hemisphere", "2026-02-01") == 1.12
    assert len(found.values) == 14


def test_a_year_that_cannot_be_read_costs_only_itself() -> None:
    found = measure(SOURCE, NORTH.replace(b"-.51", b"cold").replace(b"1.08,***,***,***", b"1.08"))
    assert ["Feb: got 'cold'" in one.reason for one in found.rejects] == [True]
    assert len(found.values) == 2


def test_a_table_of_another_thing_is_none_of_its_own() -> None:
    other = payload(NORTH.replace(b"Land-Ocean", b"Station"))
    assert not SOURCE.recognises(other)
    assert [one.where for one in measure(SOURCE, other).rejects] == ["payload"]


def test_the_planet_and_both_hemispheres_are_asked_for() -> None:
    assert [one.rpartition("/")[2][:3] for one in SOURCE.addresses(NOW)] == ["GLB", "NH.", "SH."]
