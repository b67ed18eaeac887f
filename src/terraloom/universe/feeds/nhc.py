"""www.nhc.noaa.gov: CurrentStorms.json, RSS by basin, and the forecast/advisory texts."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import msgspec

from terraloom.universe.agencies import Story, Version
from terraloom.universe.cyclones import Cyclone, Fix
from terraloom.universe.feeds.page import Asked, Page

HOST = "www.nhc.noaa.gov"
SITE = f"https://{HOST}"
BASINS = {"/index-at.xml": ("AL", "Atlantic"), "/index-ep.xml": ("EP", "Eastern North Pacific"),
          "/index-cp.xml": ("CP", "Central North Pacific")}  # fmt: skip
BINS = {"AL": "AT", "EP": "EP", "CP": "CP"}
MPH_PER_KNOT = 1.150779
LOCAL = {"AL": (timezone(timedelta(hours=-4)), "AST"), "EP": (timezone(timedelta(hours=-7)), "MST")}
COMPASS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")
TEXTS = {
    "publicAdvisory": "TCP",
    "forecastAdvisory": "TCM",
    "windSpeedProbabilities": "PWS",
    "forecastDiscussion": "TCD",
}
NO_PRODUCT = ("stormSurgeWatchWarningGIS", "potentialStormSurgeFloodingGIS", "peakSurgeKML")
SILENT = timedelta(hours=8)  # after the last advisory a storm leaves the lists


def feed(asked: Asked) -> Page | None:
    if asked.path == "/CurrentStorms.json":
        storms = [_json(story, version) for story, version in _active(asked)]
        body = msgspec.json.encode({"activeStorms": storms})
        return Page(msgspec.json.format(body, indent=2), "application/json", _newest(asked))
    if asked.path in BASINS:
        return Page(_rss(asked).encode(), "text/xml; charset=utf-8", _newest(asked))
    for story, version in _active(asked):
        if asked.path == f"/text/MIATCM{_bin(story)}.shtml":
            page = f"<html><body>\n<pre>\n{advisory(story, version)}\n</pre>\n</body></html>\n"
            return Page(page.encode(), "text/html; charset=utf-8", version.published)
    return None


def _active(asked: Asked) -> list[tuple[Story, Version]]:
    found = asked.reports.current("nhc", asked.at, timedelta(days=60))
    return [(s, v) for s, v in reversed(found) if v.updated > asked.at - SILENT]


def _newest(asked: Asked) -> datetime | None:
    return max((version.published for _, version in _active(asked)), default=None)


def _cyclone(story: Story) -> Cyclone:
    assert story.hazard is not None, "NHC reports no storm that was not"
    assert story.hazard.cyclone is not None, "NHC reports storms alone"
    return story.hazard.cyclone


def _fix(story: Story, version: Version) -> Fix:
    """The true fix of the advisory's hour: motion and pressure are taken from it."""
    fix = _cyclone(story).at(version.updated)
    assert fix is not None, "advisories are made for hours of the track"
    return fix


def _bin(story: Story) -> str:
    """AT1..AT5: reused by later storms, so no identity."""
    cyclone = _cyclone(story)
    return f"{BINS[cyclone.basin.code]}{(cyclone.number - 1) % 5 + 1}"


def _class(wind_kt: float) -> tuple[str, str]:
    if wind_kt < 34:
        return "TD", "Tropical Depression"
    return ("TS", "Tropical Storm") if wind_kt < 64 else ("HU", "Hurricane")


