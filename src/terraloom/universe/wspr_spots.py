"""
Spots of the simulated planet's WSPR stations, as many as one likes: the n-th is a function of n and a seed.

A spot is arithmetic on its number, which chooses one of some thousand paths between stations, and the rest.
"""

from __future__ import annotations

import string
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pyproj import Geod

from terraloom.backfill.wspr.columns import SPOT

FIRST = datetime(2008, 3, 1, tzinfo=UTC)  # of the real archive
SLOT_S = 120  # WSPR transmits in slots of two minutes, which begin at even minutes
STATIONS, PATHS = 1_500, 20_000
BATCH = 1 << 18  # spots made at a time, and of a row group
REGIONS = (  # longitude, latitude, spread in degrees, share of the stations
    (10.0, 50.0, 9.0, 0.40),
    (-85.0, 39.0, 14.0, 0.30),
    (-120.0, 42.0, 8.0, 0.08),
    (138.0, 36.0, 4.0, 0.06),
    (148.0, -34.0, 7.0, 0.06),
    (-55.0, -25.0, 9.0, 0.04),
    (25.0, -28.0, 6.0, 0.03),
    (-60.0, -63.0, 5.0, 0.03),
)
BANDS = (14, 14, 14, 14, 7, 7, 7, 10, 10, 10, 3, 3, 18, 21, 28, 28, 1, 24, 5, 50, 0, -1)  # as often as heard
DIALS_HZ = {  # where receivers of a band are tuned to
    -1: 136_000,
    0: 474_200,
    1: 1_836_600,
    3: 3_568_600,
    5: 5_287_200,
    7: 7_038_600,
    10: 10_138_700,
    14: 14_095_600,
    18: 18_104_600,
    21: 21_094_600,
    24: 24_924_600,
    28: 28_124_600,
    50: 50_293_000,
}
VERSIONS = ("", "2.6.1", "2.7.0", "1.4A Kiwi", "WD_3.1.5")
POWERS_DBM = (37, 37, 23, 23, 30, 27, 20, 33, 10, 0)
REPEATED = [name for name in SPOT.names if name not in ("id", "frequency")]  # worth a dictionary in Parquet
SORTED = ["id", "time"]  # of which Parquet's least and greatest values tell something

# Quadratic generators modulo a prime (J. Eichenauer, J. Lehn, Statistische Hefte 28, 1987). It has 31 bits,
# so that no product leaves 63 and every engine counts the same.
PRIME, FACTOR = 2_147_483_647, 1_583_458_089
STEPS = (12_345, 54_321)


