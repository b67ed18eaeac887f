"""`terraloom doctor`: what is installed, reachable, missing, and what to do."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.markup import escape

from terraloom.cli._show import AsJson, show_json
from terraloom.config import load
from terraloom.config_report import check
from terraloom.doctor import Finding, examine

MARKS = {"ok": "[green]ok  [/]", "warning": "[yellow]warn[/]", "failure": "[red]FAIL[/]"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(as_json: AsJson = False) -> None:
    """Look at everything Terraloom needs. Exit status 1 where something fails."""
    found = _findings()
    if as_json:
        show_json(found)
    else:
        _print(found)
    if any(finding.state == "failure" for finding in found):
        raise typer.Exit(1)


def _findings() -> list[Finding]:
    wrong = check()
    if wrong:
        todo = "correct the file or the environment: terraloom config path"
        return [Finding(check="config", state="failure", found=str(error), todo=todo) for error in wrong]
    settings = load()
    file = str(settings.config_file or "no file; defaults and environment")
    return [Finding(check="config", state="ok", found=file), *examine(settings)]


def _print(found: list[Finding]) -> None:
    console = Console(soft_wrap=True)
    for finding in found:
        console.print(f"{MARKS[finding.state]} {finding.check:<22} {escape(finding.found)}", highlight=False)
        if finding.todo:
            console.print(f"{'':<28}→ {escape(finding.todo)}", highlight=False)
