"""Derive the names of a new plugin from the patterns of its tier, or from the names of the tier's other plugins."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.checks.tiers import OFFICIAL
from commonhold.errors import ConfigurationError, UsageError
from commonhold.projects.names import normalize
from commonhold.workspace.config import closest
from commonhold.workspace.modules import module_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonhold.workspace import Plugin, Workspace
    from commonhold.workspace.config import Config, Tier

_WILD = frozenset("*?[{!")
_SEPARATORS = "-_."
_MAJORITY = 2 / 3
_NOT_PACKAGES = frozenset(("tests", "test", "docs", "doc", "example", "examples"))


@dataclass(frozen=True, slots=True)
class PluginNames:
    """The names of a plugin: ``name`` is the part that differs between the plugins of a tier.

    ``package`` is the dotted name of the import package. ``folder`` is relative to the repository's root.
    """

    name: str
    distribution: str
    package: str
    folder: str

    @property
    def module(self) -> str:
        """The name as a Python identifier."""
        return self.name.replace("-", "_")

    @property
    def class_name(self) -> str:
        """The name as the start of class names.

        >>> PluginNames("aws-athena", "d", "p", "f").class_name
        'AwsAthena'
        """
        return "".join(word[0].upper() + word[1:] for word in self.name.split("-"))

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespace packages that contain the import package, outermost first."""
        parts = self.package.split(".")
        return tuple(".".join(parts[:count]) for count in range(1, len(parts)))

    @property
    def package_path(self) -> str:
        """The folder of the import package, relative to the plugin's folder."""
        return self.package.replace(".", "/")


def derive_names(workspace: Workspace, tier: Tier, name: str) -> PluginNames:
    """Return the names of a new plugin. Raises ``ConfigurationError`` if no pattern of the tier gives a folder."""
    siblings = plugins_of(workspace, tier)
    distribution = _distribution_pattern(tier, siblings).replace("{name}", name)
    module = name.replace("-", "_")
    package = tier.import_ or _learn([package for plugin in siblings if (package := package_of(plugin))])
    if package == "{name}" and tier.import_ is None:
        package, module = "{name}", distribution.replace("-", "_").replace(".", "_")
    folder = _folder_pattern(tier, siblings)
    last = folder.rpartition("/")[2]
    folders = [plugin.path.rpartition("/")[2] for plugin in siblings]
    underscores = any("_" in each for each in folders) and not any("-" in each for each in folders)
    in_folder = module if underscores and "-" not in last and tier.import_ is None else name
    return PluginNames(name, distribution, package.replace("{name}", module), folder.replace("{name}", in_folder))


def find_tier(config: Config, name: str) -> Tier:
    """Return a tier by its name. Raises ``UsageError``."""
    if name not in config.tiers:
        raise UsageError(
            f"there is no tier {name!r}{closest(name, config.tiers)}", hint=f"Tiers: {', '.join(config.tiers)}"
        )
    return config.tiers[name]


def plugins_of(workspace: Workspace, tier: Tier) -> tuple[Plugin, ...]:
    """Return the plugins of a tier."""
    return tuple(plugin for plugin in workspace.plugins.values() if plugin.tier.name == tier.name)


def package_of(plugin: Plugin) -> str | None:
    """Return the dotted name of the outermost regular package of a plugin, or ``None`` if it has no package."""
    return min(packages_of(plugin), key=lambda name: (name.count("."), name), default=None)


def packages_of(plugin: Plugin) -> tuple[str, ...]:
    """Return the dotted names of a plugin's regular packages, except those of tests and documentation."""
    start, end = len(plugin.path) + 1, "/__init__.py"
    found = [path[start:].removesuffix(end) for path in plugin.files or () if path[start - 1 :].endswith(end)]
    packages = (path for path in found if path and not _NOT_PACKAGES.intersection(path.split("/")))
    return tuple(name for path in packages if (name := module_of(f"{path}.py")) is not None)


def is_official(workspace: Workspace, tier: Tier) -> bool:
    """Return whether a tier is the official one: by its name, or else because its failures stop a release."""
    if OFFICIAL in workspace.config.tiers:
        return tier.name == OFFICIAL
    return tier.on_release_failure == "stop"