def number_at(instant: datetime, per_slot: int) -> int:
    """The number of the first spot at or after an instant, where each slot has `per_slot`."""
    return -int((FIRST - instant).total_seconds() // SLOT_S) * per_slot


def spots(numbers: NDArray[np.int64], *, seed: int, per_slot: int) -> pa.Table:
    """The spots of these numbers, as `SPOT` has them; strings are dictionary-encoded."""
    one = (numbers % PRIME + _salt(seed)) * FACTOR % PRIME
    two = (one * one + STEPS[0]) % PRIME
    three = (two * two + STEPS[1]) % PRIME
    path = (one % PATHS) * (two % PATHS) // PATHS  # a product: few paths are heard often, many seldom
    mode = three % len(BANDS)
    dials = np.array([DIALS_HZ[band] for band in BANDS])
    known = paths(seed)
    distance = known["distance"].to_numpy()[path].astype(np.int64)
    made = {
        "id": numbers,
        "time": (int(FIRST.timestamp()) + numbers // per_slot * SLOT_S) * 1000,
        "band": np.array(BANDS)[mode],
        "frequency": dials[mode] + 1400 + three % 200,
        "power": np.array(POWERS_DBM)[one % len(POWERS_DBM)],
        "snr": three // 200 % 21 - 2 - distance // 600,
        "drift": (two // 1000 % 9 - 4) * (three // 5000 % 4 // 3),
        "code": 1 + two // 9000 % 100 // 97,
    }
    columns = {name: pa.array(values).cast(SPOT.field(name).type) for name, values in made.items()}
    taken = known.take(pa.array(path))
    return pa.table({name: columns[name] if name in columns else taken[name] for name in SPOT.names})


def sql_values(seed: int, per_slot: int) -> dict[str, int | list[int]]:
    """What `fill` of `wspr_spots.sql` needs to make the same spots, besides `first` and `count`."""
    return {
        "epoch": int(FIRST.timestamp()),
        "slot": SLOT_S,
        "per_slot": per_slot,
        "paths": PATHS,
        "salt": _salt(seed),
        "prime": PRIME,
        "factor": FACTOR,
        "step_one": STEPS[0],
        "step_two": STEPS[1],
        "bands": list(BANDS),
        "dials": [DIALS_HZ[band] for band in BANDS],
        "powers": list(POWERS_DBM),
    }


def write_spots(path: Path, *, since: datetime, until: datetime, per_slot: int, seed: int = 1) -> int:
    """
    Write all spots of a span as Parquet, in the order of time; their number.

    With `per_slot` spots in each two minutes a month of 31 days has 22,320 times as many. About a million are
    in memory at a time.
    """
    first, end = number_at(since, per_slot), number_at(until, per_slot)
    schema = spots(np.arange(0), seed=seed, per_slot=per_slot).schema
    # Without the Arrow schema in it, the file holds plain strings, whatever they were made as.
    with (
        pq.ParquetWriter(
            path,
            schema,
            compression="zstd",
            use_dictionary=REPEATED,
            write_statistics=SORTED,
            store_schema=False,
        ) as out,
        ThreadPoolExecutor(1) as maker,
    ):
        make = partial(_batch, end=end, seed=seed, per_slot=per_slot)
        coming = maker.submit(make, first)
        for start in range(first, end, BATCH):  # the next is made while this one is written
            made, coming = coming.result(), maker.submit(make, start + BATCH)
            out.write_table(made, row_group_size=BATCH)
    return end - first


def _batch(start: int, *, end: int, seed: int, per_slot: int) -> pa.Table:
    return spots(np.arange(start, min(start + BATCH, end)), seed=seed, per_slot=per_slot)


@lru_cache(4)
def paths(seed: int) -> pa.Table:
    """Pairs of a sender and a receiver with what follows from their places; strings dictionary-encoded."""
    rng = np.random.default_rng([seed, 211])
    lon, lat, names = _stations(rng)
    tx = rng.integers(0, STATIONS, PATHS)
    rx = (tx + rng.integers(1, STATIONS, PATHS)) % STATIONS
    there, back, metres = Geod(ellps="sphere").inv(lon[tx], lat[tx], lon[rx], lat[rx])
    columns: dict[str, pa.Array] = {}
    for side, at in (("rx", rx), ("tx", tx)):
        columns[f"{side}_sign"], columns[f"{side}_loc"] = (
            names[key].take(pa.array(at)) for key in ("sign", "loc")
        )
        columns[f"{side}_lat"] = pa.array(lat[at].astype(np.float32))
        columns[f"{side}_lon"] = pa.array(lon[at].astype(np.float32))
    columns["distance"] = pa.array((metres / 1000).round().astype(np.uint16))
    columns["azimuth"] = pa.array((np.round(there) % 360).astype(np.uint16))
    columns["rx_azimuth"] = pa.array((np.round(back) % 360).astype(np.uint16))
    columns["version"] = names["version"].take(pa.array(rx))
    return pa.table(columns).sort_by("distance")  # the nearer two are, the oftener the one hears the other


def _stations(
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.float64], dict[str, pa.Array]]:
    """Longitude, latitude (the middle of the locator, as wspr.live has them); locator, call, version."""
    centres = np.array(REGIONS)
    region = rng.choice(len(REGIONS), STATIONS, p=centres[:, 3])
    lon, lat = (centres[region, axis] + centres[region, 2] * rng.normal(size=STATIONS) for axis in (0, 1))
    lon, lat = (lon + 180) % 360 - 180, np.clip(lat, -85, 85)
    lon, lat = (np.floor(lon * 12) + 0.5) / 12, (np.floor(lat * 24) + 0.5) / 24
    names = {
        "sign": [_call(n) for n in rng.permutation(STATIONS)],
        "loc": [_locator(x, y) for x, y in zip(lon, lat, strict=True)],
        "version": [VERSIONS[n] for n in rng.integers(0, len(VERSIONS), STATIONS)],
    }
    return lon, lat, {name: pa.array(values).dictionary_encode() for name, values in names.items()}


def _locator(lon: float, lat: float) -> str:
    """Six characters of Maidenhead: fields of 20° by 10°, squares of 2° by 1°, subsquares of 5' by 2.5'."""
    east, north = int((lon + 180) * 12), int((lat + 90) * 24)
    letters = string.ascii_uppercase
    return (
        f"{letters[east // 240]}{letters[north // 240]}{east // 24 % 10}{north // 24 % 10}"
        f"{letters[east % 24].lower()}{letters[north % 24].lower()}"
    )


def _call(n: int) -> str:
    """A callsign of its own for each n: letter, digit, three letters, as amateurs' are."""
    letters = string.ascii_uppercase
    suffix = "".join(letters[n // 26**place % 26] for place in range(3))
    return f"{'GKNFIR'[n % 6]}{n // 6 % 10}{suffix}"


def _salt(seed: int) -> int:
    return seed * 1_000_003 % PRIME
