"""
Answers of ClickHouse over HTTP, https://clickhouse.com/docs/interfaces/http: CSV with names, or Parquet.

A query may fail when its answer has begun. The status is 200 all the same, and the error's text stands at the
end of the body, after whole or half rows; newer servers put it between two lines of ``__exception__``. Of a
Parquet file what is missing then is its end: the footer and the last four bytes, ``PAR1``.
"""

from __future__ import annotations

import csv
import io
import re

from terraloom.errors import RecordError
from terraloom.records import Reject

MAGIC = b"PAR1"
_TAIL = 65_536  # bytes in which the text of an error stands: it may repeat the query
_FAILURE = re.compile(rb"(?:__exception__\s+\S+\s+)?Code: (\d+)[.,][^\n]{0,40}?DB::Exception.*\Z", re.DOTALL)


def failure(body: bytes) -> re.Match[bytes] | None:
    """ClickHouse's error at the end of a body; group 1 is its code."""
    return _FAILURE.search(body, max(0, len(body) - _TAIL))


def words(found: re.Match[bytes]) -> str:
    """What an error says, without the marks around it."""
    text = found[0].decode("utf-8", "replace")
    return " ".join(text[text.index("Code: ") :].split())[:500]


def without_failure(body: bytes) -> tuple[bytes, Reject | None]:
    """The whole rows before ClickHouse's error, and that error where there is one."""
    found = failure(body)
    if found is None:
        return body, None
    reject = Reject(
        where="end of the answer", reason=f"the query failed: {words(found)}", fragment=found[0].strip()
    )
    return body[: found.start()].rpartition(b"\n")[0], reject


def rows(body: bytes) -> int:
    """How many rows an answer holds, below its line of names. Raises `RecordError` for one that is cut."""
    if body.startswith(MAGIC):
        return int(_parquet(body).metadata.num_rows)
    if not body.endswith(b"\n"):
        raise RecordError("csv", body[-80:], "whole lines, and a line of names at the least")
    names, *lines = csv.reader(io.StringIO(body.decode("utf-8"), newline=""))
    if lines and len(lines[-1]) != len(names):  # another one that is odd costs only itself
        raise RecordError("last row", lines[-1], f"{len(names)} columns, as the names are")
    return len(lines)


def as_csv(body: bytes) -> bytes:
    """A Parquet answer as CSV with names; others as they are. Raises `RecordError`."""
    if not body.startswith(MAGIC):
        return body
    from pyarrow import csv as arrow_csv  # takes long to load, and few answers need it

    written = io.BytesIO()
    arrow_csv.write_csv(_parquet(body).read(), written)
    return written.getvalue()


def _parquet(body: bytes):  # type: ignore[no-untyped-def]  # pyarrow has no types
    import pyarrow
    from pyarrow import parquet

    if not body.endswith(MAGIC) or len(body) < 12:
        raise RecordError("parquet", body[-16:], "a file that ends with PAR1: this one was cut")
    try:
        return parquet.ParquetFile(io.BytesIO(body))
    except (pyarrow.ArrowException, OSError) as error:
        raise RecordError("parquet", len(body), f"a readable footer ({error})") from error
