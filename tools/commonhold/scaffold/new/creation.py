"""Collect the files of a new plugin, and the steps that are left to its author."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.checks.tiers import OFFICIAL
from commonhold.effects.file_changes import FileChanges
from commonhold.ownership import GOVERNANCE, ListedPerson, Role, Term, format_governance
from commonhold.scaffold.new.rendering import render_files, render_step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.scaffold.new.new_plugin import NewPlugin


def plan_creation(plugin: NewPlugin, root: str) -> FileChanges:
    """Return the changes that create a plugin; only new files below the plugin's folder are written."""
    changes = FileChanges(root)
    for path, content in render_files(plugin).items():
        changes.write(f"{plugin.names.folder}/{path}", content)
    changes.write(f"{plugin.names.folder}/{GOVERNANCE}", format_governance(_listed(plugin), plugin.day))
    return changes


def _listed(plugin: NewPlugin) -> Iterator[ListedPerson]:
    """Yield the maintainers whose accounts are known."""
    terms = {Role.MAINTAINER: Term(plugin.day)}
    for each in plugin.answers.maintainers:
        if each.account is not None:
            yield ListedPerson(each.name, *each.account, terms, contact=f"mailto:{each.email}")


def remaining_steps(plugin: NewPlugin) -> Iterator[str]:
    """Yield the steps that are left to the author, in their order."""
    for step in plugin.template.next_steps:
        yield render_step(step, plugin)
    yield f"Describe the plugin in `{plugin.shown_folder}/README.md`."
    if plugin.tier.approvals == "maintainers" and not any(each.account for each in plugin.answers.maintainers):
        yield f"List the maintainers with their accounts in `{plugin.shown_folder}/{GOVERNANCE}`."
    yield f"Run `commonhold check {plugin.names.distribution}`, which reports what the tier requires."
    if plugin.tier.name == OFFICIAL:
        yield f"Link to `{plugin.shown_folder}` from the page that lists the official plugins."
    yield "Run `nox -s affected`, which tests the plugin."
    unchanged = "" if plugin.tier.name == OFFICIAL else "; no other file needs a change"
    yield f"Commit the changes and open a pull request{unchanged}."
