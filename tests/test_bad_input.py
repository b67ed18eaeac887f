"""
Bad input through the whole of ingestion, not only the parsers.

What cannot be read is in quarantine with a reason that helps, the rest of the same payload goes through, and
what goes through is shown as text, whatever it holds.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import Connection

from made import START, USGS, feature, payload, usgs
from polling.toy import serving
from serving import served
from terraloom.archive import Archive, load_payload
from terraloom.config import Fetch, Settings
from terraloom.hazards.rules import Rules
from terraloom.ingest import IngestResult, ingest
from terraloom.polling.opening import open_poller
from terraloom.polling.running import RuledIngest
from terraloom.records import Payload
from terraloom.runtime import open_runtime
from terraloom.sources.operator import Association, Reference
from terraloom.sources.operator import payload as operator_payload

GOOD = feature("us7000good", title="M 5.5 - a good one")
SCRIPT = "<script>document.title='owned'</script><img src=x onerror=alert(1)>"
RTL = "\u202eevil\u202c \u0627\u0644\u0632\u0644\u0632\u0627\u0644"

ENDLESS = b64encode(Random(1).randbytes(5000)).decode()  # nothing that an index could compress

# What is wrong with one record, and a word that the reason must hold.
UNREADABLE = {
    "nan": (feature("us7000nan0", coordinates=[float("nan"), 1.0, 1.0]), "NaN"),
    "infinite": (feature("us7000inf0", mag=float("inf")), "Infinity"),
    "longitude": (feature("us7000lon0", coordinates=[500.0, 10.0, 5.0]), "180"),
    "latitude": (feature("us7000lat0", coordinates=[10.0, -91.0, 5.0]), "90"),
    "text for a number": (feature("us7000txt0", mag="big"), "mag"),
    "no coordinates": (feature("us7000noc0", coordinates=[]), "coordinates"),
    "no time": (feature("us7000not0", time=None), "time"),
    "absurd time": (feature("us7000abs0", time=10**18), "time"),
    "time before all years": (feature("us7000old0", time=-(10**17)), "time"),
    "beyond all floats": (json.dumps(feature("us7000big0")).replace("5.5", "1e999", 1), "mag"),
    "no id": (feature(""), "id"),
    "NUL in the id": (feature("us7000\x00nul"), "id"),
    "NUL in another id": (feature("us7000nul0", ids=",us7000nul0,a\x00b,"), "also_ids"),
    "an endless id": (feature("us" + ENDLESS), "source_event_id"),
    "an endless other id": (feature("us7000end0", ids=f",us7000end0,{ENDLESS},"), "also_ids"),
    "a giant magnitude": (feature("us7000gia0", mag=1e300), "magnitude"),
    "a giant depth": (feature("us7000dep0", coordinates=[1.0, 1.0, 1e300]), "depth"),
    "a depth in space": (feature("us7000spa0", coordinates=[1.0, 1.0, -1e9]), "depth"),
    "only a list": ([1, 2, 3], "object"),
    "nothing": (None, "object"),
}
SQUARE = {"type": "Polygon", "coordinates": [[[-97, 32], [-96, 32], [-96, 33], [-97, 32]]]}
# What is strange, and may stay.
HARMLESS = {
    "html": ({"title": SCRIPT, "place": SCRIPT}, SCRIPT),
    "NUL": ({"title": "M 5\x00.5"}, "M 5\N{REPLACEMENT CHARACTER}.5"),
    "right to left": ({"title": RTL}, RTL),
    "a megabyte": ({"title": "M" * 1_000_000}, "M" * 1_000_000),
    "a negative magnitude": ({"mag": -1.7}, "M 5.5 - 10 km N of Nowhere"),
    "an unknown field": ({"surprise": {"deep": [1, {}]}}, "M 5.5 - 10 km N of Nowhere"),
}
ENTITIES = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
BOMB = (
    f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a0 "boom">{ENTITIES}]>'
    "<rss><channel><item><title>&a9;</title></item></channel></rss>"
)
LEAK = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    "<rss><channel><item><title>&x;</title></item></channel></rss>"
)
# Bodies of which nothing can be read.
HOPELESS = {
    "xml bomb": ("gdacs-rss", BOMB.encode()),
    "external entity": ("gdacs-rss", LEAK.encode()),
    "xml in a false encoding": (
        "gdacs-rss",
        '<?xml version="1.0" encoding="utf-8"?><rss>\u00e9</rss>'.encode("latin-1"),
    ),
    "json in latin-1": (USGS, '{"features": "\u00e9"}'.encode("latin-1")),
    "json in utf-16": (USGS, json.dumps({"features": []}).encode("utf-16")),
    "a page of html": (USGS, b"<html><body>Service unavailable</body></html>"),
    "nothing": (USGS, b""),
    "a deep nest": (USGS, b'{"features":' + b"[" * 100_000),
    "zeros": ("emsc-earthquakes", b"\x00" * 1000),
}


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection[Any]]:
    with psycopg.connect(database_url) as found:
        yield found


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive.open(tmp_path / "archive", fsync=False)


@pytest.fixture
def taken(connection: Connection[Any], archive: Archive) -> Any:
    """Ingest one payload; what became of it."""

    def take(given: Payload) -> IngestResult:
        [result] = ingest(connection, archive, [given], Rules())
        return result

    return take


def feed(*records: Any) -> Payload:
    """The USGS feed with records that are JSON already, or may be what no JSON is (NaN)."""
    texts = [record if isinstance(record, str) else json.dumps(record) for record in records]
    whole = f'{{"type": "FeatureCollection", "features": [{", ".join(texts)}]}}'
    return payload(USGS, whole.encode())


def alert(name: str, geometry: dict[str, Any]) -> dict[str, Any]:
    """One alert as NWS writes it."""
    times = dict.fromkeys(("sent", "effective", "onset"), "2026-11-18T00:00:00+00:00")
    properties = {
        "id": f"urn:oid:2.49.0.1.840.0.{name}.001.1",
        "areaDesc": "Somewhere",
        **times,
        "expires": "2026-11-18T06:00:00+00:00",
        "status": "Actual",
        "messageType": "Alert",
        "severity": "Severe",
        "certainty": "Likely",
        "urgency": "Immediate",
        "event": "Flood Warning",
        "headline": "Flood Warning",
        "description": "Water.",
        "references": [],
        "parameters": {},
    }
    url = f"https://api.weather.gov/alerts/{properties['id']}"
    return {"type": "Feature", "id": url, "geometry": geometry, "properties": properties}


def quarantined(connection: Connection[Any]) -> list[tuple[str, str, bytes]]:
    return connection.execute("SELECT place, reason, fragment FROM quarantine ORDER BY n").fetchall()


def titles(connection: Connection[Any]) -> list[str]:
    return [row[0] for row in connection.execute("SELECT title FROM disaster_events ORDER BY id")]


@pytest.mark.parametrize("what", UNREADABLE)
def test_an_unreadable_record_costs_only_itself(what: str, taken: Any, connection: Connection[Any]) -> None:
    bad, word = UNREADABLE[what]
    result = taken(feed(GOOD, bad, feature("us7000last", time=1_795_100_000_000)))
    assert (result.records, result.rejected, result.created) == (3, 1, 2)
    [(place, reason, fragment)] = quarantined(connection)
    assert place.startswith(("record 1", "report usgs/us"))
    assert word in reason
    assert fragment
    assert GOOD["properties"]["title"] in titles(connection)


@pytest.mark.parametrize("what", HARMLESS)
def test_a_strange_record_stays_and_its_words_with_it(
    what: str, taken: Any, connection: Connection[Any]
) -> None:
    changes, title = HARMLESS[what]
    result = taken(usgs(feature("us7000odd0", **changes)))
    assert (result.created, result.rejected) == (1, 0)
    assert titles(connection) == [title]


def test_lone_surrogates_are_replaced_or_refused(taken: Any, connection: Connection[Any]) -> None:
    result = taken(feed(GOOD, feature("us7000sur0", title="M \ud800 5", time=1_795_100_000_000)))
    assert (result.created, result.rejected) in [(2, 0), (1, 1)]
    assert not [text for text in titles(connection) if "\ud800" in text]
    assert all(reason for _, reason, _ in quarantined(connection))


@pytest.mark.parametrize(
    "geometry", [{"type": "Poly\x00"}, {**SQUARE, "more": "\x00"}, {**SQUARE, "more": "\ud800"}]
)
def test_a_shape_with_text_that_no_database_holds_costs_only_itself(
    geometry: dict[str, Any], taken: Any, connection: Connection[Any]
) -> None:
    good, bad = alert("good", SQUARE), alert("bad", geometry)
    result = taken(
        payload("nws-alerts", json.dumps({"type": "FeatureCollection", "features": [bad, good]}).encode())
    )
    assert (result.created, result.rejected) == (1, 1)
    assert all(reason for _, reason, _ in quarantined(connection))


def test_an_operator_s_word_on_ids_that_cannot_be_is_told(taken: Any, connection: Connection[Any]) -> None:
    for name in ("a\x00b", ENDLESS):
        said = Association(a=Reference("usgs", name), b=Reference("emsc", "1"), same=True, operator="me")
        assert taken(operator_payload(said, START)).rejected == 1
    assert len(quarantined(connection)) == 2


def test_of_a_key_that_comes_twice_the_last_counts_for_all(taken: Any, connection: Connection[Any]) -> None:
    twice = json.dumps(GOOD).replace('"mag": 5.5', '"mag": 9.9, "mag": 5.5')
    taken(feed(twice))
    assert connection.execute("SELECT magnitude FROM disaster_events").fetchone() == (5.5,)


@pytest.mark.parametrize("what", HOPELESS)
def test_a_body_that_nobody_can_read_is_kept_and_told(
    what: str, taken: Any, connection: Connection[Any], archive: Archive
) -> None:
    source_id, body = HOPELESS[what]
    given = payload(source_id, body)
    result = taken(given)
    assert (result.rejected >= 1, result.created) == (True, 0)
    reasons = [reason for _, reason, _ in quarantined(connection)]
    assert reasons
    assert all(reasons)
    assert "root:" not in str(quarantined(connection))
    assert load_payload(connection, archive, given.id).body == body
    assert taken(usgs(GOOD)).created == 1


def test_bad_and_good_payloads_go_in_together(connection: Connection[Any], archive: Archive) -> None:
    bad = [payload(source_id, body) for source_id, body in HOPELESS.values()]
    results = ingest(connection, archive, [*bad, usgs(GOOD, at=START + timedelta(hours=1))], Rules())
    assert [result.applied_seq for result in results] == list(range(1, len(bad) + 2))
    assert titles(connection) == [GOOD["properties"]["title"]]


def test_a_huge_body_is_refused_and_told(database_url: str, tmp_path: Path) -> None:
    with serving() as upstream:
        upstream.body = b" " * 2_000_000
        fetch = Fetch(point_at=upstream.url, attempts=1, max_bytes=1_000_000)
        settings = Settings(home=tmp_path, database_url=database_url, fetch=fetch)
        with (
            open_runtime(settings, migrate=False) as runtime,
            open_poller(runtime, RuledIngest(settings)) as poller,
        ):
            fetched = poller.fetch("usgs-earthquakes-hour")
    assert fetched.payloads == ()
    assert "larger than 1000000 bytes" in fetched.error


@pytest.fixture
def client(database_url: str, tmp_path: Path) -> Iterator[httpx.Client]:
    with served(database_url, tmp_path) as base, httpx.Client(base_url=base) as found:
        yield found


def test_hostile_words_come_out_as_words(taken: Any, client: httpx.Client) -> None:
    taken(usgs(feature("us7000html", title=SCRIPT, place=SCRIPT, url=f"javascript:{SCRIPT}")))
    [event] = client.get("/api/v1/events", params={"format": "geojson"}).json()["features"]
    assert event["properties"]["title"] == SCRIPT
    page = client.get(f"/events/{event['id']}")
    assert page.status_code == 200
    assert "owned" in page.text
    assert "<script>document.title" not in page.text
    assert "<img src=x" not in page.text
    assert 'href="javascript:' not in page.text


@pytest.mark.parametrize("what", HARMLESS)
def test_the_api_serves_what_is_strange(what: str, taken: Any, client: httpx.Client) -> None:
    changes, title = HARMLESS[what]
    taken(usgs(feature("us7000odd0", **changes)))
    [event] = client.get("/api/v1/events", params={"format": "geojson"}).json()["features"]
    assert event["properties"]["title"] == title
    assert client.get(f"/api/v1/events/{event['id']}").status_code == 200
