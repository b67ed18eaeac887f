"""QuakeML and SeisComP XML, through the sources that read them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from recordings import RECEIVED, counts, payload, read, recorded

from terraloom.records import ReportStatus
from terraloom.sources.seismology.emsc import EmscEarthquakes
from terraloom.sources.seismology.gfz import GfzEarthquakes
from terraloom.sources.seismology.iris import IrisEarthquakes
from terraloom.sources.seismology.isc import IscEarthquakes
from terraloom.sources.seismology.quakeml import short_id

GFZ, ISC = GfzEarthquakes(), IscEarthquakes()

ORIGIN = """<origin publicID="{id}"><time><value>2026-03-08T07:02:15.7Z</value></time>
<latitude><value>{lat}</value></latitude><longitude><value>7.5</value></longitude><depth><value>8000</value></depth>
<creationInfo><agencyID>{agency}</agencyID><creationTime>2026-03-08T08:00:00Z</creationTime></creationInfo></origin>"""


def origin(name: str = "o1", lat: str = "46.0", agency: str = "GFZ") -> str:
    return ORIGIN.format(id=name, lat=lat, agency=agency)


def magnitude(value: str, scale: str, of: str, name: str = "same") -> str:
    stated = f"<mag><value>{value}</value></mag><type>{scale}</type><originID>{of}</originID>"
    return f'<magnitude publicID="{name}">{stated}</magnitude>'


def event(*parts: str, name: str = "smi:org.gfz-potsdam.de/geofon/gfz2026abcd") -> str:
    return f'<event publicID="{name}">{"".join(parts)}</event>'


def document(*events: str) -> str:
    head = (
        '<q:quakeml xmlns:q="http://quakeml.org/xmlns/quakeml/1.2" xmlns="http://quakeml.org/xmlns/bed/1.2">'
    )
    return f'{head}<eventParameters publicID="smi:x">{"".join(events)}</eventParameters></q:quakeml>'


@pytest.mark.parametrize(
    ("public_id", "expected"),
    [
        ("quakeml:eu.emsc/event/20120404_0000041", "20120404_0000041"),
        ("smi:webservices.ingv.it/fdsnws/event/1/query?eventId=20814231", "20814231"),
        ("quakeml:x/query?eventid=ci123&format=quakeml", "ci123"),
        ("smi:ISC/evid=840268", "840268"),
        ("gfz2026abcd", "gfz2026abcd"),
    ],
)
def test_a_public_id_holds_the_agencys_own(public_id: str, expected: str) -> None:
    assert short_id(public_id) == expected


def test_the_preferred_origin_counts_and_metres_become_kilometres() -> None:
    body = document(
        event(origin("o1", "1.0"), origin("o2", "46.0"), "<preferredOriginID>o2</preferredOriginID>")
    )
    assert GFZ.recognises(payload(body))
    [report], rejects = read(GFZ, body)
    assert not rejects
    assert (report.lat, report.depth_km, report.source_event_id) == (46.0, 8.0, "gfz2026abcd")
    assert report.updated_at == datetime(2026, 3, 8, 8, tzinfo=UTC)


def test_magnitudes_that_share_one_id_are_told_apart_by_origin_and_scale() -> None:
    sizes = [magnitude("9.0", "Mw", "o1"), magnitude("5.0", "mb", "o2"), magnitude("5.2", "MS", "o2")]
    body = document(event(origin("o1"), origin("o2"), *sizes, "<preferredOriginID>o2</preferredOriginID>"))
    [report], _ = read(ISC, body)
    assert (report.magnitude, report.magnitude_type) == (5.2, "MS")


def test_an_event_that_does_not_exist_is_taken_back() -> None:
    [report], _ = read(GFZ, document(event(origin(), "<type>not existing</type>")))
    assert report.status is ReportStatus.DELETED


def test_a_catalogue_that_gfz_relays_has_ids_apart_from_its_own() -> None:
    [own, relayed], _ = read(GFZ, document(event(origin()), event(origin(agency="RSES"))))
    assert (own.source_event_id, relayed.source_event_id) == ("gfz2026abcd", "rses/gfz2026abcd")
    assert own.url
    assert not relayed.url


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (event(), "origin: got None"),
        (event(origin(lat="95")), "lat: got '95'"),
        (event(origin(lat="NaN")), "lat: got 'NaN'"),
        (event(origin(), name=""), "publicID"),
        (event(origin(), "<a>&b;</a>"), "well-formed XML"),
    ],
)
def test_a_bad_event_costs_only_itself(bad: str, reason: str) -> None:
    reports, [reject] = read(GFZ, document(event(origin()), bad, event(origin())))
    assert len(reports) == 2
    assert (reject.where, reason in reject.reason) == ("record 1", True)


def test_entities_are_neither_expanded_nor_fetched() -> None:
    body = '<!DOCTYPE q [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + document(event(origin(), "&x;"))
    reports, [reject] = read(GFZ, body)
    assert (reports, "without a DTD" in reject.reason) == ([], True)


def test_the_old_iris_service_wrote_kilometres(samples: Path) -> None:
    iris = IrisEarthquakes()
    assert counts(iris, samples, "fdsn-misc") == {"iris_events_quakeml.xml": (2, 0)}
    reports, _ = read(iris, dict(recorded(samples, "fdsn-misc"))["iris_events_quakeml.xml"])
    assert [report.depth_km for report in reports] == [29.0, 9.0]
    assert {report.updated_at for report in reports} == {RECEIVED}


def test_isc_and_emsc_recordings_give_the_preferred_solution(samples: Path) -> None:
    [report], _ = read(ISC, dict(recorded(samples, "isc"))["ims_19670130012028.xml"])
    assert (report.source_event_id, report.lat, report.lon, report.magnitude) == ("840268", 41.09, 44.31, 5.0)
    reports, _ = read(EmscEarthquakes(), dict(recorded(samples, "fdsn-misc"))["neries_events_quakeml.xml"])
    assert (reports[0].source_event_id, reports[0].depth_km) == ("20120404_0000041", 1.0)
