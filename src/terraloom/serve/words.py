"""Numbers, times and hazards in words, for pages and terminals."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from terraloom.hazards.views import Decision, Event, EventStory, Link, Neighbour
from terraloom.records import year_name

TYPES = {
    "EQ": "Earthquake",
    "TC": "Cyclone",
    "FL": "Flood",
    "VO": "Volcano",
    "WF": "Wildfire",
    "DR": "Drought",
    "TS": "Tsunami",
    "LS": "Landslide",
    "SW": "Severe weather",
    "OT": "Other",
}
ACTIONS = {
    "create": "reported it first",
    "correlate": "was joined",
    "update": "revised its report",
    "retract": "withdrew its report",
    "merge": "joined two events",
    "split": "was split off",
    "operator": "decided",
}
CONDITIONS = {
    "ok": "well",
    "still": "stale content",
    "failing": "failing",
    "late": "late",
    "paused": "paused",
    "new": "not polled yet",
    "off": "on request",
}
LEVELS = ("GREEN", "YELLOW", "ORANGE", "RED")
SPANS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"))


@dataclass
class StoryStep:
    """One entry of an event's story; revisions that follow it directly are folded into it."""

    action: str
    agency: str
    words: str
    at: datetime | None
    reason: str
    rule: str
    candidate: str
    measures: list[str]
    folded: list[Decision] = field(default_factory=list)


def steps(story: EventStory) -> list[StoryStep]:
    """The decisions as a person would tell them: an agency's plain revisions stand under its arrival."""
    told: list[StoryStep] = []
    arrived: dict[tuple[str, str], StoryStep] = {}
    for decision in story.decisions:
        key = decision.agency, decision.canonical_id
        if decision.action == "update" and key in arrived:
            arrived[key].folded.append(decision)
            continue
        told.append(_step(decision))
        arrived[key] = told[-1]
    return told


def _step(decision: Decision) -> StoryStep:
    """One decision; where it compares two reports, in words that give each number once."""
    return StoryStep(
        action=decision.action,
        agency=decision.agency,
        words=ACTIONS.get(decision.action, decision.action),
        at=decision.at,
        reason=told(decision),
        rule=decision.rule,
        candidate=decision.candidate,
        measures=measures(decision),
    )


def told(decision: Decision) -> str:
    """Why, in a sentence."""
    if decision.action == "correlate" and decision.candidate and gaps(decision):
        return f"Because it lies {joined(gaps(decision))} from what {decision.candidate} says."
    return sentence(decision.reason)


def gaps(apart: Decision | Link) -> list[str]:
    """How far apart two reports lie: in space, in time, in magnitude; what is not known is left out."""
    found = []
    if apart.distance_km is not None:
        found.append(km(apart.distance_km))
    if apart.dt_s is not None:
        found.append(span(apart.dt_s))
    if apart.dmag is not None:
        found.append(f"{apart.dmag:.1f} magnitudes")
    return found


def joined(parts: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}" if text else ""


def measures(decision: Decision) -> list[str]:
    """How good a match is, by the score of the rule."""
    if decision.score is None:
        return []
    return [f"score {decision.score:.2f}, {closeness(decision.score)}"]


def doubt(link: Link) -> str:
    """A doubtful pair in a line."""
    return f"{link.a.agency} and {link.b.agency}: {joined(gaps(link)) or 'unknown distance'} apart"


def summary(story: EventStory) -> str:
    """Who reported an event, how soon after it began, and how far apart they put it."""
    reports = [report for report in story.reports if report.versions and not report.retracted]
    if not reports:
        return ""
    first = min(reports, key=lambda r: (r.versions[-1].fetched_at, r.agency))
    after = (first.versions[-1].fetched_at - story.event.onset).total_seconds()
    when = f", {span(after)} after it began" if after > 0 else ", before it began"  # a forecast
    if story.event.onset_year is not None:
        when = ""
    who = f"The report of {first.agency} was the first to arrive{when}"
    if len(reports) == 1:
        return f"{who}. No other agency has reported it."
    return f"{who}. All {len(reports)} reports {spread(story)}."


def spread(story: EventStory) -> str:
    """The widest gap of any report from where the event stands."""
    reports = [report for report in story.reports if report.versions and not report.retracted]
    far = [report.distance_km for report in reports if report.distance_km is not None]
    sizes = [report.magnitude for report in reports if report.magnitude is not None]
    parts = [f"within {km(max(far))} of its place"] if far else []
    parts.append(f"within {span(max(abs(report.dt_s) for report in reports))} of its time")
    if len(sizes) > 1:
        same = f"{min(sizes):.1f}" == f"{max(sizes):.1f}"
        parts.append(
            f"at magnitude {min(sizes):.1f}"
            if same
            else f"between magnitude {min(sizes):.1f} and {max(sizes):.1f}"
        )
    return "lie " + joined(parts)


