"""A whole aggregation: files over an engine, folded as they come, with progress kept."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
from msgspec import Struct

from terraloom.compute import relations, results
from terraloom.compute.engine import Done, Engine, Failed, Limits
from terraloom.compute.files import File
from terraloom.compute.folding import Piece, State, aggregate, connected
from terraloom.compute.progress import Progress
from terraloom.compute.spec import Plan

SHARE = 0.5  # of an item's memory is DuckDB's; beside it stand the interpreter, buffers and the result
MERGING = 512_000_000  # bytes for DuckDB in the process that folds
MOST_GROUPS = 5_000_000


class Aggregated(Struct, frozen=True):
    """The tables of all files that could be read, and the files that could not."""

    tables: dict[str, pa.Table]
    files: int
    failed: list[Failed[Piece]]
    peaks: list[int]  # most resident memory of each file's process, bytes, in the order they ended


class Aggregation(Struct, frozen=True):
    """What to aggregate. `most` is the number of groups at which a table is refused."""

    plan: Plan
    files: Sequence[File]
    limits: Limits = Limits()
    progress: Progress | None = None
    resume: bool = False
    most: int = MOST_GROUPS

    def run(self, engine: Engine, after_each: Callable[[], object] = lambda: None) -> Aggregated:
        """
        Aggregate the files; `after_each` is called once for each. Raises `ConfigError` for too many groups,
        and where a run cannot be resumed.
        """
        with tempfile.TemporaryDirectory(prefix="terraloom-fold-") as scratch:
            connection = connected(MERGING, Path(scratch))
            with connection:
                state = State(connection, most=self.most)
                left = self._begun(state)
                for _ in range(len(self.files) - len(left)):
                    after_each()
                failed, peaks = self._folded(engine, left, state, after_each)
                tables = results.tables(connection, self.plan, state.merged())
        return Aggregated(tables, len(self.files) - len(failed), failed, peaks)

    def _begun(self, state: State) -> list[File]:
        """The files that are left, with all others in the state."""
        if not self.progress:
            return list(self.files)
        for data in self.progress.begin(self.files, resume=self.resume):
            state.fold(relations.unpacked(data))
        return self.progress.left(self.files)

    def _folded(
        self, engine: Engine, left: Sequence[File], state: State, after_each: Callable[[], object]
    ) -> tuple[list[Failed[Piece]], list[int]]:
        failed: list[Failed[Piece]] = []
        peaks: list[int] = []
        pieces = [Piece(self.plan, file, int(self.limits.memory * SHARE)) for file in left]
        untold = {piece.file.url: piece for piece in pieces}
        for outcome in engine.map(aggregate, pieces, self.limits):
            del untold[outcome.item.file.url]  # a second outcome of one file would count it twice
            if isinstance(outcome, Done):
                self._take(outcome, state)
                peaks.append(outcome.peak)
            else:
                failed.append(outcome)
            after_each()
        failed += [Failed(piece, "the engine gave no outcome") for piece in untold.values()]
        return sorted(failed, key=lambda one: one.item.file.url), peaks

    def _take(self, outcome: Done[Piece, bytes], state: State) -> None:
        if self.progress:
            self.progress.done(outcome.item.file, outcome.value)
        state.fold(relations.unpacked(outcome.value))
        if state.due:
            whole = state.merged()
            if self.progress:
                self.progress.merged(relations.packed(whole))
