"""
Gravitational waves of merging black holes and neutron stars: the cumulative catalogue GWTC of the
Gravitational Wave Open Science Center, https://gwosc.org/apidocs/.

Built from the public description of the event portal's JSON; no answer was at hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw, Struct

from terraloom.errors import RecordError
from terraloom.records import Metric, Observation, Payload, Record, Station
from terraloom.sources.astronomy.metrics import FIELD
from terraloom.sources.astronomy.time_scales import utc_of_gps
from terraloom.sources.base import UNREADABLE, Source, SourceInfo, each, reject_payload
from terraloom.sources.values import optional_number
from terraloom.sources.xmlfeed import looks_like

SOLAR_MASSES = "{solar_mass}"  # UCUM has no unit of it


def _of_waves(name: str, title: str, unit: str, low: float, high: float) -> Metric:
    return Metric(
        id=f"gravitational_wave_{name}",
        title=f"Gravitational wave: {title}",
        unit=unit,
        low=low,
        high=high,
        field=FIELD,
        hourly=False,
    )


PARAMETERS = {
    "mass_1_source": _of_waves("primary_mass", "mass of the heavier body", SOLAR_MASSES, 0.5, 500.0),
    "mass_2_source": _of_waves("secondary_mass", "mass of the lighter body", SOLAR_MASSES, 0.1, 500.0),
    "total_mass_source": _of_waves("total_mass", "mass of both bodies", SOLAR_MASSES, 1.0, 1000.0),
    "chirp_mass_source": _of_waves("chirp_mass", "chirp mass", SOLAR_MASSES, 0.5, 500.0),
    "final_mass_source": _of_waves("final_mass", "mass after the merger", SOLAR_MASSES, 1.0, 1000.0),
    "luminosity_distance": _of_waves("luminosity_distance", "luminosity distance", "Mpc", 1.0, 1e5),
    "redshift": _of_waves("redshift", "redshift", "1", 0.0, 20.0),
    "chi_eff": _of_waves("effective_spin", "effective inspiral spin", "1", -1.0, 1.0),
    "network_matched_filter_snr": _of_waves("signal_to_noise", "signal to noise", "1", 3.0, 1000.0),
    "far": _of_waves("false_alarm_rate", "false alarms to be expected", "/a", 0.0, 1e4),
    "p_astro": _of_waves("astrophysical_probability", "probability of being of the sky", "1", 0.0, 1.0),
}


class Feed(Struct):
    events: dict[str, Raw]  # by name and version, "GW150914-v3"


class Event(Struct, rename={"name": "commonName"}):
    """One version of one event, its parameters beside."""

    name: str
    version: int
    values: dict[str, Any] = {}


class GwoscEvents(Source):
    """Each event is a station with the parameters of its newest version, at the moment of the merger."""

    info = SourceInfo(
        id="gwosc-events",
        title="Gravitational waves",
        provider="GWOSC (LIGO, Virgo, KAGRA)",
        agency="gwosc",
        url="https://gwosc.org/eventapi/json/GWTC/",
        every="1d",
        emits=Observation,
        metrics=tuple(PARAMETERS.values()),
        licence="CC BY 4.0",
        citation="Gravitational Wave Open Science Center (gwosc.org), LIGO, Virgo and KAGRA collaborations",
        homepage="https://gwosc.org/",
        rate_per_minute=6.0,
    )

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body, b'"events"', b'"commonName"', b'"GPS"')

    def parse(self, payload: Payload) -> Iterator[Record]:
        try:
            events = msgspec.json.decode(payload.body, type=Feed).events
        except UNREADABLE as error:
            yield reject_payload(payload, error)
            return
        newest: dict[str, Event] = {}
        for one in each(events.values(), read_event):
            if not isinstance(one, Event):
                yield one
            elif one.name not in newest or newest[one.name].version < one.version:
                newest[one.name] = one
        for event in newest.values():
            yield from self.tell(event)

    def tell(self, event: Event) -> Iterator[Record]:
        station = Station(id=f"{self.info.agency}/{event.name}", title=event.name, kind="object")
        yield station
        at = utc_of_gps("GPS", event.values["GPS"])
        for name, metric in PARAMETERS.items():
            if event.values[name] is not None:
                yield Observation(metric=metric.id, station=station.id, time=at, value=event.values[name])


def read_event(fragment: Raw) -> Event:
    """A version with all of its numbers, None where it has none. Raises `RecordError`."""
    event = msgspec.json.decode(fragment, type=Event)
    if not event.name:
        raise RecordError("commonName", event.name, "the name of an event")
    given = msgspec.json.decode(fragment, type=dict[str, Any])
    utc_of_gps("GPS", given.get("GPS"))
    event.values = {name: optional_number(name, given.get(name)) for name in ("GPS", *PARAMETERS)}
    return event