def _json(story: Story, version: Version) -> dict[str, Any]:
    fix, number = _fix(story, version), version.solution
    name = version.id.lower()
    storm: dict[str, Any] = {
        "id": name,
        "binNumber": _bin(story),
        "name": _cyclone(story).name.title(),
        "classification": _class(version.size)[0],
        "intensity": f"{version.size:.0f}",
        "pressure": f"{fix.pressure_mb:.0f}",
        "latitude": _hemisphere(version.lat, "NS"),
        "longitude": _hemisphere(version.lon, "EW"),
        "latitudeNumeric": version.lat,
        "longitudeNumeric": version.lon,
        "movementDir": round(fix.heading_deg / 5) * 5 % 360,
        "movementSpeed": round(fix.speed_kt * MPH_PER_KNOT),
        "lastUpdate": _zulu(version.updated),
    }
    issued = {"issuance": _zulu(version.updated), "fileUpdateTime": _zulu(version.published)}
    numbered = {"advNum": number} | issued
    for key, code in TEXTS.items():
        storm[key] = numbered | {"url": f"{SITE}/text/MIA{code}{_bin(story)}.shtml"}
    storm["forecastGraphics"] = numbered | {"url": f"{SITE}/graphics_{_bin(story).lower()}.shtml"}
    archive, graphics = f"{SITE}/gis/forecast/archive/{name}", f"{SITE}/storm_graphics/api/{version.id}"
    storm["forecastTrack"] = numbered | _files(f"{archive}_5day_{number}", f"{graphics}_{number}adv_TRACK")
    storm["windWatchesWarnings"] = None
    storm["trackCone"] = numbered | _files(f"{archive}_5day_{number}", f"{graphics}_{number}adv_CONE")
    radii = f"{archive}_fcst_{number}"
    storm["initialWindExtent"] = numbered | _files(radii, f"{graphics}_initialradii_{number}adv")
    storm["forecastWindRadiiGIS"] = numbered | _files(radii, f"{graphics}_forecastradii_{number}adv")
    track = f"{SITE}/gis/best_track/{name}_best_track"
    storm["bestTrackGIS"] = issued | _files(track, track)
    for key, product in (("earliestArrival", "earliest_reasonable"), ("mostLikely", "most_likely")):
        storm[f"{key}TimeTSWindsGIS"] = numbered | {"kmzFile": f"{graphics}_{number}adv_{product}_toa_34.kmz"}
    storm["windSpeedProbabilitiesGIS"] = issued | _probabilities(version)
    return storm | dict.fromkeys(NO_PRODUCT)


def _files(zip_stem: str, kmz_stem: str) -> dict[str, str]:
    return {"zipFile": f"{zip_stem}.zip", "kmzFile": f"{kmz_stem}.kmz"}


def _probabilities(version: Version) -> dict[str, str]:
    stem = f"{SITE}/gis/forecast/archive/{version.updated:%Y%m%d%H}_wsp"
    kmz = {f"kmzFile{kt}kt": f"{stem}{kt}knt120hr_5km.kmz" for kt in (34, 50, 64)}
    return {"zipFile5km": f"{stem}_120hr5km.zip", "zipFile0p5deg": f"{stem}_120hrhalfDeg.zip", **kmz}


CHANNEL = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:georss="http://www.georss.org/georss"
 xmlns:gml="http://www.opengis.net/gml"
 xmlns:nhc="https://www.nhc.noaa.gov">
