from __future__ import annotations

import json
from pathlib import Path

from recordings import counts, payload, read

from terraloom.records import EventType, ReportStatus
from terraloom.sources.seismology.usgs_query import UsgsEarthquakesDeleted, UsgsEarthquakesMonth

MONTH, DELETED = UsgsEarthquakesMonth(), UsgsEarthquakesDeleted()


def answer(query: str, *features: object) -> str:
    url = f"https://earthquake.usgs.gov/fdsnws/event/1/query?format=geojson&{query}"
    return json.dumps({"type": "FeatureCollection", "metadata": {"url": url}, "features": features})


def test_an_empty_answer_is_no_failure() -> None:
    assert read(MONTH, answer("minmagnitude=9")) == ([], [])


def test_a_count_holds_no_events() -> None:
    body = '{"count":1,"maxAllowed":20000}'
    assert MONTH.recognises(payload(body))
    assert read(MONTH, body) == ([], [])


def test_a_deleted_event_may_have_lost_all_and_speaks_for_one_id() -> None:
    properties = {
        "mag": None,
        "time": None,
        "updated": 1790000600000,
        "status": "deleted",
        "ids": ",us7000abcd,ak02,",
        "type": "earthquake",
    }
    empty = {"type": "Point", "coordinates": [None, None, None]}
    body = answer(
        "includedeleted=only",
        {"type": "Feature", "id": "us7000abcd", "properties": properties, "geometry": empty},
        {"type": "Feature", "id": "us7000abce", "properties": properties, "geometry": None},
    )
    assert DELETED.recognises(payload(body))
    assert not MONTH.recognises(payload(body))
    [first, second], rejects = read(DELETED, body)
    assert not rejects
    assert (first.status, first.also_ids, first.lon) == (ReportStatus.DELETED, (), None)
    assert second.updated_at.isoformat() == "2026-09-21T14:23:20+00:00"


QUAKEML = """<?xml version="1.0"?>
<q:quakeml xmlns="http://quakeml.org/xmlns/bed/1.2" xmlns:q="http://quakeml.org/xmlns/quakeml/1.2"
  xmlns:catalog="http://anss.org/xmlns/catalog/0.1"><eventParameters publicID="quakeml:x/query">
  <event catalog:eventsource="ci" catalog:eventid="123"
    publicID="quakeml:x/query?eventid=ci123&amp;format=quakeml">
    <origin publicID="o1"><time><value>2014-11-06T00:24:42.240Z</value></time>
      <longitude><value>-117.5</value></longitude><latitude><value>35.0</value></latitude>
      <depth><value>8200</value></depth>
      <originUncertainty><horizontalUncertainty>500</horizontalUncertainty></originUncertainty>
      <evaluationMode>manual</evaluationMode></origin>
    <magnitude publicID="m1"><mag><value>1.54</value></mag><type>ml</type></magnitude>
    <preferredOriginID>o1</preferredOriginID><type>quarry_blast</type>
  </event></eventParameters></q:quakeml>"""


def test_quakeml_events_bear_the_ids_of_the_feeds() -> None:
    assert MONTH.recognises(payload(QUAKEML))
    [report], _ = read(MONTH, QUAKEML)
    assert (report.source_event_id, report.event_type) == ("ci123", EventType.OTHER)
    assert (report.depth_km, report.position_error_km, report.magnitude) == (8.2, 0.5, 1.54)
    assert (report.status, report.title) == (ReportStatus.REVIEWED, "M 1.5 quarry blast")


def test_scenarios_are_not_taken_for_events(samples: Path) -> None:
    assert "search_scenario_1.geojson" not in counts(MONTH, samples, "usgs-earthquakes")


def test_every_recorded_answer_is_read_whole(samples: Path) -> None:
    found = counts(MONTH, samples, "usgs-earthquakes")
    assert len(found) == 20
    assert all(rejects == 0 for _, rejects in found.values())
    assert found["query_1785-1824_historic_2021-11-09.geojson"] == (25, 0)
    assert found["search_count_1.geojson"] == found["query_empty-result_2021-11-09.geojson"] == (0, 0)
