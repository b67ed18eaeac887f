"""The sources as this installation polls them: their own description, with what the settings override."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from msgspec import structs

from terraloom.config import Settings, seconds
from terraloom.errors import ConfigError
from terraloom.sources import Source, SourceInfo


def described(sources: Mapping[str, Source], settings: Settings) -> dict[str, SourceInfo]:
    """
    Descriptions by id, with the overrides of `settings.sources` applied.

    Raises `ConfigError` where the settings name a source that does not exist.
    """
    for source_id in settings.sources:
        if source_id not in sources:
            raise ConfigError(f"sources.{source_id}", source_id, "one of " + ", ".join(sources))
    return {source_id: _overridden(source.info, settings) for source_id, source in sources.items()}


def intervals(infos: Mapping[str, SourceInfo]) -> dict[str, timedelta]:
    """The interval of each source that is polled without being asked for."""
    return {i: timedelta(seconds=seconds(info.every)) for i, info in infos.items() if info.enabled}


def _overridden(info: SourceInfo, settings: Settings) -> SourceInfo:
    given = settings.sources.get(info.id)
    return structs.replace(info, **given.model_dump(exclude_none=True)) if given else info
