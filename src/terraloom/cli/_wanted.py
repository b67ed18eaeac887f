"""Which values and stations a command is about: the options, and the checks of the API on them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, TypeVar

import typer
from pydantic import BaseModel, ValidationError

from terraloom.config import load
from terraloom.errors import ConfigError, RecordError
from terraloom.observations.wanted import Resolution, Wanted
from terraloom.runtime import Runtime, open_runtime

Q = TypeVar("Q", bound=BaseModel)

Metrics = Annotated[list[str] | None, typer.Option("--metric", help="A metric's id; repeatable.")]
Stations = Annotated[list[str] | None, typer.Option("--station", help="agency/code; repeatable.")]
Bbox = Annotated[str | None, typer.Option(help="west,south,east,north; west > east crosses the dateline.")]
Since = Annotated[str | None, typer.Option(help="At or after, ISO 8601; UTC without an offset.")]
Until = Annotated[str | None, typer.Option(help="Before.")]
Each = Annotated[Resolution, typer.Option("--resolution", help="As given, or by UTC hour or day.")]
Qualities = Annotated[
    list[str] | None,
    typer.Option("--quality", help="good out_of_range wrong_unit suspect withdrawn; repeatable."),
]
Agencies = Annotated[list[str] | None, typer.Option("--agency", help="Of these agencies; repeatable.")]
Text = Annotated[str, typer.Option("--text", help="In title or id.")]
Most = Annotated[int, typer.Option(min=1, max=10_000, help="Most rows listed.")]


def wanted(
    metric: list[str] | None,
    station: list[str] | None,
    bbox: str | None,
    since: str | None,
    until: str | None,
    resolution: Resolution,
    quality: list[str] | None,
) -> Wanted:
    """The filters of the API, with its checks. Raises `ConfigError` that names the option."""
    from terraloom.serve.observation_query import ObservationQuery

    asked = checked(
        ObservationQuery,
        metric=metric,
        station=station,
        bbox=bbox,
        since=since,
        until=until,
        resolution=resolution,
        quality=quality,
    )
    return asked.wanted()


def checked(kind: type[Q], **given: Any) -> Q:
    try:
        return kind.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        message = first["msg"].removeprefix("Value error, ")
        option = f"--{first['loc'][0]}" if first["loc"] else "options"
        raise ConfigError(option, first["input"], message) from error


@contextmanager
def asking() -> Iterator[Runtime]:
    """The record, to be asked; what is asked wrongly is named as the option it came from."""
    try:
        with open_runtime(load()) as runtime:
            yield runtime
    except RecordError as error:
        raise ConfigError(f"--{error.field}", error.got, error.expected) from error
