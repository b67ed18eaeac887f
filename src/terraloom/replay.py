"""
Recorded payloads through the whole pipeline, as if they had just been fetched.

A folder is given to the sources that name it (`SourceInfo.folder`, `extra_folders`, or their id); which of
them a file belongs to, the sources tell by its content. Where and when it was recorded stands in the folder's
`provenance.json` (a list of objects with `file`, `service_url`, `recorded_at`). A VCR cassette is the answers
that it holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from psycopg import Connection

from terraloom.archive import Archive
from terraloom.cassettes import answers
from terraloom.errors import ConfigError
from terraloom.hazards.population import Population
from terraloom.hazards.rules import Rules
from terraloom.ingest import IngestResult, ingest
from terraloom.records import Payload
from terraloom.sources import Source, registry

PROVENANCE = "provenance.json"
UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""Received-at of a recording that does not say when it was made; such files come first, by name."""

_COMPACT = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ]?(\d{2}):?(\d{2})(?::?(\d{2}))?)?")


class Recording(Struct, frozen=True):
    """One recorded file (or answer in it), and the source that it is a payload of."""

    path: Path
    payload: Payload


class Skipped(Struct, frozen=True):
    """What was not replayed: a folder that no source claims, or a file that is no payload of its sources."""

    path: Path
    reason: str


class Note(Struct, frozen=True):
    """One entry of `provenance.json`; other fields are left aside."""

    file: str = ""
    service_url: str | None = None
    recorded_at: str | None = None


def find(root: Path) -> tuple[list[Recording], list[Skipped]]:
    """
    All recordings below `root` (its folders, or `root` itself where it holds files of one source), in the
    order in which they were made; and what is not one. Raises `ConfigError` where `root` is no folder.
    """
    if not root.is_dir():
        raise ConfigError("DIR", str(root), "a folder of recorded payloads")
    claims = _claims()
    recordings: list[Recording] = []
    skipped: list[Skipped] = []
    if root.name in claims:
        folders = {root: claims[root.name]}
    else:
        folders = {root / name: sources for name, sources in claims.items() if (root / name).is_dir()}
        skipped += _unclaimed(root, folders)
    for folder, sources in sorted(folders.items()):
        for one in _in_folder(folder, sources):
            (recordings if isinstance(one, Recording) else skipped).append(one)  # type: ignore[arg-type]
    return sorted(recordings, key=lambda r: (r.payload.fetched_at, str(r.path))), skipped


def replay(
    connection: Connection[Any],
    archive: Archive,
    recordings: Iterable[Recording],
    rules: Rules,
    *,
    population: Population | None = None,
    after_each: Callable[[Recording, IngestResult], None] = lambda _recording, _result: None,
) -> None:
    """Ingest recordings one by one, each in its own transaction."""
    for recording in recordings:
        [result] = ingest(connection, archive, [recording.payload], rules, population=population)
        after_each(recording, result)


def _claims() -> dict[str, list[Source]]:
    claims: dict[str, list[Source]] = {}
    for source in registry().values():
        names = {source.info.id, source.info.folder, *source.info.extra_folders} - {""}
        for name in names:
            claims.setdefault(name, []).append(source)
    return claims


def _unclaimed(root: Path, claimed: Collection[Path]) -> Iterator[Skipped]:
    """Folders of `root` that no source claims; a source may claim a folder within one."""
    within = {folder.parent for folder in claimed}
    for folder in sorted(p for p in root.iterdir() if p.is_dir() and p not in claimed):
        what = "the rest of this folder" if folder in within else "this folder"
        yield Skipped(folder, f"no source claims {what}")


def _in_folder(folder: Path, sources: list[Source]) -> Iterator[Recording | Skipped]:
    notes = _notes(folder / PROVENANCE)
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != PROVENANCE):
        recordings = [
            Recording(path, msgspec.structs.replace(payload, source=owner.info.id))
            for payload in _payloads(path, folder, notes.get(str(path.relative_to(folder)), Note()))
            if (owner := next((s for s in sources if s.recognises(payload)), None)) is not None
        ]
        yield from recordings
        if not recordings:
            yield Skipped(path, "no payload of " + ", ".join(s.info.id for s in sources))


def _payloads(path: Path, folder: Path, note: Note) -> list[Payload]:
    """The file as a payload; of a cassette, each of its answers."""
    url = note.service_url or f"file:{folder.name}/{path.relative_to(folder)}"
    body = path.read_bytes()
    return [
        Payload(
            source="",
            url=one.url,
            fetched_at=recorded_time(one.recorded_at),
            body=one.body,
            status=one.status,
        )
        for one in answers(body)
    ] or [Payload(source="", url=url, fetched_at=recorded_time(note.recorded_at or ""), body=body)]


def _notes(path: Path) -> Mapping[str, Note]:
    if not path.is_file():
        return {}
    try:
        notes = msgspec.json.decode(path.read_bytes(), type=list[Note])
    except msgspec.MsgspecError as error:
        raise ConfigError(
            str(path), str(error), "a list of objects with file, service_url, recorded_at"
        ) from error
    return {note.file: note for note in notes}


def recorded_time(text: str) -> datetime:
    """
    The time that a `recorded_at` states, UTC: RFC 2822, or ISO 8601 with or without separators and seconds,
    whatever follows it. `UNKNOWN_TIME` where it states none.
    """
    found = _COMPACT.search(text)
    if found:
        return datetime(*(int(part or 0) for part in found.groups()), tzinfo=UTC)  # type: ignore[arg-type,misc]
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError:
        return UNKNOWN_TIME
