"""
The pages say what the program does: commands, options and links are there on both sides.

That every source and setting is described is tested where those pages are made.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from terraloom.cli import build
from terraloom.sources import registry

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`(terraloom [^`]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?)\s*$", re.MULTILINE)
ELSEWHERE = re.compile(r"[a-z]+:")


@cache
def tree() -> TyperGroup:
    """The commands that there are."""
    command = typer.main.get_command(build())
    assert isinstance(command, TyperGroup)
    return command


def commands(group: TyperGroup, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


def written(page: Path) -> Iterator[str]:
    """Each `terraloom …` on a page: prompts in console blocks, lines of shell blocks, code spans."""
    text = page.read_text(encoding="utf-8")
    for language, block in FENCE.findall(text):
        for line in block.splitlines():
            if language == "console" and line.startswith("$ terraloom"):
                yield line[2:]
            elif language in ("sh", "bash"):
                yield from (part.strip() for part in line.split(";") if part.strip().startswith("terraloom "))
    yield from (" ".join(span.split()) for span in SPAN.findall(FENCE.sub("", text)))


def mentions() -> list[tuple[str, str]]:
    return [(str(page.relative_to(ROOT)), line) for page in PAGES for line in written(page)]


def named() -> set[tuple[str, ...]]:
    """The commands that pages name, apart from those that do not exist."""
    found = set()
    for _, line in mentions():
        with suppress(KeyError):
            found.add(resolved(line)[1])
    return found


def words(line: str) -> list[str]:
    """A command line without comment, redirection, pipe and the program's name."""
    found = shlex.split(line, comments=True)[1:]
    ends = [n for n, word in enumerate(found) if word in (">", "|", "&&", "<")]
    return found[: min(ends, default=len(found))]


def resolved(line: str) -> tuple[Any, tuple[str, ...], list[str]]:
    """The command that a line names, its path, the words after it. Raises KeyError where there is none."""
    command: Any = tree()
    path: list[str] = []
    rest = words(line)
    while isinstance(command, TyperGroup) and rest and not rest[0].startswith("-"):
        path.append(rest.pop(0))
        command = command.commands[path[-1]]
    return command, tuple(path), rest


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in HEADING.findall(text)}


@pytest.mark.parametrize(("page", "line"), mentions())
def test_every_command_on_a_page_exists_with_its_options(page: str, line: str) -> None:
    command, path, rest = resolved(line)
    known = {option for parameter in command.params for option in parameter.opts + parameter.secondary_opts}
    used = {word.partition("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
    assert used <= known | {"--help"}, f"{page}: {' '.join(path)} has no {used - known}"


@pytest.mark.parametrize("path", list(commands(tree())), ids=" ".join)
def test_every_command_is_on_a_page(path: tuple[str, ...]) -> None:
    assert path in named()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for link in (link for link in LINK.findall(text) if not ELSEWHERE.match(link)):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_page_is_in_the_index() -> None:
    for folder in (ROOT / "docs", ROOT / "docs" / "decisions"):
        index = (folder / "README.md").read_text(encoding="utf-8")
        missing = [
            page.name for page in folder.glob("*.md") if page.name not in (*LINK.findall(index), "README.md")
        ]
        assert not missing


def test_decisions_have_numbers_of_their_own() -> None:
    numbers = [page.name[:4] for page in (ROOT / "docs" / "decisions").glob("[0-9]*.md")]
    assert len(numbers) == len(set(numbers))


def test_the_readme_says_how_many_sources_there_are() -> None:
    assert f"{len(registry())} feeds" in (ROOT / "README.md").read_text(encoding="utf-8")
