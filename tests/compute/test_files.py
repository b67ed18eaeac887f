"""What is read, from where, and what becomes of files that cannot be."""

from __future__ import annotations

import gzip
import json
import math
from decimal import Decimal
from pathlib import Path
from statistics import variance

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from spots import COUNTED, as_csv, asked, made, rows_of, spot

from terraloom.compute.aggregating import Aggregation
from terraloom.compute.engine import Inline
from terraloom.compute.files import found
from terraloom.compute.spec import understood
from terraloom.errors import ConfigError

ONE_QUERY = "SELECT band, count(*) spots, sum(km)::BIGINT km FROM spots GROUP BY band ORDER BY band"
WHOLE = {
    "by": {"band": "band", "hour": "hour(time)"},
    "measures": {"n": "count()", "mhz": "mean(mhz)", "tx": "distinct(tx)", "first": "min(time)"},
}


def test_csv_and_json_lines_give_what_parquet_gives(tmp_path: Path) -> None:
    rows = [spot(n) for n in range(1000)]
    files = made(tmp_path, files=1)
    lines = tmp_path / "spots.jsonl"
    lines.write_text("".join(json.dumps({**row, "time": _iso(row["time"])}) + "\n" for row in rows))
    expected = rows_of(WHOLE, files)
    assert rows_of(WHOLE, [as_csv(tmp_path, rows)]) == expected
    assert rows_of(WHOLE, [str(lines)]) == expected


@pytest.mark.parametrize("name", ["spots.csv", "spots.jsonl"])
def test_named_types_give_what_guessed_ones_do(tmp_path: Path, name: str) -> None:
    rows = [spot(n) for n in range(1000)]
    as_csv(tmp_path, rows)
    lines = ({**row, "time": _iso(row["time"])} for row in rows)
    (tmp_path / "spots.jsonl").write_text("".join(json.dumps(row) + "\n" for row in lines))
    types = {"time": "time", "band": "integer", "mhz": "number", "tx": "text"}
    path = [str(tmp_path / name)]
    assert rows_of({**WHOLE, "columns": types}, path) == rows_of(WHOLE, path)
    assert rows_of({**WHOLE, "columns": {"tx": "text"}}, path) == rows_of(WHOLE, path)


