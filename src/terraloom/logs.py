"""Log lines: stable event names with fields, for people on a terminal, as JSON elsewhere.

    log = structlog.get_logger(__name__)
    with correlated():
        log.info("poll.finished", source="usgs-earthquakes", records=12, rejects=0)

Lines go to standard error, those of libraries (uvicorn, DBOS, …) in the same form.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO
from uuid import uuid4

import structlog
from structlog.types import EventDict, Processor

from terraloom.config import Logs

QUIET = ("httpx", "httpcore", "alembic", "watchfiles", "sqlalchemy", "psycopg.pool")
"""Libraries that narrate; theirs are shown from `warning` up."""

SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
)


def configure(settings: Logs, stream: TextIO | None = None) -> None:
    """Send all logging to `stream` (standard error) in the configured form; may be called again."""
    out = stream or sys.stderr
    handler = logging.StreamHandler(out)
    renderers = _renderers(settings.format, terminal=out.isatty())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # so that a new level or form reaches loggers that exist
    )


@contextmanager
def correlated(correlation_id: str | None = None, **fields: object) -> Iterator[str]:
    """Put a correlation id (a new one where none is given) and `fields` on every line written inside."""
    name = correlation_id or uuid4().hex[:12]
    with structlog.contextvars.bound_contextvars(correlation_id=name, **fields):
        yield name


def _as_json(_logger: object, _name: str, line: EventDict) -> str:
    first = {key: line.pop(key) for key in ("timestamp", "level", "event") if key in line}
    return json.dumps({**first, **line}, default=str, ensure_ascii=False)


def _renderers(form: str, *, terminal: bool) -> list[Processor]:
    # Tracebacks come without the values of local variables: those may be secrets.
    if form == "json" or (form == "auto" and not terminal):
        return [structlog.processors.format_exc_info, _as_json]
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(pad_event_to=28, colors=terminal, exception_formatter=plain)]