def surroundings(story: EventStory) -> str:
    """The place of an earthquake in its sequence."""
    others = [other for other in story.sequence if other.magnitude is not None]
    largest = max(others, key=lambda other: (other.magnitude or 0, -abs(other.dt_s)), default=None)
    if largest is None:
        return "Other earthquakes near in place and time. They are linked, not merged."
    later = sum(other.dt_s > 0 for other in story.sequence)
    counted = f"{later} followed and {len(story.sequence) - later} came before it, near in place and time"
    if (story.event.magnitude or -9) >= (largest.magnitude or 0):
        return f"The largest of its sequence: {counted}. They are linked, not merged."
    when = "before" if largest.dt_s < 0 else "after"
    size = f"M {largest.magnitude:.1f}"
    larger = f"Near the larger {size} {span(abs(largest.dt_s))} {when} it"
    return f"{larger}; {counted}. They are linked, not merged."


def strongest_first(story: EventStory) -> list[Neighbour]:
    """The sequence by magnitude, so that the mainshock leads."""
    return sorted(story.sequence, key=lambda other: (-(other.magnitude or -9), abs(other.dt_s)))


def closeness(score: float) -> str:
    """A match score in words: 0 is the same place and time, 1 the edge of what the rule allows."""
    if score <= 0.1:
        return "as good as identical"
    if score <= 0.4:
        return "a close match"
    return "within the limits" if score <= 1 else "outside the limits"


def second_after(story: EventStory) -> str:
    """How long after the first agency the second one was received."""
    firsts = sorted(report.versions[-1].fetched_at for report in story.reports if report.versions)
    if len(firsts) < 2:
        return "–"
    return span((firsts[1] - firsts[0]).total_seconds()) if firsts[1] > firsts[0] else "at once"


def near(event: Event) -> str:
    """Where it is, seen from the nearest place."""
    if not event.place:
        return ""
    return f"{event.distance_km or 0:.0f} km {event.bearing} of {event.place}, {event.country}"


def under(event: Event) -> str:
    """The second line of an event in a list."""
    parts = [near(event) or TYPES.get(event.event_type, event.event_type), " ".join(event.agencies)]
    return " · ".join(part for part in parts if part)


def km(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.1f} km" if abs(value) < 100 else f"{value:,.0f} km"


def span(value: float | None) -> str:
    """A duration given in seconds, in its natural unit."""
    if value is None:
        return "–"
    size = abs(value)
    for unit_s, name in SPANS:
        if size >= 2 * unit_s or size == unit_s:
            return f"{value / unit_s:.0f} {name}"
    if 0 < size < 0.1:
        return f"{value * 1000:.0f} ms"
    return f"{value:.1f} s" if size < 10 else f"{value:.0f} s"


def signed_time(value: float) -> str:
    """A difference in seconds, with its direction."""
    if abs(value) < 0.05:
        return "same time"
    return f"{span(abs(value))} {'later' if value > 0 else 'earlier'}"


def ago(value: float | None) -> str:
    return "never" if value is None else f"{span(value)} ago"


def people(value: float) -> str:
    """A population, to the two digits that such estimates hold."""
    for size, name in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.2g} {name}" if value < 10 * size else f"{value / size:,.0f} {name}"
    return f"{value:.0f}"


def number(value: float) -> str:
    """A count or a measured value; whole numbers in full, others to six digits."""
    return f"{value:,.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:,.6g}"


def began(event: Event, *, seconds: bool = True) -> str:
    """When an event began: the time in UTC, or the year where no calendar of ours reaches."""
    if event.onset_year is not None:
        return year_name(event.onset_year)
    return utc(event.onset) if seconds else f"{event.onset:%Y-%m-%d %H:%M}"


def utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def levels(probabilities: dict[str, float]) -> list[tuple[str, float]]:
    """Alert levels with their odds, from green to red."""
    return [(level, probabilities[level]) for level in LEVELS if level in probabilities]


def safe_url(url: str) -> bool:
    """Whether a link may point there: the web, and nothing that runs."""
    try:
        return urlsplit(url).scheme in ("http", "https")
    except ValueError:
        return False
