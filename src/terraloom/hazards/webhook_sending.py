"""
Sends planned deliveries: signed, retried with back-off, in order for each event, until they arrive or die.

A try is claimed by a lease in the row and counted before it is made, so a process that is killed in the
middle leaves a row that is due again when its lease ends. Receivers therefore see each delivery at least
once, always under the same `Idempotency-Key`; in the database it is delivered once.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

import httpx
import structlog
from msgspec import Struct
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

from terraloom import __version__
from terraloom.config import Webhooks as WebhookSettings
from terraloom.errors import ConfigError
from terraloom.fetching.credentials import find_credential
from terraloom.hazards.webhook_guard import Lookup, addresses, resolve
from terraloom.hazards.webhooks import host_of

log = structlog.get_logger(__name__)

AT_ONCE = 8  # deliveries under way in one process
PER_WEBHOOK = 4  # of one subscription, so that one dead receiver does not hold up the others
GONE = 410

# The oldest waiting delivery of each event goes first; what comes after it waits for its end.
CLAIM = """
WITH due AS (
    SELECT d.id
    FROM webhooks w
    CROSS JOIN LATERAL (
        SELECT c.id, c.next_at FROM webhook_deliveries c
        WHERE c.webhook_id = w.id AND c.state = 'pending' AND c.next_at <= now()
          AND NOT EXISTS (
              SELECT 1 FROM webhook_deliveries earlier
              WHERE earlier.webhook_id = c.webhook_id AND earlier.event_id = c.event_id
                AND earlier.seq < c.seq AND earlier.state = 'pending'
          )
        ORDER BY c.next_at, c.seq
        LIMIT %(per_webhook)s
        FOR UPDATE SKIP LOCKED
    ) d
    WHERE w.active
    ORDER BY d.next_at
    LIMIT %(at_once)s
)
UPDATE webhook_deliveries d
SET attempts = d.attempts + 1, next_at = now() + make_interval(secs => %(lease)s)
FROM due, webhooks w
WHERE d.id = due.id AND w.id = d.webhook_id
RETURNING d.id, d.webhook_id, d.body, d.attempts, w.url, w.secret, w.api_key
"""
CLAIM_ONE = """
UPDATE webhook_deliveries d
SET attempts = d.attempts + 1, next_at = now() + make_interval(secs => %(lease)s)
FROM webhooks w
WHERE d.id = %(id)s AND w.id = d.webhook_id
RETURNING d.id, d.webhook_id, d.body, d.attempts, w.url, w.secret, w.api_key
"""

# A try that outlived its lease must not overwrite what a later one found: the count of tries is the token.
DELIVERED = """
UPDATE webhook_deliveries
SET state = 'delivered', delivered_at = now(), last_status = %(status)s, last_error = ''
WHERE id = %(id)s AND attempts = %(attempts)s AND state = 'pending'
"""
FAILED = """
UPDATE webhook_deliveries
SET state = %(state)s, next_at = now() + make_interval(secs => %(wait)s),
    last_status = %(status)s, last_error = %(error)s
WHERE id = %(id)s AND attempts = %(attempts)s AND state = 'pending'
"""


class Try(Struct, frozen=True, kw_only=True):
    """One claimed attempt."""

    id: UUID
    webhook_id: UUID
    body: str
    attempts: int  # with this one
    url: str
    secret: str
    api_key: str


class Outcome(Struct, frozen=True):
    """What a receiver answered: `status` None where it did not."""

    status: int | None = None
    error: str = ""
    retry_after_s: float = 0.0

    @property
    def arrived(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """``t=<unix s>,v1=<hex HMAC-SHA256 of "t.body">``: the receiver checks the digest and the time's age."""
    signed = str(timestamp).encode() + b"." + body
    return f"t={timestamp},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def back_off_s(attempts: int, settings: WebhookSettings, random: Random) -> float:
    """Wait after the given number of tries: doubled each time, at most `backoff_max_s`, with ±50 % jitter."""
    doubled = settings.backoff_initial_s * 2.0 ** min(attempts - 1, 60)
    return min(doubled, settings.backoff_max_s) * random.uniform(0.5, 1.5)


