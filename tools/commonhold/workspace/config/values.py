"""Define the values of ``[tool.commonhold]``."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.projects.names import normalize
from commonhold.workspace.patterns import Patterns, escape

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Literal, TypeAlias

    from commonhold.projects.names import Name
    from commonhold.workspace.config.catalog_table import CatalogConfig

TierResponse: TypeAlias = 'Literal["test", "advisory", "skip"]'
"""The tests that a tier runs for a change outside its plugins: required, advisory (only reported), or no tests."""

NO_PATTERNS = Patterns(())
USUAL_EXAMPLES = Patterns(("example/**", "examples/**"))
"""The patterns for examples in a repository that does not configure ``examples``."""
GITHUB_RUNNERS = ("ubuntu-*", "windows-*", "macos-*")
"""The labels of the runners that GitHub provides."""


class Testing(NamedTuple):
    """The test settings of a plugin. ``None`` means not set, so a source of lower priority may set the value.

    ``test`` and ``before`` are commands that run in the plugin's folder. ``install`` contains installer arguments that
    replace the default (``{usual}``), which is the plugin with its test requirements. ``timeout`` is in minutes.
    """

    test: tuple[str, ...] | None = None
    before: tuple[str, ...] | None = None
    install: tuple[str, ...] | None = None
    env: Mapping[str, str] | None = None
    constraints: tuple[str, ...] | None = None
    resolution: str | None = None
    os: tuple[str, ...] | None = None
    timeout: int | None = None
    python: tuple[str, ...] | None = None
    tests: Patterns | None = None
    reads: Patterns | None = None

    def or_else(self, weaker: Testing) -> Testing:
        """Return these settings; take unset settings from ``weaker`` and merge the environments."""
        if self == UNSET:  # most plugins have no settings of their own
            return weaker
        settings = {field: value for field, value in self._asdict().items() if value is not None}
        return weaker._replace(**settings)._replace(env={**(weaker.env or {}), **(self.env or {})} or None)


UNSET = Testing()


class Tier(NamedTuple):
    """A tier of plugins: its folders, and the tests that it runs for changes outside its plugins.

    ``exclude`` are folders that match ``path`` but are not plugins of the tier; everything below them is excluded too.
    ``approvals`` says who approves changes before the core maintainers: the plugin's maintainers, or nobody ("core").
    ``undeclared`` are plugins that the tier's plugins may import without declaring the dependency. ``check`` are the
    settings of ``commonhold check``, undecoded.
    """

    name: str
    path: Patterns
    distribution: str | None = None
    import_: str | None = None
    on_core_change: TierResponse = "test"
    on_dependency_change: TierResponse = "test"
    on_shared_change: TierResponse = "test"
    on_release_failure: Literal["stop", "hold-back"] = "stop"
    approvals: Literal["maintainers", "core"] = "maintainers"
    testing: Testing = Testing()
    exclude: Patterns = NO_PATTERNS
    undeclared: tuple[Name, ...] = ()
    check: Mapping[str, Any] = {}

    def contains(self, folder: str) -> bool:
        """Return whether the tier's patterns match a folder."""
        if not self.path.match_folder(folder):
            return False
        while self.exclude and folder:
            if self.exclude.match_folder(folder):
                return False
            folder = folder.rpartition("/")[0]
        return True

    def reads_of(self, name: Name, folder: str) -> Patterns | None:
        """Return the tier's ``reads`` for one plugin, given its distribution and the name of its folder."""
        reads = self.testing.reads
        if reads is None or not any("{" in source for source in reads.sources):
            return reads
        values = {"{name}": self.short_name(name), "{folder}": folder}
        sources = list(reads.sources)
        for placeholder, value in values.items():
            sources = [source.replace(placeholder, escape(value)) for source in sources]
        return Patterns(sources)

    def short_name(self, name: Name) -> str:
        """Return the part of a distribution's name that ``{name}`` in the tier's ``distribution`` matches."""
        before, _, after = (self.distribution or "{name}").partition("{name}")
        before, after = normalize(before), normalize(after)
        fits = name.startswith(before) and name.endswith(after) and len(name) > len(before) + len(after)
        return name[len(before) : len(name) - len(after)] if fits else name


class CoreConfig(NamedTuple):
    """The core project: a distribution on the package index, or paths in this tree.

    ``not_needs`` are plugins that the core imports but neither requires nor needs. ``undeclared`` are plugins that the
    core needs but does not declare.
    """

    distribution: Name | None = None
    path: Patterns = NO_PATTERNS
    pin: Patterns = NO_PATTERNS
    not_needs: tuple[Name, ...] = ()
    undeclared: tuple[Name, ...] = ()


