from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from recordings import measure, payload, recorded, tallies

from terraloom.sources.astronomy.sscweb_positions import SscwebPositions

SOURCE = SscwebPositions()
NAMESPACE = 'xmlns="http://sscweb.gsfc.nasa.gov/schema"'


def craft(code: str = "ace", frame: str = "Gse", xs: tuple[str, ...] = ("1490000.5", "1490001.5")) -> str:
    column = "".join(f"<X>{x}</X>" for x in xs)
    return (
        f"<Data><Id>{code}</Id><Coordinates><CoordinateSystem>{frame}</CoordinateSystem>{column}"
        "<Y>-200000.0</Y><Y>-200001.0</Y><Z>5.0</Z><Z>6.0</Z></Coordinates>"
        "<Time>2026-11-24T00:00:00.000Z</Time><Time>2026-11-24T00:12:00.000Z</Time>"
        "<RadialLength>1503363.0</RadialLength><RadialLength>1503364.0</RadialLength></Data>"
    )


def answer(*parts: str) -> str:
    return (
        f"<Response {NAMESPACE}><Result><StatusCode>Success</StatusCode>{''.join(parts)}</Result></Response>"
    )


def test_a_spacecraft_has_three_coordinates_and_a_distance_at_each_time() -> None:
    found = measure(SOURCE, answer(craft(), craft("wind")))
    assert SOURCE.recognises(payload(answer(craft())))
    assert len(found.values) == 16
    assert found.value("spacecraft_gse_x", "sscweb/ace", "2026-11-24T00:12:00") == 1490001.5
    assert found.value("spacecraft_gse_z", "sscweb/wind", "2026-11-24T00:00:00") == 5.0
    assert found.value("spacecraft_geocentric_distance", "sscweb/ace", "2026-11-24T00:00:00") == 1503363.0


@pytest.mark.parametrize(
    ("broken", "reason"),
    [(craft(xs=("1.0",)), "got 1, expected 2 values"), (craft(frame="Geo"), "Gse"), (craft(""), "Id")],
)
def test_a_broken_spacecraft_costs_only_itself(broken: str, reason: str) -> None:
    found = measure(SOURCE, answer(broken, craft("wind")))
    assert len(found.values) == 8
    assert [reason in reject.reason for reject in found.rejects] == [True]


def test_a_refusal_is_told_in_the_words_of_the_service() -> None:
    [reject] = measure(SOURCE, answer("<StatusText>No data for moon base.</StatusText>")).rejects
    assert "No data for moon base." in reject.reason


def test_the_past_hours_are_asked_for() -> None:
    [address] = SOURCE.addresses(datetime(2026, 11, 24, 13, 20, tzinfo=UTC))
    assert "/ace,dscovr," in address
    assert "/20261124T070000Z,20261124T130000Z/gse/" in address


def test_the_recorded_answer_is_read_whole(samples: Path) -> None:
    assert tallies(SOURCE, samples, "sscweb") == {"sscweb_trajectory.xml": (244, 0)}
    [(_, one)] = recorded(samples, "sscweb")
    found = measure(SOURCE, one)
    assert found.value("spacecraft_gse_x", "sscweb/moon", "2006-01-08T01:00:00") == -102719.89954676693
