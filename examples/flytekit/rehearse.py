"""Rehearse flytekit's plugin tests with a workflow that replaces its job ``build-plugins``.

Run ``python -m examples.flytekit.rehearse CLONE`` in the root of this repository, with the test dependencies installed
and Python 3.10, 3.11 and 3.12 on PATH. CLONE is a clone of flyteorg/flytekit, which is only read. The rehearsal adds
the workflow, the noxfile and ``examples/flytekit.toml`` to three past commits, and turns each into a pull request. Then
a real runner executes the workflow: the plan, the matrix with the plugins' real tests, and the gate.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import yaml

from examples.flytekit.github import HERE, PROJECT, RULES, GitHub, Python, lay_over, prepare_runner
from examples.flytekit.splice import cut_job
from examples.replay.page import table, write_block
from tests.workflows.runner import actions_used

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.workflows.runner import Run, Runner

OVERLAY = {
    **RULES,
    "noxfile.py": HERE / "noxfile.py",
    ".github/workflows/plugins.yml": HERE / "plugins.yml",
}
OLD_WORKFLOW = ".github/workflows/pythonbuild.yml"
OLD_JOB = "build-plugins"

COMMITS = (
    "8abecfe0b",  # Fix async s3fs to handle latest changes to FlyteFile (#3223)
    "0dc69643e",  # add support for dir in wandb plugin (#3342), which build-plugins does not list
    "0a9f1d78f",  # [breaking change] neptune scale plugin (#3260), with comet-ml and wandb
)
HEAD = ("commit", "jobs before", "sessions", "of", "tests that passed", "gate", "seconds")


class Rehearsed(NamedTuple):
    """The result for one commit. ``before`` is the number of jobs in the old matrix."""

    commit: str
    subject: str
    before: int
    sessions: tuple[str, ...]
    results: dict[str, list[str]]
    tests: dict[str, int]
    seconds: float

    @property
    def gate(self) -> str:
        """The result of the gate."""
        return ", ".join(self.results.get("gate", ["did not run"]))


def rehearse(clone: Path, commits: Iterable[str], folder: Path) -> list[Rehearsed]:
    """Rehearse each commit of ``clone``, and write all files into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    python = Python.make(folder)
    python.install(PROJECT, "nox", "uv")
    lay_over(folder / "overlaid", OVERLAY)
    runner = prepare_runner(folder, python, actions_used(folder / "overlaid"))
    return [_rehearse_one(runner, GitHub.of(clone, folder / commit), commit) for commit in commits]


def _rehearse_one(runner: Runner, github: GitHub, commit: str) -> Rehearsed:
    before = _old_jobs(github.git("show", f"{commit}:{OLD_WORKFLOW}"))
    pull = _open_pull_request(github, commit)
    started = time.monotonic()
    run = github.run(runner, "plugins.yml", "pull_request", action="synchronize", number=1, pull_request=pull)
    seconds = time.monotonic() - started
    return _summarize(commit, github.git("log", "-1", "--format=%s", commit), before, run, seconds)


def _open_pull_request(github: GitHub, commit: str) -> dict[str, object]:
    """Create a pull request with the commit's changes against its parent, and add our files to both.

    Afterwards, GitHub's merge of the two is checked out.
    """
    github.git("switch", "--quiet", "--create", "rehearsal", f"{commit}^")
    lay_over(github.checkout, OVERLAY)
    old = github.checkout / OLD_WORKFLOW
    old.write_text(cut_job(old.read_text(), OLD_JOB))
    github.git("add", "--all", "--force", *OVERLAY, OLD_WORKFLOW)
    github.git("commit", "--quiet", "--message=Plan the plugins' tests")
    base = github.git("rev-parse", "HEAD")
    github.git("switch", "--quiet", "--create", "topic")
    github.git("cherry-pick", commit)
    head = github.git("rev-parse", "HEAD")
    github.git("switch", "--quiet", "--detach", "rehearsal")
    github.git("merge", "--quiet", "--no-ff", "--message=merge", "topic")
    github.push("rehearsal:master", "topic", "HEAD:refs/pull/1/merge")
    return {"number": 1, "base": {"ref": "master", "sha": base}, "head": {"ref": "topic", "sha": head}}


def _old_jobs(workflow: str) -> int:
    """Count the jobs of the old matrix for a pull request, which are only those on Python 3.12."""
    matrix = yaml.safe_load(workflow)["jobs"][OLD_JOB]["strategy"]["matrix"]
    excluded = {rule["plugin-names"] for rule in matrix["exclude"] if str(rule["python-version"]) == "3.12"}
    return len(set(matrix["plugin-names"]) - excluded)


def _summarize(commit: str, subject: str, before: int, run: Run, seconds: float) -> Rehearsed:
    results: dict[str, list[str]] = {}
    for job in run.jobs:
        results.setdefault(job.id, []).append(job.result)
    matrices = [json.loads(run.outputs.get(name, '{"include": []}')) for name in ("matrix", "advisory")]
    sessions = [word for matrix in matrices for job in matrix["include"] for word in job["sessions"].split()]
    tests = {name: _passed(job.log) for job in run.legs("build-plugins") for name in [job.sessions]}
    return Rehearsed(commit, subject, before, tuple(sessions), results, tests, seconds)


def _passed(log: str) -> int:
    """Count the passed tests in pytest's output of a job."""
    return sum(map(int, re.findall(r"(\d+) passed[^\n]* in \d", log)))


def _row(one: Rehearsed) -> tuple[object, ...]:
    by_plugin: dict[str, list[str]] = {}
    for session in one.sessions:
        plugin, _, python = session.rpartition("-")
        by_plugin.setdefault(plugin, []).append(python)
    sessions = "; ".join(f"{plugin} on {', '.join(pythons)}" for plugin, pythons in by_plugin.items())
    title = f"`{one.commit}` {one.subject}"
    return title, one.before, len(one.sessions), sessions, sum(one.tests.values()), one.gate, f"{one.seconds:.0f}"


def main() -> int:
    """Rehearse the commits and print a Markdown table; return 1 if a gate did not pass."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clone", type=Path, help="a clone of flyteorg/flytekit with its history")
    parser.add_argument("commits", nargs="*", default=COMMITS, help="commits to rehearse in place of the default three")
    parser.add_argument("--page", type=Path, help="write the table between the markers of this page")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="write all files into DIR, and keep them")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as scratch:
        done = rehearse(options.clone.resolve(), options.commits, options.keep or Path(scratch))
    print("\n".join(table(HEAD, map(_row, done))))
    if options.page is not None:
        write_block(options.page, "rehearsal", table(HEAD, map(_row, done)))
    return 0 if all(one.gate == "success" for one in done) else 1


if __name__ == "__main__":
    sys.exit(main())
