"""What became of payloads, source by source, as a table that fits 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.table import Table

COLUMNS = {  # field -> heading, short enough for 80 columns
    "payloads": "files",
    "records": "records",
    "rejected": "bad",
    "created": "new",
    "correlated": "joined",
    "updated": "updated",
    "duplicate": "same",
    "stale": "stale",
}
LEGEND = (
    "new: a hazard that nobody had reported   joined: to another agency's event\n"
    "updated: a newer version   same: said before   stale: older than what is known\n"
    "bad: cannot be read, kept in quarantine with the reason"
)


def show_counts(totals: Mapping[str, Mapping[str, int]]) -> None:
    """Print the counts of each source, their sum, and what the headings mean."""
    table = Table(box=None, header_style="bold", footer_style="bold", show_footer=True, padding=(0, 1, 0, 0))
    table.add_column("source", footer="total", no_wrap=True)
    for field, heading in COLUMNS.items():
        table.add_column(heading, footer=_sum(totals.values(), field), justify="right", no_wrap=True)
    for source in sorted(totals):
        table.add_row(source, *(_number(totals[source].get(field, 0)) for field in COLUMNS))
    console = Console()
    console.print(table)
    console.print(LEGEND, style="dim", highlight=False)


def _sum(totals: Iterable[Mapping[str, int]], field: str) -> str:
    return _number(sum(total.get(field, 0) for total in totals))


def _number(value: int) -> str:
    return str(value) if value else "-"  # what is not zero catches the eye
