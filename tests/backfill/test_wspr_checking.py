"""What is wrong with a file of spots is found, and said."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from terraloom.backfill.jobs import Window
from terraloom.backfill.wspr.asking import expected, month_of, months, name_of, read_counts, smaller
from terraloom.backfill.wspr.checking import Miscounted, batches, check
from terraloom.backfill.wspr.columns import SPOT
from terraloom.backfill.wspr.merging import merge
from terraloom.errors import PayloadError
from terraloom.universe.wspr_spots import write_spots

DAY = Window(datetime(2020, 3, 1, tzinfo=UTC), datetime(2020, 3, 2, tzinfo=UTC))
ROWS = 720


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "day.parquet"
    write_spots(path, since=DAY.start, until=DAY.end, per_slot=1)
    return path


def rewritten(path: Path, name: str, values: pa.Array) -> Path:
    table = pq.read_table(path)
    pq.write_table(table.set_column(table.column_names.index(name), name, values), path, store_schema=False)
    return path


def test_a_right_file_has_its_facts(file: Path) -> None:
    facts = check(file, DAY, ROWS)
    assert (facts.rows, facts.first, facts.last) == (
        ROWS,
        DAY.start,
        DAY.end.replace(day=1, hour=23, minute=58),
    )


def test_every_way_to_be_cut_is_found(file: Path) -> None:
    whole = file.read_bytes()
    for end in (0, 3, 11, len(whole) // 2, len(whole) - 4, len(whole) - 1):
        file.write_bytes(whole[:end])
        with pytest.raises(PayloadError, match=r"begins with|was cut"):
            check(file, DAY, ROWS)


def test_a_lost_middle_is_found_though_both_ends_are_there(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[:5000] + whole[6000:])
    with pytest.raises(PayloadError, match=r"unreadable as Parquet"):
        check(file, DAY, ROWS)


def test_no_damage_goes_through(file: Path, tmp_path: Path) -> None:
    merged, random = tmp_path / "merged.parquet", Random(5)
    merge([file], merged)
    whole, truth = merged.read_bytes(), pa.Table.from_batches(batches(merged))
    footer, found = len(whole) - 3000, 0
    for n in range(400):
        body = bytearray(whole)
        body[random.randrange(footer if n % 2 else 0, len(whole))] ^= 1 << random.randrange(8)
        merged.write_bytes(body)
        try:
            check(merged, DAY, ROWS)
        except PayloadError:
            found += 1
        else:  # what nobody reads: a statistic, a name of who wrote it
            assert pa.Table.from_batches(batches(merged)).equals(truth)
    assert found > 200


def test_the_text_of_an_error_is_told(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:9000] + b"\nCode: 241. DB::Exception: Memory limit exceeded.\n")
    with pytest.raises(PayloadError, match=r"had begun: Code: 241\. DB::Exception: Memory limit exceeded\."):
        check(file, DAY, ROWS)


def test_rows_columns_and_times_are_compared(file: Path, tmp_path: Path) -> None:
    with pytest.raises(Miscounted, match="720 rows, while the server counts 721"):
        check(file, DAY, ROWS + 1)
    next_day = Window(DAY.end, datetime(2020, 3, 3, tzinfo=UTC))
    with pytest.raises(PayloadError, match="times from 2020-03-01 00:00"):
        check(file, next_day, ROWS)
    pq.write_table(pq.read_table(file).drop_columns("snr"), tmp_path / "few.parquet")
    with pytest.raises(PayloadError, match=r"columns id, .*; expected id, .*snr"):
        check(tmp_path / "few.parquet", DAY, ROWS)


def test_old_servers_types_are_taken(file: Path, tmp_path: Path) -> None:
    table = pq.read_table(file)
    seconds = table["time"].cast(pa.timestamp("s", tz="UTC")).cast(pa.int64()).cast(pa.uint32())
    rewritten(file, "time", seconds)
    rewritten(file, "rx_sign", table["rx_sign"].cast(pa.binary()))
    rewritten(file, "version", pa.array([None] * ROWS, pa.string()))
    rewritten(file, "frequency", table["frequency"].cast(pa.uint32()))
    merge([file], tmp_path / "merged.parquet")
    found = pq.read_table(tmp_path / "merged.parquet")
    assert found.schema.equals(SPOT)
    assert found.drop_columns("version").equals(table.drop_columns("version"))
    assert set(found["version"].to_pylist()) == {""}


def test_a_value_without_a_place_names_its_column(file: Path) -> None:
    rewritten(file, "snr", pa.array(np.full(ROWS, 300)))
    with pytest.raises(PayloadError, match="column snr is int64, expected int8"):
        check(file, DAY, ROWS)


def test_text_that_is_none_is_found(file: Path) -> None:
    rewritten(file, "rx_loc", pa.array([b"\xff\xfe"] * ROWS, pa.binary()))
    with pytest.raises(PayloadError, match="rx_loc"):
        check(file, DAY, ROWS)


def test_parts_are_merged_in_order(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "next.parquet"
    write_spots(other, since=DAY.end, until=datetime(2020, 3, 3, tzinfo=UTC), per_slot=1)
    assert merge([file, other], tmp_path / "both.parquet") == 2 * ROWS
    found = pq.read_table(tmp_path / "both.parquet")
    assert found.equals(pa.concat_tables([pq.read_table(file), pq.read_table(other)]))
    assert merge([], tmp_path / "none.parquet") == 0
    assert check(tmp_path / "none.parquet", DAY, 0).first is None


def most_held(path: Path) -> int:
    """Bytes that Arrow holds at most while a file is read."""
    before = pa.total_allocated_bytes()
    return max(pa.total_allocated_bytes() - before for _ in batches(path))


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    day, days = tmp_path / "day.parquet", tmp_path / "days.parquet"
    write_spots(day, since=DAY.start, until=DAY.end, per_slot=140)
    merge([day] * 20, days)
    assert pq.read_metadata(days).num_row_groups == 20
    assert most_held(days) < 2 * most_held(day)


def test_months_fall_into_days_and_days_into_hours() -> None:
    [february] = months(month_of("2024-02", ""), month_of("2024-02", ""))
    days = smaller(february)
    assert [name_of(days[0]), name_of(days[-1]), len(days)] == ["20240201", "20240229", 29]
    hours = smaller(days[-1])
    assert [name_of(hours[0]), name_of(hours[-1]), len(hours)] == ["20240229T00", "20240229T23", 24]
    assert smaller(hours[0]) == []
    assert hours[-1].end == february.end


def test_counts_that_are_not_whole_are_no_counts() -> None:
    whole = b'{"meta": [], "data": [["1583020800", 5], [1583024400, "7"]], "rows": 2}'
    assert expected(DAY, read_counts(whole)) == 12
    for wrong in (whole.replace(b'"rows": 2', b'"rows": 3'), whole[:40], b"", whole.replace(b"5", b"x")):
        with pytest.raises(PayloadError, match="the server's counts"):
            read_counts(wrong)
