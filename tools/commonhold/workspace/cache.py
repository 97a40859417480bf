"""Cache metadata, imports and mentions by git object id, so that unchanged files are not read again.

A cache can be saved to a file for the next process. Its entries can always be recomputed, so losing the file only costs
time.
"""

from __future__ import annotations

import marshal
import sys
from binascii import crc32

from commonhold import __version__
from commonhold._typing import TYPE_CHECKING
from commonhold.projects.metadata import Dependency, Metadata, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, TypeAlias

    from commonhold.projects.names import Name
    from commonhold.tree import Entry

READER = (__version__, *sys.version_info[:2], *Metadata._fields)
"""The versions of this library and of Python, because another version may read the same file differently.

The fields of the metadata are included, because they can differ between checkouts of the same version.
"""

ReadFile: TypeAlias = "Callable[[str], bytes | None]"
Imports: TypeAlias = "frozenset[tuple[str, str]]"
"""The modules that a file imports from other plugins, as pairs of plugin folder and module name.

The module is written as a path after a slash if it was found by its path in the repository. Its folder is ``""`` if the
module is outside all plugins. A folder that the file adds to the search path is written as a path with a slash at its
end. ``BY_NAME`` stands for the folder of a distribution that the file looks up by name.
"""

BY_NAME = "="

Mention: TypeAlias = "tuple[str, str, int]"
"""A mention of another plugin and its line.

The mention is ``""`` and a distribution name, or a plugin's folder and a module, or a plugin's folder and a path after
a slash.
"""

NOT_SEARCHED: Mention = ("", "", 0)
"""The entry of a file that is not searched for mentions because it is too large."""

Mentions: TypeAlias = "tuple[Mention, ...]"
Scanned: TypeAlias = "tuple[Imports, Mentions]"
"""The imports and mentions of other plugins that a file contains."""

Origin: TypeAlias = "dict[str, str | None]"
"""Object ids by path: ``""`` if the file does not exist, ``None`` if its id is unknown (an uncommitted change)."""

Layout: TypeAlias = "tuple[tuple[tuple[str, tuple[str, ...]], ...], tuple[tuple[str, str], ...], tuple[Any, ...]]"
"""The Python files in each plugin's folder, the files whose modules exist only at base, and the import roots."""

_NOTHING: Scanned = (frozenset(), ())

TracedMetadata: TypeAlias = "tuple[Origin, Metadata]"
"""Metadata, together with the files from which it was read."""


def trace_metadata(
    entries: Mapping[str, Entry],
    read: ReadFile,
    read_metadata: Callable[[ReadFile], Metadata],
    files: Iterable[str] = (),
) -> TracedMetadata:
    """Read metadata, and record every path that ``read_metadata`` tries to read, even if no such file exists.

    Missing files are recorded too, because a new file could change the metadata. ``files`` are the project files; a
    build backend may ignore some of them, and without a record they would count as new in the next run.
    """
    paths: dict[str, None] = dict.fromkeys(files)

    def recording(path: str) -> bytes | None:
        paths[path] = None
        return read(path)

    metadata = read_metadata(recording)
    return {path: _oid(entries, path) for path in paths}, metadata


