from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from recordings import counts, payload, read, recorded

from terraloom.errors import FetchError
from terraloom.records import HazardReport, Payload, ReportStatus, Severity
from terraloom.sources.seismology.usgs_detail import UsgsEarthquakesDetail, as_pager
from terraloom.sources.seismology.usgs_pager import UsgsPager

SOURCE, PAGER_SOURCE = UsgsEarthquakesDetail(), UsgsPager()
PAGE = "https://earthquake.usgs.gov/earthquakes/feed/v1.0/detail/us1.geojson"


def product(updated: int, weight: float, *, status: str = "UPDATE", source: str = "us", **stated: str) -> Any:
    names = {key.replace("_", "-"): value for key, value in stated.items()}
    common = {"source": source, "code": f"{source}1", "updateTime": updated, "status": status}
    return common | {"preferredWeight": weight, "properties": names, "contents": []}


def detail(alert: str | None = None, **products: list[Any]) -> str:
    properties = {
        "mag": 7.1,
        "time": 1790000000123,
        "updated": 1790000600000,
        "alert": alert,
        "ids": ",us1,ak2,",
    }
    named = {key.replace("_", "-"): value for key, value in products.items()}
    point = {"type": "Point", "coordinates": [27.5, 38.25, 10]}
    return json.dumps(
        {"type": "Feature", "id": "us1", "properties": properties | {"products": named}, "geometry": point}
    )


def measured(report: HazardReport) -> dict[str, float]:
    return {m.name: m.value for m in report.measurements}


def test_products_become_measurements_though_all_values_are_text() -> None:
    body = detail(
        shakemap=[product(1, 10, maxmmi="7.64")],
        losspager=[product(1, 10, alertlevel="orange", maxmmi="8.0")],
        moment_tensor=[product(1, 10, scalar_moment="581100000000000000000", nodal_plane_1_strike="null")],
        origin=[product(1, 10, horizontal_error="2.6")],
    )
    [report], rejects = read(SOURCE, body)
    assert not rejects
    assert measured(report)["shakemap_max_mmi"] == 7.64
    assert measured(report)["scalar_moment"] == 5.811e20
    assert "nodal_plane_1_strike" not in measured(report)
    assert (report.severity_level, report.position_error_km) == (Severity.ORANGE, 2.6)


def test_superseded_and_deleted_products_do_not_count() -> None:
    superseded = [product(5, 10, maxmmi="6"), product(9, 3, maxmmi="7"), product(7, 99, maxmmi="8")]
    deleted = [
        product(9, 50, source="at", status="DELETE", maxmmi="9"),
        product(8, 50, source="at", maxmmi="9"),
    ]
    [report], _ = read(SOURCE, detail(shakemap=superseded + deleted))
    assert measured(report)["shakemap_max_mmi"] == 7.0


def test_a_bad_product_value_costs_only_that_value() -> None:
    body = detail(
        shakemap=[product(1, 1, maxmmi="lots")], dyfi=[{"source": 5}], losspager=[product(1, 1, maxmmi="6")]
    )
    [report], rejects = read(SOURCE, body)
    assert measured(report)["pager_max_mmi"] == 6.0
    assert sorted(reject.where for reject in rejects) == ["product dyfi", "product shakemap"]


def test_conflict_means_deleted_but_not_found_does_not() -> None:
    gone = payload("Event has been deleted", url=PAGE, status=409)
    assert SOURCE.recognises(gone)
    [report], _ = read(SOURCE, gone)
    assert (report.source_event_id, report.status) == ("us1", ReportStatus.DELETED)
    reports, [reject] = read(SOURCE, payload("Not found", url=PAGE, status=404))
    assert (reports, "status: got 404" in reject.reason) == ([], True)


PAGER = """<pager process_timestamp="2026-03-02T16:59:54Z">
<event eventcode="us1" magnitude="7.8" depth="24.0" lat="-4.9" lon="94.2"
 event_timestamp="2026-03-02T12:49:48Z" event_description="SEA" maxmmi="3.0"/>
<alerts><alert type="economic" level="yellow" summary="no"/>
<alert type="fatality" level="red" summary="yes"/></alerts>
<exposure dmin="6.5" dmax="7.5" exposure="1234"/></pager>"""


