"""
Cutting a payload into its records as verbatim bytes, so that a bad one costs only itself.

JSON and XML readers give up on a whole document at the first wrong byte. These cut first and leave the
reading of each record to `each`; what stands before a cut-off end is kept, and the damage becomes a `Reject`.
"""

from __future__ import annotations

import re

import msgspec
from lxml import etree
from msgspec import Raw, Struct

from terraloom.errors import RecordError
from terraloom.records import Reject
from terraloom.sources.values import refuse_dtd, safe_xml


class XmlRecord(Struct, frozen=True):
    """One element as it stood in the document, with the namespace declarations that hold there."""

    fragment: bytes
    opening: bytes

    def __bytes__(self) -> bytes:
        return self.fragment

    def element(self) -> etree._Element:
        """The element, read on its own. Raises `RecordError` where it is not well-formed."""
        return safe_xml(self.opening + self.fragment + b"</r>")[0]


def split_json(body: bytes, key: str) -> tuple[list[bytes], list[Reject]]:
    """
    The entries of the array `key` of a JSON document, and what is wrong with the document. `key` is a dotted
    path (``data.rows``); empty where the document is the array.

    A whole document costs one decode. A broken one (cut off, or with ``NaN`` in a record) is cut by its
    brackets; a record that is broken inside is left for its reader to refuse. Raises `RecordError` where the
    document has no such array at all.
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        return [bytes(raw) for raw in _array(body, key)], []
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _cut_json(body, key, str(error))


def mend_json(body: bytes) -> bytes:
    """
    A JSON document that was cut off, without its last, partial value and closed where it is open.

    For documents that are no list of records but columns: what came of each column can then be read.
    """
    opened, end = bytearray(), 0
    for token in _JSON_TOKEN.finditer(body):
        mark = token[0]
        if mark in b"{[":
            opened += b"}" if mark == b"{" else b"]"
        elif mark in b"}]" and opened:
            opened.pop()
        else:
            continue
        end = token.end()
    for token in _JSON_COMMA.finditer(body, end):
        if token[0] == b",":
            end = token.start()
    return body[:end] + opened[::-1]


def split_xml(body: bytes, tag: str) -> tuple[list[XmlRecord], list[Reject]]:
    """
    All elements named `tag` (any prefix), and what is wrong with the document. Such elements must not nest.

    Raises `RecordError` for a document with a DTD, or one that holds no record and is no XML either. UTF-16
    is turned into UTF-8 first, so there fragments are not verbatim.
    """
    refuse_dtd(body)
    body = _ascii_compatible(body)
    spans, open_at = _elements(body, tag)
    if not spans and open_at is None:
        _require_empty(body, tag)
        return [], []
    opening = _opening(body[: spans[0][0] if spans else open_at])
    records = [XmlRecord(body[start:end], opening) for start, end in spans]
    return records, _xml_damage(body, spans[-1][1] if spans else 0, open_at, len(records))


def _require_empty(body: bytes, tag: str) -> None:
    """
    Raise `RecordError` where `body` is no XML, or has records after all, in an encoding that hides their
    tags.
    """
    root = safe_xml(body)
    if root.tag != tag and next(root.iter(f"{{*}}{tag}"), None) is not None:
        raise RecordError("encoding", body[:80], "one in which tags are ASCII, or UTF-16")


def _array(body: bytes, key: str) -> list[Raw]:
    found = Raw(body)
    for name in key.split(".") if key else ():
        document = msgspec.json.decode(found, type=dict[str, Raw])
        if name not in document:
            raise RecordError(key, sorted(document)[:10], f"a document with an array {key!r}")
        found = document[name]
    return msgspec.json.decode(found, type=list[Raw])


_JSON_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[{}\[\]]', re.DOTALL)


_JSON_COMMA = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|,', re.DOTALL)


def _cut_json(body: bytes, key: str, reason: str) -> tuple[list[bytes], list[Reject]]:
    name = key.rpartition(".")[2]
    start = re.search(rb'"%s"\s*:\s*\[' % re.escape(name.encode()) if name else rb"\A\s*\[", body)
    if start is None:
        raise RecordError("json", body[:80], f"a JSON document with an array {key!r} ({reason})")
    records, depth, begin = list[bytes](), 0, start.end()
    for token in _JSON_TOKEN.finditer(body, start.end()):
        mark = token[0]
        if mark in b"{[":
            begin = token.start() if depth == 0 else begin
            depth += 1
        elif mark in b"}]":
            depth -= 1
            if depth < 0:
                return records, []  # the array is whole; its records say what is wrong
            if depth == 0:
                records.append(body[begin : token.end()])
                begin = token.end()
    where = f"after record {len(records) - 1}" if records else "before the first record"
    return records, [Reject(where=where, reason=f"the document ends early: {reason}", fragment=body[begin:])]


def _elements(body: bytes, tag: str) -> tuple[list[tuple[int, int]], int | None]:
    """Spans of all `tag` elements, and where the last begins if it never ends."""
    spans, begin = list[tuple[int, int]](), -1
    for match in _tag_pattern(tag).finditer(body):
        if match.lastgroup == "end":
            if begin >= 0:
                spans.append((begin, match.end()))
            begin = -1
        elif match.lastgroup in ("start", "alone"):
            if begin >= 0:
                spans.append((begin, match.start()))  # the one before never ended: its reader will say so
            begin = match.start() if match.lastgroup == "start" else -1
            if match.lastgroup == "alone":
                spans.append(match.span())
    return spans, begin if begin >= 0 else None


def _tag_pattern(tag: str) -> re.Pattern[bytes]:
    """Tags of one name; comments and CDATA are matched too, so that tags in them do not count."""
    name = rb"(?:[\w.-]+:)?" + re.escape(tag.encode()) + rb"(?=[\s/>])"
    attributes = rb"(?:[^<>\"'/]|/(?!>)|\"[^\"<]*\"|'[^'<]*')*"
    return re.compile(
        rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)"
        rb"|(?P<alone><"
        + name
        + attributes
        + rb"/>)|(?P<start><"
        + name
        + rb")|(?P<end></"
        + name
        + rb"\s*>)",
        re.DOTALL,
    )


_UTF_16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}


def _ascii_compatible(body: bytes) -> bytes:
    codec = next((codec for start, codec in _UTF_16.items() if body.startswith(start)), None)
    if codec is None:
        return body
    try:
        text = body.decode(codec)
    except UnicodeDecodeError as error:
        raise RecordError("xml", body[:80], f"UTF-16, as its first bytes say ({error})") from None
    return re.sub(r"^<\?xml[^>]*\?>", "", text).encode("utf-8", "surrogatepass")


_XMLNS = re.compile(rb"\s(xmlns(?::[\w.-]+)?)\s*=\s*(\"[^\"<]*\"|'[^'<]*')")
_ENCODING = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w.-]+)[\"']")


def _opening(head: bytes) -> bytes:
    """An element that declares the encoding and the namespaces of `head`, to read a record in."""
    encoding = _ENCODING.match(head.lstrip(b"\xef\xbb\xbf \r\n\t"))
    names = dict(_XMLNS.findall(head))
    declared = b"".join(b" %s=%s" % pair for pair in names.items())
    return b'<?xml version="1.0" encoding="%s"?><r%s>' % (encoding[1] if encoding else b"UTF-8", declared)


def _xml_damage(body: bytes, end: int, open_at: int | None, count: int) -> list[Reject]:
    where = f"after record {count - 1}" if count else "before the first record"
    if open_at is not None:
        return [Reject(where=where, reason="the document ends within a record", fragment=body[open_at:])]
    root = re.search(rb"<([A-Za-z_][\w.:-]*)", body)
    if root is not None and not re.search(rb"</%s\s*>" % re.escape(root[1]), body[end:]):
        reason = f"the document ends early: no </{root[1].decode()}>"
        return [Reject(where=where, reason=reason, fragment=body[end:])]
    return []
