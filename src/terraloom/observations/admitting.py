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
from terraloom.observations.batch import Batch, Mask
from terraloom.observations.cold import content, manifest
from terraloom.observations.cold.manifest import Cold
from terraloom.observations.cold.thawing import thaw
from terraloom.observations.instants import micros
from terraloom.observations.rows import Rows, Span

SAID = ("value", "lon", "lat", "flag")


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
        batch = batch.take(~_said(batch, store, one, names))
    for partition in partitions.partitions_of(batch.time):
        if partition in missing and partition.name in cold:
            assert store is not None, "looked at above"
            thaw(connection, store, cold[partition.name])
        elif partition in missing:
            partitions.make(connection, partition)
    return batch


def _said(batch: Batch, store: Objects, cold: Cold, names: Mapping[int, tuple[str, str]]) -> Mask:
    """Rows of a batch that a file holds just so; or that withdraw a value which never was."""
    starts, ends = (np.datetime64(micros(at), "us") for at in (cold.starts, cold.ends))
    within = (batch.time >= starts) & (batch.time < ends)
    part = batch.take(within)
    spans = [
        Span(*names[series], int(times.min().astype("i8")), int(times.max().astype("i8")))
        for series in np.unique(part.series).tolist()
        if len(times := part.time[part.series == series])
    ]
    held = [_frame(rows, np.array([s.series for s in spans])) for rows in content.groups(store, cold, spans)]
    new = pl.DataFrame({name: getattr(part, name) for name in ("series", "time", *SAID)}, nan_to_null=True)
    key = ["series", "time"]
    both = new.join(pl.concat([*held, new.clear()]), key, "left", suffix="_held", maintain_order="left")
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_held")) for name in SAID)
    nothing = pl.col("value").is_null() & pl.col("flag_held").is_null()
    found = np.zeros(len(batch), np.bool_)
    found[within] = both.select(same | nothing).to_series().to_numpy()
    return found


def _frame(rows: Rows, series: Any) -> pl.DataFrame:
    columns = {name: getattr(rows, name) for name in ("time", *SAID)}
    return pl.DataFrame({"series": series[rows.place], **columns}, nan_to_null=True)
