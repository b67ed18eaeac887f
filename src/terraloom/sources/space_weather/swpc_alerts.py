"""
NOAA SWPC: watches, warnings, alerts and summaries of the space weather, past 30 days.

Each message has a code (``WARK05``: warning of K 5) and a serial number that counts within the code. It names
the message that it extends, continues or cancels by number. Lines end with CRLF, since 2026 with a mixture;
times are UTC to the minute ("2026 Aug 01 0734 UTC").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import EventType, HazardReport, Measurement, Payload, Reject, Severity
from terraloom.sources.base import Source, each, reject_payload
from terraloom.sources.space_weather import swpc
from terraloom.sources.space_weather.goes import xray_flux
from terraloom.sources.space_weather.metrics import SFU
from terraloom.sources.splitting import split_json
from terraloom.sources.values import number, utc

ALERTS = "https://www.spaceweather.gov/products/alerts-watches-and-warnings"
SEVERITY = {1: Severity.GREEN, 2: Severity.YELLOW, 3: Severity.ORANGE, 4: Severity.RED, 5: Severity.RED}
"""NOAA's scales as colours: minor, moderate, strong, severe, extreme. Messages below the scales have none."""

_CODE = re.compile(r"Space Weather Message Code:\s*([A-Z0-9]+)")
_SERIAL = re.compile(r"^\s*Serial Number:\s*(\d+)", re.MULTILINE)
_TITLE = re.compile(
    r"^\s*((?:EXTENDED |CONTINUED |CANCEL )?(?:WATCH|WARNING|ALERT|SUMMARY): .+)$", re.MULTILINE
)
_EARLIER = re.compile(r"(?:Extension to|Continuation of|Cancel) Serial Number:\s*(\d+)")
_SCALE = re.compile(r"(?:NOAA Scale:|Storm Category)\s*([RSG])([1-5])", re.IGNORECASE)
_TIME = r":\s*(\d{4} [A-Z][a-z]{2} \d{1,2} \d{4}) UTC"
_BEGINS = re.compile(rf"(?:Valid From|Threshold Reached|Begin Time|Observed|Original Issue Time){_TIME}")
_ENDS = re.compile(rf"(?:Valid To|Now Valid Until|End Time){_TIME}")
_PERIOD = re.compile(r"Synoptic Period:\s*(\d{2})00-\d{2}00")
_STORM_DAY = re.compile(r"\b([A-Z][a-z]{2} \d{2}):\s+G[1-5]")
_PROTONS = "1/(cm2.s.sr)"
_NUMBERS = {
    "planetary_k_index": (re.compile(r"K-index of (\d)", re.IGNORECASE), "1"),
    "proton_flux_above_10mev": (re.compile(r"Maximum 10MeV Flux: ([\d.]+) pfu"), _PROTONS),
    "proton_flux_above_100mev": (re.compile(r"Maximum 100MeV Flux: ([\d.]+) pfu"), _PROTONS),
    "electron_flux_above_2mev": (re.compile(r"Maximum 2MeV Flux: ([\d.]+) pfu"), _PROTONS),
    "shock_velocity": (re.compile(r"Estimated? Velocity: (\d+) ?km/s"), "km/s"),
    "sudden_impulse": (re.compile(r"Deviation: (\d+) nT"), "nT"),
    "radio_burst_peak_flux": (re.compile(r"Peak Flux: (\d+) sfu"), SFU),
}
_CLASS = re.compile(r"X-?ray Class:\s*([ABCMX]\d[\d.]*)", re.IGNORECASE)


class Message(Struct):
    product_id: str
    issue_datetime: str  # UTC
    message: str


