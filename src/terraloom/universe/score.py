"""How well a record tells the simulated planet's truth: grouping, lost reports, doubled reports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

from msgspec import Struct
from psycopg import Connection

from terraloom.errors import ConfigError
from terraloom.hazards.rules import distance_km
from terraloom.records import EventType, ReportStatus
from terraloom.universe.agencies import Story
from terraloom.universe.planet import Planet
from terraloom.universe.score_values import ValueScore, score_values

NEIGHBOURS = timedelta(seconds=60), 100.0  # s, km: two true earthquakes that even a person takes for one
GRACE = timedelta(hours=1)  # a report younger than this may not have been polled yet
ON_SHOW = timedelta(hours=3)  # what is over sooner may fall between two polls, when time runs fast


class Placed(Struct, frozen=True):
    """One source event of the record: its agency's ids for it, and the event it is grouped in."""

    agency: str
    canonical_id: str
    event_id: str
    known_as: tuple[str, ...]


class TypeScore(Struct, kw_only=True):
    """Pairs as in `score`; the rest counts reports, where a report is one agency's story of one event."""

    type: str
    precision: float | None
    recall: float | None
    right: int
    wrong: int
    neighbours: int  # of the wrong pairs, how many tell of two true earthquakes within `NEIGHBOURS`
    true_pairs: int
    reports: int  # in the record
    expected: int  # published while the record was kept
    lost: int
    doubled: int  # in two events or more


class Score(Struct, kw_only=True):
    since: datetime
    until: datetime
    types: list[TypeScore]  # by type, then "all"
    strangers: int  # source events of the record that their agency never published
    lost: list[str]  # keys of stories, at most a hundred
    doubled: list[str]
    values: list[ValueScore] = []  # what was measured, by source

    @property
    def faultless(self) -> bool:
        """Whether nothing is lost, doubled, invented, wrong or missing."""
        reports = any(one.lost or one.doubled for one in self.types) or self.strangers
        return not (reports or any(one.wrong or one.missing for one in self.values))


def score(
    planet: Planet, placed: Iterable[Placed], agencies: set[str], since: datetime, until: datetime
) -> Score:
    """
    Compare a record, kept from `since` to `until` of the planet's time, with the truth.

    A pair of reports of different agencies is right where both tell of the same true event. Precision is
    right pairs among all pairs grouped, recall right pairs among all true pairs of the record; two reports
    of one agency in one event are a wrong pair, because that agency says that they differ. Only stories of
    `agencies` first published from `since` until `GRACE` before `until` are expected.
    """
    stories = {story.key: story for story in planet.stories}
    groups, strangers = _grouped(planet, placed)
    expected = {key for key, story in stories.items() if _expected(story, agencies, since, until)}
    kinds = {key: kind_of(story) for key, story in stories.items()}
    lost, doubled = (
        sorted(expected - groups.keys()),
        sorted(key for key, ids in groups.items() if len(ids) > 1),
    )
    types = [
        _score_type(kind.value, stories, groups, expected, {key for key, k in kinds.items() if k is kind})
        for kind in sorted(set(kinds.values()))
    ]
    types.append(_score_type("all", stories, groups, expected, set(kinds)))
    shown = [one for one in types if one.reports or one.expected]
    return Score(
        since=since, until=until, types=shown, strangers=strangers, lost=lost[:100], doubled=doubled[:100]
    )


def kind_of(story: Story) -> EventType:
    """Only earthquakes are ever false alarms."""
    return story.hazard.type if story.hazard else EventType.EARTHQUAKE


def _expected(story: Story, agencies: set[str], since: datetime, until: datetime) -> bool:
    """Published in time, and not taken back: a retraction soon after may well be never seen."""
    if story.agency not in agencies or story.versions[-1].status is ReportStatus.DELETED:
        return False
    return since <= story.versions[0].published <= until - GRACE and _stays(story, until)


def _stays(story: Story, until: datetime) -> bool:
    """Whether it is listed long enough to be surely seen."""
    hazard = story.hazard
    if hazard is None or hazard.type is EventType.EARTHQUAKE:
        return True
    return min(hazard.end, until) - story.versions[0].published >= ON_SHOW


def _grouped(planet: Planet, placed: Iterable[Placed]) -> tuple[Mapping[str, set[str]], int]:
    """Events by story, and how many source events are nobody's."""
    names = {(story.agency, name): story.key for story in planet.stories for name in names_of(story)}
    played = {story.agency for story in planet.stories}
    groups, strangers = defaultdict[str, set[str]](set), 0
    for one in placed:
        found = {names[one.agency, name] for name in one.known_as if (one.agency, name) in names}
        strangers += not found and one.agency in played
        for key in found:
            groups[key].add(one.event_id)
    return groups, strangers


def names_of(story: Story) -> Iterator[str]:
    """Every name under which a source may know a story: the ids on the wire, or what is derived from them."""
    for version in story.versions:
        yield from version.ids
        if story.agency == "koeri":
            yield fingerprint(version.onset, version.lon, version.lat)
        elif story.agency == "gvp":
            yield f"volcano-{version.id}"
        elif story.agency == "nws":
            yield f"{version.solution}.{version.updated.year}"


