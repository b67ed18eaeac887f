from __future__ import annotations

import json

from recordings import measure, payload

from terraloom.sources.astronomy.gwosc_events import GwoscEvents

SOURCE = GwoscEvents()


def event(name: str = "GW150914", version: int = 3, **other: object) -> dict[str, object]:
    return {
        "commonName": name,
        "version": version,
        "catalog.shortName": "GWTC-1-confident",
        "GPS": 1126259462.4,
        "mass_1_source": 35.6,
        "mass_1_source_lower": -3.1,
        "mass_2_source": 30.6,
        "luminosity_distance": 440.0,
        "network_matched_filter_snr": 24.4,
        "far": 1e-7,
        "p_astro": None,
        **other,
    }


def answer(*events: dict[str, object]) -> str:
    return json.dumps({"events": {f"{one['commonName']}-v{one['version']}": one for one in events}})


def test_an_event_has_its_parameters_at_the_moment_of_the_merger() -> None:
    found = measure(SOURCE, answer(event()))
    assert SOURCE.recognises(payload(answer(event())))
    at = ("gwosc/GW150914", "2015-09-14T09:50:45.4")
    assert found.value("gravitational_wave_primary_mass", *at) == 35.6
    assert found.value("gravitational_wave_luminosity_distance", *at) == 440.0
    assert found.value("gravitational_wave_false_alarm_rate", *at) == 1e-7
    assert len(found.values) == 5
    assert not found.rejects


def test_the_newest_version_holds_wherever_it_stands() -> None:
    found = measure(SOURCE, answer(event(version=10, mass_1_source=34.0), event(version=9)))
    values = {one.metric: one.value for one in found.values}
    assert values["gravitational_wave_primary_mass"] == 34.0


def test_an_event_without_a_time_costs_only_itself() -> None:
    found = measure(SOURCE, answer(event("GW170817", GPS=None), event()))
    assert set(found.stations) == {"gwosc/GW150914"}
    assert ["GPS: got None" in reject.reason for reject in found.rejects] == [True]
