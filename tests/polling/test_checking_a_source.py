"""What `terraloom sources check` says of a payload."""

from __future__ import annotations

from datetime import UTC, datetime

from terraloom.polling.once import look
from terraloom.records import Payload
from terraloom.sources import source

MINUTES = b"""[{"time_tag":"2026-01-02T03:04:00","kp_index":3,"estimated_kp":2.67,"kp":"3M"},
{"time_tag":"2026-01-02T03:05:00","kp_index":3,"estimated_kp":"high","kp":"3M"}]"""


def test_values_are_shown_by_metric_with_their_station_time_and_unit() -> None:
    index = source("swpc-planetary-k-1m")
    body = Payload(source=index.info.id, url=index.info.url, fetched_at=datetime.now(UTC), body=MINUTES)
    seen = look(index, body)
    assert (seen.records, seen.types, seen.rejected) == (1, {"planetary_k_index_estimated": 1}, 1)
    assert seen.first == [
        {
            "metric": "planetary_k_index_estimated",
            "station": "swpc/planet",
            "time": datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
            "value": 2.67,
            "unit": "1",
            "quality": "good",
        }
    ]
    assert seen.stations == 1
    assert "high" in seen.rejects[0]["reason"]
