"""What became of payloads, source by source, as tables that fit 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.table import Table

# Field -> heading, short enough for 80 columns. All after "records" add up to it.
HAZARDS = {
    "payloads": "files",
    "records": "records",
    "rejected": "bad",
    "created": "new",
    "correlated": "joined",
    "updated": "updated",
    "retracted": "gone",
    "duplicate": "same",
    "stale": "stale",
}
VALUES = {
    "payloads": "files",
    "records": "records",
    "rejected": "bad",
    "observed": "new",
    "revised": "revised",
    "withdrawn": "gone",
    "duplicate": "same",
}
HAZARDS_LEGEND = (
    "new: a hazard that nobody had reported   joined: to another agency's event\n"
    "updated: a newer version   gone: taken back   same: said before   stale: older than what is known"
)
VALUES_LEGEND = "new: a value where none was   revised: another than was said   gone: taken back"
BAD = "bad: cannot be read, kept in quarantine with the reason"


def show_counts(totals: Mapping[str, Mapping[str, int]]) -> None:
    """Print the counts of each source that reports hazards, of each that measures, and their sums."""
    measuring = _measuring()
    parts = (
        ({s: t for s, t in totals.items() if s not in measuring}, HAZARDS, HAZARDS_LEGEND),
        ({s: t for s, t in totals.items() if s in measuring}, VALUES, VALUES_LEGEND),
    )
    console = Console()
    for part, columns, legend in parts:
        if part:
            console.print(_table(part, columns))
            console.print(legend, style="dim", highlight=False)
    console.print(BAD, style="dim", highlight=False)


def _measuring() -> set[str]:
    from terraloom.records import Observation
    from terraloom.sources import registry

    return {source.info.id for source in registry().values() if source.info.emits is Observation}


def _table(totals: Mapping[str, Mapping[str, int]], columns: Mapping[str, str]) -> Table:
    table = Table(box=None, header_style="bold", footer_style="bold", show_footer=True, padding=(0, 1, 0, 0))
    table.add_column("source", footer="total", no_wrap=True)
    for field, heading in columns.items():
        table.add_column(heading, footer=_sum(totals.values(), field), justify="right", no_wrap=True)
    for source in sorted(totals):
        table.add_row(source, *(_number(totals[source].get(field, 0)) for field in columns))
    return table


def _sum(totals: Iterable[Mapping[str, int]], field: str) -> str:
    return _number(sum(total.get(field, 0) for total in totals))


def _number(value: int) -> str:
    return str(value) if value else "-"  # what is not zero catches the eye
