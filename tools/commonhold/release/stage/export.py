"""A part of a tree written to disk: its files, nothing else, and never outside the folder that is asked for."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.errors import CommonholdError
from commonhold.tree import EXECUTABLE, SUBMODULE, SYMLINK

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from commonhold.tree import Tree

_LONGEST_CHAIN = 40  # as the kernel's own limit
_MOST_BEHIND_LINKS = 10_000


class StageError(CommonholdError):
    """A plugin holds something that no copy can be made of: change the named file."""


@dataclass(frozen=True, slots=True)
class _Copied:
    """One file of a copy: which one of the tree, and whether it stays a symbolic link."""

    source: str
    mode: int


@dataclass(frozen=True, slots=True)
class _Led:
    """Where a symbolic link leads, and whether the way there never leaves the part that is copied."""

    path: str
    stays: bool


def write_copy(tree: Tree, path: str, folder: str) -> None:
    """Write the files below ``path`` (``""``: all) into ``folder``, which is empty or is made.

    A symbolic link stays one where it leads within ``path``, and becomes what it leads to where that is elsewhere
    in the tree. Raises ``StageError`` when it leads nowhere, and for what is no file: a submodule, a path that
    would be written outside of the folder.
    """
    copied = _Survey(tree, path).find()
    contents = tree.read({each.source for each in copied.values()})
    for name, found in copied.items():
        if found.source not in contents:
            raise StageError(f"git has not the content of {found.source}", hint="Fetch it: git fetch --refetch.")
        _write(os.path.join(folder, *name.split("/")), found.mode, contents[found.source], found.source)


def _write(place: str, mode: int, data: bytes, source: str) -> None:
    os.makedirs(os.path.dirname(place), exist_ok=True)
    try:
        if mode == SYMLINK:
            os.symlink(data, os.fsencode(place))
            return
        with open(place, "xb") as file:
            file.write(data)
    except FileExistsError as error:
        raise StageError(
            f"{source} would be written over another file", hint="Rename one of them: they differ only by case."
        ) from error
    os.chmod(place, 0o755 if mode == EXECUTABLE else 0o644)


class _Survey:
    """Finds what a copy consists of."""

    def __init__(self, tree: Tree, root: str) -> None:
        self._tree = tree
        self._entries = tree.entries
        self._root = root
        self._texts: dict[str, str] = {}
        self._found: dict[str, _Copied] = {}
        self._folders: set[str] = set()
        self._behind_links = 0

    def find(self) -> dict[str, _Copied]:
        """The files of the copy, by their paths in it."""
        start = len(self._root) + 1 if self._root else 0
        own = self._below(self._root)
        if not own:
            raise StageError(f"the commit has no files in {self._root or 'its root'}", hint="Plan the release again.")
        self._read_links(path for path in own if self._entries[path].mode == SYMLINK)
        for path in own:
            _refuse_escapes(path, self._entries)
            self._add(path[start:], path, within=self._root, through=())
        return self._found

    def _below(self, folder: str) -> list[str]:
        start = f"{folder}/" if folder else ""
        return [path for path in self._entries if path.startswith(start)]

    def _add(self, name: str, path: str, *, within: str | None, through: tuple[str, ...]) -> None:
        """Add one entry of the tree; a link within ``within`` may stay one."""
        if within is None:
            self._behind_links += 1
            if self._behind_links > _MOST_BEHIND_LINKS:
                raise StageError(
                    f"{self._root} has links to more than {_MOST_BEHIND_LINKS} files", hint="Remove some of them."
                )
        mode = self._entries[path].mode
        if mode == SUBMODULE:
            raise StageError(f"{path} is a submodule, whose files the commit does not hold", hint="Take them in.")
        if mode != SYMLINK:
            self._found[name] = _Copied(path, mode)
            return
        led = self._follow(path)
        if led.stays and within is not None:
            self._found[name] = _Copied(path, SYMLINK)
        else:
            self._add_behind(name, path, led.path, through)

    def _add_behind(self, name: str, link: str, real: str, through: tuple[str, ...]) -> None:
        if real in self._entries:
            self._add(name, real, within=None, through=through)
            return
        inner = self._below(real)
        if not inner:
            raise StageError(f"{link} leads to {real}, which the commit has not", hint="Correct the link.")
        if not real or real in through or f"{link}/".startswith(f"{real}/"):
            raise StageError(f"{link} leads to a folder that it lies in itself", hint="Remove the link.")
        self._read_links(path for path in inner if self._entries[path].mode == SYMLINK)
        for path in inner:
            _refuse_escapes(path, self._entries)
            self._add(name + path[len(real) :], path, within=None, through=(*through, real))

    def _follow(self, link: str) -> _Led:
        """Where a link leads, taken step by step as the kernel does."""
        at: list[str] = link.split("/")
        todo = [at.pop()]
        hops = 0
        stays = True
        missing = ""
        while todo:
            part = todo.pop()
            if part in ("", ".", "..") and not missing and not self._is_folder("/".join(at)):
                missing = f"{'/'.join(at)}/{part}"  # where there is no folder, no way leads on, nor back
            if part == "..":
                if not at:
                    raise StageError(f"{link} leads out of the repository", hint="Copy what it means into the plugin.")
                at.pop()
            elif part not in ("", "."):
                at.append(part)
                entry = self._entries.get("/".join(at))
                if entry is not None and entry.mode == SYMLINK:
                    hops += 1
                    todo += reversed(self._target(link, "/".join(at), hops).split("/"))
                    at.pop()
            stays = stays and (not self._root or f"{'/'.join(at)}/".startswith(f"{self._root}/"))
        return _Led(missing or "/".join(at), stays)

    def _is_folder(self, path: str) -> bool:
        if not self._folders:
            for file in self._entries:
                while file and (file := file.rpartition("/")[0]) not in self._folders:
                    self._folders.add(file)
        return path in self._folders

    def _target(self, start: str, link: str, hops: int) -> str:
        if hops > _LONGEST_CHAIN:
            raise StageError(f"{start} is a symbolic link that leads back to itself", hint="Correct the link.")
        self._read_links([link])
        text = self._texts[link]
        if text.startswith("/"):
            raise StageError(f"{start} leads out of the repository, to {text}", hint="Correct the link.")
        return text

    def _read_links(self, links: Iterable[str]) -> None:
        missing = [link for link in links if link not in self._texts]
        if missing:
            self._texts.update((link, os.fsdecode(text)) for link, text in self._tree.read(missing).items())


def _refuse_escapes(path: str, entries: Container[str]) -> None:
    """A tree that was made by hand may hold paths that git itself would never write."""
    parts = path.split("/")
    if any(part in ("", ".", "..") or part.lower() == ".git" or "\\" in part for part in parts):
        raise StageError(f"{path!r} is no path that can be written", hint="Remove it from the commit.")
    if any("/".join(parts[:count]) in entries for count in range(1, len(parts))):
        raise StageError(f"{path!r} lies below what is no folder", hint="Remove one of them from the commit.")
