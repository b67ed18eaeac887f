from datetime import UTC, datetime
from pathlib import Path

from recordings import counts, read, recorded

from terraloom.sources.seismology.nrcan import NrcanEarthquakes

FEED = """<?xml version='1.0' encoding='utf-8' ?>
<rss version='2.0' xmlns:georss='http://www.georss.org/georss' xmlns:gml='http://www.opengis.net/gml'>
<channel><link>http://earthquakescanada.nrcan.gc.ca/</link>
<item><title>Breaking News</title><link>http://www.earthquakescanada.nrcan.gc.ca/index-en.php</link></item>
<item><title>2026-09-02: M={size} - 293 km ENE of
   Bonavista, NL</title>
<link>http://www.earthquakescanada.nrcan.gc.ca/recent_eq/2026/20260903.0143/index-en.php</link>
<pubDate>Thu, 03 Sep 2026 01:43:00 GMT</pubDate>
<georss:where><gml:Point><gml:pos>{place}</gml:pos></gml:Point></georss:where></item></channel></rss>"""


def test_a_quake_is_known_to_the_minute_and_news_are_left_out() -> None:
    [report], rejects = read(NrcanEarthquakes(), FEED.format(size="4.2", place="50.42 -50.10"))
    assert not rejects
    assert report.source_event_id == "20260903.0143"
    assert report.onset == datetime(2026, 9, 3, 1, 43, tzinfo=UTC)  # the title's date is local
    assert (report.time_resolution_s, report.position_error_km) == (60.0, 0.5)
    assert (report.lon, report.lat, report.magnitude) == (-50.10, 50.42, 4.2)
    assert report.title == "M 4.2 - 293 km ENE of Bonavista, NL"


def test_a_decimal_comma_is_read_and_a_lone_latitude_is_not() -> None:
    [report], _ = read(NrcanEarthquakes(), FEED.format(size="4,2", place="50.42 -50.10"))
    assert report.magnitude == 4.2
    reports, [reject] = read(NrcanEarthquakes(), FEED.format(size="4.2", place="50.42"))
    assert not reports
    assert reject.reason.startswith("gml:pos")


def test_both_languages_name_the_same_events(samples: Path) -> None:
    source = NrcanEarthquakes()
    assert counts(source, samples, "nrcan") == {"earthquakes_en.xml": (5, 0), "earthquakes_fr.xml": (5, 0)}
    english, french = (read(source, one)[0] for _, one in recorded(samples, "nrcan"))
    same = [(r.source_event_id, r.onset, r.lon, r.lat, r.magnitude) for r in english]
    assert same == [(r.source_event_id, r.onset, r.lon, r.lat, r.magnitude) for r in french]
