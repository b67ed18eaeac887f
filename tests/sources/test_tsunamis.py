from datetime import UTC, datetime
from pathlib import Path

import pytest
from recordings import counts, payload, read

from terraloom.records import HazardReport, Severity
from terraloom.sources.tsunamis.ntwc import NtwcBulletins
from terraloom.sources.tsunamis.ptwc import PtwcBulletins

PACIFIC = """000
WEPA40 PHEB 041859
TSUPAC

TSUNAMI MESSAGE NUMBER 2
NWS PACIFIC TSUNAMI WARNING CENTER HONOLULU HI
1858 UTC FRI NOV 20 2026

...{headline}...

  * MAGNITUDE      7.4
  * ORIGIN TIME    1741 UTC NOV 20 2026
  * COORDINATES    29.8 SOUTH  177.2 WEST
  * DEPTH          10 KM / 6 MILES
  * LOCATION       SOME ISLANDS

    HARBOUR ONE          29.3S 177.9W    1755   0.17M/ 0.5FT  08
    HARBOUR TWO          29.3S 177.9W    1758   1.31M/ 4.3FT  06
"""
NATIONAL = """521
WEPA41 PAAQ 201849
TSUWCA

BULLETIN
Tsunami Message Number 1
NWS National Tsunami Warning Center Palmer AK
1049 AM {zone} Fri Nov 20 2026

PZZ530-201949-
/O.NEW.PAAQ.TS.W.0022.261120T1849Z-000000T0000Z/

...A TSUNAMI WARNING IS NOW IN EFFECT FOR SOME
   COASTS...

At 1044 AM {name} Time on November 20 an earthquake with
preliminary magnitude 7.3 occurred 45 miles southwest of
Somewhere California.
"""
ALERT = """<?xml version="1.0"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
<identifier>PAAQ-4-mg5a94</identifier><sent>2026-11-20T19:58:23-00:00</sent><status>{status}</status>
<msgType>Update</msgType><info><event>{event}</event><expires>2026-11-20T20:58:23-00:00</expires>
<parameter><valueName>EventLatLon</valueName><value>55.300,-134.900 0.000</value></parameter>
<parameter><valueName>EventPreliminaryMagnitude</valueName><value>7.5</value></parameter>
<parameter><valueName>EventOriginTime</valueName><value>2026-11-20T18:44:20-00:00</value></parameter>
<parameter><valueName>EventDepth</valueName><value>5 kilometers</value></parameter>
<parameter><valueName>VTEC</valueName><value>/O.CAN.PAAQ.TS.W.0022.000000T0000Z-000000T0000Z/</value></parameter>
<area><areaDesc>Some coast</areaDesc></area></info></alert>"""


def national(text: str) -> HazardReport:
    [report], rejects = read(NtwcBulletins(), text)
    assert not rejects
    return report


def test_a_listed_earthquake_gives_place_time_and_the_highest_wave() -> None:
    [report], _ = read(PtwcBulletins(), PACIFIC.format(headline="PTWC TSUNAMI THREAT MESSAGE"))
    assert (report.lon, report.lat, report.depth_km, report.magnitude) == (-177.2, -29.8, 10, 7.4)
    assert report.onset == datetime(2026, 11, 20, 17, 41, tzinfo=UTC)
    assert report.updated_at == datetime(2026, 11, 20, 18, 58, tzinfo=UTC)
    assert (report.severity_level, report.valid_until) == (Severity.ORANGE, None)
    assert report.measurements[0].value == 1.31
    assert report.title == "Tsunami watch or threat - SOME ISLANDS"


@pytest.mark.parametrize(
    "headline",
    ["PTWC FINAL TSUNAMI THREAT MESSAGE", "TSUNAMI INFORMATION STATEMENT", "THE WATCH IS CANCELLED"],
)
def test_what_is_no_danger_any_more_is_over(headline: str) -> None:
    [report], _ = read(PtwcBulletins(), PACIFIC.format(headline=headline))
    assert (report.severity_level, report.valid_until) == (Severity.GREEN, report.updated_at)


@pytest.mark.parametrize(
    ("zone", "name", "hour"), [("PST", "Pacific Standard", 18), ("AKST", "Alaska Standard", 19)]
)
def test_local_time_and_prose_are_read(zone: str, name: str, hour: int) -> None:
    report = national(NATIONAL.format(zone=zone, name=name))
    assert report.onset == datetime(2026, 11, 20, hour, 44, tzinfo=UTC)
    assert report.updated_at == datetime(2026, 11, 20, hour, 49, tzinfo=UTC)
    assert report.severity_level is Severity.RED
    assert report.keys == ("vtec:PAAQ.TS.W.0022.2026",)  # as the alerts of the weather service
    assert report.title.endswith("45 miles southwest of Somewhere California")


def test_cap_and_text_mean_the_same_event() -> None:
    cap = national(ALERT.format(status="Actual", event="Tsunami Warning"))
    text = national(NATIONAL.format(zone="PST", name="Pacific Standard"))
    assert cap.source_event_id == "mg5a94"
    assert text.source_event_id in cap.also_ids
    assert cap.keys == text.keys
    assert (cap.lon, cap.lat, cap.depth_km) == (-134.9, 55.3, 5.0)
    assert cap.valid_until == datetime(2026, 11, 20, 20, 58, 23, tzinfo=UTC)


def test_a_cancellation_ends_and_a_test_is_no_report() -> None:
    report = national(ALERT.format(status="Actual", event="Tsunami Cancellation"))
    assert (report.severity_level, report.valid_until) == (Severity.GREEN, report.updated_at)
    assert read(NtwcBulletins(), ALERT.format(status="Test", event="Tsunami Warning")) == ([], [])


def test_a_bulletin_without_time_or_of_the_other_centre_is_rejected() -> None:
    text = PACIFIC.format(headline="X")
    for source, body in ((NtwcBulletins(), text), (PtwcBulletins(), text.replace("1858 UTC FRI", "today"))):
        reports, [reject] = read(source, body)
        assert not reports
        assert reject.reason.startswith("RecordError: bulletin")
    assert not NtwcBulletins().recognises(payload(text))


def test_each_recording_is_read_by_its_own_centre(samples: Path) -> None:
    assert counts(PtwcBulletins(), samples, "tsunami-text") == {"TSU_TSUPAC.txt": (1, 0)}
    assert counts(NtwcBulletins(), samples, "tsunami-text") == {"TSU_TSUWCA_2024.txt": (1, 0)}
