"""`/metrics` and `/stations`: what is measured, where, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Depends, Request, Response

from terraloom.observations import query
from terraloom.observations.catalogue import catalogue
from terraloom.observations.views import MetricSummary
from terraloom.observations.wanted import Resolution
from terraloom.serve import reads
from terraloom.serve.access import Reading, may_read, store_of
from terraloom.serve.answers import reply
from terraloom.serve.failures import ApiError
from terraloom.serve.forms import as_csv, form_of, in_forms, rows_as_csv
from terraloom.serve.rendering import page
from terraloom.serve.shelf import Shelf
from terraloom.sources import registry

router = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)])

SPARK_DAYS = 365
STATION_DAYS = 90
LISTED = 40  # stations on a metric's page
RAW_UP_TO, HOURS_UP_TO = timedelta(days=10), timedelta(days=120)
METRIC_FIELDS = (
    "id title unit field aggregate cf_standard_name low high n flagged withdrawn revisions stations sources "
    "first_time last_time"
).split()
STATION_FIELDS = "id title kind lon lat value time n first_time".split()
SERIES_FIELDS = (
    "metric station unit source n flagged withdrawn revisions first_time last_time last_good last_value"
).split()


@in_forms(router, "/metrics", "json", "csv")
def metrics(request: Request, connection: Reading) -> Response:
    """The catalogue by field, each metric with its newest value and its past year."""
    text, field = request.query_params.get("q", ""), request.query_params.get("field", "")
    everything = query.metrics(connection)
    found = [one for one in everything if _passes(one, text.casefold(), field)]
    form = form_of(request)
    if form == "csv":
        return rows_as_csv(request, found, METRIC_FIELDS)
    if form == "json":
        return reply(request, found)
    measured = [one for one in found if one.n]
    return page(
        request,
        "metrics.html",
        by_field={
            name: [one for one in measured if one.field == name]
            for name in sorted({m.field for m in measured})
        },
        fields=sorted({one.field for one in everything}),
        unmeasured=[one for one in found if not one.n],
        total=len(everything),
        lines=past_year(request.app.state.shelf),
        chosen={"q": text, "field": field},
    )


@in_forms(router, "/metrics/{metric_id}/stations", "json", "csv")
def newest(request: Request, connection: Reading, metric_id: str) -> Response:
    """The newest value at every station of a metric: what maps show."""
    _known(metric_id)
    rows = reads.newest(connection, metric_id)
    if form_of(request) == "csv":
        return rows_as_csv(request, rows, STATION_FIELDS)
    columns = {name: [row[name] for row in rows] for name in ("id", "title", "lon", "lat", "value")}
    head = rows[0] if rows else {"total": 0, "placeless": 0}
    return reply(
        request,
        {
            "metric": metric_id,
            "total": head["total"],
            "placeless": head["placeless"],
            "stations": columns | {"time": [int(row["time"].timestamp()) for row in rows]},
        },
    )


@in_forms(router, "/metrics/{metric_id}", "json", "csv")
def metric(request: Request, connection: Reading, metric_id: str) -> Response:
    """One metric: its values over time, at one station or over all, and where it is measured."""
    _known(metric_id)
    summary = query.metric(connection, metric_id)
    assert summary is not None, "the catalogue's metrics are all summarised"
    station = request.query_params.get("station", "")
    form = form_of(request)
    if form != "html":
        return _values(request, connection, summary, station, form)
    text = request.query_params.get("q", "")
    listed = reads.stations_of_metric(connection, metric_id, text=text, limit=LISTED)
    if not station and summary.stations == 1 and listed:
        station = listed[0]["id"]
    story = query.explain(connection, store_of(request), metric_id, station) if station else None
    if station and story is None:
        raise ApiError(404, "not_found", f"no {metric_id} at {station}", "station")
    return page(
        request,
        "metric.html",
        metric=summary,
        station=station,
        at=query.station(connection, station) if station else None,
        story=story,
        stations=listed,
        sources=[registry()[name].info for name in summary.sources if name in registry()],
        chosen={name: request.query_params.get(name, "") for name in ("from", "to", "q")},
    )


@in_forms(router, "/stations/{station_id:path}", "json", "csv")
def station(request: Request, connection: Reading, station_id: str) -> Response:
    """One station with everything that it measures."""
    found = query.station(connection, station_id)
    if found is None:
        raise ApiError(404, "not_found", f"no station {station_id}", "station_id")
    form = form_of(request)
    if form == "csv":
        return rows_as_csv(request, found.series, SERIES_FIELDS)
    if form == "json":
        return reply(request, found)
    days = reads.days_of_station(connection, station_id, STATION_DAYS)
    return page(
        request,
        "station.html",
        station=found,
        metrics=catalogue(),
        sparks={name: [row["value"] for row in rows] for name, rows in days.items()},
        days=STATION_DAYS,
        sources={one.source: registry().get(one.source) for one in found.series},
    )


def resolution_of(
    summary: MetricSummary, station: str, since: datetime | None, until: datetime | None
) -> Resolution:
    """How fine a view is: single values within 10 days, hours within 120, else (or over stations) days."""
    if not station or since is None or until is None:
        return Resolution.DAY
    if until - since <= RAW_UP_TO or (not summary.hourly and until - since <= HOURS_UP_TO):
        return Resolution.RAW
    return Resolution.HOUR if until - since <= HOURS_UP_TO else Resolution.DAY


def past_year(shelf: Shelf) -> dict[str, Sequence[float | None]]:
    """The past year of each metric, day by day, as far as the timeline has been made."""
    return {line.metric: line.values[-SPARK_DAYS:] for line in shelf.timeline.lines}


def _values(
    request: Request, connection: Reading, summary: MetricSummary, station: str, form: str
) -> Response:
    """The values of a view as columns: what the chart draws."""
    since, until = (time_of(request, name) for name in ("from", "to"))
    resolution = resolution_of(summary, station, since, until)
    cut = False
    if station:
        columns, cut = reads.series_values(
            connection, store_of(request), summary.id, station, resolution, since, until
        )
    else:
        columns = reads.metric_days(connection, summary.id)
    if form == "csv":
        times = (datetime.fromtimestamp(second, UTC) for second in columns["time"])
        return as_csv(request, tuple(columns), zip(times, *list(columns.values())[1:], strict=True))
    told = {"station": station, "resolution": resolution.value, "cut": cut, "values": columns}
    return reply(request, {"metric": summary, **told})


def time_of(request: Request, name: str) -> datetime | None:
    """A day or time of the address, UTC; none where there is none. Raises `ApiError`."""
    text = request.query_params.get(name, "")
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ApiError(422, "invalid", f"got {text!r}, expected a day such as 2026-11-24", name) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _known(metric_id: str) -> None:
    if metric_id not in catalogue():
        raise ApiError(404, "not_found", f"no metric {metric_id}", "metric_id")


def _passes(one: MetricSummary, text: str, field: str) -> bool:
    said = f"{one.id} {one.title} {one.field} {one.cf_standard_name}".casefold()
    return text in said and (not field or one.field == field)
