"""Magnetic observatories in IAGA-2002: the USGS and INTERMAGNET."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from recordings import measure, payload, recorded, tallies

from terraloom.sources.space_weather.intermagnet import Intermagnet
from terraloom.sources.space_weather.usgs_geomagnetism import UsgsGeomagnetism


def file(code: str, elements: str, *rows: str, source: str = "Institute", longitude: str = "254.764") -> str:
    labels = {
        "Format": "IAGA-2002",
        "Source of Data": source,
        "Station Name": "Somewhere",
        "IAGA CODE": code,
        "Geodetic Latitude": "40.137",
        "Geodetic Longitude": longitude,
        "Elevation": "1682",
        "Reported": elements,
        "Data Type": "variation",
        "# DECBAS": "5527    (Baseline declination value in",
    }
    head = "".join(f" {label:23}{text:45}|\n" for label, text in labels.items())
    columns = "".join(f"      {code}{element}" for element in elements)
    return f"{head}DATE       TIME         DOY{columns}   |\n" + "".join(f"{row}\n" for row in rows)


ROW = "2026-01-02 03:04:00.000 002     20873.75     -9.99  99999.00  88888.00"


def test_values_are_by_element_and_what_is_missing_is_none() -> None:
    found = measure(Intermagnet(), file("KAK", "XYZF", ROW))
    assert found.value("geomagnetic_field_x", "intermagnet/KAK", "2026-01-02T03:04") == 20873.75
    assert found.value("geomagnetic_field_y", "intermagnet/KAK", "2026-01-02T03:04") == -9.99
    assert len(found.values) == 2
    station = found.stations["intermagnet/KAK"]
    assert (station.lon, station.lat, station.elevation_m) == (pytest.approx(-105.236), 40.137, 1682)


def test_declinations_are_degrees_and_those_of_the_usgs_relative_to_their_baseline() -> None:
    plain = measure(Intermagnet(), file("BOU", "HDZF", ROW))
    relative = measure(UsgsGeomagnetism(), file("BOU", "HDZF", ROW, source="Survey (USGS)"))
    assert plain.values[1].value == pytest.approx(-9.99 / 60)
    assert relative.values[1].value == pytest.approx((552.7 - 9.99) / 60)


def test_several_files_may_follow_each_other_and_a_bad_one_costs_only_itself() -> None:
    body = (
        file("KAK", "XYZF", ROW) + file("BAD", "XYZF", ROW, longitude="400") + file("CNB", "XYZF", ROW, "?")
    )
    found = measure(Intermagnet(), body)
    assert {x.station for x in found.values} == {"intermagnet/KAK", "intermagnet/CNB"}
    assert [reject.where for reject in found.rejects] == ["header of file 1", "file 2, record 1"]


def test_every_observatory_is_asked_for_the_time_since_the_last_poll() -> None:
    usgs = UsgsGeomagnetism().addresses(datetime(2026, 1, 2, 3, 4, tzinfo=UTC))
    assert len(usgs) == 14
    assert "id=TUC" in usgs[-1]
    assert usgs[-1].endswith("&starttime=2026-01-02T01:00:00Z&endtime=2026-01-02T03:04:00Z")
    early = Intermagnet().addresses(datetime(2026, 1, 2, 1, tzinfo=UTC))
    assert all("dataStartDate=2026-01-01" in address for address in early)


def test_recordings_are_read_whole(samples: Path) -> None:
    folder = "usgs-geomag-iaga2002"
    assert UsgsGeomagnetism().recognises(payload(file("BOU", "XYZF", ROW)))
    assert tallies(UsgsGeomagnetism(), samples, folder) == {
        "BOU202005adj.min": (120, 0),
        "BOU20200831vhor.hor": (16, 0),
        "bou20141101vmin.min": (5760, 0),
    }
    day = measure(UsgsGeomagnetism(), dict(recorded(samples, folder))["bou20141101vmin.min"])
    assert day.value("geomagnetic_field_strength", "usgs/BOU", "2014-11-01T23:59") == 52390.85
    assert day.value("geomagnetic_declination", "usgs/BOU", "2014-11-01T00:00") == pytest.approx(
        9.0452, abs=1e-4
    )
