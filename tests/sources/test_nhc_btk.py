"""ATCF b-decks."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from terraloom.records import HazardReport, Payload, Reject
from terraloom.sources import source
from terraloom.sources.cyclones.nhc_btk import active_ids, degrees

ROW = (
    "{basin}, 09, {at}, {minute}, {tech}, {tau}, {lat}, {lon}, 65, 987, HU, {kt}, {code}, {radii}, 1010, 150,"
    "  40,  80,   0,   L,   0,    ,   0,   0,    EXAMPLE, M,\n"
)


def row(**said: str) -> str:
    usual = {"basin": "AL", "at": "2021082916", "minute": "  ", "tech": "BEST", "tau": "0", "lat": "178N"}
    usual |= {"lon": "838W", "kt": "34", "code": "NEQ", "radii": "60, 70, 0, 30"}
    return ROW.format(**(usual | said))


def parse(*rows: str) -> list[HazardReport | Reject]:
    body = "".join(rows).encode()
    return list(
        source("nhc-best-track").parse(
            Payload(source="x", url="", fetched_at=datetime(2021, 9, 1, tzinfo=UTC), body=body)
        )
    )


def only(*rows: str) -> HazardReport:
    (found,) = parse(*rows)
    assert isinstance(found, HazardReport), found
    return found


def test_lines_of_one_fix_are_one_report() -> None:
    rows = [row(), row(kt="50", radii="30, 20, 0, 0"), row(kt="64", radii="0, 0, 0, 0")]
    report = only(*rows)
    stated = {m.name: m.value for m in report.measurements}
    assert report.fragment == "".join(rows).encode()
    assert (stated["wind_radius_34kt_se"], stated["wind_radius_50kt_ne"]) == (70, 30)
    assert "wind_radius_64kt_ne" not in stated


def test_minutes_of_a_landfall_count() -> None:
    assert only(row(minute="55")).onset == datetime(2021, 8, 29, 16, 55, tzinfo=UTC)


def test_a_full_circle_is_four_quadrants() -> None:
    stated = {m.name: m.value for m in only(row(code="AAA", radii="90, 0, 0, 0")).measurements}
    assert [stated[f"wind_radius_34kt_{q}"] for q in ("ne", "se", "sw", "nw")] == [90] * 4


def test_forecast_hours_are_no_reports() -> None:
    assert parse(row(tech="OFCL", tau="12")) == []
    assert only(row(tech="OFCL", tau="0")).source_event_id == "AL092021"


def test_a_southern_season_from_july_on_is_named_by_its_second_year() -> None:
    assert only(row(basin="SH", lat="178S", lon="838E")).source_event_id == "SH092022"


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("lat", "178N", 17.8),
        ("lat", "178S", -17.8),
        ("lon", "838W", -83.8),
        ("lon", "1812W", 178.8),
        ("lon", "5E", 0.5),
    ],
)
def test_tenths_of_a_degree_have_a_hemisphere(field: str, text: str, value: float) -> None:
    letters = ("N", "S") if field == "lat" else ("E", "W")
    assert degrees(field, text, *letters) == pytest.approx(value)


@pytest.mark.parametrize("said", [{"lat": "178W"}, {"lat": "958N"}, {"lon": "838"}, {"at": "2021083299"}])
def test_a_wrong_line_costs_only_itself(said: dict[str, str]) -> None:
    found = parse(row(**said), row())
    assert [type(one) for one in found] == [Reject, HazardReport]


def test_ids_come_from_the_list_of_storms() -> None:
    assert active_ids(b'{"activeStorms": [{"id": "ep072026"}]}') == ("EP072026",)
    assert active_ids(b'{"activeStorms": [{"id": "../etc"}]}') == ()


def test_a_longer_version_of_a_deck_goes_on_from_the_shorter(samples: Path) -> None:
    tracks = []
    for advisory in ("05", "06", "12", "21"):
        body = (samples / "nhc" / f"bal282020_at-adv{advisory}.dat").read_bytes()
        tracks.append([r.onset for r in parse(body.decode()) if isinstance(r, HazardReport)])
    assert [len(track) for track in tracks] == [24, 25, 32, 40]
    assert all(later[: len(track)] == track for track, later in pairwise(tracks))
