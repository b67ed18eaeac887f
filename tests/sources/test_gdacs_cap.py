"""GDACS CAP RSS."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from terraloom.records import HazardReport, Payload, Reject
from terraloom.sources import source

ALERT = """<item>
<title>Green earthquake alert</title>
<description>On 4/2/2025 12:29:22 AM, an earthquake occurred.</description>
<geo:Point><geo:lat>-56.9</geo:lat><geo:long>-142.2</geo:long></geo:Point>
<cap:alert><cap:sent>2025-04-01T22:29:22-00:00</cap:sent><cap:info>
{parameters}
<cap:area><cap:polygon>{polygon}</cap:polygon></cap:area>
</cap:info></cap:alert></item>"""
SAID = {
    "eventid": "1475360",
    "currentepisodeid": "1631562",
    "glide": "",
    "fromdate": "Wed, 02 Apr 2025 00:29 GMT",
    "todate": "Wed, 02 Apr 2025 00:29 GMT",
    "eventtype": "EQ",
    "alertlevel": "Green",
    "link": "https://www.gdacs.org/report.aspx?eventtype=EQ&amp;eventid=1475360",
    "severity": "Magnitude 6.3M, Depth:10km",
    "datemodified": "Wed, 02 Apr 2025 05:08 GMT",
}
ROOT = (
    '<rss xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#" xmlns:gdacs="http://www.gdacs.org"'
    ' xmlns:cap="urn:oasis:names:tc:emergency:cap:1.2" version="2.0"><channel>'
)
TRIANGLE = "1,2 1,3 2,3"


def document(polygon: str = TRIANGLE, *, before: str = "", **said: str) -> bytes:
    pairs = "".join(
        f"<cap:parameter><cap:valueName>{name}</cap:valueName><cap:value>{value}</cap:value></cap:parameter>"
        for name, value in (SAID | said).items()
    )
    return f"{before}{ROOT}{ALERT.format(parameters=pairs, polygon=polygon)}</channel></rss>".encode()


def parse(body: bytes) -> list[HazardReport | Reject]:
    fetched = datetime(2025, 4, 2, tzinfo=UTC)
    return list(source("gdacs-cap").parse(Payload(source="gdacs-cap", url="", fetched_at=fetched, body=body)))


def only(body: bytes) -> HazardReport:
    (found,) = parse(body)
    assert isinstance(found, HazardReport), found
    return found


def test_seconds_come_from_the_american_prose() -> None:
    report = only(document())
    assert report.onset == datetime(2025, 4, 2, 0, 29, 22, tzinfo=UTC)
    assert report.time_resolution_s == 1
    assert report.updated_at == datetime(2025, 4, 2, 5, 8, tzinfo=UTC)


def test_prose_of_another_minute_is_not_believed() -> None:
    other = "Wed, 02 Apr 2025 00:31 GMT"
    report = only(document(fromdate=other))
    assert report.onset == datetime(2025, 4, 2, 0, 31, tzinfo=UTC)
    assert report.time_resolution_s == 60


def test_polygons_are_longitude_first_and_closed() -> None:
    geometry = only(document()).geometry
    assert geometry == {"type": "Polygon", "coordinates": [[(2, 1), (3, 1), (3, 2), (2, 1)]]}


def test_leftover_brackets_begin_holes_and_polygons() -> None:
    geometry = only(document("0,0 0,9 9),9 1,(1 1,2 2),2 20,((20 20,21 21,21")).geometry
    assert geometry is not None
    assert geometry["type"] == "MultiPolygon"
    assert [len(polygon) for polygon in geometry["coordinates"]] == [2, 1]


def test_a_document_saved_from_a_browser_is_mended() -> None:
    notice = "This XML file does not appear to have any style information associated with it. Shown below.\n"
    shown = document(before=notice).replace(b"&amp;", b"&")
    assert only(shown).url == "https://www.gdacs.org/report.aspx?eventtype=EQ&eventid=1475360"


def test_without_that_notice_a_bare_ampersand_is_a_reject() -> None:
    (found,) = parse(document().replace(b"&amp;", b"&"))
    assert isinstance(found, Reject)


def test_the_recording_is_read_whole(samples: Path) -> None:
    body = (samples / "gdacs" / "gdacs_cap_2025-04-02.xml").read_bytes()
    found = parse(body)
    assert len(found) == body.count(b"<item>")
    assert not [one for one in found if isinstance(one, Reject)]
