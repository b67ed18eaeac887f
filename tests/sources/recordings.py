"""Feeding payloads to sources: hand-written ones, and those recorded from the real services."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from terraloom.records import HazardReport, Payload, Reject
from terraloom.sources.base import Source

RECEIVED = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def payload(body: bytes | str, *, url: str = "https://upstream.test/feed", status: int = 200) -> Payload:
    raw = body.encode() if isinstance(body, str) else body
    return Payload(source="test", url=url, fetched_at=RECEIVED, body=raw, status=status)


def recorded(samples: Path, folder: str) -> list[tuple[str, Payload]]:
    """Every file of a folder of recordings by name, as if it had been received just now."""
    files = sorted(p for p in (samples / folder).iterdir() if p.name != "provenance.json")
    urls = {row["file"]: row.get("service_url") or "" for row in _provenance(samples / folder)}
    return [(p.name, payload(p.read_bytes(), url=urls.get(p.name, ""))) for p in files]


def read(source: Source, given: Payload | bytes | str) -> tuple[list[HazardReport], list[Reject]]:
    """Reports and rejects of a payload; parsing it twice gives the same."""
    one = given if isinstance(given, Payload) else payload(given)
    found = list(source.parse(one))
    assert found == list(source.parse(one))
    return [x for x in found if isinstance(x, HazardReport)], [x for x in found if isinstance(x, Reject)]


def counts(source: Source, samples: Path, folder: str) -> dict[str, tuple[int, int]]:
    """(reports, rejects) of every recording in `folder` that the source recognises, by file name."""
    own = [(name, one) for name, one in recorded(samples, folder) if source.recognises(one)]
    return {
        name: (len(reports), len(rejects)) for name, one in own for reports, rejects in [read(source, one)]
    }


def _provenance(folder: Path) -> list[dict[str, str]]:
    found = json.loads((folder / "provenance.json").read_text())
    return found if isinstance(found, list) else [found]
