"""Smithsonian: eruptions as CSV, weekly activity as RSS."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from terraloom.records import CALENDAR_BEGINS, ONSET_YEAR, HazardReport, Payload, Reject, ReportStatus
from terraloom.sources import source

COLUMNS = (
    "Volcano Number,Volcano Name,Eruption Number,Eruption Category,Area of Activity,VEI,Start Year,"
    "Start Month,Start Day,End Year,End Month,End Day,Latitude,Longitude"
)
SEEN = datetime(2026, 11, 21, tzinfo=UTC)


def parse(*lines: str, title: str = "", encoding: str = "utf-8-sig") -> list[HazardReport | Reject]:
    body = "\r\n".join([*filter(None, [title]), *lines]).encode(encoding)
    eruptions = source("gvp-eruptions")
    payload = Payload(source="x", url="", fetched_at=SEEN, body=body)
    assert eruptions.recognises(payload)
    return list(eruptions.parse(payload))


def only(line: str) -> HazardReport:
    (found,) = parse(COLUMNS, line)
    assert isinstance(found, HazardReport), found
    return found


def test_an_eruption_is_its_volcanos_number_and_its_own() -> None:
    report = only(
        '233020,"Fournaise, Piton de la",22396,Confirmed Eruption,,1,2021,12,22,2022,1,17,-21.244,55.708'
    )
    assert report.source_event_id == "233020-22396"
    assert report.title == "Eruption of Fournaise, Piton de la"
    assert (report.lon, report.lat) == (55.708, -21.244)
    assert report.onset == datetime(2021, 12, 22, tzinfo=UTC)
    assert report.valid_until == datetime(2022, 1, 17, tzinfo=UTC)
    assert [(m.name, m.value) for m in report.measurements] == [("vei", 1)]


@pytest.mark.parametrize(
    ("start", "onset", "days"),
    [("1783,6,8", (1783, 6, 8), 1), ("1783,6,0", (1783, 6, 1), 31), ("934,,", (934, 1, 1), 366)],
)
def test_a_coarse_date_says_how_coarse(start: str, onset: tuple[int, int, int], days: int) -> None:
    report = only(f"1,Laki,2,Confirmed Eruption,,,{start},,,,64.0,-18.2")
    assert report.onset == datetime(*onset, tzinfo=UTC)
    assert report.time_resolution_s == days * 86_400


def test_a_discredited_eruption_is_withdrawn() -> None:
    report = only("1,Example,2,Discredited Eruption,,,1900,1,1,,,,1,1")
    assert report.status is ReportStatus.DELETED


def test_semicolons_after_a_title_row_and_other_encodings_are_read() -> None:
    line = "1,Öræfajökull,2,Confirmed Eruption,,,1900,1,1,,,,64,-16.6"
    (report,) = parse(
        *(text.replace(",", ";") for text in (COLUMNS, line)), title="Global Volcanism Program;;;"
    )
    (same,) = parse(COLUMNS, line, encoding="cp1252")
    assert isinstance(report, HazardReport)
    assert isinstance(same, HazardReport)
    assert report.title == same.title == "Eruption of Öræfajökull"


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("1,A,2,Confirmed Eruption,,,-2600001,,,,,,1,1", "Start Year"),
        ("1,A,2,Confirmed Eruption,,,,,,,,,1,1", "Start Year"),
        ("1,A,2,Confirmed Eruption,,,1900,2,30,,,,1,1", "Start Day"),
        ("1,A,2,Confirmed Eruption,,,1900,1,1,,,,91,1", "lat"),
        ("1,A,2,Perhaps,,,1900,1,1,,,,1,1", "Eruption Category"),
        ("1,A", "columns"),
    ],
)
def test_a_wrong_line_costs_only_itself(line: str, field: str) -> None:
    reject, report = parse(COLUMNS, line, "1,A,3,Confirmed Eruption,,,1900,1,1,,,,1,1")
    assert isinstance(reject, Reject)
    assert reject.reason.startswith(field)
    assert isinstance(report, HazardReport)


@pytest.mark.parametrize(
    ("year", "modifier", "error", "title", "told"),
    [
        ("-4040", "", "", ", 4040 BCE", ", begun 4040 BCE"),
        ("-5680", "?", "150", ", 5680 BCE", ", begun perhaps 5680 BCE ± 150 years"),
        ("0", "<", "", ", year 0", ", begun before year 0"),
        ("1650", "", "20", "", ", begun year 1650 ± 20 years"),
        ("1650", "", "", "", ""),
    ],
)
def test_a_year_is_told_where_a_date_cannot(
    year: str, modifier: str, error: str, title: str, told: str
) -> None:
    extra = ",Start Year Modifier,Start Year Uncertainty"
    (report,) = parse(
        COLUMNS + extra, f"1,Example,2,Confirmed Eruption,,,{year},0,0,-4039,,,1,1,{modifier},{error}"
    )
    assert isinstance(report, HazardReport)
    assert report.title == f"Eruption of Example{title}"
    assert report.description == f"Confirmed Eruption{told}"
    assert report.valid_until is None


def test_before_year_1_the_onset_is_where_the_calendar_begins() -> None:
    report = only("1,Example,2,Confirmed Eruption,,,-4040,0,0,,,,1,1")
    assert report.onset == CALENDAR_BEGINS
    assert [(m.name, m.value, m.unit) for m in report.measurements] == [(ONSET_YEAR, -4040, "a")]
    assert only("1,Example,2,Confirmed Eruption,,,1,0,0,,,,1,1").measurements == ()


def test_of_the_recording_only_what_has_no_start_year_is_rejected(samples: Path) -> None:
    body = (samples / "gvp" / "GVP_Eruption_Results.csv").read_bytes()
    found = list(source("gvp-eruptions").parse(Payload(source="x", url="", fetched_at=SEEN, body=body)))
    assert len(found) == len(body.splitlines()) - 1
    assert {one.reason for one in found if isinstance(one, Reject)} == {
        "Start Year: got '', expected a number"
    }
    measured = [m for one in found if isinstance(one, HazardReport) for m in one.measurements]
    assert sum(m.name == ONSET_YEAR for m in measured) == 2373


def test_a_list_of_volcanoes_is_no_list_of_eruptions(samples: Path) -> None:
    body = (samples / "gvp" / "GVP_Volcano_List_Holocene_2019-10-23.csv").read_bytes()
    assert not source("gvp-eruptions").recognises(Payload(source="x", url="", fetched_at=SEEN, body=body))


WEEKLY = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:georss="http://www.georss.org/georss">
<channel><link>https://volcano.si.edu/</link><item><title>{title}</title>
<description>&lt;p&gt;Ash plumes &amp;amp; glow.&lt;/p&gt;</description>
<link>https://volcano.si.edu/showreport.cfm?wvar=GVP.WVAR20250108-{number}</link>
<pubDate>Wed, 15 Jan 2025 19:37:35 -0500</pubDate>
<georss:point>{point}</georss:point></item></channel></rss>"""


