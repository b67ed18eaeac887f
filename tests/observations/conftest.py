"""A connection to a fresh database, in a time zone that nothing may depend on; a folder for cold files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from terraloom.archive.objects import Objects


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection[Any]]:
    with psycopg.connect(database_url) as found:
        found.execute("SET timezone = 'Asia/Kathmandu'")
        yield found


@pytest.fixture
def store(tmp_path: Path) -> Objects:
    return Objects.open_at(tmp_path / "store", fsync=False)
