"""Bodies in any cut and compression come out whole; those without their end are noticed."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terraloom.fetching.bodies import Body, looks_cut
from terraloom.fetching.failures import Failure, Reason


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(data) + stream.flush()


WAYS = {
    "identity": lambda data: data,
    "gzip": gzip.compress,
    "x-gzip": lambda data: gzip.compress(data[:7]) + gzip.compress(data[7:]) + bytes(20),
    "deflate": zlib.compress,
    "DEFLATE ": raw_deflate,
}


def read(encoding: str, chunks: list[bytes], max_bytes: int = 10**6) -> bytes:
    body = Body(encoding, max_bytes)
    for chunk in chunks:
        body.feed(chunk)
    return body.finish()


def pieces(data: bytes, sizes: list[int]) -> list[bytes]:
    cut, chunks = 0, []
    for size in sizes:
        chunks.append(data[cut : cut + size])
        cut += size
    return [*chunks, data[cut:]]


@given(st.binary(max_size=3000), st.lists(st.integers(0, 40)), st.sampled_from(sorted(WAYS)))
def test_any_body_comes_out_whole_however_it_is_cut(data, sizes, encoding):
    assert read(encoding, pieces(WAYS[encoding](data), sizes)) == data


def test_members_of_gzip_come_out_whole_wherever_they_are_cut():
    packed = gzip.compress(b"first") + gzip.compress(b"second")
    for cut in range(len(packed)):
        assert read("gzip", [packed[:cut], packed[cut:]]) == b"firstsecond", cut


@given(st.binary(min_size=1, max_size=300), st.data(), st.sampled_from(["gzip", "deflate", "DEFLATE "]))
def test_any_cut_compressed_body_is_noticed(body, data, encoding):
    packed = WAYS[encoding](body)
    cut = data.draw(st.integers(1, len(packed) - 1))
    with pytest.raises(Failure) as caught:
        read(encoding, [packed[:cut]])
    assert caught.value.reason is Reason.TRUNCATED


@given(st.integers(0, 2000), st.sampled_from(sorted(WAYS)))
def test_the_limit_is_exact(size, encoding):
    packed = WAYS[encoding](bytes(size))
    assert len(read(encoding, [packed], max_bytes=size)) == size
    if size:
        with pytest.raises(Failure, match="larger than"):
            read(encoding, [packed], max_bytes=size - 1)


def test_a_bomb_costs_no_more_memory_than_the_limit():
    bomb = gzip.compress(bytes(200_000_000), 1)
    tracemalloc.start()
    with pytest.raises(Failure, match="larger than"):
        read("gzip", [bomb], max_bytes=1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


@given(st.binary(min_size=1))
def test_noise_is_an_encoding_failure_never_a_crash(noise):
    with suppress(Failure):
        read("gzip", [noise])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(max_examples=40)
@given(st.lists(JSON) | st.dictionaries(st.text(), JSON))
def test_whole_json_never_looks_cut(value):
    assert not looks_cut(msgspec.json.encode(value) + b"\n", "application/geo+json; charset=utf-8")


@given(st.dictionaries(st.text(), st.integers(), min_size=1), st.data())
def test_a_flat_json_object_cut_anywhere_looks_cut(value, data):
    text = msgspec.json.encode(value)
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    assert looks_cut(cut, "application/json") or cut.endswith(b"}")  # a brace within a key


@pytest.mark.parametrize(
    ("body", "cut"),
    [
        (b"\xef\xbb\xbf<?xml version='1.0'?>\r\n<!-- c --><rss><channel/></rss>\r\n", False),
        (b"<kml:kml xmlns:kml='x'>\n</kml:kml><!-- generated -->", False),
        (b"<empty/>", False),
        (b"<rss><channel><item></item>", True),
        (b"<rss><channel><item>tex", True),
        (b"<?xml version='1.0' enc", True),
        ("<rss></rss>".encode("utf-16"), False),
    ],
)
def test_xml_is_cut_when_its_root_is_not_closed(body, cut):
    assert looks_cut(body, "text/xml") is cut


def test_other_types_are_not_judged():
    assert not looks_cut(b"#EventID | Time", "text/plain")
    assert not looks_cut(b"", "text/csv")
