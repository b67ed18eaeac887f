"""Run the benchmarks: `python -m benchmarks [NAME …]`, all of `NAMES` without one."""

from __future__ import annotations

import importlib
import sys

from rich.console import Console

from benchmarks.machine import describe

NAMES = ("ingestion", "latency", "growth", "observations", "pages", "wspr", "census", "queue")


def main(names: list[str]) -> int:
    console = Console()
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        console.print(f"no such benchmark: {', '.join(unknown)} (there are {', '.join(NAMES)})")
        return 2
    console.print(describe(), style="dim", highlight=False)
    for name in names or NAMES:
        importlib.import_module(f"benchmarks.{name}").run(console)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
