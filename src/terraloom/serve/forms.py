"""One address, three forms: a page, its data as JSON, its rows as CSV. By suffix, or by the Accept header."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeVar

from fastapi import APIRouter, Request, Response

from terraloom.serve.answers import etag, known_tags
from terraloom.serve.rendering import wants_json
from terraloom.serve.words import iso

Form = Literal["html", "json", "csv"]
CSV = "text/csv"
Handler = TypeVar("Handler", bound=Callable[..., Any])


def in_forms(router: APIRouter, path: str, *forms: str) -> Callable[[Handler], Handler]:
    """Register a page at `path` and at `path.json`, `path.csv`; first, else a parameter takes them in."""

    def register(handler: Handler) -> Handler:
        for suffix in (*(f".{form}" for form in forms), ""):
            router.add_api_route(path + suffix, handler, methods=["GET"], response_model=None)
        return handler

    return register


def form_of(request: Request) -> Form:
    """What is asked for at this address."""
    path, accepted = request.url.path, request.headers.get("accept", "")
    if path.endswith(".csv") or (CSV in accepted and "text/html" not in accepted):
        return "csv"
    return "json" if path.endswith(".json") or wants_json(request) else "html"


def as_csv(request: Request, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """Rows under a line of names; times in ISO 8601, lists joined by spaces, nothing as empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(value) for value in row] for row in rows)
    body = text.getvalue().encode()
    headers = {"ETag": etag(body), "Cache-Control": "no-cache", "Vary": "Accept"}
    if headers["ETag"] in known_tags(request):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=f"{CSV}; charset=utf-8", headers=headers)


def rows_as_csv(request: Request, rows: Sequence[Any], names: Sequence[str]) -> Response:
    """Some fields of rows."""
    return as_csv(request, names, ([_field(row, name) for name in names] for row in rows))


def _field(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, Mapping) else getattr(row, name)


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return "" if value is None else value


def address(path: str, suffix: str, query: str) -> str:
    """The same view in another form: its path with a suffix, and its query."""
    return f"{path}{suffix}" + (f"?{query}" if query else "")
