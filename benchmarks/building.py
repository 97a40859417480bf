"""Measure the builds of a release: `python -m benchmarks.building`.

Every tool builds an sdist, and the wheel from that sdist, for the same generated plugins, in whole processes and
interleaved rounds. The contents of all wheels are compared file by file.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import ours, texts
from benchmarks.generate import Monorepo, generate, shape
from benchmarks.measure import Contestant, Race, Unfit, clean_environment, race
from benchmarks.repository import FIRST_COMMIT
from benchmarks.run import say
from benchmarks.table import ratio, write_results
from commonhold.index.uv import find_uv
from commonhold.release.builder.artifacts import read_built
from commonhold.release.model.plan import PlannedDistribution, ReleasePlan
from commonhold.release.model.store import make_store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

OURS = "`commonhold release build`"
LOOP = "`python -m build`, one plugin after another"
UV = "`uv build --all-packages`"
LIMIT = "the limit: a backend imported once and forked"
WARMED = "the limit, after the backend has imported everything that a build imports"
MARKS = {LOOP: 20.0, UV: 6.0}
"""Targets: commonhold must be this many times faster than these tools."""

PAST_LIMIT = 2.0
"""Target: commonhold may take at most this many times the limit."""

BEGIN, END = "<!-- building:begin -->", "<!-- building:end -->"
"""The markers of the block that this module writes."""

WORKSPACE = '[tool.uv.workspace]\nmembers = ["plugins/*/*"]\n'
_PASSED = ("PIP_", "UV_", "SSL_CERT_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


class Field(NamedTuple):
    """One generated monorepo, with a folder for each tool; ``sample`` contains the plugins of the slow loop."""

    monorepo: Monorepo
    folder: Path
    source: Path
    commit: str
    sample: int

    @property
    def size(self) -> int:
        """The number of plugins."""
        return len(self.monorepo.plugins)

    @property
    def paths(self) -> list[str]:
        """The folders of the plugins."""
        return [self.monorepo.path(plugin) for plugin in self.monorepo.plugins]

    @property
    def store(self) -> Path:
        """The folder of commonhold's store."""
        return self.folder / "store"

    def copy(self, name: str) -> None:
        """Create a new copy of the tree without any build output."""
        target = self.folder / name
        self.set_aside(target)
        shutil.copytree(self.source, target, ignore=shutil.ignore_patterns(".git"))
        (target / "pyproject.toml").write_text(WORKSPACE, encoding="utf-8")

    def set_aside(self, folder: Path) -> None:
        """Move an existing folder away; it is deleted only at the end.

        For minutes, ext4 does not reuse the inodes of deleted files, and skips thousands of them for each new file. So
        files deleted in one round would slow down the next one.
        """
        if folder.exists():
            aside = self.folder / "aside"
            aside.mkdir(exist_ok=True)
            folder.rename(aside / f"{folder.name}-{len(os.listdir(aside))}")

    def plan(self) -> ReleasePlan:
        """Create the plan of a release of all plugins, at their current version."""
        repo = self.monorepo
        plugins = tuple(
            PlannedDistribution(
                repo.distribution(plugin),
                repo.path(plugin),
                plugin.tier,
                repo.version,
                tuple(repo.distribution(repo.plugin(need)) for need in plugin.needs),
            )
            for plugin in repo.plugins
        )
        return ReleasePlan(
            version=repo.version,
            commit=self.commit,
            epoch=FIRST_COMMIT,
            core=repo.core,
            index="testpypi",
            plugins=plugins,
        )


def make_field(cache: Path, backend: str, count: int, sample: int) -> Field:
    """Generate the plugins of one backend."""
    monorepo = Monorepo(shape(count), backend=backend)
    folder = cache / "building" / backend
    *_, commit = generate(folder / "repository", monorepo)
    return Field(monorepo, folder, folder / "repository", commit, min(sample, count))


