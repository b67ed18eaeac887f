"""GDACS RSS, in the dialects of 2019 and of 2022 on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from terraloom.records import EventType, HazardReport, Payload, Reject, Severity
from terraloom.sources import source

ITEM = """<item>
  <title>Orange alert for tropical cyclone EXAMPLE-22</title>
  <description>From 01/09/2022 to 03/09/2022</description>
  <link>https://www.gdacs.org/report.aspx?eventtype=TC&amp;eventid=1000900</link>
  <pubDate>Sat, 03 Sep 2022 12:00:00 GMT</pubDate>
  <gdacs:iscurrent>false</gdacs:iscurrent>
  <gdacs:fromdate>Thu, 01 Sep 2022 00:00:00 GMT</gdacs:fromdate>
  <gdacs:todate>Sat, 03 Sep 2022 12:00:00 GMT</gdacs:todate>
  {modified}
  <geo:Point><geo:lat>{lat}</geo:lat><geo:long>{lon}</geo:long></geo:Point>
  <gdacs:eventtype>{kind}</gdacs:eventtype>
  <gdacs:alertlevel>Orange</gdacs:alertlevel>
  <gdacs:alertscore>2</gdacs:alertscore>
  <gdacs:eventname>EXAMPLE-22</gdacs:eventname>
  <gdacs:eventid>{event}</gdacs:eventid>
  <gdacs:episodeid>7</gdacs:episodeid>
  <gdacs:severity unit="{unit}" value="{value}">{prose}</gdacs:severity>
  <gdacs:population unit="Pop74" value="9677">9677</gdacs:population>
  <gdacs:glide>{glide}</gdacs:glide>
</item>"""
FEED = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#" xmlns:gdacs="http://www.gdacs.org">
<channel><title>GDACS RSS information</title>{items}</channel></rss>"""


def item(**said: str) -> str:
    usual = {
        "modified": "",
        "lat": "18.5",
        "lon": "-60.25",
        "kind": "TC",
        "event": "1000900",
        "unit": "km/h",
        "value": "129.6",
        "prose": "Tropical Storm",
        "glide": "",
    }
    return ITEM.format(**(usual | said))


def parse(*items: str, encoding: str = "utf-8-sig") -> list[HazardReport | Reject]:
    body = FEED.format(items="".join(items)).replace("\n", "\r\n").encode(encoding)
    gdacs = source("gdacs-rss")
    payload = Payload(
        source="gdacs-rss", url=gdacs.info.url, fetched_at=datetime(2022, 9, 4, tzinfo=UTC), body=body
    )
    return list(gdacs.parse(payload))


def only(*items: str) -> HazardReport:
    (found,) = parse(*items)
    assert isinstance(found, HazardReport), found
    return found


def test_a_cyclone_stands_where_it_is_at_the_end_of_its_latest_episode() -> None:
    report = only(item())
    assert (report.source_event_id, report.event_type) == ("TC1000900", EventType.TROPICAL_CYCLONE)
    assert (report.lon, report.lat) == (-60.25, 18.5)
    assert report.onset == datetime(2022, 9, 3, 12, tzinfo=UTC)
    assert report.severity_level is Severity.ORANGE
    assert "storm:EXAMPLE.2022.AL" in report.keys


def test_measurements_carry_the_units_of_the_hazard() -> None:
    stated = {m.name: (m.value, m.unit) for m in only(item()).measurements}
    assert stated["wind_speed_max"] == (129.6, "km/h")
    assert stated["population_in_hurricane_wind"] == (9677, "1")
    assert stated["episode"] == (7, "1")
    drought = only(item(kind="DR", unit="km2", value="349846"))
    assert ("drought_area", 349846, "km2") in [(m.name, m.value, m.unit) for m in drought.measurements]


def test_an_earthquake_has_magnitude_and_depth_from_its_severity() -> None:
    report = only(item(kind="EQ", unit="M", value="5.5", prose="Magnitude 5.5M, Depth:59.95km"))
    assert (report.magnitude, report.depth_km) == (5.5, 59.95)
    assert report.onset == datetime(2022, 9, 1, tzinfo=UTC)


def test_the_clock_is_datemodified_where_there_is_one() -> None:
    modified = "<gdacs:datemodified>Sun, 04 Sep 2022 01:02:03 GMT</gdacs:datemodified>"
    assert only(item(modified=modified)).updated_at == datetime(2022, 9, 4, 1, 2, 3, tzinfo=UTC)
    assert only(item()).updated_at == datetime(2022, 9, 3, 12, tzinfo=UTC)


def test_a_glide_number_is_a_key_and_an_empty_one_is_none() -> None:
    assert "glide:TC-2022-000176-PHL" in only(item(glide="TC-2022-000176-PHL")).keys
    assert not [key for key in only(item()).keys if key.startswith("glide")]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"lat": "NaN"}, "lat"),
        ({"lat": "91"}, "lat"),
        ({"lon": "1e999"}, "lon"),
        ({"event": "12; DROP TABLE"}, "eventid"),
        ({"kind": "ZZ"}, "eventtype"),
        ({"unit": "furlongs"}, "severity unit"),
    ],
)
def test_a_wrong_value_rejects_its_item_only(said: dict[str, str], field: str) -> None:
    bad, good = parse(item(**said), item())
    assert isinstance(bad, Reject)
    assert bad.reason.startswith(field)
    assert bad.where == "record 0"
    assert isinstance(good, HazardReport)


def test_bytes_of_another_encoding_cost_only_their_item() -> None:
    body = FEED.format(items=item(prose="Stra\u00dfe") + item(event="2")).encode("latin-1")
    found = list(
        source("gdacs-rss").parse(Payload(source="x", url="", fetched_at=datetime.now(UTC), body=body))
    )
    assert [type(one) for one in found] == [Reject, HazardReport]


def test_fragments_are_verbatim() -> None:
    assert only(item()).fragment == item().replace("\n", "\r\n").encode()


def test_recordings_give_every_event(samples: Path) -> None:
    body = (samples / "gdacs" / "rss_rss-7d_2019-12-30.xml").read_bytes()
    weekly = source("gdacs-rss-7d")
    payload = Payload(source="gdacs-rss-7d", url="", fetched_at=datetime(2019, 12, 30, tzinfo=UTC), body=body)
    assert weekly.recognises(payload)
    assert not source("gdacs-rss").recognises(payload)
    found = list(weekly.parse(payload))
    assert len(found) == body.count(b"<item>") == 115
    assert all(isinstance(one, HazardReport) for one in found)
