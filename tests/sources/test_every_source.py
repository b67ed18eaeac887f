"""A source is covered by these the day its file is added."""

from __future__ import annotations

import json
import math
import random
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from pathlib import Path
from types import FrameType

import pytest

from terraloom.cassettes import answers
from terraloom.observations.checks import measured
from terraloom.observations.units import unit
from terraloom.records import HazardReport, Observation, Payload, Record, Reject, Station
from terraloom.sources import Source, registry

LIMIT_S = 40  # of processor time: far above what any takes, far below what quadratic work would
LONG = 400_000  # bytes; longer recordings are read whole, once, and not twice nor damaged
NOW = datetime(2026, 11, 21, tzinfo=UTC)

BOMB = b"""<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa">%s]>
<rss><channel><item><title>&z9;</title></item></channel></rss>""" % b"".join(
    b'<!ENTITY z%d "%s">' % (n, (b"&z%d;" % (n - 1) if n else b"&a;") * 10) for n in range(10)
)
HTML = b"<!DOCTYPE html><html><head><title>503</title></head><body><h1>Service unavailable</h1></body></html>"
NOISE = b"\xff\xfe\x00<&\"'{[,;\n" * 90_000
HOSTILE = {
    "empty": b"",
    "zeros": b"\x00" * 100,
    "html error page": HTML,
    "xhtml error page": b"<html><body><p>Service unavailable</p></body></html>",
    "entity bomb": BOMB,
    "truncated json": b'{"type": "FeatureCollection", "events": [{"id": "x", "features": [{"type": "Feat',
    "nested json": b'{"features": ' + b"[" * 200_000,
    "json of another shape": b'{"features": {"a": 1}, "events": 3, "activeStorms": null}',
    "bare json": b"17",
    "a megabyte of noise": NOISE,
    "opening tags without end": b"<rss><channel>" + b"<item>" * 20_000,
    "opening braces without end": b'{"features":[' + b'{"a":' * 200_000,
    "one endless line": b'"' + b"a" * 2_000_000,
}
ONE_OF_EACH_PARSER = {type(source).parse: source for source in registry().values()}.values()
WITH_SOURCES = pytest.mark.parametrize("source", registry().values(), ids=lambda source: source.info.id)


