"""Writing what a release leaves behind into its store: beside what never changes, and anew each time."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from commonhold.effects.files import write_atomically
from commonhold.release.report.release_document import dump_document, release_document
from commonhold.release.report.release_notes import plugin_notes, release_notes
from commonhold.release.report.rollback import rollback_sheet
from commonhold.release.report.sbom import bill_of_materials

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonhold.release.model.state import ReleaseState
    from commonhold.release.model.store import Store
    from commonhold.release.report.plugin_changes import PluginChanges

FOLDER = "after"
NOTES, DOCUMENT, BILL, ROLLBACK = "NOTES.md", "release.json", "sbom.cdx.json", "ROLLBACK.md"


def write_after(
    store: Store, state: ReleaseState, told: Sequence[PluginChanges], *, shallow: bool = False
) -> dict[str, str]:
    """Write the notes of the whole and of each plugin, ``release.json``, the bill of materials, the rollback sheet.

    The paths by what they are called: ``notes/PLUGIN.md`` for a plugin. Raises ``OSError``.
    """
    files = {
        NOTES: release_notes(store.plan, told, shallow=shallow).encode(),
        DOCUMENT: dump_document(release_document(store)),
        BILL: bill_of_materials(store, state),
        ROLLBACK: rollback_sheet(store.plan, state).encode(),
    }
    files |= {f"notes/{one.standing.plugin.name}.md": plugin_notes(one).encode() for one in told}
    paths = {name: os.path.join(store.folder, FOLDER, *name.split("/")) for name in files}
    for name, data in files.items():
        write_atomically(paths[name], data)
    return paths


def is_written(store: Store) -> bool:
    """Whether what was written tells how the release stands now."""
    try:
        with open(os.path.join(store.folder, FOLDER, DOCUMENT), "rb") as file:
            return file.read() == dump_document(release_document(store))
    except OSError:
        return False
