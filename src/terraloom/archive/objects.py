"""Named objects in a folder or in any S3-compatible store, through one url."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol
from urllib.parse import unquote, urlsplit

import obstore
from msgspec import Struct
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from terraloom.errors import ArchiveError, ConfigError

if TYPE_CHECKING:
    from obstore.store import RetryConfig

READ_AHEAD = 1 << 20  # bytes fetched at a time, at least
STORAGE_URLS = "a folder, file:///folder or s3://bucket/prefix"


class Listed(Struct, frozen=True):
    """One object: its name below the url, its size, when it was written."""

    path: str
    bytes: int
    written_at: datetime


class _Door(Protocol):
    """Writes one object so that it is either whole and durable, or not there."""

    def write(self, path: str, data: bytes) -> None: ...

    def write_file(self, path: str, file: Path) -> None: ...

    def open(self, path: str) -> BinaryIO: ...


class Objects:
    """
    Objects by name, such as ``cold/2020.parquet``. Safe for any number of threads and processes.

    Open it with `Objects.open_at`. Raises `ArchiveError`, which names the object, for whatever goes wrong.
    """

    def __init__(self, url: str, store: ObjectStore, door: _Door) -> None:
        self.url, self._store, self._door = url, store, door

    @classmethod
    def open_at(cls, storage_url: str | os.PathLike[str], *, fsync: bool = True) -> Objects:
        """
        The objects at `storage_url`: a folder, ``file://…`` or ``s3://bucket/prefix``.

        S3 credentials, region and endpoint come from the standard ``AWS_*`` environment. `fsync=False`
        gives up durability against power cuts (never atomicity); it is for tests and throw-away archives.
        Raises `ConfigError` for a url that is none of these, `ArchiveError` where the folder cannot be made.
        """
        url = os.fspath(storage_url)
        if url.startswith("s3://"):
            store = _s3(url)
            return cls(url, store, _S3Door(store))
        folder = _folder_of(url)
        try:
            door = _LocalDoor(folder, fsync=fsync)
        except OSError as error:
            raise ArchiveError(f"{url}: the folder cannot be made: {error}") from error
        return cls(url, LocalStore(folder), door)

    def put(self, path: str, data: bytes) -> None:
        """Write an object, or replace it."""
        with self.named(path):
            self._door.write(path, data)

    def put_file(self, path: str, file: Path) -> None:
        """The same from a file, which is never in memory whole."""
        with self.named(path):
            self._door.write_file(path, file)

    def get(self, path: str) -> bytes:
        """A whole object."""
        with self.named(path):
            return bytes(obstore.get(self._store, path).bytes())

    def reader(self, path: str) -> BinaryIO:
        """An object as a file to read and seek in: only what is read is fetched."""
        with self.named(path):
            return self._door.open(path)

    def exists(self, path: str) -> bool:
        """Whether there is such an object (its content is not read)."""
        with self.named(path):
            try:
                obstore.head(self._store, path)
            except FileNotFoundError:
                return False
        return True

    def delete(self, path: str) -> None:
        """Drop an object; none there is no error."""
        with self.named(path):
            try:
                obstore.delete(self._store, path)
            except FileNotFoundError:
                return

    def listed(self, prefix: str) -> Iterator[Listed]:
        """All objects below a folder, in no order."""
        with self.named(f"list of {prefix}"):
            for batch in obstore.list(self._store, prefix):
                for item in batch:
                    yield Listed(item["path"], item["size"], item["last_modified"])

    @contextmanager
    def named(self, what: str) -> Iterator[None]:
        """Turn the store's own errors into `ArchiveError` that names the object."""
        try:
            yield
        except ArchiveError:
            raise
        except FileNotFoundError as error:
            raise ArchiveError(f"{self.url}: object {what} is missing") from error
        except (OSError, BaseError) as error:
            reason = str(error).split("\n", 1)[0]  # what follows is the store's own debugging
            raise ArchiveError(f"{self.url}: object {what}: {reason}") from error


class _LocalDoor:
    """Atomic, durable write into a folder: a temporary file, fsync, rename, fsync of the folder."""

    def __init__(self, root: Path, *, fsync: bool) -> None:
        self._root, self._fsync = root, fsync
        self._scratch = root / "tmp"  # beside, not among, the objects: a half-written one is never listed
        self._scratch.mkdir(parents=True, exist_ok=True)

    def write(self, path: str, data: bytes) -> None:
        self._fill(path, lambda out: out.write(data))

    def write_file(self, path: str, file: Path) -> None:
        with file.open("rb") as source:
            self._fill(path, lambda out: shutil.copyfileobj(source, out, 1 << 20))

    def open(self, path: str) -> BinaryIO:
        return (self._root / path).open("rb")

    def _fill(self, path: str, write: Callable[[BinaryIO], Any]) -> None:
        target = self._root / path
        if not target.parent.is_dir():
            self._make(target.parent)
        scratch = self._scratch / f"{target.name}.{os.urandom(8).hex()}"
        try:
            with open(scratch, "wb") as file:
                write(file)
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


class _S3Door:
    """A put of S3 is atomic and durable by itself."""

    def __init__(self, store: S3Store) -> None:
        self._store = store

    def write(self, path: str, data: bytes) -> None:
        obstore.put(self._store, path, data)

    def write_file(self, path: str, file: Path) -> None:
        obstore.put(self._store, path, file)

    def open(self, path: str) -> BinaryIO:
        return io.BufferedReader(_Ranges(self._store, path), READ_AHEAD)


class _Ranges(io.RawIOBase):
    """An object as a file: what is read is fetched by its range."""

    def __init__(self, store: S3Store, path: str) -> None:
        self._store, self._path, self._at = store, path, 0
        self._size = obstore.head(store, path)["size"]

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = base + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        end = min(self._at + len(buffer), self._size)
        if end <= self._at:
            return 0
        piece = obstore.get_range(self._store, self._path, start=self._at, end=end)
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def _s3(url: str) -> S3Store:
    retries: RetryConfig = {"max_retries": 6, "retry_timeout": timedelta(seconds=30)}
    try:
        return S3Store.from_url(url, client_options={"allow_http": _endpoint_is_http()}, retry_config=retries)
    except BaseError as error:
        raise ConfigError("storage_url", url, STORAGE_URLS) from error


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
