"""Settings: defaults < `terraloom.yaml` < environment (`TERRALOOM_…`, nested with `__`) < arguments.

The file is the one that `TERRALOOM_CONFIG` names, else `./terraloom.yaml`, else `terraloom.yaml` in the data
folder. What a key means, its unit and its limits stand beside it; `docs/configuration.md` is made from that.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import msgspec
import platformdirs
import yaml
from msgspec import structs
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    create_model,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from terraloom.errors import ConfigError
from terraloom.hazards.rules import EarthquakeIdentity, Rules

FILE_NAME = "terraloom.yaml"
UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(duration: str) -> float:
    """Seconds in "30s", "5m", "1.5h" or "1d". Raises `ValueError` for anything else."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", duration.strip())
    if not found or float(found[1]) <= 0:
        raise ValueError(f"a duration such as 30s, 5m, 1h or 1d, not {duration!r}")
    return float(found[1]) * UNITS_S[found[2]]


def months(age: str) -> int:
    """Months in "24mo" or "2y". Raises `ValueError` for anything else."""
    found = re.fullmatch(r"(\d{1,4})(mo|y)", age.strip())
    if not found or int(found[1]) == 0:
        raise ValueError(f"an age such as 24mo or 5y, not {age!r}")
    return int(found[1]) * {"mo": 1, "y": 12}[found[2]]


def _age(text: str) -> str:
    months(text)
    return text


def _duration(text: str) -> str:
    seconds(text)
    return text