<channel>
<pubDate>{published}</pubDate>
<title>NHC {basin}</title>
<description>Active tropical cyclones in the {basin}</description>
<link>https://www.nhc.noaa.gov/</link>
<copyright>none</copyright>
<managingEditor>nhcwebmaster@noaa.gov (NHC Webmaster)</managingEditor>
<language>en-us</language>
<webMaster>nhcwebmaster@noaa.gov (NHC Webmaster)</webMaster>
<image>
<url>https://www.nhc.noaa.gov/gifs/xml_logo_nhc.gif</url>
<link>https://www.nhc.noaa.gov/</link>
<title>NHC {basin}</title>
<description>NOAA logo</description>
<width>95</width>
<height>45</height>
</image>
"""
NOTHING = """<item>
<title>There are no tropical cyclones at this time.</title>
<description>No tropical cyclones as of {published}</description>
<pubDate>{published}</pubDate>
<link>https://www.nhc.noaa.gov/</link>
<guid>https://www.nhc.noaa.gov/</guid>
<author>nhcwebmaster@noaa.gov (NHC Webmaster)</author>
</item>
"""
SUMMARY = """<item>
 <title>Summary for {kind} {name} ({bin}/{atcf})</title>
 <guid isPermaLink="false">summary-{low}-{stamp}</guid>
 <pubDate>{published}</pubDate>
 <author>nhcwebmaster@noaa.gov (NHC Webmaster)</author>
 <link>https://www.nhc.noaa.gov/text/refresh/MIATCP{bin}+shtml/{stamp}.shtml</link>
 <description>
  ...{name} CONTINUES...
 As of {local}
 the center of {name} was located near {lat}, {lon}
 with movement {movement}.
 The minimum central pressure was {pressure} mb
 with maximum sustained winds of about {wind} mph.
 </description>
 <gml:Point>
  <gml:pos>{lat} {lon}</gml:pos>
 </gml:Point>
 <nhc:Cyclone>
  <nhc:center>{lat}, {lon}</nhc:center>
  <nhc:type>{kind}</nhc:type>
  <nhc:name>{name}</nhc:name>
  <nhc:wallet>{bin}</nhc:wallet>
  <nhc:atcf>{atcf}</nhc:atcf>
  <nhc:datetime>{local}</nhc:datetime>
  <nhc:movement>{movement}</nhc:movement>
  <nhc:pressure>{pressure} mb</nhc:pressure>
  <nhc:wind>{wind} mph</nhc:wind>
  <nhc:headline> ...{name} CONTINUES...</nhc:headline>
 </nhc:Cyclone>
</item>
<item>
<title>{kind} {name} Forecast Advisory Number {number}</title>
<description>Issued at {issued}  <![CDATA[<pre>

{text}

</pre>]]></description>
<pubDate>{published}</pubDate>
<link>https://www.nhc.noaa.gov/text/refresh/MIATCM{bin}+shtml/{stamp}.shtml</link>
<guid>https://www.nhc.noaa.gov/text/refresh/MIATCM{bin}+shtml/{stamp}.shtml</guid>
<author>nhcwebmaster@noaa.gov (NHC Webmaster)</author>
</item>
"""


def _rss(asked: Asked) -> str:
    code, basin = BASINS[asked.path]
    storms = [(s, v) for s, v in _active(asked) if _cyclone(s).basin.code == code]
    newest = max((version.published for _, version in storms), default=asked.at.replace(minute=0, second=0))
    published = _rfc822(newest)
    items = [_summary(story, version) for story, version in storms] or [NOTHING.format(published=published)]
    return CHANNEL.format(published=published, basin=basin) + "".join(items) + "</channel>\n</rss>\n"


def _summary(story: Story, version: Version) -> str:
    fix, cyclone = _fix(story, version), _cyclone(story)
    zone, zone_name = LOCAL[cyclone.basin.code]
    local = version.updated.astimezone(zone)
    return SUMMARY.format(
        kind=_class(version.size)[1],
        name=cyclone.name,
        bin=_bin(story),
        atcf=version.id,
        low=version.id.lower(),
        stamp=f"{version.published:%Y%m%d%H%M}",
        published=_rfc822(version.published),
        local=f"{local:%I:%M %p} {zone_name} {local:%a %b %d}".lstrip("0"),
        lat=version.lat,
        lon=version.lon,
        movement=f"{COMPASS[round(fix.heading_deg / 22.5) % 16]} at {fix.speed_kt * MPH_PER_KNOT:.0f} mph",
        pressure=f"{fix.pressure_mb:.0f}",
        wind=round(version.size * MPH_PER_KNOT / 5) * 5,
        number=int(version.solution),
        issued=f"{version.updated:%H%M UTC %a %b %d %Y}".upper(),
        text=advisory(story, version),
    )


ADVISORY = """ZCZC MIATCM{bin} ALL
TTAA00 KNHC DDHHMM

{kind} {name} FORECAST/ADVISORY NUMBER {number:3d}
NWS NATIONAL HURRICANE CENTER MIAMI FL       {atcf}
{issued}

THERE ARE NO COASTAL WATCHES OR WARNINGS IN EFFECT.

