"""
People from a population GeoTIFF (WorldPop, GHS-POP, GPW, LandScan, …), by windows around each point.

Needs the extra `population`. The raster must be in geographic coordinates on WGS 84 (EPSG:4326) or a frame
that lies within a metre of it; anything else is refused, not warped. What is not a number, negative, or the
file's own nodata value counts as nobody: files without a nodata tag often still use -99999 or -9999.

Cells hold people (counts) or people per km² (density). `kind` says which; where it is "auto", the file's
own description, unit or tags decide, and a file that does not say is refused, since guessing wrong is
off by a factor of a hundred.

A cell belongs to a circle when its centre does; distances are geodesics on the ellipsoid. Circles over a pole
or the antimeridian are read in several windows.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from terraloom.errors import ConfigError, MissingExtra
from terraloom.hazards.population import Floats, Population, checked, gazetteer

if TYPE_CHECKING:
    from terraloom.config import Population as PopulationSettings

Kind = Literal["auto", "count", "density"]
WGS84_A, WGS84_E2 = 6378.137, 6.69437999014e-3  # semi-major axis, km; squared eccentricity
DENSITY_WORDS = ("density", "per km", "km-2", "/km", "persons/km", "per square k")
COUNT_WORDS = ("count", "per cell", "per pixel", "people per", "ppp", "persons", "inhabitants")
KM_PER_DEGREE = 110.574  # of latitude, at the equator: its least


class Raster:
    """`Population` from one GeoTIFF. Raises `ConfigError` that names the file and what is wrong with it."""

    def __init__(self, path: Path, kind: Kind = "auto") -> None:
        try:
            import rasterio
        except ImportError as error:
            raise MissingExtra("rasterio", "population") from error
        self._path, self._lock = path, threading.Lock()
        try:
            self._file = rasterio.open(path)
        except rasterio.errors.RasterioIOError as error:
            raise ConfigError("population.raster", str(path), f"a readable GeoTIFF ({error})") from error
        self._check_frame()
        self.density = self._is_density(kind)
        per = "people per km²" if self.density else "people per cell"
        self.method = f"raster: {path.name} ({per})"

    def within(self, lon: ArrayLike, lat: ArrayLike, radii_km: Sequence[float]) -> Floats:
        """People within each radius of each point; shape (points, radii)."""
        lons, lats = checked(lon, lat)
        return np.array(
            [self._circles(x, y, np.asarray(radii_km, float)) for x, y in zip(lons, lats, strict=True)]
        ).reshape(len(lons), len(radii_km))

    def _circles(self, lon: float, lat: float, radii_km: Floats) -> Floats:
        sums = np.zeros(len(radii_km))
        for west, south, east, north in boxes(lon, lat, float(radii_km.max())):
            people, x, y = self._read(west, south, east, north)
            if people.size:
                distance = geodesic_km(lon, lat, x, y)
                sums += [people[distance <= radius].sum() for radius in radii_km]
        return sums

    def _read(self, west: float, south: float, east: float, north: float) -> tuple[Floats, Floats, Floats]:
        """People per cell and cell centres of all cells with a centre in the box, as flat arrays."""
        from rasterio.windows import Window

        t, nothing = self._file.transform, np.zeros(0)
        first = max(int(np.ceil((west - t.c) / t.a - 0.5)), 0)
        last = min(int(np.floor((east - t.c) / t.a - 0.5)), self._file.width - 1)
        top = max(int(np.ceil((north - t.f) / t.e - 0.5)), 0)
        bottom = min(int(np.floor((south - t.f) / t.e - 0.5)), self._file.height - 1)
        if last < first or bottom < top:
            return nothing, nothing, nothing
        with self._lock:  # a GDAL dataset serves one thread at a time
            cells = self._file.read(1, window=Window(first, top, last - first + 1, bottom - top + 1))
        x = t.c + t.a * (np.arange(first, last + 1) + 0.5)
        y = t.f + t.e * (np.arange(top, bottom + 1) + 0.5)
        people = self._people(cells.astype(float), y)
        xs, ys = np.meshgrid(x, y)
        some = people > 0
        return people[some], xs[some], ys[some]

    def _people(self, cells: Floats, lat: Floats) -> Floats:
        nodata = self._file.nodata
        empty = ~np.isfinite(cells) | (cells < 0)
        if nodata is not None and nodata > 0:  # compared as stored: -9999.9 and the like are negative anyway
            empty |= cells == np.asarray(nodata, self._file.dtypes[0]).astype(float)
        people = np.where(empty, 0.0, cells)
        if not self.density:
            return people
        t = self._file.transform
        return people * cell_area_km2(lat, abs(t.a), abs(t.e))[:, None]

    def _check_frame(self) -> None:
        crs, t = self._file.crs, self._file.transform
        if crs is None or not crs.is_geographic:
            raise ConfigError(
                "population.raster", f"{self._path}: {crs}", "geographic coordinates (EPSG:4326)"
            )
        if "WGS" not in crs.to_wkt().upper().replace("WORLD GEODETIC SYSTEM", "WGS"):
            raise ConfigError("population.raster", f"{self._path}: {crs}", "the WGS 84 datum (EPSG:4326)")
        if t.b or t.d or t.a <= 0 or t.e >= 0:
            raise ConfigError("population.raster", f"{self._path}: {t}", "north up, east right, not rotated")

    def _is_density(self, kind: Kind) -> bool:
        if kind != "auto":
            return kind == "density"
        said = " ".join([self._path.name, *self._words()]).lower()
        density, count = any(w in said for w in DENSITY_WORDS), any(w in said for w in COUNT_WORDS)
        if density == count:
            raise ConfigError("population.kind", "auto", f"count or density: {self._path} does not say which")
        return density

    def _words(self) -> Iterator[str]:
        """What the file says of itself."""
        for tags in (self._file.tags(), self._file.tags(1)):
            yield from (f"{k}={v}" for k, v in sorted(tags.items()))
        yield from (str(word) for word in (*self._file.descriptions, *self._file.units) if word)


def boxes(lon: float, lat: float, radius_km: float) -> list[tuple[float, float, float, float]]:
    """Bounds (west, south, east, north) that hold the circle; two where it crosses ±180°."""
    reach = radius_km / KM_PER_DEGREE * 1.001
    south, north = lat - reach, lat + reach
    if south <= -90.0 or north >= 90.0:  # holds a pole, so every meridian
        return [(-180.0, max(south, -90.0), 180.0, min(north, 90.0))]
    # Half-width of a circle on a sphere: asin(sin r / cos φ); it never reaches the poles here.
    ratio = np.sin(np.radians(reach)) / np.cos(np.radians(lat))
    half = float(np.degrees(np.arcsin(min(ratio, 1.0)))) * 1.01 if ratio < 1.0 else 180.0
    if half >= 180.0:
        return [(-180.0, south, 180.0, north)]
    west, east = lon - half, lon + half
    if west < -180.0:
        return [(west + 360.0, south, 180.0, north), (-180.0, south, east, north)]
    if east > 180.0:
        return [(west, south, 180.0, north), (-180.0, south, east - 360.0, north)]
    return [(west, south, east, north)]


def geodesic_km(lon: float, lat: float, to_lon: Floats, to_lat: Floats) -> Floats:
    """Distance on the WGS 84 ellipsoid, km (Karney, 2013, by PROJ)."""
    _, _, metres = _geod().inv(np.full_like(to_lon, lon), np.full_like(to_lat, lat), to_lon, to_lat)
    distance: Floats = np.asarray(metres) / 1000.0
    return distance


def cell_area_km2(lat: Floats, width_deg: float, height_deg: float) -> Floats:
    """
    Area of cells centred at `lat`, km²: the exact integral between two parallels of the ellipsoid.

    ``A = a² (1 - e²) Δλ [q(φ) / 2]`` between the edges, ``q = sinφ / (1 - e² sin²φ) + atanh(e sinφ) / e``
    (Snyder, 1987, Map Projections, eq. 3-12).
    """
    edges = np.clip(lat[:, None] + np.array([-0.5, 0.5]) * height_deg, -90.0, 90.0)
    s, e = np.sin(np.radians(edges)), np.sqrt(WGS84_E2)
    q = s / (1.0 - WGS84_E2 * s**2) + np.arctanh(e * s) / e
    area: Floats = WGS84_A**2 * (1.0 - WGS84_E2) / 2.0 * np.radians(width_deg) * (q[:, 1] - q[:, 0])
    return area


def configured(settings: PopulationSettings) -> Population:
    """The population that the settings ask for, opened once. Raises `ConfigError`, `MissingExtra`."""
    if settings.method == "gazetteer":
        return gazetteer()
    if settings.raster is None:
        raise ConfigError("population.raster", None, "a GeoTIFF, because `population.method` is raster")
    return _opened(settings.raster, settings.kind)


@cache
def _opened(path: Path, kind: Kind) -> Raster:
    return Raster(path, kind)


@cache
def _geod() -> Any:
    from pyproj import Geod

    return Geod(ellps="WGS84")
