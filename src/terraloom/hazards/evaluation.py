"""
How well reports are grouped: a table with known truth through the real pipeline, scored by pairs.

A truth table is a CSV with the columns source, source_event_id, event_type, onset, lon, lat, depth_km,
magnitude, time_resolution_s, name, truth; one row per report, in order of arrival. Equal and non-empty
`truth` means the same physical event. A time without a zone is UTC; longitudes may run to 360; depth_km,
magnitude, time_resolution_s and name may be missing or empty.
"""

from __future__ import annotations

import itertools
import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import polars as pl
from msgspec import Struct, structs
from psycopg import Connection

from terraloom import archive as manifest
from terraloom.archive import Archive
from terraloom.errors import PayloadError
from terraloom.hazards.checks import checked
from terraloom.hazards.nodes import Key
from terraloom.hazards.rules import Rules
from terraloom.ingest import Parsed, apply
from terraloom.records import EventType, HazardReport, Payload, Reject
from terraloom.sources import operator

BATCH = 1000
UNNAMED = {"", "UNNAMED", "NOT_NAMED", "NONAME", "INVEST", "UNKNOWN"}
COLUMNS = ("source", "source_event_id", "event_type", "onset", "lon", "lat", "truth")
TABLE = structs.replace(operator.INFO, id="evaluation", priority=50)
FIRST_ARRIVAL = datetime(2000, 1, 1, tzinfo=UTC)  # a table states no clock: the order of its rows stands in


class Row(Struct, frozen=True):
    """One row of a truth table."""

    report: HazardReport
    truth: str

    @property
    def key(self) -> Key:
        return (self.report.agency, self.report.source_event_id)


class Score(Struct, frozen=True, kw_only=True):
    """
    Pairs of distinct (source, source_event_id) that share an event.

    `right`: both truths known and equal. `wrong`: same source, or both known and different, or one known
    whose group already has another record of the other's source. `unknown`: otherwise, left out.
    precision = right / (right + wrong); recall = right / all pairs with equal truth across sources.
    """

    precision: float | None
    recall: float | None
    right: int
    wrong: int
    unknown: int
    true_pairs: int
    records: int
    events: int


class Case(Struct, frozen=True):
    """A pair that the truth table and the pipeline see differently: `verdict` is wrong or missed."""

    verdict: str
    a: Key
    b: Key
    truth_a: str
    truth_b: str


def read_table(path: Path, *, keys: bool = True) -> list[Row]:
    """
    Read a truth table (plain or gzip). Without `keys`, storm names are left out.

    Raises `PayloadError` that names file, line and reason.
    """
    try:
        table = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise PayloadError(f"{path}: {error}") from error
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise PayloadError(f"{path}: column {', '.join(missing)} missing, has {', '.join(table.columns)}")
    rows = []
    for n, values in enumerate(table.iter_rows(named=True)):
        try:
            rows.append(_row(values, n, keys=keys))
        except ValueError as error:
            raise PayloadError(f"{path}, line {n + 2}: {error}") from error
    return rows


def _row(values: Mapping[str, str | None], n: int, *, keys: bool) -> Row:
    onset = _time(values["onset"] or "")
    event_type = EventType(values["event_type"])
    source, identifier, name = values["source"], values["source_event_id"], values.get("name") or ""
    if not source or not identifier:
        raise ValueError("source or source_event_id is empty")
    report = HazardReport(
        source=source,
        agency=source,
        source_event_id=identifier,
        event_type=event_type,
        title=name or f"{event_type.value} {identifier}",
        onset=onset,
        updated_at=FIRST_ARRIVAL + timedelta(seconds=n),
        lon=_lon(values["lon"]),
        lat=_float(values["lat"]),
        depth_km=_float(values.get("depth_km")),
        magnitude=_float(values.get("magnitude")) if event_type is EventType.EARTHQUAKE else None,
        keys=_keys(name, onset, _float(values["lat"])) if keys else (),
        time_resolution_s=_float(values.get("time_resolution_s")) or 1.0,
        fragment=msgspec.json.encode(values),
    )
    found = checked(report)
    if isinstance(found, Reject):
        raise ValueError(found.reason)
    return Row(found, values["truth"] or "")


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _float(text: str | None) -> float | None:
    """A number; None where there is none, which some write as NaN."""
    value = float(text) if text else math.nan
    return None if math.isnan(value) else value


def _lon(text: str | None) -> float | None:
    """Degrees east in -180..180; some tables, and tracks that cross the antimeridian, count on to 360."""
    lon = _float(text)
    return lon if lon is None or not 180 < lon <= 360 else lon - 360


