"""Rehearses flytekit's plugin tests with these files in the place of its job ``build-plugins``.

``python -m examples.flytekit.rehearse CLONE`` (from this repository's root, with the test dependencies and
Python 3.10, 3.11 and 3.12 on PATH) takes a clone of flyteorg/flytekit, lays the workflow, the noxfile and
``examples/flytekit.toml`` over three of its past commits as if each were a pull request, and lets a real
runner execute the workflow: the plan, the matrix with the plugins' real tests, and the gate. The clone is
only read.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import yaml

from examples.replay.page import table, write_block
from tests.workflows.runner import Runner, actions_used, fetch_act, seed_actions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.workflows.runner import Run

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
OVERLAY = {
    "noxfile.py": HERE / "noxfile.py",
    ".github/workflows/plugins.yml": HERE / "plugins.yml",
    "commonhold.toml": HERE.parent / "flytekit.toml",
}
OLD_WORKFLOW = ".github/workflows/pythonbuild.yml"
OLD_JOB = "build-plugins"

COMMITS = (
    "8abecfe0b",  # Fix async s3fs to handle latest changes to FlyteFile (#3223)
    "0dc69643e",  # add support for dir in wandb plugin (#3342), which build-plugins does not list
    "0a9f1d78f",  # [breaking change] neptune scale plugin (#3260), with comet-ml and wandb
)
NETWORK = ("PIP_", "UV_", "SSL_", "REQUESTS_", "HTTP_", "HTTPS_", "NO_", "http_", "https_", "no_")
HOURS = 2
HEAD = ("commit", "jobs before", "sessions", "of", "tests that passed", "gate", "seconds")


class Rehearsed(NamedTuple):
    """One commit, rehearsed. ``before`` is how many jobs the old matrix had for it."""

    commit: str
    subject: str
    before: int
    sessions: tuple[str, ...]
    results: dict[str, list[str]]
    tests: dict[str, int]
    seconds: float

    @property
    def gate(self) -> str:
        """How the gate ended."""
        return ", ".join(self.results.get("gate", ["did not run"]))


def rehearse(clone: Path, commits: Iterable[str], folder: Path) -> list[Rehearsed]:
    """Rehearse each commit of ``clone``; ``folder`` takes everything that this writes."""
    runner = prepare_runner(folder)
    return [_rehearse_one(runner, clone, commit, folder / commit) for commit in commits]


def prepare_runner(folder: Path) -> Runner:
    """The runner, its stand-ins for GitHub's actions, and this library as a wheel that jobs can install."""
    home, wheels = folder / "home", folder / "wheels"
    home.mkdir(parents=True)
    python = _prepare_python(folder / "python")
    _run(python / "bin/python", "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", wheels, PROJECT, cwd=folder)
    overlaid = folder / "overlaid"
    _lay_over(overlaid)
    seed_actions(home, actions_used(overlaid))
    env = {name: value for name, value in os.environ.items() if name.startswith(NETWORK)}
    env |= {"PIP_FIND_LINKS": str(wheels), "STAND_IN_PYTHON": str(python), "XDG_CONFIG_HOME": _of_user(".config")}
    env |= {"UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", _of_user(".cache/uv"))}
    return Runner(fetch_act(folder), home, env, 60 * HOURS)


def _of_user(name: str) -> str:
    return str(Path.home() / name)


def _prepare_python(folder: Path) -> Path:
    """What setup-python and the cache of pip give a job on GitHub: a Python, with the dependencies at hand."""
    _run(sys.executable, "-m", "venv", folder, cwd=folder.parent)
    _run(folder / "bin/python", "-m", "pip", "install", "--quiet", PROJECT, "nox", "uv", cwd=folder.parent)
    _run(folder / "bin/python", "-m", "pip", "uninstall", "--quiet", "--yes", "commonhold", cwd=folder.parent)
    return folder


def _rehearse_one(runner: Runner, clone: Path, commit: str, folder: Path) -> Rehearsed:
    hub, checkout, store = folder / "hub.git", folder / "checkout", folder / "store"
    store.mkdir(parents=True)
    _run("git", "clone", "--quiet", "--bare", clone, hub, cwd=folder)
    for key in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        _run("git", "config", key, "true", cwd=hub)
    _run("git", "clone", "--quiet", "--shared", hub, checkout, cwd=folder)
    before = _old_jobs(_git(checkout, "show", f"{commit}:{OLD_WORKFLOW}"))
    payload = _open_pull_request(checkout, commit)
    env = {**runner.env, "STAND_IN_HUB": hub.as_uri(), "STAND_IN_STORE": str(store)}
    started = time.monotonic()
    run = runner._replace(env=env).run(checkout, "plugins.yml", "pull_request", payload)
    seconds = time.monotonic() - started
    (folder / "log.txt").write_text(run.log)
    return _summarize(commit, _git(checkout, "log", "-1", "--format=%s", commit), before, run, seconds)


