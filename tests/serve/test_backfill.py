"""Backfill through the API: read by all, changed with a key."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from backfilled import CAMPAIGN, SOURCE
from filled import KEY

HEADERS = {"X-API-Key": KEY}
API = "/api/v1/backfill"


def told(client: httpx.Client, path: str, **query: Any) -> Any:
    found = client.get(API + path, params=query)
    assert found.status_code == 200, found.text
    return found.json()


def post(client: httpx.Client, path: str, **said: Any) -> httpx.Response:
    return client.post(API + path, headers=HEADERS, json=said)


def test_campaigns_tell_of_their_progress(api: httpx.Client) -> None:
    found = {one["series"]: one for one in told(api, "/campaigns")}
    mixed, whole, bulk = found[""], found["minmagnitude 5"], found["bulk"]
    states = ("jobs", "done", "failed", "running", "cancelled", "pending", "paused")
    assert [mixed[name] for name in states] == [60, 31, 8, 7, 7, 7, 7]
    assert (whole["done"], whole["left_s"], whole["rows"]) == (24, 0.0, 216)
    assert (bulk["start"], bulk["left_s"]) == (None, 0.0)


def test_one_campaign_has_a_calendar_and_the_reasons_of_its_failures(api: httpx.Client) -> None:
    found = told(api, f"/campaigns/{CAMPAIGN}")
    assert found["calendar"]["unit"] == "day"
    assert sum(cell["jobs"] for cell in found["calendar"]["cells"]) == 60
    [reason] = found["failures"]
    assert (reason["jobs"], reason["reason"].startswith("URL server error")) == (8, True)
    assert api.get(f"{API}/campaigns/{SOURCE}").status_code == 422
    assert api.get(f"{API}/campaigns/00000000-0000-0000-0000-000000000000").status_code == 404


def test_the_ledger_tells_what_is_missing(api: httpx.Client) -> None:
    [line] = told(api, "/coverage", gaps=True)
    assert (line["source"], line["missing"]) == (
        SOURCE,
        [{"start": "2019-01-31T00:00:00Z", "end": "2019-03-02T00:00:00Z"}],
    )


def test_a_campaign_is_planned_and_planned_once(own: httpx.Client) -> None:
    wish = {
        "kind": "fdsn-event",
        "source": SOURCE,
        "start": "2001-01-01",
        "end": "2001-01-11",
        "step_s": 86400,
    }
    wish |= {"start": "2001-01-01T00:00:00Z", "end": "2001-01-11T00:00:00Z"}
    first, second = post(own, "/campaigns", **wish), post(own, "/campaigns", **wish)
    assert (first.status_code, first.json()["new"]) == (201, 10), first.text
    assert (second.json()["campaign"], second.json()["new"]) == (first.json()["campaign"], 0)
    refused = post(own, "/campaigns", **{**wish, "step_s": 1})
    assert refused.json()["error"]["field"] == "step"
    assert own.post(f"{API}/campaigns", json=wish).status_code == 401


@pytest.mark.parametrize(
    "choice", [{"reason": "URL"}, {"campaign": str(CAMPAIGN)}, {"says": "503"}, {"all": True}]
)
def test_failed_jobs_are_asked_for_again_by_what_they_share(
    own: httpx.Client, choice: dict[str, Any]
) -> None:
    if "reason" in choice:
        choice = {"reason": told(own, "/failures")[0]["reason"]}
    assert post(own, "/retry", **choice).json() == {"jobs": 8}
    assert told(own, "/jobs", state="failed") == []
    assert post(own, "/retry").status_code == 422


def test_jobs_are_given_up_and_kinds_and_hosts_paused(own: httpx.Client) -> None:
    assert post(own, "/cancel", campaign=str(CAMPAIGN)).json() == {"jobs": 14}
    assert [one["name"] for one in post(own, "/pause", kind="fdsn-event").json()] == [
        "earthquake.usgs.gov",
        "fdsn-event",
    ]
    assert [one["what"] for one in post(own, "/resume", host="earthquake.usgs.gov").json()] == ["kind"]
    assert post(own, "/pause", kind="a", host="b").status_code == 422


def test_the_story_of_a_job_says_why_it_waits(api: httpx.Client) -> None:
    [job, *_] = told(api, "/jobs", state="pending", campaign=str(CAMPAIGN))
    story = told(api, f"/jobs/{job['id']}")
    assert (story["paused"], story["history"]) == (["host earthquake.usgs.gov"], [])
