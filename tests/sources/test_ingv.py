from __future__ import annotations

from pathlib import Path

import pytest
from recordings import counts, payload, read

from terraloom.sources.seismology.ingv import IngvEarthquakes

SOURCE = IngvEarthquakes()


def feed(*titles: str, lat: str = "38.37") -> str:
    entries = "".join(
        f"<entry><id>smi:webservices.ingv.it/fdsnws/event/1/query?eventId={20814801 + n}</id>"
        f"<title><![CDATA[{title}]]></title><updated>2026-10-01T13:24:25+00:00</updated>"
        '<dc:date xmlns:dc="http://purl.org/dc/elements/1.1/">\n 2026-10-01T13:19:56+00:00 </dc:date>'
        '<geo:Point xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#">'
        f"<geo:lat>{lat}</geo:lat><geo:long>15.72</geo:long></geo:Point></entry>"
        for n, title in enumerate(titles)
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>INGV - CNT - Locations</title>{entries}</feed>'


TITLE = "2026-10-01 13:19:56 UTC -  Magnitude(ML) 1.7  -  Stretto di Messina (Reggio di Calabria - Messina)"


def test_an_entry_holds_its_magnitude_in_the_title() -> None:
    assert SOURCE.recognises(payload(feed(TITLE)))
    [report], rejects = read(SOURCE, feed(TITLE))
    assert not rejects
    assert (report.magnitude, report.magnitude_type, report.source_event_id) == (1.7, "ML", "20814801")
    assert report.description == "Stretto di Messina (Reggio di Calabria - Messina)"
    assert (report.lon, report.lat, report.depth_km) == (15.72, 38.37, None)
    assert report.updated_at.isoformat() == "2026-10-01T13:24:25+00:00"


def test_markup_in_a_place_stays_text() -> None:
    [report], _ = read(SOURCE, feed(TITLE.replace("Stretto", "<b onclick='x'>Stretto</b>")))
    assert "<b onclick='x'>" in report.title


@pytest.mark.parametrize("bad", ["no magnitude here", TITLE.replace("1.7", "1.7.2")])
def test_an_unreadable_title_costs_only_its_entry(bad: str) -> None:
    reports, [reject] = read(SOURCE, feed(TITLE, bad, TITLE))
    assert len(reports) == 2
    assert "title: got" in reject.reason


def test_a_quake_has_one_id_in_text_and_feed() -> None:
    head = "#EventID|Time|Latitude|Longitude|Depth/Km|Author|MagType|Magnitude|MagAuthor|EventLocationName"
    row = "20814801|2026-10-01T13:19:56.110000|38.3728|15.7213|8.1|REMO-INGV|ML|1.7|--|Stretto"
    assert SOURCE.recognises(payload(f"{head}\n{row}\n"))
    [text], _ = read(SOURCE, f"{head}\n{row}\n")
    [entry], _ = read(SOURCE, feed(TITLE))
    assert (text.agency, text.source_event_id) == (entry.agency, entry.source_event_id)


def test_the_recorded_feed_is_read_whole(samples: Path) -> None:
    assert counts(SOURCE, samples, "ingv") == {"all_week_atom.xml": (363, 0)}
