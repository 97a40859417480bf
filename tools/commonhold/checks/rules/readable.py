"""Rules CH0xx: the files that other rules read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.checks.finding import Violation
from commonhold.checks.rule import plugin_rule, repository_rule
from commonhold.projects.paths import PROJECT_FILES
from commonhold.projects.problem_lines import problem_line
from commonhold.tree import SYMLINK
from commonhold.workspace.plugin_discovery import find_plugin_folders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.checks.context import CheckedPlugin, CheckedRepository


@plugin_rule("CH001", "The project files are readable", requires=())
def readable_project_files(checked: CheckedPlugin) -> Iterator[Violation]:
    """Every value in the project files can be read without running code.

    Commonhold does not run the code of plugins to read their metadata. So it cannot check a plugin whose `setup.py`
    computes its metadata, or whose `pyproject.toml` is not valid TOML. Other rules about the plugin's metadata are
    skipped.

    **To fix it**, write the values literally, preferably in the `[project]` table of `pyproject.toml`.
    """
    for problem in checked.plugin.metadata.problems:
        raw = checked.repository.files.get(problem.path) or b""
        yield Violation(problem.message, problem.path, problem_line(problem, raw), problem.path)


@plugin_rule("CH002", "The published values have the right types")
def published_types(checked: CheckedPlugin) -> Iterator[Violation]:
    """Each value of the metadata, such as `readme` or `authors`, has the type that its format requires.

    Build backends reject other types. Rules about such a value are not applied to it.

    **To fix it**, write the value as https://packaging.python.org/en/latest/specifications/pyproject-toml/ describes.
    """
    for value in checked.description.invalid():
        yield Violation(value.message, value.path, value.line, value.message)


@plugin_rule("CH009", "The plugin's own settings make its checks stricter")
def own_settings(checked: CheckedPlugin) -> Iterator[Violation]:
    """`[tool.commonhold.check]` in a plugin's `pyproject.toml` is valid, and no setting is weaker than the tier's.

    Authors can make the checks of their plugin stricter. Only the repository's root can make them weaker, so weaker
    settings have no effect.

    **To fix it**, remove the setting, or ask the core team for a waiver.
    """
    for problem in checked.settings_problems:
        yield Violation(problem, checked.project_file, subject=problem.partition(": ")[0])


@repository_rule("CH003", "The project files of plugins are not links")
def linked_projects(repository: CheckedRepository) -> Iterator[Violation]:
    """The project files of plugins are files, not symbolic links.

    Commonhold does not follow links to project files, because a link may lead to any file on the machine. So a folder
    whose `pyproject.toml`, `setup.cfg` or `setup.py` are links is not a plugin: it is neither tested nor checked.

    **To fix it**, replace the link with a copy of the file.
    """
    config, entries = repository.workspace.config, repository.files.entries
    plugins = {plugin.path for plugin in repository.workspace.plugins.values()}
    for folder in find_plugin_folders(entries, config)[0]:
        for path in (f"{folder.path}/{name}" for name in PROJECT_FILES):
            if folder.path not in plugins and path in entries and entries[path].mode == SYMLINK:
                message = f"{folder.path} is not a plugin: its project file is a link, which is not followed"
                yield Violation(message, path, subject=path)
