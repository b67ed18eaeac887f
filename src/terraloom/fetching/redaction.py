"""Urls as they may be written down: in a manifest row, a log line, a message or a span."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

MASK = "REDACTED"
SECRET_NAMES = re.compile(
    r"(?i)^(.*[_-])?(api[_-]?key|key|token|secret|password|passwd|signature|sig|auth|credential)s?$"
)


def redacted(url: str) -> str:
    """`url` without user, password and the values of query parameters that are named like secrets."""
    parts = urlsplit(url)
    return parts._replace(netloc=_address(parts), query=_query(parts.query)).geturl()


def _address(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _query(query: str) -> str:
    """Only what is secret changes: a recorded url must stay the one that was asked for."""
    pairs = (pair.partition("=") for pair in query.split("&"))
    return "&".join(
        f"{name}={MASK}" if SECRET_NAMES.match(name) else name + eq + value for name, eq, value in pairs
    )
