"""Compare what commonhold, molt-release and lazy-wheels release after a change to a uv workspace.

Every plugin has its own version, and version 1.0.0 of each is on the index. commonhold gets the new versions from the
project files, molt from a changeset, and lazy-wheels decides alone. Nothing is built or uploaded: lazy-wheels has no
command that only plans, so `gh` and `uv` are replaced with programs that do nothing.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import zipfile
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import ours, table
from benchmarks.changes import HARMLESS, SIZE, Scene
from benchmarks.generate import Monorepo, shape
from benchmarks.measure import Contestant, race
from benchmarks.peers import Peer, Place, install_all
from benchmarks.repository import Snapshot, git, identity, write_repository
from benchmarks.uv_workspace import as_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from benchmarks.generate import Files

MOLT = Peer("molt", "molt-release", "0.2.0", "pip", lambda _: ())
LAZY_WHEELS = Peer("lazy-wheels", "lazy-wheels", "0.1.9", "pip", lambda _: ())

OLD, NEXT = "1.0.0", {"patch": "1.0.1", "major": "2.0.0"}
PLAN = "`commonhold release plan`"
CORE = "1.1.0"
"""The version of the core that is on the index, and whose release the plan is for."""


class Situation(NamedTuple):
    """A change, the bumps that its authors ask for, and the plugins that must be released."""

    title: str
    expected: frozenset[str]
    before: Files
    after: Files
    bumps: Mapping[str, str] = {}


class Outcome(NamedTuple):
    """The plugins that a tool releases, in order, compared with those that must be released."""

    expected: frozenset[str]
    released: Sequence[str]
    ordered: bool

    def cell(self) -> str:
        """Format the outcome for the table."""
        missed, extra = self.expected - {*self.released}, {*self.released} - self.expected
        words = [f"**misses {len(missed)}**"] * bool(missed) + [f"{len(extra)} too many"] * bool(extra)
        return ", ".join(words + ["**wrong order**"] * (not self.ordered)) or "right"


def situations(scene: Scene) -> list[Situation]:
    """Create all situations."""
    tree = dict(scene.tree)
    names = [scene.distribution(plugin.name) for plugin in scene.monorepo.plugins]
    tree["pyproject.toml"] += "".join(f'\n[tool.commonhold.plugins.{name}]\nversion = "own"\n' for name in names)
    narrow = f'"{scene.distribution("middle0")}>={OLD}"'
    limited = {path: text.replace(narrow, f'{narrow[:-1]},<2"') for path, text in tree.items()}

    def edited(*paths: str) -> Files:
        return {path: f"{tree[path]}{HARMLESS}" for path in paths}

    chain = ("leaf0", "middle0", "hub0")
    return [
        Situation(
            "a fix in a plugin", frozenset({"leaf13"}), tree, edited(scene.module("leaf13")), {"leaf13": "patch"}
        ),
        Situation("a fix in a dependency", frozenset({"hub0"}), tree, edited(scene.module("hub0")), {"hub0": "patch"}),
        Situation(
            "fixes in a chain of three",
            frozenset(chain),
            tree,
            edited(*map(scene.module, chain)),
            dict.fromkeys(chain, "patch"),
        ),
        Situation(
            "a breaking change; dependents require `<2`",
            scene.monorepo.dependents("middle0"),
            limited,
            edited(scene.module("middle0")),
            {"middle0": "major"},
        ),
        Situation("a test module", frozenset(), tree, edited(scene.test("leaf13"))),
        Situation(
            "a development requirement", frozenset(), tree, grouped(tree, f"{scene.folder('leaf13')}/pyproject.toml")
        ),
        Situation("only uv.lock", frozenset(), tree, {}),
    ]


def grouped(tree: Files, path: str) -> Files:
    """Add a dependency group to a project file."""
    return {path: f'{tree[path]}\n[dependency-groups]\ntest = ["pytest>=8"]\n'}


def write(situation: Situation, scene: Scene, target: Path, *, bumped: bool) -> Place:
    """Write a situation as a repository; with ``bumped``, the project files contain the new versions."""
    after = {**situation.before, **situation.after}
    for name, bump in situation.bumps.items() if bumped else ():
        path = f"{scene.folder(name)}/pyproject.toml"
        after[path] = after[path].replace(f'version = "{OLD}"', f'version = "{NEXT[bump]}"', 1)
    locked = {} if situation.after else {"requests": "2.1.0"}
    snapshots = [
        Snapshot("Start", as_workspace(situation.before)),
        Snapshot(situation.title, as_workspace(after, locked)),
    ]
    base, head = write_repository(target, snapshots)
    return Place(target, base, head)


def plan_command(place: Place, index: str) -> tuple[str, ...]:
    """Return the command that plans a release with commonhold, and writes nothing."""
    options = ("--ref", place.head, "--to", index, "--dry-run", "--json")
    return (ours.script(), "-C", str(place.folder), "release", "plan", CORE, *options)


def commonhold(place: Place, index: str, environment: Mapping[str, str]) -> list[str]:
    """Run `commonhold release plan`, and return its plugins in order; nothing is printed if nothing is new."""
    printed = run(plan_command(place, index), place.folder, environment)
    plugins = json.loads(printed)["plugins"] if printed.strip() else []
    return [plugin["name"].rpartition("-")[2] for plugin in plugins if not plugin["held"]]


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str], codes: Sequence[int] = (0,)) -> str:
    """Run a program, and return its output. Raises ``SystemExit`` if its exit code is not one of ``codes``."""
    done = subprocess.run(command, cwd=folder, env=dict(environment), capture_output=True, text=True, check=False)
    if done.returncode not in codes:
        raise SystemExit(f"{command[0]} ended with code {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def stand_ins(folder: Path, code: int = 0) -> str:
    """Write programs `gh` and `uv` that do nothing, and return a search path that finds them first."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("gh", "uv"):
        (folder / name).write_text(f"#!/bin/sh\nexit {code}\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def tag_released(place: Place, scene: Scene) -> None:
    """Tag the base as the last release of every plugin, as lazy-wheels does."""
    for plugin in scene.monorepo.plugins:
        git(place.folder, "tag", f"{scene.distribution(plugin.name)}/v0.9.0", place.base)


def lazy_wheels(place: Place, scene: Scene, installed: Path, environment: Mapping[str, str]) -> list[str]:
    """Run `lazy-wheels run`, and return the packages in the order in which it builds them."""
    tag_released(place, scene)
    environment = {**environment, **identity(0), "PATH": stand_ins(place.folder.with_name("bin"))}
    # It stops with exit code 1 if nothing changed, or after the builds, because no wheel was built.
    printed = run((str(installed / "bin/lazy-wheels"), "run"), place.folder, environment, (1,))
    return re.findall(r"^  acmeplugins-(?:contrib-)?(\w+) \(", printed.partition("Building ")[2], re.MULTILINE)


def add_changeset(
    place: Place, situation: Situation, scene: Scene, installed: Path, environment: Mapping[str, str]
) -> None:
    """Prepare a repository for molt, with a changeset that asks for the bumps."""
    run((str(installed / "bin/molt"), "init", "--non-interactive"), place.folder, environment)
    if situation.bumps:
        lines = "".join(f'"{scene.distribution(name)}": {bump}\n' for name, bump in situation.bumps.items())
        text = f"---\n{lines}---\n\nA change.\n"
        (place.folder / ".changeset/a-change.md").write_text(text, encoding="utf-8")


def molt(
    place: Place, situation: Situation, scene: Scene, installed: Path, environment: Mapping[str, str]
) -> list[str]:
    """Run `molt version` and `molt publish-plan`, and return the plugins with a new version in order."""
    tool = str(installed / "bin/molt")
    environment = {**environment, "PATH": stand_ins(place.folder.with_name("bin"))}
    add_changeset(place, situation, scene, installed, environment)
    codes = (0,) if situation.bumps else (1,)  # no changeset is an error
    run((tool, "version", "--non-interactive"), place.folder, environment, codes)
    plan = place.folder / "plan.json"
    index = ("--index-url", "http://127.0.0.1:9/")  # another index than PyPI is not queried
    run((tool, "publish-plan", "--output", str(plan), *index), place.folder, environment)
    chunks = json.loads(plan.read_text(encoding="utf-8"))["plan"]
    names = [entry["name"] for chunk in chunks for entry in chunk if entry["version"] != OLD]
    return [name.rpartition("-")[2] for name in names]


def write_index(folder: Path, scene: Scene) -> None:
    """Write the released wheels: the core, and version 1.0.0 of every plugin; they contain nothing but metadata."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    plugins = [(scene.distribution(plugin.name), OLD) for plugin in scene.monorepo.plugins]
    for name, version in [(scene.monorepo.core, CORE), *plugins]:
        stem = f"{name.replace('-', '_')}-{version}"
        with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{stem}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
            wheel.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{stem}.dist-info/RECORD", "")


def in_order(released: Sequence[str], scene: Scene) -> bool:
    """Whether each plugin comes after the plugins that it requires."""
    places = {name: place for place, name in enumerate(released)}
    needs = {plugin.name: plugin.needs for plugin in scene.monorepo.plugins}
    return all(places.get(need, -1) < places[name] for name in released for need in needs[name])


def serve(folder: Path) -> AbstractContextManager[str]:
    """Serve a folder as an index."""
    from examples.local_index import local_index  # imports deprecated modules, which a test would report

    return local_index(folder)


def releases(cache: Path, environment: Mapping[str, str], say: Callable[[str], None]) -> str:
    """Release every situation with every tool, and format the table."""
    scene = Scene(Monorepo(shape(SIZE)))
    installed, missing = install_all((MOLT, LAZY_WHEELS), cache / "peers", say)
    write_index(cache / "index", scene)
    rows = []
    with serve(cache / "index") as index:
        for number, situation in enumerate(situations(scene)):
            folder = cache / "releases" / str(number)
            released = {
                "commonhold": commonhold(write(situation, scene, folder / "own", bumped=True), index, environment)
            }
            if MOLT in installed:
                place = write(situation, scene, folder / "molt", bumped=False)
                released[MOLT.name] = molt(place, situation, scene, installed[MOLT], environment)
            if LAZY_WHEELS in installed:
                place = write(situation, scene, folder / "lazy-wheels", bumped=False)
                released[LAZY_WHEELS.name] = lazy_wheels(place, scene, installed[LAZY_WHEELS], environment)
            cells = [Outcome(situation.expected, names, in_order(names, scene)).cell() for names in released.values()]
            rows.append(f"| {' | '.join([situation.title, str(len(situation.expected)), *cells])} |")
            say(f"  {rows[-1]}")
    names = ["commonhold", *(peer.name for peer in installed)]
    lines = [f"| what changes | plugins | {' | '.join(names)} |", f"|:--|--:|{':--|' * len(names)}", *rows]
    lines += ["", *(f"Left out: {title}: {reason}." for title, reason in missing.items())] if missing else []
    return "\n".join([f"With {', '.join(peer.title for peer in installed)}.", "", *lines])


def planning_times(
    size: int, rounds: int, cache: Path, environment: Mapping[str, str], say: Callable[[str], None]
) -> str:
    """Time how long each tool takes to decide what to release, and format the table."""
    scene, folder = Scene(Monorepo(shape(size))), cache / "planning"
    situation = next(each for each in situations(scene) if each.title == "a fix in a dependency")
    installed, _ = install_all((MOLT, LAZY_WHEELS), cache / "peers", say)
    write_index(folder / "index", scene)
    with serve(folder / "index") as index:
        place = write(situation, scene, folder / "own", bumped=True)
        contestants = [Contestant(PLAN, plan_command(place, index), place.folder)]
        if MOLT in installed:
            place = write(situation, scene, folder / "molt", bumped=False)
            add_changeset(place, situation, scene, installed[MOLT], environment)
            command = (str(installed[MOLT] / "bin/molt"), "status", "--output", "json")
            contestants.append(Contestant("`molt status`", command, place.folder))
        if LAZY_WHEELS in installed:
            place = write(situation, scene, folder / "lazy-wheels", bumped=False)
            tag_released(place, scene)
            tool = (str(shutil.which("sh")), "-c", '"$0" run; true', str(installed[LAZY_WHEELS] / "bin/lazy-wheels"))
            failing = {"PATH": stand_ins(folder / "bin", code=1)}  # it stops at the first build
            contestants.append(Contestant("`lazy-wheels run`, until the first build", tool, place.folder, failing))
        measured = race(contestants, rounds, environment, say)
    first = measured.results[0]
    rows = [
        f"| {each.label} | {each.seconds * 1000:,.0f} | {table.ratio(first.ratio(each))} | {table.memory(each)} |"
        for each in measured.results
    ]
    about = f"{size} plugins, {rounds} rounds. Only commonhold asks the index, for {size + 1} projects."
    head = ["| command | ms | commonhold / command | peak MB |", "|:--|--:|--:|--:|"]
    return "\n".join(["### What to release", "", about, "", *head, *rows])
