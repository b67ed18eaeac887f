"""NHC RSS of a basin."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from terraloom.records import HazardReport, Payload, Reject
from terraloom.sources import source
from terraloom.sources.cyclones import nhc
from terraloom.sources.cyclones.storms import keys

SUMMARY = """<item><title>Summary for {kind} Example (AT2/AL272020)</title>
<pubDate>Sun, 25 Oct 2020 14:54:35 GMT</pubDate><link>https://www.nhc.noaa.gov/x.shtml</link>
<nhc:Cyclone><nhc:center>44.3, -49.4</nhc:center><nhc:type>{kind}</nhc:type><nhc:name>Example</nhc:name>
<nhc:wallet>AT2</nhc:wallet><nhc:atcf>{atcf}</nhc:atcf><nhc:datetime>{at}</nhc:datetime>
<nhc:pressure>{pressure}</nhc:pressure><nhc:wind>{wind}</nhc:wind></nhc:Cyclone></item>"""
TEXT = """<item><title>Hurricane EXAMPLE Forecast/Advisory Number 27</title>
<pubDate>Sun, 25 Oct 2020 14:54:00 GMT</pubDate><link>http://www.nhc.noaa.gov/y.shtml</link>
<description>Issued at 1500 UTC SUN OCT 25 2020 <![CDATA[<pre>
HURRICANE EXAMPLE FORECAST/ADVISORY NUMBER  27
NWS NATIONAL HURRICANE CENTER MIAMI FL       AL272020
1500 UTC SUN OCT 25 2020

HURRICANE CENTER LOCATED NEAR 44.3N  49.4W AT 25/1500Z
ESTIMATED MINIMUM CENTRAL PRESSURE  960 MB
MAX SUSTAINED WINDS  65 KT WITH GUSTS TO  80 KT.
34 KT.......150NE 250SE 300SW 100NW.

FORECAST VALID 26/0000Z 45.0N  45.0W
64 KT... 90NE   0SE   0SW   0NW.
</pre>]]></description></item>"""
POINTER = """<item><title>Tropical Depression TEN Public Advisory Number 2</title>
<pubDate>Thu, 25 Aug 2011 14:41:38 GMT</pubDate><link>http://www.nhc.noaa.gov/z.shtml</link>
<description>Issued at 1100 AM EDT THU AUG 25 2011</description></item>"""
OUTLOOK = "<item><title>Atlantic Tropical Weather Outlook</title><description>none</description></item>"


def summary(**said: str) -> str:
    usual = {"kind": "Hurricane", "atcf": "AL272020", "at": "11:00 AM AST Sun Oct 25"}
    return SUMMARY.format(**(usual | {"pressure": "960 mb", "wind": "75 mph"} | said))


def parse(*items: str, encoding: str = "utf-8", namespace: str = "https") -> list[HazardReport | Reject]:
    feed = f"""<?xml version="1.0" encoding="{encoding}"?>
