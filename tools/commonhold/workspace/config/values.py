"""What ``[tool.commonhold]`` can say, decoded."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.workspace.patterns import Patterns

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal, TypeAlias

    from commonhold.projects.names import Name

Answer: TypeAlias = 'Literal["test", "advisory", "skip"]'
"""What a change elsewhere means for a plugin: tests that count, tests that are only reported, or none."""

NOTHING = Patterns(())


class Testing(NamedTuple):
    """How a plugin is tested. ``None`` is "not said here", so that a weaker source may say it.

    ``test`` and ``before`` are commands, run in the plugin's folder; ``install`` are arguments for the
    installer instead of the plugin with its test requirements (``{usual}`` among them stands for these);
    ``timeout`` is in minutes.
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
        """These settings, and the weaker ones where these say nothing; environments are merged."""
        said = {field: value for field, value in self._asdict().items() if value is not None}
        return weaker._replace(**said)._replace(env={**(weaker.env or {}), **(self.env or {})} or None)


class Tier(NamedTuple):
    """One kind of plugin: where it lives, and how it answers to changes outside itself."""

    name: str
    path: Patterns
    distribution: str | None = None
    import_: str | None = None
    on_core_change: Answer = "test"
    on_dependency_change: Answer = "test"
    on_shared_change: Answer = "test"
    on_release_failure: Literal["stop", "hold-back"] = "stop"
    testing: Testing = Testing()


class CoreConfig(NamedTuple):
    """The project that the plugins extend: a distribution from an index, or paths of this tree."""

    distribution: Name | None = None
    path: Patterns = NOTHING
    pin: Patterns = NOTHING


class SharedRule(NamedTuple):
    """Whom a shared path concerns: everybody, nobody, or the named plugins and tiers."""

    path: Patterns
    affects: Literal["all", "none"] | tuple[str, ...]
    keys: tuple[tuple[str, ...], ...] = ()


class PluginConfig(NamedTuple):
    """What the repository says about one plugin."""

    testing: Testing = Testing()
    release: bool = True
    version: Literal["core", "own", "series"] = "core"


class ReleaseConfig(NamedTuple):
    """How the release tool finds tags and pins requirements between plugins.

    ``owners`` are the users and organizations of an index that the plugins belong to; without them nobody is
    asked. ``floor`` is the release of the core after which the release tool looks for new ones.
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
    ignore: Patterns = NOTHING
    tests: Patterns = Patterns(("tests/**", "test/**", "conftest.py"))
    examples: Patterns = NOTHING
    tiers: Mapping[str, Tier] = {}
    shared: tuple[SharedRule, ...] = ()
    plugins: Mapping[Name, PluginConfig] = {}
    release: ReleaseConfig = ReleaseConfig()
