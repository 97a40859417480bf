"""``commonhold list``: show every plugin at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from commonhold.cli.context import check_and_warn
from commonhold.cli.options import add_options
from commonhold.cli.release.table import TableRow, print_table
from commonhold.cli.terminal import YELLOW, echo_err, emit
from commonhold.options import JSON
from commonhold.release.report.plugin_list import list_plugins
from commonhold.selection.document import dump
from commonhold.text import printable
from commonhold.workspace import Files, read_workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonhold.cli.context import Context
    from commonhold.projects.published import Person
    from commonhold.release.report.plugin_list import ListedPlugin

_HEADINGS = ("plugin", "tier", "version", "Python", "tests", "released", "folder and maintainers")


@click.command("list")
@add_options([JSON])
@click.pass_obj
def command(context: Context, as_json: bool) -> None:
    """List every plugin with its tier, version, Python versions, maintainers, tests and last release.

    The last release is the newest tag of this clone that matches `tag` in [tool.commonhold.release]. "1.2 +3" means
    that 3 commits changed the plugin's folder since release 1.2.
    """
    repository = context.repository()
    files = Files(repository.work_tree())
    cache = context.recall(repository)
    workspace = check_and_warn(read_workspace(files, context.read_config(files, repository.root), cache=cache))
    context.remember(repository, cache)
    plugins = list_plugins(workspace, files, repository)
    if as_json:
        emit(dump({"schema": 1, "plugins": [_document(each) for each in plugins]}))
        return
    if not any(each.released for each in plugins):
        patterns = " or ".join(workspace.config.release.tag)
        echo_err(f"note: this clone has no tag like {patterns}, so the last releases are unknown", YELLOW)
    has_core = workspace.core.name is not None
    print_table(_HEADINGS, [TableRow(_cells(each, has_core=has_core)) for each in plugins], sentences=1)


def _cells(each: ListedPlugin, *, has_core: bool) -> tuple[str, ...]:
    return (
        each.name,
        each.tier,
        # The files of a plugin that follows the core usually contain a placeholder.
        (each.version or "-") if each.follows == "own" or not has_core else each.follows,
        _python_range(each.pythons),
        str(each.test_files or "none"),
        f"{each.released.version} +{each.unreleased}" if each.released else "-",
        f"{each.path} ({', '.join(map(_shown, each.maintainers)) or 'no maintainers'})",
    )


def _python_range(versions: Sequence[str]) -> str:
    """Return versions as a range if none between the lowest and the highest is missing.

    >>> _python_range(["3.9", "3.10", "3.11"]), _python_range(["3.9", "3.11"]), _python_range([])
    ('3.9-3.11', '3.9, 3.11', 'none')
    """
    minors = [tuple(map(int, version.split("."))) for version in versions]
    steps = [(major, minor + 1) for major, minor in minors[:-1]]
    if len(versions) > 2 and steps == minors[1:]:
        return f"{versions[0]}-{versions[-1]}"
    return ", ".join(versions) or "none"


def _shown(person: Person) -> str:
    return printable(person.name or person.email or "")


def _document(each: ListedPlugin) -> dict[str, Any]:
    released = each.released
    return {
        "name": each.name,
        "path": printable(each.path),
        "tier": each.tier,
        "follows": each.follows,
        "version": each.version,
        "python": list(each.pythons),
        "maintainers": [{"name": person.name, "email": person.email} for person in each.maintainers],
        "test-files": each.test_files,
        "released": released and {"tag": released.tag, "version": released.version, "commit": released.commit},
        "unreleased-commits": each.unreleased,
    }