class SharedRule(NamedTuple):
    """A rule for shared paths: a change affects every plugin, no plugin, or the named plugins and tiers."""

    path: Patterns
    affects: Literal["all", "none"] | tuple[str, ...]
    keys: tuple[tuple[str, ...], ...] = ()


class PluginConfig(NamedTuple):
    """The settings for one plugin in the root configuration; ``mentions`` applies to mentions of the plugin.

    ``generated`` matches files, relative to the plugin's folder, that its build generates. ``undeclared`` are plugins
    that it may import without declaring the dependency.
    """

    testing: Testing = Testing()
    release: bool = True
    version: Literal["core", "own", "series"] = "core"
    mentions: Literal["test", "ignore"] = "test"
    generated: Patterns = NO_PATTERNS
    undeclared: tuple[Name, ...] = ()


class ReleaseConfig(NamedTuple):
    """Release settings, such as tag names and pins between plugins.

    ``owners`` are the users and organizations that own the plugins' projects on the package index. If ``owners`` is
    empty, owners are not checked. ``release plan --next`` only considers core releases after ``floor``. ``generated``
    is the setting of the same name for every plugin. If ``pins`` is ``None``, requirements on plugins with their own
    version stay as written, and other plugins are pinned with ``~=``.
    """

    tag: tuple[str, ...] = ("v{version}", "{version}")
    pins: Literal["~=", "==", "as-written"] | None = None
    owners: tuple[str, ...] = ()
    floor: str | None = None
    generated: Patterns = NO_PATTERNS


class Config(NamedTuple):
    """The complete ``[tool.commonhold]`` table; ``mentions`` matches the files whose mentions are ignored.

    All patterns are relative to the repository's root. ``folder`` is the workspace, to which the patterns are relative
    in the file; it is empty for the repository's root. ``check`` and ``approvals`` are the settings of the commands of
    these names, undecoded. ``catalog`` are the settings of the plugin index, or ``None`` without them.
    ``moved`` are the folders of plugins that are read as if they were in another tier, each with the tier's name.
    """

    core: CoreConfig = CoreConfig()
    default_branch: str | None = None
    python: tuple[str, ...] = ()
    runners: Patterns | None = None
    ignore: Patterns = NO_PATTERNS
    tests: Patterns = Patterns(("tests/**", "test/**", "conftest.py"))
    examples: Patterns = USUAL_EXAMPLES
    mentions: Patterns = NO_PATTERNS
    tiers: Mapping[str, Tier] = {}
    shared: tuple[SharedRule, ...] = ()
    plugins: Mapping[Name, PluginConfig] = {}
    release: ReleaseConfig = ReleaseConfig()
    check: Mapping[str, Any] = {}
    approvals: Mapping[str, Any] = {}
    catalog: CatalogConfig | None = None
    folder: str = ""
    moved: Mapping[str, str] = {}

    def path(self, name: str) -> str:
        """Return the path of a file or folder in the workspace."""
        return f"{self.folder}/{name}" if self.folder else name

    def contains(self, path: str) -> bool:
        """Return whether a path is in the workspace."""
        return not self.folder or path.startswith(f"{self.folder}/")

    def as_written(self, pattern: str) -> str:
        """Return a pattern as users write it: relative to the workspace, or with a leading slash for paths outside."""
        return pattern[len(self.path("")) :] if self.contains(pattern) else f"/{pattern}"

    def shown(self, path: str) -> str:
        """Return a path relative to the workspace; empty for the workspace itself."""
        if not self.folder or self.contains(path):
            return path[len(self.path("")) :]
        import posixpath

        return posixpath.relpath(path or ".", self.folder) if path != self.folder else ""

    def shown_in(self, *messages: str) -> tuple[str, ...]:
        """Return the messages with paths inside the workspace made relative to the workspace."""
        if not self.folder:
            return messages
        import re

        return tuple(re.sub(rf"(?<![\w./-]){re.escape(self.folder)}/", "", message) for message in messages)

    def runners_of(self, tier: Tier) -> Patterns:
        """Return the runners on which a plugin's own settings may run its jobs."""
        # Runners of the repository's owner may have access to secrets or to a network.
        return self.runners if self.runners is not None else Patterns((*(tier.testing.os or ()), *GITHUB_RUNNERS))

    def generated_files(self, plugin: str) -> Patterns:
        """Return the patterns of files that the build of a plugin may generate, relative to its folder."""
        own = self.plugins.get(normalize(plugin), PluginConfig()).generated
        return Patterns((*self.release.generated.sources, *own.sources))
