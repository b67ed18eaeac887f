"""What can go wrong, as one small tree.

TerraloomError
├── RecordError        a record cannot be read (field, got, expected); also a ValueError
├── PayloadError       a whole payload cannot be read; also a ValueError
├── ConfigError        a setting is wrong (key, got, expected); also a ValueError
├── FetchError         an upstream did not answer usefully; also a ConnectionError
├── ArchiveError       the raw store is missing or altered; also an OSError
├── DatabaseError      the database cannot be reached or is at the wrong version; also a RuntimeError
└── MissingExtra       an optional package is not installed; also an ImportError
"""

from __future__ import annotations


class TerraloomError(Exception):
    """Base of all errors that Terraloom raises on purpose."""


class RecordError(TerraloomError, ValueError):
    """A record cannot be read. `field`, `got` and `expected` say why."""

    def __init__(self, field: str, got: object, expected: str) -> None:
        super().__init__(field, got, expected)  # kept as args: survives pickling between workers
        self.field, self.got, self.expected = field, got, expected

    def __str__(self) -> str:
        return f"{self.field}: got {self.got!r}, expected {self.expected}"


class PayloadError(TerraloomError, ValueError):
    """A whole payload cannot be read; nothing in it can be told apart."""


class ConfigError(TerraloomError, ValueError):
    """A setting is wrong. `key` names it, `expected` lists what it may be."""

    def __init__(self, key: str, got: object, expected: str) -> None:
        super().__init__(key, got, expected)
        self.key, self.got, self.expected = key, got, expected

    def __str__(self) -> str:
        return f"{self.key}: got {self.got!r}, expected {self.expected}"


class FetchError(TerraloomError, ConnectionError):
    """An upstream did not answer usefully, after all retries that make sense."""

    def __init__(self, url: str, reason: str, status: int | None = None) -> None:
        super().__init__(url, reason, status)
        self.url, self.reason, self.status = url, reason, status

    def __str__(self) -> str:
        code = f" (HTTP {self.status})" if self.status else ""
        return f"{self.url}: {self.reason}{code}"


class ArchiveError(TerraloomError, OSError):
    """The raw store lacks an object, or holds one that is not what its address says."""


class DatabaseError(TerraloomError, RuntimeError):
    """The database cannot be reached, or its schema is not the one this version needs."""


class MissingExtra(TerraloomError, ImportError):
    """An optional package is not installed; the message names the extra to install."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(package, extra)
        self.package, self.extra = package, extra

    def __str__(self) -> str:
        return f"{self.package} is not installed: pip install 'terraloom[{self.extra}]'"
