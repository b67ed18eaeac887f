"""Values on their way into the database: what arrives is what was given."""

from __future__ import annotations

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terraloom.db import bulk

TEXTS = st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(TEXTS)
def test_texts_arrive_as_they_were(database_url: str, texts: list[str]) -> None:
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT %s::text[]", [bulk.text_array(texts)]).fetchone()
    assert row == (texts,)


def test_quotes_braces_and_nothing_are_texts_too(database_url: str) -> None:
    texts = ['"', "\\", "{a,b}", "NULL", "", 'a\\"b', " "]
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT %s::text[]", [bulk.text_array(texts)]).fetchone()
    assert row == (texts,)
