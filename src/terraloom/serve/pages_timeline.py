"""`/timeline`: many metrics over one axis of time, with what happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
from fastapi import APIRouter, Depends, Request, Response
from msgspec import Struct

from terraloom.caches.timeline import Line, Timeline
from terraloom.serve import reads
from terraloom.serve.access import Reading, may_read, now
from terraloom.serve.answers import reply
from terraloom.serve.failures import ApiError
from terraloom.serve.forms import as_csv, form_of, in_forms
from terraloom.serve.rendering import page

router = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)])

POINTS = 1500  # of a line in one reply: about as many as a screen has columns
EVENTS = 120
LINES = 60  # at a time
SPANS = {
    "30d": ("30 days", 30),
    "1y": ("1 year", 365),
    "5y": ("5 years", 5 * 365),
    "20y": ("20 years", 20 * 365),
    "": ("everything", 0),
}
FIRST_SPAN = "1y"
CHOSEN = (
    "planetary_k_index dst_index solar_wind_speed interplanetary_magnetic_field_z solar_xray_flux_long "
    "proton_flux_above_10mev solar_radio_flux_10_7cm sunspot_number_swpc electron_flux_above_2mev "
    "auroral_hemispheric_power mole_fraction_of_carbon_dioxide_in_air mole_fraction_of_methane_in_air "
    "surface_temperature_anomaly sea_ice_extent oceanic_nino_index north_atlantic_oscillation_index "
    "arctic_oscillation_index pacific_decadal_oscillation_index global_average_sea_level_change "
    "sea_surface_temperature sea_surface_wave_significant_height air_temperature "
    "air_pressure_at_mean_sea_level wind_speed lwe_thickness_of_precipitation_amount "
    "mass_concentration_of_pm2p5_ambient_aerosol_particles_in_air mass_concentration_of_ozone_in_air "
    "ambient_dose_equivalent_rate active_fire_detections water_volume_transport_in_river_channel "
    "total_electron_content wspr_spots fireball_impact_energy rocket_launches drought_d2_area_share"
).split()
"""Shown unless others are asked for: what tells most of the planet's state. Where the record has few of
them, its longest lines fill up to `LEAST`."""
LEAST = 24


class Strip(Struct, frozen=True, kw_only=True):
    """One line over the asked-for days: a value for every `step` days, null where there is none."""

    metric: str
    title: str
    unit: str
    field: str
    aggregate: str
    values: list[float | None]
    low: float
    high: float
    last: float


@in_forms(router, "/timeline", "json", "csv")
def timeline(request: Request, connection: Reading) -> Response:
    """Lines of metrics over the days `from` .. `to`, thinned to what a screen can show, and strong events."""
    whole: Timeline = request.app.state.shelf.timeline
    metrics = request.query_params.getlist("metric")
    first, last = days_of(request, whole.lines, now(request).date())
    lines = chosen_lines(whole, metrics, first, last)
    step = max(1, -(-(last - first).days // POINTS))
    strips = [strip for line in lines if (strip := strip_of(line, first, last, step))]
    form = form_of(request)
    if form == "csv":
        return as_csv(request, ("day", *(s.metric for s in strips)), _table(strips, first, last, step))
    since, until = (datetime.combine(day, time(), UTC) for day in (first, last))
    events = reads.strong_events(connection, since, until, limit=EVENTS + 1)
    told = {"from": first, "to": last, "step": step, "lines": strips}
    if form == "json":
        return reply(request, told | {"events": events[:EVENTS], "more_events": len(events) > EVENTS})
    return page(
        request,
        "timeline.html",
        first=first,
        last=last,
        step=step,
        strips=strips,
        asked_for=[name for name in metrics if name],
        silent=[line for line in lines if line.metric not in {s.metric for s in strips}],
        events=events[:EVENTS],
        more_events=len(events) > EVENTS,
        spans=SPANS,
        span=request.query_params.get("span", "" if "from" in request.query_params else FIRST_SPAN),
        known=whole.lines,
    )


def chosen_lines(whole: Timeline, metrics: Sequence[str], first: date, last: date) -> list[Line]:
    """
    The lines that are asked for, else a good choice of those with values in these days; by field and title,
    as the timeline has them.
    """
    asked = {name for name in metrics if name}
    if asked:
        return [line for line in whole.lines if line.metric in asked][:LINES]
    days = {line.metric: known_days(line, first, last) for line in whole.lines}
    wanted = {name for name in CHOSEN if days.get(name)}
    fullest = sorted(days, key=lambda name: (-days[name], name))
    wanted.update(
        [name for name in fullest if days[name] and name not in wanted][: max(0, LEAST - len(wanted))]
    )
    return [line for line in whole.lines if line.metric in wanted]


def known_days(line: Line, first: date, last: date) -> int:
    """How many of the days from `first` to before `last` have a value."""
    here = line.values[max(0, (first - line.first).days) : max(0, (last - line.first).days)]
    return len(here) - here.count(None)


def days_of(request: Request, lines: Sequence[Line], today: date) -> tuple[date, date]:
    """The first day of the view, and the day after its last: `from` and `to`, or a `span` up to today."""
    given = request.query_params
    until = _day(given.get("to"), "to") or _day_after_newest(lines, today)
    first = _day(given.get("from"), "from")
    if first is None:
        days = SPANS.get(given.get("span", FIRST_SPAN), SPANS[FIRST_SPAN])[1]
        oldest = min((line.first for line in lines), default=until - timedelta(days=30))
        first = until - timedelta(days=days) if days else oldest
    if not first < until:
        raise ApiError(422, "invalid", f"got {first}, expected a day before {until}", "from")
    return first, until


def _day_after_newest(lines: Sequence[Line], today: date) -> date:
    """After today, or after the newest day that any line has: a record at rest is shown as far as it goes."""
    ends = [line.first + timedelta(days=len(line.values)) for line in lines]
    return min([max(ends, default=date.max), today + timedelta(days=1)])


def strip_of(line: Line, first: date, last: date, step: int) -> Strip | None:
    """The part of a line from `first` to before `last`, `step` days as one; None where it has nothing."""
    size = -(-(last - first).days // step)
    padded = np.full(size * step, np.nan)
    start = (line.first - first).days
    here = line.values[max(0, -start) : max(0, (last - line.first).days)]
    padded[max(0, start) : max(0, start) + len(here)] = np.array(here, float)
    known = ~np.isnan(padded)
    if not known.any():
        return None
    values = _reduced(padded.reshape(size, step), known.reshape(size, step), line.aggregate)
    flat = padded[known]
    return Strip(
        metric=line.metric,
        title=line.title,
        unit=line.unit,
        field=line.field,
        aggregate=line.aggregate,
        values=[None if x != x else float(f"{x:.5g}") for x in values.tolist()],
        low=float(flat.min()),
        high=float(flat.max()),
        last=float(flat[-1]),
    )


def _reduced(days: Any, known: Any, aggregate: str) -> Any:
    """Rows of days as one value each: the extreme where the metric is of extremes, else the mean."""
    empty = ~known.any(axis=1)
    if aggregate == "max":
        found = np.where(known, days, -np.inf).max(axis=1)
    elif aggregate == "min":
        found = np.where(known, days, np.inf).min(axis=1)
    else:
        found = np.where(known, days, 0.0).sum(axis=1) / np.maximum(1, known.sum(axis=1))
    return np.where(empty, np.nan, found)


def _table(strips: Sequence[Strip], first: date, last: date, step: int) -> Iterator[tuple[Any, ...]]:
    days = (first + timedelta(days=n) for n in range(0, (last - first).days, step))
    yield from zip(days, *(strip.values for strip in strips), strict=True) if strips else ()


def _day(text: str | None, name: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise ApiError(422, "invalid", f"got {text!r}, expected a day such as 2026-11-24", name) from error
