"""www.ndbc.noaa.gov: the latest observation of every buoy, columns apart by blanks."""

from __future__ import annotations

from datetime import datetime, timedelta

from terraloom.universe.feeds.page import Asked, Page
from terraloom.universe.instruments import BUOYS, buoy

HOST = "www.ndbc.noaa.gov"
LATEST = "/data/latest_obs/latest_obs.txt"
NAMES = "#STN LAT LON YYYY MM DD hh mm WDIR WSPD GST WVHT DPD APD MWD PRES PTDY ATMP WTMP DEWP VIS TIDE"
UNITS = "#text deg deg yr mo day hr mn degT m/s m/s m sec sec degT hPa hPa degC degC degC nmi ft"


def feed(asked: Asked) -> Page | None:
    if asked.path != LATEST:
        return None
    lines = [line for code in BUOYS for line in _line(code, asked.seed, asked.at)]
    return Page("\n".join([*map(_columns, (NAMES, UNITS)), *lines, ""]).encode(), "text/plain")


def _line(code: str, seed: int, now: datetime) -> list[str]:
    """The newest hour that the buoy has sent; nothing where it has sent nothing for a day."""
    instruments = buoy(code)
    hours = list(instruments["ATMP"].steps(now - timedelta(days=1), now))
    for hour in reversed(hours):
        said = {name: one.said(seed, hour, now) for name, one in instruments.items()}
        if any(value is not None for value in said.values()):
            return [_row(code, hour, {name: _cell(value) for name, value in said.items()})]
    return []


def _cell(value: float | None) -> str:
    return "MM" if value is None else f"{value:.1f}"


def _row(code: str, hour: datetime, cell: dict[str, str]) -> str:
    lon, lat, _ = BUOYS[code]
    wind = f"MM {cell['WSPD']} MM {cell['WVHT']} MM MM MM"
    air = f"{cell['PRES']} MM {cell['ATMP']} {cell['WTMP']} MM MM MM"
    return _columns(f"{code} {lat:.3f} {lon:.3f} {hour:%Y %m %d %H %M} {wind} {air}")


def _columns(line: str) -> str:
    """As the file has them: of fixed width, to the right."""
    return " ".join(f"{cell:>7}" for cell in line.split()).lstrip()