def weekly(**said: str) -> HazardReport | Reject:
    usual = {"title": "Example (Chile) - Report for 26 December-1 January 2025 - NEW", "number": "357090"}
    body = WEEKLY.format(**(usual | {"point": "-36.9 -71.4"} | said)).encode()
    (found,) = source("gvp-weekly").parse(Payload(source="x", url="", fetched_at=SEEN, body=body))
    return found


def test_a_weekly_report_is_a_version_of_its_volcanos_activity() -> None:
    report = weekly(title="Example (Chile) - Report for 8 January-14 January 2025")
    assert isinstance(report, HazardReport)
    assert (report.source_event_id, report.title) == ("volcano-357090", "Activity of Example, Chile")
    assert (report.lon, report.lat) == (-71.4, -36.9)
    assert report.onset == datetime(2025, 1, 8, tzinfo=UTC)
    assert report.updated_at == datetime(2025, 1, 16, 0, 37, 35, tzinfo=UTC)
    assert report.description == "Ash plumes & glow."


@pytest.mark.parametrize("week", ["26 December 2024-1 January 2025", "26 December-1 January 2025"])
def test_a_week_over_new_year_begins_in_the_old_one(week: str) -> None:
    report = weekly(title=f"Example (Chile) - Report for {week} - NEW")
    assert isinstance(report, HazardReport)
    assert report.onset == datetime(2024, 12, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    "said", [{"title": "News"}, {"number": "12"}, {"point": "-36.9"}, {"point": "-36.9 nan"}]
)
def test_a_wrong_item_is_a_reject(said: dict[str, str]) -> None:
    assert isinstance(weekly(**said), Reject)
