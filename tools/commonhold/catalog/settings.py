"""Complete the settings of the plugin index from the configuration and the repository's address."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from commonhold.catalog.documents import CatalogTier, KnownIndex, MovedTo, SeriesRule
from commonhold.errors import ConfigurationError, page_url
from commonhold.workspace.config.catalog_table import CatalogConfig

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commonhold.workspace.config import Config

_WORD = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_KEY = "tool.commonhold.catalog"

NOTICE = (
    "Plugins of the tier {tier} are maintained by their authors. The core maintainers do not review them for your use, "
    "and do not guarantee that they work or are safe. Install a plugin only if you trust its maintainers."
)
"""The text that users see when they enable a tier, unless the configuration has another one."""


@dataclass(frozen=True)
class CatalogSettings:
    """The settings of a plugin index: ``url`` is its base URL, and ``shrink`` the percentage that it may lose.

    ``url`` is ``None`` if it is not configured, and the repository is not on GitHub. ``moved`` are the plugins that
    others replace.
    """

    url: str | None
    community: str
    core: SeriesRule
    tiers: tuple[CatalogTier, ...]
    indexes: tuple[KnownIndex, ...] = ()
    closed: frozenset[str] = frozenset()
    shrink: int = 5
    moved: Mapping[str, MovedTo] = field(default_factory=dict)


def catalog_settings(config: Config, repository: str | None, core: str | None = None) -> CatalogSettings:
    """Return the settings; ``repository`` is the address of the repository's page, and ``core`` the core's name.

    Raises one ``ConfigurationError`` with every problem.
    """
    table = config.catalog or CatalogConfig()
    url, community = table.url or pages_url(repository), table.community or _repository_name(repository)
    core = core or config.core.distribution
    problems = [*_problems(config, table)]
    if core is None:
        problems.append("tool.commonhold.core.distribution: is required, because the plugin index names the core")
    if problems or core is None:
        lines = "\n".join(f"  {problem}" for problem in problems)
        raise ConfigurationError(
            f"the configuration has no valid plugin index:\n{lines}",
            hint=f"All keys are described at {page_url('reference/configuration')}",
        )
    default = table.default or tuple(config.tiers)[:1]
    return CatalogSettings(
        url=url,
        community=community or "Plugins",
        core=SeriesRule(distribution=core, series=table.series),
        tiers=tuple(
            CatalogTier(name=name, default=name in default, notice=_notice(table, name, default=name in default))
            for name in config.tiers
        ),
        indexes=tuple(
            KnownIndex(name=name, url=index.url, summary=index.summary) for name, index in table.indexes.items()
        ),
        closed=frozenset(table.closed),
        shrink=table.shrink,
        moved={name: MovedTo(name=moved.to, reason=moved.reason) for name, moved in table.moved.items()},
    )


def _notice(table: CatalogConfig, tier: str, *, default: bool) -> str:
    return table.notices.get(tier, "" if default else NOTICE.format(tier=tier))


def _problems(config: Config, table: CatalogConfig) -> Iterator[str]:
    for tier in config.tiers:
        if not _WORD.fullmatch(tier):
            yield f"tool.commonhold.tiers: {tier!r} is not lower-case letters and dashes, as in a plugin index"
        if tier in table.indexes:
            yield f"{_KEY}.indexes.{tier}: a plugin index cannot have the name of a tier"
    for key, names in (("default", table.default), ("notices", table.notices)):
        for name in names:
            if name not in config.tiers:
                yield f"{_KEY}.{key}: {name!r} is not a tier"


def pages_url(repository: str | None) -> str | None:
    """Return the URL of a repository's pages on GitHub; ``None`` if the repository is elsewhere.

    >>> pages_url("https://github.com/Octo/plugins"), pages_url("https://github.com/octo/octo.github.io")
    ('https://octo.github.io/plugins/', 'https://octo.github.io/')
    """
    if repository is None:
        return None
    parts = urlsplit(repository)
    owner, _, name = parts.path.strip("/").partition("/")
    if parts.netloc != "github.com" or not re.fullmatch(r"[\w-]+", owner) or not re.fullmatch(r"[\w.-]+", name):
        return None
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def _repository_name(repository: str | None) -> str | None:
    return repository.rstrip("/").rpartition("/")[2] if repository else None
