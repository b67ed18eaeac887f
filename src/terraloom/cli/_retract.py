"""`terraloom observations retract`: values that an operator takes back."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from terraloom.cli._show import AsJson, show_json
from terraloom.cli._wanted import asking, checked


def retract(
    metric: Annotated[str, typer.Option(help="A metric's id.")],
    station: Annotated[str, typer.Option(help="agency/code.")],
    since: Annotated[str, typer.Option(help="At or after, ISO 8601; UTC without an offset.")],
    until: Annotated[str, typer.Option(help="Before.")],
    reason: Annotated[str, typer.Option(help="Why; kept with the decision.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say how many there are.")] = False,
    as_json: AsJson = False,
) -> None:
    """Withdraw values of one series. They stay withdrawn, also after a rebuild: there is no way back."""
    from terraloom.serve.retractions import Retraction, foreseen
    from terraloom.serve.retractions import retract as take_back

    given = {"metric": metric, "station": station, "since": since, "until": until, "reason": reason}
    said = checked(Retraction, **given).said(getpass.getuser())
    with asking() as runtime:
        if yes:
            done = take_back(runtime, said, now=datetime.now(UTC))
            return show_json(done.model_dump()) if as_json else typer.echo(f"{done.withdrawn} withdrawn")
        count = foreseen(runtime, said)
    if as_json:
        return show_json({"would_withdraw": count})
    return typer.echo(f"{count} values would be withdrawn. Repeat with --yes to do it.")