def plain_name(workspace: Workspace, tier: Tier, text: str) -> str:
    """Return the part of a text that differs between the plugins of a tier, if the text is a complete name.

    Both the name of a distribution (``flytekitplugins-x``) and of a folder (``flytekit-x``) become ``x``.
    """
    siblings = plugins_of(workspace, tier)
    for pattern in (_distribution_pattern(tier, siblings), _folder_pattern(tier, siblings).rpartition("/")[2]):
        name = tier._replace(distribution=pattern).short_name(normalize(text))
        if name != normalize(text):
            return name
    return text


def short_name(plugin: Plugin, workspace: Workspace) -> str:
    """Return the part of a plugin's name that differs between the plugins of its tier."""
    pattern = _distribution_pattern(plugin.tier, plugins_of(workspace, plugin.tier))
    return plugin.tier._replace(distribution=pattern).short_name(plugin.name)


def _distribution_pattern(tier: Tier, siblings: Sequence[Plugin]) -> str:
    """Return the tier's pattern, or the pattern of most plugins, or the pattern of the folders if the names agree."""
    learned = tier.distribution or _learn([plugin.name for plugin in siblings])
    if learned != "{name}" or any(plugin.name != normalize(plugin.path.rpartition("/")[2]) for plugin in siblings):
        return learned
    lasts = (source.rstrip("/").rpartition("/")[2] for source in tier.path.sources)
    return next((last.replace("*", "{name}") for last in lasts if _is_simple(last)), learned)


def _is_simple(pattern: str) -> bool:
    return pattern.count("*") == 1 and _WILD.isdisjoint(pattern.replace("*", ""))


def _folder_pattern(tier: Tier, siblings: Sequence[Plugin]) -> str:
    """Return the folder of a plugin with ``{name}``, from the tier's pattern and the other plugins' folders."""
    for source in tier.path.sources:
        parent, _, last = source.rstrip("/").rpartition("/")
        if not _WILD.isdisjoint(parent) or not _is_simple(last):
            continue
        inside = [plugin for plugin in siblings if plugin.path.rpartition("/")[0] == parent]
        pattern = _learn_folder(inside, tier) if last == "*" else last.replace("*", "{name}")
        return f"{parent}/{pattern}" if parent else pattern
    parents = Counter(plugin.path.rpartition("/")[0] for plugin in siblings)
    if not parents:
        raise ConfigurationError(
            f"no pattern in the path of tier {tier.name} says where a new plugin belongs",
            hint=f'Add a pattern such as "plugins/{tier.name}/*" to the tier\'s `path`.',
        )
    parent = parents.most_common(1)[0][0]
    pattern = _learn_folder(siblings, tier)
    return f"{parent}/{pattern}" if parent else pattern


def _learn_folder(siblings: Sequence[Plugin], tier: Tier) -> str:
    """Return the pattern of the folders that most of a tier's plugins have."""
    named = tier._replace(distribution=_distribution_pattern(tier, siblings))
    patterns: Counter[str] = Counter()
    for plugin in siblings:
        folder, own = plugin.path.rpartition("/")[2], named.short_name(plugin.name)
        if own != plugin.name and own in normalize(folder):
            start = normalize(folder).rindex(own)
            patterns[f"{folder[:start]}{{name}}{folder[start + len(own) :]}"] += 1
    found = patterns.most_common(1)
    return found[0][0] if found else _learn([plugin.path.rpartition("/")[2] for plugin in siblings])


def _learn(names: Sequence[str]) -> str:
    """Return the pattern of most names: a common start and end, with ``{name}`` between them.

    >>> _learn(["flytekit-spark", "flytekit-ray", "other"]), _learn(["amazon-haystack", "ollama-haystack"])
    ('flytekit-{name}', '{name}-haystack')
    """
    start = _common_start(names)
    rest = [name[len(start) :] for name in names if name.startswith(start)]
    end = _common_start([name[::-1] for name in rest])[::-1]
    return f"{start}{{name}}{end}"


def _common_start(names: Sequence[str]) -> str:
    """Return the longest start, up to a separator, that most of at least two names have in common."""
    starts: Counter[str] = Counter()
    for name in names:
        starts.update(name[: at + 1] for at, char in enumerate(name[:-1]) if char in _SEPARATORS)
    common = [start for start, number in starts.items() if number >= max(2, len(names) * _MAJORITY)]
    return max(common, key=len, default="")
