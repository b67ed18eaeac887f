"""Reports as Hypothesis makes them: dense in space, time and ids, so that every rule is met."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from terraloom.records import EventType, HazardReport, Measurement, ReportStatus, Severity

START = datetime(2026, 3, 1, tzinfo=UTC)
AGENCIES = ("usgs", "emsc", "gfz")


@st.composite
def quakes(draw: st.DrawFn, agencies: tuple[str, ...] = AGENCIES, ids: int = 4) -> HazardReport:
    """A quake within a few limits of every other: few ids, so that updates, repeats and merges are common."""
    agency = draw(st.sampled_from(agencies))
    own = [f"{agency}{n}" for n in range(ids)]
    also = draw(st.lists(st.sampled_from(own), max_size=2, unique=True))
    return quake(
        agency,
        draw(st.sampled_from(own)),
        seconds=draw(st.integers(0, 120)),
        km=draw(st.integers(0, 400)),
        magnitude=draw(st.one_of(st.none(), st.integers(30, 75).map(lambda m: m / 10))),
        version=draw(st.integers(0, 5)),
        also=tuple(also),
        deleted=draw(st.integers(0, 9)) == 0,
    )


def quake(
    agency: str = "usgs",
    identifier: str = "us1",
    *,
    seconds: float = 0.0,
    km: float = 0.0,
    magnitude: float | None = 5.0,
    version: int = 0,
    also: tuple[str, ...] = (),
    keys: tuple[str, ...] = (),
    deleted: bool = False,
    event_type: EventType = EventType.EARTHQUAKE,
    time_resolution_s: float = 1.0,
) -> HazardReport:
    """A report `km` north of 40° N 30° E, `seconds` after the start; `version` is the source's own clock."""
    return HazardReport(
        source=f"{agency}-feed",
        agency=agency,
        source_event_id=identifier,
        event_type=event_type,
        title=f"M {magnitude}",
        onset=START + timedelta(seconds=seconds),
        updated_at=START + timedelta(hours=1, seconds=version),
        lon=30.0,
        lat=40.0 + km / 111.195,
        depth_km=10.0,
        magnitude=magnitude,
        severity_level=Severity.GREEN if magnitude and magnitude < 6 else None,
        measurements=(Measurement("magnitude", magnitude, "1"),) if magnitude is not None else (),
        also_ids=also,
        keys=keys,
        status=ReportStatus.DELETED if deleted else ReportStatus.AUTOMATIC,
        time_resolution_s=time_resolution_s,
        fragment=repr((agency, identifier, seconds, km, magnitude, version, also, keys, deleted)).encode(),
    )
