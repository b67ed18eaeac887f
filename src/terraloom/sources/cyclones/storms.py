"""
Identity of tropical cyclones across agencies: ATCF ids, and names within a season and basin.

ATCF (Sampson & Schrader 2000, doi:10.1175/1520-0477(2000)081<1231:TATCFS>2.3.CO;2) numbers storms by basin,
number and season: AL062018 is the sixth of the Atlantic in 2018.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from terraloom.errors import RecordError

ATCF = re.compile(r"(?P<basin>AL|EP|CP|WP|IO|SH|SL|LS)(?P<number>\d{2})(?P<year>\d{4})")

_ONES = "ONE|TWO|THREE|FOUR|FIVE|SIX|SEVEN|EIGHT|NINE"
_TEENS = "TEN|ELEVEN|TWELVE|THIRTEEN|FOURTEEN|FIFTEEN|SIXTEEN|SEVENTEEN|EIGHTEEN|NINETEEN"
_UNNAMED = re.compile(
    rf"INVEST|GENESIS\d*|NONAME|UNNAMED|REMNANTS?|LOW|\d+[A-Z]?"
    rf"|(?:{_ONES}|{_TEENS})(?:-[A-Z])?|(?:TWENTY|THIRTY)(?:-.*)?"  # decks cut names: TWENTY-EIG
)


def atcf_id(text: str) -> str:
    """An ATCF id in upper case. Raises `RecordError` where `text` is none."""
    found = text.strip().upper()
    match = ATCF.fullmatch(found)
    if match is None or match["number"] == "00":
        raise RecordError("atcf", text, "an ATCF id such as AL062018")
    return found


def keys(atcf: str, name: str = "") -> tuple[str, ...]:
    """Identity keys of a storm: its ATCF id, and its name in that season and basin where it has one."""
    match = ATCF.fullmatch(atcf)
    if match is None:
        return ()
    return (f"atcf:{atcf}", *storm_key(name, int(match["year"]), match["basin"]))


def storm_key(name: str, year: int, basin: str) -> Iterator[str]:
    """``storm:NAME.YEAR.BASIN``; nothing for placeholders (SIX, INVEST), which different storms share."""
    bare = " ".join(name.upper().split())
    if bare and bare.replace("-", "").replace(" ", "").isalpha() and not _UNNAMED.fullmatch(bare):
        yield f"storm:{bare}.{year}.{basin}"


def basins_at(lon: float, lat: float) -> tuple[str, ...]:
    """
    ATCF basins whose storms may stand at this point (degrees).

    A storm keeps the basin it formed in, so that west of 140 W it may be of the central or the eastern
    Pacific, and near 180 of the western; season names do not repeat between neighbours.
    """
    if lat < 0:
        return ("SH",)
    if 30 <= lon < 100:
        return ("IO",)
    if lon >= 100 or lon < -170:
        return ("WP", "CP", "EP") if lon >= 170 or lon < -170 else ("WP",)
    if lon < -140:
        return ("CP", "EP")
    return ("EP",) if _west_of_america(lon, lat) else ("AL",)


def _west_of_america(lon: float, lat: float) -> bool:
    """Whether a point is on the Pacific side of Central America: roughly, to tell two name lists apart."""
    line = ((-77.5, 7.0), (-83.0, 9.0), (-87.0, 13.5), (-92.0, 16.0), (-98.0, 18.0), (-105.0, 22.0))
    return any(lon < edge_lon and lat < edge_lat for edge_lon, edge_lat in line) or lon < -106
