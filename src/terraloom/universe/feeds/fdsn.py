"""What the simulated FDSN event services share: which events are asked for, and how they refuse."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

from terraloom.universe import past
from terraloom.universe.agencies import Story, Version
from terraloom.universe.feeds.page import Asked, Page

QUERY = "/fdsnws/event/1/query"
COUNT = "/fdsnws/event/1/count"
PLAIN = "text/plain; charset=utf-8"
ERROR = """\
Error {status}: {phrase}

{message}

Usage details are available from https://{host}/fdsnws/event/1

Request:
{path}?{query}

Request Submitted:
{at:%Y-%m-%dT%H:%M:%S+00:00}

Service version:
1.14.1
"""


def matching(
    asked: Asked, agency: str, back: timedelta, *, deleted: bool = False
) -> list[tuple[Story, Version]]:
    """The agency's events that a query asks for, newest first; `back`: the window of one that names none."""
    start = asked.instant("starttime", asked.instant("start", asked.at - back))
    end = asked.instant("endtime", asked.instant("end", asked.at))
    smallest = asked.number("minmagnitude", asked.number("minmag", -9))
    after = asked.instant("updatedafter", asked.at - timedelta(days=36500))
    found = past.archived(asked.seed, agency, start, min(end, asked.at))
    if end >= past.ENDS:
        found = [*asked.reports.current(agency, asked.at, asked.at - start, deleted=deleted), *found]
    return [
        (story, version)
        for story, version in found
        if start <= version.onset <= end and version.size >= smallest and version.updated >= after
    ]


def refused(asked: Asked, host: str, status: int, message: str) -> Page:
    """An error as the standard has it: text in paragraphs."""
    query = "&".join(f"{name}={value}" for name, value in asked.query.items())
    words = {"phrase": HTTPStatus(status).phrase, "message": message, "host": host, "path": asked.path}
    return Page(ERROR.format(status=status, query=query, at=asked.at, **words).encode(), PLAIN, status=status)


def nothing() -> Page:
    return Page(b"", PLAIN, status=204)