<rss version="2.0" xmlns:nhc="{namespace}://www.nhc.noaa.gov"><channel><title>NHC Atlantic</title>
<copyright>caf\u00e9</copyright>{"".join(items)}</channel></rss>"""
    fetched = datetime(2020, 10, 25, 16, tzinfo=UTC)
    payload = Payload(source="nhc-rss-at", url="", fetched_at=fetched, body=feed.encode(encoding))
    return list(source("nhc-rss-at").parse(payload))


def only(*items: str, **options: str) -> HazardReport:
    (found,) = parse(*items, **options)
    assert isinstance(found, HazardReport), found
    return found


def test_a_summary_is_a_fix_under_the_atcf_id() -> None:
    report = only(summary(), OUTLOOK)
    assert (report.source_event_id, report.title) == ("AL272020", "Hurricane Example")
    assert (report.lon, report.lat) == (-49.4, 44.3)
    assert report.onset == report.updated_at == datetime(2020, 10, 25, 15, tzinfo=UTC)
    assert report.keys == ("atcf:AL272020", "storm:EXAMPLE.2020.AL")


def test_winds_are_knots_and_pressure_hectopascal() -> None:
    stated = {m.name: (m.value, m.unit) for m in only(summary()).measurements}
    assert stated == {"wind_speed": (65, "[kn_i]"), "pressure": (960, "hPa")}


def test_the_advisory_of_the_same_time_lends_its_present_radii() -> None:
    stated = {m.name: m.value for m in only(TEXT, summary()).measurements}
    assert stated["wind_radius_34kt_sw"] == 300
    assert "wind_radius_64kt_ne" not in stated  # forecast for midnight, not now


def test_feeds_without_summaries_are_read_from_their_texts() -> None:
    report = only(TEXT, encoding="iso-8859-1")
    assert (report.source_event_id, report.lon) == ("AL272020", -49.4)


def test_the_namespace_of_2015_is_read_too() -> None:
    assert only(summary(), namespace="http").source_event_id == "AL272020"


def test_a_storm_that_is_only_linked_to_is_a_truthful_reject() -> None:
    (reject,) = parse(POINTER, OUTLOOK)
    assert isinstance(reject, Reject)
    assert "Tropical Depression TEN" in reject.reason


def test_outlooks_alone_give_nothing() -> None:
    assert parse(OUTLOOK) == []


@pytest.mark.parametrize(
    "said", [{"wind": "75 km/h"}, {"pressure": "960"}, {"atcf": "AT2"}, {"at": "99:00 AM AST Sun Oct 25"}]
)
def test_wrong_values_reject_the_storm(said: dict[str, str]) -> None:
    (reject,) = parse(summary(**said))
    assert isinstance(reject, Reject)


@pytest.mark.parametrize(
    ("text", "near", "expected"),
    [
        ("11:00 PM AST Thu Dec 31", (2020, 1, 1), (2020, 1, 1, 3)),
        ("1200 AM CVT Fri Jan 1", (2019, 12, 31), (2020, 1, 1, 1)),
        ("12:00 PM EDT Sat Feb 29", (2020, 3, 1), (2020, 2, 29, 16)),
        ("2100Z TUE AUG 23 2005", (1999, 1, 1), (2005, 8, 23, 21)),
    ],
)
def test_a_time_without_a_year_is_of_the_nearest(
    text: str, near: tuple[int, int, int], expected: tuple[int, int, int, int]
) -> None:
    assert nhc.stated_time(text, datetime(*near, tzinfo=UTC)) == datetime(*expected, tzinfo=UTC)


def test_every_multiple_of_five_knots_survives_miles_per_hour() -> None:
    for knots in range(20, 200, 5):
        mph = 5 * round(knots * nhc.MPH_PER_KNOT / 5)
        assert abs((nhc.knots_from_mph(mph) or 0) - knots) <= 5
    assert [nhc.knots_from_mph(mph) for mph in (40, 75, 115, 130, 160)] == [35, 65, 100, 115, 140]


@pytest.mark.parametrize("name", ["Six", "INVEST", "TWENTY-EIG", "Two-E", "GENESIS016", ""])
def test_placeholders_name_no_storm(name: str) -> None:
    assert keys("AL062018", name) == ("atcf:AL062018",)


def test_recordings_of_one_storm_move_on(samples: Path) -> None:
    times: list[datetime] = []
    for path in sorted((samples / "nhc").glob("zeta2020_adv*_index-at.xml")):
        payload = Payload(
            source="x", url="", fetched_at=datetime(2020, 10, 30, tzinfo=UTC), body=path.read_bytes()
        )
        found = list(source("nhc-rss-at").parse(payload))
        times += [r.onset for r in found if isinstance(r, HazardReport) and r.source_event_id == "AL282020"]
    assert len(times) == 6
    assert times == sorted(set(times))
