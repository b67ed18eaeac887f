"""An event's story has all that was decided of it, however the decisions are found."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from psycopg import Connection

from hazards.record import empty, put
from hazards.strategies import quakes
from terraloom.hazards.query import story
from terraloom.records import HazardReport
from terraloom.sources.operator import Association, Reference

IN_PLAIN_WORDS = """
SELECT e.id, d.seq FROM disaster_events e JOIN decisions d
  ON d.event_id = e.id
  OR (d.agency, d.canonical_id) IN (SELECT agency, canonical_id FROM source_events s WHERE s.event_id = e.id)
"""
WORDS = st.builds(
    lambda a, b, same: Association(a=Reference("usgs", a), b=Reference("emsc", b), same=same, operator="me"),
    st.sampled_from(["usgs0", "usgs1"]),
    st.sampled_from(["emsc0", "emsc1"]),
    st.booleans(),
)


@settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.one_of(quakes(), quakes(), quakes(), WORDS), max_size=14))
def test_every_decision_of_an_event_and_its_reports_is_told(
    database_url: str, said: list[HazardReport | Association]
) -> None:
    with psycopg.connect(database_url) as connection:
        empty(connection)
        for n, one in enumerate(said):
            put(connection, [one], n)
        expected: dict[UUID, set[int]] = {}
        for event_id, seq in connection.execute(IN_PLAIN_WORDS):
            expected.setdefault(event_id, set()).add(seq)
        assert {event_id: decided(connection, event_id) for event_id in expected} == expected


def decided(connection: Connection[Any], event_id: UUID) -> set[int]:
    found = story(connection, event_id)
    assert found is not None
    assert found.decisions_total == len(found.decisions)
    return {decision.seq for decision in found.decisions}


STRAY = """
INSERT INTO raw_event_records (id, payload_id, source, agency, source_event_id, fragment_hash, fragment)
VALUES (%s, %s, 'made', 'usgs', 'us1', '', '')
"""


def test_a_raw_record_of_no_payload_is_refused(database_url: str) -> None:
    nowhere = UUID(int=7)
    refused = pytest.raises(psycopg.errors.ForeignKeyViolation, match=f"payload {nowhere} of a raw record")
    with psycopg.connect(database_url) as connection, refused:
        connection.execute(STRAY, [uuid4(), nowhere])