def contestants(field: Field, jobs: int, environment: Mapping[str, str]) -> Iterator[Contestant]:
    """Create the contestants; the slow loop builds only a few plugins."""

    def new_store() -> None:
        field.set_aside(field.store)
        make_store(str(field.store), field.plan())

    ask = ("release", "build", "--store", str(field.store), "--jobs", str(jobs))
    yield Contestant(OURS, (ours.script(), *ask), field.source, prepare=new_store)
    copies = {name: field.folder / name for name in ("limit", "warmed", "uv", "loop")}
    entry = texts.BACKENDS[field.monorepo.backend][1]
    python, script = str(warm_python(field, environment)), str(Path(__file__).with_name("limit.py"))
    epoch = {"SOURCE_DATE_EPOCH": str(FIRST_COMMIT)}
    for label, name, words in ((LIMIT, "limit", ()), (WARMED, "warmed", ("warm",))):
        folders = (str(copies[name] / path) for path in field.paths)
        command = (python, script, *words, entry, str(jobs), *folders)
        yield Contestant(label, command, field.folder, epoch, prepare=partial(field.copy, name))
    uv = (find_uv(os.environ), "build", "--quiet", "--all-packages", "--out-dir", "dist", "--python", sys.executable)
    yield Contestant(UV, uv, copies["uv"], epoch, prepare=partial(field.copy, "uv"))
    few = " ".join(field.paths[: field.sample])
    loop = f'for each in {few}; do "{sys.executable}" -m build "$each" -o dist || exit; done'
    yield Contestant(
        LOOP, ("/bin/sh", "-c", loop), copies["loop"], epoch, prepare=partial(field.copy, "loop"), rounds=2
    )


def warm_python(field: Field, environment: Mapping[str, str]) -> Path:
    """Create an environment with the backend, and compile its modules."""
    folder, uv = field.folder / "warm", find_uv(os.environ)
    shutil.rmtree(folder, ignore_errors=True)
    requirement = texts.BACKENDS[field.monorepo.backend][0]
    python = folder / "bin" / "python"
    install = ("pip", "install", "--quiet", "--compile-bytecode", "--python", str(python), requirement)
    for words in (("venv", "--quiet", "--python", sys.executable, str(folder)), install):
        subprocess.run([uv, *words], env=dict(environment), check=True)
    return python


def same_contents(field: Field) -> int:
    """Compare all wheels with commonhold's, file by file, and return their number. Raises ``Unfit``."""
    store = open_store(str(field.store))
    built = read_built(store.journal.read())
    mine = {
        file.name: contents(Path(store.path(name, file.name)))
        for name, each in built.items()
        for file in each.files[1:]
    }
    compared = len(mine)
    others = (
        ("limit", "plugins/*/*-dist/*.whl", field.size),
        ("warmed", "plugins/*/*-dist/*.whl", field.size),
        ("uv", "dist/*.whl", field.size),
        ("loop", "dist/*.whl", field.sample),
    )
    for name, pattern, expected in others:
        wheels = list((field.folder / name).glob(pattern))
        if len(wheels) != expected:
            raise Unfit(f"{name} made {len(wheels)} wheels instead of {expected}")
        for wheel in wheels:
            if contents(wheel) != mine.get(wheel.name):
                raise Unfit(f"{wheel} has other contents than ours")
        compared += len(wheels)
    return compared


def contents(wheel: Path) -> dict[str, bytes]:
    """The files of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        names = Counter(archive.namelist())
        if max(names.values()) > 1:
            raise Unfit(f"{wheel} has two files of one name")
        return {name: archive.read(name) for name in names if not name.endswith("/")}


class Measured(NamedTuple):
    """The results of one field: ``wheels`` is how many were compared, ``ratios`` the times relative to commonhold's."""

    field: Field
    race: Race
    wheels: int

    def seconds(self) -> dict[str, float]:
        """The median time of each tool for all plugins; for the loop, it is extrapolated."""
        return {result.label: result.seconds * self.scale(result.label) for result in self.race.results}

    def scale(self, label: str) -> float:
        """The factor from the plugins that a tool built to all plugins."""
        return self.field.size / self.field.sample if label == LOOP else 1.0

    def ratios(self) -> dict[str, float]:
        """The time of each tool relative to commonhold's, round by round."""
        mine = next(result for result in self.race.results if result.label == OURS)
        return {each.label: each.ratio(mine) * self.scale(each.label) for each in self.race.results}

    def missed(self) -> list[str]:
        """The missed targets, as sentences."""
        ratios, backend = self.ratios(), self.field.monorepo.backend
        found = [
            f"{backend}: {ratios[label]:.1f} times faster than {label}, not {mark:g}"
            for label, mark in MARKS.items()
            if ratios[label] < mark
        ]
        past = 1 / ratios[LIMIT]
        if past > PAST_LIMIT:
            found.append(f"{backend}: {past:.2f} times {LIMIT}, not {PAST_LIMIT:g}")
        return found


