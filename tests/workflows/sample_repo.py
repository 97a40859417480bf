"""A small plugin monorepo with this repository's workflows and library, and the events that GitHub would send.

``hub`` stands for the repository on GitHub; ``checkout`` is where the runner reads the workflow files, at the
commit that the event is about, as GitHub does.
"""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from commonhold.cli.__main__ import main
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.workflows.conftest import GitHub

REPOSITORY = Path(__file__).resolve().parents[2]
ASSETS = Path(__file__).parent / "sample"
COPIED = (".github", "tools", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", ".gitignore")
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
PULL = 7


TRACE = """
import os, pathlib
with (pathlib.Path(os.environ["STAND_IN_STORE"]) / "traces").open("a") as file:
    file.write(f"{os.environ['GITHUB_JOB']}: {__file__}\\n")
"""
SHADOWS = ("pip", "nox", "pypi_attestations", "commonhold", "site", "sitecustomize", "usercustomize", "tools", "json")


def files_that_leave_traces() -> dict[str, str]:
    """Files at the root that leave a trace when a job runs them in place of the modules that they are named after."""
    return {f"{name}.py": TRACE for name in SHADOWS} | {"commonhold/__init__.py": TRACE}


def traces(github: GitHub) -> list[str]:
    """The traces that jobs left; those that run the checkout itself may leave some."""
    file = github.store / "traces"
    lines = file.read_text().splitlines() if file.exists() else []
    tested = ("test:", "advisory:", "core:", "project:", "newest", "prerel", "embedding:")
    return [line for line in lines if not line.startswith(tested)]


@dataclass(frozen=True)
class Event:
    """What happened on GitHub: the event's name and what it carries."""

    name: str
    payload: Mapping[str, object]


@dataclass(frozen=True)
class SampleRepo:
    """The repository on the test's GitHub, and a checkout of it."""

    hub: Repo
    checkout: Repo

    def read(self, path: str) -> str:
        """The text of a file in the checkout."""
        return self.checkout.path(path).read_text()

    def pull_request(self, changes: Mapping[str, str]) -> Event:
        """A pull request with these changes, while the main branch moved on after its last push.

        GitHub checks out the merge of both; the payload's base is still the one of that last push.
        """
        stale = self.checkout.rev("main")
        self.checkout.switch("topic", "main")
        head = self.checkout.commit(changes)
        self.checkout.switch("main")
        quiet = "plugins/official/quiet/src/sample_quiet.py"
        self.checkout.commit({quiet: self.read(quiet) + "\nMOVED_ON = True\n"})
        self.checkout.git("checkout", "-q", "--detach")
        self.checkout.merge("topic")
        self._push("main", "topic", f"HEAD:refs/pull/{PULL}/merge")
        pull = {"number": PULL, "base": {"ref": "main", "sha": stale}, "head": {"ref": "topic", "sha": head}}
        return _event("pull_request", action="synchronize", number=PULL, pull_request=pull)

    def push(self, *commits: Mapping[str, str]) -> Event:
        """A push of these commits to the main branch."""
        before = self.checkout.head
        for changes in commits:
            self.checkout.commit(changes)
        self._push("main")
        after = self.checkout.head
        return _event("push", ref="refs/heads/main", before=before, after=after, created=False, deleted=False)

    def merge_group(self, changes: Mapping[str, str]) -> Event:
        """A merge queue's group of one pull request with these changes."""
        base = self.checkout.rev("main")
        self.checkout.switch("queued", "main")
        head = self.checkout.commit(changes)
        ref = f"refs/heads/gh-readonly-queue/main/pr-{PULL}-{base}"
        self._push(f"HEAD:{ref}")
        group = {"head_sha": head, "head_ref": ref, "base_sha": base, "base_ref": "refs/heads/main"}
        return _event("merge_group", action="checks_requested", merge_group=group)

    def by_hand(self, **inputs: str) -> Event:
        """Somebody started the workflow on the main branch."""
        return _event("workflow_dispatch", ref="refs/heads/main", inputs=inputs or None)

    def core_released(self, payload: object) -> Event:
        """Whoever releases the core says so."""
        return _event("repository_dispatch", action="core-released", client_payload=payload)

    def _push(self, *refs: str) -> None:
        self.checkout.git("push", "-q", str(self.hub.root), *refs)


def _event(name: str, **payload: object) -> Event:
    about = {"full_name": "octocat/sample", "default_branch": "main"}
    return Event(name, {**payload, "repository": about})


def build(folder: Path) -> SampleRepo:
    """A new sample in ``folder``, with one commit on its main branch."""
    sample = SampleRepo(Repo.init(folder / "hub.git", bare=True), Repo.init(folder / "checkout"))
    sample.hub.git("config", "uploadpack.allowFilter", "true")
    sample.hub.git("config", "uploadpack.allowAnySHA1InWant", "true")
    _copy_project(sample.checkout.root)
    # The runner reads the repository's name out of this address, and never goes there.
    sample.checkout.git("remote", "add", "origin", "https://github.com/octocat/sample")
    # The sample's plugins are as small as possible, so they violate most rules.
    assert main(["-C", str(sample.checkout.root), "check", "--baseline", "write"]) == 0
    sample.checkout.commit(message="build the sample repository")
    sample.push()
    return sample


def _copy_project(target: Path) -> None:
    """The project, with the sample repository's own plugins and configuration in the place of its own."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ASSETS, target, dirs_exist_ok=True, ignore=ignored)
    for source in map(REPOSITORY.joinpath, COPIED):
        if source.is_dir():
            shutil.copytree(source, target / source.name, ignore=ignored)
        else:
            shutil.copy(source, target / source.name)
    # This runner knows no variables of a repository: the event carries them.
    for workflow in (target / ".github/workflows").glob("*.yml"):
        workflow.write_text(workflow.read_text().replace(" vars.", " github.event.vars."))
    (target / "pyproject.toml").write_text(_configured(target / "commonhold.toml"))
    (target / "commonhold.toml").unlink()  # only one of the two files may configure commonhold
    (target / "noxfile.py").write_text(_with_sessions(target / "noxfile.py"))


def _configured(sample: Path) -> str:
    tables = re.split(r"^(?=\[)", (REPOSITORY / "pyproject.toml").read_text(), flags=re.MULTILINE)
    kept = [table for table in tables if not re.match(r"\[+tool\.commonhold\b", table)]
    return "".join(kept) + sample.read_text().replace("PYTHON", PYTHON)


def _with_sessions(sample: Path) -> str:
    head, *sessions = re.split(r"^(?=@nox\.session)", (REPOSITORY / "noxfile.py").read_text(), flags=re.MULTILINE)
    (plugins,) = [session for session in sessions if "\ndef plugins(" in session]
    return head + plugins + sample.read_text()
