from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import fastavro
import pytest
from recordings import measure, payload, recorded, tallies

from terraloom.sources.astronomy.fink_ztf import FinkZtf

SOURCE = FinkZtf()
SCHEMA = {
    "type": "record",
    "name": "alert",
    "fields": [
        {"name": "objectId", "type": "string"},
        {"name": "candid", "type": "long"},
        {
            "name": "candidate",
            "type": {
                "type": "record",
                "name": "candidate",
                "fields": [
                    {"name": name, "type": kind}
                    for name, kind in {
                        "jd": "double", "fid": "int", "magpsf": "double", "isdiffpos": "string",
                        "drb": ["null", "double"], "ra": "double", "dec": "double",
                    }.items()
                ],
            },
        },
    ],
}  # fmt: skip


def alert(**other: object) -> dict[str, object]:
    return {
        "i:objectId": "ZTF26aaaaaaa",
        "i:candid": 1,
        "i:jd": 2461366.75,
        "i:fid": 1,
        "i:magpsf": 18.5,
        "i:isdiffpos": "t",
        "i:drb": 0.99,
        "i:ra": 193.8,
        "i:dec": 2.9,
        "d:rf_snia_vs_nonia": 0.72,
        "v:classification": "Early SN Ia candidate",
        **other,
    }


def avro(*alerts: dict[str, object]) -> bytes:
    stream = io.BytesIO()
    bare = [{name.partition(":")[2]: value for name, value in one.items()} for one in alerts]
    records = [{"objectId": one["objectId"], "candid": one["candid"], "candidate": one} for one in bare]
    fastavro.writer(stream, fastavro.parse_schema(SCHEMA), records)
    return stream.getvalue()


def test_an_alert_is_one_exposure_of_an_object_in_one_band() -> None:
    found = measure(SOURCE, json.dumps([alert()]))
    assert SOURCE.recognises(payload(json.dumps([alert()])))
    assert {one.time for one in found.values} == {datetime(2026, 11, 22, 6, 0, tzinfo=UTC)}
    assert {one.metric: one.value for one in found.values} == {
        "ztf_g_magnitude": 18.5,
        "right_ascension": 193.8,
        "declination": 2.9,
        "transient_real_score": 0.99,
        "transient_supernova_ia_score": 0.72,
    }
    assert found.stations["fink/ZTF26aaaaaaa"].title == "ZTF26aaaaaaa, Early SN Ia candidate"


def test_what_got_fainter_has_no_magnitude() -> None:
    found = measure(SOURCE, json.dumps([alert(**{"i:isdiffpos": "f"})]))
    assert "ztf_g_magnitude" not in {one.metric for one in found.values}


@pytest.mark.parametrize(
    ("other", "reason"), [({"i:fid": 7}, "i:fid"), ({"i:jd": "x"}, "i:jd"), ({"i:objectId": ""}, "objectId")]
)
def test_a_broken_alert_costs_only_itself(other: dict[str, object], reason: str) -> None:
    found = measure(SOURCE, json.dumps([alert(**other), alert()]))
    assert len(found.values) == 5
    assert [reason in reject.reason for reject in found.rejects] == [True]


def test_a_stream_says_what_the_service_says() -> None:
    second = alert(**{"i:objectId": "ZTF26bbbbbbb", "i:fid": 2})
    found = measure(SOURCE, avro(alert(), second))
    assert SOURCE.recognises(payload(avro(alert())))
    assert found.value("ztf_r_magnitude", "fink/ZTF26bbbbbbb", "2026-11-22T06:00") == 18.5
    assert len(found.values) == 8
    cut = measure(SOURCE, avro(alert(), second)[:-30])
    assert "no Avro from here on" in cut.rejects[-1].reason


def test_without_the_extra_a_stream_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fastavro", None)
    [reject] = measure(SOURCE, avro(alert())).rejects
    assert "pip install 'terraloom[avro]'" in reject.reason


def test_recordings_are_read_whole(samples: Path) -> None:
    assert tallies(SOURCE, samples, "fink-ztf") == {
        "ZTF19acihgng.avro": (4, 0),
        "avro_multi_alerts_other.avro": (10, 0),  # of three, two fainter than their reference
        "fink-broker-sample-alert-1.avro": (4, 0),
    }
    one = dict(recorded(samples, "fink-ztf"))["ZTF19acihgng.avro"]
    magnitude = measure(SOURCE, one).value("ztf_r_magnitude", "fink/ZTF19acihgng", "2019-11-27T03:15:35.997")
    assert magnitude == pytest.approx(18.6323, abs=1e-4)
