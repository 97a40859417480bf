"""What was read before, keyed by git's object ids: content that git calls the same needs no second reading.

A memory lives in one process, or is kept in a file between two. It holds only what can be computed
again; losing it costs time and nothing else.
"""

from __future__ import annotations

import marshal
import sys

from commonhold import __version__
from commonhold.typed import TYPE_CHECKING
from commonhold.workspace.metadata import Metadata, Need, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, TypeAlias

    from commonhold.tree import Entry
    from commonhold.workspace.names import Name

READER = (__version__, *sys.version_info[:2])
"""Who read: another version of this library, or of Python, may read the same file differently."""

Read: TypeAlias = "Callable[[str], bytes | None]"
Imports: TypeAlias = "frozenset[tuple[Name, str]]"
Origin: TypeAlias = "dict[str, str | None]"
"""Files by path with their object ids: ``""`` where there is no file, ``None`` where the id is not known."""


Found: TypeAlias = "tuple[Origin, Metadata]"
"""Metadata, and what it was read from."""


def find_metadata(entries: Mapping[str, Entry], read: Read, look: Callable[[Read], Metadata]) -> Found:
    """Find metadata with ``look``; every file that it asks ``read`` for, there or not, is noted beside it."""
    asked: dict[str, None] = {}

    def noting(path: str) -> bytes | None:
        asked[path] = None
        return read(path)

    metadata = look(noting)
    return {path: _oid(entries, path) for path in asked}, metadata


class Memory:
    """The metadata of folders, and what Python files import, each with what it was read from."""

    def __init__(self) -> None:
        self._metadata: dict[str, Found] = {}
        self._imports: dict[str, tuple[str, Imports]] = {}
        self._modules: Mapping[str, object] = {}
        self.learned = False

    def metadata(self, folder: str, files: Iterable[str], entries: Mapping[str, Entry]) -> Metadata | None:
        """The metadata of ``folder``, if its project files, and all else it was read from, are as they were."""
        origin, metadata = self._metadata.get(folder, ({}, None))
        if metadata is None or any(path not in origin for path in files):
            return None
        same = all(oid is not None and oid == _oid(entries, path) for path, oid in origin.items())
        return metadata if same else None

    def learn_metadata(self, folder: str, found: Found) -> Metadata:
        """Note the metadata of a folder, and what it was read from."""
        self._metadata[folder] = found
        self.learned = True
        return found[1]

    def imports(self, path: str, oid: str | None) -> Imports | None:
        """What a file imports, if its content is the one that was looked at."""
        known = self._imports.get(path)
        return known[1] if known is not None and oid is not None and known[0] == oid else None

    def learn_imports(self, path: str, oid: str | None, found: Imports) -> Imports:
        """Note what a file imports."""
        if oid is not None:
            self._imports[path] = (oid, found)
            self.learned = True
        return found

    def use_modules(self, modules: Mapping[str, object]) -> None:
        """Forget all imports when the modules are others: the same text may now mean another plugin."""
        if modules != self._modules:
            self._modules, self._imports = modules, {}

    def dump(self) -> bytes:
        """This memory as bytes, for :meth:`load`."""
        kept = {folder: (origin, _plain(metadata)) for folder, (origin, metadata) in self._metadata.items()}
        kept = {folder: known for folder, known in kept.items() if _can_be_kept(known)}
        return marshal.dumps((READER, kept, dict(self._modules), self._imports))

    @classmethod
    def load(cls, data: bytes) -> Memory:
        """The memory that ``data`` was made from; an empty one when it is of another version, or damaged."""
        memory = cls()
        try:
            reader, metadata, modules, imports = marshal.loads(data)  # noqa: S302 - it builds values and runs nothing
            if reader == READER:
                memory._metadata = {folder: (origin, _rich(record)) for folder, (origin, record) in metadata.items()}
                memory._modules, memory._imports = modules, imports
        except (EOFError, ValueError, TypeError, AttributeError, KeyError):
            return cls()
        return memory


def _can_be_kept(known: Any) -> bool:
    """Not so with a date in a table, which marshal does not know; such a file is read anew each time."""
    try:
        marshal.dumps(known)
    except ValueError:
        return False
    return True


def _oid(entries: Mapping[str, Entry], path: str) -> str | None:
    entry = entries.get(path)
    return "" if entry is None else entry.oid


def _plain(value: Any) -> Any:
    """Nested metadata without the classes that marshal does not know."""
    if isinstance(value, (Metadata, Need, Problem)):
        return (type(value).__name__, *map(_plain, value))
    if isinstance(value, tuple):
        return ("", *map(_plain, value))
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


_CLASSES: dict[str, Callable[[Iterable[Any]], Any]] = {
    "": tuple,
    "Metadata": Metadata._make,
    "Need": Need._make,
    "Problem": Problem._make,
}


def _rich(value: Any) -> Any:
    """The values that ``plain`` was given."""
    if isinstance(value, tuple):
        return _CLASSES[value[0]](map(_rich, value[1:]))
    if isinstance(value, dict):
        return {key: _rich(item) for key, item in value.items()}
    return value
