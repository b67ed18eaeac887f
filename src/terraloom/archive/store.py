"""Where bodies are kept: ``sha256/ab/abcdef….zst``, in a folder or in any S3-compatible store."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import zstandard
from msgspec import Struct

from terraloom.archive.objects import Objects
from terraloom.errors import ArchiveError

LEVEL = 3  # zstd: feeds shrink 5 to 10 times at some 300 MB/s; higher levels gain little
WRITERS = 8
SHA256 = re.compile(r"[0-9a-f]{64}")


class StoredObject(Struct, frozen=True):
    """One object of the store: the hash that its name states, its compressed size, when it was written."""

    sha256: str
    stored_bytes: int
    written_at: datetime


class Archive:
    """
    Immutable bodies by the SHA-256 of their content. Safe for any number of threads and processes.

    Open it with `Archive.open`. Raises `ArchiveError`, which names the object, wherever the store lacks a
    body or holds one that is not what its name says. `store` is what it stands in, beside other things.
    """

    def __init__(self, store: Objects) -> None:
        self.url, self.store = store.url, store

    @classmethod
    def open(cls, storage_url: str | os.PathLike[str], *, fsync: bool = True) -> Archive:
        """The archive at `storage_url`, as `Objects.open_at` takes it."""
        return cls(Objects.open_at(storage_url, fsync=fsync))

    def put(self, body: bytes) -> str:
        """Keep `body`; returns its SHA-256. A body that is already there is not written again."""
        sha256 = hashlib.sha256(body).hexdigest()
        if not self.exists(sha256):
            self.store.put(path_of(sha256), zstandard.compress(body, LEVEL))
        return sha256

    def put_many(self, bodies: Sequence[bytes]) -> list[str]:
        """The same for many at once: most of the time goes into waiting for disk or network."""
        if len(bodies) < 2:
            return [self.put(body) for body in bodies]
        with ThreadPoolExecutor(WRITERS) as pool:
            return list(pool.map(self.put, bodies))

    def get(self, sha256: str) -> bytes:
        """The body with this hash, checked against it."""
        try:
            body = zstandard.decompress(self.store.get(path_of(sha256)))
        except zstandard.ZstdError as error:
            raise ArchiveError(f"{self.url}: object {sha256} is damaged: {error}") from error
        if hashlib.sha256(body).hexdigest() != sha256:
            raise ArchiveError(f"{self.url}: object {sha256} holds other bytes than its name says")
        return body

    def exists(self, sha256: str) -> bool:
        """Whether a body with this hash is kept (its content is not read)."""
        return self.store.exists(path_of(sha256))

    def delete(self, sha256: str) -> None:
        """Drop the body with this hash; none there is no error. For `retention` only."""
        self.store.delete(path_of(sha256))

    def objects(self, prefix: str = "") -> Iterator[StoredObject]:
        """All bodies whose hash begins with the two characters `prefix` (all, without), in no order."""
        for item in self.store.listed("/".join(part for part in ("sha256", prefix) if part)):
            name = item.path.rsplit("/", 1)[-1].removesuffix(".zst")
            if SHA256.fullmatch(name):
                yield StoredObject(name, item.bytes, item.written_at)


def path_of(sha256: str) -> str:
    """Where in the store the body with this hash stands."""
    if not SHA256.fullmatch(sha256):
        raise ArchiveError(f"{sha256!r} is no SHA-256 in lower-case hexadecimal")
    return f"sha256/{sha256[:2]}/{sha256}.zst"