def _open_pull_request(checkout: Path, commit: str) -> dict[str, object]:
    """A pull request with the commit's changes, against its parent; both with our files laid over them.

    What is checked out afterwards is GitHub's merge of the two.
    """
    _git(checkout, "config", "user.name", "octocat")
    _git(checkout, "config", "user.email", "octocat@example.org")
    _git(checkout, "switch", "--quiet", "--create", "rehearsal", f"{commit}^")
    _lay_over(checkout)
    _cut_old_job(checkout / OLD_WORKFLOW)
    _git(checkout, "add", "--all", "--force", *OVERLAY, OLD_WORKFLOW)
    _git(checkout, "commit", "--quiet", "--message=Plan the plugins' tests")
    base = _git(checkout, "rev-parse", "HEAD")
    _git(checkout, "switch", "--quiet", "--create", "topic")
    _git(checkout, "cherry-pick", commit)
    head = _git(checkout, "rev-parse", "HEAD")
    _git(checkout, "switch", "--quiet", "--detach", "rehearsal")
    _git(checkout, "merge", "--quiet", "--no-ff", "--message=merge", "topic")
    _git(checkout, "push", "--quiet", "--force", "origin", "rehearsal:master", "topic", "HEAD:refs/pull/1/merge")
    # The runner reads the repository's name out of `origin`.
    _git(checkout, "remote", "set-url", "origin", "https://github.com/octocat/flytekit")
    pull = {"number": 1, "base": {"ref": "master", "sha": base}, "head": {"ref": "topic", "sha": head}}
    about = {"repository": {"full_name": "octocat/flytekit", "default_branch": "master"}}
    return {"action": "synchronize", "number": 1, "pull_request": pull, **about}


def _lay_over(target: Path) -> None:
    for path, source in OVERLAY.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target / path)


def _cut_old_job(workflow: Path) -> None:
    """Take the old job out, as text, so that the rest of the file stays as its authors wrote it."""
    lines = workflow.read_text().splitlines(keepends=True)
    start = lines.index(f"  {OLD_JOB}:\n")
    is_next = (index for index in range(start + 1, len(lines)) if lines[index][:3].strip() and lines[index][2] != " ")
    workflow.write_text("".join(lines[:start] + lines[next(is_next, len(lines)) :]))
    assert OLD_JOB not in yaml.safe_load(workflow.read_text())["jobs"], "the job's end was not found"


def _old_jobs(workflow: str) -> int:
    """How many jobs the old matrix makes for a pull request, which it tests on Python 3.12 alone."""
    matrix = yaml.safe_load(workflow)["jobs"][OLD_JOB]["strategy"]["matrix"]
    excluded = {rule["plugin-names"] for rule in matrix["exclude"] if str(rule["python-version"]) == "3.12"}
    return len(set(matrix["plugin-names"]) - excluded)


def _summarize(commit: str, subject: str, before: int, run: Run, seconds: float) -> Rehearsed:
    results: dict[str, list[str]] = {}
    for job in run.jobs:
        results.setdefault(job.id, []).append(job.result)
    matrices = [json.loads(run.outputs.get(name, '{"include": []}')) for name in ("matrix", "advisory")]
    sessions = [word for matrix in matrices for leg in matrix["include"] for word in leg["sessions"].split()]
    tests = {name: _passed(job.log) for job in run.legs("build-plugins") for name in [job.sessions]}
    return Rehearsed(commit, subject, before, tuple(sessions), results, tests, seconds)


def _passed(log: str) -> int:
    """How many tests pytest says passed, in all sessions of a leg."""
    return sum(map(int, re.findall(r"(\d+) passed[^\n]* in \d", log)))


def _git(folder: Path, *args: str) -> str:
    return _run("git", *args, cwd=folder)


def _run(*argv: str | Path, cwd: Path) -> str:
    done = subprocess.run([str(word) for word in argv], cwd=cwd, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


def _row(one: Rehearsed) -> tuple[object, ...]:
    by_plugin: dict[str, list[str]] = {}
    for session in one.sessions:
        plugin, _, python = session.rpartition("-")
        by_plugin.setdefault(plugin, []).append(python)
    sessions = "; ".join(f"{plugin} on {', '.join(pythons)}" for plugin, pythons in by_plugin.items())
    title = f"`{one.commit}` {one.subject}"
    return title, one.before, len(one.sessions), sessions, sum(one.tests.values()), one.gate, f"{one.seconds:.0f}"


def main() -> int:
    """Rehearse, and print a table in Markdown; 1 when a gate did not pass."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clone", type=Path, help="a clone of flyteorg/flytekit with its history")
    parser.add_argument("commits", nargs="*", default=COMMITS, help="commits to rehearse instead of the usual three")
    parser.add_argument("--page", type=Path, help="a page to write the table into, between its markers")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave everything that was written in DIR")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as scratch:
        done = rehearse(options.clone.resolve(), options.commits, options.keep or Path(scratch))
    print("\n".join(table(HEAD, map(_row, done))))
    if options.page is not None:
        write_block(options.page, "rehearsal", table(HEAD, map(_row, done)))
    return 0 if all(one.gate == "success" for one in done) else 1


if __name__ == "__main__":
    sys.exit(main())
