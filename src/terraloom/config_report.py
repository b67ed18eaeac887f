"""Settings as people read them: secrets masked, every problem listed, every key explained."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from msgspec import Struct
from pydantic import BaseModel, ValidationError

from terraloom.config import Settings, model_in, problems
from terraloom.config_watch import RESTART
from terraloom.errors import ConfigError

HIDDEN = "***"
SECRET_WORDS = r"password|passwd|secret|token|api_?key|access_key_id|secret_access_key|sig|signature"
NOT_SETTINGS = {"TERRALOOM_CONFIG", "TERRALOOM_SAMPLES"}
"""Names of the environment that start alike, and are read elsewhere."""


def masked(settings: Settings) -> dict[str, Any]:
    """All settings as plain values; passwords and keys in urls read ``***``."""
    plain: dict[str, Any] = _masked(settings.model_dump(mode="json"))
    return plain


def mask(text: str) -> str:
    """
    The same text without the secrets that a url or a connection string may carry.

    >>> mask("postgresql://me:hidden@host/db?sslmode=require")
    'postgresql://me:***@host/db?sslmode=require'
    """
    text = re.sub(r"(://[^/?#@\s:]*):[^/?#\s]*@", rf"\1:{HIDDEN}@", text)
    return re.sub(rf"(?i)\b({SECRET_WORDS})=([^&\s]+)", rf"\1={HIDDEN}", text)


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _masked(inner) for key, inner in value.items()}
    return mask(value) if isinstance(value, str) else value


def check(path: Path | None = None) -> list[ConfigError]:
    """Everything that is wrong with the settings, each with its key; empty where all is well."""
    try:
        Settings(config_file=path) if path else Settings()
    except ConfigError as error:
        return [error]
    except ValidationError as error:
        return problems(error)
    return []


def unknown_environment() -> list[ConfigError]:
    """Variables ``TERRALOOM_…`` that no setting reads, with the nearest one that exists."""
    known = {f"TERRALOOM_{name.upper()}" for name in Settings.model_fields} | NOT_SETTINGS
    strange = sorted(
        name
        for name in os.environ
        if name.startswith("TERRALOOM_") and name.split("__")[0].upper() not in known
    )
    return [ConfigError(name, HIDDEN, _suggestion(name, known)) for name in strange]


def _suggestion(name: str, known: set[str]) -> str:
    close = get_close_matches(name, sorted(known), n=1)
    return f"a known variable (did you mean {close[0]}?)" if close else "a known variable"


class Key(Struct, frozen=True, kw_only=True):
    """One setting, for the reference."""

    name: str
    allowed: str
    default: str
    meaning: str


def reference(model: BaseModel | None = None, prefix: str = "") -> Iterator[Key]:
    """Every key with what it may be, its default and its meaning, in the order of the model."""
    model = model or Settings.model_construct()
    for name, field in type(model).model_fields.items():
        inner = model_in(field.annotation)
        if inner is not None:
            many = get_origin(field.annotation) is dict
            value = inner() if many else field.default
            yield from reference(value, f"{prefix}{name}.<id>." if many else f"{prefix}{name}.")
        elif name != "config_file":
            yield Key(
                name=prefix + name,
                allowed=_allowed(field.annotation, field.metadata),
                default=_default(name, getattr(model, name)),
                meaning=" ".join((field.description or "").split()).replace("|", "\\|"),
            )


def _default(name: str, value: object) -> str:
    if name == "home":
        return "terraloom in the user's data directory"
    if value is None or value == "" or value == {}:
        return "unset"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _allowed(annotation: Any, metadata: Sequence[Any] = ()) -> str:
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(annotation))
    limits = [_limit(bound) for bound in metadata]
    return " ".join([_type_name(annotation), *(limit for limit in limits if limit)])


def _limit(bound: Any) -> str:
    if "_duration" in repr(bound):
        return "such as 30s, 5m, 1h, 1d"
    signs = (("gt", ">"), ("ge", "≥"), ("lt", "<"), ("le", "≤"))
    return ", ".join(f"{sign} {getattr(bound, name)}" for name, sign in signs if hasattr(bound, name))


def _type_name(annotation: Any) -> str:
    names = {str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path"}
    if annotation in names:
        return names[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _allowed(arguments[0], [bound for a in arguments[1:] for bound in getattr(a, "metadata", [a])])
    if origin is dict:
        return f"mapping of name to {_type_name(arguments[1])}"
    if origin in (tuple, list):
        return f"list of {_type_name(arguments[0])}"
    return " or ".join(_type_name(part) for part in arguments if part is not type(None))


PAGE = """\
# Configuration

<!-- Made by `make docs` from the settings model; edit the descriptions there. -->

Settings come from, the later over the earlier: defaults, `terraloom.yaml`, the environment.

- The file is the one that `TERRALOOM_CONFIG` names, else `./terraloom.yaml`, else `terraloom.yaml` in the
  data folder. `terraloom config path` says which is in use.
- In the environment, `serve.port` is `TERRALOOM_SERVE__PORT`: prefix, capitals, two underscores between
  levels. A source's hyphens become underscores: `TERRALOOM_SOURCES__USGS_EARTHQUAKES__EVERY=5m`.
- `terraloom config check` lists every wrong key with what it may be; `terraloom config show` prints what is
  in force, with passwords masked. Secrets of upstreams are not settings: see `terraloom auth`.

A running process notices a changed file and takes it over without a restart; a file with a mistake is logged
and the old settings stay. These wait for the next start, and the log says so: {restart}.

```yaml
sources:
  usgs-earthquakes: {{every: 30s}}
  gdacs-events: {{enabled: false}}
correlation:
  profile: default
  flood: {{spatial_radius_km: 75}}
population:
  method: raster
  raster: /data/population.tif
```

| key | may be | default | meaning |
| --- | --- | --- | --- |
{rows}
"""


def configuration_page() -> str:
    """`docs/configuration.md`, whole."""
    rows = [f"| `{k.name}` | {k.allowed} | {k.default} | {k.meaning} |" for k in reference()]
    restart = ", ".join(f"`{key}`" for key in RESTART)
    return PAGE.format(restart=restart, rows="\n".join(rows))
