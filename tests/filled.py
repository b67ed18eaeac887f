"""A small, realistic record made by hand: every event type, every state, and strings that mean harm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from terraloom.records import CALENDAR_BEGINS, derived_id

KEY = "a-key-for-tests"
NOW = datetime.now(UTC).replace(second=0, microsecond=0)
HOSTILE = (
    "<img src=x onerror=\"document.title='owned'\"><script>window.owned=1</script>'; DROP TABLE payloads;--"
)


@dataclass
class Told:
    """One agency's report of a hazard, relative to the event it stands in."""

    agency: str
    id: str
    source: str
    dlon: float = 0.0
    dlat: float = 0.0
    dt_s: float = 0.0
    dmag: float = 0.0
    delay_s: float = 90.0
    rule: str = "founding report"
    action: str = "create"
    reason: str = "no event near in place and time"
    score: float | None = None
    distance_km: float | None = None
    also: tuple[str, ...] = ()
    versions: int = 1
    retracted: bool = False


@dataclass
class Made:
    """One event and everything around it."""

    key: str
    event_type: str
    title: str
    lon: float | None
    lat: float | None
    onset: datetime
    told: list[Told]
    magnitude: float | None = None
    magnitude_type: str = ""
    depth_km: float | None = None
    severity: str | None = None
    score: float | None = None
    alert: str = "GREEN"
    place: tuple[str, str, float, str] | None = None
    population: float = 0.0
    description: str = ""
    url: str = ""
    state: str = "current"
    merged_into: str | None = None
    geometry: dict[str, Any] | None = None
    valid_until: datetime | None = None
    measurements: dict[str, tuple[float, str]] = field(default_factory=dict)

    @property
    def id(self) -> UUID:
        return event_id(self.key)


