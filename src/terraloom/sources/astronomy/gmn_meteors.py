"""
Meteors seen by several cameras at once: trajectories of the Global Meteor Network,
https://globalmeteornetwork.org/data/.

Daily and monthly summaries have one layout: columns between semicolons, named by two lines of comments.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import structs

from terraloom.errors import RecordError
from terraloom.records import Metric, Observation, Payload, Record
from terraloom.sources.astronomy.metrics import DECLINATION, FIELD, RIGHT_ASCENSION
from terraloom.sources.base import Source, SourceInfo, reject_payload
from terraloom.sources.declared import Cells, Field, Format, Table, read_table
from terraloom.sources.xmlfeed import looks_like


def _of_meteors(name: str, title: str, unit: str, low: float, high: float) -> Metric:
    return Metric(id=name, title=f"Meteor: {title}", unit=unit, low=low, high=high, field=FIELD)


SPEED = _of_meteors("meteor_geocentric_speed", "geocentric speed", "km/s", 0.0, 75.0)
BEGIN_HEIGHT = _of_meteors("meteor_begin_height", "height where it appeared", "km", 40.0, 200.0)
END_HEIGHT = _of_meteors("meteor_end_height", "height where it vanished", "km", 10.0, 180.0)
MAGNITUDE = _of_meteors("meteor_peak_magnitude", "peak magnitude at 100 km", "{mag}", -25.0, 10.0)
MASS = _of_meteors("meteor_mass", "mass before the atmosphere", "kg", 0.0, 1e6)

NAMES_AT = b"Unique trajectory"
SPORADIC = "..."  # the code of those of no shower

COLUMNS = Table(
    format=Format.CSV,
    separator=";",
    time=("Beginning UTC Time",),
    station="shower",
    title="title",
    kind="object",
    mobile=True,
    lon="LonBeg +E deg",
    lat="LatBeg +N deg",
    fields=(
        Field("Vgeo km/s", SPEED),
        Field("HtBeg km", BEGIN_HEIGHT),
        Field("HtEnd km", END_HEIGHT),
        Field("Peak AbsMag", MAGNITUDE),
        Field("Mass kg tau=0.7%", MASS),
        Field("RAgeo deg", RIGHT_ASCENSION),
        Field("DECgeo deg", DECLINATION),
    ),
)


class GmnMeteors(Source):
    """
    Each meteor at the microsecond when it appeared, and where; its shower is its station. The file of
    yesterday is asked for: in the one of today meteors are solved again, which moves them a little, as
    more cameras report.
    """

    info = SourceInfo(
        id="gmn-meteors",
        title="Meteors of yesterday",
        provider="Global Meteor Network",
        agency="gmn",
        url="https://globalmeteornetwork.org/data/traj_summary_data/daily/traj_summary_yesterday.txt",
        every="1h",
        emits=Observation,
        metrics=tuple(field.metric for field in COLUMNS.fields),
        licence="CC BY 4.0",
        citation="Vida et al. (2021): The Global Meteor Network, MNRAS 506, 5046, doi:10.1093/mnras/stab2008",
        homepage="https://globalmeteornetwork.org/data/",
        folder="gmn-meteors",
        rate_per_minute=6.0,
    )

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body, NAMES_AT, b"Beginning")

    def parse(self, payload: Payload) -> Iterator[Record]:
        try:
            names = column_names(payload.body)
        except RecordError as error:
            return iter((reject_payload(payload, error),))
        return read_table(payload, structs.replace(COLUMNS, names=names), self.info.agency, _with_shower)


def column_names(body: bytes) -> tuple[str, ...]:
    """ "Beginning UTC Time", "Vgeo km/s", …: each is in two lines, what and of what. Raises `RecordError`."""
    at = body.find(NAMES_AT, 0, 4096)
    lines = [line for line in body[max(at, 0) : at + 16_384].splitlines() if line.strip()]
    if at < 0 or len(lines) < 2:
        raise RecordError("header", body[:80], "two lines of names, from `Unique trajectory`")
    first, second = (
        [cell.strip(" #") for cell in line.decode("utf-8", "replace").split(";")] for line in lines[:2]
    )
    names = tuple(
        " ".join(f"{what} {of}".split()) for what, of in zip(first, second, strict=False) if what or of
    )
    lacking = [field.name for field in COLUMNS.fields if field.name not in names]
    if lacking:
        raise RecordError("header", names[:8], "columns " + ", ".join(lacking))
    return names


def _with_shower(cells: Cells) -> Cells:
    code = cells.get("IAU code", "")
    known = code and code != SPORADIC
    return {
        **cells,
        "shower": code if known else "sporadic",
        "title": f"Meteor shower {code}" if known else "Sporadic meteors",
    }
