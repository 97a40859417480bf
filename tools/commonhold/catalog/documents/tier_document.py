"""Define ``index/v1/SERIES/TIER.json``: the plugins of one tier for one series of the core."""

from __future__ import annotations

from typing import Literal

import msgspec

from commonhold.catalog.documents.plugin_entry import CatalogPlugin, NonEmpty
from commonhold.catalog.documents.text_checks import (
    DistributionName,
    SeriesName,
    ShortName,
    Time,
    check_time,
    check_unique,
)


class TierDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The plugins of a tier in a series, by name; ``core`` is the core's distribution."""

    schema: Literal[1] = 1
    community: NonEmpty
    core: DistributionName
    series: SeriesName
    tier: ShortName
    generated: Time
    plugins: list[CatalogPlugin]

    def __post_init__(self) -> None:
        check_time(self.generated)
        check_unique([plugin.name for plugin in self.plugins], "plugin")
        check_unique([plugin.short for plugin in self.plugins], "short name")
        names = {plugin.name for plugin in self.plugins}
        if self.core in names:
            raise ValueError(f"the plugin {self.core!r} has the name of the core")
        for plugin in self.plugins:
            if plugin.short != plugin.name and plugin.short in names:
                raise ValueError(f"the short name {plugin.short!r} is the name of another plugin")
