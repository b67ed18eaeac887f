"""Databases of a test server."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

import psycopg


def make_url(cluster: str, name: str) -> str:
    """The url of another database of the same server."""
    return urlunsplit(urlsplit(cluster)._replace(path=f"/{name}"))


def create_database(cluster: str, name: str, template: str = "template1") -> str:
    """Make a database; returns its url."""
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return make_url(cluster, name)


def drop_database(cluster: str, name: str) -> None:
    """Drop a database, whoever is still connected."""
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
