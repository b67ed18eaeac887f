"""
One small seam for heavy work: `Engine.map(work, items)`, on this machine or on many.

`work` is a plain function that every process can import, items and results are picklable and small (the
name of a file, not its content). What runs an item is the same everywhere: a fresh process within `Limits`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct

Item = TypeVar("Item")
Result = TypeVar("Result")


class Limits(Struct, frozen=True):
    """What one item may take, wherever it runs."""

    memory: int = 1_500_000_000  # bytes of resident memory that no file stands behind
    seconds: float = 3600.0
    attempts: int = 2  # the first included; only for processes that died or ran out of time


class Done(Struct, Generic[Item, Result], frozen=True):
    """An item that went well."""

    item: Item
    value: Result
    peak: int = 0  # most resident memory of its process, bytes
    seconds: float = 0.0


class Failed(Struct, Generic[Item], frozen=True):
    """An item that did not, and why."""

    item: Item
    reason: str


class Engine(Protocol):
    """Runs work over items, several at a time. Close it: it may hold processes."""

    def map(
        self, work: Callable[[Item], Result], items: Sequence[Item], limits: Limits
    ) -> Iterator[Done[Item, Result] | Failed[Item]]:
        """
        The outcome of every item as it comes, in no order. No more items are under way, and no more
        outcomes wait to be taken, than there are workers.
        """
        ...

    def close(self) -> None:
        """Let go of processes and connections."""
        ...


class Inline:
    """
    In this process, one after the other: for work that streams in bounded memory by itself, as that of
    `aggregate` within what DuckDB is allowed, since nobody can stop it. Time and memory limits are not kept.
    """

    def map(
        self, work: Callable[[Item], Result], items: Sequence[Item], limits: Limits
    ) -> Iterator[Done[Item, Result] | Failed[Item]]:
        from terraloom.compute.local import peak_memory

        for item in items:
            begun = perf_counter()
            try:
                value = work(item)
            except Exception as error:  # one item costs no other; the reason is told
                yield Failed(item, reason(error))
            else:
                yield Done(item, value, peak_memory(), perf_counter() - begun)

    def close(self) -> None:
        pass


def reason(error: BaseException) -> str:
    """An error as one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:1000]


def opened(name: str, *, workers: int, address: str = "") -> Engine:
    """
    The engine of a name: `local`, `inline`, `dask` or `ray`. `address` is a cluster's; without one, `dask`
    and `ray` start their own on this machine. Raises `ConfigError` for another name, `MissingExtra`.
    """
    from terraloom.compute import clusters, local
    from terraloom.errors import ConfigError

    made: dict[str, Callable[[], Any]] = {
        "local": lambda: local.Local(workers),
        "inline": Inline,
        "dask": lambda: clusters.Dask(workers, address),
        "ray": lambda: clusters.Ray(workers, address),
    }
    if name not in made:
        raise ConfigError("engine", name, "one of " + ", ".join(made))
    engine: Engine = made[name]()
    return engine
