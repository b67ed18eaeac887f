"""What runs the house: source state, credentials by name, webhooks, API keys.

Revision ID: 0002
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE source_state (                         -- one row per source, written by each poll
    source        text PRIMARY KEY,
    paused        boolean NOT NULL DEFAULT false,
    last_poll_at  timestamptz,
    last_ok_at    timestamptz,
    last_new_at   timestamptz,                      -- last time the content moved: stale feed, fresh poller
    last_error    text NOT NULL DEFAULT '',
    last_error_at timestamptz,
    consecutive_failures integer NOT NULL DEFAULT 0,
    breaker       text NOT NULL DEFAULT 'closed',   -- closed | open | half-open
    polls         bigint NOT NULL DEFAULT 0,
    errors        bigint NOT NULL DEFAULT 0,
    lag_s         double precision                  -- receipt to commit of the last poll
);
CREATE TABLE http_validators (                      -- what a conditional GET sends
    source        text NOT NULL,
    url           text NOT NULL,
    etag          text NOT NULL,
    last_modified text NOT NULL,
    PRIMARY KEY (source, url)
);
CREATE TABLE auth_config (                          -- where a secret is found, never the secret
    name       text PRIMARY KEY,
    location   text NOT NULL,                       -- env:NAME or file:/path
    scheme     text NOT NULL,                       -- bearer | header:<Name> | query:<name> | basic
    note       text NOT NULL DEFAULT ''
);
CREATE TABLE outbox_cursors (                       -- how far each follow-up consumer has read the outbox
    consumer  text PRIMARY KEY,
    after_seq bigint NOT NULL
);
CREATE TABLE api_keys (
    name       text PRIMARY KEY,
    sha256     text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE TABLE webhooks (
    id         uuid PRIMARY KEY,
    url        text NOT NULL,
    secret     text NOT NULL,                       -- credential name in auth_config
    api_key    text NOT NULL DEFAULT '',            -- credential name sent as X-API-Key
    event_types text[] NOT NULL DEFAULT '{}',       -- empty = all
    min_severity text NOT NULL DEFAULT '',
    active     boolean NOT NULL DEFAULT true,
    after_seq  bigint NOT NULL DEFAULT 0            -- deliveries are planned up to this outbox row
);
CREATE TABLE webhook_deliveries (
    id           uuid PRIMARY KEY,                  -- uuid5 of webhook and outbox seq: the idempotency key
    webhook_id   uuid NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    event_id     uuid NOT NULL,
    seq          bigint NOT NULL,
    body         text NOT NULL,                     -- JSON, the same at every try
    state        text NOT NULL,                     -- pending | delivered | dead
    attempts     integer NOT NULL DEFAULT 0,
    next_at      timestamptz NOT NULL,              -- due from then on; while a try is under way: its lease
    last_status  integer,
    last_error   text NOT NULL DEFAULT '',
    delivered_at timestamptz,
    UNIQUE (webhook_id, seq)
);
CREATE INDEX webhook_deliveries_state ON webhook_deliveries (state);
CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (webhook_id, event_id, seq) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_event ON webhook_deliveries (webhook_id, event_id);
CREATE TABLE enrichments (                          -- details to fetch for an event, at most one at a time
    event_id  uuid PRIMARY KEY,
    seq       bigint NOT NULL,                      -- outbox row that asked last
    agency    text NOT NULL,
    source_event_id text NOT NULL,
    state     text NOT NULL,                        -- pending | done | dead
    attempts  integer NOT NULL DEFAULT 0,
    next_at   timestamptz NOT NULL,
    last_error text NOT NULL DEFAULT ''
);
CREATE INDEX enrichments_due ON enrichments (next_at) WHERE state = 'pending';
"""

TABLES = (
    "enrichments webhook_deliveries webhooks outbox_cursors api_keys auth_config http_validators source_state"
).split()


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute("DROP TABLE " + ", ".join(TABLES))
