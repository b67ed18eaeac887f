"""`docs/sources.md`, made from the registry."""

from __future__ import annotations

from collections.abc import Mapping

from terraloom.sources import Source, SourceInfo

HEAD = """\
# Sources

This page is made by `terraloom sources docs > docs/sources.md`; a test fails when it no longer says what the
registry says. A source is one file in a folder of `src/terraloom/sources/`; other packages add theirs
through the entry-point group `terraloom.sources`. What a source says of itself
can be overridden in `terraloom.yaml`:

```yaml
sources:
  usgs-earthquakes-hour:
    every: 30s        # time between two polls
    enabled: true     # whether it is polled without being asked for
    rate_per_minute: 20
    credential: name  # of a credential set by `terraloom auth set`
```

Each source has its own grid of poll times, offset by a part of its interval that is made from its id, so
that not all fire at once. However many workers run, a slot is polled once. After downtime there is one poll,
not one per slot that passed: these feeds answer with what they hold now. Slots without a poll are counted
and logged.

Sources marked "on request" are polled only when asked for: `terraloom poll ID`, or
`terraloom sources trigger ID`.

| id | what | provider | every | licence |
| --- | --- | --- | --- | --- |
"""


def page(sources: Mapping[str, Source]) -> str:
    """The whole page: a table of all sources, and a paragraph for each."""
    infos = [source.info for source in sources.values()]
    rows = "".join(_row(info) for info in infos)
    return HEAD + rows + "".join(_paragraph(source) for source in sources.values())


def _row(info: SourceInfo) -> str:
    every = info.every if info.enabled else "on request"
    cells = (f"[{info.id}](#{info.id})", info.title, info.provider, every, info.licence)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _paragraph(source: Source) -> str:
    info = source.info
    lines = [f"\n## {info.id}\n", f"{info.title} ({info.provider}). <{info.url}>\n"]
    about = (type(source).__doc__ or "").strip()
    if about:
        lines.append("\n".join(line.strip() for line in about.splitlines()) + "\n")
    facts = {
        "interval": info.every,
        "ids of": info.agency,
        "licence": info.licence,
        "cite as": info.citation,
        "home page": f"<{info.homepage}>" if info.homepage else "",
        "time resolution": f"{info.time_resolution_s:g} s",
        "position error": f"{info.position_error_km:g} km" if info.position_error_km else "",
        "requests": f"at most {info.rate_per_minute:g} a minute",
        "credential": info.credential,
    }
    lines.append("\n".join(f"- {name}: {value}" for name, value in facts.items() if value) + "\n")
    return "\n".join(lines)