{kind} CENTER LOCATED NEAR {place} AT {hour}
POSITION ACCURATE WITHIN  20 NM

PRESENT MOVEMENT TOWARD THE {towards} OR {heading:3d} DEGREES AT {speed:3d} KT

ESTIMATED MINIMUM CENTRAL PRESSURE {pressure:4d} MB
MAX SUSTAINED WINDS {wind:3d} KT WITH GUSTS TO {gust:3d} KT.
{radii}WINDS AND SEAS VARY GREATLY IN EACH QUADRANT.  RADII IN NAUTICAL
MILES ARE THE LARGEST RADII EXPECTED ANYWHERE IN THAT QUADRANT.

REPEAT...CENTER LOCATED NEAR {place} AT {hour}

{forecast}REQUEST FOR 3 HOURLY SHIP REPORTS WITHIN 300 MILES OF {place}

NEXT ADVISORY AT {next}

$$
FORECASTER SIMULATED

NNNN
"""
TOWARDS = ("NORTH", "NORTHEAST", "EAST", "SOUTHEAST", "SOUTH", "SOUTHWEST", "WEST", "NORTHWEST")


def advisory(story: Story, version: Version) -> str:
    """The forecast/advisory (TCM): knots, wind radii by quadrant, positions to come."""
    fix, cyclone = _fix(story, version), _cyclone(story)
    return ADVISORY.format(
        bin=_bin(story),
        kind=_class(version.size)[1].upper(),
        name=cyclone.name,
        number=int(version.solution),
        atcf=version.id,
        issued=f"{version.updated:%H%M UTC %a %b %d %Y}".upper(),
        place=_place(version.lon, version.lat),
        hour=f"{version.updated:%d/%H%MZ}",
        towards=TOWARDS[round(fix.heading_deg / 45) % 8],
        heading=round(fix.heading_deg / 5) * 5 % 360,
        speed=round(fix.speed_kt),
        pressure=round(fix.pressure_mb),
        wind=round(version.size),
        gust=round(version.size * 1.22 / 5) * 5,
        radii=_radii(version.size),
        forecast="".join(_forecast(cyclone, version.updated)),
        next=f"{version.updated + timedelta(hours=6):%d/%H%MZ}",
    )


def _forecast(cyclone: Cyclone, at: datetime) -> list[str]:
    """Perfect forecasts for 12 to 72 hours: the truth is at hand."""
    lines = []
    for hours in (12, 24, 36, 48, 72):
        fix = cyclone.at(at + timedelta(hours=hours))
        if fix is not None:
            wind, gust = round(fix.wind_kt / 5) * 5, round(fix.wind_kt * 1.22 / 5) * 5
            place = _place(fix.lon, fix.lat)
            lines.append(f"FORECAST VALID {fix.at:%d/%H%MZ} {place}\n")
            lines.append(f"MAX WIND {wind:3d} KT...GUSTS {gust:3d} KT.\n\n")
    return lines


def _radii(wind_kt: float) -> str:
    """Largest extent of 64, 50 and 34 kt by quadrant, nautical miles; right of the track more than left."""
    lines = []
    for limit, scale in ((64, 0.35), (50, 0.7), (34, 1.6)):
        if wind_kt >= limit:
            reach = round(wind_kt * scale / 5) * 5
            quadrants = [reach, reach, round(reach * 0.7 / 5) * 5, reach]
            cells = [f"{miles:3d}{q}" for miles, q in zip(quadrants, ("NE", "SE", "SW", "NW"), strict=True)]
            lines.append(f"{limit} KT.......{' '.join(cells)}.\n")
    return "".join(lines)


def _place(lon: float, lat: float) -> str:
    return f"{_hemisphere(lat, 'NS')} {_hemisphere(lon, 'EW'):>6}"


def _hemisphere(degrees: float, letters: str) -> str:
    return f"{abs(degrees):.1f}{letters[0] if degrees >= 0 else letters[1]}"


def _zulu(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"


def _rfc822(instant: datetime) -> str:
    return format_datetime(instant.replace(second=0, microsecond=0), usegmt=True)
