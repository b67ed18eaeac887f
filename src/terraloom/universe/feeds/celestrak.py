"""celestrak.org: mean elements of space stations, as JSON with the names of OMM or as two-line elements."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from terraloom.universe.feeds.page import Asked, Page
from terraloom.universe.instruments import EPOCH, SATELLITES, mean_motion

HOST = "celestrak.org"


def feed(asked: Asked) -> Page | None:
    if asked.path != "/NORAD/elements/gp.php" or asked.query.get("GROUP") != "stations":
        return None
    found = [_elements(number, asked.seed, asked.at) for number in SATELLITES]
    if asked.query.get("FORMAT", "").lower() == "tle":
        return Page("".join(map(_tle, found)).encode(), "text/plain")
    return Page(msgspec.json.encode(found), "application/json")


def _elements(number: int, seed: int, now: datetime) -> dict[str, Any]:
    """The newest elements: only the mean motion varies, and the node goes around."""
    name, inclination, _, bstar = SATELLITES[number]
    motion = mean_motion(number)
    times = list(motion.steps(now - timedelta(days=1), now))
    epoch = next(t for t in reversed(times) if motion.said(seed, t, now) is not None)
    return {
        "OBJECT_NAME": name,
        "OBJECT_ID": "2000-001A",
        "EPOCH": f"{epoch:%Y-%m-%dT%H:%M:%S.%f}",
        "MEAN_MOTION": motion.said(seed, epoch, now),
        "ECCENTRICITY": 0.0003466,
        "INCLINATION": inclination,
        "RA_OF_ASC_NODE": round((epoch - EPOCH) / timedelta(days=1) * -5.0 % 360, 4),
        "ARG_OF_PERICENTER": 150.467,
        "MEAN_ANOMALY": 338.5502,
        "EPHEMERIS_TYPE": 0,
        "CLASSIFICATION_TYPE": "U",
        "NORAD_CAT_ID": number,
        "ELEMENT_SET_NO": 999,
        "REV_AT_EPOCH": 1,
        "BSTAR": bstar,
        "MEAN_MOTION_DOT": 0.00016024,
        "MEAN_MOTION_DDOT": 0,
    }


def _tle(elements: dict[str, Any]) -> str:
    """The same as a name and two lines of 69 columns."""
    epoch = datetime.fromisoformat(elements["EPOCH"])
    day = (epoch - datetime(epoch.year, 1, 1)) / timedelta(days=1) + 1
    exponent = f"{elements['BSTAR']:.4e}".partition("e")
    bstar = f"{round(float(exponent[0]) * 10_000):05d}{int(exponent[2]) + 1:+d}"
    number = elements["NORAD_CAT_ID"]
    first = f"1 {number:05d}U 00001A   {epoch:%y}{day:012.8f}  .00016024  00000-0  {bstar} 0  999"
    second = (
        f"2 {number:05d} {elements['INCLINATION']:8.4f} {elements['RA_OF_ASC_NODE']:8.4f} "
        f"{round(elements['ECCENTRICITY'] * 1e7):07d} {elements['ARG_OF_PERICENTER']:8.4f} "
        f"{elements['MEAN_ANOMALY']:8.4f} {elements['MEAN_MOTION']:11.8f}    1"
    )
    return f"{elements['OBJECT_NAME']:<24}\n{_summed(first)}\n{_summed(second)}\n"


def _summed(line: str) -> str:
    """With its check: the sum of all digits, and 1 for each minus sign, modulo 10."""
    total = sum(int(sign) if sign.isdecimal() else sign == "-" for sign in line)
    return f"{line}{total % 10}"
