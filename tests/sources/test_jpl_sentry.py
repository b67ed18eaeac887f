from __future__ import annotations

from datetime import UTC, datetime

from recordings import measure, payload

from terraloom.sources.astronomy.jpl_sentry import JplSentry

SOURCE = JplSentry()
LISTED = """{"signature":{"source":"NASA/JPL Sentry Data API","version":"2.0"},"count":2,"data":[
{"des":"29075","fullname":"29075 (1950 DA)","h":"17.94","diameter":"1.3","ip":"0.00039","ps_cum":"-0.92",
"ps_max":"-0.93","ts_max":null,"n_imp":1,"last_obs":"2024-08-15","last_obs_jd":"2460537.5","v_inf":"14.1"},
{"des":"2000 SG344","fullname":"(2000 SG344)","h":24.79,"diameter":0.037,"ip":0.002743395186,"ps_cum":-2.77,
"ps_max":-3.11,"ts_max":0,"n_imp":300,"last_obs":"2000-10-03","last_obs_jd":2451820.5,"v_inf":1.358}]}"""
REMOVED = """{"signature":{"source":"NASA/JPL Sentry Data API","version":"2.0"},"count":"2","data":[
{"des":"2026 AB","removed":"2026-11-20 12:10:38"},{"des":"1979 XB","removed":"2011-02-04 08:00:00"}]}"""


def test_each_body_has_its_hazard_on_the_day_of_its_last_observation() -> None:
    found = measure(SOURCE, LISTED)
    assert SOURCE.recognises(payload(LISTED))
    assert not found.rejects
    assert len(found.values) == 11  # no Torino value for one
    assert found.value("impact_probability", "jpl/2000 SG344", "2000-10-03") == 0.002743395186
    assert found.value("palermo_scale", "jpl/29075", "2024-08-15") == -0.92
    assert found.stations["jpl/29075"].title == "29075 (1950 DA)"


def test_a_body_that_was_lately_removed_hits_no_more() -> None:
    [one] = measure(SOURCE, REMOVED).values
    assert (one.metric, one.station, one.value) == ("impact_probability", "jpl/2026 AB", 0.0)
    assert one.time == datetime(2026, 11, 20, 12, 10, 38, tzinfo=UTC)


def test_a_removal_without_a_time_costs_only_itself() -> None:
    found = measure(SOURCE, REMOVED.replace("2011-02-04 08:00:00", "long ago"))
    assert len(found.values) == 1
    assert ["removed: got 'long ago'" in reject.reason for reject in found.rejects] == [True]


def test_an_empty_list_is_whole() -> None:
    assert list(SOURCE.parse(payload('{"signature":{},"count":"0","data":[]}'))) == []
