"""Write the documents about a release into its store. They are written again whenever the release has changed."""

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
NOTES, DOCUMENT, SBOM, ROLLBACK = "NOTES.md", "release.json", "sbom.cdx.json", "ROLLBACK.md"


def write_outputs(
    store: Store, state: ReleaseState, changes: Sequence[PluginChanges], *, shallow: bool = False
) -> dict[str, str]:
    """Write the release notes, the notes of each plugin, ``release.json``, the SBOM and the rollback sheet.

    Returns the paths by name; the name of a plugin's notes is ``notes/PLUGIN.md``. Raises ``OSError``.
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
    """Whether the documents in the store describe the release's current state."""
    try:
        with open(os.path.join(store.folder, FOLDER, DOCUMENT), "rb") as file:
            return file.read() == dump_document(release_document(store))
    except OSError:
        return False
