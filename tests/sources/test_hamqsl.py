"""N0NBH's propagation page."""

from __future__ import annotations

from pathlib import Path

import pytest
from recordings import measure, recorded, tallies

from terraloom.sources import source

SOURCE = source("hamqsl-propagation")
PAGE = """<?xml version="1.0"?><solar><solardata>
<updated> 15 Jan 2026 0442 GMT</updated>
<solarflux>169</solarflux><kindex> 2</kindex><kindexnt>No Report</kindexnt>
<xray>  C2.4  </xray><magneticfield> -1.3</magneticfield><aurora></aurora><muf>NoRpt</muf><fof2> 4.8</fof2>
<calculatedconditions><band name="80m-40m" time="day">Fair</band><band name="12m-10m" time="night">Good</band>
</calculatedconditions><calculatedvhfconditions>
<phenomenon name="E-Skip" location="europe_6m">50MHz ES</phenomenon>
<phenomenon name="vhf-aurora" location="northern_hemi">Band Closed</phenomenon>
</calculatedvhfconditions></solardata></solar>"""
AT = "2026-01-15T04:42"


def test_words_of_conditions_become_numbers() -> None:
    found = measure(SOURCE, PAGE)
    assert found.value("hf_band_condition", "hamqsl/80m-40m-day", AT) == 1.0
    assert found.value("hf_band_condition", "hamqsl/12m-10m-night", AT) == 2.0
    assert found.value("vhf_opening", "hamqsl/e-skip-europe-6m", AT) == 1.0
    assert found.value("vhf_opening", "hamqsl/vhf-aurora-northern-hemi", AT) == 0.0


def test_a_flare_class_is_a_flux_and_no_report_is_no_value() -> None:
    found = measure(SOURCE, PAGE)
    assert found.value("solar_xray_flux_long", "hamqsl/planet", AT) == pytest.approx(2.4e-6)
    assert found.value("critical_frequency_f2", "hamqsl/boulder", AT) == 4.8
    assert not [one for one in found.values if one.metric == "maximum_usable_frequency_3000_km"]
    assert found.rejects == []


def test_a_condition_in_other_words_costs_only_itself() -> None:
    found = measure(SOURCE, PAGE.replace(">Good<", ">Splendid<"))
    assert len(found.values) == 8
    [reject] = found.rejects
    assert "Splendid" in reject.reason


def test_recordings_are_read_whole(samples: Path) -> None:
    assert tallies(SOURCE, samples, "hamqsl") == {"solarxml_1.xml": (21, 0), "solarxml_2.xml": (21, 0)}
    first = dict(recorded(samples, "hamqsl"))["solarxml_1.xml"]
    assert (
        measure(SOURCE, first).value("solar_radio_flux_10_7cm", "hamqsl/planet", "2019-01-15T04:42") == 69.0
    )
