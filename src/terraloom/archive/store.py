"""Where bodies are kept: ``sha256/ab/abcdef….zst``, in a folder or in any S3-compatible store."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

import obstore
import zstandard
from msgspec import Struct
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from terraloom.errors import ArchiveError, ConfigError

if TYPE_CHECKING:
    from obstore.store import RetryConfig

LEVEL = 3  # zstd: feeds shrink 5 to 10 times at some 300 MB/s; higher levels gain little
WRITERS = 8
STORAGE_URLS = "a folder, file:///folder or s3://bucket/prefix"
SHA256 = re.compile(r"[0-9a-f]{64}")


class StoredObject(Struct, frozen=True):
    """One object of the store: the hash that its name states, its compressed size, when it was written."""

    sha256: str
    stored_bytes: int
    written_at: datetime


class _Door(Protocol):
    """Writes one object so that it is either whole and durable, or not there."""

    def __call__(self, path: str, data: bytes) -> None: ...


class Archive:
    """
    Immutable bodies by the SHA-256 of their content. Safe for any number of threads and processes.

    Open it with `Archive.open`. Raises `ArchiveError`, which names the object, wherever the store lacks a
    body or holds one that is not what its name says.
    """

    def __init__(self, url: str, store: ObjectStore, write: _Door) -> None:
        self.url, self._store, self._write = url, store, write

    @classmethod
    def open(cls, storage_url: str | os.PathLike[str], *, fsync: bool = True) -> Archive:
        """
        The archive at `storage_url`: a folder, ``file://…`` or ``s3://bucket/prefix``.

        S3 credentials, region and endpoint come from the standard ``AWS_*`` environment. `fsync=False`
        gives up durability against power cuts (never atomicity); it is for tests and throw-away archives.
        Raises `ConfigError` for a url that is none of these, `ArchiveError` where the folder cannot be made.
        """
        url = os.fspath(storage_url)
        if url.startswith("s3://"):
            store = _s3(url)
            return cls(url, store, lambda path, data: _put(store, path, data))
        folder = _folder_of(url)
        try:
            door = _LocalDoor(folder, fsync=fsync)
        except OSError as error:
            raise ArchiveError(f"{url}: the folder cannot be made: {error}") from error
        return cls(url, LocalStore(folder), door)

    def put(self, body: bytes) -> str:
        """Keep `body`; returns its SHA-256. A body that is already there is not written again."""
        sha256 = hashlib.sha256(body).hexdigest()
        if not self.exists(sha256):
            with _named(sha256, self.url):
                self._write(path_of(sha256), zstandard.compress(body, LEVEL))
        return sha256

    def put_many(self, bodies: Sequence[bytes]) -> list[str]:
        """The same for many at once: most of the time goes into waiting for disk or network."""
        if len(bodies) < 2:
            return [self.put(body) for body in bodies]
        with ThreadPoolExecutor(WRITERS) as pool:
            return list(pool.map(self.put, bodies))

    def get(self, sha256: str) -> bytes:
        """The body with this hash, checked against it."""
        with _named(sha256, self.url):
            data = bytes(obstore.get(self._store, path_of(sha256)).bytes())
            body = zstandard.decompress(data)
        if hashlib.sha256(body).hexdigest() != sha256:
            raise ArchiveError(f"{self.url}: object {sha256} holds other bytes than its name says")
        return body

    def exists(self, sha256: str) -> bool:
        """Whether a body with this hash is kept (its content is not read)."""
        with _named(sha256, self.url):
            try:
                obstore.head(self._store, path_of(sha256))
            except FileNotFoundError:
                return False
        return True

    def delete(self, sha256: str) -> None:
        """Drop the body with this hash; none there is no error. For `retention` only."""
        with _named(sha256, self.url):
            try:
                obstore.delete(self._store, path_of(sha256))
            except FileNotFoundError:
                return

    def objects(self, prefix: str = "") -> Iterator[StoredObject]:
        """All bodies whose hash begins with the two characters `prefix` (all, without), in no order."""
        with _named(f"list of {prefix or 'all'}", self.url):
            for batch in obstore.list(self._store, "/".join(p for p in ("sha256", prefix) if p)):
                for item in batch:
                    name = item["path"].rsplit("/", 1)[-1].removesuffix(".zst")
                    if SHA256.fullmatch(name):
                        yield StoredObject(name, item["size"], item["last_modified"])


def path_of(sha256: str) -> str:
    """Where in the store the body with this hash stands."""
    if not SHA256.fullmatch(sha256):
        raise ArchiveError(f"{sha256!r} is no SHA-256 in lower-case hexadecimal")
    return f"sha256/{sha256[:2]}/{sha256}.zst"


class _LocalDoor:
    """Atomic, durable write into a folder: a temporary file, fsync, rename, fsync of the folder."""

    def __init__(self, root: Path, *, fsync: bool) -> None:
        self._root, self._fsync = root, fsync
        self._scratch = root / "tmp"  # beside, not among, the objects: a half-written one is never listed
        self._scratch.mkdir(parents=True, exist_ok=True)

    def __call__(self, path: str, data: bytes) -> None:
        target = self._root / path
        if not target.parent.is_dir():
            self._make(target.parent)
        scratch = self._scratch / f"{target.name}.{os.urandom(8).hex()}"
        try:
            with open(scratch, "wb") as file:
                file.write(data)
                if self._fsync:
                    file.flush()
                    os.fsync(file.fileno())
            os.replace(scratch, target)
        except BaseException:
            scratch.unlink(missing_ok=True)
            raise
        self._sync_folder(target.parent)

    def _make(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for made in (folder, folder.parent, self._root):
            self._sync_folder(made)

    def _sync_folder(self, folder: Path) -> None:
        """The rename itself must survive a power cut, not only the bytes."""
        if self._fsync:
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


@contextmanager
def _named(what: str, url: str) -> Iterator[None]:
    """Turn the store's own errors into `ArchiveError` that names the object."""
    try:
        yield
    except ArchiveError:
        raise
    except FileNotFoundError as error:
        raise ArchiveError(f"{url}: object {what} is missing") from error
    except zstandard.ZstdError as error:
        raise ArchiveError(f"{url}: object {what} is damaged: {error}") from error
    except (OSError, BaseError) as error:
        reason = str(error).split("\n", 1)[0]  # what follows is the store's own debugging
        raise ArchiveError(f"{url}: object {what}: {reason}") from error


def _s3(url: str) -> S3Store:
    retries: RetryConfig = {"max_retries": 6, "retry_timeout": timedelta(seconds=30)}
    try:
        return S3Store.from_url(url, client_options={"allow_http": _endpoint_is_http()}, retry_config=retries)
    except BaseError as error:
        raise ConfigError("storage_url", url, STORAGE_URLS) from error


def _put(store: ObjectStore, path: str, data: bytes) -> None:
    obstore.put(store, path, data)


def _endpoint_is_http() -> bool:
    """Whether the given S3 endpoint has no TLS (MinIO on one's own machine)."""
    names = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
    return any(os.environ.get(name, "").startswith("http://") for name in names)


def _folder_of(url: str) -> Path:
    if url.startswith("file:"):
        return Path(unquote(urlsplit(url).path))
    if "://" in url:
        raise ConfigError("storage_url", url, STORAGE_URLS)
    return Path(url).expanduser().absolute()
