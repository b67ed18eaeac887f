"""Reading a body within bounds: decompressed here, so that a small bomb cannot become a large one."""

from __future__ import annotations

import re
import zlib
from typing import BinaryIO

from terraloom.fetching.failures import Failure, Reason

ACCEPT_ENCODING = "gzip, deflate"
GZIP = b"\x1f\x8b"
ENDS = {b"{": b"}", b"[": b"]", b"<": b">"}


class Body:
    """
    Collects a body chunk by chunk, in memory or `into` a file. Raises `Failure` (too large, encoding,
    truncated).

    Never takes more than `max_bytes` and one chunk, however the body is compressed.
    """

    def __init__(self, encoding: str, max_bytes: int, into: BinaryIO | None = None) -> None:
        self._max, self._into = max_bytes, into
        self._body = bytearray()
        self.size = 0
        self._begun = False
        self._inflate = _inflater(encoding.strip().lower())

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes as they came over the wire."""
        if self._inflate is None:
            return self._add(chunk)
        self._begun = self._begun or bool(chunk)
        while chunk:
            # One byte more than there is room for shows that it is too large, without inflating the rest.
            self._add(self._inflate.decode(chunk, self._max - self.size + 1))
            chunk = self._inflate.rest
        return None

    def finish(self) -> bytes:
        """The whole body; empty where it went into a file."""
        if self._inflate is not None and self._begun and not self._inflate.complete:
            raise Failure(Reason.TRUNCATED, "the compressed body ended early")
        return bytes(self._body)

    def _add(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > self._max:
            raise Failure(Reason.TOO_LARGE, f"the body is larger than {self._max} bytes")
        if self._into is not None:
            self._into.write(data)
        else:
            self._body += data


class _Inflate:
    """gzip (several members too) or deflate (with the zlib header or, as some servers send it, without)."""

    def __init__(self, *, gzip: bool) -> None:
        self._gzip = gzip
        self._stream = zlib.decompressobj(zlib.MAX_WBITS | 16) if gzip else None
        self._held = b""
        self.rest = b""

    @property
    def complete(self) -> bool:
        return self._stream is not None and self._stream.eof

    def decode(self, chunk: bytes, room: int) -> bytes:
        """At most `room` bytes from `chunk`; what was not used stands in `rest`."""
        chunk, self._held, self.rest = self._held + chunk, b"", b""
        if self._stream is None:
            if len(chunk) < 2:
                self._held = chunk
                return b""
            self._stream = zlib.decompressobj(zlib.MAX_WBITS if _has_zlib_header(chunk) else -zlib.MAX_WBITS)
        if self._stream.eof:
            if self._gzip and chunk == GZIP[:1]:
                self._held = chunk  # another member may begin here: its next byte will tell
                return b""
            if not (self._gzip and chunk.startswith(GZIP)):
                return b""  # padding after the end: some servers fill up with zeros
            self._stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            data = self._stream.decompress(chunk, room)
        except zlib.error as error:
            raise Failure(Reason.ENCODING, f"the compressed body is damaged: {error}") from error
        self.rest = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail
        return data


def _inflater(encoding: str) -> _Inflate | None:
    if encoding in ("", "identity"):
        return None
    if encoding in ("gzip", "x-gzip", "deflate"):
        return _Inflate(gzip=encoding != "deflate")
    raise Failure(Reason.ENCODING, f"content encoding {encoding!r}, asked for {ACCEPT_ENCODING}")


def _has_zlib_header(data: bytes) -> bool:
    """RFC 1950: method 8, and the first two bytes a multiple of 31."""
    return data[0] & 0x0F == 8 and (data[0] * 256 + data[1]) % 31 == 0


def looks_cut(body: bytes, content_type: str) -> bool:
    """
    Whether a JSON or XML body plainly lacks its end, though HTTP called it whole.

    Only its outermost bracket or element is looked for: a feed that is wrong in itself is the parser's
    to judge.
    """
    if not re.search("json|xml|rss|atom|kml", content_type.lower()):
        return False
    text = body.removeprefix(b"\xef\xbb\xbf").strip()
    root = re.search(rb"<([^\s<>/?!]+)", text) if text.startswith(b"<") else None
    if root is not None:
        return not text.endswith(b">") or (b"</" + root[1] not in text[-4096:] and not text.endswith(b"/>"))
    return not text or not text.endswith(ENDS.get(text[:1], b""))
