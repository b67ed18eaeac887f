"""Common Alerting Protocol 1.2 (OASIS, 2010): areas as GeoJSON, severity as a colour."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from lxml import etree

from terraloom.errors import RecordError
from terraloom.records import Severity
from terraloom.sources.values import number

Ring = list[tuple[float, float]]

_SEVERITY = {
    "Extreme": Severity.RED,
    "Severe": Severity.ORANGE,
    "Moderate": Severity.YELLOW,
    "Minor": Severity.GREEN,
    "Unknown": None,
}


def severity_level(text: str) -> Severity | None:
    """`severity` as a colour: Extreme red, Severe orange, Moderate yellow, Minor green.

    Raises `RecordError`.
    """
    if text not in _SEVERITY:
        raise RecordError("severity", text, "one of " + ", ".join(_SEVERITY))
    return _SEVERITY[text]


def polygons(element: etree._Element) -> dict[str, Any] | None:
    """The `polygon`s below `element` as one GeoJSON geometry or None. Raises `RecordError`."""
    texts = [str(found.text or "").strip() for found in element.iterfind(".//{*}polygon")]
    shapes = [shape for text in texts if text for shape in polygon(text)]
    if not shapes:
        return None
    if len(shapes) == 1:
        return {"type": "Polygon", "coordinates": shapes[0]}
    return {"type": "MultiPolygon", "coordinates": shapes}


def polygon(text: str) -> list[list[Ring]]:
    """
    A CAP polygon ("lat,lon lat,lon …") as GeoJSON polygons: closed rings of (lon, lat).

    GDACS leaves the brackets of WKT in multi-part areas: "lat),lon" ends a ring, "lat,(lon" begins a hole and
    "lat,((lon" the next polygon. Areas that cross the antimeridian go on past 180 degrees and are left so.
    Raises `RecordError`.
    """
    shapes: list[list[Ring]] = [[[]]]
    for pair in text.split():
        lat, _, lon = pair.partition(",")
        if lon.startswith("("):
            shapes.append([[]]) if lon.startswith("((") else shapes[-1].append([])
        shapes[-1][-1].append(_vertex(lon.lstrip("("), lat.rstrip(")")))
    return [[_closed(ring, text) for ring in shape] for shape in shapes]


def _vertex(lon: object, lat: object) -> tuple[float, float]:
    return number("lon", lon, low=-360, high=360), number("lat", lat, low=-90, high=90)


def _closed(ring: Ring, text: str) -> Ring:
    if len(ring) < 3:
        raise RecordError("polygon", text[:80], 'at least three "lat,lon" pairs')
    return ring if ring[0] == ring[-1] else [*ring, ring[0]]


def joined(geometries: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Polygons as one MultiPolygon; a single geometry as it is; what is no polygon is left out of a union."""
    if len(geometries) < 2:
        return geometries[0] if geometries else None
    shapes: list[Any] = []
    for geometry in geometries:
        if geometry.get("type") == "Polygon":
            shapes.append(geometry["coordinates"])
        elif geometry.get("type") == "MultiPolygon":
            shapes.extend(geometry["coordinates"])
    return {"type": "MultiPolygon", "coordinates": shapes} if shapes else geometries[0]


def centroid(geometry: dict[str, Any] | None) -> tuple[float, float] | None:
    """
    Area centroid (degrees, lon before lat) of a GeoJSON Polygon or MultiPolygon; None of any other.

    Of outer rings only. Rings that cross the antimeridian are unrolled, so that the centre of a Pacific zone
    is in the Pacific.
    """
    rings = _outer_rings(geometry)
    if not rings:
        return None
    base = rings[0][0][0]
    parts = [_ring_centroid([(_near(lon, base), lat) for lon, lat in one]) for one in rings]
    weight = sum(area for _, _, area in parts) or 1.0
    lon = sum(x * area for x, _, area in parts) / weight
    lat = sum(y * area for _, y, area in parts) / weight
    return (lon + 180.0) % 360.0 - 180.0, min(90.0, max(-90.0, lat))


def _outer_rings(geometry: dict[str, Any] | None) -> list[Ring]:
    """The outer rings of a Polygon or MultiPolygon, checked. Raises `RecordError`."""
    if geometry is None or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        return []
    coordinates = geometry.get("coordinates")
    shapes: Any = [coordinates] if geometry["type"] == "Polygon" else coordinates
    try:
        rings = [[_vertex(point[0], point[1]) for point in shape[0]] for shape in shapes]
    except (TypeError, IndexError, KeyError):
        raise RecordError("geometry", str(coordinates)[:80], "rings of [lon, lat]") from None
    if not rings or any(len(ring) < 3 for ring in rings):
        raise RecordError("geometry", str(coordinates)[:80], "rings of at least three [lon, lat]")
    return rings


def _ring_centroid(ring: Ring) -> tuple[float, float, float]:
    """Centroid and area of a ring (shoelace formula); a degenerate one: its mean point, almost no area."""
    lon0, lat0 = ring[0]
    twice = x = y = 0.0
    for (lon1, lat1), (lon2, lat2) in pairwise([(lon - lon0, lat - lat0) for lon, lat in ring]):
        cross = lon1 * lat2 - lon2 * lat1
        twice += cross
        x += (lon1 + lon2) * cross
        y += (lat1 + lat2) * cross
    if abs(twice) < 1e-12:
        return sum(p[0] for p in ring) / len(ring), sum(p[1] for p in ring) / len(ring), 1e-12
    return lon0 + x / (3 * twice), lat0 + y / (3 * twice), abs(twice) / 2


def _near(lon: float, base: float) -> float:
    """`lon` moved by whole turns to within half a turn of `base`."""
    return base + (lon - base + 180.0) % 360.0 - 180.0
