"""Checks commonhold on flytekit itself: `python -m examples.downstream CLONE`.

The rules are `examples/flytekit.toml`. Every change is made in a temporary clone; CLONE is only read.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

RULES = Path(__file__).parent / "flytekit.toml"
COMMITS = 50


class Clone:
    """A temporary clone of flytekit, and the commands that are run in it."""

    def __init__(self, source: Path, folder: Path) -> None:
        self.folder = folder
        subprocess.run(["git", "clone", "--quiet", "--shared", str(source), str(folder)], check=True)
        self.head = self.git("rev-parse", "HEAD").strip()

    def git(self, *arguments: str) -> str:
        """Run git, and return its output."""
        author = ["-c", "user.name=commonhold", "-c", "user.email=commonhold@example.com"]
        command = ["git", *author, *arguments]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True).stdout

    def commonhold(self, *arguments: str) -> Any:
        """Run commonhold with the example's rules, and return the JSON document that it prints."""
        command = [sys.executable, "-m", "commonhold.cli.__main__", "-C", str(self.folder), "--config", str(RULES)]
        return json.loads(subprocess.run([*command, *arguments], stdout=subprocess.PIPE, check=True).stdout)

    def edit(self, path: str) -> None:
        """Commit a change to one file, as the only change since the clone's newest commit."""
        self.git("reset", "--quiet", "--hard", self.head)
        with (self.folder / path).open("a", encoding="utf-8") as file:
            file.write("\n")
        self.git("commit", "--quiet", "--message=Edit", "--", path)

    def affected(self, path: str) -> Any:
        """Return the selection for a change to one file."""
        self.edit(path)
        return self.commonhold("affected", "--base", "HEAD~1", "--head", "HEAD", "--exact", "--json")


def check_graph(clone: Clone) -> None:
    """Every folder of a plugin is found, and every requirement can be read"""
    graph = clone.commonhold("graph", "--format", "json")
    files = clone.git("ls-files", "plugins/*/setup.py", "plugins/*/pyproject.toml").splitlines()
    folders = {path.rpartition("/")[0] for path in files}
    expected = {folder for folder in folders if folder.rpartition("/")[2].startswith("flytekit-")}
    found = {plugin["path"] for plugin in graph["plugins"]}
    assert found == expected, f"the paths differ: {sorted(found ^ expected)}"
    assert graph["edges"], "no plugin depends on another"
    assert not graph["warnings"], graph["warnings"]


def check_own_change(clone: Clone) -> None:
    """A change to one plugin affects this plugin, and not most others"""
    selection = clone.affected("plugins/flytekit-papermill/setup.py")
    names = [plugin["name"] for plugin in selection["plugins"]]
    assert selection["selection"] == "some", selection["because"]
    assert "flytekitplugins-papermill" in names, names
    assert len(names) < 5, names


def check_documentation(clone: Clone) -> None:
    """A change to the README affects no plugin"""
    selection = clone.affected("README.md")
    assert (selection["selection"], selection["core"]["affected"]) == ("none", False), selection["because"]


def check_core_change(clone: Clone) -> None:
    """A change to the core affects the core and every official plugin, and no community plugin"""
    selection = clone.affected("flytekit/__init__.py")
    tiers = {plugin["tier"] for plugin in selection["plugins"]}
    assert selection["core"]["affected"], selection["because"]
    assert tiers == {"official"}, tiers


def check_plan(clone: Clone) -> None:
    """After a change to the tests' configuration, each plugin is in exactly one job per Python version"""
    selection = clone.affected("plugins/conftest.py")
    plan = clone.commonhold("plan", "--base", "HEAD~1", "--head", "HEAD", "--exact", "--json")
    jobs = [*plan["matrix"]["include"], *plan["advisory"]["include"]]
    sessions = [session for job in jobs for session in job["sessions"].split()]
    planned = {session.rpartition("-")[0] for session in sessions}
    assert len(sessions) == len(set(sessions)), "a session is in two jobs"
    assert planned == {plugin["name"] for plugin in selection["plugins"]}, planned
    assert len(planned) == len(clone.commonhold("graph", "--format", "json")["plugins"]), selection["because"]


def check_audit(clone: Clone) -> None:
    """The audit decides every commit of the recent past"""
    clone.git("reset", "--quiet", "--hard", clone.head)
    audit = clone.commonhold("audit", "--last", str(COMMITS), "--json")
    assert len(audit["commits"]) == COMMITS, len(audit["commits"])


CHECKS = (check_graph, check_own_change, check_documentation, check_core_change, check_plan, check_audit)


def main() -> int:
    """Run every check; return 1 if one fails."""
    parser = argparse.ArgumentParser(prog="python -m examples.downstream", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("clone", type=Path, help="a clone of https://github.com/flyteorg/flytekit, which is only read")
    source = parser.parse_args().clone.resolve()
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        clone = Clone(source, Path(folder) / "flytekit")
        print(f"flytekit at {clone.git('log', '-1', '--format=%h of %cs').strip()}")
        for check in CHECKS:
            failed += not passes(check, clone)
    return int(failed > 0)


def passes(check: Callable[[Clone], None], clone: Clone) -> bool:
    """Run one check, and print its result."""
    try:
        check(clone)
    except (AssertionError, subprocess.CalledProcessError) as error:
        print(f"FAILED  {check.__doc__}: {error}")
        return False
    print(f"passed  {check.__doc__}")
    return True


if __name__ == "__main__":
    sys.exit(main())