def measure(fields: Sequence[Field], options: argparse.Namespace, environment: Mapping[str, str]) -> list[Measured]:
    """Time all tools, and compare their files. Raises ``Unfit`` if one failed or built different files.

    The loops run last, because they leave thousands of deleted files for each plugin.
    """
    fast, slow = [], []
    for field in fields:
        say(f"{field.size} plugins of {field.monorepo.backend}")
        *contenders, loop = contestants(field, options.jobs, environment)
        fast.append(race(contenders, options.rounds, environment, say))
        slow.append(loop)
    say("the loops")
    loops = [race([loop], options.rounds, environment, say) for loop in slow]
    measured = [
        Measured(*each) for each in zip(fields, map(joined, fast, loops), map(same_contents, fields), strict=True)
    ]
    for field in fields:
        shutil.rmtree(field.folder / "aside", ignore_errors=True)
    return measured


def joined(fast: Race, slow: Race) -> Race:
    """Join two races. Raises ``Unfit`` if a contestant was skipped."""
    left_out = {**fast.left_out, **slow.left_out}
    if left_out:
        raise Unfit("; ".join(f"{label}: {reason}" for label, reason in left_out.items()))
    return Race((*fast.results, *slow.results), {}, {})


def section(measured: Measured) -> str:
    """Format the table of one backend."""
    field, seconds, ratios = measured.field, measured.seconds(), measured.ratios()
    rows = (
        f"| {label}{f' ({field.sample} of them, times {measured.scale(label):g})' if label == LOOP else ''} "
        f"| {seconds[label]:,.1f} | {seconds[label] / field.size * 1000:,.0f} | {ratio(ratios[label])} |"
        for label in seconds
    )
    lines = (
        f"### {field.size} plugins of {field.monorepo.backend}",
        "",
        f"{measured.wheels} wheels of the last round were compared: all wheels of a plugin contain the same bytes.",
        "",
        "| command | s | ms a plugin | time / ours |",
        "|:--|--:|--:|--:|",
        *rows,
    )
    return "\n".join(lines)


def render(all_measured: Sequence[Measured], options: argparse.Namespace) -> str:
    """Generate the text between the markers."""
    versions = {name: version(name) for name in ("commonhold", "build", "uv")} | {"Python": platform.python_version()}
    named = ", ".join(f"{name} {number}" for name, number in versions.items())
    missed = [sentence for measured in all_measured for sentence in measured.missed()]
    verdict = f"Missed: {'; '.join(missed)}." if missed else "All targets are reached."
    intro = f"Measured in {options.rounds} interleaved rounds with {named}, {options.jobs} at a time. {verdict}"
    return "\n\n".join([intro, *map(section, all_measured)])


def as_json(all_measured: Sequence[Measured], rounds: int) -> dict[str, object]:
    """Return all samples, in the order of the rounds."""
    return {
        "schema": 1,
        "rounds": rounds,
        "courses": [
            {
                "backend": measured.field.monorepo.backend,
                "plugins": measured.field.size,
                "plugins-of-the-loop": measured.field.sample,
                "wheels-compared": measured.wheels,
                "ratios-to-ours": measured.ratios(),
                "milliseconds": {
                    result.label: [round(sample.seconds * 1000, 1) for sample in result.samples]
                    for result in measured.race.results
                },
            }
            for measured in all_measured
        ],
    }


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Create the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.building", description="Measure building a release.")
    parser.add_argument("--plugins", type=int, default=60, help="how many plugins of each backend (default 60)")
    parser.add_argument("--backends", nargs="+", choices=sorted(texts.BACKENDS), default=sorted(texts.BACKENDS))
    parser.add_argument("--loop", type=int, default=6, help="how many of them `python -m build` builds (default 6)")
    parser.add_argument("--rounds", type=int, default=3, help="timed runs of each command (default 3; the loop: 2)")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="how many at a time (all cores)")
    parser.add_argument("--cache", type=Path, default=Path("build/bench"), help="generated repositories")
    parser.add_argument("--page", type=Path, help="page whose table is written anew")
    parser.add_argument("--json", type=Path, help="file for all samples")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and write the page and the JSON file; return 1 if a tool failed or built different files."""
    options = arguments(argv)
    cache = options.cache.resolve()
    passed = {name: value for name, value in os.environ.items() if name.startswith(_PASSED)}
    kept = {"UV_CACHE_DIR": str(cache / "uv-cache"), "PIP_CACHE_DIR": str(cache / "pip-cache")}
    environment = {**passed, **kept, **clean_environment(cache / "home")}
    fields = [make_field(cache, backend, options.plugins, options.loop) for backend in options.backends]
    try:
        all_measured = measure(fields, options, environment)
    except Unfit as reason:
        say(f"bench: {reason}")
        return 1
    text = render(all_measured, options)
    write_results(text, as_json(all_measured, options.rounds), options.page, options.json, BEGIN, END)
    return 0


if __name__ == "__main__":
    sys.exit(main())
