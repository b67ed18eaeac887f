"""The API keeps what its own description promises, for whatever a client may send."""

from __future__ import annotations

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from filled import KEY

# Not `negative_data_rejection`: reading is open here, so a request without a key is right to succeed.
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]


@pytest.mark.slow
def test_the_api_keeps_its_own_description(full_base: str) -> None:
    described = schemathesis.openapi.from_url(f"{full_base}/api/v1/openapi.json")
    for found in described.get_all_operations():
        operation = found.ok()
        cases = st.one_of(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)

        @given(case=cases)
        @settings(max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        def keeps(case: schemathesis.Case) -> None:
            case.call_and_validate(checks=CHECKS, headers={"X-API-Key": KEY})

        keeps()


def test_every_call_is_described_with_its_errors(api: httpx.Client) -> None:
    described = api.get("/api/v1/openapi.json").json()
    for path, methods in described["paths"].items():
        for method, call in methods.items():
            assert call.get("description"), f"{method} {path} says nothing of itself"
            assert {"401", "503"} <= set(call["responses"]), f"{method} {path} hides its errors"
