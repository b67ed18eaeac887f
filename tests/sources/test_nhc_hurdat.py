from datetime import UTC, datetime
from pathlib import Path

from recordings import counts, read
from upstreams import Upstream

from terraloom.sources.cyclones.nhc_hurdat import DIRECTORY, NhcHurdat

ZEROS = ", 0" * 12
STORM = "AL092026,                IAN,      2,\n"
FIX = "20260928, 1905, L, HU, 26.7N,  82.2W, 130,  941, {radii}\n"
RADII = "200, 150, 90, 150, -999, -999, -999, -999, 0, 0, 0, 0, 20"


def test_a_fix_belongs_to_the_storm_named_above_it() -> None:
    old = "AL011851,            UNNAMED,      1,\n18510625, 0000,  , HU, 28.0N,  94.8W,  80, -999" + ZEROS
    [fix, first], rejects = read(NhcHurdat(), STORM + FIX.format(radii=RADII) + old + ", -999\n")
    assert not rejects
    assert (fix.source_event_id, fix.title, fix.description) == ("AL092026", "Hurricane Ian", "Landfall")
    assert fix.onset == datetime(2026, 9, 28, 19, 5, tzinfo=UTC)
    assert (fix.lon, fix.lat, fix.keys) == (-82.2, 26.7, ("atcf:AL092026", "storm:IAN.2026.AL"))
    assert first.onset.year == 1851
    assert first.keys == ("atcf:AL011851",)  # no name is no identity


def test_what_is_unknown_or_not_reached_is_no_measurement() -> None:
    [fix], _ = read(NhcHurdat(), STORM + FIX.format(radii=RADII).replace("941", "-999"))
    measured = {one.name: one.value for one in fix.measurements}
    assert measured["wind_speed"] == 130
    assert measured["wind_radius_34kt_sw"] == 90
    assert not {name for name in measured if "50kt" in name or "64kt" in name or "pressure" in name}


def test_a_bad_line_costs_no_other() -> None:
    bad = FIX.format(radii=RADII)
    lines = [bad.replace("1905", "1975"), bad.replace("26.7N", "north"), "20260928, 1905\n", bad]
    reports, rejects = read(NhcHurdat(), STORM + "".join(lines))
    assert len(reports) == 1
    assert [reject.reason.partition(":")[0] for reject in rejects] == ["time", "position", "line"]


async def test_the_newest_file_of_each_basin_is_fetched() -> None:
    names = ("1851-2024-040425", "1851-2023-051124", "nepac-1949-2024-031725", "1851-2024-010125")
    listing = "".join(f'<a href="hurdat2-{name}.txt">' for name in names).encode()
    wanted = [f"{DIRECTORY}hurdat2-{name}.txt" for name in ("1851-2024-040425", "nepac-1949-2024-031725")]
    upstream = Upstream({DIRECTORY: listing, **dict.fromkeys(wanted, b"")})
    assert [one.url async for one in NhcHurdat().fetch(upstream)] == wanted


def test_the_recording_is_read_whole(samples: Path) -> None:
    assert counts(NhcHurdat(), samples, "tropycal-hurdat") == {"sample_hurdat.txt": (1073, 0)}