class Sender:
    """Sends what is due. Clock, randomness and name lookup are arguments."""

    def __init__(
        self,
        pool: ConnectionPool,
        settings: WebhookSettings,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        random: Random | None = None,
        lookup: Lookup = addresses,
    ) -> None:
        self._pool, self._settings = pool, settings
        self._clock, self._random, self._lookup = clock, random or Random(), lookup
        # No connection is kept: two names may share an address, and TLS was agreed for one of them.
        self._http = httpx.Client(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))

    def send_due(self) -> bool:
        """Claim and send one round; True when there was any, so that the next round comes at once."""
        tries = self._claim(CLAIM, per_webhook=PER_WEBHOOK, at_once=AT_ONCE)
        if not tries:
            return False
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="terraloom-webhook") as workers:
            for attempt, outcome in zip(tries, workers.map(self._send, tries), strict=True):
                self._record(attempt, outcome)
        return True

    def send_one(self, delivery: UUID) -> Outcome:
        """Send this one now, whatever else is waiting, and say what came of it."""
        (attempt,) = self._claim(CLAIM_ONE, id=delivery)
        outcome = self._send(attempt)
        self._record(attempt, outcome)
        return outcome

    def _claim(self, statement: str, **values: Any) -> list[Try]:
        values["lease"] = 2.0 * self._settings.timeout_s + 5.0
        with self._pool.connection() as connection, connection.cursor(row_factory=class_row(Try)) as cursor:
            return cursor.execute(statement, values).fetchall()

    def _send(self, attempt: Try) -> Outcome:
        try:
            address = resolve(attempt.url, self._settings.private_networks, self._lookup)
            request = self._request(attempt, address)
            answer = self._http.send(request, stream=True)  # the body is not read: it is nobody's business
            answer.close()
        except (OSError, httpx.HTTPError, ConfigError) as error:
            return Outcome(error=f"{type(error).__name__}: {error}"[:500])
        return Outcome(
            answer.status_code,
            "" if answer.is_success else f"HTTP {answer.status_code}",
            _retry_after_s(answer.headers.get("Retry-After", "")),
        )

    def _request(self, attempt: Try, address: str) -> httpx.Request:
        """The signed request, to the checked address but under the receiver's own name."""
        with self._pool.connection() as connection:
            secret = find_credential(connection, attempt.secret).secret
            key = find_credential(connection, attempt.api_key).secret if attempt.api_key else ""
        body = attempt.body.encode()
        url = httpx.URL(attempt.url)
        headers = {
            "Host": url.netloc.decode(),
            "Content-Type": "application/json",
            "User-Agent": f"terraloom/{__version__}",
            "Idempotency-Key": str(attempt.id),
            "X-Terraloom-Signature": signature(secret, int(self._clock().timestamp()), body),
        }
        if key:
            headers["X-API-Key"] = key
        return httpx.Request(
            "POST",
            url.copy_with(host=address),
            headers=headers,
            content=body,
            extensions={
                "sni_hostname": url.host,
                "timeout": httpx.Timeout(self._settings.timeout_s).as_dict(),
            },
        )

    def _record(self, attempt: Try, outcome: Outcome) -> None:
        dead = attempt.attempts >= self._settings.attempts or outcome.status == GONE
        wait = max(back_off_s(attempt.attempts, self._settings, self._random), outcome.retry_after_s)
        values: dict[str, Any] = {
            "id": attempt.id,
            "attempts": attempt.attempts,
            "status": outcome.status,
            "error": outcome.error,
            "state": "dead" if dead else "pending",
            "wait": wait,
        }
        with self._pool.connection() as connection:
            connection.execute(DELIVERED if outcome.arrived else FAILED, values)
        event = "delivered" if outcome.arrived else "dead" if dead else "failed"
        log.info(
            f"webhook.{event}",
            delivery=str(attempt.id),
            host=host_of(attempt.url),
            attempt=attempt.attempts,
            status=outcome.status,
            error=outcome.error,
        )


def _retry_after_s(header: str) -> float:
    """Seconds that a receiver asks for, at most an hour; 0 where it says nothing in seconds."""
    return min(float(header), 3600.0) if header.isdigit() else 0.0
