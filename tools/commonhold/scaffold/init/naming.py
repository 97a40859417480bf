"""Derive a tier's name patterns from the names of its packages."""

from __future__ import annotations

from os.path import commonprefix
from typing import TYPE_CHECKING

from commonhold.scaffold.init.configuration import ConfigLine
from commonhold.workspace.config.reader import toml_string

if TYPE_CHECKING:
    from commonhold.scaffold.init.facts import TierFolders

_FEWEST = 3


def name_templates(tier: TierFolders) -> tuple[ConfigLine, ...]:
    """Return the tier's ``distribution``, if all names begin or end with the same words."""
    names = [package.name for package in tier.packages]
    if len(names) < _FEWEST:
        return ()
    prefix = commonprefix(names)
    prefix = prefix[: prefix.rfind("-") + 1]
    suffix = commonprefix([name[::-1] for name in names])[::-1]
    suffix = suffix[suffix.find("-") :] if "-" in suffix else ""
    if not (prefix or suffix) or any(len(name) <= len(prefix) + len(suffix) for name in names):
        return ()
    template = f"{prefix}{{name}}{suffix}"
    return (ConfigLine(f"distribution = {toml_string(template)}", f"the names of all {len(names)} packages"),)
