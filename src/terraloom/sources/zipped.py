"""Reading what is compressed without letting it grow beyond all bounds."""

from __future__ import annotations

import io
import zipfile
import zlib

from terraloom.errors import RecordError


def unzipped(body: bytes, ending: str, *, max_bytes: int) -> bytes:
    """
    The first file of a zip archive whose name ends so (in lower case); a body that is no archive unchanged.

    Raises `RecordError` where the archive is damaged, or has no such file, or more than `max_bytes` of it.
    """
    if not body.startswith(b"PK\x03\x04"):
        return body
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            name = next((entry for entry in archive.namelist() if entry.lower().endswith(ending)), "")
            with archive.open(name) as member:
                found = member.read(max_bytes + 1)
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, RuntimeError, NotImplementedError) as error:
        raise RecordError("zip", body[:8], f"a zip archive with a {ending} ({error})") from None
    if len(found) > max_bytes:
        raise RecordError("zip", len(found), f"at most {max_bytes} bytes of {ending}")
    return found


def gunzipped(body: bytes, *, max_bytes: int) -> bytes:
    """A gzip file's content; any other body unchanged. Raises `RecordError` as `unzipped` does."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    reader = zlib.decompressobj(wbits=31)  # 31: with the header of gzip
    try:
        found = reader.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise RecordError("gzip", body[:8], f"a gzip file ({error})") from None
    if len(found) > max_bytes:
        raise RecordError("gzip", len(found), f"at most {max_bytes} bytes")
    return found
