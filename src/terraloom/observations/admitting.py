"""
The door of the table: partitions are made for what comes in, or brought back from their files.

A feed that sends its whole history again every day says nothing new of the past. So values of a cold span
are first compared with its file, and only those that differ bring it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from psycopg import Connection

from terraloom.archive.objects import Objects
from terraloom.errors import ArchiveError
from terraloom.observations import partitions
from terraloom.observations.batch import Batch, Integers, Mask
from terraloom.observations.cold import content, manifest
from terraloom.observations.cold.manifest import Cold
from terraloom.observations.cold.thawing import thaw
from terraloom.observations.instants import micros
from terraloom.observations.rows import Rows, Span
from terraloom.records import Quality

SAID = ("value", "lon", "lat", "flag")
BY_OPERATORS = "SELECT seq FROM payloads WHERE seq = ANY (%s) AND source = 'operator'"


def admit(
    connection: Connection[Any], store: Objects | None, batch: Batch, names: Mapping[int, tuple[str, str]]
) -> Batch:
    """
    See that the rows of a batch have partitions; returns it without those that a file holds just so.

    `names` are metric and station of each series. To be called after `partitions.share`, and before any row
    is locked. Raises `ArchiveError` where a cold span is written to without a `store`.
    """
    missing = partitions.missing(connection, partitions.partitions_of(batch.time))
    if not missing:
        return batch
    cold = {one.name: one for one in manifest.named(connection, [one.name for one in missing])}
    for one in cold.values():
        if store is None:
            raise ArchiveError(f"{one.name} is in {one.path}, and there is no storage to bring it back from")
        batch = batch.take(~_said(connection, batch, store, one, names))
    for partition in partitions.partitions_of(batch.time):
        if partition in missing and partition.name in cold:
            assert store is not None, "looked at above"
            thaw(connection, store, cold[partition.name])
        elif partition in missing:
            partitions.make(connection, partition)
    return batch


def _said(
    connection: Connection[Any],
    batch: Batch,
    store: Objects,
    cold: Cold,
    names: Mapping[int, tuple[str, str]],
) -> Mask:
    """Rows of a batch that change nothing in a file, judged as `store.sql` does beside the table."""
    starts, ends = (np.datetime64(micros(at), "us") for at in (cold.starts, cold.ends))
    within = (batch.time >= starts) & (batch.time < ends)
    both = _beside(batch.take(within), store, cold, names)
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_held")) for name in SAID)
    nothing = pl.col("value").is_null() & pl.col("flag_held").is_null()
    taken_back = pl.col("flag_held") == Quality.WITHDRAWN
    payloads = both.filter(taken_back)["payload"].unique().to_list()
    by_operators = [row[0] for row in connection.execute(BY_OPERATORS, [payloads]).fetchall()]
    found = np.zeros(len(batch), np.bool_)
    stays = taken_back & pl.col("payload").is_in(by_operators)
    found[within] = both.select((same | nothing | stays).fill_null(False)).to_series().to_numpy()
    return found


def _beside(part: Batch, store: Objects, cold: Cold, names: Mapping[int, tuple[str, str]]) -> pl.DataFrame:
    """Each row of a batch beside what a file holds for its series and time."""
    spans = []
    for series in np.unique(part.series).tolist():
        times = part.time[part.series == series].astype(np.int64)
        spans.append(Span(*names[series], int(times.min()), int(times.max())))
    ids = np.array([span.series for span in spans], np.int64)
    held = [_frame(rows, ids) for rows in content.groups(store, cold, spans)]
    new = pl.DataFrame({name: getattr(part, name) for name in ("series", "time", *SAID)}, nan_to_null=True)
    empty = new.clear().with_columns(payload=pl.lit(0, pl.Int64))
    return new.join(
        pl.concat([*held, empty]), ["series", "time"], "left", suffix="_held", maintain_order="left"
    )


def _frame(rows: Rows, series: Integers) -> pl.DataFrame:
    columns = {name: getattr(rows, name) for name in ("time", *SAID, "payload")}
    return pl.DataFrame({"series": series[rows.place], **columns}, nan_to_null=True)
