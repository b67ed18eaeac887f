"""Find places by name in the embedded gazetteer."""

from __future__ import annotations

import unicodedata
from functools import cache

from msgspec import Struct

from terraloom.hazards.population import gazetteer

SHOWN = 12


class Found(Struct, frozen=True):
    """A place: degrees east and north, ISO 3166-1 country, inhabitants."""

    name: str
    country: str
    lon: float
    lat: float
    population: float


def search(text: str, limit: int = SHOWN) -> list[Found]:
    """
    Places whose name is, begins with or holds `text`, in this order, the larger first.

    Accents and case count for nothing. A country's code narrows it: "paris us".
    """
    words = folded(text).split()
    if not words:
        return []
    whole = " ".join(words)
    narrowed, country = (" ".join(words[:-1]), words[-1]) if len(words) > 1 else ("", "")
    places = gazetteer()
    ranked = []
    for n, name in enumerate(folded_names()):
        rank = _rank(name, whole)
        if rank is None and len(country) == 2 and places.country[n].lower() == country:
            rank = _rank(name, narrowed)
        if rank is not None:
            ranked.append((rank, -places.people[n], n))
    return [
        Found(places.name[n], places.country[n], float(places.lon[n]), float(places.lat[n]), -float(people))
        for _, people, n in sorted(ranked)[:limit]
    ]


def _rank(name: str, text: str) -> int | None:
    if not text or text not in name:
        return None
    return 0 if name == text else 1 if name.startswith(text) else 2


@cache
def folded_names() -> list[str]:
    return [folded(name) for name in gazetteer().name]


def folded(text: str) -> str:
    """Without accents, case, and what is no letter or digit."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(kept.split())
