"""Create the repositories to measure on: generated ones, and flytekit."""

from __future__ import annotations

from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import ours, peer_config, peers
from benchmarks.generate import Files, Monorepo, generate, shape
from benchmarks.measure import Unfit
from benchmarks.repository import commit, git, settle, write_changes
from benchmarks.table import COLD

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from benchmarks.measure import Contestant

EDITED = "middle0"


class Tools(NamedTuple):
    """A cache folder, the installed peers, the environment, and a function that prints progress."""

    cache: Path
    installed: Mapping[peers.Peer, Path]
    environment: Mapping[str, str]
    say: Callable[[str], None]
    with_commonhold: bool = True


class Corpus(NamedTuple):
    """One repository with its contestants; ``left_out`` contains the skipped ones, with reasons."""

    title: str
    about: str
    contestants: Sequence[Contestant]
    left_out: Mapping[str, str] = {}


def generated(size: int, tools: Tools) -> Corpus:
    """Generate a monorepo of ``size`` plugins, and a copy of it for each peer."""
    monorepo = Monorepo(shape(size))
    expected = monorepo.dependents(EDITED)
    folder = tools.cache / "repositories" / str(size)

    def written(name: str, change: Callable[[Files], Files] = dict) -> peers.Place:
        tools.say(f"  writing the repository for {name}")
        *_, base, head = generate(folder / name, monorepo, last=EDITED, adapt=change)
        return peers.Place(folder / name, base, head, expected)

    def dressed(peer: peers.Peer) -> peers.Place:
        if peer.files is None:
            return written(peer.name, partial(peer_config.polylith, monorepo))
        extra = peer.files(peer_config.projects_of(monorepo))
        return written(peer.name, lambda files: files | extra)

    contestants, left_out = everybody(written("commonhold"), dressed, size, tools)
    edges = sum(len(plugin.needs) for plugin in monorepo.plugins)
    about = (
        f"{edges} dependencies between plugins. "
        f"The change is one line in `{EDITED}` and affects {len(expected)} plugins."
    )
    return Corpus(f"Generated, {size} plugins", about, contestants, left_out)


def everybody(
    place: peers.Place,
    dressed: Callable[[peers.Peer], peers.Place],
    size: int,
    tools: Tools,
    config: Path | None = None,
) -> tuple[list[Contestant], dict[str, str]]:
    """Create the contestants, each peer with its own copy; also return the skipped ones, with reasons."""
    contestants: list[Contestant] = []
    left_out: dict[str, str] = {}
    if tools.with_commonhold:
        saved = place.folder.with_name("saved-cache")
        try:
            contestants += ours.commonhold(place, saved, tools.environment, config)
        except Unfit as reason:
            left_out[COLD] = str(reason)
            tools.say(f"  LEFT OUT: commonhold: {reason}")
    for peer, installed in tools.installed.items():
        if size > peer.up_to:
            left_out[peer.title] = f"it takes too long with more than {peer.up_to} plugins"
            continue
        own = dressed(peer)
        peers.put_node_modules(installed, own.folder)
        try:
            contestants += peer.commands(own._replace(installed=installed))
        except peers.Unavailable as reason:
            left_out[peer.title] = str(reason)
            tools.say(f"  LEFT OUT: {peer.title}: {reason}")
    contestants += ours.marks(place)
    return contestants, left_out


def flytekit(source: Path, config: Path, tools: Tools) -> Corpus:
    """Clone flytekit at the newest commit that changes only plugins."""
    folder = tools.cache / "repositories" / "flytekit"
    head = newest_plugin_commit(source)
    place = cloned(source, folder / "commonhold", head)
    projects = [peer_config.Project(PurePosixPath(path).name, path) for path in plugin_folders(place.folder)]

    def dressed(peer: peers.Peer) -> peers.Place:
        tools.say(f"  cloning for {peer.name}")
        assert peer.files is not None
        return dressed_clone(source, folder / peer.name, head, peer.files(projects))

    asked = {peer: path for peer, path in tools.installed.items() if peer.registry == "npm"}
    contestants, left_out = everybody(place, dressed, len(projects), tools._replace(installed=asked), config)
    changed = git(place.folder, "diff", "--name-only", place.base, place.head).splitlines()
    files = f"`{changed[0]}`" if len(changed) == 1 else f"{len(changed)} files of plugins"
    about = (
        f"{len(projects)} plugins at commit {head[:9]}, which changes {files}. "
        "The other tools see the plugins as projects without dependencies, because flytekit's plugins have hardly any."
    )
    return Corpus("flytekit", about, contestants, left_out)


def newest_plugin_commit(source: Path) -> str:
    """Find the newest commit, along first parents, that changes only paths below `plugins`."""
    for commit_id in git(
        source, "log", "--first-parent", "--max-count=200", "--format=%H", "--", "plugins"
    ).splitlines():
        changed = git(source, "diff", "--name-only", "--no-renames", f"{commit_id}^", commit_id).splitlines()
        if all(path.startswith("plugins/flytekit-") for path in changed):
            return commit_id
    raise SystemExit(f"{source}: none of the last 200 commits that touch plugins changes nothing else")


def cloned(source: Path, target: Path, head: str) -> peers.Place:
    """Clone a repository at ``head``, with its own objects, packed like those of a fresh clone."""
    peers.remove(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    git(target.parent, "clone", "--quiet", "--no-local", "--no-checkout", str(source), str(target))
    git(target, "checkout", "--quiet", "-B", "main", head)
    settle(target)
    return peers.Place(target, git(target, "rev-parse", f"{head}^"), head)


def dressed_clone(source: Path, target: Path, head: str, extra: Files) -> peers.Place:
    """Clone a repository with two new commits: those of ``head`` and its parent, each with the files in ``extra``."""
    place = cloned(source, target, head)
    git(target, "checkout", "--quiet", "-B", "main", place.base)
    write_changes(target, {}, extra)
    base = commit(target, "Describe the projects to the peer", 1)
    git(target, "checkout", "--quiet", head, "--", "plugins")
    after = commit(target, "The change", 2)
    settle(target)
    return peers.Place(target, base, after)


def plugin_folders(repository: Path) -> list[str]:
    """List the folders of flytekit's plugins."""
    files = git(repository, "ls-files", "plugins/*/setup.py", "plugins/*/pyproject.toml").splitlines()
    folders = {str(PurePosixPath(path).parent) for path in files}
    return sorted(folder for folder in folders if PurePosixPath(folder).name.startswith("flytekit-"))
