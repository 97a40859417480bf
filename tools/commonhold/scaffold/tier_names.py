"""Derive the folder, the distribution and the import package of a plugin from its name and its tier."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.errors import ConfigurationError, UsageError
from commonhold.text import printable
from commonhold.workspace.patterns import is_literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.workspace import Plugin
    from commonhold.workspace.config import Config, Tier

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_MOST_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class TierNames:
    """The names of one plugin: ``folder`` is relative to the repository's root.

    ``distribution`` and ``package`` are ``None`` if the tier does not define them.
    """

    name: str
    folder: str
    distribution: str | None
    package: str | None


def check_short_name(name: str) -> str:
    """Return ``name`` if it can be the short name of a plugin. Raises ``UsageError``."""
    if len(name) > _MOST_CHARACTERS or not _NAME.fullmatch(name):
        hint = "Use lower-case letters and digits, separated by single hyphens, such as `my-plugin`."
        raise UsageError(f"{printable(name[:80])!r} is not a plugin name", hint=hint)
    return name


def names_in_tier(tier: Tier, name: str, plugins: Iterable[Plugin] = ()) -> TierNames:
    """Return the names of a plugin in a tier; its folder is named like the folders of the tier's other ``plugins``.

    Raises ``UsageError`` if the name is invalid, and ``ConfigurationError`` if the tier's pattern names no folder.
    """
    check_short_name(name)
    module = name.replace("-", "_")
    package = None if tier.import_ is None else tier.import_.replace("{name}", module)
    if package is not None and not all(_is_identifier(part) for part in package.split(".")):
        raise UsageError(f"{package} cannot be imported, because a part of it is not a Python identifier")
    distribution = None if tier.distribution is None else tier.distribution.replace("{name}", name)
    return TierNames(name, _folder(tier, name, plugins), distribution, package)


def find_tier(config: Config, name: str) -> Tier:
    """Return a tier by its name. Raises ``UsageError``."""
    tier = config.tiers.get(name)
    if tier is None:
        known = ", ".join(config.tiers) or "none"
        raise UsageError(f"there is no tier {printable(name)}", hint=f"The configured tiers are: {known}.")
    return tier


def _folder(tier: Tier, name: str, plugins: Iterable[Plugin]) -> str:
    used = Counter(
        last.replace(short, "*", 1)
        for each in plugins
        if each.tier.name == tier.name
        and (short := tier.short_name(each.name)) in (last := each.path.rpartition("/")[2])
    )
    for pattern in tier.path.sources:
        parent, _, last = pattern.rpartition("/")
        if not is_literal(parent) or last.count("*") != 1 or not is_literal(last.replace("*", "")):
            continue
        forms = (*(form for form, _ in used.most_common(1)), last)
        for form in forms:
            folder = f"{parent}/{form.replace('*', name)}".lstrip("/")
            if tier.contains(folder):
                return folder
    key = f"tool.commonhold.tiers.{tier.name}.path"
    raise ConfigurationError(f"{key} has no pattern like `plugins/*`", hint=f"Add a pattern with one * to {key}.")


def _is_identifier(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)
