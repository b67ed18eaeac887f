"""Write the pages of `docs/` that are made from the code; a test fails where they have drifted."""

from __future__ import annotations

from pathlib import Path

from terraloom.config_report import configuration_page

DOCS = Path(__file__).parents[1] / "docs"

if __name__ == "__main__":
    (DOCS / "configuration.md").write_text(configuration_page(), encoding="utf-8")
