from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terraloom.errors import RecordError
from terraloom.sources.splitting import mend_json, split_json, split_xml

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
objects = st.lists(st.dictionaries(st.text(max_size=4), json_values, max_size=3), max_size=6)


def document(records: list[dict[str, object]]) -> bytes:
    return json.dumps({"type": "x", "features": records, "after": [1]}, indent=1).encode()


@given(objects)
def test_records_come_out_verbatim(records: list[dict[str, object]]) -> None:
    body = document(records)
    found, damage = split_json(body, "features")
    assert [json.loads(one) for one in found] == records
    assert all(one in body for one in found)
    assert not damage


@given(objects, st.data())
def test_a_cut_document_keeps_what_came_whole(records: list[dict[str, object]], data: st.DataObject) -> None:
    body = document(records)
    start = body.index(b"[")
    cut = data.draw(st.integers(start + 1, len(body) - 1), label="cut")
    found, damage = split_json(body[:cut], "features")
    assert [json.loads(one) for one in found] == records[: len(found)]
    if len(found) < len(records):
        assert "ends early" in damage[0].reason


def test_nan_in_one_record_leaves_the_others_readable() -> None:
    found, damage = split_json(b'{"features": [{"a": 1}, {"a": NaN}, {"a": "]}"}]}', "features")
    assert found == [b'{"a": 1}', b'{"a": NaN}', b'{"a": "]}"}']
    assert not damage


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"other": []}', b'{"features": 5}', b"[1]", b"\xff\xfe"])
def test_a_document_without_the_array_is_refused(body: bytes) -> None:
    with pytest.raises(RecordError):
        split_json(body, "features")


ROOT = (
    b'<?xml version="1.0" encoding="%s"?>\n<rss xmlns:g="http://g" version="2.0"><channel>%s</channel></rss>'
)


def feed(items: bytes, encoding: bytes = b"UTF-8") -> bytes:
    return ROOT % (encoding, items)


def test_elements_keep_their_bytes_and_their_namespaces() -> None:
    records, damage = split_xml(feed(b"<item><g:lat>1</g:lat></item><item a='>'/>"), "item")
    assert [bytes(one) for one in records] == [b"<item><g:lat>1</g:lat></item>", b"<item a='>'/>"]
    assert records[0].element().findtext("{http://g}lat") == "1"
    assert not damage


def test_tags_in_comments_and_cdata_do_not_count() -> None:
    inside = b"<item><d><![CDATA[</item><item>]]></d><!-- </item> --></item>"
    records, _ = split_xml(feed(inside), "item")
    assert [bytes(one) for one in records] == [inside]


def test_a_broken_element_costs_only_itself() -> None:
    records, damage = split_xml(
        feed(b"<item>a & b</item><item>c</item><item>\xff</item><item>d</item>"), "item"
    )
    readable = []
    for one in records:
        try:
            readable.append(one.element().text)
        except RecordError:
            readable.append(None)
    assert readable == [None, "c", None, "d"]
    assert not damage


def test_an_element_that_never_ends_does_not_swallow_the_next() -> None:
    records, damage = split_xml(feed(b"<item><t>a<item><t>b</t></item>"), "item")
    assert bytes(records[1]) == b"<item><t>b</t></item>"
    with pytest.raises(RecordError):
        records[0].element()
    assert not damage


def test_a_cut_document_says_where_it_ends() -> None:
    body = feed(b"<item>a</item><item>b</item>")
    records, damage = split_xml(body[: body.index(b"b</item>")], "item")
    assert [bytes(one) for one in records] == [b"<item>a</item>"]
    assert (damage[0].where, damage[0].fragment) == ("after record 0", b"<item>")
    _, damage = split_xml(body[: -len(b"</rss>")], "item")
    assert "no </rss>" in damage[0].reason


def test_the_declared_encoding_holds_in_each_record() -> None:
    records, _ = split_xml(feed(b"<item>Mu\xf0la</item>", b"ISO-8859-9"), "item")
    assert records[0].element().text == "Muğla"


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read(codec: str) -> None:
    body = '<?xml version="1.0" encoding="UTF-16"?><rss><item>ğ</item></rss>'.encode(codec)
    assert split_xml(body, "item")[0][0].element().text == "ğ"


def test_records_in_an_encoding_that_hides_them_are_not_lost_in_silence() -> None:
    body = '<?xml version="1.0" encoding="cp037"?><rss><item>a</item></rss>'.encode("cp037")
    with pytest.raises(RecordError):
        split_xml(body, "item")


@pytest.mark.parametrize("repeated", [b"<![CDATA[", b"<!--", b'<item a="', b"<item ' ", b"</item", b"<?"])
def test_hostile_repetition_is_read_in_one_pass(repeated: bytes) -> None:
    with suppress(RecordError):
        split_xml(b"<rss>" + repeated * 100_000, "item")


@pytest.mark.parametrize("repeated", [b'\\"', b"[", b'{"a":"', b'"'])
def test_hostile_json_is_cut_in_one_pass(repeated: bytes) -> None:
    _, damage = split_json(b'{"features":["' + repeated * 100_000, "features")
    assert damage


@given(st.lists(st.floats(0, 99) | st.text(max_size=4), max_size=5), st.integers(0, 200))
def test_what_came_whole_of_a_cut_column_is_read(column: list[float | str], cut: int) -> None:
    head = '{"units": {"a": "m"}, "hourly": {"a": '
    body = f"{head}{json.dumps(column)}}}}}".encode()[:cut]
    found = json.loads(mend_json(body)) if body else {}
    kept = found.get("hourly", {}).get("a", [])
    whole = [n for n in range(1, len(column) + 1) if len(head + json.dumps(column[:n])) <= cut]
    assert kept == column[: len(kept)]
    assert len(kept) >= max(whole, default=0)


def test_hostile_nesting_is_mended_in_one_pass() -> None:
    assert mend_json(b"[" * 200_000).count(b"]") == 200_000
