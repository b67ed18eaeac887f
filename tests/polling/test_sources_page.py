"""docs/sources.md says what the registry says."""

from __future__ import annotations

from pathlib import Path

from terraloom.polling.sources_page import page
from terraloom.sources import registry

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"


def test_the_page_of_sources_is_the_one_made_from_the_registry() -> None:
    made = page(registry())
    assert PAGE.read_text(encoding="utf-8") == made, "run: terraloom sources docs > docs/sources.md"
