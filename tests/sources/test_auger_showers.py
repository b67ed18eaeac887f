from __future__ import annotations

import io
import zipfile

import pytest
from recordings import measure, payload

from terraloom.sources.astronomy.auger_showers import AugerShowers

SOURCE = AugerShowers()
NAMES = "id,sdid,gpstime,sd1500,multiEye,sd_gpsnanotime,sd_theta,sd_energy,sd_denergy,sd_ra,sd_dec,fdid"
SHOWER = "040010001700,1234567,757112384,1,0,120456789,31.4,2.61,0.2,193.8,-22.9,"


def summary(*rows: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("summary/dataSummarySD750.csv", "id\n1\n")
        archive.writestr("summary/dataSummarySD1500.csv", "\n".join((NAMES, *rows)) + "\n")
    return stream.getvalue()


def test_a_shower_has_energy_and_direction_at_the_microsecond() -> None:
    found = measure(SOURCE, summary(SHOWER))
    assert SOURCE.recognises(payload(summary(SHOWER)))
    # GPS was 13 s ahead of UTC then
    at = ("auger/sd1500", "2004-01-02T20:59:31.120457")
    assert found.value("cosmic_ray_energy", *at) == 2.61
    assert found.value("cosmic_ray_zenith_angle", *at) == 31.4
    assert found.value("declination", *at) == -22.9
    assert len(found.values) == 4


def test_a_shower_that_several_telescopes_saw_counts_once() -> None:
    second = SHOWER.replace(",1,0,", ",1,1,") + "77"
    assert len(measure(SOURCE, summary(SHOWER, second)).values) == 4


def test_a_row_without_a_time_costs_only_itself() -> None:
    found = measure(SOURCE, summary(SHOWER.replace("757112384", "").replace("0400", "0500"), SHOWER))
    assert len(found.values) == 4
    assert ["gpstime" in reject.reason for reject in found.rejects] == [True]


@pytest.mark.parametrize(
    ("body", "reason"),
    [(summary(SHOWER)[:200], "zip archive"), (NAMES.replace("sd_energy", "x").encode(), "sd_energy")],
)
def test_what_is_no_summary_is_refused(body: bytes, reason: str) -> None:
    [reject] = measure(SOURCE, body).rejects
    assert reason in reject.reason
