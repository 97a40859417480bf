"""A small plugin monorepo with this repository's workflows and library, and the events that GitHub would send.

`hub` stands for the repository on GitHub; `checkout` is where the runner reads the workflow files, at the
commit that the event is about, as GitHub does.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

REPOSITORY = Path(__file__).resolve().parents[2]
ASSETS = Path(__file__).parent / "house"
COPIED = (".github", "tools", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", ".gitignore")
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

ZEROS = "0" * 40
PULL = 7


class Event(NamedTuple):
    """What happened on GitHub: the event's name and what it carries."""

    name: str
    payload: Mapping[str, object]


class House(NamedTuple):
    """The repository on the test's GitHub, and a checkout of it."""

    hub: Path
    checkout: Path

    def git(self, *args: str) -> str:
        """Run git in the checkout; its output, stripped."""
        return _git(self.checkout, *args)

    def commit(self, changes: Mapping[str, str]) -> str:
        """Write the files (paths relative to the root), and commit them to the current branch."""
        for path, text in changes.items():
            file = self.checkout / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=change")
        return self.git("rev-parse", "HEAD")

    def read(self, path: str) -> str:
        """The text of a file in the checkout."""
        return (self.checkout / path).read_text()

    def pull_request(self, changes: Mapping[str, str]) -> Event:
        """A pull request with these changes, while the main branch moved on after its last push.

        GitHub checks out the merge of both; the payload's base is still the one of that last push.
        """
        stale = self.git("rev-parse", "main")
        self.git("switch", "--quiet", "--create", "topic")
        head = self.commit(changes)
        self.git("switch", "--quiet", "main")
        quiet = "plugins/official/quiet/src/house_quiet.py"
        self.commit({quiet: self.read(quiet) + "\nMOVED_ON = True\n"})
        self.git("switch", "--quiet", "--detach", "main")
        self.git("merge", "--quiet", "--no-ff", "--message=merge", "topic")
        merge = f"refs/pull/{PULL}/merge"
        self.git("push", "--quiet", "origin", "main", "topic", f"HEAD:{merge}")
        pull = {"number": PULL, "base": {"ref": "main", "sha": stale}, "head": {"ref": "topic", "sha": head}}
        return Event(
            "pull_request", {"action": "synchronize", "number": PULL, "pull_request": pull, **_about()}
        )

    def push(self, *commits: Mapping[str, str]) -> Event:
        """A push of these commits to the main branch."""
        before = self.git("rev-parse", "main")
        for changes in commits:
            self.commit(changes)
        self.git("push", "--quiet", "origin", "main")
        after = self.git("rev-parse", "main")
        flags = {"created": False, "deleted": False, "forced": False}
        return Event(
            "push", {"ref": "refs/heads/main", "before": before, "after": after, **flags, **_about()}
        )

    def merge_group(self, changes: Mapping[str, str]) -> Event:
        """A merge queue's group of one pull request with these changes."""
        base = self.git("rev-parse", "main")
        self.git("switch", "--quiet", "--create", "queued")
        head = self.commit(changes)
        ref = f"refs/heads/gh-readonly-queue/main/pr-{PULL}-{base}"
        self.git("push", "--quiet", "origin", f"HEAD:{ref}")
        group = {"head_sha": head, "head_ref": ref, "base_sha": base, "base_ref": "refs/heads/main"}
        return Event("merge_group", {"action": "checks_requested", "merge_group": group, **_about()})

    def by_hand(self) -> Event:
        """Somebody started the workflow on the main branch."""
        return Event("workflow_dispatch", {"ref": "refs/heads/main", "inputs": None, **_about()})


def _about() -> dict[str, object]:
    return {"repository": {"full_name": "octocat/house", "default_branch": "main"}}


def _git(folder: Path, *args: str) -> str:
    done = subprocess.run(["git", *args], cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


def build(folder: Path) -> House:
    """A new house in `folder`, with one commit on its main branch."""
    house = House(folder / "hub.git", folder / "checkout")
    house.checkout.mkdir(parents=True)
    _git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(house.hub))
    _git(house.hub, "config", "uploadpack.allowFilter", "true")
    _git(house.hub, "config", "uploadpack.allowAnySHA1InWant", "true")
    _copy_project(house.checkout)
    house.git("init", "--quiet", "--initial-branch=main")
    house.git("config", "user.name", "octocat")
    house.git("config", "user.email", "octocat@example.org")
    # The runner reads the repository's name out of `origin`, and pushes go to the hub.
    house.git("remote", "add", "origin", "https://github.com/octocat/house")
    house.git("config", "remote.origin.pushurl", str(house.hub))
    house.git("add", "--all")
    house.git("commit", "--quiet", "--message=build the house")
    house.git("push", "--quiet", "origin", "main")
    return house


def _copy_project(target: Path) -> None:
    """The project, with the house's own plugins, sessions and `[tool.commonhold]` in place of its own."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ASSETS, target, dirs_exist_ok=True, ignore=ignored)
    for name in COPIED:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=ignored)
        else:
            shutil.copy(source, target / name)
    file = target / "pyproject.toml"
    own = (target / "commonhold.toml").read_text().replace("PYTHON", PYTHON)
    file.write_text(_without_configuration(file.read_text()) + own)


def _without_configuration(pyproject: str) -> str:
    tables = re.split(r"^(?=\[)", pyproject, flags=re.MULTILINE)
    return "".join(table for table in tables if not re.match(r"\[+tool\.commonhold\b", table))
