"""
db1.wspr.live: ClickHouse's HTTP interface over a table of spots, answered by real ClickHouse (chdb).

As the real one it only reads, sends an answer in chunks, and may find out that a query fails when half of
its answer is on the way: https://clickhouse.com/docs/interfaces/http. A month of spots is made when it is
first asked for.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from urllib.parse import parse_qsl

import msgspec
import numpy as np
import pyarrow.parquet as pq
from msgspec import Struct

from terraloom.db.bulk import statements
from terraloom.errors import MissingExtra
from terraloom.universe import wspr_spots
from terraloom.universe.chdb import Chdb
from terraloom.universe.chdb_process import Done
from terraloom.universe.faults import Fault, Kind
from terraloom.universe.server import Reply, Request, http_date

HOST = "db1.wspr.live"
SQL = statements(Path(__file__).with_name("wspr_spots.sql").read_text(encoding="utf-8"))
BLOCK = 1 << 18  # bytes sent at a time
CONTENT_TYPES = {
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "TabSeparatedWithNames": "text/tab-separated-values; charset=UTF-8",
}
# What ClickHouse's `exceptionCodeToHTTPStatus` says of the errors that a reader can make; all others are 500.
STATUSES = {
    400: (6, 27, 36, 38, 41, 42, 43, 53, 62, 69, 70, 72),
    404: (46, 47, 50, 60, 73, 81, 115),
    408: (159,),
    501: (48,),
}
OWN = {"query", "default_format", "database", "user", "password", "query_id", "session_id", "compress"}
OWN |= {"wait_end_of_query", "buffer_size", "send_progress_in_http_headers", "enable_http_compression"}

_READING = re.compile(r"(?is)\s*\(?\s*(select|with|show|describe|desc|exists|explain)\b")
_FORMAT = re.compile(r"(?is)\bFORMAT\s+(\w+)\s*(SETTINGS\s.*)?\Z")
_INSTANT = re.compile(r"(<\s*(?:\w+\()?\s*)?'(\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2})?)?)'")
_READONLY = "Code: 164. DB::Exception: Cannot execute query in readonly mode. (READONLY)"
_FAILED = (
    "Code: 241. DB::Exception: Memory limit (for query) exceeded: would use 9.32 GiB. (MEMORY_LIMIT_EXCEEDED)"
)


class Body:
    """An answer in a file, which is gone when it was sent; `trailer` follows it."""

    def __init__(self, path: Path, trailer: bytes = b"") -> None:
        self.path, self.size, self.trailer = path, path.stat().st_size, trailer

    def blocks(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            self.path.unlink()
            while block := file.read(BLOCK):
                yield block
        if self.trailer:
            yield self.trailer

    def malformed(self, rng: np.random.Generator) -> Iterator[bytes]:
        """Whole by HTTP's rules, and wrong: half of it, half of it and an error, or altered."""
        way, sent = int(rng.integers(3)), 0
        for block in self.blocks():
            if way == 2:
                yield _altered(block, rng)
                continue
            yield block[: max(1, self.size // 2) - sent]
            sent += len(block)
            if sent >= self.size // 2:
                break
        if way == 1:
            yield _trailer(_FAILED)


class Limits(Struct, frozen=True):
    """When the server drops a connection by itself: after so many bytes of an answer. 0: never."""

    cut_bytes: int = 0


class WsprLive:
    """
    The upstream, its tables in a folder that lives as long as it does.

    `per_slot` spots in each two minutes; the spots are those of `wspr_spots.spots`.
    """

    def __init__(self, seed: int, *, per_slot: int = 60, limits: Limits | None = None) -> None:
        self.seed, self.per_slot, self.limits = seed, per_slot, limits or Limits()
        self._scratch = tempfile.TemporaryDirectory(prefix="terraloom-wspr-live-")
        self._folder = Path(self._scratch.name)
        self._chdb = Chdb(self._folder / "data")
        self._held: set[datetime] = set()
        self._filling = asyncio.Lock()

    async def close(self) -> None:
        await self._chdb.close()
        self._scratch.cleanup()

    async def answer(self, request: Request, fault: Fault, now: datetime, rng: np.random.Generator) -> Reply:
        """The answer to a query at the simulated instant `now`."""
        values = dict(parse_qsl(request.target.partition("?")[2], keep_blank_values=True))
        sql = (values.get("query", "") + request.body.decode("utf-8", "replace")).strip().rstrip(";")
        if not sql:
            return _text(200, "Ok.\n", now)
        if fault.kind is Kind.STALE:
            now -= timedelta(seconds=fault.seconds)
        try:
            return await self._answered(sql, values, fault, now, rng)
        except MissingExtra as missing:
            return _text(404, f"{HOST} is not simulated here: {missing}\n", now)

    async def _answered(
        self, sql: str, values: dict[str, str], fault: Fault, now: datetime, rng: np.random.Generator
    ) -> Reply:
        if not _READING.match(sql):
            return _failed(_READONLY, now)
        await self._hold(months_of(sql, now))
        path = self._folder / f"{uuid.uuid4()}.answer"
        form, wish = into_file(at_instant(sql, now), values, path, now)
        done = await self._chdb.run(wish)
        size = path.stat().st_size if path.exists() else 0
        if done.error and size == 0:
            path.unlink(missing_ok=True)
            return _failed(done.error, now)
        body = Body(path, _trailer(done.error) if done.error else b"")
        headers = _headers(now) | {
            "Content-Type": CONTENT_TYPES.get(form, "application/octet-stream"),
            "X-ClickHouse-Format": form,
            "X-ClickHouse-Summary": _summary(done),
        }
        return self._sent(Reply(200, headers, blocks=body.blocks()), body, fault, rng)

    def _sent(self, reply: Reply, body: Body, fault: Fault, rng: np.random.Generator) -> Reply:
        """The same with its fault, or cut where this server always cuts."""
        half = max(1, body.size // 2)
        if fault.kind is Kind.MALFORMED:
            return msgspec.structs.replace(reply, blocks=body.malformed(rng))
        if fault.kind in (Kind.RESET, Kind.TRUNCATE, Kind.CUT):
            over = fault.seconds if fault.kind is Kind.CUT else 0.0
            return msgspec.structs.replace(reply, cut_at=half, reset=fault.kind is Kind.RESET, over_s=over)
        if 0 < self.limits.cut_bytes < body.size:
            return msgspec.structs.replace(reply, cut_at=self.limits.cut_bytes)
        delay = fault.seconds if fault.kind is Kind.LATENCY else 0.0
        return msgspec.structs.replace(reply, delay_s=delay)

    async def _hold(self, months: Sequence[datetime]) -> None:
        """Make the spots of months that nobody asked for yet."""
        async with self._filling:
            if not self._chdb.alive:
                await self._prepare()
            for month in months:
                if month not in self._held:
                    edges = (month, next_month(month))
                    first, end = (wspr_spots.number_at(edge, self.per_slot) for edge in edges)
                    known = wspr_spots.sql_values(self.seed, self.per_slot)
                    await self._must(SQL["fill"], **known, first=first, count=end - first)
                    self._held.add(month)

    async def _prepare(self) -> None:
        path = self._folder / "paths.parquet"
        table = wspr_spots.paths(self.seed)
        pq.write_table(table.append_column("path", [np.arange(len(table))]), path, store_schema=False)
        self._held.clear()
        await self._must("DROP DATABASE IF EXISTS wspr")  # of a process that died
        await self._must("CREATE DATABASE wspr")
        await self._must(SQL["table"])
        await self._must(SQL["paths"], file=str(path))
        await self._must("USE wspr")

    async def _must(self, sql: str, **values: object) -> None:
        done = await self._chdb.run(sql, **values)
        if done.error:
            raise RuntimeError(f"the simulated {HOST} cannot make its tables: {done.error}")


def months_of(sql: str, now: datetime) -> list[datetime]:
    """
    The months up to `now` that a query can touch, judged by the instants that stand in it: between the first
    and the last of them (to `now` where nothing says `<`), else the last month. All that there could be is
    too much: 18 years.
    """
    if not re.search(r"\brx\b", sql):
        return []
    instants = [
        instant - timedelta(seconds=1 if before else 0)
        for before, text in _INSTANT.findall(sql)
        if (instant := _instant(text)) is not None
    ]
    if not instants or re.search(r"(?i)\bnow\(\)", sql):
        instants += [now - timedelta(days=31), now]
    elif "<" not in sql and "between" not in sql.lower():
        instants.append(now)
    first, last = max(min(instants), wspr_spots.FIRST), min(max(instants), now)
    months, month = [], first.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while month <= last:
        months.append(month)
        month = next_month(month)
    return months


def _instant(text: str) -> datetime | None:
    """An instant of a query; None for one that is in no calendar: ClickHouse will say so."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None


def next_month(month: datetime) -> datetime:
    return (month + timedelta(days=31)).replace(day=1)


def at_instant(sql: str, now: datetime) -> str:
    """The query with the planet's clock in place of the engine's."""
    return re.sub(r"(?i)\bnow\(\)", f"toDateTime({int(now.timestamp())}, 'UTC')", sql)


def into_file(sql: str, values: Mapping[str, str], path: Path, now: datetime) -> tuple[str, str]:
    """
    The format that was asked for, and the query with its answer sent into a file. What is later than `now`
    is not in the table yet; settings of the url hold for this query.
    """
    said = _FORMAT.search(sql)
    form = said[1] if said else values.get("default_format", "TabSeparated")
    settings = [said[2].strip()[len("SETTINGS") :]] if said and said[2] else []
    settings += [f"{name} = '{value}'" for name, value in values.items() if _is_setting(name)]
    until = f"time <= toDateTime({int(now.timestamp())})"
    settings.append(f"additional_table_filters = {{'wspr.rx': '{until}'}}")
    query = sql[: said.start()] if said else sql
    return form, f"{query} INTO OUTFILE '{path}' TRUNCATE FORMAT {form} SETTINGS {', '.join(settings)}"


def _is_setting(name: str) -> bool:
    return name not in OWN and not name.startswith("param_") and name.isidentifier()


def _altered(block: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(block)
    for at in rng.integers(0, len(block), 8):
        changed[at] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def _trailer(error: str) -> bytes:
    """How an error ends an answer that has begun, with a tag that no data holds by chance."""
    tag = uuid.uuid5(uuid.NAMESPACE_OID, error).hex[:16]
    return f"\r\n__exception__\r\n{tag}\r\n{error}\n{len(error)} {tag}\r\n__exception__\r\n".encode()


def _failed(error: str, now: datetime) -> Reply:
    found = re.match(r"Code: (\d+)", error)
    code = int(found[1]) if found else 0
    status = next((status for status, codes in STATUSES.items() if code in codes), 500)
    return _text(status, f"{error}\n", now, {"X-ClickHouse-Exception-Code": str(code)})


def _text(status: int, text: str, now: datetime, headers: Mapping[str, str] = MappingProxyType({})) -> Reply:
    body = text.encode()
    own = {"Content-Type": "text/plain; charset=UTF-8", "Content-Length": str(len(body))}
    return Reply(status, _headers(now) | own | dict(headers), body)


def _headers(now: datetime) -> dict[str, str]:
    return {
        "Date": http_date(now),
        "Server": "terraloom-universe",
        "X-ClickHouse-Server-Display-Name": HOST,
        "X-ClickHouse-Query-Id": str(uuid.uuid4()),
        "X-ClickHouse-Timezone": "UTC",
        "X-Simulated": "true",
    }


def _summary(done: Done) -> str:
    elapsed = str(int(done.seconds * 1e9))
    return msgspec.json.encode(
        {"read_rows": str(done.rows), "read_bytes": str(done.bytes), "elapsed_ns": elapsed}
    ).decode()
