"""Cheaper writing of new reports: what only reading or safety needed costs a batch less, and finds the same.

- A raw record's payload is looked for once per statement; a foreign key asked once per row, which was a
  twelfth of all that the server does for a report. `ingests` still keeps payloads from being deleted.
- Decisions of a record have the number of that record, so only the others (merges, splits, an operator's
  word) need indexes of their own.
- Nothing asks for events by their newest change.

Revision ID: 0008
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE raw_event_records DROP CONSTRAINT raw_event_records_payload_id_fkey;
CREATE FUNCTION terraloom_require_payloads() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE unknown uuid;
BEGIN
    SELECT f.payload_id INTO unknown FROM (SELECT DISTINCT payload_id FROM fresh) f
     WHERE NOT EXISTS (SELECT FROM payloads p WHERE p.id = f.payload_id) LIMIT 1;
    IF FOUND THEN
        RAISE foreign_key_violation USING MESSAGE = format('payload %s of a raw record is not there', unknown);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER raw_event_records_payloads AFTER INSERT ON raw_event_records
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION terraloom_require_payloads();

DROP INDEX decisions_event, decisions_report;
CREATE INDEX decisions_event ON decisions (event_id) WHERE record_id IS NULL;
CREATE INDEX decisions_report ON decisions (agency, canonical_id) WHERE record_id IS NULL;

DROP INDEX disaster_events_changed;
"""

DOWN = """
CREATE INDEX disaster_events_changed ON disaster_events (changed_seq DESC);

DROP INDEX decisions_event, decisions_report;
CREATE INDEX decisions_event ON decisions (event_id, seq);
CREATE INDEX decisions_report ON decisions (agency, canonical_id, seq);

DROP TRIGGER raw_event_records_payloads ON raw_event_records;
DROP FUNCTION terraloom_require_payloads();
ALTER TABLE raw_event_records ADD FOREIGN KEY (payload_id) REFERENCES payloads;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
