"""Log lines: JSON for machines, words for people, one correlation id through both."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from terraloom.config import Logs
from terraloom.logs import configure, correlated


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Somewhere to write; logging is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield io.StringIO()
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_away_from_a_terminal_each_line_is_json(stream: io.StringIO) -> None:
    configure(Logs(), stream)
    structlog.get_logger("polls").info("poll.finished", records=3)
    line = json.loads(stream.getvalue())
    assert (line["event"], line["records"], line["level"], line["logger"]) == (
        "poll.finished",
        3,
        "info",
        "polls",
    )


def test_a_correlation_id_is_on_every_line_inside(stream: io.StringIO) -> None:
    configure(Logs(), stream)
    with correlated(source="usgs") as name:
        structlog.get_logger().info("ours")
        logging.getLogger("library").warning("theirs")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["correlation_id"], line["source"]) for line in lines] == [(name, "usgs")] * 2


def test_nothing_of_it_is_left_outside(stream: io.StringIO) -> None:
    configure(Logs(), stream)
    with correlated():
        pass
    structlog.get_logger().info("later")
    assert "correlation_id" not in json.loads(stream.getvalue())


def test_less_than_the_level_is_not_written(stream: io.StringIO) -> None:
    configure(Logs(level="warning"), stream)
    structlog.get_logger().info("quiet")
    assert stream.getvalue() == ""


def test_a_traceback_shows_no_local_variables(stream: io.StringIO) -> None:
    configure(Logs(), stream)
    secret = "".join(["hid", "den"])
    try:
        raise ValueError(len(secret))
    except ValueError:
        structlog.get_logger().exception("failed")
    assert "ValueError: 6" in stream.getvalue()
    assert "hidden" not in stream.getvalue()


def test_lines_for_people_hold_event_and_fields(stream: io.StringIO) -> None:
    configure(Logs(format="lines"), stream)
    structlog.get_logger().info("poll.finished", records=3)
    assert "poll.finished" in stream.getvalue()
    assert "records=3" in stream.getvalue()
