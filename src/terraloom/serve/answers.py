"""Turn rows into replies: JSON or GeoJSON as asked for, with an ETag that saves the second transfer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from fastapi import Request, Response

from terraloom.hazards.views import Event, EventPage, EventStory

Format = Literal["json", "geojson"]
JSON = "application/json"
GEOJSON = "application/geo+json"
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "Nothing changed since the ETag that was sent."}
}


def wants_geojson(request: Request, format: Format | None) -> bool:
    """Whether `?format=`, or else the Accept header, asks for GeoJSON."""
    return format == "geojson" if format else GEOJSON in request.headers.get("accept", "")


def reply(request: Request, value: Any, *, media_type: str = JSON) -> Response:
    """`value` as JSON; 304 without a body where the client already holds just that."""
    return reply_bytes(request, msgspec.json.encode(value), media_type)


def reply_bytes(
    request: Request, body: bytes, media_type: str, headers: Mapping[str, str] | None = None
) -> Response:
    """A finished body; 304 without it where the client already holds just that."""
    tagged = {"ETag": etag(body), "Cache-Control": "no-cache", "Vary": "Accept", **(headers or {})}
    if tagged["ETag"] in known_tags(request):
        return Response(status_code=304, headers=tagged)
    return Response(body, media_type=media_type, headers=tagged)


def etag(body: bytes) -> str:
    """Weak, because the same content may travel compressed or not."""
    return f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def known_tags(request: Request) -> list[str]:
    return [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]


def feature(event: Event) -> dict[str, Any]:
    """One event as a GeoJSON feature (RFC 7946); depth stays a property, for GeoJSON has altitudes in m."""
    fields = msgspec.to_builtins(event)
    lon, lat = fields.pop("lon"), fields.pop("lat")
    point = None if lon is None or lat is None else {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "id": fields["id"], "geometry": point, "properties": fields}


def feature_collection(page: EventPage) -> dict[str, Any]:
    """A page of events as GeoJSON; `next` and `matched` stand beside the features."""
    return {
        "type": "FeatureCollection",
        "features": [feature(event) for event in page.events],
        "next": page.next,
        "matched": page.matched,
        "more_than_counted": page.more_than_counted,
    }


def story_feature(story: EventStory) -> dict[str, Any]:
    """An event's whole story as one feature: its own geometry where a source gave more than a point."""
    found = feature(story.event)
    rest = msgspec.to_builtins(story)
    found["geometry"] = rest.pop("geometry") or found["geometry"]
    del rest["event"]
    found["properties"] |= rest
    return found
