"""What the lists of the solar cycle share: one record for each month."""

from __future__ import annotations

from datetime import UTC, datetime

from terraloom.errors import RecordError
from terraloom.records import Metric
from terraloom.sources.space_weather.metrics import F107, FIELD, SUNSPOT_NUMBER_MONTHLY


def monthly(id: str, title: str, like: Metric, description: str = "") -> Metric:
    """A metric of months, in the unit and range of another one."""
    return Metric(
        id=id,
        title=title,
        unit=like.unit,
        low=like.low,
        high=like.high,
        field=FIELD,
        description=description,
        hourly=False,
    )


def spots(name: str, title: str, description: str = "") -> Metric:
    return monthly(f"sunspot_number_{name}", f"Sunspot number, {title}", SUNSPOT_NUMBER_MONTHLY, description)


def radio(name: str, title: str, description: str = "") -> Metric:
    label = f"Solar radio flux at 10.7 cm, {title}"
    return monthly(f"solar_radio_flux_10_7cm_{name}", label, F107, description)


def month(text: str) -> datetime:
    """The beginning of a month ("2037-07", "2037-07-17"): what the values are of. Raises `RecordError`."""
    try:
        return datetime.strptime(text[:7], "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        raise RecordError("time-tag", text, "a month such as 2037-07") from None
