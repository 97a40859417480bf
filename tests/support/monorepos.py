"""Small monorepos of plugins, in real git repositories, and what commonhold says of a change in them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from commonhold.effects.process.spawn import SpawnRunner
from commonhold.selection import Affected, SelectionResult, find_affected
from commonhold.vcs import CompareOptions, compare
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

CONFIG = """\
[tool.commonhold]
core = { distribution = "framework", pin = ["constraints.txt"] }
ignore = ["**/*.md", "**/LICENSE"]
tests = ["tests/**", "conftest.py"]

[tool.commonhold.tiers.official]
path = ["official/*"]

[tool.commonhold.tiers.community]
path = ["community/*"]
on-core-change = "skip"
on-dependency-change = "advisory"
on-shared-change = "advisory"
"""


@dataclass(frozen=True)
class Link:
    """A symbolic link, to be made where a file could be."""

    target: str


Content: TypeAlias = "str | bytes | Link | None"
"""A file, a link, or nothing any more."""


def project(
    name: str,
    needs: Iterable[str] = (),
    *,
    extras: Mapping[str, Iterable[str]] | None = None,
    groups: Mapping[str, Iterable[str]] | None = None,
    build: Iterable[str] = (),
    more: str = "",
) -> str:
    """A ``pyproject.toml``; ``more`` is appended to its ``[project]`` table, or begins other tables."""
    lines = [f"[build-system]\nrequires = {_array(build)}\n", f'[project]\nname = "{name}"\nversion = "1"']
    lines.append(f"dependencies = {_array(needs)}")
    lines.append(more if not more.startswith("[") else "")
    lines.append("[project.optional-dependencies]" if extras else "")
    lines += [f"{extra} = {_array(listed)}" for extra, listed in (extras or {}).items()]
    lines.append("[dependency-groups]" if groups else "")
    lines += [f"{group} = {_array(listed)}" for group, listed in (groups or {}).items()]
    lines.append(more if more.startswith("[") else "")
    return "\n".join(lines) + "\n"


def _array(texts: Iterable[str]) -> str:
    return "[" + ", ".join(f"'{text}'" for text in texts) + "]"


def plugin(folder: str, needs: Iterable[str] = (), **said: object) -> dict[str, Content]:
    """A plugin named like its folder's last part, with a module ``acme.<name>`` and a test."""
    name = folder.rpartition("/")[2]
    return {
        f"{folder}/pyproject.toml": project(name, needs, **said),  # type: ignore[arg-type]
        f"{folder}/acme/{name}/__init__.py": f"NAME = {name!r}\n",
        f"{folder}/tests/test_{name}.py": "def test_it():\n    pass\n",
    }


class Monorepo:
    """A repository with a configuration, and a way to ask what a change in it can break."""

    def __init__(self, repo: Repo) -> None:
        self.repo = repo

    @classmethod
    def of(cls, root: Path, *parts: Mapping[str, Content], config: str = CONFIG) -> Monorepo:
        """Create a repository with these files in its first commit, and in each tier a plugin without dependents."""
        monorepo = cls(Repo.init(root))
        files: dict[str, Content] = {"pyproject.toml": config, "constraints.txt": "framework==1\n"}
        files |= {"README.md": "", "LICENSE": ""}  # paths that the configuration ignores
        if config.startswith(CONFIG[:20]):
            files |= plugin("official/alone") | plugin("community/lonely")
        for part in parts:
            files.update(part)
        monorepo.commit(files)
        return monorepo

    def write(self, files: Mapping[str, Content]) -> None:
        """Write, link or remove files, without a commit."""
        for path, content in files.items():
            if content is None:
                self.repo.remove(path)
            elif isinstance(content, Link):
                self.repo.link(path, content.target)
            else:
                self.repo.write(path, content)

    def commit(self, files: Mapping[str, Content]) -> str:
        """Write, link or remove files, and commit; the commit's object id."""
        self.write(files)
        return self.repo.commit()

    def after(self, *changes: str | Mapping[str, Content]) -> Affected:
        """Commit these changes and return what they can break; a path alone is a file that gets another line."""
        return self.selected(*changes).affected

    def selected(self, *changes: str | Mapping[str, Content]) -> SelectionResult:
        """The same, with the workspace."""
        base = self.repo.head
        for change in changes:
            if isinstance(change, str):
                full = self.repo.path(change)
                self.write({change: (full.read_bytes() if full.exists() else b"") + b"# changed\n"})
            else:
                self.write(change)
        return self.between(base, self.repo.commit())

    def between(self, base: str | None, head: str | None) -> SelectionResult:
        """The selection between two commits; ``None`` for head is the work tree."""
        options = CompareOptions(str(self.repo.root), base, head, exact=base is not None)
        return find_affected(compare(options, lambda _tree: "main", SpawnRunner(), os.environ))


def answers(affected: Affected) -> dict[str, str]:
    """Map each selected plugin to ``test`` or ``advisory``."""
    return {plugin.name: "advisory" if plugin.advisory else "test" for plugin in affected.plugins}


def names(affected: Affected) -> set[str]:
    """The selected plugins."""
    return {plugin.name for plugin in affected.plugins}
