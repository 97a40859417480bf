"""Check the selections of past commits against what must be selected: ``python -m examples.replay.recall``.

Three simple methods, which share no code with the selection, find the plugins that a commit must select: plugins whose
files changed, plugins that declare a requirement on a plugin whose shipped code changed, and the path filters of the
repository's own workflows (for repositories in ``FILTERED``). ``--clones`` is a folder that contains one clone for each
name.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import git
import yaml

from commonhold.effects.process.spawn import SpawnRunner
from commonhold.errors import ConfigurationError
from commonhold.projects.toml import parse_toml
from commonhold.selection import Override, find_affected
from commonhold.vcs import Comparison, RevisionRange, open_repository
from commonhold.vcs.log import first_parents
from commonhold.workspace import Cache
from examples.replay.jobs import PAGE, RULES
from examples.replay.page import table, write_block
from examples.replay.remember import Remembered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.tree import Tree

WORKFLOWS = ".github/workflows/"
FILTERED = {"haystack": "integrations"}
"""The folder of the plugins, for repositories with one workflow for each plugin."""

_SOURCES = (".py", ".toml", ".cfg", ".txt", ".yaml", ".yml", ".json")
_NOT_TESTED = r"/(examples?|docs?)/"
_NOT_SHIPPED = r"/(tests?|examples?|docs?|benchmarks?|scripts?|cassettes)/|/(test_[^/]*|[^/]*_test|conftest)\.py$"


class Expected(NamedTuple):
    """The plugins that one method expects in all commits, and how many of them were selected."""

    total: int = 0
    selected: int = 0

    def add(self, plugins: set[str], selected: set[str]) -> Expected:
        """Return the sum with another commit."""
        return Expected(self.total + len(plugins), self.selected + len(plugins & selected))

    def __str__(self) -> str:
        return f"{self.selected:,} of {self.total:,}" if self.total else ""


class Recall(NamedTuple):
    """The results of one repository, and each plugin that was expected but not selected, with its commit."""

    name: str
    head: str
    commits: int
    touched: Expected
    declared: Expected
    filtered: Expected
    missed: tuple[str, ...]


def measure(name: str, clone: Path, last: int) -> Recall:
    """Replay the last commits of a clone."""
    repository: Any = Remembered(open_repository(str(clone), SpawnRunner(), os.environ))
    rules, cache = Override("the example", _rules(name).encode()), Cache()
    sums = {"touched": Expected(), "declared": Expected(), "filtered": Expected()}
    missed: list[str] = []
    commits = 0
    for commit, parent in first_parents(repository, repository.resolve("HEAD"), last):
        if parent is None:
            continue
        commits += 1
        tree = repository.tree(commit)
        comparison = Comparison(RevisionRange(parent, commit), tree, repository.difference(parent, commit), repository)
        found = find_affected(comparison, rules, cache, strict=False)
        folders = {plugin.path: str(plugin.name) for plugin in found.workspace.plugins.values()}
        selected = {plugin.path for plugin in found.affected.plugins}
        expected = _expected(name, changed_paths(clone, parent, commit), tree, folders)
        for how, plugins in expected.items():
            sums[how] = sums[how].add(plugins, selected)
            missed += (f"{commit[:10]} {how} {path}" for path in sorted(plugins - selected))
    head = git.Repo(clone).head.commit
    shown = f"`{head.hexsha[:10]}` of {head.committed_datetime:%Y-%m-%d}"
    return Recall(name, shown, commits, **sums, missed=tuple(missed))


def _rules(name: str) -> str:
    """Return the rules; with workflows, changes to a plugin's own workflow and documents in its folder count too."""
    text, folder = RULES[name].read_text(), FILTERED.get(name)
    if folder is None:
        return text
    path = f'path = ["{folder}/*"]'
    text = text.replace(path, f'{path}\nreads = ["{WORKFLOWS}{{folder}}.yml"]')
    return text.replace('ignore = ["**/*.md"]', f'ignore = ["{folder}/*/*.md", "*.md"]')


def changed_paths(clone: Path, parent: str, commit: str) -> list[str]:
    """Return the paths that differ between two commits."""
    words = ["git", "-C", str(clone), "diff-tree", "-r", "--no-renames", "--name-only", "-z", parent, commit]
    output = subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout
    return [path for path in os.fsdecode(output).split("\0") if path]


