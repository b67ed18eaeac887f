"""What polling keeps: the schedule of each source, and which workers are alive.

Revision ID: 0003
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE schedules (                            -- one row per source that is polled
    source       text PRIMARY KEY,
    every_s      double precision NOT NULL,         -- time between two slots
    last_slot    timestamptz,                       -- newest slot handed out; null = none yet
    triggered_at timestamptz,                       -- somebody asks for a poll now
    missed       bigint NOT NULL DEFAULT 0,         -- slots that passed without a poll: no worker, or still polling
    last_missed_at timestamptz
);
CREATE TABLE workers (                              -- one row per living worker process
    executor_id text PRIMARY KEY,
    host        text NOT NULL,
    pid         integer NOT NULL,
    version     text NOT NULL,
    started_at  timestamptz NOT NULL,
    beat_at     timestamptz NOT NULL                -- by the database's clock
);
-- The poll that wrote the row last, so that a step that is run again after a crash counts once.
ALTER TABLE source_state ADD COLUMN last_poll text NOT NULL DEFAULT '';
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute("ALTER TABLE source_state DROP COLUMN last_poll; DROP TABLE workers, schedules")
