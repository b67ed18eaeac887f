"""The pages people read. Each has its JSON at the same address: ``.json``, or by the Accept header."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).parent / "static"

router = APIRouter(include_in_schema=False)


def mount_static(app: FastAPI) -> None:
    """Serve the style sheet and, where they are built, the browser bundles."""
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
