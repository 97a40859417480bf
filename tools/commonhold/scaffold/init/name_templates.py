"""Derive a tier's patterns of names from the distributions and modules of its packages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonhold.scaffold.init.config_line import ConfigLine
from commonhold.scaffold.new.naming import packages_of
from commonhold.workspace.config.reader import toml_string

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commonhold.scaffold.init.facts import TierFolders
    from commonhold.workspace import Workspace

_FEWEST = 3


def name_templates(tier: TierFolders, workspace: Workspace) -> Iterator[ConfigLine]:
    """Yield the tier's ``distribution`` and ``import``, if the names of all its packages have the same form."""
    template = _distribution(tier)
    if template is None:
        return
    number = len(tier.packages)
    yield ConfigLine(f"distribution = {toml_string(template)}", f"the names of all {number} packages")
    modules = _modules(tier, template, workspace)
    if modules:
        shortest = min(modules, key=lambda each: (each.count("."), each))
        yield ConfigLine(f"import = {toml_string(shortest)}", f"a module of each of the {number} packages")


def _distribution(tier: TierFolders) -> str | None:
    names = [package.name for package in tier.packages]
    if len(names) < _FEWEST:
        return None
    prefix = common_start(names)
    suffix = common_start([name[::-1] for name in names])[::-1]
    if not (prefix or suffix) or any(len(name) <= len(prefix) + len(suffix) for name in names):
        return None
    return f"{prefix}{{name}}{suffix}"


def _modules(tier: TierFolders, distribution: str, workspace: Workspace) -> set[str]:
    """Return the patterns that a module of each package matches, with the name that its distribution has."""
    before, _, after = distribution.partition("{name}")
    common: set[str] | None = None
    for package in tier.packages:
        plugin = workspace.plugins.get(package.name)
        name = package.name[len(before) : len(package.name) - len(after)].replace("-", "_")
        found = {pattern for module in packages_of(plugin) for pattern in _patterns(module, name)} if plugin else set()
        common = found if common is None else common & found
    return common or set()


def _patterns(module: str, name: str) -> Iterator[str]:
    parts = module.split(".")
    for at, part in enumerate(parts):
        for found in re.finditer(re.escape(name), part):
            yield ".".join((*parts[:at], f"{part[: found.start()]}{{name}}{part[found.end() :]}", *parts[at + 1 :]))


def common_start(names: Sequence[str]) -> str:
    """Return the longest text that ends with a dash and with which all names begin.

    >>> common_start(["acme-a", "acme-abc"])
    'acme-'
    """
    first, last = min(names), max(names)  # what these two have in common, all names have
    length = next((at for at, char in enumerate(first) if last[at : at + 1] != char), len(first))
    return first[: first[:length].rfind("-") + 1]
