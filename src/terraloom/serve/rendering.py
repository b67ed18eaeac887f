"""Fill the templates. Everything that comes from data is escaped; nothing is ever marked as safe."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse

from terraloom.serve import figures, words
from terraloom.serve.answers import GEOJSON, JSON

STATIC = Path(__file__).parent / "static"
BUNDLE = STATIC / "build" / "home.js"

SHAPES = {
    "EQ": "M9 0A9 9 0 1 1-9 0 9 9 0 1 1 9 0z",
    "TC": "M0-4.6A4.6 4.6 0 1 1 0 4.6 4.6 4.6 0 0 1 0-4.6z"
    "M8.6-.5C9-7 3-11-5.5-10.5-1-9.4 2.5-8 4-6 6.4-4 7.4-2.4 8.6-.5z"
    "M-8.6.5C-9 7-3 11 5.5 10.5 1 9.4-2.5 8-4 6-6.4 4-7.4 2.4-8.6.5z",
    "FL": "M-10-1C-7-6-3-6 0-3 3 0 7 0 10-4V9H-10z",
    "VO": "M-3.6-9L0-6 3.6-9 10.5 9H-10.5z",
    "WF": "M1-11C2-6 8-4 8 3A8 8 0 0 1-8 3C-8-1-5-3-4-7-2-6-1-5-1-3 1-5 1-8 1-11z",
    "DR": "M0-11 2.5-5 8-8 5-2.5 11 0 5 2.5 8 8 2.5 5 0 11-2.5 5-8 8-5 2.5-11 0-5-2.5-8-8-2.5-5z",
    "TS": "M-11 8C-9-4-1-11 10-8 4-7 2-2 5 1 7 3 10 3 11 2V8z",
    "LS": "M-10-9L10 9H-10z",
    "SW": "M3-11L-8 2H-1L-3 11 8-3H1z",
    "OT": "M0-9.5L9.5 0 0 9.5-9.5 0z",
}

FILTERS = (
    "ago began doubt iso km levels near number people safe_url second_after signed_time span "
    "strongest_first summary surroundings under utc"
).split()
FIGURES = "bars count measured spark unit".split()


@cache
def environment() -> Environment:
    """The templates, strict about names and escaping everything."""
    found = Environment(
        loader=PackageLoader("terraloom.serve"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in FILTERS:
        found.filters[name] = getattr(words, name)
    for name in FIGURES:
        found.filters[name] = getattr(figures, name)
    found.globals |= {"shapes": SHAPES, "types": words.TYPES, "conditions": words.CONDITIONS}
    return found


def page(request: HTTPConnection, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A filled template as a reply. It depends on the address and the record alone, for pages are kept."""
    shared = {
        "simulated": request.app.state.runtime.settings.simulated,
        "bundle": _version(BUNDLE),
        "style": _version(STATIC / "style.css"),
        "here": request.url.path,
        "origin": f"{request.url.scheme}://{request.url.netloc}",
        "asked": request.url.query,
        "now": request.app.state.clock(),
        "speed": request.app.state.speed(),
    }
    body = environment().get_template(template).render(shared | values | {"status": status})
    return HTMLResponse(body, status, {"Cache-Control": "no-cache", "Vary": "Accept"})


def wants_json(request: HTTPConnection) -> bool:
    """Whether the client asks for data: it accepts JSON and says nothing of HTML."""
    accepted = request.headers.get("accept", "")
    return "text/html" not in accepted and (JSON in accepted or GEOJSON in accepted)


def wants_html(request: HTTPConnection) -> bool:
    """Whether a person in a browser asks, at an address that is not the API's."""
    path = request.url.path
    return "text/html" in request.headers.get("accept", "") and not path.startswith(
        ("/api/", "/v1/", "/static/")
    )


def _version(path: Path) -> str:
    """A stamp of a file for its address; empty when it is absent."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return ""
    return hashlib.blake2b(f"{stat.st_mtime_ns}{stat.st_size}".encode(), digest_size=6).hexdigest()
