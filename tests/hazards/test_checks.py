"""The last look at a report: what is unsound is named; everything else passes as it is."""

from __future__ import annotations

from datetime import datetime
from math import inf, nan
from typing import Any

import pytest
from msgspec import structs

from hazards.strategies import quake
from terraloom.hazards.checks import LONGEST_ID, checked
from terraloom.records import HazardReport, Measurement, Reject

UNSOUND: list[tuple[str, Any]] = [
    ("agency", ""),
    ("source_event_id", "a\0b"),
    ("source_event_id", "x" * (LONGEST_ID + 1)),
    ("also_ids", ("us1", "")),
    ("keys", ("glide:\ud800",)),
    ("lon", None),
    ("lon", nan),
    ("lat", 90.1),
    ("geometry", {"type": "a\0b"}),
    ("onset", datetime(2026, 3, 1)),
    ("valid_until", datetime(2026, 3, 1)),
    ("magnitude", inf),
    ("magnitude", 12.5),
    ("depth_km", -inf),
    ("depth_km", 7000.0),
    ("time_resolution_s", nan),
    ("position_error_km", inf),
]


@pytest.mark.parametrize(("field", "value"), UNSOUND)
def test_what_is_unsound_is_named(field: str, value: object) -> None:
    found = checked(structs.replace(quake(), **{field: value}))
    assert isinstance(found, Reject)
    assert field in found.reason.partition(":")[0]


def test_so_is_a_measurement() -> None:
    found = checked(structs.replace(quake(), measurements=(Measurement("gap", nan, "deg"),)))
    assert isinstance(found, Reject)
    assert found.reason.startswith("gap: got nan")


def test_numbers_whose_sum_overflows_are_sound() -> None:
    huge = structs.replace(quake(), measurements=(Measurement("a", 1e308, "1"), Measurement("b", 1e308, "1")))
    assert checked(huge) is huge


def test_characters_that_no_text_can_hold_are_replaced() -> None:
    found = checked(structs.replace(quake(), title="a\0b", description="c\ud800", url="https://a.example/ä"))
    assert isinstance(found, HazardReport)
    assert (found.title, found.description, found.url) == ("a\ufffdb", "c\ufffd", "https://a.example/ä")
