"""Feeding payloads to sources: hand-written ones, and those recorded from the real services."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from terraloom.cassettes import answers
from terraloom.observations.checks import measured
from terraloom.records import HazardReport, Observation, Payload, Reject, Station
from terraloom.sources.base import Source

RECEIVED = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def payload(body: bytes | str, *, url: str = "https://upstream.test/feed", status: int = 200) -> Payload:
    raw = body.encode() if isinstance(body, str) else body
    return Payload(source="test", url=url, fetched_at=RECEIVED, body=raw, status=status)


def recorded(samples: Path, folder: str) -> list[tuple[str, Payload]]:
    """
    Every file of a folder of recordings by name, as if it had been received just now; of a cassette, each
    answer in it as ``name[n]``.
    """
    files = sorted(p for p in (samples / folder).iterdir() if p.name != "provenance.json")
    urls = {row["file"]: row.get("service_url") or "" for row in _provenance(samples / folder)}
    found: list[tuple[str, Payload]] = []
    for path in files:
        body = path.read_bytes()
        held = [(f"{path.name}[{n}]", payload(a.body, url=a.url)) for n, a in enumerate(answers(body))]
        found += held or [(path.name, payload(body, url=urls.get(path.name, "")))]
    return found


def read(source: Source, given: Payload | bytes | str) -> tuple[list[HazardReport], list[Reject]]:
    """Reports and rejects of a payload; parsing it twice gives the same."""
    one = given if isinstance(given, Payload) else payload(given)
    found = list(source.parse(one))
    assert found == list(source.parse(one))
    return [x for x in found if isinstance(x, HazardReport)], [x for x in found if isinstance(x, Reject)]


class Measured(NamedTuple):
    """What a payload of measurements gives."""

    values: list[Observation]
    stations: dict[str, Station]
    rejects: list[Reject]

    def value(self, metric: str, station: str, time: str) -> float | None:
        """The one value there; `time` is ISO 8601, UTC where it names no zone."""
        at = datetime.fromisoformat(time)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        [one] = [x for x in self.values if (x.metric, x.station, x.time) == (metric, station, at)]
        return one.value


def measure(source: Source, given: Payload | bytes | str) -> Measured:
    """
    Values in the units of their metrics, stations by id and rejects of a payload. Parsing it twice gives the
    same, everything is fit to be kept, and no metric has two values at one station and time.
    """
    one = given if isinstance(given, Payload) else payload(given)
    found = list(source.parse(one))
    assert found == list(source.parse(one))
    assert not any(isinstance(x, HazardReport) for x in found)
    kept = [x if isinstance(x, Reject | HazardReport) else measured(x, source.info) for x in found]
    unfit = [
        y for x, y in zip(found, kept, strict=True) if isinstance(y, Reject) and not isinstance(x, Reject)
    ]
    assert unfit == []
    values = [x for x in kept if isinstance(x, Observation)]
    assert len({(x.metric, x.station, x.time) for x in values}) == len(values)
    stations = {x.id: x for x in kept if isinstance(x, Station)}
    return Measured(values, stations, [x for x in kept if isinstance(x, Reject)])


def tallies(source: Source, samples: Path, folder: str) -> dict[str, tuple[int, int]]:
    """(values, rejects) of every recording in `folder` that the source recognises, by file name."""
    own = [(name, one) for name, one in recorded(samples, folder) if source.recognises(one)]
    return {name: (len(m.values), len(m.rejects)) for name, one in own for m in [measure(source, one)]}


def counts(source: Source, samples: Path, folder: str) -> dict[str, tuple[int, int]]:
    """(reports, rejects) of every recording in `folder` that the source recognises, by file name."""
    own = [(name, one) for name, one in recorded(samples, folder) if source.recognises(one)]
    return {
        name: (len(reports), len(rejects)) for name, one in own for reports, rejects in [read(source, one)]
    }


def _provenance(folder: Path) -> list[dict[str, str]]:
    found = json.loads((folder / "provenance.json").read_text())
    return found if isinstance(found, list) else [found]