def fingerprint(onset: datetime, lon: float, lat: float) -> str:
    """KOERI sends no ids: a solution is recognised by what it says."""
    return f"{onset:%Y%m%dT%H%M%S} {lon:.4f} {lat:.4f}"


def _score_type(
    name: str,
    stories: Mapping[str, Story],
    groups: Mapping[str, set[str]],
    expected: set[str],
    keys: set[str],
) -> TypeScore:
    members = defaultdict[str, list[str]](list)
    for key in sorted(keys & groups.keys()):
        for event in groups[key]:
            members[event].append(key)
    pairs = [pair for found in members.values() for pair in _pairs(stories, found)]
    judged = [right for right, _ in pairs]
    by_truth = defaultdict[str, list[str]](list)
    for key in keys & (expected | groups.keys()):
        by_truth[stories[key].truth or key].append(stories[key].agency)
    true_pairs = sum(a != b for found in by_truth.values() for a, b in combinations(found, 2))
    right, wrong = sum(judged), len(judged) - sum(judged)
    return TypeScore(
        type=name,
        precision=round(right / len(judged), 5) if judged else None,
        recall=round(right / true_pairs, 5) if true_pairs else None,
        right=right,
        wrong=wrong,
        neighbours=sum(near for _, near in pairs),
        true_pairs=true_pairs,
        reports=len(keys & groups.keys()),
        expected=len(keys & expected),
        lost=len((keys & expected) - groups.keys()),
        doubled=sum(len(groups[key]) > 1 for key in keys & groups.keys()),
    )


def _pairs(stories: Mapping[str, Story], found: list[str]) -> Iterator[tuple[bool, bool]]:
    """Whether each pair of one event is right; and where it is wrong, whether of true neighbours."""
    for a, b in combinations((stories[key] for key in found), 2):
        right = a.agency != b.agency and bool(a.truth) and a.truth == b.truth
        yield right, not right and _neighbours(a, b)


def _neighbours(a: Story, b: Story) -> bool:
    """Whether two earthquakes truly happened so near each other that reports of them hardly differ."""
    if a.hazard is None or b.hazard is None or a.truth == b.truth or kind_of(a) is not EventType.EARTHQUAKE:
        return False
    apart_km = distance_km(a.hazard.lon, a.hazard.lat, b.hazard.lon, b.hazard.lat)
    return abs(a.hazard.onset - b.hazard.onset) <= NEIGHBOURS[0] and apart_km <= NEIGHBOURS[1]


# `known_as` holds every alias; KOERI's solutions are recognised by their numbers.
PLACED = """
SELECT s.agency, s.canonical_id, s.event_id::text,
       (SELECT coalesce(array_agg(a.id), '{}') FROM event_id_aliases a
        WHERE a.agency = s.agency AND a.canonical_id = s.canonical_id) AS known_as
FROM source_events s
WHERE NOT s.retracted AND s.agency <> 'koeri'
"""
SOLUTIONS = """
SELECT DISTINCT s.canonical_id, s.event_id::text, n.onset, n.lon, n.lat
FROM source_events s JOIN normalized_event_records n USING (agency, canonical_id)
WHERE s.agency = 'koeri' AND NOT s.retracted AND n.lon IS NOT NULL
"""
POLLED = "SELECT source, min(fetched_at), max(fetched_at) FROM payloads GROUP BY source"


def read_record(connection: Connection[Any]) -> list[Placed]:
    """The source events of a database."""
    rows = connection.execute(PLACED).fetchall()
    placed = [Placed(agency, name, event, (name, *aliases)) for agency, name, event, aliases in rows]
    solutions = defaultdict[tuple[str, str], list[str]](list)
    for name, event, onset, lon, lat in connection.execute(SOLUTIONS):
        solutions[name, event].append(fingerprint(onset, lon, lat))
    return placed + [Placed("koeri", name, event, tuple(k)) for (name, event), k in solutions.items()]


def polled(connection: Connection[Any]) -> tuple[set[str], datetime, datetime] | None:
    """Agencies whose payloads a database has, when the first and the last came; None where it is empty."""
    from terraloom.sources import registry

    rows = connection.execute(POLLED).fetchall()
    if not rows:
        return None
    sources = registry()
    agencies = {sources[name].info.agency for name, *_ in rows if name in sources}
    return agencies, min(first for _, first, _ in rows), max(last for *_, last in rows)


def score_record(
    connection: Connection[Any], planet: Planet, opened: datetime, until: datetime | None = None
) -> Score:
    """
    The score of a database's record of one planet that was first served at `opened` of its time.

    Raises `ConfigError` where nothing was polled yet.
    """
    seen = polled(connection)
    if seen is None:
        raise ConfigError("record", "no payloads", "a database that has polled the simulated planet")
    agencies, first, last = seen
    found = score(planet, read_record(connection), agencies, max(first, opened), until or last)
    found.values = score_values(connection, planet.seed)
    return found
