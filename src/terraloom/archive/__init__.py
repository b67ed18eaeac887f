"""The raw store: every body that came in, immutable and content-addressed, with its manifest in the database.

`Archive` holds bodies (folder or S3); `manifest` says what they are, whence and when; `retention` lets old
ones go; `checking` proves that the two agree. Bytes are stored before a row names them, never after.
"""

from __future__ import annotations

from terraloom.archive.manifest import Entry, entries, keep, load_payload, pending, record, record_many
from terraloom.archive.store import Archive

__all__ = ["Archive", "Entry", "entries", "keep", "load_payload", "pending", "record", "record_many"]
