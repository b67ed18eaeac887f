"""
Webhooks: who wants to be told of what, and what is to be sent to them.

A subscription has a place of its own in the outbox (`webhooks.after_seq`), which moves in the transaction
that plans its deliveries: every change that passes the filter becomes exactly one row. Several changes of an
event that are waiting together become one, with the event as it is then. The row's id is derived from
subscription and outbox row, is sent as `Idempotency-Key`, and stays the same at every try, as does the body.
`hazards/webhook_sending.py` sends the rows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from msgspec import Struct
from psycopg import Connection
from psycopg.rows import class_row, dict_row

from terraloom.errors import ConfigError
from terraloom.hazards.severity import ALERTS
from terraloom.hazards.webhook_guard import check_url
from terraloom.records import EventType, derived_id


class Webhook(Struct, frozen=True, kw_only=True):
    """One subscription. `secret` and `api_key` are names in `auth_config`, never the secrets themselves."""

    id: UUID
    url: str
    secret: str
    api_key: str
    event_types: list[str]
    min_severity: str
    active: bool
    after_seq: int


class Delivery(Struct, frozen=True, kw_only=True):
    """One message to one subscription, and what became of it so far."""

    id: UUID
    webhook_id: UUID
    event_id: UUID
    seq: int
    state: str  # pending | delivered | dead
    attempts: int
    next_at: datetime
    last_status: int | None
    last_error: str
    delivered_at: datetime | None


def add(
    connection: Connection[Any],
    url: str,
    secret: str,
    *,
    api_key: str = "",
    event_types: Sequence[str] = (),
    min_severity: str = "",
    since: int | None = None,
    private_networks: Sequence[str] = (),
) -> Webhook:
    """
    Subscribe `url` to changes from now on, or from outbox row `since` on.

    Raises `ConfigError` for a url that may not be called, an unknown type or severity, or a secret that is
    no name in `auth_config`. Does not commit.
    """
    check_url(url, private_networks)
    _check_filters(event_types, min_severity)
    _check_credentials(connection, [secret, *([api_key] if api_key else [])])
    new = uuid4()
    connection.execute(
        "INSERT INTO webhooks (id, url, secret, api_key, event_types, min_severity, after_seq) "
        "SELECT %s, %s, %s, %s, %s, %s, coalesce(%s::bigint, max(seq), 0) FROM outbox",
        [new, url, secret, api_key, list(event_types), min_severity, since],
    )
    return get(connection, new)


def get(connection: Connection[Any], webhook: UUID) -> Webhook:
    """One subscription. Raises `ConfigError` where there is none with this id."""
    found = [w for w in list_all(connection) if w.id == webhook]
    if not found:
        raise ConfigError("webhook", str(webhook), "an id that `terraloom webhooks list` shows")
    return found[0]


def list_all(connection: Connection[Any]) -> list[Webhook]:
    """All subscriptions, by url."""
    with connection.cursor(row_factory=class_row(Webhook)) as cursor:
        return cursor.execute(
            "SELECT id, url, secret, api_key, event_types, min_severity, active, after_seq "
            "FROM webhooks ORDER BY url, id"
        ).fetchall()


def set_active(connection: Connection[Any], webhook: UUID, active: bool) -> Webhook:
    """Pause or resume. What changes meanwhile is planned when it is resumed."""
    connection.execute("UPDATE webhooks SET active = %s WHERE id = %s", [active, webhook])
    return get(connection, webhook)


def remove(connection: Connection[Any], webhook: UUID) -> None:
    """Unsubscribe; its deliveries go with it. Raises `ConfigError` where there is none with this id."""
    get(connection, webhook)
    connection.execute("DELETE FROM webhooks WHERE id = %s", [webhook])


def deliveries(
    connection: Connection[Any], *, webhook: UUID | None = None, state: str = "", limit: int = 100
) -> list[Delivery]:
    """Newest first."""
    with connection.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(
            "SELECT id, webhook_id, event_id, seq, state, attempts, next_at, last_status, last_error, "
            "delivered_at FROM webhook_deliveries "
            "WHERE (%(webhook)s::uuid IS NULL OR webhook_id = %(webhook)s) "
            "AND (%(state)s = '' OR state = %(state)s) ORDER BY seq DESC, id LIMIT %(limit)s",
            {"webhook": webhook, "state": state, "limit": limit},
        ).fetchall()


def resend(connection: Connection[Any], *, delivery: UUID | None = None, webhook: UUID | None = None) -> int:
    """
    Put dead letters back in the queue, with all their tries: one, those of a subscription, or all.

    They keep their idempotency key. Returns how many there were. Does not commit.
    """
    found = connection.execute(
        "UPDATE webhook_deliveries SET state = 'pending', attempts = 0, next_at = now() "
        "WHERE state = 'dead' AND (%(delivery)s::uuid IS NULL OR id = %(delivery)s) "
        "AND (%(webhook)s::uuid IS NULL OR webhook_id = %(webhook)s)",
        {"delivery": delivery, "webhook": webhook},
    )
    return found.rowcount


def send_test(connection: Connection[Any], webhook: UUID, now: datetime) -> UUID:
    """Queue a message that says that it is a test; returns the delivery's id. Does not commit."""
    get(connection, webhook)
    new = uuid4()
    body = {"id": str(new), "change": "test", "at": now.isoformat(), "event": None}
    seq = -int(now.timestamp() * 1e6)  # negative: no outbox row has it
    _queue(connection, [(new, webhook, new, seq, json.dumps(body))])
    return new


