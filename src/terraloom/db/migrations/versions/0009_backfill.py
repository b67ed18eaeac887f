"""Backfill: campaigns, their jobs, what is paused, and the ledger of what is held.

Revision ID: 0009
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE backfill_campaigns (                   -- what somebody wants of an archive
    id         uuid PRIMARY KEY,                    -- derived: the same wish twice is one campaign
    kind       text NOT NULL,
    source     text NOT NULL,
    series     text NOT NULL,
    span       tstzrange,                           -- null: the archive as a whole
    parameters jsonb NOT NULL,
    step_s     double precision NOT NULL,
    priority   integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX backfill_campaigns_source ON backfill_campaigns (source, series);

CREATE TABLE backfill_jobs (                        -- the truth about each job; DBOS only runs it
    id         uuid PRIMARY KEY,                    -- derived: the same window twice is one job
    seq        bigint NOT NULL GENERATED ALWAYS AS IDENTITY,  -- the order in which they were planned
    campaign   uuid NOT NULL REFERENCES backfill_campaigns,
    parent     uuid REFERENCES backfill_jobs,       -- the job whose window was too much for one answer
    kind       text NOT NULL,
    source     text NOT NULL,
    series     text NOT NULL,
    host       text NOT NULL,
    span       tstzrange,
    parameters jsonb NOT NULL,
    priority   integer NOT NULL,                    -- lower goes first
    state      text NOT NULL DEFAULT 'pending'
               CHECK (state IN ('pending', 'running', 'done', 'failed', 'cancelled')),
    attempts   integer NOT NULL DEFAULT 0,          -- times handed out, ever: part of the workflow's id
    failures   integer NOT NULL DEFAULT 0,          -- in a row, since it was seeded or asked for again
    due_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    handed_at  timestamptz,
    ended_at   timestamptz,
    caught     jsonb,                               -- the checkpoint of an attempt under way: what it fetched
    payloads   integer NOT NULL DEFAULT 0,
    rows       bigint NOT NULL DEFAULT 0,           -- records in the payloads, read or quarantined
    bytes      bigint NOT NULL DEFAULT 0,
    duration_s double precision NOT NULL DEFAULT 0,
    says       text NOT NULL DEFAULT '',            -- why it failed last, or what became of it
    -- The same without numbers and addresses: one trouble has one reason.
    reason     text NOT NULL GENERATED ALWAYS AS (regexp_replace(
                   regexp_replace(says, 'https?://[^[:space:]]+', 'URL', 'g'), '[0-9]+', 'N', 'g')) STORED
);
CREATE INDEX backfill_jobs_waiting ON backfill_jobs (host, kind, priority, seq) WHERE state = 'pending';
CREATE INDEX backfill_jobs_running ON backfill_jobs (host) WHERE state = 'running';
CREATE INDEX backfill_jobs_handed ON backfill_jobs (host, handed_at);
CREATE INDEX backfill_jobs_campaign ON backfill_jobs (campaign, state);
CREATE INDEX backfill_jobs_ended ON backfill_jobs (ended_at);
CREATE INDEX backfill_jobs_parent ON backfill_jobs (parent) WHERE parent IS NOT NULL;

CREATE TABLE backfill_attempts (                    -- how each attempt at a job ended
    job        uuid NOT NULL REFERENCES backfill_jobs ON DELETE CASCADE,
    attempt    integer NOT NULL,
    outcome    text NOT NULL,                       -- done | split | again | failed
    says       text NOT NULL,
    worker     text NOT NULL,
    handed_at  timestamptz,
    ended_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    duration_s double precision NOT NULL,
    rows       bigint NOT NULL,
    bytes      bigint NOT NULL,
    payloads   uuid[] NOT NULL,
    PRIMARY KEY (job, attempt)
);

CREATE TABLE backfill_pauses (                      -- nothing of these is handed out
    what      text NOT NULL CHECK (what IN ('kind', 'host')),
    name      text NOT NULL,
    paused_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (what, name)
);

CREATE TABLE coverage (                             -- the ledger: of what time the record knows all
    source text NOT NULL,
    series text NOT NULL,                           -- '' : the source as a whole, as polls bring it
    year   smallint NOT NULL,                       -- 0: an archive that was asked for as a whole
    expected tstzmultirange NOT NULL DEFAULT '{}',  -- what campaigns asked for
    held   tstzmultirange NOT NULL DEFAULT '{}',
    empty  tstzmultirange NOT NULL DEFAULT '{}',    -- the service says that there is nothing
    rows   bigint NOT NULL DEFAULT 0,               -- new records of windows that begin in this year
    PRIMARY KEY (source, series, year)
);

CREATE TABLE coverage_news (                        -- what was said since: nobody waits for a row of `coverage`
    id       bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    source   text NOT NULL,
    series   text NOT NULL,
    expected tstzmultirange NOT NULL,
    held     tstzmultirange NOT NULL,
    empty    tstzmultirange NOT NULL,
    rows     bigint NOT NULL
);

-- The span of times that a payload's records hold: what its poll says to the ledger.
ALTER TABLE payloads ADD COLUMN first_at timestamptz, ADD COLUMN last_at timestamptz;
ALTER TABLE source_state ADD COLUMN first_poll_at timestamptz, ADD COLUMN newest_at timestamptz;
"""

DOWN = """
ALTER TABLE source_state DROP COLUMN first_poll_at, DROP COLUMN newest_at;
ALTER TABLE payloads DROP COLUMN first_at, DROP COLUMN last_at;
DROP TABLE coverage_news, coverage, backfill_pauses, backfill_attempts, backfill_jobs, backfill_campaigns;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
