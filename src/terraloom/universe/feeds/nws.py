"""api.weather.gov: active alerts as GeoJSON-LD."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec
import numpy as np

from terraloom.records import EventType
from terraloom.universe.agencies import Story, Version
from terraloom.universe.feeds.page import Asked, Page, floor
from terraloom.universe.places import Place, nearest

HOST = "api.weather.gov"
PATHS = ("/alerts/active", "/alerts")
ALERTS = f"https://{HOST}/alerts/"
CONTEXT = [
    "https://geojson.org/geojson-ld/geojson-context.jsonld",
    {"@version": "1.1", "wx": f"https://{HOST}/ontology#", "@vocab": f"https://{HOST}/ontology#"},
]
EVENTS = {EventType.FLOOD: "Flood Warning", EventType.SEVERE_WEATHER: "Severe Thunderstorm Warning"}


def feed(asked: Asked) -> Page | None:
    if asked.path not in PATHS:
        return None
    generated = floor(asked.at, timedelta(minutes=1))
    current = asked.reports.current("nws", generated, timedelta(days=20))
    found = [
        _feature(story, version)
        for story, version in current
        if story.hazard is not None and story.hazard.end > generated
    ]
    body = {
        "@context": CONTEXT,
        "type": "FeatureCollection",
        "features": found,
        "title": "Current watches, warnings, and advisories",
        "updated": generated.isoformat(),
    }
    return Page(msgspec.json.encode(body), "application/geo+json", generated)


def _feature(story: Story, version: Version) -> dict[str, Any]:
    return {
        "id": ALERTS + version.id,
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [_outline(story, version)]},
        "properties": _properties(story, version),
    }


def _properties(story: Story, version: Version) -> dict[str, Any]:
    assert story.hazard is not None, "the caller leaves out what has none"
    place = nearest(version.lon, version.lat)
    event = EVENTS[story.hazard.type]
    until = _local(story.hazard.end, version)
    zone = f"{place.iso3[:2]}C{int(abs(version.lon)):03d}"
    headline = f"{event} issued {_spoken(version.updated)} until {_spoken(story.hazard.end)} by NWS"
    return {
        "@id": ALERTS + version.id,
        "@type": "wx:Alert",
        "id": version.id,
        "areaDesc": place.town,
        "geocode": {"SAME": [f"0{int(abs(version.lon)):05d}"], "UGC": [zone]},
        "affectedZones": [f"https://{HOST}/zones/county/{zone}"],
        "references": [_reference(story, number, version) for number in range(version.number - 1, 0, -1)],
        "sent": _local(version.updated, version),
        "effective": _local(version.updated, version),
        "onset": _local(version.onset, version),
        "expires": until,
        "ends": until,
        "status": "Actual",
        "messageType": "Alert" if version.number == 1 else "Update",
        "category": "Met",
        "severity": "Severe",
        "certainty": "Likely" if version.number == 1 else "Observed",
        "urgency": "Immediate",
        "event": event,
        "sender": "w-nws.webmaster@noaa.gov",
        "senderName": f"NWS {version.solution[1:4]}",
        "headline": headline,
        "description": _description(story, version, place),
        "instruction": "Turn around, don't drown when encountering flooded roads.",
        "response": "Avoid",
        "note": None,
        "parameters": {
            "AWIPSidentifier": [f"FLS{version.solution[1:4]}"],
            "VTEC": [_vtec(story, version)],
            "BLOCKCHANNEL": ["EAS", "NWEM", "CMAS"],
            "EAS-ORG": ["WXR"],
        },
        "scope": "Public",
        "code": "IPAWSv1.0",
        "language": "en-US",
        "web": "http://www.weather.gov",
        "eventCode": {"SAME": ["FLW"], "NationalWeatherService": ["FLW"]},
    }


def _reference(story: Story, number: int, version: Version) -> dict[str, str]:
    earlier = story.versions[number - 1]
    return {
        "@id": ALERTS + earlier.id,
        "identifier": earlier.id,
        "sender": "w-nws.webmaster@noaa.gov",
        "sent": _local(earlier.updated, version),
    }


def _vtec(story: Story, version: Version) -> str:
    """Valid Time Event Code: new or continued; its event number stays through all updates."""
    assert story.hazard is not None, "the caller leaves out what has none"
    action = "NEW" if version.number == 1 else "CON"
    begin = version.onset.strftime("%y%m%dT%H%MZ") if version.number == 1 else "000000T0000Z"
    return f"/O.{action}.{version.solution}.{begin}-{story.hazard.end.strftime('%y%m%dT%H%MZ')}/"


def _description(story: Story, version: Version, place: Place) -> str:
    assert story.hazard is not None, "the caller leaves out what has none"
    what = "Flooding" if story.hazard.type is EventType.FLOOD else f"Gusts to {version.size:.0f} mph"
    where = f"{place.distance_km:.0f} km {place.bearing} of {place.town}"
    return f"* WHAT...{what} is occurring.\n\n* WHERE...{where}."


def _local(instant: datetime, version: Version) -> str:
    """With the offset of the place, by longitude, to the second."""
    zone = timezone(timedelta(hours=round(version.lon / 15)))
    return instant.astimezone(zone).isoformat(timespec="seconds")


def _spoken(instant: datetime) -> str:
    return instant.strftime("%B %d at %I:%M%p UTC")


def _outline(story: Story, version: Version) -> list[list[float]]:
    """An octagon around the place, in hundredths of a degree as the service draws them."""
    assert story.hazard is not None, "the caller leaves out what has none"
    radius = 0.35 if story.hazard.type is EventType.FLOOD else 0.15  # degrees
    ring = [
        [round(version.lon + radius * float(np.cos(a)), 2), round(version.lat + radius * float(np.sin(a)), 2)]
        for a in np.linspace(0, 2 * np.pi, 9)[:-1]
    ]
    return [*ring, ring[0]]