def _expected(name: str, changed: list[str], tree: Tree, folders: Mapping[str, str]) -> dict[str, set[str]]:
    owners = {path: owner for path in changed if (owner := _owner(path, folders)) is not None}
    touched = {
        owner
        for path, owner in owners.items()
        if path.endswith(_SOURCES) and not re.search(_NOT_TESTED, path[len(owner) :])
    }
    shipped = {
        owner
        for path, owner in owners.items()
        if path.endswith(".py") and path in tree.entries and not re.search(_NOT_SHIPPED, path[len(owner) :])
    }
    filtered = filtered_plugins(changed, tree, FILTERED[name]) & folders.keys() if name in FILTERED else set()
    return {"touched": touched, "declared": _declared(shipped, tree, folders), "filtered": filtered}


def _owner(path: str, folders: Iterable[str]) -> str | None:
    return max((folder for folder in folders if path.startswith(f"{folder}/")), key=len, default=None)


def _declared(changed: set[str], tree: Tree, folders: Mapping[str, str]) -> set[str]:
    """Return the plugins that declare a requirement on one of the changed plugins in ``[project]``."""
    if not changed:
        return set()
    names = {folders[folder] for folder in changed}
    files = tree.read([path for folder in folders if (path := f"{folder}/pyproject.toml") in tree.entries])
    return {path.rpartition("/")[0] for path, data in files.items() if names & _requirements(data)} - changed


@cache  # most files are the same in the next commit
def _requirements(data: bytes) -> set[str]:
    try:
        listed = parse_toml(data, "pyproject.toml").get("project", {}).get("dependencies", [])
    except (AttributeError, ConfigurationError):  # an old file may be invalid
        return set()
    names = (re.match(r"[\w.-]+", text) for text in listed if isinstance(text, str))
    return {re.sub(r"[-_.]+", "-", match[0]).lower() for match in names if match}


def filtered_plugins(changed: Iterable[str], tree: Tree, folder: str) -> set[str]:
    """Return the plugins whose workflow GitHub starts: the last pattern that matches a changed path decides."""
    found: set[str] = set()
    paths = list(changed)
    for data in tree.read([path for path in tree.entries if path.startswith(WORKFLOWS)]).values():
        patterns = _patterns(data)
        if any(_starts(path, patterns) for path in paths):
            found |= {match[1] for each in patterns if (match := re.match(rf"({folder}/[^/*]+)/\*\*$", each))}
    return found


@cache
def _patterns(data: bytes) -> list[str]:
    try:
        document = yaml.safe_load(data)
        # YAML 1.1 reads the key `on` as true.
        events = document.get("on", document.get(True)) or {}
        return list((events.get("pull_request") or {}).get("paths") or [])
    except (AttributeError, yaml.YAMLError):
        return []


def _starts(path: str, patterns: Iterable[str]) -> bool:
    starts = False
    for pattern in patterns:
        if _regex(pattern.removeprefix("!")).fullmatch(path):
            starts = not pattern.startswith("!")
    return starts


@cache
def _regex(pattern: str) -> re.Pattern[str]:
    wild = {"**": ".*", "*": "[^/]*"}
    return re.compile("".join(wild.get(part) or re.escape(part) for part in re.split(r"(\*\*|\*)", pattern)))


def recall_lines(rows: Iterable[Recall | str]) -> Iterator[str]:
    """A table of the expected plugins that were selected; a row that is only a name was not measured."""
    head = ("repository", "head", "commits", "plugins with changed files", "declared dependents", "path filters")
    yield from table(head, map(_row, rows))


def _row(row: Recall | str) -> tuple[object, ...]:
    if isinstance(row, str):
        return (row, "not measured", *[""] * 4)
    return (row.name, row.head, row.commits, row.touched, row.declared, row.filtered)


def main() -> int:
    """Measure every repository, and write the table; exit with 1 if an expected plugin was not selected."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(RULES), help="repositories; by default, all")
    parser.add_argument("--clones", type=Path, required=True, help="the folder that contains the clones")
    parser.add_argument("--last", type=int, default=250, help="the number of commits, along first parents")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page with the markers")
    options = parser.parse_args()
    rows: list[Recall | str] = []
    for name in options.names:
        clone = options.clones / name
        rows.append(measure(name, clone, options.last) if clone.is_dir() else name)
        print(*recall_lines(rows[-1:]), *getattr(rows[-1], "missed", ()), sep="\n", file=sys.stderr)
    write_block(options.page, "recall", recall_lines(rows))
    return int(any(isinstance(row, Recall) and row.missed for row in rows))


if __name__ == "__main__":
    sys.exit(main())
