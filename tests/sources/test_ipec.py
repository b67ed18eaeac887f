from datetime import UTC, datetime
from pathlib import Path

import pytest
from recordings import counts, read

from terraloom.records import EventType, ReportStatus
from terraloom.sources.seismology.ipec import IpecEarthquakes

HEAD = "BEGIN IMS1.0\nMSG_TYPE DATA\nDATA_TYPE BULLETIN IMS1.0:SHORT\nIPEC\n\n"
EVENT = """EVENT 77  SOMEWHERE, HILLS

   Date       Time        Err   RMS Latitude Longitude  Smaj  Smin  Az Depth   Err Ndef Nsta Gap
{origin}
{prime}Magnitude  Err Nsta Author      OrigID
ML     1.9 0.1    5 IPEC            76
ML     1.2 0.1    5 IPEC            77

Sta     Dist  EvAz Phase        Time
MORC    0.66 266.5 Pg       12:33:32.774
"""
ORIGIN = (
    "2026/09/01 12:33:19.91   0.34  0.17  49.8219  -18.5593   2.2   1.7  61   1.0f        9    5 280   0.66"
    "   1.60 m i {kind} IPEC            77"
)


def bulletin(origin: str = ORIGIN.format(kind="ke"), prime: str = "") -> str:
    return HEAD + EVENT.format(origin=origin, prime=prime) + "STOP\n"


def test_an_origin_is_read_by_its_columns_and_its_own_magnitude_taken() -> None:
    [report], rejects = read(IpecEarthquakes(), bulletin())
    assert not rejects
    assert report.onset == datetime(2026, 9, 1, 12, 33, 19, 910_000, tzinfo=UTC)
    assert (report.lon, report.lat, report.depth_km) == (-18.5593, 49.8219, 1.0)
    assert (report.magnitude, report.magnitude_type, report.status) == (1.2, "ML", ReportStatus.REVIEWED)
    assert report.position_error_km == pytest.approx(2.2 / 2.146, rel=1e-3)
    assert {one.name: one.value for one in report.measurements}["azimuthal_gap"] == 280
    assert report.title == "M 1.2 - Somewhere, Hills"
    [standard], _ = read(IpecEarthquakes(), bulletin(ORIGIN.format(kind="ke").replace("f    ", "f     ", 1)))
    assert standard.measurements == report.measurements


def test_blasts_are_no_earthquakes_and_a_marked_origin_is_preferred() -> None:
    first = ORIGIN.format(kind="ke").replace("12:33:19", "12:33:25")
    [report], _ = read(IpecEarthquakes(), bulletin(f"{first}\n{ORIGIN.format(kind='km')}", " (#PRIME)\n"))
    assert report.event_type is EventType.OTHER
    assert report.onset.second == 19
    assert "mining explosion" in report.title


def test_an_event_without_a_place_has_none_and_one_without_an_origin_is_rejected() -> None:
    [report], _ = read(IpecEarthquakes(), bulletin("2026/09/01 11:18:16.35"))
    assert (report.lon, report.magnitude, report.measurements) == (None, None, ())
    reports, [reject] = read(IpecEarthquakes(), bulletin("no origin"))
    assert not reports
    assert reject.reason.startswith("EVENT")


def test_the_bulletin_of_last_month_is_asked_for() -> None:
    [address] = IpecEarthquakes().addresses(datetime(2026, 1, 31, tzinfo=UTC))
    assert address.endswith("/ipe202512_ims.txt")


def test_the_recording_is_read_whole(samples: Path) -> None:
    found = counts(IpecEarthquakes(), samples, "iscn-obspy")
    assert found == {"iaspei_ims_ipe202409sel.txt": (3, 0)}
