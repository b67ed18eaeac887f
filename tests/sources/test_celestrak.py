from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path

import pytest
from recordings import Measured, measure, payload, recorded, tallies

from terraloom.sources.astronomy.celestrak import CelestrakStations, mean_elements, tle_cells
from terraloom.sources.astronomy.orbits import MeanElements, geodetic, teme

SOURCE = CelestrakStations()
# The first case of "Revisiting Spacetrack Report #3" (Vallado et al., 2006), with its published position.
LINE_1 = "1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753"
LINE_2 = "2 00005  34.2682 348.7242 1859667 331.7664  19.3264 10.82419157413667"
NAMES = (
    "OBJECT_NAME,NORAD_CAT_ID,EPOCH,MEAN_MOTION,ECCENTRICITY,INCLINATION,RA_OF_ASC_NODE,ARG_OF_PERICENTER,"
    "MEAN_ANOMALY,BSTAR,MEAN_MOTION_DOT,MEAN_MOTION_DDOT"
).split(",")
VALUES = (
    "VANGUARD 1,5,2000-06-27T18:50:19.733568,10.82419157,.1859667,34.2682,348.7242,331.7664,19.3264,"
    ".28098E-4,.23E-6,0"
).split(",")
TEXT = {"OBJECT_NAME", "EPOCH"}
FORMS = {
    "tle": f"VANGUARD 1              \r\n{LINE_1}\r\n{LINE_2}\r\n",
    "csv": ",".join(NAMES) + "\r\n" + ",".join(VALUES) + "\r\n",
    "json": "[{"
    + ",".join(
        f'"{n}":"{v}"' if n in TEXT else f'"{n}":{float(v)}' for n, v in zip(NAMES, VALUES, strict=True)
    )
    + "}]",
    "xml": "<ndm><omm><body>"
    + "".join(f"<{n}>{v}</{n}>" for n, v in zip(NAMES, VALUES, strict=True))
    + "</body></omm></ndm>",
}


def told(found: Measured) -> set[tuple[object, ...]]:
    return {(one.metric, one.station, one.time, one.value, one.lon, one.lat) for one in found.values}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_the_same(form: str) -> None:
    found = measure(SOURCE, FORMS[form])
    assert SOURCE.recognises(payload(FORMS[form]))
    assert not found.rejects
    assert told(found) == told(measure(SOURCE, FORMS["csv"]))
    assert found.stations["celestrak/5"].title == "VANGUARD 1"
    at = ("celestrak/5", "2000-06-27T18:50:19.733568")
    assert found.value("orbital_mean_motion", *at) == 10.82419157
    assert found.value("satellite_bstar", *at) == 0.28098e-4


def test_the_position_is_that_of_the_published_case() -> None:
    elements = mean_elements(tle_cells("", LINE_1, LINE_2))
    assert teme(elements, elements.epoch) == pytest.approx(
        (7022.46529266, -1400.08296755, 0.03995155), abs=1e-5
    )


def test_a_satellite_above_the_equator_stands_still() -> None:
    epoch = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
    still = MeanElements(
        epoch=epoch, mean_motion=1.00273791, eccentricity=1e-6, inclination=1e-3, node=0.0, perigee=0.0,
        anomaly=0.0, bstar=0.0,
    )  # fmt: skip
    places = [geodetic(teme(still, at), at) for at in (epoch, epoch.replace(hour=18))]
    # Its right ascension is 0 at the epoch: there the sidereal time is its longitude, west.
    days = (epoch - datetime(2000, 1, 1, 12, tzinfo=UTC)).total_seconds() / 86400.0
    west = (280.46061837 + 360.98564736629 * days) % 360.0  # Meeus, Astronomical Algorithms, 12.4
    assert math.remainder(places[0][0] + west, 360.0) == pytest.approx(0.0, abs=0.05)
    assert places[1][0] == pytest.approx(places[0][0], abs=0.1)
    assert places[0][2] == pytest.approx(35786.0, abs=30.0)


@pytest.mark.parametrize(
    ("was", "becomes", "reason"),
    [
        ("4753", "4754", "line 1"),
        ("413667", "413668", "line 2"),
        ("179.784", "999.784", "epoch"),  # the sum is the same
        (LINE_2, "", "line 2"),
    ],
)
def test_lines_that_are_damaged_cost_only_themselves(was: str, becomes: str, reason: str) -> None:
    found = measure(SOURCE, FORMS["tle"].replace(was, becomes) + FORMS["tle"])
    assert len(found.values) == 5
    assert [reason in one.reason for one in found.rejects] == [True]


def test_catalogue_numbers_of_six_digits_are_read() -> None:
    lines = [line.replace("00005", "B0005") for line in (LINE_1, LINE_2)]
    assert tle_cells("", *lines)["NORAD_CAT_ID"] == "110005"


def test_an_orbit_that_is_none_has_elements_and_no_place() -> None:
    found = measure(SOURCE, FORMS["csv"].replace(".1859667", "1.5"))
    assert "satellite_altitude" not in {one.metric for one in found.values}
    assert len(found.values) == 4


def test_recordings_are_read_whole_and_agree(samples: Path) -> None:
    assert tallies(SOURCE, samples, "celestrak") == {
        "sample_omm.csv": (5, 0),
        "sample_omm.json": (5, 0),
        "sample_omm.xml": (5, 0),
        "stations.csv": (135, 0),
        "stations.json": (135, 0),
        "stations.tle": (135, 0),
    }
    found = [told(measure(SOURCE, one)) for name, one in recorded(samples, "celestrak") if "stations" in name]
    assert found[0] == found[1] == found[2]
    [(height, lat)] = [(x[3], x[5]) for x in found[0] if x[:2] == ("satellite_altitude", "celestrak/25544")]
    assert 400.0 < height < 430.0
    assert -51.9 < lat < 51.9
