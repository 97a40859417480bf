"""Check small plugins on disk with single rules."""

from __future__ import annotations

import os
from datetime import date
from typing import TYPE_CHECKING, Any

from commonhold.checks.context import CheckedPlugin, CheckedRepository
from commonhold.effects.file_changes import FileChanges
from commonhold.effects.process.spawn import SpawnRunner
from commonhold.vcs import open_repository
from commonhold.workspace import Files, read_config, read_workspace
from commonhold.workspace.config.locate import locate_workspace
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from commonhold.checks.rule import Rule

TODAY = date(2026, 6, 1)

CONFIG = """\
[tool.commonhold]
core = { distribution = "framework" }
python = ["3.11", "3.12"]
tests = ["tests/**"]

[tool.commonhold.tiers.official]
path = ["plugins/official/*"]

[tool.commonhold.tiers.community]
path = ["plugins/community/*"]
on-core-change = "skip"
on-dependency-change = "advisory"
on-shared-change = "advisory"
on-release-failure = "hold-back"
"""


def checked_repository(
    root: Path, files: Mapping[str, str | bytes], config: str = CONFIG, workspace: str = ""
) -> CheckedRepository:
    """Write a repository with these files and read it as ``commonhold check`` does in the folder ``workspace``."""
    repo = Repo.init(root)
    for path, content in {"pyproject.toml": config, **files}.items():
        repo.write(path, content)
    return read_checked(root / workspace)


def read_checked(folder: Path) -> CheckedRepository:
    """Read the working tree of a repository as ``commonhold check`` does in a folder."""
    repository = open_repository(str(folder), SpawnRunner(), os.environ, locate=locate_workspace)
    tree = Files(repository.work_tree())
    return CheckedRepository(read_workspace(tree, read_config(tree)), tree, TODAY)


def violations(rule: Rule[Any], repository: CheckedRepository) -> list[str]:
    """The violations of a rule about plugins or the repository, as ``path:line: message``."""
    subjects: list[CheckedPlugin | CheckedRepository] = [*repository.plugins.values()]
    if rule.subject is CheckedRepository:
        subjects = [repository]
    function = rule.violations
    assert function is not None
    return [f"{each.path}:{each.line or '-'}: {each.message}" for subject in subjects for each in function(subject)]


def fixed(rule: Rule[Any], repository: CheckedRepository, root: Path) -> dict[str, str]:
    """The files that the fixes of a rule about plugins change, with their contents."""
    changes = FileChanges(str(root))
    function = rule.violations
    assert function is not None
    for checked in repository.plugins.values():
        for violation in function(checked):
            if violation.fix is not None:
                violation.fix.apply(changes)
    return {path: (changes.read(path) or b"").decode() for path in changes.paths}
