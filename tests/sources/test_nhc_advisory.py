"""NHC advisories as text."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from terraloom.records import HazardReport, Payload, Reject
from terraloom.sources import source
from terraloom.sources.cyclones.nhc_advisory import advisory_urls

FORECAST = """ZCZC MIATCMAT1 ALL

HURRICANE EXAMPLE FORECAST/ADVISORY NUMBER  60
NWS NATIONAL HURRICANE CENTER MIAMI FL       AL062018
0300 UTC SAT SEP 01 2018

HURRICANE CENTER LOCATED NEAR 34.2N  77.4W AT {at}Z
POSITION ACCURATE WITHIN  10 NM

PRESENT MOVEMENT TOWARD THE WEST OR 285 DEGREES AT   5 KT

ESTIMATED MINIMUM CENTRAL PRESSURE  958 MB
MAX SUSTAINED WINDS  80 KT WITH GUSTS TO 100 KT.
64 KT....... 70NE  60SE  60SW  50NW.
34 KT.......170NE 150SE 120SW 100NW.

REPEAT...CENTER LOCATED NEAR 34.2N  77.4W AT 01/0300Z

FORECAST VALID 01/1200Z 34.0N  78.0W
50 KT... 90NE  90SE  90SW  90NW.
"""
PUBLIC = """WTPZ32 KNHC 031822
TCPEP2

BULLETIN
TROPICAL DEPRESSION TWO-E
INTERMEDIATE ADVISORY NUMBER  4A...CORRECTED
NWS NATIONAL HURRICANE CENTER MIAMI FL       EP022014
1100 AM PDT TUE JUN 03 2014

SUMMARY OF 1100 AM PDT...1800 UTC...INFORMATION
LOCATION...14.7N 94.1W
MAXIMUM SUSTAINED WINDS...40 MPH...65 KM/H
MINIMUM CENTRAL PRESSURE...999 MB...29.50 INCHES
"""


def parse(text: str) -> HazardReport | Reject:
    payload = Payload(source="x", url="u", fetched_at=datetime(2018, 9, 1, tzinfo=UTC), body=text.encode())
    (found,) = source("nhc-advisory").parse(payload)
    return found


def report(text: str) -> HazardReport:
    found = parse(text)
    assert isinstance(found, HazardReport), found
    return found


def test_a_forecast_advisory_has_its_present_radii_by_quadrant() -> None:
    found = report(FORECAST.format(at="01/0300"))
    stated = {m.name: (m.value, m.unit) for m in found.measurements}
    assert found.source_event_id == "AL062018"
    assert stated["wind_speed"] == (80, "[kn_i]")
    assert stated["movement_speed"] == (5, "[kn_i]")
    assert stated["wind_radius_64kt_nw"] == (50, "[nmi_i]")
    assert "wind_radius_50kt_ne" not in stated


def test_the_day_of_a_position_may_be_in_the_month_before() -> None:
    assert report(FORECAST.format(at="31/2100")).onset == datetime(2018, 8, 31, 21, tzinfo=UTC)


def test_a_page_is_read_as_its_text() -> None:
    page = f"<html><body><script>x</script><pre>\n{FORECAST.format(at='01/0300')}</pre></body></html>"
    assert report(page).lat == 34.2


def test_a_public_advisory_is_read_across_its_split_headline() -> None:
    found = report(PUBLIC)
    assert (found.source_event_id, found.title) == ("EP022014", "Tropical Depression Two-E")
    assert found.onset == datetime(2014, 6, 3, 18, tzinfo=UTC)
    assert found.measurements[0].value == 35


@pytest.mark.parametrize("missing", ["AL062018", "0300 UTC SAT SEP 01 2018", "LOCATED NEAR"])
def test_what_is_missing_is_named(missing: str) -> None:
    found = parse(FORECAST.format(at="01/0300").replace(missing, ""))
    assert isinstance(found, Reject)
    assert found.where == "payload"


def test_addresses_come_from_the_list_of_storms() -> None:
    own, other = b"https://www.nhc.noaa.gov/text/MIATCMAT1.shtml", b"http://169.254.169.254/"
    storms = b",".join(b'{"forecastAdvisory": {"url": "%s"}}' % url for url in (own, other))
    body = b'{"activeStorms": [%s, {"forecastAdvisory": null}]}' % storms
    assert advisory_urls(body) == (own.decode(),)
    assert advisory_urls(b"<html>") == ()


def test_katrina_of_the_recordings(samples: Path) -> None:
    found = report((samples / "nhc" / "katrina2005_fstadv_025.shtml").read_text("latin-1"))
    assert (found.source_event_id, found.onset) == ("AL122005", datetime(2005, 8, 29, 3, tzinfo=UTC))
    stated = {m.name: m.value for m in found.measurements}
    assert (stated["wind_speed"], stated["pressure"], stated["wind_radius_64kt_ne"]) == (140, 904, 90)
