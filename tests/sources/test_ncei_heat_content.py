"""NOAA NCEI: ocean heat content."""

from __future__ import annotations

from recordings import measure, payload

from terraloom.sources.ocean.ncei_heat_content import NceiHeatContent

SOURCE = NceiHeatContent()
BODY = b"1955-3,-4.915\n1955-6,-5.202\n2025-12,27.611\n2026-13,1\n"


def test_a_quarter_begins_with_its_first_month() -> None:
    found = measure(SOURCE, BODY)
    assert SOURCE.recognises(payload(BODY))
    assert found.value("ocean_heat_content_anomaly", "ncei/world-ocean", "1955-04-01") == -5.202
    assert found.value("ocean_heat_content_anomaly", "ncei/world-ocean", "2025-10-01") == 27.611
    assert ["month: got '13'" in one.reason for one in found.rejects] == [True]