# Of the changes of one event that wait together the last stands for all. A subscription that was told of an
# event hears of it until its end, also when it falls below the filter or is retracted.
CHANGES = """
SELECT DISTINCT ON (o.event_id)
       o.seq, o.change, o.at, o.event_id,
       jsonb_build_object(
           'id', e.id, 'state', e.state, 'merged_into', e.merged_into, 'event_type', e.event_type,
           'title', e.title, 'description', e.description, 'url', e.url, 'lon', e.lon, 'lat', e.lat,
           'depth_km', e.depth_km, 'onset', e.onset, 'updated_at', e.updated_at, 'magnitude', e.magnitude,
           'magnitude_type', e.magnitude_type, 'severity_level', e.severity_level, 'status', e.status,
           'agencies', e.agencies, 'reports', e.reports,
           'place', l.place, 'country', l.country,
           'score', s.score, 'alert', s.alert, 'alert_probabilities', s.alert_probabilities
       ) AS event
FROM outbox o
JOIN disaster_events e ON e.id = o.event_id
LEFT JOIN severity_scores s ON s.event_id = e.id
LEFT JOIN location_data l ON l.event_id = e.id
WHERE o.seq > %(after)s AND o.seq <= %(to)s
  AND (
      EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.webhook_id = %(webhook)s AND d.event_id = e.id)
      OR (
          e.state = 'current'
          AND (cardinality(%(types)s::text[]) = 0 OR e.event_type = ANY(%(types)s))
          AND (cardinality(%(levels)s::text[]) = 0
               OR e.severity_level = ANY(%(levels)s) OR s.alert = ANY(%(levels)s))
      )
  )
ORDER BY o.event_id, o.seq DESC
"""


def plan(connection: Connection[Any], events: Sequence[UUID], last: int, *, simulated: bool = False) -> None:
    """Turn the changes up to outbox row `last` into deliveries of every active subscription."""
    with connection.cursor(row_factory=class_row(Webhook)) as cursor:
        waiting = cursor.execute(
            "SELECT id, url, secret, api_key, event_types, min_severity, active, after_seq FROM webhooks "
            "WHERE active AND after_seq < %s ORDER BY id FOR UPDATE",
            [last],
        ).fetchall()
    for webhook in waiting:
        _plan_for(connection, webhook, last, simulated)


def _plan_for(connection: Connection[Any], webhook: Webhook, last: int, simulated: bool) -> None:
    with connection.cursor(row_factory=dict_row) as cursor:
        changes = cursor.execute(
            CHANGES,
            {
                "after": webhook.after_seq,
                "to": last,
                "webhook": webhook.id,
                "types": webhook.event_types,
                "levels": _levels(webhook.min_severity),
            },
        ).fetchall()
    rows = []
    for change in sorted(changes, key=lambda c: c["seq"]):
        delivery = derived_id("webhook", str(webhook.id), str(change["seq"]))
        body = {
            "id": str(delivery),
            "seq": change["seq"],
            "change": change["change"],
            "at": change["at"].isoformat(),
            "simulated": simulated,
            "event": change["event"],
        }
        rows.append((delivery, webhook.id, change["event_id"], change["seq"], json.dumps(body)))
    _queue(connection, rows)
    connection.execute("UPDATE webhooks SET after_seq = %s WHERE id = %s", [last, webhook.id])


def _queue(connection: Connection[Any], rows: Sequence[tuple[UUID, UUID, UUID, int, str]]) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], [], []]
    connection.execute(
        "INSERT INTO webhook_deliveries (id, webhook_id, event_id, seq, body, state, next_at) "
        "SELECT id, webhook_id, event_id, seq, body, 'pending', now() FROM "
        "unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::text[]) "
        "AS new (id, webhook_id, event_id, seq, body) ON CONFLICT (id) DO NOTHING",
        columns,
    )


def _levels(min_severity: str) -> list[str]:
    """The alerts that pass a filter; empty where there is none."""
    names = [alert.value for alert in ALERTS]
    return names[names.index(min_severity) :] if min_severity else []


def _check_filters(event_types: Sequence[str], min_severity: str) -> None:
    known = [t.value for t in EventType]
    for kind in event_types:
        if kind not in known:
            raise ConfigError("event_types", kind, "one of " + ", ".join(known))
    levels = [alert.value for alert in ALERTS]
    if min_severity and min_severity not in levels:
        raise ConfigError("min_severity", min_severity, "one of " + ", ".join(levels))


def _check_credentials(connection: Connection[Any], names: Sequence[str]) -> None:
    for name in names:
        if not connection.execute("SELECT 1 FROM auth_config WHERE name = %s", [name]).fetchone():
            raise ConfigError("secret", name, "a name set by `terraloom auth set`")


def host_of(url: str) -> str:
    """What may be logged of a receiver: its host (a path can hold a token)."""
    return urlsplit(url).hostname or ""
