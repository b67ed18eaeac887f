"""
What the feeds of geomagnetic indices of GFZ (Niemegk observatory) share, https://kp.gfz.de/.

Two forms: text with comments (``#``), of the past 30 days (`app/files/…_nowcast.txt`) or of all years; and
JSON by columns (`app/json/?start=…&end=…&index=…`): ``{"meta": {…}, "datetime": [times], "Kp": [values]}``.
The text is not recorded; built from its public description, which is its own header.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any, ClassVar

from terraloom.errors import RecordError
from terraloom.records import Metric, Observation, Payload, Record, Reject, Station
from terraloom.sources.base import SourceInfo, reject_payload
from terraloom.sources.declared import DeclaredSource, Field, Format, Row, Table, read_rows

EARTH = Station(id="gfz/planet", title="Earth", kind="planet")
MISSING = ("-1", "-1.0", "-1.000")


def info(thing: str, title: str, file: str, *metrics: Metric, **others: Any) -> SourceInfo:
    """The description of the feed that is a file of the past 30 days."""
    return SourceInfo(
        id=f"gfz-{thing}",
        title=title,
        provider="GFZ Helmholtz Centre for Geosciences",
        agency="gfz",
        url=f"https://kp.gfz.de/app/files/{file}",
        every="1h",
        emits=Observation,
        metrics=metrics,
        homepage="https://kp.gfz.de/en/",
        folder="gfz-kp",
        **{"licence": "CC BY 4.0", **others},
    )


def index(name: str, metric: Metric, offset_h: float = 0.0) -> Field:
    return Field(name, metric, missing=MISSING, optional=True, offset_h=offset_h)


class GfzIndices(DeclaredSource):
    """Both forms of one family of indices. `columns` are those of the JSON form; `table` is the text."""

    columns_apart = True  # JSON: all times, then all values
    columns: ClassVar[tuple[Field, ...]]
    words: ClassVar[bytes]  # of the text's comments

    def recognises(self, payload: Payload) -> bool:
        if not _is_json(payload.body):
            return self.words in payload.body[:5000] and super().recognises(payload)
        names = set(_arrays(payload.body)[0])
        return "datetime" in names and not names.isdisjoint(field.name for field in self.columns)

    def parse(self, payload: Payload) -> Iterator[Record]:
        if not _is_json(payload.body):
            yield from super().parse(payload)
            return
        columns, damage = _arrays(payload.body)
        if "datetime" not in columns:
            yield reject_payload(payload, RecordError("json", payload.body[:80], "an array `datetime`"))
            return
        layout = Table(format=Format.JSON, time=("datetime",), place=EARTH, fields=self.columns)
        yield from read_rows(_rows(columns), layout, self.info.agency)
        yield from damage


def _is_json(body: bytes) -> bool:
    return body.lstrip()[:1] == b"{"


_ARRAY = re.compile(rb'"(\w+)"\s*:\s*\[([^\[\]]*)(\]?)')


def _arrays(body: bytes) -> tuple[dict[str, list[str]], list[Reject]]:
    """The arrays of a document by name; of one that is cut off, what came whole, and where it ends."""
    found: dict[str, list[str]] = {}
    damage: list[Reject] = []
    for name, values, closed in _ARRAY.findall(body):
        cells = [cell.strip().strip('"') for cell in values.decode("utf-8", "replace").split(",")]
        found[name.decode()] = cells if closed else cells[:-1]
        if not closed:
            reason = f"the document ends within {name.decode()!r}"
            damage.append(Reject(where=f"array {name.decode()}", reason=reason, fragment=values[-200:]))
    return found, damage


def _rows(columns: dict[str, list[str]]) -> Iterator[Row]:
    """One record for each time; of arrays that are shorter, those that have a value for it."""
    for n, time in enumerate(columns["datetime"]):
        cells = {name: values[n] for name, values in columns.items() if n < len(values)}
        yield time.encode(), partial(dict, cells)
