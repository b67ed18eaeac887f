"""Days of metrics over all their stations, and days of sources: what caches and pages read instead of counting.

Revision ID: 0007
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE metric_days (                          -- a UTC day of a metric, over all its stations
    metric    text NOT NULL,
    start     timestamptz NOT NULL,
    n         bigint NOT NULL,                      -- good values
    stations  integer NOT NULL,                     -- that have any
    value     double precision NOT NULL,            -- by the metric's aggregate
    min       double precision NOT NULL,
    max       double precision NOT NULL,
    PRIMARY KEY (metric, start)
);
CREATE TABLE source_days (                          -- what a source brought on a UTC day, by receipt
    source    text NOT NULL,
    day       date NOT NULL,
    payloads  integer NOT NULL,
    bytes     bigint NOT NULL,
    records   bigint NOT NULL,
    rejected  bigint NOT NULL,
    created   bigint NOT NULL,                      -- events
    observed  bigint NOT NULL,                      -- values
    revised   bigint NOT NULL,
    PRIMARY KEY (source, day)
);
INSERT INTO source_days
SELECT p.source, (p.fetched_at AT TIME ZONE 'UTC')::date, count(*), sum(p.bytes), sum(i.records), sum(i.rejected),
       sum(i.created), sum(i.observed), sum(i.revised)
FROM ingests i JOIN payloads p ON p.id = i.payload_id GROUP BY 1, 2;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute("DROP TABLE source_days, metric_days")
