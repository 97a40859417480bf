"""Decide which files `init` writes: the configuration, a workflow, and a noxfile if CI runs the sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.errors import UsageError
from commonhold.projects.toml import parse_toml
from commonhold.scaffold.init.configuration import confirm_promises, count_promises, write_configuration
from commonhold.scaffold.init.path_rules import PathRule
from commonhold.scaffold.init.workflow_files import (
    NOXFILE,
    NOXFILE_LINES,
    SHADOW_WORKFLOW,
    TEST_WORKFLOW,
    WorkflowMode,
    write_workflows,
)
from commonhold.tree import SYMLINK
from commonhold.workspace.config import decode_config
from commonhold.workspace.config.locate import ROOT_PROJECT, RULES_FILES, commonhold_table, find_rules, rules_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.scaffold.init.findings import Survey
    from commonhold.workspace import Files


@dataclass(frozen=True, slots=True)
class Adoption:
    """The new contents of files by path, and the text of the configuration in ``rules_path``.

    ``noxfile_lines`` are lines that the user adds to an existing noxfile.
    """

    files: Mapping[str, bytes]
    rules_path: str
    text: str
    noxfile_lines: str = ""

    @property
    def promises(self) -> int:
        """The number of promises in the configuration."""
        return count_promises(self.text)


def find_configuration(files: Files, workspace: str = "") -> str | None:
    """Return the file that already contains a configuration, in the workspace or at the root, or ``None``.

    Raises ``ConfigurationError`` if both files of a folder contain one.
    """
    for paths in (rules_files(workspace), RULES_FILES):
        contents = {path: data for path in paths if (data := _read_root_file(files, path)) is not None}
        path, table = find_rules(contents)
        if table is not None:
            return path
    return None


def plan_adoption(files: Files, survey: Survey, mode: WorkflowMode) -> Adoption:
    """Return the files to write. Raises ``UsageError`` if the configuration cannot be added to ``pyproject.toml``."""
    text = write_configuration(survey, _own_rules(mode))
    path = next(path for path in (ROOT_PROJECT, RULES_FILES[-1]) if path != ROOT_PROJECT or path in files.entries)
    before = _read_root_file(files, path) or b""
    content = (before.rstrip(b"\r\n") + b"\n\n" if before.strip() else b"") + text.encode()
    if before.count(b"\r\n") > before.count(b"\n") / 2:
        content = content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    _check(content, text, path)
    has_noxfile = NOXFILE in files.entries
    workflows = write_workflows(mode, survey, path, has_noxfile=has_noxfile)
    # A file with the same content is left from a run that was killed.
    existing = [each for each, new in workflows.items() if each in files.entries and files.get(each) != new]
    if existing:
        raise UsageError(f"{existing[0]} exists already", hint="Rename it, or pass --workflows none.")
    registered = b"commonhold.ci" in (files.get(NOXFILE) or b"")
    lines = NOXFILE_LINES if has_noxfile and not registered else ""
    return Adoption({path: content, **workflows}, path, text, lines)


def _own_rules(mode: WorkflowMode) -> tuple[PathRule, ...]:
    """Return the rules for the files that `init` writes: in shadow mode, the workflow runs no tests."""
    because = "written by commonhold init"
    if mode is WorkflowMode.SHADOW:
        return (PathRule((SHADOW_WORKFLOW,), "none", because, promise=False),)
    if mode is WorkflowMode.REPLACE:
        return (PathRule((TEST_WORKFLOW, NOXFILE), "all", because, promise=False),)
    return ()


def _read_root_file(files: Files, path: str) -> bytes | None:
    entry = files.entries.get(path)
    if entry is None:
        return None
    if entry.mode == SYMLINK:
        raise UsageError(f"{path} is a symbolic link", hint="Replace it with a copy of the file.")
    return files.get(path)


def _check(content: bytes, text: str, path: str) -> None:
    """Check that the file is valid with the new lines, and also with every promise confirmed."""
    table = commonhold_table(parse_toml(content, path))
    decode_config(table, path)
    decode_config(commonhold_table(parse_toml(confirm_promises(text).encode(), path)), path)
