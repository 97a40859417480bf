"""Rules CH0xx: the files that other rules read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.checks.finding import Violation
from commonhold.checks.rule import plugin_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.checks.context import CheckedPlugin


@plugin_rule("CH001", "The project files are readable", requires=())
def readable_project_files(checked: CheckedPlugin) -> Iterator[Violation]:
    """Every value in the project files can be read without running code.

    Commonhold does not run the code of plugins to read their metadata. So it cannot check a plugin whose `setup.py`
    computes its metadata, or whose `pyproject.toml` is not valid TOML. Other rules about the plugin's metadata are
    skipped.

    **To fix it**, write the values literally, preferably in the `[project]` table of `pyproject.toml`.
    """
    for problem in checked.plugin.metadata.problems:
        yield Violation(problem.message, problem.path, subject=problem.path)
