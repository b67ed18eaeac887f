"""Faults on demand: which request gets which fault, by host and probability (seeded) or by a script."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable
from enum import StrEnum
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
from msgspec import Struct

from terraloom.errors import ConfigError


class Kind(StrEnum):
    """What goes wrong. `NONE` stands in scripts for a request that goes well."""

    NONE = "none"
    LATENCY = "latency"  # the answer comes `seconds` late
    THROTTLE = "throttle"  # 429 with Retry-After: `seconds`
    ERROR = "error"  # 500
    UNAVAILABLE = "unavailable"  # 503 with Retry-After: `seconds`
    RESET = "reset"  # the connection is reset in the middle of the body
    TRUNCATE = "truncate"  # the body ends before Content-Length
    CUT = "cut"  # half of the body, spread over `seconds`; then the server closes the connection
    MALFORMED = "malformed"  # one record of the body cannot be read, or carries hostile text
    STALE = "stale"  # the body of `seconds` ago
    CLOCK = "clock"  # Date header and the agency's `updated` are `seconds` off


class Fault(Struct, frozen=True):
    """One kind of fault for a host ("*" = all), with its probability per request."""

    kind: Kind
    host: str = "*"
    probability: float = 1.0
    seconds: float = 1.0


NO_FAULT = Fault(Kind.NONE)
DEFAULT_SECONDS = {
    Kind.LATENCY: 2.0,
    Kind.THROTTLE: 1.0,
    Kind.UNAVAILABLE: 1.0,
    Kind.STALE: 1800.0,
    Kind.CLOCK: 420.0,
}
PRESETS = {
    "none": {},
    "some": {kind: 0.02 for kind in Kind if kind is not Kind.NONE},
    "many": {kind: 0.06 for kind in Kind if kind is not Kind.NONE},
}


class Faults:
    """Decides for each request, in the order in which requests come."""

    def __init__(self, seed: int = 0, rules: Iterable[Fault] = ()) -> None:
        self.rng = np.random.default_rng([seed, 103])
        self.rules = list(rules)
        self._scripts: dict[str, deque[Fault]] = {}
        self.counts: dict[str, int] = {}

    def script(self, host: str, faults: Iterable[Fault]) -> None:
        """The next requests of `host` get exactly these, in order; after them the rules hold again."""
        self._scripts.setdefault(host, deque()).extend(faults)

    def draw(self, host: str) -> Fault:
        """The fault of the next request of `host`."""
        script = self._scripts.get(host)
        fault = script.popleft() if script else self._by_chance(host)
        self.counts[fault.kind.value] = self.counts.get(fault.kind.value, 0) + 1
        return fault

    def _by_chance(self, host: str) -> Fault:
        draw = self.rng.random()
        for rule in (rule for rule in self.rules if rule.host in ("*", host)):
            if draw < rule.probability:
                return rule
            draw -= rule.probability
        return NO_FAULT


def parse_faults(text: str) -> list[Fault]:
    """
    Faults from the command line: a preset (none, some, many) or "kind=probability[,…]", each kind perhaps
    with a host: "throttle@www.gdacs.org=0.2". Raises `ConfigError` that lists the kinds.
    """
    if text in PRESETS:
        return [Fault(k, "*", p, DEFAULT_SECONDS.get(k, 1.0)) for k, p in PRESETS[text].items()]
    return [_parse_fault(part) for part in text.split(",")]


def _parse_fault(text: str) -> Fault:
    name, _, probability = text.partition("=")
    kind, _, host = name.partition("@")
    try:
        chosen = Kind(kind)
        return Fault(chosen, host or "*", float(probability), DEFAULT_SECONDS.get(chosen, 1.0))
    except ValueError as error:
        kinds = ", ".join(kind.value for kind in Kind)
        raise ConfigError(
            "faults", text, f"none, some, many, or KIND[@HOST]=PROBABILITY; kinds: {kinds}"
        ) from error


HOSTILE = "<script>document.title='owned'</script><img src=x onerror=alert(1)>"


def malform(rng: np.random.Generator, body: bytes) -> bytes:
    """The same body with one record broken or hostile; unchanged where it has no record."""
    text = body.decode("utf-8", errors="surrogateescape")
    if text.lstrip("\ufeff \r\n").startswith("{"):
        broken = _malform_json(rng, text)
    elif "<" in text[:5]:
        broken = _malform_xml(rng, text)
    else:
        broken = _malform_lines(rng, text)
    return broken.encode("utf-8", errors="surrogateescape")


def _malform_json(rng: np.random.Generator, text: str) -> str:
    data = json.loads(text)
    key = next((key for key in ("features", "activeStorms", "events") if data.get(key)), "")
    if not key:
        return text
    record = data[key][int(rng.integers(len(data[key])))]
    _break(rng, record)
    return json.dumps(data)  # writes NaN as NaN, which is no JSON: that is the fault


def _break(rng: np.random.Generator, record: dict[str, Any]) -> None:
    """One of: coordinates that are no numbers or not on Earth, a wrong type, hostile text."""
    properties = record.get("properties", record)
    choice = int(rng.integers(4))
    places = record.get("geometry")
    place = places[-1] if isinstance(places, list) and places else places  # EONET lists one a day
    if choice == 0 and place:
        place["coordinates"] = [float("nan"), float("nan"), float("nan")]
    elif choice == 1 and place:
        place["coordinates"] = [987.0, -456.0, 1e9]
    elif choice == 2:
        properties.update(
            {
                key: {"wrong": "type"}
                for key in ("time", "onset", "fromdate", "lastUpdate")
                if key in properties
            }
        )
    else:
        text = ("title", "place", "flynn_region", "locality", "name", "event")
        properties.update({key: HOSTILE for key in text if key in properties})


def _malform_xml(rng: np.random.Generator, text: str) -> str:
    """One number of a latitude, or one title, becomes what it should not be."""
    latitudes = list(re.finditer(r'(<geo:lat>|lat="|<georss:point>|<nhc:center>)(-?[0-9.]+)', text))
    titles = list(re.finditer(r"(<title>)([^<]*)", text))[1:]
    if rng.random() < 0.5 and titles:
        found, value = (
            titles[int(rng.integers(len(titles)))],
            escape(HOSTILE),
        )
    elif latitudes:
        found = latitudes[int(rng.integers(len(latitudes)))]
        value = ("NaN", "987.6", "north")[int(rng.integers(3))]
    else:
        return text
    return text[: found.start(2)] + value + text[found.end(2) :]


def _malform_lines(rng: np.random.Generator, text: str) -> str:
    """One line of a table loses its numbers."""
    lines = text.split("\n")
    rows = [n for n, line in enumerate(lines) if line.count("|") > 5 and not line.startswith("#")]
    if rows:
        n = rows[int(rng.integers(len(rows)))]
        lines[n] = re.sub(r"\|-?[0-9.]+(?=\|)", "|NaN", lines[n], count=int(rng.integers(1, 4)))
    return "\n".join(lines)
