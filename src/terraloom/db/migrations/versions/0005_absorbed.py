"""Find what was merged into an event without reading all events.

Revision ID: 0005
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX disaster_events_merged ON disaster_events (merged_into) WHERE state = 'merged'")


def downgrade() -> None:
    op.execute("DROP INDEX disaster_events_merged")
