"""Which planet a data folder's record is of: written by whoever serves it, read by `universe score`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from terraloom.errors import ConfigError
from terraloom.universe.planet import Planet

FILE_NAME = "universe.json"


class Seed(Struct, frozen=True):
    """All that it takes to make a planet again. `opened`: its time when it was first served."""

    seed: int
    start: datetime
    days: float
    opened: datetime

    def planet(self) -> Planet:
        return Planet(self.seed, self.start, self.days)


def write(home: Path, seed: Seed) -> None:
    home.mkdir(parents=True, exist_ok=True)
    (home / FILE_NAME).write_bytes(msgspec.json.format(msgspec.json.encode(seed)))


def read(home: Path) -> Seed:
    """Raises `ConfigError` where no planet was served from this data folder."""
    path = home / FILE_NAME
    if not path.is_file():
        expected = "a data folder that a simulated planet was served from (universe serve, demo)"
        raise ConfigError("TERRALOOM_HOME", str(home), expected)
    try:
        return msgspec.json.decode(path.read_bytes(), type=Seed)
    except msgspec.MsgspecError as error:
        raise ConfigError(str(path), str(error), "the file that `universe serve` wrote") from error
