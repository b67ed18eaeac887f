"""
What is done of a run, in a folder, so that a killed one goes on where it was.

What each file gave is one small object, written whole before the file counts as done. From time to time they
are merged into one state; the manifest names it and the files in it, and is replaced in one step.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import duckdb
import msgspec
from msgspec import Struct

from terraloom import __version__
from terraloom.compute.files import File
from terraloom.errors import ConfigError

MANIFEST = "manifest.json"


class Manifest(Struct):
    """What the state holds. `run` says of which spec, by which versions: hashes are DuckDB's own."""

    run: str
    state: str = ""
    files: dict[str, str] = {}  # url -> stamp


class _Given(Struct):
    """What one file gave."""

    url: str
    stamp: str
    data: bytes


class Progress:
    """The folder of one run. Only one process may use it at a time."""

    def __init__(self, folder: Path, spec: bytes) -> None:
        self._folder = folder
        self._manifest = Manifest(run=_run(spec))
        self._since: dict[str, str] = {}  # files done since the state was merged, with their stamps

    def begin(self, files: Sequence[File], *, resume: bool) -> list[bytes]:
        """
        What was done before, packed, to be folded; nothing unless `resume`. Raises `ConfigError` where that
        was another spec or version, or where a file in it has changed or is not asked for.
        """
        path = self._folder / MANIFEST
        if not resume:
            shutil.rmtree(self._folder, ignore_errors=True)
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            self._write(MANIFEST, msgspec.json.encode(self._manifest))
            return []
        before = msgspec.json.decode(path.read_bytes(), type=Manifest)
        if before.run != self._manifest.run:
            raise ConfigError("--resume", str(self._folder), "a run of the same spec by the same versions")
        stamps = {file.url: file.stamp for file in files}
        for url, stamp in before.files.items():
            if stamps.get(url) != stamp:
                raise ConfigError("--resume", url, "the file as it was; without --resume all is read again")
        self._manifest = before
        state = [(self._folder / before.state).read_bytes()] if before.state else []
        return state + self._given(stamps)

    def _given(self, stamps: dict[str, str]) -> list[bytes]:
        found = []
        for path in sorted(self._folder.glob("*.given")):
            one = msgspec.msgpack.decode(path.read_bytes(), type=_Given)
            if stamps.get(one.url) == one.stamp and one.url not in self._manifest.files:
                found.append(one.data)
                self._since[one.url] = one.stamp
            else:  # merged already when the run was killed, or of a file that has changed
                path.unlink()
        return found

    def left(self, files: Sequence[File]) -> list[File]:
        """The files that are not done yet."""
        return [
            file for file in files if file.url not in self._since and file.url not in self._manifest.files
        ]

    def done(self, file: File, data: bytes) -> None:
        """Keep what a file gave."""
        self._write(_name(file.url), msgspec.msgpack.encode(_Given(file.url, file.stamp, data)))
        self._since[file.url] = file.stamp

    def merged(self, data: bytes) -> None:
        """Keep the merged state of all that is done in place of what each file gave."""
        old, files = self._manifest.state, self._manifest.files | self._since
        state = f"{len(files)}.state"  # only ever grows, so no name is used twice
        if state == old:
            return
        self._write(state, data)
        self._manifest = Manifest(self._manifest.run, state, files)
        self._write(MANIFEST, msgspec.json.encode(self._manifest))
        for name in [*map(_name, self._since), old]:
            if name:
                (self._folder / name).unlink(missing_ok=True)
        self._since.clear()

    def finish(self) -> None:
        """Forget the run: its result is written."""
        shutil.rmtree(self._folder)

    def _write(self, name: str, data: bytes) -> None:
        """A file that is whole or not there, after a power cut too."""
        scratch = self._folder / f"{name}.tmp"
        with scratch.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        scratch.replace(self._folder / name)


def _name(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:32] + ".given"


def _run(spec: bytes) -> str:
    return hashlib.sha256(f"{__version__} {duckdb.__version__} ".encode() + spec).hexdigest()
