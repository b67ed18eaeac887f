"""Spots of the simulated planet: any number of them, the same for the same seed, and possible on the air."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from terraloom.backfill.wspr.columns import SPOT
from terraloom.universe import wspr_spots
from terraloom.universe.wspr_spots import number_at, spots, write_spots

MARCH, APRIL = (datetime(2020, month, 1, tzinfo=UTC) for month in (3, 4))


def test_a_month_has_its_spots_in_the_order_of_time(tmp_path: Path) -> None:
    rows = write_spots(tmp_path / "month.parquet", since=MARCH, until=APRIL, per_slot=2)
    found = pq.read_table(tmp_path / "month.parquet")
    assert found.schema.equals(SPOT)
    assert found.num_rows == rows == 31 * 720 * 2
    times = found["time"].to_pylist()
    assert times == sorted(times)
    assert MARCH == times[0] <= times[-1] < APRIL


def test_a_spot_is_a_function_of_its_number_and_the_seed() -> None:
    several = spots(np.arange(1000, 1010), seed=1, per_slot=5)
    assert spots(np.arange(1007, 1008), seed=1, per_slot=5).equals(several.slice(7, 1))
    assert not spots(np.arange(1000, 1010), seed=2, per_slot=5).equals(several)


def test_batches_do_not_show(tmp_path: Path, monkeypatch) -> None:
    write_spots(tmp_path / "one.parquet", since=MARCH, until=APRIL, per_slot=1)
    monkeypatch.setattr(wspr_spots, "BATCH", 1_000)
    write_spots(tmp_path / "many.parquet", since=MARCH, until=APRIL, per_slot=1)
    one, many = (pq.read_table(tmp_path / f"{name}.parquet") for name in ("one", "many"))
    assert one.equals(many)


def test_spots_are_possible() -> None:
    first = number_at(MARCH, 10)
    found = spots(np.arange(first, first + 50_000), seed=3, per_slot=10)
    assert pc.all(pc.is_in(found["band"], pc.cast(list(wspr_spots.DIALS_HZ), "int16"))).as_py()
    assert pc.max(found["distance"]).as_py() < 20_020  # half around the Earth, km
    assert -35 <= pc.min(found["snr"]).as_py() < pc.max(found["snr"]).as_py() <= 20
    assert pc.count_distinct(found["id"]).as_py() == 50_000
    assert not pc.any(pc.equal(found["rx_sign"].cast("string"), found["tx_sign"].cast("string"))).as_py()
    assert pc.count_distinct(found["tx_sign"].cast("string")).as_py() > 1_000
