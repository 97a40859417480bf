"""Write the documents about a release into its store."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from commonhold.effects.files import write_atomically
from commonhold.errors import ConfigurationError
from commonhold.release.model.release_index import release_address
from commonhold.release.plan.tag_patterns import TagPatterns
from commonhold.release.report.commit_range import published_versions
from commonhold.release.report.plugin_changes import collect_changes, plugin_tables
from commonhold.release.report.release_document import dump_document, release_document
from commonhold.release.report.release_notes import plugin_notes, release_notes
from commonhold.release.report.release_tags import TagResult, push_release_tags, tag_release
from commonhold.release.report.rollback import rollback_sheet
from commonhold.release.report.sbom import bill_of_materials

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonhold.index.addresses import Address
    from commonhold.release.model.state import ReleaseState
    from commonhold.release.model.store import Store
    from commonhold.release.plan.release_source import ReleaseSource
    from commonhold.release.report.plugin_changes import PluginChanges

FOLDER = "after"
NOTES, DOCUMENT, SBOM, ROLLBACK = "NOTES.md", "release.json", "sbom.cdx.json", "ROLLBACK.md"


def write_outputs(
    store: Store, state: ReleaseState, changes: Sequence[PluginChanges], *, shallow: bool = False
) -> dict[str, str]:
    """Write the release notes, the notes of each plugin, ``release.json``, the SBOM and the rollback sheet.

    Return the paths by document name; the notes of a plugin have the name ``notes/PLUGIN.md``. Raises ``OSError``.
    """
    files = {
        NOTES: release_notes(store.plan, changes, shallow=shallow).encode(),
        DOCUMENT: dump_document(release_document(store)),
        SBOM: bill_of_materials(store, state),
        ROLLBACK: rollback_sheet(store.plan, state).encode(),
    }
    files |= {f"notes/{each.state.name}.md": plugin_notes(each).encode() for each in changes}
    paths = {name: os.path.join(store.folder, FOLDER, *name.split("/")) for name in files}
    for name, data in files.items():
        write_atomically(paths[name], data)
    return paths


def is_up_to_date(store: Store) -> bool:
    """Return whether the documents in the store describe the release's current state."""
    # release.json contains all inputs of the other documents, so comparing it is enough.
    try:
        with open(os.path.join(store.folder, FOLDER, DOCUMENT), "rb") as file:
            return file.read() == dump_document(release_document(store))
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """The settings of the ``notes`` phase.

    With ``tag``, tags are created in this clone. ``push`` is the remote to push tags to. With ``offline``, the index is
    not queried, and only tags are used to find the previous release of each plugin.
    """

    offline: bool = False
    tag: bool = False
    push: str | None = None


@dataclass(frozen=True, slots=True)
class ReleaseReport:
    """The documents that were written, by name, and the tags that were created and pushed.

    ``conflicts`` are existing tags that point to another commit, each with that commit. ``warning`` is the reason why
    previous releases may be missing from the notes, or empty.
    """

    documents: Mapping[str, str]
    tagged: tuple[str, ...] = ()
    pushed: tuple[str, ...] = ()
    conflicts: Mapping[str, str] = field(default_factory=dict)
    warning: str = ""


def write_report(
    source: ReleaseSource, store: Store, settings: ReportSettings | None = None, address: Address | None = None
) -> ReleaseReport:
    """Tag a release, and write its notes and other documents into its store. Raises ``GitError``.

    An existing tag is never moved. ``address`` is the index of the release, by default the plan's index. Raises
    ``UsageError`` if the journal names another index.
    """
    settings = settings or ReportSettings()
    address = address or release_address(store, None, None)
    repository = source.repository
    tree = source.tree(store.plan.commit)
    patterns = TagPatterns(source.config(tree).release.tag)
    made = pushed = TagResult((), {})
    with store.lock():
        state = store.state()
        if state.address is not None:
            state = replace(state, address=address)
        try:
            if settings.tag:
                made = tag_release(store, state, repository, patterns)
            if settings.push is not None:
                pushed = push_release_tags(store, state, repository, patterns, settings.push)
        finally:
            # The documents are written even if the remote rejects the tags.
            published, warning = ({}, None) if settings.offline else published_versions(store.plan, state)
            changes = collect_changes(
                store,
                state,
                repository,
                patterns=patterns,
                tables=plugin_tables(tree, store.plan),
                published=published.get,
                folders=partial(_plugin_folders, source),
            )
            documents = write_outputs(store, state, changes, shallow=repository.shallow)
    conflicts = {**made.conflicts, **pushed.conflicts}
    return ReleaseReport(documents, made.done, pushed.done, conflicts, warning or "")


def _plugin_folders(source: ReleaseSource, commit: str) -> Mapping[str, str]:
    """Return the folders of the plugins in an earlier commit; empty if its configuration is not valid."""
    try:
        workspace = source.workspace(source.repository.tree(commit))
    except ConfigurationError:
        return {}
    return {name: plugin.path for name, plugin in workspace.plugins.items()}
