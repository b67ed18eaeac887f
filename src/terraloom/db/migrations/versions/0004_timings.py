"""How long the stages of a poll take, over all worker processes.

Revision ID: 0004
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE stage_timings (                        -- histograms; the edges stand in hazards/timings.py
    stage        text NOT NULL,                     -- fetch | parse | decide | commit
    bucket       smallint NOT NULL,                 -- 0 = up to the first edge
    observations bigint NOT NULL,
    seconds      double precision NOT NULL,         -- sum of the observations
    PRIMARY KEY (stage, bucket)
) WITH (fillfactor = 50);                           -- rows are updated in place, again and again
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute("DROP TABLE stage_timings")
