"""Stage a plugin: create a clean copy from a commit, with the version and pins of its release."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.errors import UsageError
from commonhold.projects.staged_project import StagedProject, StampError
from commonhold.projects.stamp import stamp
from commonhold.release.stage.export import StageError, write_copy
from commonhold.release.stage.outside_files import find_outside_files
from commonhold.release.stage.scratch_repo import asks_git, track
from commonhold.tree import SYMLINK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commonhold.release.model.plan import PlannedDistribution
    from commonhold.tree import Tree

__all__ = ["StageError", "Staged", "StampError", "changes", "stage"]


@dataclass(frozen=True, slots=True)
class Staged:
    """A copy that can be built: its folder, and the environment variables for its build.

    ``outside`` are the paths in the repository of the files above the plugin's folder that its metadata names. Their
    paths relative to ``folder`` are the same as in the repository.
    """

    folder: str
    env: Mapping[str, str]
    outside: tuple[str, ...] = ()


def stage(tree: Tree, planned: PlannedDistribution, folder: str) -> Staged:
    """Copy the files of a plugin into ``folder`` and stamp them; the folder must be empty or missing.

    :func:`~commonhold.release.stage.export.write_copy` copies the files of ``tree``. If the plugin's backend lists its
    files with git, the copy becomes a git repository. If the plugin's metadata names files above its folder, the copy
    is in a subfolder, and these files are copied too. Raises ``StageError`` if a file cannot be copied, and
    ``StampError`` if the version or a pin cannot be written into a file. Raises ``UsageError`` if the folder is not
    empty.
    """
    folder = os.path.abspath(folder)
    os.makedirs(folder, exist_ok=True)
    if os.listdir(folder):
        raise UsageError(f"{folder} is not empty", hint="Use a new or empty folder.")
    outside = find_outside_files(tree, planned.path) if planned.path else ()
    for path in outside:
        parent = path.rpartition("/")[0] if path in tree.entries else path
        write_copy(tree, path, os.path.join(folder, parent))
    root = folder
    if outside:
        folder = os.path.join(folder, *planned.path.split("/"))
    write_copy(tree, planned.path, folder)
    project = StagedProject(folder, planned.path, planned.name, planned.version, planned.pins, root)
    env = stamp(project)
    # Create the repository after stamping, so that the backend does not see changed files.
    if asks_git(project):
        track(folder)
    return Staged(folder, env, outside)


def changes(tree: Tree, planned: PlannedDistribution, staged: Staged) -> Iterator[str]:
    """Return the changes that stamping made, as the lines of a unified diff."""
    prefix = f"{planned.path}/" if planned.path else ""
    paths = [path for path, entry in tree.entries.items() if path.startswith(prefix) and entry.mode != SYMLINK]
    for path, before in tree.read(paths).items():
        with open(os.path.join(staged.folder, *path[len(prefix) :].split("/")), "rb") as file:
            after = file.read()
        if after != before:
            was, now = (data.decode("utf-8", "replace").splitlines() for data in (before, after))
            yield from difflib.unified_diff(was, now, path, path, lineterm="", n=0)
