"""GFZ: what the Hpo indices of 30 and of 60 minutes share. They go on past 9 where Kp ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from terraloom.errors import RecordError
from terraloom.records import Aggregate, Metric
from terraloom.sources.declared import Field, Format, Table
from terraloom.sources.space_weather import gfz_indices
from terraloom.sources.space_weather.gfz_indices import MISSING
from terraloom.sources.space_weather.metrics import FIELD
from terraloom.sources.values import number

CITATION = "Matzka et al. (2024): Geomagnetic Hpo index V. 3.0, GFZ Data Services, doi 10.5880/Hpo.0003"


def metrics(minutes: int) -> tuple[Metric, Metric]:
    """The index and its linear equivalent."""
    hp = Metric(
        id=f"hp{minutes}_index",
        title=f"Hp{minutes} index",
        unit="1",
        low=0.0,
        high=20.0,
        field=FIELD,
        aggregate=Aggregate.MAX,
        description=f"As Kp, of {minutes} minutes, and open above 9.",
        hourly=minutes < 60,
    )
    ap = Metric(
        id=f"ap{minutes}_index",
        title=f"ap{minutes} index",
        unit="1",
        low=0.0,
        high=2000.0,
        field=FIELD,
        description=f"As ap, of {minutes} minutes.",
        hourly=minutes < 60,
    )
    return hp, ap


def table(hp: Metric, ap: Metric) -> Table:
    """One line an interval: date, hour at which it begins, hour of its middle, …"""
    return Table(
        format=Format.TEXT,
        names=("Y", "M", "D", "hour", "middle", "days", "days_m", "Hp", "ap", "reserved"),
        time=("Y", "M", "D", "hour"),
        time_format=beginning,
        place=gfz_indices.EARTH,
        fields=(Field("Hp", hp, missing=MISSING), Field("ap", ap, missing=MISSING)),
    )


def beginning(text: str) -> datetime:
    """ "2025 06 19 00.5" as 00:30 of that day. Raises `RecordError`."""
    date, _, hours = text.rpartition(" ")
    try:
        day = datetime.strptime(date, "%Y %m %d").replace(tzinfo=UTC)
        return day + timedelta(hours=number("hour", hours, low=0.0, high=24.0))
    except (ValueError, OverflowError):
        raise RecordError("time", text, "a day and its hour such as 2025 06 19 00.5") from None
