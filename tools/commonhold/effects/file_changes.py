"""Change several files of a working tree together: show the difference first, then write all of them or none."""

from __future__ import annotations

import difflib
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from commonhold.effects.files import make_ignored_folder, read_untrusted, write_atomically
from commonhold.errors import UsageError
from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_MOST_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class _Change:
    """The new content of a file (``None``: the file is deleted), and its content when the change was added."""

    path: str
    old: bytes | None
    new: bytes | None
    executable: bool = False


def diff_lines(path: str, old: bytes | None, new: bytes | None) -> Iterator[str]:
    """Yield the lines of a unified diff without line ends; ``git apply`` accepts them.

    ``None`` is the content of a file that does not exist. Bytes that are not UTF-8 become surrogates.
    """
    before = f"a/{path}" if old is not None else "/dev/null"
    after = f"b/{path}" if new is not None else "/dev/null"
    for line in difflib.unified_diff(_lines(old or b""), _lines(new or b""), before, after, lineterm=""):
        yield from line.split("\n")


def _lines(content: bytes) -> list[str]:
    """Split a content as git does: only line feeds end a line, and a last line without one is marked."""
    *lines, last = content.decode("utf-8", "surrogateescape").split("\n")
    return [*lines, f"{last}\n\\ No newline at end of file"] if last else lines


class FileChanges:
    """Changes to the files below ``root``. Paths are relative to ``root`` and use ``/``.

    Nothing is written before :meth:`apply`. Paths outside ``root`` and paths through symbolic links are refused with
    ``UsageError``, because the names may come from another person's project.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self._changes: dict[str, _Change] = {}

    def __bool__(self) -> bool:
        return bool(self.paths)

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths that change, in alphabetical order."""
        return tuple(sorted(path for path, each in self._changes.items() if each.old != each.new))

    def read(self, path: str) -> bytes | None:
        """Return the content that a file will have, or ``None`` if it will not exist."""
        change = self._changes.get(path)
        return change.new if change is not None else self._on_disk(path)

    def write(self, path: str, content: bytes, *, executable: bool = False) -> None:
        """Create or replace a file."""
        self._add(path, content, executable)

    def delete(self, path: str) -> None:
        """Delete a file; a file that does not exist is ignored."""
        self._add(path, None, executable=False)

    def _add(self, path: str, content: bytes | None, executable: bool) -> None:
        before = self._changes.get(path)
        old = before.old if before is not None else self._on_disk(path)
        self._changes[path] = _Change(path, old, content, executable)

    def _on_disk(self, path: str) -> bytes | None:
        try:
            return read_untrusted(self._place(path), _MOST_BYTES)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise UsageError(f"cannot read {printable(path)}: {error.strerror}") from error

    def _place(self, path: str) -> str:
        parts = path.split("/")
        if not path or os.path.isabs(path) or {"", ".", ".."} & {*parts} or ".git" in map(str.lower, parts):
            raise UsageError(f"{printable(path)} is not a path in the repository")
        if "\0" in path or "\\" in path:
            raise UsageError(f"{printable(path)} contains characters that file names must not contain")
        place = self.root
        for part in parts[:-1]:
            place = os.path.join(place, part)
            if os.path.islink(place):
                raise UsageError(f"{printable(path)} leads through a symbolic link", hint="Replace the link.")
        return os.path.join(place, parts[-1])

    def diff(self) -> Iterator[str]:
        """Yield the lines of a unified diff without line ends."""
        for path in self.paths:
            yield from diff_lines(path, self._changes[path].old, self._changes[path].new)

    def apply(self) -> None:
        """Write every change; if one fails or the process is interrupted, restore the files that were written.

        Raises ``UsageError`` if a file has changed since its change was added, and ``OSError``.
        """
        for path in self.paths:
            if self._on_disk(path) != self._changes[path].old:
                raise UsageError(f"{printable(path)} was changed at the same time", hint="Run the command again.")
        undo: list[Callable[[], object]] = []
        groups = self._by_new_folder()
        try:
            for path in groups.pop("", ()):
                change = self._changes[path]
                undo.append(partial(self._write, path, change.old, executable=self._is_executable(path)))
                self._write(path, change.new, executable=change.executable)
            for folder, paths in groups.items():
                undo.append(partial(shutil.rmtree, folder, ignore_errors=True))
                self._create(folder, paths)
        except BaseException:
            for each in reversed(undo):
                each()
            raise
        self._remove_empty_folders()

    def _by_new_folder(self) -> dict[str, list[str]]:
        """Group the changes by the outermost folder that they create; those that create no folder are below ``""``."""
        groups: dict[str, list[str]] = {}
        for path in self.paths:
            missing, folder = "", os.path.dirname(self._place(path))
            while self._changes[path].new is not None and not os.path.isdir(folder):
                missing, folder = folder, os.path.dirname(folder)
            groups.setdefault(missing, []).append(path)
        return groups

    def _create(self, folder: str, paths: Iterable[str]) -> None:
        """Create a folder with its files at once, so that not even a killed process leaves a part of them."""
        with scratch_folder(self.root) as scratch:
            for path in paths:
                change = self._changes[path]
                place = os.path.join(scratch, "new", os.path.relpath(self._place(path), folder))
                write_atomically(place, change.new or b"", mode=0o777 if change.executable else 0o666)
            os.rename(os.path.join(scratch, "new"), folder)

    def _is_executable(self, path: str) -> bool:
        return os.access(self._place(path), os.X_OK)

    def _write(self, path: str, content: bytes | None, *, executable: bool) -> None:
        place = self._place(path)
        if content is not None:
            executable = executable or self._is_executable(path)
            write_atomically(place, content, mode=0o777 if executable else 0o666)
        elif os.path.lexists(place):
            os.unlink(place)

    def _remove_empty_folders(self) -> None:
        for path in self.paths:
            folder = os.path.dirname(self._place(path))
            while (
                self._changes[path].new is None
                and folder != self.root
                and os.path.isdir(folder)
                and not os.listdir(folder)
            ):
                os.rmdir(folder)
                folder = os.path.dirname(folder)


@contextmanager
def scratch_folder(root: str) -> Iterator[str]:
    """Create a folder below ``root`` that git ignores, for files that are moved into the tree; delete it afterwards."""
    folder = os.path.join(root, f".commonhold-{os.urandom(6).hex()}.tmp")
    try:
        make_ignored_folder(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
