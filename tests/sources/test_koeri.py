from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from recordings import RECEIVED, counts, payload, read
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from terraloom.sources.seismology.koeri import KoeriEarthquakes, ids

SOURCE = KoeriEarthquakes()
GEOD = Geod(ellps="WGS84")
Row = tuple[datetime, float, float]  # onset, degrees east, degrees north


def line(name: str = "2026.08.21 00:38:13", lat: str = "38.1008", lng: str = "37.0312", **other: str) -> str:
    rest = {"lokasyon": "CALIS-ELBISTAN (KAHRAMANMARAS)      ", "mag": "1.3", "Depth": "5.4"} | other
    stated = {"name": name, "lat": lat, "lng": lng} | rest
    return "<earhquake\t" + " ".join(f'{key}="{value}"' for key, value in stated.items()) + " />"


def listed(*lines: str) -> bytes:
    text = '<?xml version="1.0" encoding="ISO-8859-1" ?>\n<eqlist>\n' + "\n".join(lines) + "\n</eqlist>"
    return text.encode("iso-8859-1")


def test_a_line_becomes_a_report_in_utc() -> None:
    assert SOURCE.recognises(payload(listed()))
    [report], rejects = read(SOURCE, listed(line()))
    assert not rejects
    assert report.onset == datetime(2026, 8, 20, 21, 38, 13, tzinfo=UTC)
    assert (report.lon, report.lat, report.depth_km, report.magnitude) == (37.0312, 38.1008, 5.4, 1.3)
    assert report.title == "M 1.3 - CALIS-ELBISTAN (KAHRAMANMARAS)"
    assert (report.updated_at, report.time_resolution_s) == (RECEIVED, 1.0)


def test_the_declared_encoding_holds() -> None:
    [report], _ = read(SOURCE, listed(line(lokasyon="ÇAĞ".replace("Ğ", "G"))))
    assert report.description == "ÇAG"


def test_former_solutions_in_a_list_are_older_than_the_last() -> None:
    body = listed(line(), line(name="2026.08.21 00:38:14", lat="38.0685"), line(name="2026.08.21 09:00:00"))
    [former, last, other], _ = read(SOURCE, body)
    assert former.updated_at == former.onset
    assert last.updated_at == other.updated_at == RECEIVED
    assert former.source_event_id in last.also_ids


moments = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))


@given(
    moments.map(lambda moment: moment.replace(microsecond=0)),
    st.floats(20, 48),
    st.floats(30, 48),
    st.integers(-6, 6),
    st.floats(-0.29, 0.29),
    st.floats(-0.29, 0.29),
)
def test_a_revision_lists_the_id_of_what_it_revises(
    onset: datetime, lon: float, lat: float, seconds: int, east: float, north: float
) -> None:
    assert ids(onset, lon, lat)[0] in ids(onset + timedelta(seconds=seconds), lon + east, lat + north)


@given(moments, st.floats(26, 40), st.floats(36, 40), st.integers(7, 60))
def test_what_is_seven_seconds_later_is_another_event(
    onset: datetime, lon: float, lat: float, seconds: int
) -> None:
    assert ids(onset, lon, lat)[0] not in ids(onset + timedelta(seconds=seconds), lon, lat)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (line(lat="98.1"), "lat: got '98.1'"),
        (line(lng="nan"), "lon: got 'nan'"),
        (line(name="2026.08.32 00:38:13"), "name: got"),
        (line(mag="many"), "mag: got"),
        ('<earhquake name="x />', "well-formed XML"),
    ],
)
def test_a_bad_line_costs_only_itself(bad: str, reason: str) -> None:
    reports, [reject] = read(SOURCE, listed(line(), bad, line(name="2026.08.21 05:00:00")))
    assert len(reports) == 2
    assert reject.where == "record 1"
    assert reason in reject.reason


def test_a_cut_list_keeps_its_whole_lines() -> None:
    reports, [reject] = read(SOURCE, listed(line(), line(lat="39.9"))[:-40])
    assert len(reports) == 1
    assert "ends" in reject.reason


def test_a_bomb_is_one_reject() -> None:
    body = b'<!DOCTYPE eqlist [<!ENTITY a "ha">]>' + b"<eqlist></eqlist>"
    reports, [reject] = read(SOURCE, body)
    assert (reports, reject.where) == ([], "payload")


def test_every_recorded_list_is_read_whole(samples: Path) -> None:
    assert [found for _, found in sorted(counts(SOURCE, samples, "koeri").items())] == [
        (96, 0),
        (62, 0),
        (63, 0),
    ]


@pytest.mark.slow
def test_re_solutions_of_a_real_catalogue_are_joined_and_nothing_else(samples: Path) -> None:
    rows = sorted(_catalogue(samples / "catalogs" / "turkiye-koeri-2025-02-09"))
    groups = _joined(rows)
    spans = [max(row[0] for row in group) - min(row[0] for row in group) for group in groups]
    wide = [group for group in groups if max(map(_from_first(group), group)) > 60]
    assert (len(rows), len(groups)) == (28427, 25276)
    assert max(spans) <= timedelta(seconds=6)
    assert len(wide) == 3


def _joined(rows: list[Row]) -> list[list[Row]]:
    """Rows joined wherever one lists the own id of another, as correlation does."""
    listed = [ids(*row) for row in rows]
    named = dict[str, list[int]]()
    for n, names in enumerate(listed):
        named.setdefault(names[0], []).append(n)
    links = [(n, other) for n, names in enumerate(listed) for name in names for other in named.get(name, ())]
    ends = np.array(links).T
    matrix = csr_array((np.ones(len(links)), (ends[0], ends[1])), shape=(len(rows), len(rows)))
    _, labels = connected_components(matrix, directed=False)
    groups = dict[int, list[Row]]()
    for label, row in zip(labels.tolist(), rows, strict=True):
        groups.setdefault(label, []).append(row)
    return list(groups.values())


def _from_first(group: list[Row]) -> Callable[[Row], float]:
    """Kilometres from the first row of a group."""
    _, lon, lat = group[0]
    return lambda row: GEOD.inv(lon, lat, row[1], row[2])[2] / 1000


def _catalogue(folder: Path) -> list[Row]:
    if not folder.is_dir():
        pytest.skip(f"no catalogue in {folder}")
    found = []
    for path in sorted(folder.glob("koeri_2025-*.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                local = datetime.strptime(f"{row['Date']} {row['Time']}+0300", "%Y.%m.%d %H:%M:%S%z")
                found.append((local.astimezone(UTC), float(row["Longitude"]), float(row["Latitude"])))
    return found
