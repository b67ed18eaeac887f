"""
Many machines: Dask and Ray hand out items, and each is run there as here: in a fresh process, within limits.

The workers of a cluster live long and keep what they once took from the system, so none of them does the work
itself. They need the same Terraloom, and the same paths (a shared disk, or s3:// with ``AWS_*`` set).
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from terraloom.compute.engine import Done, Failed, Item, Limits, Result, reason
from terraloom.compute.local import Local
from terraloom.errors import ConfigError, MissingExtra


def alone(work: Callable[[Item], Result], item: Item, limits: Limits) -> Done[Item, Result] | Failed[Item]:
    """One item in a fresh process of the machine that this is called on."""
    if multiprocessing.current_process().daemon:
        raise ConfigError(
            "distributed.worker.daemon", True, "False on the workers, so that they may have children"
        )
    [outcome] = Local(1).map(work, [item], limits)
    return outcome


class Dask:
    """A Dask cluster: that at `address`, or one of `workers` processes on this machine."""

    def __init__(self, workers: int, address: str) -> None:
        try:
            import dask
            import distributed
        except ImportError as error:
            raise MissingExtra("distributed", "dask") from error
        dask.config.set({"distributed.worker.daemon": False})  # workers have children: the items
        client: Any = distributed.Client
        self._as_completed: Any = distributed.as_completed
        self._client = client(address) if address else client(**_OWN_DASK, n_workers=workers)

    def map(
        self, work: Callable[[Item], Result], items: Sequence[Item], limits: Limits
    ) -> Iterator[Done[Item, Result] | Failed[Item]]:
        waiting = iter(items)
        begun: dict[Any, Item] = {}

        def begin(count: int) -> list[Any]:
            new = {
                self._client.submit(alone, work, one, limits, pure=False): one
                for one in islice(waiting, count)
            }
            begun.update(new)
            return list(new)

        futures = self._as_completed(begin(sum(self._client.nthreads().values())))
        for future in futures:
            item = begun.pop(future)
            error = future.exception() if future.status != "finished" else None
            outcome = Failed(item, reason(error)) if error else future.result()
            future.release()
            for one in begin(1):
                futures.add(one)
            yield outcome

    def close(self) -> None:
        self._client.close()


_OWN_DASK: dict[str, Any] = {"threads_per_worker": 1, "dashboard_address": ":0", "memory_limit": None}


class Ray:
    """A Ray cluster: that at `address`, or one of `workers` processors on this machine."""

    def __init__(self, workers: int, address: str) -> None:
        try:
            import ray
        except ImportError as error:
            raise MissingExtra("ray", "ray") from error
        self._ray = ray
        given: dict[str, Any] = {"address": address} if address else {"num_cpus": workers, **_OWN_RAY}
        ray.init(log_to_driver=False, **given)

    def map(
        self, work: Callable[[Item], Result], items: Sequence[Item], limits: Limits
    ) -> Iterator[Done[Item, Result] | Failed[Item]]:
        ray = self._ray
        task = ray.remote(num_cpus=1, max_retries=limits.attempts - 1)(alone)
        waiting = list(reversed(items))
        begun: dict[Any, Item] = {}
        while waiting or begun:
            while waiting and len(begun) < ray.cluster_resources().get("CPU", 1):
                item = waiting.pop()
                begun[task.remote(work, item, limits)] = item
            [ready], _ = ray.wait(list(begun), num_returns=1)
            item = begun.pop(ready)
            try:
                outcome = ray.get(ready)
            except ray.exceptions.RayError as error:
                outcome = Failed(item, reason(error))
            yield outcome

    def close(self) -> None:
        self._ray.shutdown()


_OWN_RAY: dict[str, Any] = {"include_dashboard": False, "object_store_memory": 200_000_000}
