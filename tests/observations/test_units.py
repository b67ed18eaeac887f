"""Units by UCUM."""

from __future__ import annotations

import pytest

from terraloom.observations import units
from terraloom.observations.units import conversion, unit


@pytest.mark.parametrize(
    ("given", "wanted", "value"),
    [
        ("[ft_i]3/s", "m3/s", 0.0283168466),
        ("[degF]", "Cel", -17.2222222),
        ("10*22.J", "ZJ", 10.0),
        ("4184.GJ", "TJ", 4.184),
    ],
)
def test_one_is_converted(given: str, wanted: str, value: float) -> None:
    convert = conversion(given, wanted)
    assert convert is not None
    assert convert(1.0) == pytest.approx(value)


def test_what_stands_in_braces_is_an_annotation() -> None:
    assert unit("{USD}") == unit("1")
    assert unit("{USD}/a") == unit("/a")


@pytest.mark.parametrize("code", ["", "furlong", "m{", "{"])
def test_what_is_no_unit_has_none(code: str) -> None:
    assert unit(code) is None


def test_units_that_cannot_be_loaded_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ValueError("definitions")

    monkeypatch.setattr(units, "_registry", broken)
    with pytest.raises(ValueError, match="definitions"):
        unit("m.s2.g3")  # not met before: answers are kept
