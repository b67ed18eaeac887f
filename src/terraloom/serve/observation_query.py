"""What the listings of values and stations take: query parameters, checked and turned into filters."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema

from terraloom.observations.query import StationFilters
from terraloom.observations.wanted import Resolution, Wanted
from terraloom.records import Quality
from terraloom.serve.parameters import BBOX, MAX_PAGE, Phrase, Word, bounds, box

MAX_VALUES = 10_000
"""Most values in a page of JSON; the other formats stream all there is."""
DEFAULT_VALUES = 1000
MOST_ROWS = 2**31 - 1

ValueFormat = Literal["json", "csv", "arrow", "parquet"]
QualityName = Enum("QualityName", {q.name: q.name.lower() for q in Quality}, type=str)  # type: ignore[misc]


def _utc(at: datetime) -> datetime:
    """Times without an offset are UTC; so are those that come out."""
    try:
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError("a time in the years 1 to 9999 of UTC") from None


Time = Annotated[datetime, AfterValidator(_utc)]
Bbox = Annotated[str, AfterValidator(box), WithJsonSchema({"type": "string", "pattern": BBOX})]
Code = Annotated[str, StringConstraints(min_length=1, max_length=250, pattern=r"^[^\x00]+$")]


class ObservationQuery(BaseModel):
    """Which values. An unknown name is an error, so that a typo never widens the answer."""

    model_config = ConfigDict(extra="forbid")

    metric: list[Word] = Field([], max_length=50, description="Metrics; may be repeated.")
    station: list[Code] = Field([], max_length=200, description="Stations, agency/code; may be repeated.")
    bbox: Bbox | None = Field(
        None,
        description="west,south,east,north in degrees; west greater than east crosses the dateline. Stations "
        "by their place; raw values of what moves by their own.",
    )
    since: Time | None = Field(None, description="At or after. Of an hour or a day, its beginning counts.")
    until: Time | None = Field(None, description="Before.")
    resolution: Resolution = Field(Resolution.RAW, description="As given, or by UTC hour or day.")
    quality: list[QualityName] = Field(
        [], max_length=10, description="Of raw values; may be repeated. Default: good."
    )
    limit: int | None = Field(
        None,
        ge=1,
        le=MOST_ROWS,
        description=f"JSON: values in a page, at most {MAX_VALUES}, by default {DEFAULT_VALUES}. The other "
        "formats: at most so many rows, by default all.",
    )
    cursor: str = Field("", max_length=1000, description="`next` of the page before.")
    format: ValueFormat | None = Field(None, description="Else the Accept header decides.")

    def wanted(self) -> Wanted:
        """The same for `observations.reading`."""
        return Wanted(
            metrics=self.metric,
            stations=self.station,
            bbox=bounds(self.bbox),
            since=self.since,
            until=self.until,
            resolution=self.resolution,
            qualities=[Quality[name.name] for name in self.quality] or [Quality.GOOD],
        )


class StationQuery(BaseModel):
    """Which stations. An unknown name is an error."""

    model_config = ConfigDict(extra="forbid")

    bbox: Bbox | None = Field(None, description="west,south,east,north in degrees.")
    metric: list[Word] = Field([], max_length=50, description="That measure one of these; may be repeated.")
    agency: list[Word] = Field([], max_length=50, description="Of these agencies; may be repeated.")
    kind: list[Word] = Field(
        [], max_length=10, description="fixed, mobile, grid, region, planet, spacecraft, object."
    )
    q: Phrase = Field("", description="Text in title or id.")
    limit: int = Field(100, ge=1, le=MAX_PAGE, description="Stations in a page.")
    cursor: str = Field("", max_length=1000, description="`next` of the page before.")

    def filters(self) -> StationFilters:
        """The same for `observations.query`."""
        return StationFilters(
            bbox=bounds(self.bbox),
            metrics=self.metric,
            agencies=self.agency,
            kinds=self.kind,
            text=self.q,
        )
