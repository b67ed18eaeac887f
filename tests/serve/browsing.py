"""A real browser on the pages, and what it finds wrong with them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
BUNDLE = ROOT / "src/terraloom/serve/static/build/home.js"
AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const e of list.getEntries()) if (!e.hadRecentInput)
    window.shifts.push([e.value, ...e.sources.map((s) => s.node?.className || s.node?.nodeName)]);
}).observe({ type: "layout-shift", buffered: true });
"""


@contextmanager
def browser() -> Iterator[Browser]:
    """The system's Chromium; the test is skipped where there is none, or no bundle."""
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}")
    if not BUNDLE.exists():
        pytest.skip("the browser bundle is not built: npm ci && npm run build in frontend")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


def watch(tab: Page) -> list[str]:
    """Everything that goes wrong in the tab from now on."""
    problems: list[str] = []
    tab.on("console", lambda said: problems.append(said.text) if said.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: problems.append(str(error)))
    return problems


def too_wide(tab: Page) -> bool:
    """Whether the page can be scrolled sideways."""
    return bool(tab.evaluate("document.documentElement.scrollWidth > innerWidth"))


def barriers(tab: Page) -> list[str]:
    """What axe-core finds against WCAG 2.1 A and AA: rule, element, reason."""
    if not AXE.exists():
        pytest.skip(f"axe-core is not installed: {AXE}")
    tab.evaluate(AXE.read_text())  # not as a script element, which the policy of the pages forbids
    found: dict[str, Any] = tab.evaluate(
        "(rules) => axe.run(document, { runOnly: rules, resultTypes: ['violations'] })", RULES
    )
    return [
        f"{one['id']}: {node['target']} {node['failureSummary'].splitlines()[-1].strip()}"
        for one in found["violations"]
        for node in one["nodes"][:3]
    ]


def screenshots(fallback: Path) -> Path:
    """Where pictures go: `TERRALOOM_SCREENSHOTS`, outside the repository, or a folder of the test's own."""
    folder = Path(os.environ.get("TERRALOOM_SCREENSHOTS", fallback))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