def _keys(name: str, onset: datetime, lat: float | None) -> tuple[str, ...]:
    """
    A storm's name, season and hemisphere, where it has a name (and not only a number).

    A season is a year, in the south from July to June; names are given anew in the other hemisphere.
    """
    name = name.strip().upper()
    if name in UNNAMED or lat is None or any(c.isdigit() for c in name):
        return ()
    south = lat < 0
    return (f"storm:{name}.{onset.year + (south and onset.month >= 7)}.{'S' if south else 'N'}",)


def run(
    connection: Connection[Any],
    archive: Archive,
    rows: Sequence[Row],
    rules: Rules,
    *,
    batch: int = BATCH,
    progress: Callable[[int], object] = lambda rows: None,
) -> dict[Key, UUID]:
    """
    Put the rows through the real pipeline, `batch` at a time; returns the event of each report.

    `progress` is told how many rows each step took.
    """
    for n, some in enumerate(_batches(rows, batch)):
        _apply(connection, archive, n, some, rules)
        progress(len(some))
    found = connection.execute(
        "SELECT agency, id, event_id FROM event_id_aliases JOIN source_events USING (agency, canonical_id)"
    )
    return {(agency, identifier): event_id for agency, identifier, event_id in found}


def _batches(rows: Sequence[Row], size: int) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _apply(connection: Connection[Any], archive: Archive, n: int, rows: Iterable[Row], rules: Rules) -> None:
    reports = [row.report for row in rows]
    body = b"\n".join(report.fragment for report in reports)
    payload = Payload(
        source="evaluation", url=f"table:{n}", fetched_at=datetime(2000, 1, 1, tzinfo=UTC), body=body
    )
    with connection.transaction():
        manifest.keep(connection, archive, [payload], licences={})
        apply(connection, [Parsed(payload, TABLE, reports)], rules)


def shuffled(rows: Sequence[Row], seed: int) -> list[Row]:
    """Another order of arrival, in which each agency's versions of one event keep theirs."""
    lines: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        lines[row.key].append(row)
    order = [key for key, line in lines.items() for _ in line]
    random.Random(seed).shuffle(order)
    waiting = {key: iter(line) for key, line in lines.items()}
    return [next(waiting[key]) for key in order]


def pairs_of(events: Mapping[Key, UUID]) -> set[tuple[Key, Key]]:
    """All pairs of reports that share an event."""
    groups: dict[UUID, list[Key]] = defaultdict(list)
    for key, event_id in events.items():
        groups[event_id].append(key)
    return {pair for keys in groups.values() for pair in itertools.combinations(sorted(keys), 2)}


def changed_share(a: set[tuple[Key, Key]], b: set[tuple[Key, Key]]) -> float:
    """Share of the pairs grouped in either that are not grouped in both."""
    return len(a ^ b) / len(a | b) if a | b else 0.0


def score(rows: Sequence[Row], events: Mapping[Key, UUID]) -> tuple[Score, list[Case]]:
    """Compare the grouping with the truth; see `Score` for the definition."""
    truth = _truths(rows)
    members: dict[str, set[Key]] = defaultdict(set)
    for key, value in truth.items():
        if value:
            members[value].add(key)
    agencies = {value: {key[0] for key in keys} for value, keys in members.items()}
    true_pairs = {
        pair
        for keys in members.values()
        for pair in itertools.combinations(sorted(keys), 2)
        if pair[0][0] != pair[1][0]
    }
    counts = {"right": 0, "wrong": 0, "unknown": 0}
    cases: list[Case] = []
    grouped = pairs_of(events)
    for a, b in sorted(grouped):
        verdict = _verdict(a, b, truth[a], truth[b], agencies)
        counts[verdict] += 1
        if verdict == "wrong":
            cases.append(Case("wrong", a, b, truth[a], truth[b]))
    cases += [Case("missed", a, b, truth[a], truth[b]) for a, b in sorted(true_pairs - grouped)]
    judged = counts["right"] + counts["wrong"]
    result = Score(
        precision=round(counts["right"] / judged, 5) if judged else None,
        recall=round(counts["right"] / len(true_pairs), 5) if true_pairs else None,
        **counts,
        true_pairs=len(true_pairs),
        records=len(truth),
        events=len(set(events.values())),
    )
    return result, cases


def _truths(rows: Iterable[Row]) -> dict[Key, str]:
    """The truth of each report: the first one given where it has several rows."""
    truth: dict[Key, str] = {}
    for row in rows:
        truth[row.key] = truth.get(row.key) or row.truth
    return truth


def _verdict(a: Key, b: Key, truth_a: str, truth_b: str, agencies: Mapping[str, set[str]]) -> str:
    if a[0] == b[0]:
        return "wrong"
    if truth_a and truth_b:
        return "right" if truth_a == truth_b else "wrong"
    if (truth_a and b[0] in agencies[truth_a]) or (truth_b and a[0] in agencies[truth_b]):
        return "wrong"
    return "unknown"