class SwpcAlerts(Source):
    """
    Hazards, not observations: a desk has to see a storm watch on its list and be told when it is extended or
    cancelled. A message that extends, continues or cancels another one reports the same event, whose id is
    that of the first: ``WARK05-2016``. A cancelled one was in force until then, and ends there. All kinds are
    kept, summaries too. They are about the whole Earth and have no place.
    """

    info = swpc.info(
        "alerts",
        "Space weather watches, warnings and alerts",
        "/products/alerts.json",
        emits=HazardReport,
        homepage=ALERTS,
        folder="swpc-alerts",
        time_resolution_s=60.0,
    )

    def recognises(self, payload: Payload) -> bool:
        return b"Space Weather Message Code:" in payload.body[:2000]

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        try:
            messages, damage = split_json(payload.body, "")
        except RecordError as error:
            yield reject_payload(payload, error)
            return
        # The newest stand first; told in the order of their issue, an extension finds what it extends.
        yield from reversed(list(each(messages, self.read)))
        yield from damage

    def read(self, fragment: bytes) -> HazardReport:
        """One message. Raises `RecordError`."""
        said = msgspec.json.decode(fragment, type=Message)
        text = said.message.replace("\r", "")
        code, title = _found(_CODE, text, "code"), _found(_TITLE, text, "title")
        issued = utc(said.issue_datetime, field="issue_datetime")
        try:
            begins, ends = _span(text, issued)
        except OverflowError:
            raise RecordError("time", text[:200], "times before the end of the calendar") from None
        return HazardReport(
            source=self.info.id,
            agency=self.info.agency,
            source_event_id=f"{code}-{_found(_SERIAL, text, 'Serial Number')}",
            also_ids=tuple(f"{code}-{earlier}" for earlier in dict.fromkeys(_EARLIER.findall(text))),
            event_type=EventType.OTHER,
            title=" ".join(title.split()),
            description=re.sub(r"\n{3,}", "\n\n", text).strip(),
            url=ALERTS,
            onset=begins,
            updated_at=issued,
            valid_until=issued if title.startswith("CANCEL") else ends,
            severity_level=SEVERITY.get(_level(text)),
            measurements=_measurements(text),
            time_resolution_s=self.info.time_resolution_s,
            fragment=fragment,
        )


def _found(pattern: re.Pattern[str], text: str, field: str) -> str:
    match = pattern.search(text)
    if match is None:
        raise RecordError(field, text[:80], f"a message with its {field}")
    return str(match[1])


def _span(text: str, issued: datetime) -> tuple[datetime, datetime | None]:
    """When a message holds: as it states, by the days of a watch, or from its issue. Raises `RecordError`."""
    days = [_day(day, issued) for day in _STORM_DAY.findall(text)]
    if days:
        return min(days), max(days) + timedelta(days=1)
    first, last, period = _BEGINS.search(text), _ENDS.search(text), _PERIOD.search(text)
    begins = _moment(first[1]) if first else issued
    if last:
        return begins, _moment(last[1])
    return begins, _period_end(begins, int(period[1])) if period else None


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y %b %d %H%M").replace(tzinfo=UTC)
    except ValueError:
        raise RecordError("time", text, "a time such as 2026 Aug 01 0734") from None


def _day(text: str, issued: datetime) -> datetime:
    """ "Jan 02" as the beginning of that day, in the year that brings it nearest to the issue."""
    try:
        years = [datetime.strptime(f"{issued.year + n} {text}", "%Y %b %d") for n in (-1, 0, 1)]
    except ValueError:
        raise RecordError("day", text, "a day such as Aug 01") from None
    return min((year.replace(tzinfo=UTC) for year in years), key=lambda day: abs(day - issued))


def _period_end(reached: datetime, hour: int) -> datetime:
    """The end of the three hours from `hour` on in which K was reached; after midnight, of yesterday's."""
    end = reached.replace(hour=0, minute=0) + timedelta(hours=hour + 3)
    return end if end - reached < timedelta(hours=6) else end - timedelta(days=1)


def _level(text: str) -> int:
    """The highest level of a NOAA scale; where none is stated, that of K: 5 is G1, 9 is G5."""
    stated = [int(level) for _, level in _SCALE.findall(text)]
    k = _NUMBERS["planetary_k_index"][0].search(text)
    return max(stated or [int(k[1]) - 4 if k else 0])


def _measurements(text: str) -> tuple[Measurement, ...]:
    """The numbers that a message states, and the levels of NOAA's scales."""
    levels: dict[str, float] = {}
    for scale, level in _SCALE.findall(text):
        name = f"noaa_scale_{scale.lower()}"
        levels[name] = max(float(level), levels.get(name, 0.0))
    found = [Measurement(name, level, "1") for name, level in levels.items()]
    for name, (pattern, unit) in _NUMBERS.items():
        if (match := pattern.search(text)) is not None:
            found.append(Measurement(name, number(name, match[1]), unit))
    if (flare := _CLASS.search(text)) is not None:
        found.append(Measurement("peak_xray_flux", number("X-ray class", xray_flux(flare[1])), "W/m2"))
    return tuple(found)
