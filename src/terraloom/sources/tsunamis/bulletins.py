"""What one bulletin of a tsunami warning centre says, and the report that it makes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import EventType, HazardReport, Measurement, Severity
from terraloom.sources.base import SourceInfo

TENTH_DEGREE_KM = 5.0  # one sigma of rounding both coordinates to 0.1 degrees
LEVELS = {
    "WARNING": Severity.RED,
    "WATCH": Severity.ORANGE,
    "THREAT": Severity.ORANGE,  # to coasts abroad, whose own authorities warn
    "ADVISORY": Severity.YELLOW,
}
_TITLES = {  # from the lowest level on
    Severity.GREEN: "No tsunami danger, or none any more",
    Severity.YELLOW: "Tsunami advisory",
    Severity.ORANGE: "Tsunami watch or threat",
    Severity.RED: "Tsunami warning",
}
_OVER = ("CANCEL", "FINAL", "NO LONGER", "NO TSUNAMI", "NOT EXPECTED", "HAS PASSED")


class Bulletin(Struct, frozen=True, kw_only=True):
    """One message. Where it is of a cancellation or of no danger, its level is green."""

    issued: datetime
    level: Severity
    code: str = ""  # the centre's own, of the event
    origin: datetime | None = None  # of the earthquake
    origin_resolution_s: float = 1.0
    where: str = ""
    lon: float | None = None
    lat: float | None = None
    depth_km: float | None = None
    magnitude: float | None = None
    magnitude_type: str = ""
    height_m: float | None = None  # highest that a gauge measured, above the tide
    vtec: tuple[str, ...] = ()
    expires: datetime | None = None
    words: str = ""
    url: str = ""


def level(headlines: Iterable[str]) -> Severity:
    """The highest level that one of these states to be in force."""
    return max((_level(one.upper()) for one in headlines), key=list(_TITLES).index, default=Severity.GREEN)


def _level(headline: str) -> Severity:
    if any(word in headline for word in _OVER):
        return Severity.GREEN
    return next((LEVELS[word] for word in LEVELS if word in headline), Severity.GREEN)


def report(bulletin: Bulletin, info: SourceInfo, fragment: bytes) -> HazardReport:
    """The tsunami, or the earthquake that raised none. Raises `RecordError` where nothing names it."""
    own, *others = ids(bulletin)
    over = bulletin.level is Severity.GREEN
    return HazardReport(
        source=info.id,
        agency=info.agency,
        source_event_id=own,
        also_ids=tuple(others),
        keys=tuple(f"vtec:{name}" for name in bulletin.vtec),
        event_type=EventType.TSUNAMI,
        title=" - ".join(filter(None, (_TITLES[bulletin.level], bulletin.where))),
        description=bulletin.words,
        url=bulletin.url or info.homepage,
        onset=bulletin.origin or bulletin.issued,
        updated_at=bulletin.issued,
        valid_until=bulletin.issued if over else bulletin.expires,
        lon=bulletin.lon,
        lat=bulletin.lat,
        depth_km=bulletin.depth_km,
        magnitude=bulletin.magnitude,
        magnitude_type=bulletin.magnitude_type,
        severity_level=bulletin.level,
        measurements=()
        if bulletin.height_m is None
        else (Measurement("tsunami_height_measured", bulletin.height_m, "m"),),
        time_resolution_s=bulletin.origin_resolution_s,
        position_error_km=TENTH_DEGREE_KM,
        fragment=fragment,
    )


def ids(bulletin: Bulletin) -> list[str]:
    """
    The event's code, the minute of its earthquake with those beside it (an origin time is revised by
    seconds), and its VTEC events: text has no code, and CAP not always the rest.
    """
    shifts = () if bulletin.origin is None else (0, -1, 1)
    moments = [bulletin.origin + timedelta(minutes=shift) for shift in shifts if bulletin.origin]
    found = [bulletin.code, *(f"origin-{moment:%Y%m%dT%H%MZ}" for moment in moments), *bulletin.vtec]
    names = [name for name in found if name]
    if not names:
        raise RecordError(
            "bulletin", bulletin.words[:80], "a code, an origin time or a VTEC that names the event"
        )
    return names
