"""What the listings take: query parameters, checked and turned into `Filters`."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema

from terraloom.hazards.query import Filters
from terraloom.records import EventType, Severity
from terraloom.serve.answers import Format

MAX_PAGE = 1000

NUMBER = r"[+-]?(?:\d{1,3}(?:\.\d*)?|\.\d+)"
BBOX = rf"^{NUMBER},{NUMBER},{NUMBER},{NUMBER}$"
STATES: dict[str, tuple[str, ...]] = {
    "current": ("current",),
    "retracted": ("retracted",),
    "merged": ("merged",),
}
STATES["all"] = ("current", "retracted", "merged")


def box(text: str) -> str:
    """The text itself, where it is a box. Raises `ValueError`."""
    found = re.match(BBOX, text)
    west, south, east, north = map(float, text.split(",")) if found else (999.0,) * 4
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError("west,south,east,north in degrees, -180..180 and -90..90, south not above north")
    return text


def _utc(at: datetime) -> datetime:
    """Times without an offset are UTC."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)


Word = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]+$")]
Phrase = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]
Time = Annotated[datetime, AfterValidator(_utc)]
Magnitude = Annotated[float, Field(ge=-5, le=15, allow_inf_nan=False)]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Rows in a page.")]
Cursor = Annotated[str, Query(max_length=500, description="`next` of the page before.")]
Sequence = Annotated[int, Query(ge=0, le=2**63 - 1, description="Number of the last change that is known.")]


class EventQuery(BaseModel):
    """Filters of a listing of events. An unknown name is an error, so that a typo never widens the answer."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    bbox: Annotated[str, AfterValidator(box), WithJsonSchema({"type": "string", "pattern": BBOX})] | None = (
        Field(
            None, description="west,south,east,north in degrees; west greater than east crosses the dateline."
        )
    )
    since: Time | None = Field(None, description="Onset at or after.")
    until: Time | None = Field(None, description="Onset before.")
    active_since: Time | None = Field(None, description="Began, changed or valid at or after.")
    type: list[EventType] = Field([], description="Hazard types; may be repeated.")
    min_magnitude: Magnitude | None = None
    max_magnitude: Magnitude | None = None
    alert: list[Severity] = Field([], description="Alert levels; may be repeated.")
    agency: list[Word] = Field([], max_length=50, description="Agencies with a report; may be repeated.")
    source: list[Word] = Field([], max_length=50, description="Feeds with a report; may be repeated.")
    q: Phrase = Field("", description="Text in title, description or nearest place, or an agency's id.")
    state: str = Field(
        "current", pattern="^(current|retracted|merged|all)$", description="State of the events."
    )
    limit: int = Field(100, ge=1, le=MAX_PAGE, description="Events in a page.")
    cursor: str = Field("", max_length=500, description="`next` of the page before.")
    count: bool = Field(False, description="Count the matches, up to 10,000.")
    format: Format | None = Field(None, description="Else the Accept header decides.")

    def filters(self) -> Filters:
        """The same for `hazards.query`."""
        return Filters(
            bbox=bounds(self.bbox),
            since=self.since,
            until=self.until,
            active_since=self.active_since,
            types=[t.value for t in self.type],
            min_magnitude=self.min_magnitude,
            max_magnitude=self.max_magnitude,
            alerts=[a.value for a in self.alert],
            agencies=self.agency,
            sources=self.source,
            text=self.q,
            states=STATES[self.state],
        )


def bounds(text: str | None) -> tuple[float, float, float, float] | None:
    """West, south, east, north of a checked box."""
    if not text:
        return None
    west, south, east, north = (float(part) for part in text.split(","))
    assert all(map(math.isfinite, (west, south, east, north))), "the pattern admits digits only"
    return west, south, east, north
