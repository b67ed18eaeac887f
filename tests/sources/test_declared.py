"""Plain tables as sources, described by their columns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from recordings import payload
from upstreams import Upstream, fetch_into

from terraloom.errors import FetchError
from terraloom.records import Metric, Observation, Payload, Quality, Reject, Station
from terraloom.sources.base import SourceInfo
from terraloom.sources.declared import Cells, DeclaredSource, Field, Format, Table, read_table

DEPTH = Metric(id="depth", title="Depth", unit="m", low=0.0, high=1e4, field="test")
PLACE = Station(id="test/here", lon=7.0, lat=47.0)
INFO = SourceInfo(
    id="test-depths",
    title="Depths",
    provider="Test",
    agency="test",
    url="https://depths.test/1",
    every="1h",
    emits=Observation,
    metrics=(DEPTH,),
    licence="none",
    citation="none",
)


class Commented(DeclaredSource):
    """A text table whose names stand in a comment, between other comments."""

    info = INFO
    table = Table(
        format=Format.TEXT,
        header="#YY",
        time=("YY", "MM", "DD"),
        time_format="%Y %m %d",
        place=PLACE,
        fields=(Field("DPT", DEPTH, missing=("MM",)),),
    )


class Nameless(DeclaredSource):
    """A CSV table without a line of names, at two addresses."""

    info = INFO
    table = Table(
        format=Format.CSV,
        names=("day", "depth"),
        time=("day",),
        time_format="%Y%m%d",
        place=PLACE,
        fields=(Field("depth", DEPTH),),
    )

    def addresses(self, now: datetime) -> tuple[str, ...]:
        return ("https://depths.test/1", "https://depths.test/2")


class NamesApart(DeclaredSource):
    """A JSON table whose names stand beside its rows."""

    info = INFO
    table = Table(
        format=Format.JSON,
        records="data",
        header="fields",
        time=("day",),
        time_format="%Y%m%d",
        place=PLACE,
        fields=(Field("depth", DEPTH),),
    )


TEXT = b"# of the sea\n#YY MM DD DPT\n#yr mo dy m\n2026 08 01 12.5\n2026 08 02 MM\n2026 08 03 deep\n"


def observed(source: DeclaredSource, body: bytes) -> list[tuple[datetime, float | None]]:
    found = source.parse(payload(body))
    return [(one.time, one.value) for one in found if isinstance(one, Observation)]


def test_names_are_found_in_the_comment_that_holds_them() -> None:
    found = list(Commented().parse(payload(TEXT)))
    assert observed(Commented(), TEXT) == [(datetime(2026, 8, 1, tzinfo=UTC), 12.5)]
    assert found[0] == PLACE
    assert isinstance(found[-1], Reject)
    assert "deep" in found[-1].reason


@pytest.mark.parametrize("body", [b"", b"# nothing\n", b"2026 08 01 12.5\n"])
def test_a_table_whose_names_are_not_there_is_refused(body: bytes) -> None:
    [refused] = Commented().parse(payload(body))
    assert isinstance(refused, Reject)
    assert "columns #YY" in refused.reason


def test_a_table_without_names_is_recognised_by_its_times() -> None:
    assert Nameless().recognises(payload(b"20260801,12.5\n"))
    assert not Nameless().recognises(payload(b"hello,world\n"))


@pytest.mark.parametrize("end", [b"]}", b', ["2026'])
def test_rows_of_json_are_read_by_names_that_stand_apart(end: bytes) -> None:
    body = b'{"fields":["day","depth"],"data":[["20260801","12.5"],["20260802",7]' + end
    assert observed(NamesApart(), body) == [
        (datetime(2026, 8, 1, tzinfo=UTC), 12.5),
        (datetime(2026, 8, 2, tzinfo=UTC), 7.0),
    ]
    [refused] = NamesApart().parse(payload(b'{"data":[]}'))
    assert isinstance(refused, Reject)
    assert "names of the columns" in refused.reason


def test_columns_of_one_name_are_told_apart_and_may_have_places_of_their_own() -> None:
    south, north = (Station(id=f"test/{name}") for name in ("south", "north"))
    table = Table(
        format=Format.TEXT,
        time=("WHEN",),
        time_format=lambda text: datetime(int(text), 1, 1, tzinfo=UTC),
        place=PLACE,
        fields=(Field("ANOM", DEPTH, place=south), Field("ANOM.2", DEPTH, place=north)),
    )
    found = list(read_table(payload(b" WHEN ANOM ANOM\n 1999 1.0 2.0\n"), table, "test"))
    assert found[:3] == [PLACE, south, north]
    values = [(one.station, one.time.year, one.value) for one in found if isinstance(one, Observation)]
    assert values == [("test/south", 1999, 1.0), ("test/north", 1999, 2.0)]


async def test_an_address_that_fails_costs_no_other() -> None:
    upstream = Upstream({"https://depths.test/1": None, "https://depths.test/2": b"20260801,12.5\n"})
    received = list[Payload]()
    with pytest.raises(FetchError, match="503"):
        await fetch_into(received, Nameless(), upstream)
    assert [one.url for one in received] == ["https://depths.test/2"]


def daily(*fields: Field, **layout: Any) -> DeclaredSource:
    class Daily(DeclaredSource):
        info = INFO
        table = Table(
            fields=fields,
            time=("day",),
            time_format="%Y%m%d",
            place=PLACE,
            **{"format": Format.CSV, **layout},
        )

        def amend(self, cells: Cells) -> Cells:
            return {"day" if name == "date" else name: cell for name, cell in cells.items()}

    return Daily()


def test_a_record_is_read_by_the_case_that_it_names() -> None:
    source = daily(Field("value", DEPTH, case="depth"), Field("cm", DEPTH, case="small"), case="what")
    body = b"day,what,value,cm\n20260801,depth,4,x\n20260802,small,x,5\n20260803,heat,1,1\n"
    assert [value for _, value in observed(source, body)] == [4.0, 5.0]
    rejects = [one.reason for one in source.parse(payload(body)) if isinstance(one, Reject)]
    assert rejects == ["what: got 'heat', expected one of depth, small"]


def test_values_that_the_feed_doubts_are_suspect() -> None:
    source = daily(Field("depth", DEPTH), names=("day", "flag", "depth"), format=Format.TEXT, quality="flag")
    found = source.parse(payload(b"20260801 0 3.5\n20260802 4 9.5\n"))
    assert [one.quality for one in found if isinstance(one, Observation)] == [Quality.GOOD, Quality.SUSPECT]


def test_one_record_may_hold_the_values_of_several_hours() -> None:
    source = daily(Field("k0", DEPTH), Field("k1", DEPTH, offset_h=3), comment="#:")
    body = b":Product: depths\n# of a day\nday,k0,k1\n20260801,1,2\n"
    assert [(at.hour, value) for at, value in observed(source, body)] == [(0, 1.0), (3, 2.0)]


def test_columns_that_an_older_form_names_otherwise_are_read() -> None:
    source = daily(Field("depth", DEPTH), format=Format.JSON)
    old = payload(b'[["date","depth"],["20260801","7"]]')
    assert source.recognises(old)
    assert observed(source, old.body) == [(datetime(2026, 8, 1, tzinfo=UTC), 7.0)]


def test_places_are_read_from_arrays_of_geojson_and_from_0_to_360() -> None:
    class Points(DeclaredSource):
        info = INFO
        table = Table(
            format=Format.JSON,
            records="features",
            station="id",
            lon="geometry.coordinates.0",
            lat="geometry.coordinates.1",
            lon_360=True,
            time=("at",),
            fields=(Field("properties.depth", DEPTH),),
        )

    whole = (
        b'{"id":"a","at":"2026-08-01T00:00","geometry":{"coordinates":[353.3,37.1]},"properties":{"depth":2}}'
    )
    short = whole.replace(b"353.3,37.1", b"353.3")
    station, value, reject = Points().parse(payload(b'{"features":[%s,%s]}' % (whole, short)))
    assert isinstance(station, Station)
    assert (station.lon, station.lat) == (pytest.approx(-6.7), 37.1)
    assert isinstance(value, Observation)
    assert isinstance(reject, Reject)
    assert reject.reason.startswith("lat: got None")


def test_a_missing_number_is_missing_however_json_writes_it() -> None:
    table = Table(
        format=Format.JSON, time=("t",), place=PLACE, fields=(Field("depth", DEPTH, missing=("-99.90",)),)
    )
    body = b'[{"t":"2026-01-01 00:00","depth":-99.9},{"t":"2026-01-01 01:00","depth":-99.900},'
    found = list(read_table(payload(body + b'{"t":"2026-01-01 02:00","depth":"-99.90"}]'), table, "test"))
    assert found == [PLACE]


def test_records_of_what_is_unwanted_are_passed_over_and_unknown_ones_are_told() -> None:
    table = Table(
        format=Format.JSON, time=("t",), station="id", case="what", unwanted=("battery",),
        fields=(Field("v", DEPTH, case="depth"),),
    )  # fmt: skip
    rows = ((0, "depth"), (1, "battery"), (2, "wind"))
    body = ",".join(f'{{"t":"2026-01-01 00:00","id":{n},"what":"{what}","v":3}}' for n, what in rows)
    station, value, reject = read_table(payload(f"[{body}]"), table, "test")
    assert (getattr(station, "id", ""), getattr(value, "value", 0)) == ("test/0", 3.0)
    assert isinstance(reject, Reject)
    assert "one of depth" in reject.reason
