"""FDSN text, through the sources that read it."""

from __future__ import annotations

from pathlib import Path

import pytest
from recordings import RECEIVED, counts, payload, read

from terraloom.records import EventType
from terraloom.sources.seismology.fdsn import FdsnSource
from terraloom.sources.seismology.gfz import GfzEarthquakes
from terraloom.sources.seismology.ingv import IngvEarthquakes
from terraloom.sources.seismology.isc import IscEarthquakes
from terraloom.sources.seismology.sed import SedEarthquakes

HEAD = (
    "#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|MagType|Magnitude"
    "|MagAuthor|EventLocationName"
)
ROW = "gfz2026abcd|2026-03-08T07:02:15.70|46.17|7.48|{depth}|GFZ||GFZ|gfz2026abcd|M|{mag}||{place}"
GFZ = GfzEarthquakes()


def answer(*rows: str, head: str = HEAD) -> str:
    return "\n".join((head, *rows)) + "\n"


def row(depth: str = "10.0", mag: str = "5.1", place: str = "Sion") -> str:
    return ROW.format(depth=depth, mag=mag, place=place)


def test_a_row_becomes_a_report() -> None:
    [report], rejects = read(GFZ, answer(row()))
    assert not rejects
    assert (report.agency, report.source_event_id, report.magnitude_type) == ("gfz", "gfz2026abcd", "M")
    assert (report.lon, report.lat, report.depth_km, report.magnitude) == (7.48, 46.17, 10.0, 5.1)
    assert (report.title, report.updated_at) == ("M 5.1 - Sion", RECEIVED)
    assert report.position_error_km == 0.5


def test_columns_are_found_by_name_in_any_order_and_spelling() -> None:
    body = answer(
        "5|x|2026-03-08 07:02|8.5|46.5|-2.3", head="# EventID | Junk | time | LONGITUDE | Latitude | Depth/Km"
    )
    [report], _ = read(GFZ, body)
    assert (report.lon, report.lat, report.depth_km, report.magnitude) == (8.5, 46.5, -2.3, None)


@pytest.mark.parametrize("nothing", ["--", "", "null"])
def test_ways_to_write_nothing(nothing: str) -> None:
    [report], _ = read(GFZ, answer(row(depth=nothing, mag=nothing)))
    assert (report.depth_km, report.magnitude, report.title) == (None, None, "M ? - Sion")


@pytest.mark.parametrize("body", ["", "\n", answer()])
def test_an_empty_catalogue_is_no_failure(body: str) -> None:
    assert read(GFZ, body) == ([], [])


def test_an_error_after_rows_is_a_reject_with_its_text() -> None:
    body = answer(row(), "Error 413: Request Entity Too Large", "", "Narrow your request.")
    reports, [reject] = read(GFZ, body)
    assert len(reports) == 1
    assert (reject.where, "Error 413" in reject.reason) == ("after record 0", True)
    assert reject.fragment.endswith(b"Narrow your request.")


@pytest.mark.parametrize(
    "body", ["Error 500: broken", "<html>busy</html>", "#Network|Station|Latitude\nCH|X|46"]
)
def test_what_is_no_catalogue_is_one_reject(body: str) -> None:
    reports, [reject] = read(GFZ, body)
    assert (reports, reject.where) == ([], "payload")


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row(mag="NaN%"), "Magnitude: got 'NaN%'"),
        (row().replace("46.17", "146.17"), "lat: got '146.17'"),
        (row().replace("gfz2026abcd|2026", "|2026"), "EventID"),
        (row()[:40], "13 columns"),
        (row().replace("2026-03-08", "2026-02-30"), "time: got"),
    ],
)
def test_a_bad_row_costs_only_itself(bad: str, reason: str) -> None:
    reports, [reject] = read(GFZ, answer(row(), bad, row()))
    assert len(reports) == 2
    assert reason in reject.reason


def test_bytes_that_are_no_utf_8_cost_only_their_row() -> None:
    body = answer(row(), row(place="caf?"), row()).encode().replace(b"caf?", b"caf\xe9")
    reports, [reject] = read(GFZ, body)
    assert (len(reports), "UTF-8" in reject.reason) == (2, True)


def test_a_resource_identifier_is_shortened_and_blasts_told_apart() -> None:
    body = answer(
        "smi:ch.ethz.sed/sc25a/Event/2026eogyqj|2026-03-06T10:18:16.598458|46.3|9.1|1.08|a||SED|x|MLhc|0.7|a|GR"
        "|quarry blast",
        head=HEAD + "|EventType",
    )
    sed = SedEarthquakes()
    assert sed.recognises(payload(body))
    [report], _ = read(sed, body)
    assert (report.source_event_id, report.event_type) == ("2026eogyqj", EventType.OTHER)


def test_station_text_is_not_recognised(samples: Path) -> None:
    assert counts(IngvEarthquakes(), samples, "fdsn-ws") == {"ingv_emilia_2012-05-29.txt": (8, 0)}


@pytest.mark.parametrize(
    ("source", "folder", "expected"),
    [
        (SedEarthquakes(), "fdsn-misc", {"sed_fdsn_text_5_events_2026-03.txt": (5, 0)}),
        (GFZ, "gfz-geofon", {"seiscomp_westaus_events.xml": (2, 0)}),
        (IscEarthquakes(), "isc", {"ims_19670130012028.xml": (1, 0)}),
    ],
    ids=lambda value: value.info.id if isinstance(value, FdsnSource) else "",
)
def test_every_recording_is_read_whole(
    samples: Path, source: FdsnSource, folder: str, expected: dict[str, tuple[int, int]]
) -> None:
    assert counts(source, samples, folder) == expected
