"""Urls as they may be written down: in a manifest row, a log line, a message or a span."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import SplitResult, urlencode, urlsplit

import httpx

MASK = "REDACTED"
SECRET_NAMES = re.compile(
    r"(?i)^(.*[_-])?(api[_-]?key|key|token|secret|password|passwd|signature|sig|auth|credential)s?$"
)


def redacted(url: str) -> str:
    """`url` without user, password and the values of query parameters that are named like secrets."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(unreadable url)"  # what cannot be taken apart cannot be shown safely either
    return parts._replace(netloc=_address(parts), query=_query(parts.query)).geturl()


def with_params(url: httpx.URL, params: Mapping[str, str]) -> httpx.URL:
    """`url` with `params` added; what its query holds stays byte for byte (httpx would re-encode it)."""
    added = urlencode(params).encode()
    return url.copy_with(query=b"&".join(part for part in (url.query, added) if part)) if params else url


def _address(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _query(query: str) -> str:
    """Only what is secret changes: a recorded url must stay the one that was asked for."""
    pairs = (pair.partition("=") for pair in query.split("&"))
    return "&".join(
        f"{name}={MASK}" if SECRET_NAMES.match(name) else name + eq + value for name, eq, value in pairs
    )
