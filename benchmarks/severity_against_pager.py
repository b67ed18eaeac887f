"""
Local severity beside PAGER's own: people per intensity, and alerts beside the deaths that were counted.

Reads PAGER's EXPO-CAT (`usgs-losspager/expocat.xlsx` among the recorded samples): earthquakes from 1960 on,
with the people that USGS puts in each MMI band (ShakeMap and LandScan) and the deaths by shaking. Ours comes
from magnitude, depth and epicentre alone and the embedded gazetteer of today. Nothing here is fitted.

Run: python benchmarks/severity_against_pager.py [expocat.xlsx]
"""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path
from uuid import UUID
from xml.etree import ElementTree

import numpy as np

from terraloom.hazards.intensity import BANDS
from terraloom.hazards.population import gazetteer, nearby
from terraloom.hazards.scoring import score_many
from terraloom.hazards.severity import ALERTS, Event, Score

SAMPLES = Path(os.environ.get("TERRALOOM_SAMPLES", Path(__file__).parents[2] / "shared" / "samples"))
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
COLUMNS = ("MMI5", "MMI6", "MMI7", "MMI8", "MMI9+")
Row = dict[str, str]


def read_sheet(path: Path) -> list[Row]:
    """Rows of the first sheet by the names in its first row."""
    with zipfile.ZipFile(path) as book:
        shared = ["".join(t.itertext()) for t in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))]
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    rows = [_cells(row, shared) for row in sheet.iter(f"{SHEET}row")]
    names = rows[0]
    return [{names[column]: value for column, value in row.items() if column in names} for row in rows[1:]]


def _cells(row: ElementTree.Element, shared: list[str]) -> Row:
    found: Row = {}
    for cell in row:
        value = cell.find(f"{SHEET}v")
        if value is not None and value.text is not None:
            column = cell.get("r", "").rstrip("0123456789")
            found[column] = shared[int(value.text)] if cell.get("t") == "s" else value.text
    return found


def compare(rows: list[Row]) -> tuple[list[Row], list[Score]]:
    """The rows that have all that is needed, and our score of each."""
    usable = [r for r in rows if {"Lat", "Lon", "Magnitude", *COLUMNS} <= r.keys()]
    near = nearby([float(r["Lon"]) for r in usable], [float(r["Lat"]) for r in usable])
    events = [
        Event(
            id=UUID(int=n),
            changed_seq=0,
            event_type="EQ",
            lon=float(r["Lon"]),
            lat=float(r["Lat"]),
            depth_km=float(r["Depth"]) if "Depth" in r else None,
            magnitude=float(r["Magnitude"]),
            magnitude_type="mw",
            country=place.country,
        )
        for n, (r, place) in enumerate(zip(usable, near, strict=True))
    ]
    return usable, score_many(events, gazetteer())


def report(rows: list[Row], scores: list[Score]) -> None:
    """Print both comparisons."""
    theirs = np.array([[float(r[c]) for c in COLUMNS] for r in rows])
    ours = np.array([[float(s.exposure[f"MMI {b}"]) for b in BANDS] for s in scores])
    print(f"{len(rows)} earthquakes of EXPO-CAT with place, magnitude and exposure\n")
    print("people at this MMI or more: ours divided by PAGER's, where PAGER has 10,000 or more")
    print("| MMI at least | events | 10 % | median | 90 % | within a factor of 3 |")
    print("| --- | --- | --- | --- | --- | --- |")
    for n, band in enumerate(BANDS):
        a, b = ours[:, n:].sum(axis=1), theirs[:, n:].sum(axis=1)
        some = b >= 1e4
        ratio = np.maximum(a[some], 1.0) / b[some]
        low, middle, high = np.quantile(ratio, [0.1, 0.5, 0.9])
        close = np.mean((ratio > 1 / 3) & (ratio < 3))
        print(f"| {band} | {some.sum()} | {low:.2f} | {middle:.2f} | {high:.2f} | {100 * close:.0f} % |")
    _report_alerts(rows, scores)


def _report_alerts(rows: list[Row], scores: list[Score]) -> None:
    known = [
        (float(r["ShakingDeaths"]), s) for r, s in zip(rows, scores, strict=True) if "ShakingDeaths" in r
    ]
    actual = np.array([np.searchsorted([1, 100, 1000], deaths, side="right") for deaths, _ in known])
    ours = np.array([ALERTS.index(s.alert) for _, s in known])
    print(f"\nalert by counted deaths (rows) and ours (columns), {len(known)} events with a count")
    print("| | " + " | ".join(a.value.lower() for a in ALERTS) + " |")
    print("| --- |" + " --- |" * len(ALERTS))
    for n, alert in enumerate(ALERTS):
        counts = [int(((actual == n) & (ours == m)).sum()) for m in range(len(ALERTS))]
        print(f"| {alert.value.lower()} | " + " | ".join(map(str, counts)) + " |")
    stated = np.array([[s.alert_probabilities[a.value] for a in ALERTS] for _, s in known])
    reached = stated[np.arange(len(known)), actual]
    same, near = 100 * np.mean(ours == actual), 100 * np.mean(abs(ours - actual) <= 1)
    print(f"\nsame alert {same:.1f} %, within one {near:.1f} %")
    print(f"probability that we gave to what happened: mean {reached.mean():.2f}")


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES / "usgs-losspager" / "expocat.xlsx"
    if not path.is_file():
        sys.exit(f"{path} is not there: set TERRALOOM_SAMPLES, or name the file")
    report(*compare(read_sheet(path)))


if __name__ == "__main__":
    main()
