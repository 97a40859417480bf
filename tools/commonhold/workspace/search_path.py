"""Find modules by their paths in the repository: from its root, and from the other folders on pytest's search path."""

from __future__ import annotations

from functools import cached_property

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.paths import is_within
from commonhold.workspace.import_roots import PACKAGE, PRIVATE, is_package_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class SearchPath:
    """The folders in which tests find modules, relative to the repository's root.

    ``files`` are pairs of a plugin's folder (``""``: outside all plugins) and a Python file. ``common`` are the folders
    that all plugins search: the root, and folders that their settings or a ``conftest.py`` above them add. ``own`` are
    the folders that one plugin's settings add.
    """

    def __init__(
        self, files: Iterable[tuple[str, str]], common: tuple[str, ...], own: Mapping[str, tuple[str, ...]]
    ) -> None:
        self._common = common
        self._own = own
        self._files = {path.rpartition(".")[0]: (owner, path) for owner, path in files}
        self._first = {folder: frozenset(self._names_in(folder)) for folder in {*common, *_values(own)}}
        self._first_common = frozenset().union(*(self._first[folder] for folder in common))
        self.deepest = max((stem.count("/") for stem in self._files), default=0)

    def _names_in(self, folder: str) -> Iterator[str]:
        """Yield the first part of the name of each module that can be imported if ``folder`` is searched."""
        start = f"{folder}/" if folder else ""
        inner = [stem[len(start) :] for stem in self._files if stem.startswith(start)]
        yield from (stem for stem in inner if "/" not in stem and stem not in PRIVATE)
        parents = {stem.rpartition("/")[0] for stem in inner if "/" in stem}
        yield from (parent.partition("/")[0] for parent in parents if is_package_path(parent))

    def first_names(self) -> frozenset[str]:
        """Return the first part of the name of every module on the search path."""
        return frozenset().union(*self._first.values())

    def may_find(self, dotted: str, importer: str) -> bool:
        """Return whether the search path may contain the module of a plugin's import."""
        first = dotted.partition(".")[0]
        if first in self._first_common:
            return True
        own = self._own.get(importer)
        return own is not None and any(first in self._first[folder] for folder in own)

    def find(self, module: str, importer: str) -> frozenset[tuple[str, str]]:
        """Return the files that define a module, each as its plugin's folder and the path after a slash."""
        if module in PRIVATE:
            return frozenset()
        path = module.replace(".", "/")
        stems = [f"{folder}/{path}" if folder else path for folder in (*self._common, *self._own.get(importer, ()))]
        found = (self._files.get(each) for stem in stems for each in (stem + PACKAGE, stem))
        return frozenset((each[0], f"/{each[1]}") for each in found if each is not None)

    def folders_ending_with(self, path: str) -> list[tuple[str, str]]:
        """Return the folders of plugins whose path ends with ``path``, each with its plugin."""
        end = f"/{path}"
        return [(owner, folder) for folder, owner in self._folders.items() if f"/{folder}".endswith(end)]

    @cached_property
    def last_names(self) -> frozenset[bytes]:
        """The names of the folders of plugins that contain Python files, as bytes."""
        return frozenset(folder.rpartition("/")[2].encode("utf-8", "surrogateescape") for folder in self._folders)

    @cached_property
    def _folders(self) -> Mapping[str, str]:
        """The plugins' folders that contain Python files, directly or in folders below, with their plugins."""
        folders: dict[str, str] = {}
        for owner, file in self._files.values():
            folder = file.rpartition("/")[0]
            while owner and folder not in folders and is_within(folder, owner):
                folders[folder] = owner
                folder = folder.rpartition("/")[0]
        return folders


def _values(own: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    return (folder for folders in own.values() for folder in folders)