def event_id(key: str) -> UUID:
    return derived_id("filled", key)


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def the_events() -> list[Made]:
    """The record, newest last."""
    return [
        Made(
            "prehistoric",
            "VO",
            "Eruption of Crater Lake, 5680 BCE",
            -122.11,
            42.93,
            CALENDAR_BEGINS,
            [Told("gvp", "322160-20644", "gvp-eruptions")],
            measurements={"vei": (7, "1"), "onset_year": (-5680, "a")},
        ),
        Made(
            "drought",
            "DR",
            "Drought in Eastern Africa",
            39.2,
            3.1,
            ago(days=120),
            [Told("gdacs", "DR1016512", "gdacs-rss", versions=3)],
            severity="ORANGE",
            description="Agricultural drought, season 2026.",
            place=("Moyale", "KE", 48.0, "SW"),
            population=410_000,
            valid_until=NOW + timedelta(days=20),
        ),
        Made(
            "volcano",
            "VO",
            "Sheveluch (Russia): eruption continues, ash to 9 km",
            161.36,
            56.653,
            ago(days=40),
            [
                Told("gvp", "300270", "gvp-weekly"),
                Told(
                    "gdacs",
                    "VO1000204",
                    "gdacs-rss",
                    0.01,
                    0.004,
                    7200,
                    action="correlate",
                    rule="window VO",
                    score=0.08,
                    distance_km=0.9,
                    reason="0.9 km and 2.0 h apart: inside 15 km and 48 h",
                ),
            ],
            severity="ORANGE",
            place=("Klyuchi", "RU", 47.0, "NNE"),
            population=5_200,
        ),
        Made(
            "wildfire",
            "WF",
            "Wildfire near Redding, California",
            -122.61,
            40.71,
            ago(days=6),
            [
                Told("eonet", "EONET_9001", "eonet-events"),
                Told(
                    "nws",
                    "urn:oid:2.49.0.1.840.0.x",
                    "nws-alerts",
                    0.04,
                    -0.03,
                    5400,
                    action="correlate",
                    rule="window WF",
                    score=0.21,
                    distance_km=4.7,
                    reason="4.7 km and 1.5 h apart: inside 30 km and 24 h",
                ),
            ],
            severity="YELLOW",
            place=("Redding", "US", 22.0, "WNW"),
            population=121_000,
            measurements={"area": (48.2, "km2")},
        ),
        Made(
            "cyclone",
            "TC",
            "Tropical cyclone IONA-26",
            -178.6,
            -16.9,
            ago(days=4),
            [
                Told("nhc", "EP142026", "nhc-current-storms", versions=9),
                Told(
                    "gdacs",
                    "TC1001210",
                    "gdacs-rss",
                    0.31,
                    -0.12,
                    10800,
                    action="correlate",
                    rule="identity key atcf:EP142026",
                    score=0.0,
                    distance_km=35.6,
                    reason="both carry atcf:EP142026",
                    versions=4,
                ),
            ],
            severity="RED",
            description="Hurricane-force winds; crossing the date line westwards.",
            place=("Labasa", "FJ", 214.0, "E"),
            population=2_100,
            score=7.4,
            alert="ORANGE",
            geometry={
                "type": "LineString",
                "coordinates": [
                    [-168.2, -13.1],
                    [-170.9, -14.2],
                    [-173.8, -15.3],
                    [-176.4, -16.2],
                    [-178.6, -16.9],
                ],
            },
            measurements={"wind_speed": (115, "[kn_i]"), "pressure": (941, "hPa")},
        ),
        Made(
            "flood",
            "FL",
            "Flood in Bangladesh: Brahmaputra above danger level",
            89.7,
            24.9,
            ago(days=3),
            [Told("gdacs", "FL1102983", "gdacs-rss", versions=2)],
            severity="GREEN",
            place=("Sirajganj", "BD", 49.0, "N"),
            population=1_900_000,
        ),
        Made(
            "landslide",
            "LS",
            "Landslide in Nepal",
            84.9,
            28.1,
            ago(days=2, hours=5),
            [Told("eonet", "EONET_9002", "eonet-events")],
            place=("Gorkha", "NP", 19.0, "NE"),
        ),
        Made(
            "storm",
            "SW",
            "Severe Thunderstorm Warning: Travis; Williamson",
            -97.7,
            30.4,
            ago(hours=3),
            [Told("nws", "urn:oid:2.49.0.1.840.0.y", "nws-alerts")],
            severity="YELLOW",
            valid_until=NOW + timedelta(hours=1),
            geometry={
                "type": "Polygon",
                "coordinates": [[[-98.0, 30.2], [-97.4, 30.2], [-97.4, 30.7], [-98.0, 30.7], [-98.0, 30.2]]],
            },
        ),
        Made(
            "main",
            "EQ",
            "M 7.1 - 61 km WNW of Mindoro, Philippines",
            120.21,
            13.44,
            ago(hours=2, minutes=31),
            [
                Told("emsc", "20261120_0000213", "emsc-earthquakes", 0.11, 0.06, 1.4, 0.05, 150, versions=3),
                Told(
                    "usgs",
                    "us7000q1a2",
                    "usgs-earthquakes-hour",
                    -0.02,
                    -0.01,
                    -0.6,
                    -0.1,
                    240,
                    "earthquake identity, near",
                    "correlate",
                    "13.4 km and 2.0 s apart, magnitudes agree within 0.2: the best of 1 candidate",
                    0.19,
                    13.4,
                    ("at00t5kqwx", "pt26324001"),
                    5,
                ),
                Told(
                    "gfz",
                    "gfz2026wxyz",
                    "gfz-earthquakes",
                    0.19,
                    -0.12,
                    3.1,
                    0.12,
                    410,
                    "earthquake identity, near",
                    "correlate",
                    "19.8 km and 1.7 s apart, magnitudes agree within 0.1: the best of 1 candidate",
                    0.31,
                    19.8,
                ),
                Told(
                    "gdacs",
                    "EQ1502991",
                    "gdacs-rss",
                    -0.02,
                    -0.01,
                    -0.6,
                    -0.1,
                    1080,
                    "earthquake identity, near",
                    "correlate",
                    "13.4 km and 2.0 s apart, magnitudes agree within 0.2: the best of 1 candidate",
                    0.0,
                    0.0,
                ),
            ],
            magnitude=7.1,
            magnitude_type="mww",
            depth_km=18.2,
            severity="ORANGE",
            score=6.8,
            alert="ORANGE",
            place=("Mamburao", "PH", 61.0, "WNW"),
            population=2_640_000,
            url="https://earthquake.usgs.gov/earthquakes/eventpage/us7000q1a2",
            measurements={"mmi": (7.2, "1"), "significance": (921, "1")},
        ),
        Made(
            "after",
            "EQ",
            "M 5.3 - 70 km WNW of Mindoro, Philippines",
            120.14,
            13.51,
            ago(hours=1, minutes=52),
            [
                Told("usgs", "us7000q1b9", "usgs-earthquakes-hour", versions=2),
                Told(
                    "emsc",
                    "20261120_0000241",
                    "emsc-earthquakes",
                    0.07,
                    0.02,
                    0.8,
                    0.1,
                    200,
                    "earthquake identity, near",
                    "correlate",
                    "7.9 km and 0.8 s apart",
                    0.09,
                    7.9,
                ),
            ],
            magnitude=5.3,
            magnitude_type="mb",
            depth_km=22.0,
            severity="GREEN",
            place=("Mamburao", "PH", 70.0, "WNW"),
            population=2_500_000,
        ),
        Made(
            "small",
            "EQ",
            "M 2.1 - 9 km NE of Tekirdağ",
            27.6,
            41.04,
            ago(minutes=41),
            [Told("koeri", "2026.11.20-11.19.02", "koeri-earthquakes")],
            magnitude=2.1,
            magnitude_type="ML",
            depth_km=7.9,
            place=("Tekirdağ", "TR", 9.0, "NE"),
            population=390_000,
        ),
        Made(
            "doubt",
            "EQ",
            "M 4.4 - Vanuatu Islands",
            167.9,
            -14.8,
            ago(minutes=33),
            [Told("emsc", "20261120_0000255", "emsc-earthquakes")],
            magnitude=4.4,
            magnitude_type="mb",
            depth_km=120.0,
        ),
        Made(
            "doubt-twin",
            "EQ",
            "M 4.6 - 88 km NNW of Port-Olry, Vanuatu",
            166.7,
            -14.3,
            ago(minutes=32, seconds=12),
            [Told("usgs", "us7000q1c4", "usgs-earthquakes-hour")],
            magnitude=4.6,
            magnitude_type="mb",
            depth_km=101.0,
        ),
        Made(
            "tsunami",
            "TS",
            "Tsunami information: Mindoro, Philippines",
            120.21,
            13.44,
            ago(hours=2, minutes=20),
            [Told("nws", "PHEB-2611-1", "nws-alerts")],
            severity="GREEN",
        ),
        Made(
            "hostile",
            "OT",
            HOSTILE,
            12.5,
            41.9,
            ago(minutes=20),
            [Told("gdacs", 'OT"><script>window.owned=2</script>', "gdacs-rss", rule="<b>rule</b>")],
            description=f"{HOSTILE} {{{{ 7*7 }}}} ${{7*7}} \u202eevil",
            url="javascript:alert(1)",
            place=("Rome</title><script>window.owned=3</script>", "IT", 1.0, "N"),
        ),
        Made(
            "nowhere",
            "FL",
            "Flood, place not given",
            None,
            None,
            ago(days=1),
            [Told("gdacs", "FL1102999", "gdacs-rss")],
        ),
        Made(
            "deleted",
            "EQ",
            "M 4.9 - deleted by its agency",
            -70.9,
            -30.1,
            ago(hours=9),
            [Told("usgs", "us7000zzzz", "usgs-earthquakes-hour", retracted=True)],
            magnitude=4.9,
            magnitude_type="mb",
            depth_km=40.0,
            state="retracted",
        ),
        Made(
            "absorbed",
            "EQ",
            "M 7.0 - Mindoro, Philippines (early)",
            120.3,
            13.5,
            ago(hours=2, minutes=30),
            [],
            magnitude=7.0,
            magnitude_type="Mi",
            depth_km=10.0,
            state="merged",
            merged_into="main",
        ),
    ]


