"""NOAA NCEI: Pacific decadal oscillation."""

from __future__ import annotations

from recordings import measure, payload

from terraloom.sources.climate.ncei_pdo import NceiPacificDecadalOscillation

SOURCE = NceiPacificDecadalOscillation()
BODY = b"""ERSST PDO Index:
Year   Jan   Feb   Mar   Apr   May   Jun   Jul   Aug   Sep   Oct   Nov   Dec
1854  0.11 -0.24 -0.40 -0.44 -0.54 -0.30 -0.10 -1.24 -1.00 -2.23 -1.79 -0.94
2026 -1.50 -1.40 99.99 99.99 99.99 99.99 99.99 99.99 99.99 99.99 99.99 99.99
"""


def test_months_to_come_have_no_value() -> None:
    found = measure(SOURCE, BODY)
    assert SOURCE.recognises(payload(BODY))
    assert found.value("pacific_decadal_oscillation_index", "ncei/north-pacific", "2026-02-01") == -1.40
    assert (len(found.values), found.rejects) == (14, [])


def test_a_short_year_is_refused() -> None:
    [refused] = measure(SOURCE, BODY[:-20]).rejects
    assert refused.where == "record 1"
    assert "twelve months" in refused.reason
