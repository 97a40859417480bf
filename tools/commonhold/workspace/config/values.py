"""Value types for ``[tool.commonhold]``."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.workspace.patterns import Patterns

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal, TypeAlias

    from commonhold.projects.names import Name

TierResponse: TypeAlias = 'Literal["test", "advisory", "skip"]'
"""The response of a tier to a change elsewhere: required tests, advisory tests (only reported), or none."""

NO_PATTERNS = Patterns(())


class Testing(NamedTuple):
    """Test settings of a plugin. ``None`` means not set here, so that a source of lower priority may set it.

    ``test`` and ``before`` are commands, run in the plugin's folder; ``install`` are arguments for the installer
    that replace the default (``{usual}``), which is the plugin with its test requirements; ``timeout`` is in minutes.
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
        """These settings, completed from ``weaker`` where they are not set; environments are merged."""
        settings = {field: value for field, value in self._asdict().items() if value is not None}
        return weaker._replace(**settings)._replace(env={**(weaker.env or {}), **(self.env or {})} or None)


class Tier(NamedTuple):
    """A tier of plugins: its folders, and its response to changes elsewhere."""

    name: str
    path: Patterns
    distribution: str | None = None
    import_: str | None = None
    on_core_change: TierResponse = "test"
    on_dependency_change: TierResponse = "test"
    on_shared_change: TierResponse = "test"
    on_release_failure: Literal["stop", "hold-back"] = "stop"
    testing: Testing = Testing()


class CoreConfig(NamedTuple):
    """The core project: a distribution on the package index, or paths in this tree."""

    distribution: Name | None = None
    path: Patterns = NO_PATTERNS
    pin: Patterns = NO_PATTERNS


class SharedRule(NamedTuple):
    """A rule for shared paths: a change affects all plugins, none, or the named plugins and tiers."""

    path: Patterns
    affects: Literal["all", "none"] | tuple[str, ...]
    keys: tuple[tuple[str, ...], ...] = ()


class PluginConfig(NamedTuple):
    """The root's settings for one plugin."""

    testing: Testing = Testing()
    release: bool = True
    version: Literal["core", "own", "series"] = "core"


class ReleaseConfig(NamedTuple):
    """Settings of releases: the names of tags, and the pins between plugins.

    ``owners`` are the users and organizations that own the plugins' projects on the index; without them, owners
    are not checked. ``floor`` is the core release from which missing plugin releases are looked for.
    """

    tag: tuple[str, ...] = ("v{version}", "{version}")
    pins: Literal["~=", "==", "as-written"] = "~="
    owners: tuple[str, ...] = ()
    floor: str | None = None


class Config(NamedTuple):
    """The whole of ``[tool.commonhold]``."""

    core: CoreConfig = CoreConfig()
    default_branch: str | None = None
    python: tuple[str, ...] = ()
    ignore: Patterns = NO_PATTERNS
    tests: Patterns = Patterns(("tests/**", "test/**", "conftest.py"))
    examples: Patterns = NO_PATTERNS
    tiers: Mapping[str, Tier] = {}
    shared: tuple[SharedRule, ...] = ()
    plugins: Mapping[Name, PluginConfig] = {}
    release: ReleaseConfig = ReleaseConfig()
