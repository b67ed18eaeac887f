"""The WSPR census: its spec, and what of its result is handed in as observations of corridors."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from importlib.resources import files
from itertools import groupby
from typing import Any

import pyarrow as pa
import yaml

from terraloom.compute.spec import Plan, understood
from terraloom.errors import RecordError
from terraloom.records import Payload
from terraloom.sources.radio import wspr
from terraloom.sources.radio.wspr_census import WsprCensus

SPEC = files("terraloom.compute").joinpath("census.yaml").read_bytes()
BUSIEST = 200  # corridors of a month that become series, as in the live feed's hour: bounds their number
COLUMNS = ("month", "corridor", "title", "lon", "lat", "spots", "snr", "farthest")

Rows = Iterable[Mapping[str, Any]]


def plan() -> Plan:
    """What the census asks of every file."""
    return understood(yaml.safe_load(SPEC), "census.yaml")


def busy(corridors: pa.Table, n: int = BUSIEST) -> pa.Table:
    """The corridors with the most spots of each month, in the order of the table."""
    import polars as pl

    ranked = pl.DataFrame(corridors).with_row_index("nth")
    order = ranked.sort(["month", "spots", "nth"], descending=[False, True, False], maintain_order=True)
    return order.group_by("month", maintain_order=True).head(n).sort("nth").drop("nth").to_arrow()


def payload(corridors: Rows, now: datetime) -> Payload | None:
    """The busiest corridors of each month as a payload of `wspr-census`; None where there are none."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    rows = list(busiest(corridors))
    writer.writerows(rows)
    if not rows:
        return None
    info = WsprCensus.info
    return Payload(
        source=info.id,
        url=info.url,
        fetched_at=now,
        body=out.getvalue().encode(),
        kind="census",
        content_type="text/csv",
    )


def busiest(corridors: Rows) -> Iterator[tuple[Any, ...]]:
    """Rows of the payload: of each month the corridors with the most spots, ties by name."""
    ordered = sorted(corridors, key=lambda row: (row["month"], -row["spots"], _name(row)))
    for month, rows in groupby(ordered, key=lambda row: row["month"]):
        placed = (found for row in rows if (found := _placed(row, month)))
        yield from (row for _, row in zip(range(BUSIEST), placed, strict=False))


def _name(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["band"] or 0, row["sender"] or "", row["receiver"] or ""


def _placed(row: Mapping[str, Any], month: datetime) -> tuple[Any, ...] | None:
    """A row with the place of its corridor; None for no band or field, and for one without a middle."""
    try:
        station = wspr.corridor(
            "wspr", wspr.band(row["band"]), wspr.field(row["sender"]), wspr.field(row["receiver"])
        )
    except RecordError:  # decoded from noise: such spots are counted in the tables, but are nowhere
        return None
    if station.lon is None or station.lat is None:
        return None
    code, at = station.id.removeprefix("wspr/"), f"{month:%Y-%m-%dT00:00:00Z}"
    return (
        at,
        code,
        station.title,
        f"{station.lon:.3f}",
        f"{station.lat:.3f}",
        row["spots"],
        row["snr"],
        row["farthest"],
    )
