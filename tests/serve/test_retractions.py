"""Operators take values back through the API."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from filled import KEY

PATH, HEADERS = "/api/v1/observations/retractions", {"X-API-Key": KEY}
SAID = {
    "metric": "heat",
    "station": "made/a",
    "since": "2026-03-01T00:00:00Z",
    "until": "2026-03-01T01:00:00Z",
    "reason": "a bird sat on it",
}


def test_values_are_taken_back_and_the_versions_say_so(own: httpx.Client) -> None:
    done = own.post(PATH, headers=HEADERS, json=SAID)
    assert (done.status_code, done.json()["withdrawn"]) == (201, 6)
    first = own.get("/api/v1/observations", params={"metric": "heat", "limit": 1}).json()["values"][0]
    assert first["time"] == "2026-03-01T01:00:00Z"
    asked = {"metric": "heat", "station": "made/a", "time": SAID["since"]}
    versions = own.get("/api/v1/observations/explain", params=asked).json()["versions"]
    assert versions[-1]["source"] == "operator"
    assert versions[-1]["payload_id"] == done.json()["payload_id"]


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"station": "made/nowhere"}, 422, "station"),
        ({"metric": "heet"}, 422, "metric"),
        ({"until": SAID["since"]}, 422, None),
        ({"reason": ""}, 422, "reason"),
        ({"typo": 1}, 422, "typo"),
    ],
)
def test_what_makes_no_sense_is_refused(
    api: httpx.Client, changes: dict[str, Any], status: int, field: str | None
) -> None:
    reply = api.post(PATH, headers=HEADERS, json=SAID | changes)
    assert (reply.status_code, reply.json()["error"]["field"]) == (status, field)


def test_without_a_key_nothing_is_taken_back(api: httpx.Client) -> None:
    assert api.post(PATH, json=SAID).status_code == 401
