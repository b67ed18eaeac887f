"""A connection to a fresh database, in a time zone that nothing may depend on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import Connection


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection[Any]]:
    with psycopg.connect(database_url) as found:
        found.execute("SET timezone = 'Asia/Kathmandu'")
        yield found