def test_pager_gives_the_alert_and_people_per_intensity() -> None:
    assert PAGER_SOURCE.recognises(payload(PAGER))
    assert not SOURCE.recognises(payload(PAGER))
    [report], _ = read(PAGER_SOURCE, PAGER)
    assert (report.source_event_id, report.severity_level) == ("us1", Severity.RED)
    assert measured(report) == {"pager_max_mmi": 3.0, "population_mmi_7": 1234.0}


@pytest.mark.parametrize(
    "body", [PAGER.replace('eventcode="us1"', ""), PAGER[:300], PAGER.replace("-4.9", "-94.9")]
)
def test_an_unreadable_pager_is_one_reject(body: str) -> None:
    reports, [reject] = read(PAGER_SOURCE, body)
    assert (reports, reject.where) == ([], "payload")


class Upstream:
    """A fetcher with a fixed set of answers; what is not in it has not changed."""

    def __init__(self, answers: dict[str, Payload]) -> None:
        self.answers, self.asked = answers, list[str]()

    async def get(self, url: str, **_: Any) -> Payload | None:
        self.asked.append(url)
        if url.endswith("?broken"):
            raise FetchError(url, "no answer")
        return self.answers.get(url)


async def _collect(found: AsyncIterator[Payload]) -> list[Payload]:
    return [one async for one in found]


async def test_a_poll_follows_the_list_to_details_and_their_pager() -> None:
    pager_url = "https://earthquake.usgs.gov/product/losspager/us1/us/1/pager.xml"
    loss = product(1, 1, maxmmi="6") | {"contents": {"pager.xml": {"url": pager_url}}}
    features = [{"properties": {"detail": url}} for url in (PAGE, PAGE + "?unchanged")]
    listed = payload(json.dumps({"features": [*features, {"properties": 5}]}))
    answers = {SOURCE.info.url: listed, PAGE: payload(detail(losspager=[loss])), pager_url: payload(PAGER)}
    upstream = Upstream(answers)
    pager = as_pager(answers[pager_url])
    assert await _collect(SOURCE.fetch(upstream)) == [listed, answers[PAGE], pager]
    assert upstream.asked == [SOURCE.info.url, PAGE, pager_url, PAGE + "?unchanged"]
    assert pager.source == PAGER_SOURCE.info.id


async def test_a_detail_that_fails_holds_up_no_other_and_is_told() -> None:
    features = [{"properties": {"detail": url}} for url in (PAGE + "?broken", "https://else.test/x", PAGE)]
    listed = payload(json.dumps({"features": features}))
    upstream = Upstream({SOURCE.info.url: listed, PAGE: payload(detail())})
    got, told = list[Payload](), ""
    try:
        async for one in SOURCE.fetch(upstream):
            got.append(one)
    except FetchError as error:
        told = str(error)
    assert told.endswith("no answer")
    assert got == [listed, upstream.answers[PAGE]]
    assert upstream.asked == [SOURCE.info.url, PAGE + "?broken", PAGE]


def test_every_recorded_detail_is_read_whole(samples: Path) -> None:
    found = counts(SOURCE, samples, "usgs-earthquakes")
    assert len(found) == 11
    assert set(found.values()) == {(1, 0)}
    assert list(counts(PAGER_SOURCE, samples, "usgs-earthquakes").values()) == [(1, 0)] * 4


def test_the_preferred_shakemap_of_a_long_history_is_the_newest(samples: Path) -> None:
    files = dict(recorded(samples, "usgs-earthquakes"))
    [report], _ = read(SOURCE, files["detail_nc72852151_M5.1_superseded_2021-11-09.geojson"])
    assert report.also_ids == ("at00otts4f", "us2000a2es")
    assert report.severity_level is Severity.GREEN
    newest = json.loads(report.fragment)["properties"]["products"]["shakemap"]
    latest = max(newest, key=lambda one: one["updateTime"])
    assert measured(report)["shakemap_max_mmi"] == float(latest["properties"]["maxmmi"])
