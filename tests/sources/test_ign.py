from datetime import UTC, datetime
from pathlib import Path

from recordings import counts, read

from terraloom.sources.seismology.ign import IgnEarthquakes

ITEM = """<item><title>-Info.terremoto: 05/01/2026 3:07:09</title>
<link>https://www.ign.es/x/detailTerremoto?evid=es2026abcde</link>
<description>Se ha producido un terremoto de magnitud {size} en NE PUEBLO EN LLANO.GR en la fecha {date} en la
 siguiente localización: 37.1,-3.2</description><geo:lat>37.1</geo:lat><geo:long>-3.2</geo:long></item>"""
FEED = """<?xml version="1.0" encoding="UTF-8"?><rss xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#">
<channel><title>GeoRSS Sismología IGN</title>{items}</channel></rss>"""


def feed(size: str = "2.4", date: str = "05/01/2026 3:07:09") -> str:
    return FEED.format(items=ITEM.format(size=size, date=date))


def test_all_is_read_out_of_the_prose() -> None:
    [report], rejects = read(IgnEarthquakes(), feed())
    assert not rejects
    assert report.source_event_id == "es2026abcde"
    assert report.onset == datetime(2026, 1, 5, 3, 7, 9, tzinfo=UTC)  # day first, hour without a zero
    assert (report.lon, report.lat, report.magnitude, report.depth_km) == (-3.2, 37.1, 2.4, None)
    assert report.title == "M 2.4 - NE PUEBLO EN LLANO.GR"


def test_other_prose_and_impossible_dates_are_rejected() -> None:
    _, [prose] = read(IgnEarthquakes(), feed().replace("terremoto de magnitud", "temblor"))
    assert "in IGN's words" in prose.reason
    _, [date] = read(IgnEarthquakes(), feed(date="31/02/2026 3:07:09"))
    assert "a time that exists" in date.reason


def test_the_recording_is_read_whole(samples: Path) -> None:
    assert counts(IgnEarthquakes(), samples, "ign-spain") == {"ign-sismologia.xml": (25, 0)}
