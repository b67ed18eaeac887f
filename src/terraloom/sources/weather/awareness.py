"""
MeteoAlarm's awareness types and levels, which European weather services put into their warnings.

https://www.meteoalarm.org/: "2; yellow; Moderate" (level) and "1; Wind" (type); the numbers count.
"""

from __future__ import annotations

from terraloom.errors import RecordError
from terraloom.records import EventType, Severity

LEVELS = {"1": Severity.GREEN, "2": Severity.YELLOW, "3": Severity.ORANGE, "4": Severity.RED}

TYPES = {  # wind, snow and ice, thunderstorm, fog, heat, cold, coastal event, forest fire weather, …, rain
    **dict.fromkeys(("1", "2", "3", "4", "5", "6", "7", "8", "10", "11", "13"), EventType.SEVERE_WEATHER),
    "9": EventType.LANDSLIDE,  # avalanches
    "12": EventType.FLOOD,  # of rivers; 13 is rain that may flood
}


def level(stated: str) -> Severity:
    """The colour of an awareness level; green says that nothing is warned of. Raises `RecordError`."""
    number = stated.partition(";")[0].strip()
    if number not in LEVELS:
        raise RecordError("awareness_level", stated, "a level of 1..4, as in 2; yellow; Moderate")
    return LEVELS[number]


def event_type(stated: str) -> EventType:
    """The hazard of an awareness type; one that nobody knows is weather still."""
    return TYPES.get(stated.partition(";")[0].strip(), EventType.SEVERE_WEATHER)
