"""How every listing is printed: a table for people, or with ``--json`` the same fields for machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON with stable field names.")]


def show_rows(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool) -> None:
    """Print rows; a table shows only `columns`, JSON all fields as one array."""
    if as_json:
        return show_json(list(rows))
    table = Table(*columns, box=None, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    table.columns[0].no_wrap = True  # what other commands take as their argument
    for row in rows:
        table.add_row(*(escape(_text(row.get(column))) for column in columns))
    Console().print(table)
    return None


def show_text(text: str) -> None:
    """Print a sentence, broken between words where the terminal ends."""
    Console().print(text, markup=False, highlight=False)


def show_json(value: object) -> None:
    """Print one JSON value; structs, times and UUIDs become what JSON has for them."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, float):
        return f"{value:.5f}".rstrip("0").rstrip(".")
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    return str(value)
