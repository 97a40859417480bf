"""List every plugin with its state: version, Python versions, maintainers, tests, last release, unreleased commits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.ci.pythons import plugin_pythons
from commonhold.projects.description import read_description
from commonhold.release.plan.candidates import find_candidates
from commonhold.release.plan.tag_patterns import TagPatterns, version_in
from commonhold.vcs.log import commits_since
from commonhold.vcs.tags import local_tags
from commonhold.workspace.plugin_discovery import Owners

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from packaging.version import Version

    from commonhold.projects.published import Person
    from commonhold.release.plan.candidates import Candidate
    from commonhold.vcs import Repository
    from commonhold.workspace import Files, Plugin, Workspace


@dataclass(frozen=True, slots=True)
class LastRelease:
    """The newest release of a plugin that has a tag: the tag, its version and its commit."""

    tag: str
    version: str
    commit: str


@dataclass(frozen=True, slots=True)
class ListedPlugin:
    """A plugin and its state.

    ``follows`` is the source of its version: ``core``, ``own`` or ``series``. ``version`` is the version in its files,
    or ``None`` if no file contains it. ``test_files`` is the number of its Python files that match ``tests``.
    ``released`` is ``None`` if no tag of a release is known. ``unreleased`` is the number of commits in its folder
    since then.
    """

    name: str
    path: str
    tier: str
    follows: str
    version: str | None
    pythons: tuple[str, ...]
    maintainers: tuple[Person, ...]
    test_files: int
    released: LastRelease | None
    unreleased: int | None


def list_plugins(workspace: Workspace, files: Files, repository: Repository) -> tuple[ListedPlugin, ...]:
    """List the plugins by tier and name. Raises ``GitError``."""
    candidates = find_candidates(workspace, files)
    releases = _last_releases(workspace, candidates, local_tags(repository))
    unreleased = _unreleased(workspace.plugins.values(), releases, repository)
    listed = (
        _listed(plugin, workspace, files, candidates[name], releases.get(name), unreleased.get(name))
        for name, plugin in workspace.plugins.items()
    )
    order = [*workspace.config.tiers]
    return tuple(sorted(listed, key=lambda each: (order.index(each.tier), each.name)))


def _listed(
    plugin: Plugin,
    workspace: Workspace,
    files: Files,
    candidate: Candidate,
    released: LastRelease | None,
    unreleased: int | None,
) -> ListedPlugin:
    description = read_description(plugin.path, files.get)
    version = candidate.own if candidate.own is not None else plugin.metadata.version
    return ListedPlugin(
        name=plugin.name,
        path=workspace.config.shown(plugin.path),
        tier=plugin.tier.name,
        follows=candidate.follows,
        version=None if version is None else str(version),
        pythons=plugin_pythons(plugin, workspace).versions,
        # Many projects name their maintainers as authors, because older tools have no field for maintainers.
        maintainers=description.maintainers.value or description.authors.value or (),
        test_files=_count_tests(plugin),
        released=released,
        unreleased=unreleased,
    )


def _count_tests(plugin: Plugin) -> int:
    inner = (path[len(plugin.path) + 1 :] for path in plugin.files or () if path.endswith(".py"))
    return sum(plugin.tests.match(path) and _is_test(path) for path in inner)


def _is_test(path: str) -> bool:
    """Return whether pytest collects a file by default."""
    name = path.rpartition("/")[2]
    return name.startswith("test_") or name.endswith("_test.py")


def _last_releases(
    workspace: Workspace, candidates: Mapping[str, Candidate], tags: Mapping[str, str]
) -> dict[str, LastRelease]:
    patterns = TagPatterns(workspace.config.release.tag)
    common = _newest(tags, patterns.of_repository)
    found: dict[str, LastRelease] = {}
    for name, plugin in workspace.plugins.items():
        own = _newest(tags, patterns.of_plugin(name, plugin.path))
        # A tag of the whole repository is a release of the plugins that have the core's version.
        choices = [each for each in (own, common if candidates[name].follows != "own" else None) if each is not None]
        if choices:
            version, tag = max(choices)
            found[name] = LastRelease(tag, str(version), tags[tag])
    return found


def _newest(tags: Iterable[str], patterns: Iterable[str]) -> tuple[Version, str] | None:
    versions = ((version, tag) for pattern in patterns for tag in tags if (version := version_in(tag, pattern)))
    final = [(version, tag) for version, tag in versions if not version.is_prerelease]
    return max(final, default=None)


def _unreleased(
    plugins: Iterable[Plugin], releases: Mapping[str, LastRelease], repository: Repository
) -> dict[str, int]:
    """Count the commits in each released plugin's folder since its release, with one log for each release."""
    by_commit: dict[str, dict[str, Plugin]] = {}
    for plugin in plugins:
        if plugin.name in releases:
            by_commit.setdefault(releases[plugin.name].commit, {})[plugin.path] = plugin
    return {
        name: number for commit, folders in by_commit.items() for name, number in _counts(commit, folders, repository)
    }


def _counts(commit: str, folders: Mapping[str, Plugin], repository: Repository) -> Iterator[tuple[str, int]]:
    log = commits_since(repository, commit, repository.resolve("HEAD"), [*folders])
    owners = Owners(folders)
    changed = [owners.group(each.paths) for each in log]
    for folder, plugin in folders.items():
        yield plugin.name, sum(folder in each for each in changed)
