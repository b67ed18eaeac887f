"""www.seismicportal.eu: EMSC's FDSN event service, `format=json`."""

from __future__ import annotations

from datetime import datetime, timedelta

from terraloom.universe.agencies import Story, Version
from terraloom.universe.feeds import fdsn
from terraloom.universe.feeds.page import Asked, Page
from terraloom.universe.places import nearest

HOST = "www.seismicportal.eu"

# Written by a template, not by a JSON encoder: the service keeps four decimals and its own line breaks.
FEATURE = """{{
    "type": "Feature",
    "geometry": {{
      "type": "Point",
      "coordinates": [
        {lon:.4f},
        {lat:.4f},
        {minus_depth}
      ]
    }},
    "id": "{id}",
    "properties": {{
      "source_id": "{source_id}",
      "source_catalog": "EMSC-RTS",
      "lastupdate": "{updated}",
      "time": "{time}",
      "flynn_region": "{region}",
      "lat": {lat:.4f},
      "lon": {lon:.4f},
      "depth": {depth},
      "evtype": "ke",
      "auth": "{author}",
      "mag": {magnitude},
      "magtype": "{kind}",
      "unid": "{id}"
    }}
  }}"""


def feed(asked: Asked) -> Page | None:
    if asked.path != fdsn.QUERY or asked.query.get("format") != "json":
        return None
    matching = fdsn.matching(asked, "emsc", timedelta(days=7))
    if not matching:
        return fdsn.nothing()
    found = [_feature(story, version) for story, version in matching[: int(asked.number("limit", 20_000))]]
    head = f'{{"type":"FeatureCollection","metadata":{{"count":{len(found)}}},"features":['
    body = head + ",".join(found) + "]}"
    return Page(body.encode(), "application/json; charset=utf-8")


def _feature(story: Story, version: Version) -> str:
    depth = round(version.depth_km, 1)
    return FEATURE.format(
        lon=version.lon,
        lat=version.lat,
        depth=depth,
        minus_depth=-depth,
        id=version.id,
        source_id=1_800_000 + int(story.key.split("/")[1]),
        updated=version.updated.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        time=short_time(version.onset),
        region=nearest(version.lon, version.lat).country.upper(),
        author="EMSC",
        magnitude=round(version.size, 1),
        kind=version.solution,
    )


def short_time(onset: datetime) -> str:
    """As the service writes it: hundredths without their trailing zero, so 28.00 becomes "28.0Z"."""
    hundredths = f"{onset.microsecond // 10_000:02d}"
    digits = hundredths[0] if hundredths[1] == "0" else hundredths
    return onset.strftime("%Y-%m-%dT%H:%M:%S.") + digits + "Z"
