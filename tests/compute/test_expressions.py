"""Expressions say what they mean, and nothing beyond what is allowed gets through."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terraloom.compute import expressions
from terraloom.compute.measure_texts import measure
from terraloom.compute.spec import understood
from terraloom.errors import ConfigError


@pytest.mark.parametrize(
    "text",
    [
        "read_text('/etc/passwd')",
        "getenv('HOME')",
        "a.b",
        "a[0]",
        "(SELECT 1)",
        "lambda: 1",
        "f'{a}'",
        "[x for x in a]",
        "upper(*a)",
        "upper(a=1)",
        "col(a)",
        "__import__('os')",
        "x := 1",
        "a ** 2",
        "1e999",
        "'a\\0b'",
        "b'bytes'",
        "hour(",
        "in in",
    ],
)
def test_what_is_not_allowed_is_refused_by_name(text: str) -> None:
    with pytest.raises(ConfigError, match="expected"):
        expressions.sql(text)


@given(st.text())
def test_any_text_is_a_text_and_nothing_else(text: str) -> None:
    if "\0" in text or not text.isprintable():
        return
    [(found,)] = duckdb.execute(f"SELECT {expressions.sql(repr(text))}").fetchall()
    assert found == text


@given(st.text(min_size=1))
def test_any_name_is_a_column_and_nothing_else(name: str) -> None:
    if "\0" in name or not name.isprintable():
        return
    node = expressions.parse(f"col({name!r}) + 1")
    assert expressions.columns(node) == {name}
    assert expressions.of(node) == f"({expressions.quoted(name)} + 1)"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7 // 2 + 7 % 2", 4),
        ("- -3", 3),
        ("1 < 2 < 3 and not 3 in (1, 2)", True),
        ("'a' if None is None else 'b'", "a"),
        ("coalesce(None, upper(left('jo31ab', 2)))", "JO"),
        ("hour_of(time('2020-03-05 12:34:56')) == time('2020-03-05 12:00')", True),
    ],
)
def test_expressions_mean_what_they_say(text: str, value: Any) -> None:
    assert duckdb.execute(f"SELECT {expressions.sql(text)}").fetchall() == [(value,)]


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"measures": {"n": "count()"}, "grouped": ["a"]}, "grouped"),
        ({"tables": {}}, "tables"),
        ({"measures": {"n": "average(a)"}}, "average"),
        ({"measures": {"n": "sum()"}}, "1 arguments"),
        ({"measures": {"n": "quantile(a, 2)"}}, "share"),
        ({"measures": {"n": "histogram(a, 0, 10, 0)"}}, "width"),
        ({"measures": {"n": "top(0, a)"}}, "1 to 1000"),
        ({"measures": {"a": "sum(a)"}, "by": ["a"]}, "a name that is not grouped by"),
        ({"measures": {"n": "count()"}, "order": ["m"]}, "columns of the result"),
        ({"tables": {"../up": {"measures": {"n": "count()"}}}}, "a file's"),
        ({"measures": {"n": "count()"}, "columns": {"a": "BLOB"}}, "integer"),
        ("text", "object"),
    ],
)
def test_a_wrong_spec_says_what_is_wrong(spec: Any, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        understood(spec)


def test_columns_of_a_measure_are_those_it_reads() -> None:
    assert measure("top(3, km + 1, tx, col('rx sign'))").reads == {"km", "tx", "rx sign"}
    assert understood({"where": "a > 1", "by": ["hour(b)"], "measures": {"n": "sum(c)"}}).reads == (
        "a",
        "b",
        "c",
    )