@WITH_SOURCES
class TestEverySource:
    def test_describes_itself(self, source: Source) -> None:
        info = source.info
        assert all((info.title, info.provider, info.agency, info.licence, info.citation))
        assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)+", info.id)
        assert re.fullmatch(r"[1-9]\d*[smhd]", info.every)
        assert info.url.startswith("https://") or "http" in (type(source).__doc__ or "")
        assert info.emits in (HazardReport, Observation)
        assert (info.emits is Observation) == bool(info.metrics)

    def test_measures_in_units_of_ucum(self, source: Source) -> None:
        for metric in source.info.metrics:
            assert unit(metric.unit) is not None, metric.unit
            assert metric.low < metric.high
            assert all((metric.title, metric.field))

    def test_bears_hostile_bodies(self, source: Source) -> None:
        for name, body in HOSTILE.items():
            assert_borne(source, name, body)

    @pytest.mark.parametrize("body", [HTML, b"\x00" * 100], ids=["html", "zeros"])
    def test_says_that_an_error_page_is_none_of_its_own(self, source: Source, body: bytes) -> None:
        payload = payload_of(source, body)
        assert not source.recognises(payload)
        found = [one for one in source.parse(payload) if not isinstance(one, Station)]
        assert found
        assert all(isinstance(reject, Reject) and reject.reason and reject.where for reject in found)

    def test_parses_the_same_twice(self, source: Source, samples: Path) -> None:
        for payload in recordings(source, samples, at_most=LONG):
            assert list(source.parse(payload)) == parsed(payload)

    def test_reports_are_sound(self, source: Source, samples: Path) -> None:
        for payload in recordings(source, samples):
            for found in parsed(payload):
                assert_sound(source, found)

    def test_one_broken_record_costs_only_itself(self, source: Source, samples: Path) -> None:
        for payload in recordings(source, samples, at_most=LONG):
            before = parsed(payload)
            fragment = one_fragment(payload.body, before)
            if fragment is None:
                continue
            after = list(source.parse(payload_of(source, payload.body.replace(fragment, broken(fragment)))))
            lost = {r.source_event_id for r in reports(before) if r.fragment == fragment}
            kept = {r.source_event_id for r in reports(after)}
            assert {r.source_event_id for r in reports(before)} - kept <= lost
            assert len(after) - len(reports(after)) > len(before) - len(reports(before))

    def test_damaged_bytes_never_raise(self, source: Source, samples: Path) -> None:
        chance = random.Random(source.info.id)
        for payload in islice(recordings(source, samples), 2):
            for _ in range(15):
                body = damaged(payload.body[:50_000], chance)
                for found in source.parse(payload_of(source, body)):
                    assert_sound(source, found)

    def test_a_body_cut_off_keeps_what_came_whole(self, source: Source, samples: Path) -> None:
        for payload in recordings(source, samples, at_most=LONG):
            cut = payload_of(source, payload.body[: len(payload.body) * 2 // 3])
            with time_limit("cut off"):
                found = list(source.parse(cut))
            few = len(said(parsed(payload))) <= 4  # may be header for the most part
            assert records(found) or source.columns_apart or few


@pytest.mark.slow
@pytest.mark.parametrize("source", ONE_OF_EACH_PARSER, ids=lambda source: source.info.id)
def test_bears_ten_megabytes_of_noise(source: Source) -> None:
    assert_borne(source, "ten megabytes of noise", NOISE * 10)


def test_no_recording_has_two_readers(samples: Path) -> None:
    folders = {folder for source in registry().values() for folder in folders_of(source)}
    for path in (path for folder in sorted(folders) for path in files(samples / folder)):
        readers = [
            source.info.id
            for source in registry().values()
            if path.parent in [samples / folder for folder in folders_of(source)]
            and any(source.recognises(payload_of(source, body)) for body in bodies(path))
        ]
        assert len(readers) <= 1, f"{path}: {readers}"


def assert_borne(source: Source, name: str, body: bytes) -> None:
    payload = payload_of(source, body)
    with time_limit(name):
        assert isinstance(source.recognises(payload), bool), name
        assert all(isinstance(found, Reject | Station) for found in source.parse(payload)), name


@cache
def parsed(payload: Payload) -> list[Record]:
    """What a recording says, read once for all tests."""
    return list(registry()[payload.source].parse(payload))


def assert_sound(source: Source, found: Record) -> None:
    if isinstance(found, Reject):
        assert found.reason
        assert found.where
    elif isinstance(found, HazardReport):
        assert_sound_report(source, found)
    else:
        assert not isinstance(measured(found, source.info), Reject), measured(found, source.info)


def assert_sound_report(source: Source, report: HazardReport) -> None:
    assert report.source == source.info.id
    assert report.agency == source.info.agency
    assert report.source_event_id
    assert report.source_event_id not in report.also_ids
    assert report.title
    assert report.fragment
    assert (report.lon is None) == (report.lat is None)
    if report.lon is not None and report.lat is not None:
        assert -180 <= report.lon <= 180
        assert -90 <= report.lat <= 90
    for moment in (report.onset, report.updated_at, report.valid_until or NOW):
        assert moment.utcoffset() == timedelta(0)
    for value in (report.magnitude, report.depth_km):
        assert value is None or math.isfinite(value)
    for measurement in report.measurements:
        assert measurement.name
        assert measurement.unit
        assert math.isfinite(measurement.value)
    assert len({measurement.name for measurement in report.measurements}) == len(report.measurements)
    assert all(re.fullmatch(r"[a-z]+:\S.*", key) for key in report.keys)
    assert report.geometry is None or {"type", "coordinates"} <= report.geometry.keys()


def recordings(source: Source, samples: Path, *, at_most: int | None = None) -> Iterator[Payload]:
    """The recorded payloads that a source says are its own, up to a length; one where all are longer."""
    own = list(_recordings(source, samples))
    return iter([one for one in own if at_most is None or len(one.body) <= at_most] or own[:1])


def _recordings(source: Source, samples: Path) -> Iterator[Payload]:
    for folder in folders_of(source):
        for body in (body for path in files(samples / folder) for body in bodies(path)):
            payload = payload_of(source, body)
            if source.recognises(payload):
                yield payload


def files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_file() and path.name != "provenance.json")


def bodies(path: Path) -> list[bytes]:
    body = path.read_bytes()
    return [answer.body for answer in answers(body)] or [body]


def folders_of(source: Source) -> tuple[str, ...]:
    return tuple(folder for folder in (source.info.folder, *source.info.extra_folders) if folder)


def payload_of(source: Source, body: bytes) -> Payload:
    return Payload(source=source.info.id, url=source.info.url, fetched_at=NOW, body=body)


def reports(found: list[Record]) -> list[HazardReport]:
    return [one for one in found if isinstance(one, HazardReport)]


def records(found: list[Record]) -> list[HazardReport | Observation]:
    return [one for one in found if isinstance(one, HazardReport | Observation)]


def said(found: list[Record]) -> set[tuple[str, datetime]]:
    """Of what and when: values of one station and time are likely one record."""
    return {
        (one.source_event_id, one.onset) if isinstance(one, HazardReport) else (one.station, one.time)
        for one in records(found)
    }


def one_fragment(body: bytes, found: list[Record]) -> bytes | None:
    """A fragment that stands once in the body and is not all of it; None where the payload is one record."""
    candidates = (report.fragment for report in reports(found))
    return next((one for one in candidates if body.count(one) == 1 and len(one) < len(body) * 0.8), None)


def damaged(body: bytes, chance: random.Random) -> bytes:
    """The body with a few bytes changed, lost or added, as likely as not where they matter."""
    found = bytearray(body)
    for _ in range(chance.randint(1, 20)):
        at = chance.randrange(len(found))
        length = chance.randint(0, 5)
        found[at : at + length] = chance.choice(
            (b"", b"9", b"-", b"<", b"NaN", b"\x00", b",", b'"', b"1e999", b"&")
        )
    return bytes(found)


def broken(fragment: bytes) -> bytes:
    """The record with its envelope kept and its content spoilt."""
    if fragment.lstrip().startswith(b"{"):
        return b'{"broken": nonsense}'
    if (tag := re.match(rb"\s*<([\w:.-]+)", fragment)) is not None:
        return b"<%s><a>&undefined;</b></%s>" % (tag[1], tag[1])
    return b"broken\n"


@contextmanager
def time_limit(what: str) -> Iterator[None]:
    """Fail what takes longer than `LIMIT_S`, instead of hanging."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"{what}: not done within {LIMIT_S} s")

    previous = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, previous)


def test_bodies_of_these_tests_are_what_they_say() -> None:
    assert json.loads(HOSTILE["json of another shape"])
    assert len(NOISE) > 1_000_000
