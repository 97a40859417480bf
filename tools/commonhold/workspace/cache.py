"""What was read before, keyed by git's object ids: content that git calls the same needs no second reading.

A memory lives in one process, or is kept in a file between two. It holds only what can be computed
again; losing it costs time and nothing else.
"""

from __future__ import annotations

import marshal
import sys
from binascii import crc32

from commonhold import __version__
from commonhold._typing import TYPE_CHECKING
from commonhold.projects.metadata import Metadata, Need, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, TypeAlias

    from commonhold.projects.names import Name
    from commonhold.tree import Entry

READER = (__version__, *sys.version_info[:2])
"""Who read: another version of this library, or of Python, may read the same file differently."""

Read: TypeAlias = "Callable[[str], bytes | None]"
Imports: TypeAlias = "frozenset[tuple[str, str]]"
"""The modules of other plugins, each with its plugin's folder."""

Origin: TypeAlias = "dict[str, str | None]"
"""Files by path with their object ids: ``""`` where there is no file, ``None`` where the id is not known."""

Shape: TypeAlias = "tuple[tuple[tuple[str, tuple[str, ...]], ...], tuple[tuple[str, str], ...]]"
"""Which Python files each plugin has, by folder, and which have just gone."""

_NOTHING: Imports = frozenset()

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


class Cache:
    """The metadata of folders, and what Python files import, each with what it was read from."""

    def __init__(self) -> None:
        self._metadata: dict[str, Found] = {}
        self._shape: Shape = (), ()
        self._seen: dict[str, str] = {}
        self._imports: dict[str, Imports] = {}  # of those that import something
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
        return self._imports.get(path, _NOTHING) if oid is not None and self._seen.get(path) == oid else None

    def learn_imports(self, path: str, oid: str | None, found: Imports) -> Imports:
        """Note what a file imports."""
        if oid is not None:
            self._seen[path] = oid
            self._imports.pop(path, None)
            if found:
                self._imports[path] = found
            self.learned = True
        return found

    def use_shape(self, shape: Shape) -> None:
        """Forget all imports when there are other files: the same text may now mean another plugin."""
        if shape != self._shape:
            self._shape, self._seen, self._imports = shape, {}, {}

    def dump(self) -> bytes:
        """This memory as bytes, for :meth:`load`."""
        kept = {folder: (origin, _plain(metadata)) for folder, (origin, metadata) in self._metadata.items()}
        rest = (self._shape, self._seen, self._imports)
        try:
            data = marshal.dumps((READER, kept, *rest))
        except ValueError:  # marshal knows no dates; a file with one in its table is read anew each time
            kept = {folder: known for folder, known in kept.items() if _can_be_kept(known)}
            data = marshal.dumps((READER, kept, *rest))
        return _check(data) + data

    @classmethod
    def load(cls, data: bytes) -> Cache:
        """The memory that ``data`` was made from; an empty one when it is of another version, or damaged."""
        memory = cls()
        check, data = data[:4], data[4:]
        if check != _check(data):
            return memory
        try:
            reader, metadata, *rest = marshal.loads(data)  # noqa: S302 - it builds values and runs nothing
            if reader == READER:
                memory._metadata = {folder: (origin, _rich(*plain)) for folder, (origin, plain) in metadata.items()}
                memory._shape, memory._seen, memory._imports = rest
        except (EOFError, ValueError, TypeError, AttributeError, KeyError):
            return cls()
        return memory


def _check(data: bytes) -> bytes:
    return crc32(data).to_bytes(4, "big")


def _can_be_kept(known: Any) -> bool:
    try:
        marshal.dumps(known)
    except ValueError:
        return False
    return True


def _oid(entries: Mapping[str, Entry], path: str) -> str | None:
    """The id of a file, or of what stands in its way: a link that takes a folder's place may lead to such a file."""
    while path and path not in entries:
        path = path.rpartition("/")[0]
    return entries[path].oid if path else ""


_Tuples: TypeAlias = "tuple[tuple[Any, ...], ...]"
_Plain: TypeAlias = "tuple[tuple[Any, ...], tuple[_Tuples, ...], tuple[dict[Name, _Tuples], ...], _Tuples]"


def _plain(metadata: Metadata) -> _Plain:
    """Metadata without the classes that marshal does not know."""
    name, python, classifiers, runtime, extras, groups, files, build, reads, names, table, problems = metadata
    needs = tuple(_tuples(needs) for needs in (runtime, files, build))
    named = tuple({key: _tuples(needs) for key, needs in several.items()} for several in (extras, groups))
    return (name, python, classifiers, reads, names, table), needs, named, _tuples(problems)


def _rich(
    rest: tuple[Any, ...], needs: tuple[_Tuples, ...], named: tuple[dict[Name, _Tuples], ...], problems: _Tuples
) -> Metadata:
    """The metadata that :func:`_plain` was given."""
    name, python, classifiers, reads, names, table = rest
    runtime, files, build = (tuple(map(Need._make, plain)) for plain in needs)
    extras, groups = ({key: tuple(map(Need._make, plain)) for key, plain in several.items()} for several in named)
    return Metadata(
        name, python, classifiers, runtime, extras, groups, files, build, reads, names, table,
        tuple(map(Problem._make, problems)),
    )  # fmt: skip


def _tuples(values: Iterable[tuple[Any, ...]]) -> _Tuples:
    return tuple((*value,) for value in values)
