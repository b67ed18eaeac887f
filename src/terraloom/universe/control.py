"""Control of a running planet, for tests and operators on the same machine: JSON under ``/_universe/``.

| request | what it does |
| --- | --- |
| GET state | clock, speed, requests so far, faults so far |
| GET truth | every true hazard up to now |
| POST clock | ``{"now": instant}``, ``{"advance_s": seconds}`` and ``{"speed": factor}``, in this order |
| POST faults | ``{"rules": [fault, …], "script": {host: [fault, …]}}``; rules replace those there were |
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Struct

from terraloom.universe.clock import Clock
from terraloom.universe.faults import Fault, Faults
from terraloom.universe.planet import Planet
from terraloom.universe.server import Control, Reply, Request, Server, Upstream


class ClockWish(Struct, forbid_unknown_fields=True):
    now: datetime | None = None
    advance_s: float = 0.0
    speed: float | None = None


class FaultWish(Struct, forbid_unknown_fields=True):
    rules: list[Fault] | None = None
    script: dict[str, list[Fault]] = {}


def controlled(
    planet: Planet,
    clock: Clock,
    faults: Faults | None = None,
    upstreams: Mapping[str, Upstream] = MappingProxyType({}),
) -> Server:
    """A server of the planet, and of `upstreams`, with its control pages."""
    server = Server(planet, clock, faults, upstreams)
    server.control = _control(server)
    return server


def _control(server: Server) -> Control:
    async def answer(request: Request) -> Reply:
        try:
            status, said = _done(server, request)
        except msgspec.MsgspecError as error:
            status, said = 400, {"error": str(error)}
        body = msgspec.json.encode(said)
        return Reply(status, {"Content-Type": "application/json", "Content-Length": str(len(body))}, body)

    return answer


def _done(server: Server, request: Request) -> tuple[int, dict[str, Any]]:
    """Do what is asked; status and answer. Raises `msgspec.MsgspecError` for a wrong wish."""
    wish = (request.method, request.target.removeprefix("/_universe/"))
    if wish == ("GET", "truth"):
        return 200, truth_until(server.planet, server.clock.now())
    if wish == ("POST", "clock"):
        _set_clock(server.clock, msgspec.json.decode(request.body, type=ClockWish))
    elif wish == ("POST", "faults"):
        _set_faults(server.faults, msgspec.json.decode(request.body, type=FaultWish))
    elif wish != ("GET", "state"):
        return 404, {"error": f"no {' '.join(wish)}; there are GET state, GET truth, POST clock, POST faults"}
    return 200, _state(server)


def truth_until(planet: Planet, now: datetime) -> dict[str, Any]:
    """What has truly begun by `now`, oldest first within each type."""
    fields = ("id", "type", "onset", "end", "lon", "lat", "size", "depth_km", "parent")
    begun = [hazard for hazard in planet.truth.hazards if hazard.onset <= now]
    hazards = [{field: getattr(hazard, field) for field in fields} for hazard in begun]
    return {"seed": planet.seed, "start": planet.truth.start, "now": now, "hazards": hazards}


def _set_clock(clock: Clock, wish: ClockWish) -> None:
    if wish.now is not None:
        clock.set(wish.now)
    clock.advance(timedelta(seconds=wish.advance_s))
    if wish.speed is not None:
        clock.run(wish.speed)


def _set_faults(faults: Faults, wish: FaultWish) -> None:
    if wish.rules is not None:
        faults.rules = wish.rules
    for host, script in wish.script.items():
        faults.script(host, script)


def _state(server: Server) -> dict[str, Any]:
    return {
        "now": server.clock.now(),
        "speed": server.clock.speed,
        "seed": server.planet.seed,
        "start": server.planet.truth.start,
        "end": server.planet.truth.end,
        "requests": server.requests,
        "faults": server.faults.counts,
    }
