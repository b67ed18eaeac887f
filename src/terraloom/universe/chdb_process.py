"""
chdb in a process of its own: a wish a line on standard input, an answer a line on the pipe it is given.

It takes hundreds of megabytes and threads of its own, and dies with a query that is too much for it: none of
that may hit the planet. It ends when its input does.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import msgspec
from msgspec import Struct


class Wish(Struct):
    """One statement of ClickHouse's SQL, with values for its `{name:Type}` places."""

    sql: str
    params: dict[str, Any] = {}


class Done(Struct):
    """`error` is ClickHouse's own text, "" where all went well. `rows` and `bytes` were read."""

    error: str = ""
    text: str = ""  # what it answered, unless that went into a file
    seconds: float = 0.0
    rows: int = 0
    bytes: int = 0


def main(folder: str, pipe: int) -> None:
    from chdb.session import Session

    session: Any = Session(folder)  # type: ignore[no-untyped-call]  # chdb has no types
    with os.fdopen(pipe, "wb", buffering=0) as out:
        for line in sys.stdin.buffer:
            wish = msgspec.json.decode(line, type=Wish)
            begun = time.perf_counter()
            try:
                found = session.query(wish.sql, "TabSeparated", params=wish.params or None)
                done = Done(text=found.data(), rows=found.rows_read(), bytes=found.bytes_read())
            except Exception as error:  # chdb raises several classes of one name: the text tells
                done = Done(error=str(error))
            done.seconds = time.perf_counter() - begun
            out.write(msgspec.json.encode(done) + b"\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
