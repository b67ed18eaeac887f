"""The sources and tests that docs/add-a-source.md shows, run as they stand there."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "add-a-source.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
SHOWN = list(zip(BLOCKS[::2], BLOCKS[1::2], strict=True))  # a source, then its test


@pytest.mark.parametrize(("source", "test"), SHOWN, ids=["table", "class", "hazards"])
def test_a_shown_source_passes_its_shown_test(
    source: str, test: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(name: str, code: str) -> dict[str, Any]:
        module = ModuleType(name)
        monkeypatch.setitem(sys.modules, name, module)
        exec(compile(code, f"{PAGE.name}: {name}", "exec"), module.__dict__)
        return module.__dict__

    run(re.findall(r"^from (acme_\w+) import", test, re.MULTILINE)[0], source)
    tests = [what for name, what in run("shown_test", test).items() if name.startswith("test_")]
    assert tests
    for one in tests:
        one()
