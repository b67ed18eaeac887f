"""One file of several, in memory that does not grow with them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from terraloom.backfill.wspr.checking import BATCH, batches
from terraloom.backfill.wspr.columns import ENCODED, NAMES

PLAIN = ("id", "frequency")  # hardly any value comes twice: a dictionary would only cost
RANGES = ["id", "time", "band", "distance"]  # of which a reader may skip row groups


def merge(parts: Sequence[Path], into: Path) -> int:
    """
    Write the rows of `parts`, in this order, as one file that survives a power cut; their number.

    Some 100,000 rows are in memory at a time (texts once each). A row group never spans two parts, so that
    days in order are row groups in order. Raises `PayloadError` for a part that cannot be read.
    """
    rows = 0
    with into.open("wb") as raw:
        with pq.ParquetWriter(
            raw,
            ENCODED,
            compression="zstd",
            use_dictionary=[name for name in NAMES if name not in PLAIN],
            write_statistics=RANGES,
            write_page_checksum=True,
            store_schema=False,  # with it, Arrow would give texts back as it had them in memory
        ) as out:
            for part in parts:
                for batch in batches(part):
                    out.write_batch(batch, row_group_size=BATCH)
                    rows += batch.num_rows
        raw.flush()
        os.fsync(raw.fileno())
    return rows
