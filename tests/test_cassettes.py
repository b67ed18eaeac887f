"""Cassettes of recorded answers: what they hold comes out, and what is none is left alone."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from terraloom.cassettes import answers
from terraloom.replay import find

ANSWER = """\
- request:
    method: get
    uri: https://upstream.test/{name}
  response:
    status: {{status_code: '200', message: OK}}
    body: {{encoding: {encoding}, string: '{string}'}}
  recorded_at: 2020-03-21 10:37:46 GMT
"""


def cassette(*kept: tuple[str, str, str]) -> bytes:
    entries = [ANSWER.format(name=name, encoding=encoding, string=string) for name, encoding, string in kept]
    return ("http_interactions:\n" + "".join(entries)).encode()


def test_a_cassette_holds_each_answer_as_it_was_sent() -> None:
    binary = base64.b64encode("µg/m³".encode()).decode()
    first, second = answers(cassette(("a", "UTF-8", "[1]"), ("b", "ASCII-8BIT", binary)))
    assert (first.url, first.body, first.status) == ("https://upstream.test/a", b"[1]", 200)
    assert (second.body.decode(), second.recorded_at) == ("µg/m³", "2020-03-21 10:37:46 GMT")


@pytest.mark.parametrize(
    "body",
    [b'{"a": 1}', b"http_interactions: 3", b"http_interactions:\n- [", cassette(("a", "ASCII-8BIT", "no!"))],
    ids=["json", "of another shape", "broken yaml", "broken base64"],
)
def test_what_is_no_cassette_holds_nothing(body: bytes) -> None:
    assert answers(body) == []


def test_answers_in_a_cassette_are_replayed_as_of_when_they_were_recorded(tmp_path: Path) -> None:
    folder = tmp_path / "swpc-planetary-k"
    folder.mkdir()
    feed = json.dumps([{"time_tag": "2026-01-01 00:00:00", "Kp": 2.33}])
    (folder / "kept.yml").write_bytes(cassette(("feed", "UTF-8", feed), ("other", "UTF-8", "[]")))
    (folder / "none.yml").write_bytes(cassette(("other", "UTF-8", "[]")))
    [recording], [skipped] = find(tmp_path)
    assert recording.payload.url == "https://upstream.test/feed"
    assert recording.payload.fetched_at.isoformat() == "2020-03-21T10:37:46+00:00"
    assert skipped.path.name == "none.yml"
