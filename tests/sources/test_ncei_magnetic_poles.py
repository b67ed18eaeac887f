from __future__ import annotations

from recordings import RECEIVED, measure, payload

from terraloom.sources.space_weather.ncei_magnetic_poles import NceiMagneticPoles

SOURCE = NceiMagneticPoles()
NORTH = "169.818 86.391 2020.000\n263.814 70.460 1900.000\n"


def test_a_pole_is_a_station_that_moves() -> None:
    found = measure(SOURCE, NORTH)
    assert found.value("magnetic_pole_latitude", "ncei/north-magnetic-pole", "2020-01-01") == 86.391
    west = found.value("magnetic_pole_longitude", "ncei/north-magnetic-pole", "1900-01-01")
    assert west == 263.814 - 360.0
    assert {(x.lon, x.lat) for x in found.values} == {(169.818, 86.391), (west, 70.46)}
    assert found.stations["ncei/north-magnetic-pole"].lon is None


def test_both_poles_are_asked_for_and_told_apart_by_their_side() -> None:
    assert [address[-5:] for address in SOURCE.addresses(RECEIVED)] == ["NP.xy", "SP.xy"]
    [south] = measure(SOURCE, "135.883 -64.081 2020.000").stations
    assert south == "ncei/south-magnetic-pole"


def test_a_line_that_is_no_pole_costs_only_itself() -> None:
    found = measure(SOURCE, NORTH + "400.0 70.0 1901.000\nwandering\n")
    assert [reject.where for reject in found.rejects] == ["line 2", "line 3"]
    assert len(found.values) == 4
    assert SOURCE.recognises(payload(NORTH))
    assert not SOURCE.recognises(payload("wandering"))
