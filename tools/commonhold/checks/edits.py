"""Make the fixes of rules: edits of single lines, which keep everything else in a file as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.checks.finding import Fix

if TYPE_CHECKING:
    from commonhold.checks.context import CheckedRepository
    from commonhold.effects.file_changes import FileChanges


def replacing(repository: CheckedRepository, path: str, old: str, new: str, *, safe: bool = False) -> Fix | None:
    """Return a fix that replaces a text; ``None`` unless the file contains the text exactly once."""
    if (repository.text(path) or "").count(old) != 1:
        return None

    def apply(changes: FileChanges) -> None:
        content = changes.read(path) or b""
        changes.write(path, content.replace(old.encode(), new.encode(), 1))

    return Fix(apply, safe)


def without_line(repository: CheckedRepository, path: str, text: str, *, safe: bool = False) -> Fix | None:
    """Return a fix that deletes the line with only a quoted text; ``None`` unless there is exactly one such line."""
    lines = (repository.text(path) or "").split("\n")
    if sum(_is_only(line, text) for line in lines) != 1:
        return None

    def apply(changes: FileChanges) -> None:
        content = (changes.read(path) or b"").split(b"\n")
        kept = [line for line in content if not _is_only(line.decode("utf-8", "replace"), text)]
        changes.write(path, b"\n".join(kept))

    return Fix(apply, safe)


def with_line_in_table(path: str, table: str, line: str) -> Fix:
    """Return a fix that inserts a line at the top of a TOML table; without the table's header, it changes nothing."""

    def apply(changes: FileChanges) -> None:
        lines = (changes.read(path) or b"").split(b"\n")
        at = next((at for at, each in enumerate(lines) if each.strip() == f"[{table}]".encode()), None)
        if at is not None:
            end = b"\r" if lines[at].endswith(b"\r") else b""
            changes.write(path, b"\n".join([*lines[: at + 1], line.encode() + end, *lines[at + 1 :]]))

    return Fix(apply)


def new_file(path: str, content: bytes, *, safe: bool = False) -> Fix:
    """Return a fix that creates a file."""
    return Fix(lambda changes: changes.write(path, content), safe)


def deleted_file(path: str, *, safe: bool = False) -> Fix:
    """Return a fix that deletes a file."""
    return Fix(lambda changes: changes.delete(path), safe)


def _is_only(line: str, text: str) -> bool:
    return line.strip().rstrip(",").strip("\"'") == text
