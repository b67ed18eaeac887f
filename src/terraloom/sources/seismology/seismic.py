"""What all earthquake feeds share: the vocabulary of event types, and titles where a feed gives none."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from msgspec import Struct

from terraloom.records import EventType, ReportStatus

EARTHQUAKES = frozenset(
    {
        "",
        "null",
        "earthquake",
        "induced earthquake",
        "induced or triggered event",
        "fluid-injection earthquake",
        "reservoir-induced earthquake",
        "tremor pulse",
        "slow earthquake",
        "not reported",
        "outside of network interest",
        "not locatable",
    }
)
"""Types that are earthquakes, or of which the catalogue of earthquakes says nothing else."""

OTHER_TYPES = {
    "volcanic eruption": EventType.VOLCANO,
    "landslide": EventType.LANDSLIDE,
    "debris avalanche": EventType.LANDSLIDE,
    "rockslide": EventType.LANDSLIDE,
    "slide": EventType.LANDSLIDE,
    "hydroacoustic landslide": EventType.LANDSLIDE,
}

NO_EVENTS = frozenset({"not existing", "duplicate", "fake event"})
"""Types by which QuakeML and SeisComP take back an event that they listed before."""

# Two-letter codes of the ISC bulletin (http://www.isc.ac.uk/standards/event_types/), which EMSC uses: the
# first letter is certainty (known, suspected), the second the kind.
ISC_KINDS = {
    "e": "earthquake",
    "h": "chemical explosion",
    "i": "induced earthquake",
    "l": "landslide",
    "m": "mining explosion",
    "n": "nuclear explosion",
    "r": "rock burst",
    "s": "seismic disturbance",
    "v": "volcanic eruption",
    "x": "explosion",
    "o": "other event",
}


class Kind(Struct, frozen=True):
    """
    What shook: our type, the feed's own words (empty for a plain earthquake), and whether it is taken back.
    """

    event_type: EventType
    words: str
    exists: bool = True

    def status(self, *, reviewed: bool) -> ReportStatus:
        if not self.exists:
            return ReportStatus.DELETED
        return ReportStatus.REVIEWED if reviewed else ReportStatus.AUTOMATIC


@lru_cache(maxsize=256)  # feeds say few different words, again and again
def kind(text: str | None) -> Kind:
    """The kind of an event from a QuakeML or USGS type ("earthquake", "quarry_blast", "Ice Quake")."""
    words = (text or "").strip().lower().replace("_", " ")
    if words in EARTHQUAKES:
        return Kind(EventType.EARTHQUAKE, "")
    if words in NO_EVENTS:
        return Kind(EventType.EARTHQUAKE, words, exists=False)
    return Kind(OTHER_TYPES.get(words, EventType.OTHER), words)


def isc_kind(code: str | None) -> Kind:
    """The kind of an event from a two-letter ISC code ("ke", "sh"); an unknown one is taken as given."""
    letters = (code or "").strip().lower()
    if len(letters) == 2 and letters[0] in "kdfsu":
        return kind(ISC_KINDS.get(letters[1], ""))
    return kind(letters if len(letters) > 2 else "")


def title(magnitude: float | None, place: str, words: str = "") -> str:
    """A title in the style of USGS: ``M 4.5 - 12 km S of X``, ``M 1.2 quarry blast - X``, ``M ? - X``."""
    size = "M ?" if magnitude is None else f"M {magnitude:.1f}"
    return f"{size} {words}".rstrip() + (f" - {place}" if place else "")


def time_resolution(onset: datetime) -> float:
    """
    Seconds to which an origin time seems to be cut: 60 for a whole minute, else 1.

    For catalogues that hold both instrumental times (to the millisecond, of which one in 60,000 would fall
    on a whole minute by chance) and historical ones that were written down to the minute.
    """
    return 60.0 if onset.second == 0 and onset.microsecond == 0 else 1.0
