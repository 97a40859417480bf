"""Read the file of ``catalog build FILE``: a list of projects, git repositories and single files."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from commonhold.catalog.documents import CatalogMaintainer, CatalogTier, MovedTo, SeriesRule
from commonhold.catalog.documents.text_checks import Block, DistributionName, Keyword, Line, ShortName
from commonhold.catalog.settings import CatalogSettings
from commonhold.catalog.untrusted_text import hide_credentials
from commonhold.effects.files import read_untrusted
from commonhold.errors import CommonholdError, ConfigurationError, UsageError, page_url
from commonhold.projects.names import is_valid, normalize
from commonhold.projects.toml import parse_toml
from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_GUIDE = f"See {page_url('how-to/own-plugin-index')}"
_LARGEST = 2**20
_REV = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]{0,199}")
_KINDS = ("project", "git", "file")


class OwnPlugin(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """A plugin and its source: a project on a package index, a git repository, or a wheel or sdist.

    ``rev`` is a branch, tag or commit, and ``folder`` the project's folder in the repository. ``version`` is the
    version of a project that computes its version. ``url`` is the address at which a local file is published.
    """

    project: str | None = None
    git: str | None = None
    rev: str = "HEAD"
    folder: str = ""
    version: str | None = None
    file: str | None = None
    url: str | None = None
    short: ShortName | None = None
    summary: Line | None = None
    category: Line | None = None
    keywords: list[Keyword] = []
    maintainers: list[CatalogMaintainer] = []
    notes: Block | None = None
    retired: Line | None = None
    replacement: Line | None = None
    moved_to: MovedTo | None = None

    @property
    def source(self) -> str:
        """The source as the file names it, without credentials."""
        return hide_credentials(self.project or self.git or self.file or "")


class OwnIndex(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """The whole file: ``core`` is the distribution that the plugins extend, and ``tier`` the name of the one tier.

    ``package_index`` is the URL of the simple API from which projects and the core are read; the default is PyPI.
    ``core_series`` is the number of core series to list, and ``releases`` the number of releases in each of them.
    """

    community: Annotated[Line, msgspec.Meta(min_length=1)]
    core: DistributionName
    series: Literal["{major}.{minor}", "{major}"] = "{major}.{minor}"
    tier: ShortName = "plugins"
    notice: Block = ""
    package_index: str | None = None
    core_series: Annotated[int, msgspec.Meta(ge=1, le=100)] = 6
    releases: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10
    plugins: Annotated[list[OwnPlugin], msgspec.Meta(min_length=1)]

    @property
    def settings(self) -> CatalogSettings:
        """The settings of the plugin index, which has one tier."""
        return CatalogSettings(
            url="",
            community=self.community,
            core=SeriesRule(distribution=self.core, series=self.series),
            tiers=(CatalogTier(name=self.tier, default=True, notice=self.notice),),
        )


def read_source_list(path: str) -> OwnIndex:
    """Read and check the file. Raises ``UsageError`` or ``ConfigurationError``."""
    try:
        data = read_untrusted(path, _LARGEST, links=True)
    except (OSError, CommonholdError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"{path} cannot be read: {reason}", hint=f"Pass a TOML file that lists plugins. {_GUIDE}"
        ) from error
    raw: dict[str, Any] = {**parse_toml(data, path)}
    # The tables are written as [[plugin]], one for each plugin.
    raw["plugins"] = raw.pop("plugin", [])
    if isinstance(raw.get("core"), str) and is_valid(raw["core"]):
        raw["core"] = str(normalize(raw["core"]))
    try:
        read = msgspec.convert(raw, OwnIndex)
    except (msgspec.ValidationError, ValueError) as error:
        message = printable(str(error)).replace("`$.plugins[", "`$.plugin[")
        raise ConfigurationError(f"{path} is not valid: {message}", hint=_GUIDE) from error
    problems = [problem for number, plugin in enumerate(read.plugins, 1) for problem in _problems(number, plugin)]
    if problems:
        lines = "\n".join(f"  {problem}" for problem in problems)
        raise ConfigurationError(f"{path} is not valid:\n{lines}", hint=_GUIDE)
    return read


def _problems(number: int, plugin: OwnPlugin) -> Iterator[str]:
    place = f"[[plugin]] {number}"
    named = [kind for kind in _KINDS if getattr(plugin, kind) is not None]
    if len(named) != 1:
        found = " and ".join(named) if named else "none of them"
        yield f"{place}: a plugin has one of the keys project, git and file; this one has {found}"
        return
    place = f"{place} ({plugin.source})"
    if plugin.project is not None and not is_valid(plugin.project):
        yield f"{place}: `project` is not the name of a project on a package index"
    for key, kind in (("rev", "git"), ("folder", "git"), ("version", "git"), ("url", "file")):
        is_set = getattr(plugin, key) not in (None, "HEAD", "")
        if is_set and named != [kind]:
            yield f"{place}: `{key}` belongs to a plugin with `{kind}`"
    if not _REV.fullmatch(plugin.rev):
        yield f"{place}: `rev` is not a branch, tag or commit"
    if plugin.url is not None and _is_url(plugin.file or ""):
        yield f"{place}: `url` belongs to a local file; this file has a URL already"
    if plugin.replacement is not None and plugin.retired is None:
        yield f"{place}: `replacement` needs `retired` with the reason"
    if plugin.moved_to is not None and not plugin.moved_to.reason.strip():
        yield f"{place}: `moved-to` needs a reason, which users see before they confirm"


def _is_url(text: str) -> bool:
    return "://" in text


def local_path(file: str, folder: str) -> str | None:
    """Return the path of a local file, relative to the folder of the list; ``None`` for a URL."""
    return None if _is_url(file) else os.path.join(folder, file)
