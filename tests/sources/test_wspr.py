"""WSPR: what wspr.live counts, how its queries fail, and WSPRnet's own tables."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from recordings import measure, recorded, tallies

from terraloom.sources import source
from terraloom.sources.radio import wspr

LIVE, NET = source("wspr-corridors"), source("wsprnet-spots")
ROWS = b"""\
"hour","band","tx","rx","spots","snr","distance"
1795550400,14,"","",85553,-11,19999
1795550400,14,"JO","FN",800,-18.5,6590
1795554000,-1,"EN","EN",7,-2,900
"""
FAILURE = (
    b"Code: 241. DB::Exception: Memory limit (for query) exceeded: would use 9 GiB. (MEMORY_LIMIT_EXCEEDED)"
)


def test_a_corridor_and_a_band_have_count_median_and_greatest_distance_of_each_hour() -> None:
    found = measure(LIVE, ROWS)
    assert found.value("wspr_spots", "wspr/14", "2026-11-24T20:00") == 85553.0
    assert found.value("wspr_signal_to_noise_ratio", "wspr/14/JO-FN", "2026-11-24T20:00") == -18.5
    assert found.value("wspr_maximum_distance", "wspr/-1/EN-EN", "2026-11-24T21:00") == 900.0
    assert found.stations["wspr/14/JO-FN"].title == "20 m, JO to FN"


def test_a_corridor_stands_halfway_along_the_great_circle() -> None:
    station = measure(LIVE, ROWS).stations["wspr/14/JO-FN"]
    assert (station.lon, station.lat) == (pytest.approx(-35.0, abs=0.1), pytest.approx(57.2, abs=0.1))
    assert wspr.midpoint((0.0, 10.0), (180.0, -10.0)) == (None, None)


@pytest.mark.parametrize(
    "tail",
    [FAILURE, b'1795554000,14,"JO"' + FAILURE, b"\r\n__exception__\r\nab12\r\n" + FAILURE + b"\n99 ab12\r\n"],
    ids=["on a line of its own", "within a row", "marked"],
)
def test_a_query_that_fails_after_its_status_keeps_the_rows_and_says_why(tail: bytes) -> None:
    found = measure(LIVE, ROWS + tail)
    assert len(found.values) == 9
    [reject] = found.rejects
    assert reject.reason.startswith("the query failed: ")
    assert "Memory limit" in reject.reason


def test_an_answer_that_is_an_error_is_rejected_whole(samples: Path) -> None:
    bodies = dict(recorded(samples, "clickhouse-http"))
    for name in ("exception_code_395_plain.txt", "progress_headers_then_code_241.txt"):
        found = measure(LIVE, bodies[name])
        assert (found.values, len(found.rejects)) == ([], 1)
        assert "DB::Exception" in found.rejects[0].reason


def test_the_server_counts_and_bounds_the_corridors() -> None:
    asked = [parse_qs(urlsplit(url).query)["query"][0] for url in LIVE.addresses(datetime.now(UTC))]
    assert len(asked) == 2
    assert all("GROUP BY hour, band" in query and query.endswith("FORMAT CSVWithNames") for query in asked)
    assert "LIMIT 200 BY hour" in asked[1]


def test_spots_of_a_table_are_counted_by_corridor_under_stations_of_their_own() -> None:
    line = (
        b" 2023-05-29 23:%d \t KN0VA \t 10.140125 \t %d \t 0 \t EN35 \t 5 \t VE6PDQ \t DO34lr \t %d \t 313 "
    )
    lost = b" 2023-05-29 23:30 \t KN0VA \t 10.1 \t 1 \t 0 \t \t 5 \t VE6PDQ \t DO34lr \t 9 \t 313 "
    found = measure(NET, b"\n".join([line % (12, -16, 1748), line % (22, -9, 1700), lost]))
    at = ("wsprnet/10/EN-DO", "2023-05-29T23:00")
    values = [found.value(metric.id, *at) for metric in wspr.METRICS]
    assert values == [2.0, -12.5, 1748.0]
    assert [one.reason for one in found.rejects] == [
        "locator: got '', expected a Maidenhead locator such as JO31"
    ]


def test_recorded_tables_are_read_whole(samples: Path) -> None:
    assert tallies(NET, samples, "wspr") == {
        "wsprnet_copy-paste_2023.txt": (90, 0),
        "wsprnet_olddb_response.html": (3, 0),
    }
    page = dict(recorded(samples, "wspr"))["wsprnet_olddb_response.html"]
    assert measure(NET, page).value("wspr_maximum_distance", "wsprnet/14/HL-JO", "2019-12-30T09:00") == 4564.0
