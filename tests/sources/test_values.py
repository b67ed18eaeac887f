from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terraloom.errors import RecordError
from terraloom.sources.values import epoch_ms, lonlat, number, optional_number, rfc822, safe_xml, utc


@pytest.mark.parametrize("bad", ["nan", "inf", "-Infinity", "1e999", "1_0", "٣", "", None, True, 10**400])
def test_what_is_no_finite_number_is_refused_with_its_field(bad: object) -> None:
    with pytest.raises(RecordError, match=r"^mag: got"):
        number("mag", bad)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_the_same_as_text(value: float) -> None:
    assert number("x", repr(value)) == value == number("x", value)


@pytest.mark.parametrize("nothing", [None, "", "--", " null ", "NaN"])
def test_ways_to_write_nothing_are_nothing(nothing: str | None) -> None:
    assert optional_number("depth", nothing) is None


@pytest.mark.parametrize(
    ("lon", "lat"), [(180.1, 0), (-181, 0), (0, 90.1), (math.nan, 0), (0, "nan"), (359.0, 0)]
)
def test_impossible_places_are_refused(lon: object, lat: object) -> None:
    with pytest.raises(RecordError, match=r"^(lon|lat): got"):
        lonlat(lon, lat)


def test_longitudes_of_0_to_360_are_turned_only_where_the_feed_documents_them() -> None:
    assert lonlat("359.5", "-10", lon_360=True) == (-0.5, -10.0)
    assert lonlat("180", "0", lon_360=True) == (180.0, 0.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-08-21T17:49:28.0Z", datetime(2026, 8, 21, 17, 49, 28, tzinfo=UTC)),
        ("2026.08.21 17:49:28", datetime(2026, 8, 21, 17, 49, 28, tzinfo=UTC)),
        ("2011-03-11T05:46:24.1200", datetime(2011, 3, 11, 5, 46, 24, 120000, tzinfo=UTC)),
        ("2012-04-04T14:21:42.3+02:00", datetime(2012, 4, 4, 12, 21, 42, 300000, tzinfo=UTC)),
        ("2016-12-31T23:59:60.5Z", datetime(2017, 1, 1, 0, 0, 0, 500000, tzinfo=UTC)),
        ("2026-08-21 17:49", datetime(2026, 8, 21, 17, 49, tzinfo=UTC)),
    ],
)
def test_times_as_feeds_write_them(text: str, expected: datetime) -> None:
    assert utc(text) == expected
    assert utc(text).utcoffset() == timedelta(0)


def test_a_time_without_zone_takes_the_feeds_own() -> None:
    turkey = timezone(timedelta(hours=3))
    assert utc("2026.08.21 01:00:00", zone=turkey) == datetime(2026, 8, 20, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "bad", ["2026-13-01T00:00:00Z", "yesterday", "", None, 5, "0001-01-01T00:00:00+03:00"]
)
def test_times_that_cannot_be_are_refused(bad: object) -> None:
    with pytest.raises(RecordError, match=r"^time: got"):
        utc(bad)


@given(st.datetimes(min_value=datetime(1, 1, 2), timezones=st.just(UTC)))
def test_a_time_survives_being_written(moment: datetime) -> None:
    assert utc(moment.isoformat()) == moment


def test_milliseconds_before_1970_are_negative() -> None:
    assert epoch_ms("time", -1) == datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)
    with pytest.raises(RecordError, match="time"):
        epoch_ms("time", 1e30)


def test_rss_dates_become_utc() -> None:
    assert rfc822("Wed, 30 Dec 2020 21:41:00 +0100") == datetime(2020, 12, 30, 20, 41, tzinfo=UTC)
    with pytest.raises(RecordError):
        rfc822("soon")


BOMB = b'<!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><b>&b;</b>'
FILE = b'<?xml version="1.0"?><!-- x --><!DOCTYPE b [<!ENTITY f SYSTEM "file:///etc/hostname">]><b>&f;</b>'
WIDE = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE b><b/>'.encode("utf-16")


@pytest.mark.parametrize("evil", [BOMB, FILE, WIDE], ids=["bomb", "file", "utf-16"])
def test_a_document_with_a_dtd_is_refused(evil: bytes) -> None:
    with pytest.raises(RecordError, match="without a DTD"):
        safe_xml(evil)


@pytest.mark.parametrize("broken", [b"", b"<a>", b"<a>\xff</a>", b"<a>&b;</a>", b"\x00<a/>"])
def test_what_is_no_xml_is_refused(broken: bytes) -> None:
    with pytest.raises(RecordError, match="well-formed XML"):
        safe_xml(broken)
