"""NSIDC: extent of sea ice."""

from __future__ import annotations

import pytest
from recordings import measure

from terraloom.sources import source

BODY = b"""Year, Month, Day,     Extent,    Missing, Source Data
YYYY,    MM,  DD, 10^6 sq km, 10^6 sq km, Source data product web sites: http://nsidc.org/data/nsidc-0081.html
1978,    10,  26,     10.231,      0.000, ['/ecs/nt_19781026_n07_v1.1_n.bin']
2026,    06,  11,     10.759,      0.000,"['/a/one.nc', '/a/two.nc']"
2026,    06,  12,  -9999.000,     16.000,"['/a/three.nc', '/a/four.nc']"
"""


@pytest.mark.parametrize("hemisphere", ["north", "south"])
def test_days_have_their_extent_whatever_files_it_is_from(hemisphere: str) -> None:
    found = measure(source(f"nsidc-sea-ice-{hemisphere}"), BODY)
    assert found.value("sea_ice_extent", f"nsidc/{hemisphere}", "1978-10-26") == 10.231
    assert [one.value for one in found.values] == [10.231, 10.759]
    assert found.rejects == []


def test_each_hemisphere_has_its_own_address() -> None:
    assert "/north/daily/data/N_" in source("nsidc-sea-ice-north").info.url
    assert "/south/daily/data/S_" in source("nsidc-sea-ice-south").info.url
