"""`/places`: what is known near one point of the planet."""

from __future__ import annotations

import math
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from terraloom.hazards.population import Nearby, nearby
from terraloom.observations.catalogue import catalogue
from terraloom.serve import reads
from terraloom.serve.access import Reading, may_read
from terraloom.serve.answers import reply
from terraloom.serve.failures import ApiError
from terraloom.serve.forms import form_of, in_forms, rows_as_csv
from terraloom.serve.placenames import Found, search
from terraloom.serve.rendering import page

router = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)])

RADIUS_KM, LARGEST_KM = 100.0, 1000.0
RADII = (10, 25, 50, 100, 250, 500, 1000)
NEAREST, STRONGEST, STATIONS = 25, 10, 30
FIELDS = "id event_type title onset magnitude alert lon lat distance_km".split()


@in_forms(router, "/places", "json", "csv")
def places(request: Request, connection: Reading) -> Response:
    """Events and stations around `lon`, `lat`; or, for a name `q`, the places that are called so."""
    given = request.query_params
    point = _point(request)
    radius_km = _number(request, "radius_km", 1, LARGEST_KM) or RADIUS_KM
    told = _around(connection, *point, radius_km) if point else {}
    form = form_of(request)
    if form == "csv":
        return rows_as_csv(request, told.get("events", []), FIELDS)
    found: list[Found] = search(given.get("q", ""))
    if form == "json":
        return reply(request, told | {"places": found})
    if told:
        told |= {"events_total": len(told["events"]), "stations_total": len(told["stations"])}
        told |= _shown(told["events"])
        told["stations"] = told["stations"][:STATIONS]
    return page(
        request,
        "places.html",
        point=point,
        radius_km=radius_km,
        radii=RADII,
        text=given.get("q", ""),
        places=found,
        told=told,
        metrics=catalogue(),
    )


def _around(connection: Reading, lon: float, lat: float, radius_km: float) -> dict[str, Any]:
    """All that lies within the circle; the people are counted within 10, 50 and 100 km."""
    here: Nearby = nearby([lon], [lat])[0]
    stations = reads.stations_near(connection, lon, lat, radius_km)
    newest = reads.newest_of_stations(connection, [row["id"] for row in stations])
    return {
        "lon": lon,
        "lat": lat,
        "radius_km": radius_km,
        "here": here,
        "events": reads.events_near(connection, lon, lat, radius_km),
        "stations": [row | {"newest": newest.get(row["id"], [])} for row in stations],
    }


def _shown(events: list[dict[str, Any]]) -> dict[str, Any]:
    strong = sorted(
        (row for row in events if row["magnitude"] is not None), key=lambda row: -row["magnitude"]
    )
    newest = sorted(events, key=lambda row: row["onset"], reverse=True)
    return {"nearest": events[:NEAREST], "strongest": strong[:STRONGEST], "newest": newest[:STRONGEST]}


def _point(request: Request) -> tuple[float, float] | None:
    lon, lat = _number(request, "lon", -180, 180), _number(request, "lat", -90, 90)
    return None if lon is None or lat is None else (lon, lat)


def _number(request: Request, name: str, low: float, high: float) -> float | None:
    """A number of the address; None where there is none. Raises `ApiError`."""
    text = request.query_params.get(name, "")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise ApiError(422, "invalid", f"got {text!r}, expected {low} to {high}", name)
    return value