def fill(connection: psycopg.Connection[Any]) -> dict[str, UUID]:
    """Write the whole record into an empty, migrated database; returns event ids by key. Commits."""
    made = the_events()
    writer = Writer(connection)
    for event in made:
        writer.event(event)
    writer.links()
    writer.states()
    writer.rejected()
    connection.commit()
    return {event.key: event.id for event in made}


class Writer:
    """Numbers and writes the rows, as the pipeline would in its serial order."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self.seq = self._newest("normalized_event_records")
        self.decision = self._newest("decisions")
        self.outbox = self._newest("outbox")
        self.applied = self._newest("payloads", "applied_seq")

    def event(self, event: Made) -> None:
        """One event with its reports, decisions, surroundings and outbox rows."""
        for told in event.told:
            self._report(event, told)
        if not event.told:
            self._change(event, "merged", event.onset, None)
        agencies = sorted({told.agency for told in event.told})
        self.rows(
            "disaster_events",
            {
                "id": event.id,
                "founded_seq": self.seq,
                "state": event.state,
                "merged_into": event_id(event.merged_into) if event.merged_into else None,
                "event_type": event.event_type,
                "title": event.title,
                "description": event.description,
                "url": event.url,
                "lon": event.lon,
                "lat": event.lat,
                "depth_km": event.depth_km,
                "onset": event.onset,
                "updated_at": event.onset + timedelta(minutes=20),
                "valid_until": event.valid_until,
                "magnitude": event.magnitude,
                "magnitude_type": event.magnitude_type,
                "severity_level": event.severity,
                "status": "reviewed",
                "agencies": agencies,
                "reports": len(event.told),
                "geometry": Jsonb(event.geometry) if event.geometry else None,
                "changed_seq": self.outbox,
            },
        )
        self._around(event)

    def links(self) -> None:
        """One doubtful pair."""
        both = {"dmag": 0.2, "score": 1.18}
        self.rows(
            "doubtful_pairs",
            {
                "a_agency": "emsc",
                "a_id": "20261120_0000255",
                "b_agency": "usgs",
                "b_id": "us7000q1c4",
                "distance_km": 140.2,
                "dt_s": 48.0,
                **both,
                "reason": "140.2 km and 48 s apart: outside 100 km and 16 s, inside the second limits; "
                "the runner-up is too close",
            },
        )

    def states(self) -> None:
        """Sources in every condition."""

        def state(source: str, ago_s: float, **more: Any) -> dict[str, Any]:
            at = datetime.now(UTC) - timedelta(seconds=ago_s)
            return {
                "source": source,
                "last_poll_at": at,
                "last_ok_at": at,
                "last_new_at": at,
                "polls": 120,
                "lag_s": 0.041,
                **more,
            }

        old = datetime.now(UTC) - timedelta(days=9)
        self.rows(
            "source_state",
            state("usgs-earthquakes-hour", 20),
            state("emsc-earthquakes", 30, last_new_at=old),
            state(
                "gdacs-rss",
                30,
                errors=7,
                consecutive_failures=5,
                breaker="open",
                last_error="https://www.gdacs.org/xml/rss.xml: HTTP 503 <b>x</b>",
                last_error_at=datetime.now(UTC),
            ),
            state("koeri-earthquakes", 86_400),
            state("gfz-earthquakes", 60, paused=True),
        )

    def rejected(self) -> None:
        """Two records that could not be read."""
        for n, reason in enumerate(("lat: got 95.0, expected Expected `float` <= 90.0", HOSTILE)):
            payload = self._payload("gdacs-rss", NOW - timedelta(minutes=n), rejected=1)
            self.rows(
                "quarantine",
                {
                    "payload_id": payload,
                    "n": 0,
                    "source": "gdacs-rss",
                    "place": "record 3",
                    "reason": reason,
                    "fragment": b"<item>\xff\x00</item>",
                },
            )

    def rows(self, table: str, *rows: Mapping[str, Any]) -> None:
        for row in rows:
            self.connection.execute(
                sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                    sql.Identifier(table),
                    sql.SQL(", ").join(map(sql.Identifier, row)),
                    sql.SQL(", ").join(sql.Placeholder() * len(row)),
                ),
                list(row.values()),
            )

    def _report(self, event: Made, told: Told) -> None:
        for version in range(told.versions):
            received = event.onset + timedelta(seconds=told.delay_s + 600 * version)
            self._version(event, told, version, received)
        self.rows(
            "source_events",
            {
                "agency": told.agency,
                "canonical_id": told.id,
                "event_id": event.id,
                "event_type": event.event_type,
                "seq": self.seq,
                **self._seen(event, told, told.versions - 1),
                "time_resolution_s": 1.0,
                "position_error_km": 5.0,
                "retracted": told.retracted,
                "keys": [],
                "updated_at": received,
            },
        )
        for alias in (told.id, *told.also):
            self.rows(
                "event_id_aliases",
                {"agency": told.agency, "id": alias, "canonical_id": told.id, "main": alias == told.id},
            )

    def _version(self, event: Made, told: Told, version: int, received: datetime) -> None:
        payload = self._payload(told.source, received, created=int(version == 0))
        self.seq += 1
        record = derived_id("filled", event.key, told.agency, told.id, str(version))
        last = version == told.versions - 1
        shared = {"source": told.source, "agency": told.agency, "source_event_id": told.id}
        self.rows(
            "raw_event_records",
            {"id": record, "payload_id": payload, **shared, "fragment_hash": record.hex, "fragment": b"{}"},
        )
        self.rows(
            "normalized_event_records",
            {
                "id": record,
                "seq": self.seq,
                **shared,
                "canonical_id": told.id,
                "event_type": event.event_type,
                "title": event.title,
                "description": event.description,
                "url": event.url,
                **self._seen(event, told, version),
                "updated_at": received,
                "magnitude_type": event.magnitude_type,
                "severity_level": event.severity,
                "status": "deleted" if told.retracted and last else "automatic",
                "keys": [],
                "also_ids": list(told.also),
                "measurements": Jsonb(
                    [
                        {"name": name, "value": value, "unit": unit}
                        for name, (value, unit) in event.measurements.items()
                        if told is event.told[0]
                    ]
                ),
                "fetched_at": received,
                "fragment_hash": record.hex,
                "priority": 50,
                "superseded": not last,
            },
        )
        self._decide(event, told, version, record, payload)
        self._change(
            event, "created" if version == 0 and told.action == "create" else "updated", received, record
        )

    def _decide(self, event: Made, told: Told, version: int, record: UUID, payload: UUID) -> None:
        self.decision += 1
        first = version == 0
        found = event.told[0]
        retract = told.retracted and version == told.versions - 1
        self.rows(
            "decisions",
            {
                "seq": self.decision,
                "record_id": record,
                "payload_id": payload,
                "agency": told.agency,
                "canonical_id": told.id,
                "event_id": event.id,
                "action": "retract" if retract else told.action if first else "update",
                "rule": told.rule if first else "known id",
                "candidate": f"{found.agency}/{found.id}" if first and told.action == "correlate" else "",
                "distance_km": told.distance_km if first else None,
                "dt_s": abs(told.dt_s - found.dt_s) if first and told.score is not None else None,
                "dmag": abs(told.dmag - found.dmag) if first and told.score is not None else None,
                "score": told.score if first else None,
                "reason": told.reason if first else "a newer version of a known report",
            },
        )

    def _seen(self, event: Made, told: Told, version: int) -> dict[str, Any]:
        """Where and when this agency puts it; earlier versions lie a little further off."""
        wander = 0.03 * (told.versions - 1 - version)
        here = event.lon is not None and event.lat is not None
        return {
            "onset": event.onset + timedelta(seconds=told.dt_s),
            "lon": event.lon + told.dlon + wander if here and event.lon is not None else None,
            "lat": event.lat + told.dlat - wander if here and event.lat is not None else None,
            "depth_km": event.depth_km,
            "magnitude": None if event.magnitude is None else round(event.magnitude + told.dmag, 2),
        }

    def _payload(self, source: str, received: datetime, *, created: int = 0, rejected: int = 0) -> UUID:
        self.applied += 1
        payload = derived_id("filled payload", source, str(self.applied))
        self.rows(
            "payloads",
            {
                "id": payload,
                "source": source,
                "kind": "feed",
                "url": f"https://{source}.example/feed",
                "fetched_at": received,
                "status": 200,
                "content_type": "application/json",
                "etag": "",
                "last_modified": "",
                "sha256": payload.hex * 2,
                "bytes": 1200,
                "licence": "public domain",
                "applied_seq": self.applied,
            },
        )
        outcome = dict.fromkeys(
            (
                "records",
                "rejected",
                "duplicate",
                "stale",
                "created",
                "updated",
                "correlated",
                "merged",
                "split",
                "retracted",
            ),
            0,
        )
        outcome |= {"records": 1, "rejected": rejected, "created": created, "updated": 1 - created}
        self.rows("ingests", {"payload_id": payload, **outcome})
        return payload

    def _change(self, event: Made, change: str, at: datetime, record: UUID | None) -> None:
        self.outbox += 1
        self.rows(
            "outbox",
            {"seq": self.outbox, "event_id": event.id, "change": change, "record_id": record, "at": at},
        )

    def _around(self, event: Made) -> None:
        if event.place and event.lon is not None and event.lat is not None:
            name, country, distance_km, bearing = event.place
            people = {
                f"population_{r}km": event.population * share
                for r, share in ((10, 0.01), (50, 0.2), (100, 1.0))
            }
            self.rows(
                "location_data",
                {
                    "event_id": event.id,
                    "lon": event.lon,
                    "lat": event.lat,
                    "place": name,
                    "country": country,
                    "distance_km": distance_km,
                    "bearing": bearing,
                    **people,
                    "method": "gazetteer 3.0",
                },
            )
        if event.score is not None:
            self.rows(
                "severity_scores",
                {
                    "event_id": event.id,
                    "changed_seq": self.outbox,
                    "score": event.score,
                    "alert": event.alert,
                    "alert_probabilities": Jsonb(
                        {"GREEN": 0.08, "YELLOW": 0.27, "ORANGE": 0.49, "RED": 0.16}
                    ),
                    "exposure": Jsonb({"unit": "MMI", "bands": {"5": 2_100_000, "6": 610_000, "7": 48_000}}),
                    "method": "made by hand",
                    "explanation": "About 48,000 people felt very strong shaking (MMI VII) or more; "
                    "one magnitude step up or down moves the alert by one level.",
                },
            )

    def _newest(self, table: str, column: str = "seq") -> int:
        statement = sql.SQL("SELECT coalesce(max({}), 0) FROM {}").format(
            sql.Identifier(column), sql.Identifier(table)
        )
        row = self.connection.execute(statement).fetchone()
        return int(row[0]) if row else 0


def add_event(connection: psycopg.Connection[Any], events: Iterable[Made]) -> None:
    """Write more events and tell listeners, as a commit of the pipeline does. Commits."""
    writer = Writer(connection)
    for event in events:
        writer.event(event)
    connection.execute("NOTIFY terraloom_outbox")
    connection.commit()
