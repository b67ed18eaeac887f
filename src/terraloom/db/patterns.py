"""Patterns for ILIKE."""

from __future__ import annotations

import re


def containing(text: str) -> str | None:
    """A pattern for what contains `text`, taken literally; None for the empty text, which everything does."""
    escaped = re.sub(r"([\\%_])", r"\\\1", text)
    return f"%{escaped}%" if text else None
