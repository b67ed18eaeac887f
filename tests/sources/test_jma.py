from datetime import UTC, datetime
from pathlib import Path

import pytest
from recordings import payload, read, recorded
from upstreams import Upstream

from terraloom.records import EventType, HazardReport, ReportStatus, Severity
from terraloom.sources.seismology.jma import FEED, JmaTelegrams

TELEGRAM = """<?xml version="1.0" encoding="UTF-8"?><Report xmlns="http://xml.kishou.go.jp/jmaxml1/">
<Control><Title>x</Title><DateTime>2026-11-20T14:08:47Z</DateTime><Status>{status}</Status></Control>
<Head xmlns="http://xml.kishou.go.jp/jmaxml1/informationBasis1/"><Title>x</Title>
<TargetDateTime>2026-11-20T23:08:00+09:00</TargetDateTime><EventID>{ids}</EventID>
<InfoType>{info_type}</InfoType><InfoKind>{kind}</InfoKind></Head>
<Body xmlns="http://xml.kishou.go.jp/jmaxml1/body/seismology1/">{body}</Body></Report>"""
QUAKE = """<Earthquake><OriginTime>2026-11-20T23:06:{second}+09:00</OriginTime><Hypocenter><Area>
<Name>試験沖</Name><Coordinate>{place}</Coordinate></Area></Hypocenter>
<Magnitude type="Mj">{size}</Magnitude></Earthquake>"""
COAST = """<Item><Category><Kind><Code>{code}</Code></Kind><LastKind><Code>62</Code></LastKind></Category>
<MaxHeight><TsunamiHeight unit="m">{height}</TsunamiHeight></MaxHeight></Item>"""
KNOWN = QUAKE.format(second="00", place="+37.6+141.6-50000/", size="4.5")


def telegram(
    body: str,
    *,
    kind: str = "地震情報",
    ids: str = "20261120230627",
    status: str = "通常",
    info_type: str = "発表",
) -> str:
    return TELEGRAM.format(body=body, kind=kind, ids=ids, status=status, info_type=info_type)


def one(text: str) -> HazardReport:
    [report], rejects = read(JmaTelegrams(), text)
    assert not rejects
    return report


def test_a_hypocentre_is_known_to_the_minute_and_a_tenth_of_a_degree() -> None:
    report = one(telegram(KNOWN))
    assert (report.lon, report.lat, report.depth_km, report.magnitude) == (141.6, 37.6, 50.0, 4.5)
    assert report.onset == datetime(2026, 11, 20, 14, 6, tzinfo=UTC)
    assert report.updated_at == datetime(2026, 11, 20, 14, 8, 47, tzinfo=UTC)  # not cut to the minute
    assert (report.time_resolution_s, report.position_error_km) == (60.0, 5.0)
    assert one(telegram(QUAKE.format(second="12", place="", size="5"))).time_resolution_s == 1.0


def test_unknown_depth_magnitude_and_place_are_left_out() -> None:
    report = one(telegram(QUAKE.format(second="00", place="+56.7-161.4/", size="NaN")))
    assert (report.depth_km, report.magnitude, report.magnitude_type) == (None, None, "")
    nowhere = one(telegram(QUAKE.format(second="00", place="", size="NaN")))
    assert (nowhere.lon, nowhere.lat) == (None, None)
    surface = one(telegram(QUAKE.format(second="00", place="+29.7+139.9+0/", size="3")))
    assert surface.depth_km == 0.0


def test_intensities_come_before_a_hypocentre_is_known() -> None:
    felt = "<Intensity><Observation><MaxInt>5-</MaxInt></Observation></Intensity>"
    report = one(telegram(felt, kind="震度速報"))
    assert report.event_type is EventType.EARTHQUAKE
    assert report.onset == datetime(2026, 11, 20, 14, 8, tzinfo=UTC)
    assert report.measurements[0].value == 4.5
    assert report.lon is None


def test_an_eruption_in_the_form_of_a_distant_earthquake_is_an_eruption() -> None:
    note = "<Comments><FreeFormComment>例火山で大規模な噴火が発生しました。</FreeFormComment></Comments>"
    report = one(telegram(QUAKE.format(second="00", place="+56.7+161.4/", size="NaN") + note))
    assert report.event_type is EventType.VOLCANO
    assert report.title == "Large eruption - 試験沖"


def test_a_tsunami_is_an_event_of_its_own_at_the_highest_level_of_any_coast() -> None:
    coasts = COAST.format(code="71", height="0.2") + COAST.format(code="62", height="1")
    body = f"<Tsunami><Forecast>{coasts}</Forecast></Tsunami>{KNOWN}"
    report = one(telegram(body, kind="津波警報・注意報・予報", ids="20261120230627 20261120231000"))
    assert report.event_type is EventType.TSUNAMI
    assert (report.source_event_id, *report.also_ids) == ("tsunami-20261120230627", "tsunami-20261120231000")
    assert (report.severity_level, report.valid_until) == (Severity.YELLOW, None)
    assert report.measurements[0].value == 1.0
    lifted = one(telegram(body.replace("<Code>62</Code></Kind>", "<Code>60</Code></Kind>"), kind="津波予報"))
    assert (lifted.severity_level, lifted.valid_until) == (Severity.GREEN, lifted.updated_at)


def test_drills_are_no_reports_and_a_withdrawn_telegram_takes_its_event_back() -> None:
    assert read(JmaTelegrams(), telegram(KNOWN, status="訓練")) == ([], [])
    assert one(telegram("", info_type="取消")).status is ReportStatus.DELETED


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (QUAKE.format(second="00", place="37.6N 141.6E", size="4"), "Coordinate"),
        (QUAKE.format(second="99", place="", size="4"), "OriginTime"),
        (QUAKE.format(second="00", place="+97.6+141.6/", size="4"), "lat"),
    ],
)
def test_what_cannot_be_read_is_rejected_with_the_reason(body: str, field: str) -> None:
    reports, [reject] = read(JmaTelegrams(), telegram(body))
    assert not reports
    assert field in reject.reason


async def test_only_telegrams_of_these_kinds_and_of_the_agency_itself_are_fetched() -> None:
    base = "https://www.data.jma.go.jp/developer/xml/data/20261120140847_0_"
    wanted = f"{base}VXSE53_010000.xml"
    links = (wanted, f"{base}VFVO53_010000.xml", "https://elsewhere.test/20261120140847_0_VXSE53_010000.xml")
    feed = "".join(f'<link href="{link}"/>' for link in links).encode()
    upstream = Upstream({FEED: feed, wanted: telegram(KNOWN).encode()})
    assert [one.url async for one in JmaTelegrams().fetch(upstream)] == [wanted]
    assert upstream.asked == [FEED, wanted]


def test_recorded_telegrams_follow_one_event(samples: Path) -> None:
    files = {name: given for name, given in recorded(samples, "jma-xml") if name.endswith(".xml")}
    source = JmaTelegrams()
    found = {name: read(source, given) for name, given in files.items() if source.recognises(given)}
    assert found.keys() == files.keys()
    assert all(len(reports) == 1 and not rejects for reports, rejects in found.values())
    same = [reports[0] for name, (reports, _) in found.items() if name.startswith("202102171")]
    assert len({report.source_event_id for report in same}) == 2  # three telegrams each
    kinds = [reports[0].event_type.value for reports, _ in found.values()]
    assert {kind: kinds.count(kind) for kind in kinds} == {"EQ": 8, "VO": 2, "TS": 4}
    assert not source.recognises(payload(b"{}"))