Duration = Annotated[str, AfterValidator(_duration)]
Age = Annotated[str, AfterValidator(_age)]
PositiveFloat = Annotated[float, Field(gt=0, allow_inf_nan=False)]
PositiveInt = Annotated[int, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Address = Annotated[str, Field(pattern=r"^https?://[^/?#\s]+[^?#\s]*$")]


class Section(BaseModel):
    """A group of settings; an unknown key is an error, and nothing changes after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Serve(Section):
    host: str = "127.0.0.1"
    """Address to listen on. On loopback reading is open; elsewhere it needs a key, unless `public_read`."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8765
    """Port to listen on; 0 takes a free one and prints it."""
    public_read: bool = False
    """Whether reading needs no API key beyond loopback too. Writing always needs one."""
    max_page: Annotated[int, Field(ge=1, le=10_000)] = 1000
    """Most events that one page of a listing may hold."""


class Breaker(Section):
    failures: PositiveInt = 5
    """Consecutive failures of one host that open its circuit breaker."""
    recovery_s: PositiveFloat = 60.0
    """Seconds an open breaker waits before one probe is let through."""


class Fetch(Section):
    user_agent: str = "terraloom (https://github.com/terraloom/terraloom)"
    """Sent with every request, so that an upstream can tell who asks."""
    connect_timeout_s: PositiveFloat = 10.0
    """Seconds to wait for a connection."""
    read_timeout_s: PositiveFloat = 30.0
    """Seconds to wait for the next bytes of a body."""
    total_timeout_s: PositiveFloat = 120.0
    """Seconds for one request in all, body included."""
    max_bytes: PositiveInt = 64_000_000
    """Largest body accepted, in bytes after decompression."""
    attempts: PositiveInt = 4
    """Tries per request, the first included."""
    backoff_initial_s: PositiveFloat = 1.0
    """Seconds before the first retry; doubles with each, with jitter."""
    backoff_max_s: PositiveFloat = 60.0
    """Longest wait between two tries, in seconds."""
    retry_after_max_s: PositiveFloat = 300.0
    """Longest `Retry-After` that is waited for within one poll; a longer one ends the poll."""
    concurrency_per_host: PositiveInt = 2
    """Requests under way to one host at a time."""
    rate_per_minute: PositiveFloat = 60.0
    """Requests per minute to one host, where neither its source nor `hosts` says otherwise."""
    hosts: dict[str, PositiveFloat] = {}
    """Requests per minute by host name, e.g. `earthquake.usgs.gov: 30`."""
    breaker: Breaker = Breaker()
    point_at: str | dict[str, str] = ""
    """Send requests elsewhere: one base url for all hosts, or one per host name. Empty: the real hosts."""


class SourceSettings(Section):
    """What may differ from the source's own description; unset keys keep it."""

    every: Duration | None = None
    """Time between two polls: 60s, 5m, 1h, 1d."""
    enabled: bool | None = None
    """Whether it is polled without being asked for."""
    credential: str | None = None
    """Name of the credential in `auth_config`."""
    rate_per_minute: PositiveFloat | None = None
    """Requests per minute to its host."""


class Window(Section):
    """When two reports of one type may be one event."""

    spatial_radius_km: PositiveFloat
    """Largest distance between them, in km."""
    temporal_window_hours: PositiveFloat
    """Largest time between them, in hours."""
    cross_source: bool = True
    """Whether reports of different agencies are joined at all."""


_LIMITS: dict[str, Any] = {f.name: (PositiveFloat, f.default) for f in structs.fields(EarthquakeIdentity)}
Identity: type[Section] = create_model("Identity", __base__=Section, **_LIMITS)


class Correlation(Section):
    profile: Literal["default", "as-given", "pdl"] = "default"
    """`default`: identity rule for earthquakes, windows for the rest. `as-given`: the windows alone.
    `pdl`: 16 s and 100 km for earthquakes, as USGS's Product Distribution Layer."""
    earthquake: Window = Window(spatial_radius_km=25, temporal_window_hours=6)
    tropical_cyclone: Window = Window(spatial_radius_km=150, temporal_window_hours=12)
    flood: Window = Window(spatial_radius_km=50, temporal_window_hours=24)
    volcano: Window = Window(spatial_radius_km=15, temporal_window_hours=48)
    drought: Window = Window(spatial_radius_km=200, temporal_window_hours=168, cross_source=False)
    wildfire: Window = Window(spatial_radius_km=30, temporal_window_hours=24)
    tsunami: Window = Window(spatial_radius_km=100, temporal_window_hours=0.25)
    identity: Identity = Identity()  # type: ignore[valid-type]  # made from the rule's own fields
    """Limits of the identity rule for earthquakes, as `terraloom.hazards.rules` explains them."""

    @model_validator(mode="before")
    @classmethod
    def _complete_windows(cls, given: Any) -> Any:
        """A window that sets one limit keeps the others of its type."""
        if not isinstance(given, dict):
            return given
        defaults = {n: f.default for n, f in cls.model_fields.items() if isinstance(f.default, Window)}
        partly = {n: w for n, w in given.items() if n in defaults and isinstance(w, dict)}
        return {**given, **{n: {**defaults[n].model_dump(), **w} for n, w in partly.items()}}

    def rules(self) -> Rules:
        """The same as the hazards room takes it."""
        return msgspec.convert(self.model_dump(), Rules)


class Population(Section):
    method: Literal["gazetteer", "raster"] = "gazetteer"
    """`gazetteer`: cities in the package. `raster`: the GeoTIFF that `raster` names."""
    raster: Path | None = None
    """A GeoTIFF of people per cell (WorldPop, GHS-POP, LandScan, …); needs the extra `population`."""
    kind: Literal["auto", "count", "density"] = "auto"
    """What its cells hold: people, or people per km². `auto`: as the file's name, unit or tags say."""


class Webhooks(Section):
    timeout_s: PositiveFloat = 10.0
    """Seconds a receiver has to answer."""
    attempts: PositiveInt = 12
    """Tries before a delivery is a dead letter, which can be sent again by hand."""
    backoff_initial_s: PositiveFloat = 2.0
    """Seconds before the first retry; doubles with each, with jitter."""
    backoff_max_s: PositiveFloat = 3600.0
    """Longest wait between two tries, in seconds."""
    private_networks: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    """Networks without public addresses that a receiver may be in, as CIDR. Default: this machine."""


class Worker(Section):
    concurrency: PositiveInt = 8
    """Polls under way at a time in one worker."""
    catch_up: bool = True
    """Whether a source whose slots passed while no worker ran is polled at once on start."""


class BackfillHost(Section):
    """What one host takes of backfill; unset keys keep what holds for all."""

    at_once: PositiveInt | None = None
    """Jobs at work for it at a time, in all workers together."""
    per_minute: PositiveInt | None = None
    """Jobs begun for it in a minute, in all workers together."""


class Backfill(Section):
    concurrency: PositiveInt = 16
    """Backfill jobs under way at a time in one worker."""
    per_host: PositiveInt = 4
    """Jobs at work for one host at a time, in all workers together, where `hosts` does not say otherwise."""
    hosts: dict[str, BackfillHost] = {}
    """Per host name: `at_once`, and `per_minute`, which else is the host's requests per minute (`fetch`)."""
    attempts: PositiveInt = 5
    """Tries of a job in a row before it has failed for good."""
    backoff_initial_s: PositiveFloat = 60.0
    """Seconds before a job is tried again; doubles with each failure."""
    backoff_max_s: PositiveFloat = 3600.0
    """Longest wait between two tries of a job, in seconds."""
    timeout: Duration = "1h"
    """Longest time that all requests of one job may take: 30m, 2h."""


class Observations(Section):
    cold_after: Age | None = None
    """Age at which whole months (before 2000: decades) of values move to Parquet files: 24mo, 5y.
    Unset: never."""


class Wspr(Section):
    address: Address = "https://db1.wspr.live/"
    """ClickHouse's HTTP interface with the table `wspr.rx`."""
    pause_months_s: NotNegative = 30.0
    """Seconds of rest between two months."""
    pause_days_s: NotNegative = 5.0
    """Seconds of rest between two requests for parts of a month."""
    timeout_s: PositiveFloat = 1800.0
    """Seconds for one answer in all, and for its next bytes."""
    max_bytes: PositiveInt = 64_000_000_000
    """Largest answer accepted, in bytes."""
    free_bytes: Annotated[int, Field(ge=0)] = 2_000_000_000
    """Bytes that stay free on the disk: what would need them is not begun."""
    work: Path | None = None
    """Folder for files under way, on this machine. Unset: `wspr` under `home`."""


class Database(Section):
    pool_size: PositiveInt = 8
    """Most connections that one process keeps open."""
    postgis: Literal["auto", "off"] = "auto"
    """`auto`: add the geometry columns where the PostGIS extension is there. `off`: never."""


class Logs(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    """Least level that is written."""
    format: Literal["auto", "lines", "json"] = "auto"
    """`auto`: lines for people on a terminal, JSON elsewhere."""


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def _with_hyphens(sources: object) -> object:
    """`usgs_earthquakes` means `usgs-earthquakes`: names in the environment cannot hold a hyphen."""
    if not isinstance(sources, dict):
        return sources
    merged: dict[str, Any] = {}
    for name in sorted(
        map(str, sources), key=lambda name: "_" in name
    ):  # the environment wins, so comes last
        known, given = merged.get(name.replace("_", "-")), sources[name]
        if isinstance(known, dict) and isinstance(given, dict):
            given = {**known, **given}
        merged[name.replace("_", "-")] = given
    return merged


def default_home() -> Path:
    """The data folder used where none is set: in the user's data directory."""
    return Path(platformdirs.user_data_path("terraloom"))


class Settings(BaseSettings):
    """All settings of one process."""

    model_config = SettingsConfigDict(
        env_prefix="TERRALOOM_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
    )

    home: Annotated[Path, AfterValidator(_absolute)] = Field(default_factory=default_home)
    """The data folder: embedded database, archive, secrets."""
    config_file: Path | None = None
    """The file these settings were read from; set by the loader."""
    database_url: str | None = None
    """A PostgreSQL (15 or later) to use, `postgresql://…`. Unset: one embedded in the data folder."""
    storage_url: str = ""
    """Where raw bytes are kept: a path, file:// or s3://bucket/prefix. Empty: `archive` under `home`."""
    simulated: bool = False
    """The data is made up; every page and reply then says so."""
    serve: Serve = Serve()
    fetch: Fetch = Fetch()
    sources: Annotated[dict[str, SourceSettings], BeforeValidator(_with_hyphens)] = {}
    """Per source id: what differs from its own description."""
    correlation: Correlation = Correlation()
    population: Population = Population()
    webhooks: Webhooks = Webhooks()
    worker: Worker = Worker()
    backfill: Backfill = Backfill()
    observations: Observations = Observations()
    wspr: Wspr = Wspr()
    database: Database = Database()
    logs: Logs = Logs()

    @property
    def archive_url(self) -> str:
        """`storage_url`, or the archive in the data folder."""
        return self.storage_url or str(self.home / "archive")

    @property
    def wspr_work(self) -> Path:
        """`wspr.work`, or its place in the data folder."""
        return self.wspr.work or self.home / "wspr"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        given = init_settings()
        return (
            init_settings,
            env_settings,
            FileSource(settings_cls, find_file(given.get("config_file"), given.get("home"))),
        )


class FileSource(PydanticBaseSettingsSource):
    """The YAML file, as one of the places settings come from."""

    def __init__(self, settings_cls: type[BaseSettings], path: Path | None) -> None:
        super().__init__(settings_cls)
        self.path = path

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        raise NotImplementedError("the file is read whole")  # the base class wants it; __call__ replaces it

    def __call__(self) -> dict[str, Any]:
        if self.path is None:
            return {}
        return {**read_file(self.path), "config_file": self.path}


def candidates(home: Path | str | None = None) -> list[Path]:
    """Where a settings file is looked for, in order, when none is named."""
    folder = Path(home or os.environ.get("TERRALOOM_HOME") or default_home())
    return [Path.cwd() / FILE_NAME, folder / FILE_NAME]


def find_file(named: Path | str | None = None, home: Path | str | None = None) -> Path | None:
    """The settings file to read, or None. Raises `ConfigError` where a named one is absent."""
    named = named or os.environ.get("TERRALOOM_CONFIG")
    if named:
        if not Path(named).is_file():
            raise ConfigError("TERRALOOM_CONFIG", str(named), "a file that exists")
        return Path(named)
    return next((path for path in candidates(home) if path.is_file()), None)


def read_file(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file. Raises `ConfigError` with the line for anything else."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), str(error), "readable YAML") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigError(str(path), type(content).__name__, "a mapping of settings")
    return content


def load(path: Path | str | None = None, **overrides: Any) -> Settings:
    """
    Read all settings; `path` is used in place of the file that would be found.

    Raises `ConfigError` for the first wrong key, naming it and what it may be; the message counts the rest.
    """
    if path is not None:
        overrides["config_file"] = path
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise problems(error)[0] from error


def problems(error: ValidationError) -> list[ConfigError]:
    """One `ConfigError` per wrong key, in the order of the settings."""
    return [_problem(detail) for detail in error.errors(include_url=False, include_context=False)]


def _problem(detail: ErrorDetails) -> ConfigError:
    key = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return ConfigError(key, _shown(detail["input"]), _nearest(detail["loc"]))
    expected = re.sub(r"^(Input should be|Value error,) ", "", detail["msg"])
    return ConfigError(key, _shown(detail["input"]), expected[0].lower() + expected[1:])


def _shown(value: object) -> object:
    return value if not isinstance(value, Mapping | list) else type(value).__name__


def _nearest(loc: tuple[int | str, ...]) -> str:
    """What an unknown key may have meant: the nearest known one of its section, and all of them."""
    known = sorted(_known_keys(Settings, loc[:-1]))
    close = get_close_matches(str(loc[-1]), known, n=1)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    return f"a known key{hint}: {', '.join(known)}"


def _known_keys(model: type[BaseModel], loc: tuple[int | str, ...]) -> set[str]:
    for part in loc:
        field = model.model_fields.get(str(part))
        if field is not None:
            inner = model_in(field.annotation)
            if inner is not None:
                model = inner
    return set(model.model_fields) - {"config_file"}


def model_in(annotation: object) -> type[BaseModel] | None:
    """The model that a field holds, directly or as the values of a mapping."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for a in get_args(annotation) if (m := model_in(a))), None)
