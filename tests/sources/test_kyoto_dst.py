from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from recordings import measure, payload, recorded, tallies

from terraloom.sources.space_weather.kyoto_dst import KyotoDst

SOURCE = KyotoDst()


def line(start: str, values: list[int], mean: int = 0) -> str:
    return f"{start:16}   0" + "".join(f"{value:4d}" for value in [*values, mean]) + "\n"


def page_row(day: int, values: list[int]) -> str:
    eights = ("".join(f"{value:4d}" for value in values[n : n + 8]) for n in (0, 8, 16))
    return f"{day:2d} {' '.join(eights)}\n"


FULL = [*range(-20, 3), 9999]
PAGE = f"""<html><pre class="data">
            WDC for Geomagnetism, Kyoto
        Hourly Equatorial Dst Values (REAL-TIME)
                    JANUARY   2026
unit=nT
DAY
{page_row(1, FULL)}{page_row(2, [8, *[9999] * 23])}</pre></html>"""


def test_a_day_has_24_hours_and_a_mean_that_is_none_of_them() -> None:
    found = measure(SOURCE, line("DST2601*02RRX020", FULL, mean=-9))
    assert len(found.values) == 23
    assert found.value("dst_index", "kyoto/planet", "2026-01-02T00:00") == -20
    assert found.value("dst_index", "kyoto/planet", "2026-01-02T22:00") == 2


def test_the_year_is_split_and_its_century_may_be_blank() -> None:
    body = "".join(line(start, [0] * 24) for start in ("DST0601*01  X220", "DST8903*13", "DST0001*01"))
    assert [year.year for year in sorted({x.time for x in measure(SOURCE, body).values})[::24]] == [
        1989,
        2000,
        2006,
    ]


def test_the_base_counts_in_hundreds_of_nanotesla() -> None:
    body = line("DST2601*02RRX020", [-11] * 24).replace("X020   0", "X020  -4")
    assert measure(SOURCE, body).values[0].value == -411


def test_missing_hours_of_a_page_run_into_the_last_known_one() -> None:
    assert SOURCE.recognises(payload(PAGE))
    found = measure(SOURCE, PAGE)
    assert len(found.values) == 23 + 1
    assert found.value("dst_index", "kyoto/planet", "2026-01-01T16:00") == -4
    assert found.value("dst_index", "kyoto/planet", "2026-01-02T00:00") == 8


def test_a_day_that_does_not_exist_costs_only_itself() -> None:
    found = measure(SOURCE, PAGE.replace(" 2    8", "32    8"))
    assert [reject.where for reject in found.rejects] == ["record 1"]
    assert len(found.values) == 23


def test_the_last_month_is_asked_for_until_it_is_complete() -> None:
    asked = SOURCE.addresses(datetime(2026, 1, 1, 6, tzinfo=UTC))
    assert [address.rpartition("/")[2] for address in asked] == [
        "dst2512.for.request",
        "dst2601.for.request",
    ]
    assert len(SOURCE.addresses(datetime(2026, 1, 20, tzinfo=UTC))) == 1


def test_recordings_are_read_whole(samples: Path) -> None:
    assert tallies(SOURCE, samples, "kyoto-dst") == {"WDC_Kyoto.dat": (149016, 0)}
    assert tallies(SOURCE, samples, "dst") == {"dst2000.txt": (8784, 0)}
    bastille = measure(SOURCE, dict(recorded(samples, "dst"))["dst2000.txt"]).values
    assert min((x.value or 0, f"{x.time:%Y-%m-%d %H}") for x in bastille) == (-301, "2000-07-16 00")
