"""NHC as KML and KMZ."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

import pytest

from terraloom.records import HazardReport, Payload, Reject
from terraloom.sources import source

ACTIVE = """<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">
<Document id="active"><description><![CDATA[<B>Last Update:</B> {updated}</TD>]]></description>
<Folder id="at2"><name>Hurricane Example</name>
<ExtendedData><Data name="atcfID"><value>AL122021</value></Data></ExtendedData>
<ExtendedData xmlns:tc="https://www.nhc.noaa.gov/cyclones"><tc:type>HU</tc:type><tc:name>Example</tc:name>
<tc:atcfID>AL122021</tc:atcfID><tc:centerLat>30.9</tc:centerLat><tc:centerLon>-61.1</tc:centerLon>
<tc:dateTime>5:00 AM AST Thu Sep 9</tc:dateTime><tc:minimumPressure>969 mb</tc:minimumPressure>
<tc:maxSustainedWind>100 mph</tc:maxSustainedWind></ExtendedData></Folder></Document></kml>"""
FIX = """<Placemark><description>HU EXAMPLE (AL122021)</description><lat>{lat}</lat><lon>-61.1</lon>
<stormName>EXAMPLE</stormName><stormType>HU</stormType><intensity>85</intensity>
<minSeaLevelPres>0</minSeaLevelPres><atcfdtg>{hour}</atcfdtg></Placemark>"""
LINE = """<Placemark><LineString/><ExtendedData>
<Data name="atcfid"><value>AL122021</value></Data><Data name="stormName"><value>Example</value></Data>
<Data name="pubAdvTime"><value>500 AM AST Thu Sep 9 2021</value></Data>
<Data name="TCInitLocation"><value>30.9N, 61.1W</value></Data>
<Data name="maxWindKnots"><value>85</value></Data></ExtendedData></Placemark>"""
FORECAST = "<Placemark><description>12 hr</description><Point/></Placemark>"


def kml(*placemarks: str) -> bytes:
    return f'<kml xmlns="http://earth.google.com/kml/2.2"><Document>{"".join(placemarks)}</Document></kml>'.encode()


def parse(body: bytes) -> list[HazardReport | Reject]:
    fetched = datetime(2021, 9, 9, tzinfo=UTC)
    return list(source("nhc-kml").parse(Payload(source="x", url="", fetched_at=fetched, body=body)))


@pytest.mark.parametrize("updated", ["Thu Sep  9 11:00:32 UTC 2021", "2021-09-09T11:00:32.037Z"])
def test_an_active_storm_is_one_report(updated: str) -> None:
    (report,) = parse(ACTIVE.format(updated=updated).encode())
    assert isinstance(report, HazardReport)
    assert (report.source_event_id, report.title) == ("AL122021", "Hurricane Example")
    assert report.onset == datetime(2021, 9, 9, 9, tzinfo=UTC)
    assert [m.value for m in report.measurements] == [85, 969]


def test_without_a_date_of_the_list_a_storm_is_a_reject() -> None:
    (reject,) = parse(ACTIVE.format(updated="today").encode())
    assert isinstance(reject, Reject)


def test_each_fix_of_a_best_track_is_a_report() -> None:
    found = parse(kml(FIX.format(lat="30.9", hour="2021090906"), FIX.format(lat="95", hour="2021090912")))
    report, reject = found
    assert isinstance(report, HazardReport)
    assert isinstance(reject, Reject)
    assert report.onset == datetime(2021, 9, 9, 6, tzinfo=UTC)
    assert [m.name for m in report.measurements] == ["wind_speed"]  # a pressure of 0 is unknown


def test_a_forecast_track_is_where_it_starts_once() -> None:
    (report,) = parse(kml(LINE, LINE, FORECAST))
    assert isinstance(report, HazardReport)
    assert (report.lon, report.lat) == (-61.1, 30.9)
    assert report.onset == datetime(2021, 9, 9, 9, tzinfo=UTC)


def test_a_kmz_is_its_kml() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("track.kml", kml(LINE))
    assert [type(one) for one in parse(archive.getvalue())] == [HazardReport]
    assert [type(one) for one in parse(archive.getvalue()[:60])] == [Reject]


def test_a_kmz_that_swells_is_refused() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("track.kml", b" " * 30_000_000)
    (reject,) = parse(archive.getvalue())
    assert isinstance(reject, Reject)
    assert "at most" in reject.reason
