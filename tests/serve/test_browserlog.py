"""Errors and timings from browsers: logged, bounded, and from our own pages only."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from terraloom.serve.browserlog import LARGEST, Allowance

ADDRESS = "/api/v1/browser-log"
REPORT: dict[str, Any] = {
    "page": "/metrics/heat?q=secret",
    "errors": [{"message": "x is not defined", "source": "/static/build/home.js", "line": 3}],
    "timings": {"largest_paint": 412.5, "long_tasks": 1, "long_tasks_ms": 62.0},
}


def test_a_report_goes_to_the_log_without_what_was_searched_for(api: httpx.Client) -> None:
    with capture_logs() as logs:
        reply = api.post(ADDRESS, json=REPORT)
    assert (reply.status_code, reply.content) == (204, b"")
    assert "set-cookie" not in reply.headers
    told = {entry["event"]: entry for entry in logs}
    assert told["browser.error"]["message"] == "x is not defined"
    assert told["browser.timings"]["largest_paint"] == 412.5
    assert "secret" not in json.dumps(logs)


@pytest.mark.parametrize(
    ("sent", "headers", "status"),
    [
        (json.dumps(REPORT), {"Origin": "https://elsewhere.example"}, 403),
        ("x" * (LARGEST + 1), {}, 413),
        ("no json", {}, 422),
        (json.dumps({"page": "/", "timings": {"loaded": -1}}), {}, 422),
        (json.dumps({"page": "/", "errors": [{"message": "x"}] * 21}), {}, 422),
    ],
)
def test_what_is_no_report_of_ours_is_refused(
    api: httpx.Client, sent: str, headers: dict[str, str], status: int
) -> None:
    with capture_logs() as logs:
        reply = api.post(ADDRESS, content=sent, headers=headers)
    assert reply.status_code == status
    assert [entry for entry in logs if entry["event"].startswith("browser.")] == []


def test_an_allowance_runs_out_and_fills_again() -> None:
    at = 0.0
    allowance = Allowance(6, monotonic=lambda: at)
    assert [allowance.takes("a") for _ in range(7)] == [True] * 6 + [False]
    assert allowance.takes("b")
    at = 10.0  # s: one of six a minute has come back
    assert [allowance.takes("a") for _ in range(2)] == [True, False]
