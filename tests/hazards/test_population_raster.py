"""People from rasters: sums with known answers on rasters made here, and the recorded real ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import Geod
from rasterio.crs import CRS

from terraloom.config import Population as PopulationSettings
from terraloom.errors import ConfigError
from terraloom.hazards.population import gazetteer, nearby
from terraloom.hazards.population_raster import Raster, cell_area_km2, configured

GEOD = Geod(ellps="WGS84")


def write(path: Path, cells: np.ndarray, west: float, north: float, size: float, **extra: object) -> Path:
    nodata, crs = extra.get("nodata"), extra.get("crs", CRS.from_epsg(4326))
    height, width = cells.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=height,
        width=width,
        count=1,
        dtype="float32",
        nodata=nodata,
        crs=crs,
        transform=Affine(size, 0.0, west, 0.0, -size, north),
    ) as file:
        file.write(cells.astype("float32"), 1)
    return path


def brute_force(path: Path, lon: float, lat: float, radius_km: float) -> float:
    """Sum of all positive cells whose centre is within the radius, one by one."""
    with rasterio.open(path) as file:
        cells, transform = file.read(1).astype(float), file.transform
    rows, columns = np.indices(cells.shape)
    x, y = transform.c + transform.a * (columns + 0.5), transform.f + transform.e * (rows + 0.5)
    _, _, metres = GEOD.inv(np.full(x.shape, lon), np.full(x.shape, lat), x, y)
    return float(cells[(metres / 1000 <= radius_km) & (cells > 0)].sum())


@pytest.mark.parametrize(
    ("lon", "lat"), [(0.3, 0.2), (179.6, -17.2), (-179.9, 65.0), (40.0, 89.2), (-120.0, -89.7), (180.0, 0.0)]
)
def test_counts_over_circles_anywhere_equal_brute_force(tmp_path: Path, lon: float, lat: float) -> None:
    world = np.random.default_rng(7).uniform(0, 1000, (180, 360))
    path = write(tmp_path / "people_count.tif", world, -180, 90, 1.0)
    found = Raster(path).within([lon], [lat], [30.0, 100.0, 400.0])[0]
    expected = [brute_force(path, lon, lat, r) for r in (30.0, 100.0, 400.0)]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("lat", [0.0, 45.0, -70.0])
def test_an_even_density_gives_the_area_of_the_circle(tmp_path: Path, lat: float) -> None:
    path = write(tmp_path / "density.tif", np.full((600, 1600), 100.0), -8, lat + 3, 0.01)
    (people,) = Raster(path, "density").within([0.0], [lat], [100.0])[0]
    assert people == pytest.approx(100.0 * np.pi * 100.0**2, rel=2e-3)


def test_the_area_of_a_cell_is_exact() -> None:
    ring = [(10, 40), (11, 40), (11, 41), (10, 41)]
    # Parallels are no geodesics: the ring's edges are densified along them.
    edge = np.linspace(0, 1, 2001)
    lon = np.concatenate(
        [a[0] + (b[0] - a[0]) * edge for a, b in zip(ring, ring[1:] + ring[:1], strict=True)]
    )
    lat = np.concatenate(
        [a[1] + (b[1] - a[1]) * edge for a, b in zip(ring, ring[1:] + ring[:1], strict=True)]
    )
    area, _ = GEOD.polygon_area_perimeter(lon, lat)
    assert cell_area_km2(np.array([40.5]), 1.0, 1.0)[0] == pytest.approx(abs(area) / 1e6, rel=1e-7)


@pytest.mark.parametrize("nodata", [-99999.0, -9999.0, None, 255.0])
def test_missing_cells_are_nobody_whatever_stands_for_them(tmp_path: Path, nodata: float | None) -> None:
    cells = np.full((40, 40), 2.0)
    cells[:20] = -9999.0 if nodata is None else nodata
    cells[20, :3] = np.nan
    path = write(tmp_path / "count.tif", cells, 0, 2, 0.05, nodata=nodata)
    assert Raster(path).within([1.0], [1.0], [500.0])[0, 0] == 2.0 * (20 * 40 - 3)


def test_a_raster_in_another_frame_is_refused_by_name(tmp_path: Path) -> None:
    path = write(tmp_path / "count.tif", np.ones((4, 4)), 0, 0, 1000, crs=CRS.from_epsg(3857))
    with pytest.raises(ConfigError, match=r"count\.tif.*EPSG:4326"):
        Raster(path)


def test_a_raster_that_does_not_say_what_its_cells_hold_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "pop.tif", np.ones((4, 4)), 10, 50, 0.5)
    with pytest.raises(ConfigError, match="count or density"):
        Raster(path)
    assert not Raster(path, "count").density


def test_a_file_that_is_no_raster_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.tif").write_text("no raster")
    with pytest.raises(ConfigError, match="readable GeoTIFF"):
        Raster(tmp_path / "text.tif")


def test_what_is_near_comes_from_the_configured_raster(tmp_path: Path) -> None:
    path = write(tmp_path / "count.tif", np.full((40, 40), 5.0), 11, 43, 0.05)
    population = configured(PopulationSettings(method="raster", raster=path))
    (near,) = nearby([12.0], [42.0], population)
    assert near.country == "IT"
    assert near.population_10km == brute_force(path, 12.0, 42.0, 10.0)
    assert "count.tif" in near.method
    assert configured(PopulationSettings()) is gazetteer()


def test_a_raster_must_be_named() -> None:
    with pytest.raises(ConfigError, match=r"population\.raster"):
        configured(PopulationSettings(method="raster"))


def test_recorded_worldpop_counts_give_the_islands_people(samples: Path) -> None:
    raster = Raster(samples / "population-rasters" / "abw_ppp_2020_UNadj_constrained.tif")
    (people,) = raster.within([-69.97], [12.51], [100.0])[0]
    assert 100_000 < people < 112_000  # Aruba, UN estimate for 2020: 106,766


def test_recorded_density_gives_about_the_people_of_a_city(samples: Path) -> None:
    raster = Raster(samples / "population-rasters" / "population-density_median.tif")
    assert raster.density
    (people,) = raster.within([8.54], [47.37], [25.0])[0]
    assert 900_000 < people < 1_600_000  # Zürich and its surroundings
