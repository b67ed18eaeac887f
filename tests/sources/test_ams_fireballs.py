from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from recordings import measure, payload

from terraloom.sources.astronomy.ams_fireballs import AmsFireballs

SOURCE = AmsFireballs()


def event(**other: object) -> dict[str, object]:
    return {
        "avg_date_utc": "2026-11-20 03:30:00",
        "avg_date_local": "2026-11-19 22:30:00",
        "start_lat": "40.5",
        "start_long": "-75.25",
        "start_alt": "95000",
        "average_magnitude": "-12.5",
        "avg_duration": "3.5",
        "num_reports_for_options": "12/15",
        **other,
    }


def answer(*events: dict[str, object]) -> str:
    listed = {f"Event #{n}-2026\n": one for n, one in enumerate(events, start=1234)}
    return json.dumps({"status": 200, "result": listed})


def test_an_event_is_told_for_its_day_where_it_began() -> None:
    found = measure(SOURCE, answer(event()))
    assert SOURCE.recognises(payload(answer(event())))
    station = found.stations["ams/2026-1234"]
    assert (station.lon, station.lat) == (-75.25, 40.5)
    at = ("ams/2026-1234", "2026-11-20")
    assert found.value("fireball_reports", *at) == 15.0
    assert found.value("fireball_time_of_day", *at) == 3.5
    assert found.value("fireball_magnitude", *at) == -12.5
    assert found.value("fireball_duration", *at) == 3.5


def test_an_event_without_a_trajectory_has_no_place() -> None:
    found = measure(SOURCE, answer(event(start_lat=0, start_long=0, num_reports_for_options=11)))
    assert found.stations["ams/2026-1234"].lon is None
    assert found.values[0].value == 11.0


def test_an_event_without_a_date_costs_only_itself() -> None:
    found = measure(SOURCE, answer(event(avg_date_utc="0000-00-00 00:00:00"), event()))
    assert set(found.stations) == {"ams/2026-1235"}
    assert len(found.rejects) == 1


@pytest.mark.parametrize(("body", "count"), [('{"result":[]}', 0), ('{"status":401,"errors":{}}', 1)])
def test_a_year_without_events_is_whole_and_a_refusal_is_not(body: str, count: int) -> None:
    assert len(list(SOURCE.parse(payload(body)))) == count


def test_in_january_the_old_year_is_asked_for_too() -> None:
    assert len(SOURCE.addresses(datetime(2027, 1, 5, tzinfo=UTC))) == 2
    assert len(SOURCE.addresses(datetime(2026, 11, 5, tzinfo=UTC))) == 1
