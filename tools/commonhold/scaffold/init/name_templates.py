"""Derive a tier's name patterns from the names of its packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.scaffold.init.config_line import ConfigLine
from commonhold.workspace.config.reader import toml_string

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonhold.scaffold.init.facts import TierFolders

_FEWEST = 3


def name_templates(tier: TierFolders) -> tuple[ConfigLine, ...]:
    """Return the tier's ``distribution``, if all names begin or end with the same words."""
    names = [package.name for package in tier.packages]
    if len(names) < _FEWEST:
        return ()
    prefix = common_start(names)
    suffix = common_start([name[::-1] for name in names])[::-1]
    if not (prefix or suffix) or any(len(name) <= len(prefix) + len(suffix) for name in names):
        return ()
    template = f"{prefix}{{name}}{suffix}"
    return (ConfigLine(f"distribution = {toml_string(template)}", f"the names of all {len(names)} packages"),)


def common_start(names: Sequence[str]) -> str:
    """Return the longest text that ends with a dash and with which all names begin.

    >>> common_start(["acme-a", "acme-abc"])
    'acme-'
    """
    first, last = min(names), max(names)  # what these two have in common, all names have
    length = next((at for at, char in enumerate(first) if last[at : at + 1] != char), len(first))
    return first[: first[:length].rfind("-") + 1]
