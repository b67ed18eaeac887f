"""What kinds share: their parameters, which are text, and an answer in which a status is told apart."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from msgspec.structs import replace

from terraloom.backfill.jobs import Campaign, Job, Window
from terraloom.errors import ConfigError, FetchError
from terraloom.fetching.failures import Failure, Reason
from terraloom.records import Payload
from terraloom.sources.base import Fetcher

Parameters = Mapping[str, str]


def only(given: Parameters, names: Collection[str], *, needed: Collection[str] = ()) -> None:
    """Raise `ConfigError` where a parameter is none of `names`, or one that is needed is missing or empty."""
    if unknown := sorted(given.keys() - set(names)):
        raise ConfigError("parameters", unknown, f"only {', '.join(names)}")
    for name in needed:
        if not given.get(name):
            raise ConfigError(f"parameters.{name}", given.get(name), "a value: this kind needs it")


def whole(given: Parameters, name: str, default: int, *, least: int = 1) -> int:
    """A whole number, `least` or more. Raises `ConfigError`."""
    text = given.get(name, str(default))
    if not (text.isascii() and text.isdigit() and int(text) >= least):
        raise ConfigError(f"parameters.{name}", text, f"a whole number, {least} or more")
    return int(text)


def yes(given: Parameters, name: str, default: bool) -> bool:
    """Raises `ConfigError` for what is neither yes nor no."""
    text = given.get(name, "yes" if default else "no")
    if text not in ("yes", "no"):
        raise ConfigError(f"parameters.{name}", text, "yes or no")
    return text == "yes"


def items(campaign: Campaign) -> Iterator[Campaign]:
    """
    A campaign for each of the parameter `items`, which stands in its parameters as `item` and ends its
    series; the campaign itself where there are none. Raises `ConfigError` where the address has no place.
    """
    named = campaign.parameters.get("items", "").split()
    if ("{item}" in campaign.parameters["address"]) != bool(named):
        raise ConfigError("parameters.items", named, "items if, and only if, the address has {item}")
    own = {name: value for name, value in campaign.parameters.items() if name != "items"}
    for item in named:
        series = "/".join(filter(None, (campaign.series, item)))
        yield replace(campaign, series=series, parameters=own | {"item": item})
    if not named:
        yield campaign


def job_of(campaign: Campaign, address: str, window: Window | None = None) -> Job:
    """
    A job of a campaign that asks this address. What is asked for as a whole is a series of its own: it would
    otherwise hide, in the ledger, what a live feed has missed.
    """
    return Job(
        kind=campaign.kind,
        source=campaign.source,
        host=urlsplit(address).hostname or "",
        series=campaign.series or ("" if window else "whole"),
        window=window,
        parameters=campaign.parameters,
        priority=campaign.priority,
    )


def window_of(job: Job) -> Window:
    """The window of a job of a kind that has no others. Raises `ConfigError`."""
    if job.window is None:
        raise ConfigError("job.window", None, "a span of time")
    return job.window


def filled(address: str, window: Window | None, item: str = "") -> str:
    """
    An address with what it leaves open: ``{start}``, ``{end}`` (ISO 8601), ``{year}``, ``{yy}``, ``{month}``,
    ``{day}`` (of the window's start) and ``{item}``. Other braces stay.
    """
    marks = {"{item}": item}
    if window is not None:
        start = window.start
        marks |= {"{start}": written(start), "{end}": written(window.end), "{year}": f"{start:%Y}"}
        marks |= {"{yy}": f"{start:%y}", "{month}": f"{start:%m}", "{day}": f"{start:%d}"}
    for mark, text in marks.items():
        address = address.replace(mark, text)
    return address


def written(moment: datetime) -> str:
    """``2020-01-31T06:00:00Z``."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def broke_off(error: FetchError, *reasons: Reason) -> bool:
    """Whether a fetch failed for one of these reasons."""
    return isinstance(error.__cause__, Failure) and error.__cause__.reason in reasons


async def get(
    fetcher: Fetcher, url: str, *, params: Parameters | None = None, told: Collection[int] = ()
) -> Payload:
    """An answer in full; one with a status in `told` too. Raises `FetchError`, also for none at all."""
    payload = await fetcher.get(url, params=dict(params or {}), conditional=False, accept_status=told)
    if payload is None:
        raise FetchError(url, "an empty answer, expected a body", 204)
    return payload
