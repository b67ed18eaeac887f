"""Put a poller together: the event loop, the fetch client, the sources as the settings describe them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from terraloom.config import Fetch
from terraloom.fetching import Client, StoredCredentials, StoredValidators
from terraloom.polling.described import described
from terraloom.polling.loop import Loop
from terraloom.polling.poller import Ingest, Poller
from terraloom.runtime import Runtime
from terraloom.sources import Source, registry


@contextmanager
def open_poller(
    runtime: Runtime, ingest: Ingest, *, sources: Mapping[str, Source] | None = None
) -> Iterator[Poller]:
    """A poller for `sources` (default: all there are). Raises `ConfigError`."""
    known = registry() if sources is None else sources
    infos = described(known, runtime.settings)
    with Loop() as loop, open_client(runtime, loop, runtime.settings.fetch) as client:
        yield Poller(runtime, known, infos=infos, upstreams=client, loop=loop, ingest=ingest)


@contextmanager
def open_client(runtime: Runtime, loop: Loop, settings: Fetch) -> Iterator[Client]:
    """The fetch client, living on `loop`."""
    pool = runtime.pool
    client = Client(settings, validators=StoredValidators(pool), credentials=StoredCredentials(pool))
    loop.run(client.__aenter__())
    try:
        yield client
    finally:
        loop.run(client.__aexit__(None, None, None))