def _iso(micros: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(micros / 1e6, UTC).replace(tzinfo=None).isoformat()


def test_a_type_that_the_spec_names_is_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "codes.csv"
    path.write_text("code,n\n1.50,1\n1.5,2\n")
    spec = {"by": ["code"], "measures": {"n": "sum(n)"}}
    assert rows_of(spec, [str(path)]) == [{"code": 1.5, "n": 3}]
    assert rows_of({**spec, "columns": {"code": "text"}}, [str(path)]) == [
        {"code": "1.5", "n": 2},
        {"code": "1.50", "n": 1},
    ]


def test_a_bad_file_costs_no_other_and_is_named(tmp_path: Path) -> None:
    files = made(tmp_path)
    whole = Path(files[1]).read_bytes()
    Path(files[1]).write_bytes(whole[: len(whole) // 2])
    (tmp_path / "other.parquet").write_bytes(b"no Parquet")
    (tmp_path / "lacking.csv").write_text("band,snr\n7,1\n")
    done = Aggregation(understood(COUNTED), found([str(tmp_path)])).run(Inline())
    assert done.tables["result"].to_pylist() == asked(ONE_QUERY, [files[0], files[2]])
    reasons = {Path(one.item.file.url).name: one.reason for one in done.failed}
    assert sorted(reasons) == ["lacking.csv", "other.parquet", "spots-1.parquet"]
    assert "km" in reasons["lacking.csv"]
    assert done.files == 2


def test_files_in_s3_are_read_where_they_are(tmp_path: Path, s3_url: str) -> None:
    from terraloom.archive.objects import Objects

    files = made(tmp_path)
    store = Objects.open_at(s3_url)
    for name in files:
        store.put_file(Path(name).name, Path(name))
    store.put_file("more/spots.csv", Path(as_csv(tmp_path, [spot(1)])))
    expected = asked(ONE_QUERY, files)
    assert rows_of(COUNTED, [f"{s3_url}/*.parquet"]) == expected
    assert sum(row["spots"] for row in rows_of(COUNTED, [f"{s3_url}/"])) == 3001


def test_nothing_found_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="files that exist"):
        found([str(tmp_path / "*.parquet")])


@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin"])
def test_times_with_a_zone_are_utc(tmp_path: Path, zone: str | None) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = str(tmp_path / "zoned.parquet")
    pq.write_table(pa.table({"time": pa.array([1_600_000_000_000], pa.timestamp("ms", zone))}), path)
    assert rows_of({"by": {"hour": "hour(time)"}, "measures": {"n": "count()"}}, [path]) == [
        {"hour": 12, "n": 1}
    ]


def aggregated(spec: dict[str, object], folder: Path) -> list[dict[str, object]]:
    done = Aggregation(understood(spec), found([str(folder)])).run(Inline())
    assert not done.failed
    return done.tables["result"].to_pylist()


def test_a_file_without_values_does_not_turn_the_numbers_of_others_into_texts(tmp_path: Path) -> None:
    for name, rows in (("a", "1,9\n10,100\n"), ("b", "2,\n"), ("c", "")):
        (tmp_path / f"{name}.csv").write_text(f"k,x\n{rows}")
    spec = {"by": ["k"], "measures": {"most": "max(x)", "n": "count(x)"}, "order": ["k"]}
    assert [tuple(row.values()) for row in aggregated(spec, tmp_path)] == [
        (1, 9, 1),
        (2, None, 0),
        (10, 100, 1),
    ]


@pytest.mark.parametrize("ending", [".csv", ".CSV", ".csv.gz", ".csv.zst"])
def test_every_ending_that_is_read_is_found_in_a_folder(tmp_path: Path, ending: str) -> None:
    pl.DataFrame({"x": [1, 2]}).write_csv(tmp_path / "some.csv")
    body = (tmp_path / "some.csv").read_bytes()
    (tmp_path / "some.csv").unlink()
    packed = {".gz": gzip.compress, ".zst": zstandard.compress}.get(ending[4:], bytes)(body)
    (tmp_path / f"other{ending}").write_bytes(packed)
    (tmp_path / "notes.json").write_text("{}")
    assert aggregated({"measures": {"n": "count()"}}, tmp_path) == [{"n": 2}]


@pytest.mark.parametrize("columns", [{}, {"t": "time"}])
def test_a_time_with_an_offset_is_what_it_says(tmp_path: Path, columns: dict[str, str]) -> None:
    (tmp_path / "times.csv").write_text("t\n2024-01-01T02:00:00+02:00\n")
    spec = {"by": {"hour": "hour(t)"}, "measures": {"n": "count()"}, "columns": columns}
    assert aggregated(spec, tmp_path) == [{"hour": 0, "n": 1}]


def test_sums_and_deviations_of_decimals_are_exact(tmp_path: Path) -> None:
    near = [Decimal("123456789.01")] * 5 + [Decimal("123456789.03")] * 5
    huge = [Decimal(10) ** 36] * 10
    for n in range(2):
        part = pa.table({"x": near[n * 5 : n * 5 + 5], "y": pa.array(huge[:5], pa.decimal128(38, 0))})
        pq.write_table(part, tmp_path / f"{n}.parquet")
    spec = {"measures": {"spread": "variance(x)", "sum": "sum(x)", "all": "sum(y)"}}
    [row] = aggregated(spec, tmp_path)
    assert row["spread"] == pytest.approx(0.001 / 9, rel=1e-4)
    assert (row["sum"], row["all"]) == (sum(near), 10**37)


def test_whole_numbers_and_decimals_in_different_files_are_one_column(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1, 2, 6]}), tmp_path / "whole.parquet")
    pq.write_table(pa.table({"x": [Decimal("0.50"), Decimal("2.50")]}), tmp_path / "decimal.parquet")
    spec = {"measures": {"spread": "variance(x)", "sum": "sum(x)", "mean": "mean(x)"}}
    [row] = aggregated(spec, tmp_path)
    assert (row["sum"], row["mean"]) == (12, 2.4)
    assert row["spread"] == pytest.approx(variance([1, 2, 6, 0.5, 2.5]))


def test_a_column_without_any_value_keeps_its_type(tmp_path: Path) -> None:
    for n in range(2):
        pq.write_table(pa.table({"x": pa.array([None], pa.float64())}), tmp_path / f"{n}.parquet")
    done = Aggregation(understood({"measures": {"most": "max(x)"}}), found([str(tmp_path)])).run(Inline())
    assert done.tables["result"].schema.field("most").type == pa.float64()


def test_a_sum_of_doubles_over_many_files_is_rounded_once(tmp_path: Path) -> None:
    values = [1e16, 1.0, -1e16, 0.1] * 10
    for n, value in enumerate(values):
        pq.write_table(pa.table({"x": [value]}), tmp_path / f"{n}.parquet")
    assert aggregated({"measures": {"sum": "sum(x)"}}, tmp_path) == [{"sum": math.fsum(values)}]