class Cache:
    """Cached metadata by folder, and imports and mentions by file, each with the object ids of its source files.

    ``names`` are the pairs of folder and distribution name that were searched for in every cached file.
    """

    def __init__(self) -> None:
        self._metadata: dict[str, TracedMetadata] = {}
        self._search: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._layout: Layout = (), (), ()
        self._seen: dict[str, str] = {}
        self._scanned: dict[str, Scanned] = {}  # only files that import or mention another plugin
        self.names: frozenset[tuple[str, str]] = frozenset()
        self.modified = False

    def metadata(self, folder: str, files: Iterable[str], entries: Mapping[str, Entry]) -> Metadata | None:
        """Return the cached metadata of ``folder``, or ``None`` if any of its source files has changed."""
        origin, metadata = self._metadata.get(folder, ({}, None))
        if metadata is None or any(path not in origin for path in files):
            return None
        # Compare every recorded path, not only project files: project files can refer to other files for metadata.
        same = all(oid is not None and oid == _oid(entries, path) for path, oid in origin.items())
        return metadata if same else None

    def previous(self, folder: str) -> Metadata | None:
        """Return the latest known metadata of ``folder``, even if its source files have changed since then."""
        return self._metadata.get(folder, ({}, None))[1]

    def store_metadata(self, folder: str, found: TracedMetadata) -> Metadata:
        """Store the metadata of a folder."""
        self._metadata[folder] = found
        self.modified = True
        return found[1]

    def search(self, path: str, oid: str | None) -> tuple[str, ...] | None:
        """Return the cached folders that a file with pytest's settings adds to the search path, or ``None``."""
        known, search = self._search.get(path, (None, ()))
        return search if oid is not None and known == oid else None

    def store_search(self, path: str, oid: str | None, search: tuple[str, ...]) -> tuple[str, ...]:
        """Store the folders that a file with pytest's settings adds to the search path."""
        if oid is not None:
            self._search[path] = oid, search
            self.modified = True
        return search

    def scanned(self, path: str, oid: str | None) -> Scanned | None:
        """Return the cached imports and mentions of a file, or ``None`` if its content has changed."""
        return self._scanned.get(path, _NOTHING) if oid is not None and self._seen.get(path) == oid else None

    def store_scanned(self, path: str, oid: str | None, found: Scanned) -> Scanned:
        """Store the imports and mentions of a file, unless its object id, which is the cache's key, is unknown."""
        if oid is not None:
            # Most files do not name other plugins. Leaving out their empty results keeps the cache file small.
            self._seen[path] = oid
            self._scanned.pop(path, None)
            if found != _NOTHING:
                self._scanned[path] = found
            self.modified = True
        return found

    def use_layout(self, layout: Layout, names: Iterable[tuple[str, str]]) -> None:
        """Discard all imports and mentions if the set of Python files has changed or distribution names are new.

        After such a change, a name in a file may refer to another plugin's module, or mention a plugin that was not
        searched for.
        """
        if layout != self._layout or not self.names.issuperset(names):
            self._layout, self._seen, self._scanned = layout, {}, {}
            self.names = frozenset(names)

    def dump(self) -> bytes:
        """Serialize this cache for :meth:`load`."""
        kept = {folder: (origin, _plain(metadata)) for folder, (origin, metadata) in self._metadata.items()}
        rest = (self._search, self._layout, self._seen, self._scanned, self.names)
        try:
            data = marshal.dumps((READER, kept, *rest))
        except ValueError:  # marshal cannot write dates, so metadata whose table contains a date is not cached
            kept = {folder: known for folder, known in kept.items() if _can_be_kept(known)}
            data = marshal.dumps((READER, kept, *rest))
        # The checksum is needed because marshal does not detect damaged data and may even crash on it.
        return _check(data) + data

    @classmethod
    def load(cls, data: bytes) -> Cache:
        """Deserialize a cache. The result is empty if ``data`` is damaged or was written by another version."""
        cache = cls()
        check, data = data[:4], data[4:]
        if check != _check(data):
            return cache
        try:
            reader, metadata, *rest = marshal.loads(data)  # noqa: S302 - it builds values and cannot run code
            if reader == READER:
                cache._metadata = {folder: (origin, _rich(*plain)) for folder, (origin, plain) in metadata.items()}
                cache._search, cache._layout, cache._seen, cache._scanned, cache.names = rest
        except (EOFError, ValueError, TypeError, AttributeError, KeyError):
            return cls()
        return cache


def _check(data: bytes) -> bytes:
    return crc32(data).to_bytes(4, "big")


def _can_be_kept(known: Any) -> bool:
    try:
        marshal.dumps(known)
    except ValueError:
        return False
    return True


def _oid(entries: Mapping[str, Entry], path: str) -> str | None:
    """Return the object id of a file or its nearest existing parent, which may be a symbolic link."""
    while path and path not in entries:
        path = path.rpartition("/")[0]
    return entries[path].oid if path else ""


_Tuples: TypeAlias = "tuple[tuple[Any, ...], ...]"
_Plain: TypeAlias = "tuple[tuple[Any, ...], tuple[_Tuples, ...], tuple[dict[Name, _Tuples], ...], _Tuples]"


def _plain(metadata: Metadata) -> _Plain:
    """Convert metadata to plain tuples, because marshal cannot write named tuples."""
    name, version, python, classifiers, runtime, extras, groups, files, build, *others, problems = metadata
    lists = tuple(map(_tuples, (runtime, files, build)))
    named = tuple({key: _tuples(listed) for key, listed in several.items()} for several in (extras, groups))
    return (name, version, python, classifiers, *others), lists, named, _tuples(problems)


def _rich(
    rest: tuple[Any, ...], lists: tuple[_Tuples, ...], named: tuple[dict[Name, _Tuples], ...], problems: _Tuples
) -> Metadata:
    """Convert plain tuples back to metadata; the inverse of :func:`_plain`."""
    name, version, python, classifiers, *others = rest
    make = Dependency._make
    runtime, files, build = (tuple(map(make, plain)) for plain in lists)
    extras, groups = ({key: tuple(map(make, plain)) for key, plain in several.items()} for several in named)
    listed = (runtime, extras, groups, files, build)
    return Metadata._make((name, version, python, classifiers, *listed, *others, tuple(map(Problem._make, problems))))


def _tuples(values: Iterable[tuple[Any, ...]]) -> _Tuples:
    return tuple((*value,) for value in values)
