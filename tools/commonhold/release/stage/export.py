"""Export a part of a tree: write its files to disk, but never outside the target folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.errors import CommonholdError
from commonhold.tree import EXECUTABLE, SUBMODULE, SYMLINK

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from commonhold.tree import Tree

_MAX_LINK_CHAIN = 40  # the same limit as in Linux
_MAX_LINKED_FILES = 10_000


class StageError(CommonholdError):
    """A plugin contains a file that cannot be copied: change the named file."""


@dataclass(frozen=True, slots=True)
class _CopiedFile:
    """One file of a copy: its source in the tree, and its mode in the copy."""

    source: str
    mode: int


@dataclass(frozen=True, slots=True)
class _LinkTarget:
    """The target of a symbolic link, and whether the path to the target stays inside the exported part."""

    path: str
    stays: bool


def write_copy(tree: Tree, path: str, folder: str) -> None:
    """Write the files below ``path`` (``""``: all files) into ``folder``, which must not contain these files yet.

    If ``path`` is a file, only this file is written into ``folder``.
    A symbolic link stays a link if its target is below ``path``; a link to another part of the tree is replaced by
    its target. Raises ``StageError`` for a broken link, a submodule, or a path outside the folder.
    """
    copied = _Exporter(tree, path).find()
    contents = tree.read({each.source for each in copied.values()})
    for name, found in copied.items():
        if found.source not in contents:
            raise StageError(f"git does not have the content of {found.source}", hint="Run `git fetch --refetch`.")
        _write(os.path.join(folder, *name.split("/")), found.mode, contents[found.source], found.source)


def _write(place: str, mode: int, data: bytes, source: str) -> None:
    os.makedirs(os.path.dirname(place), exist_ok=True)
    try:
        if mode == SYMLINK:
            os.symlink(data, os.fsencode(place))
            return
        # "x": on a file system that ignores case, two paths of the tree may name the same file.
        with open(place, "xb") as file:
            file.write(data)
    except FileExistsError as error:
        raise StageError(
            f"{source} would overwrite another file", hint="Rename one of the files: their names differ only by case."
        ) from error
    # The umask must not affect the content of a wheel.
    os.chmod(place, 0o755 if mode == EXECUTABLE else 0o644)


class _Exporter:
    """Finds the files of a copy."""

    def __init__(self, tree: Tree, root: str) -> None:
        self._tree = tree
        self._entries = tree.entries
        self._root = root
        self._texts: dict[str, str] = {}
        self._found: dict[str, _CopiedFile] = {}
        self._folders: set[str] = set()
        self._behind_links = 0

    def find(self) -> dict[str, _CopiedFile]:
        """Return the files of the copy, by their paths in the copy."""
        if self._root in self._entries:
            _refuse_escapes(self._root, self._entries)
            self._add(self._root.rpartition("/")[2], self._root, within=None, through=())
            return self._found
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
        """Add one entry of the tree; a link remains a link if its target is in the folder ``within``."""
        if within is None:
            self._behind_links += 1
            if self._behind_links > _MAX_LINKED_FILES:
                raise StageError(
                    f"{self._root} has links to more than {_MAX_LINKED_FILES} files", hint="Remove some of them."
                )
        mode = self._entries[path].mode
        if mode == SUBMODULE:
            raise StageError(
                f"{path} is a submodule, whose files the commit does not contain",
                hint="Add the files to the repository.",
            )
        if mode != SYMLINK:
            self._found[name] = _CopiedFile(path, mode)
            return
        target = self._follow(path)
        if target.stays and within is not None:
            self._found[name] = _CopiedFile(path, SYMLINK)
        else:
            self._add_target(name, path, target.path, through)

    def _add_target(self, name: str, link: str, real: str, through: tuple[str, ...]) -> None:
        if real in self._entries:
            self._add(name, real, within=None, through=through)
            return
        inner = self._below(real)
        if not inner:
            raise StageError(f"{link} is a link to {real}, which is not in the commit", hint="Correct the link.")
        if not real or real in through or f"{link}/".startswith(f"{real}/"):
            raise StageError(f"{link} is a link to a folder that contains the link", hint="Remove the link.")
        self._read_links(path for path in inner if self._entries[path].mode == SYMLINK)
        for path in inner:
            _refuse_escapes(path, self._entries)
            self._add(name + path[len(real) :], path, within=None, through=(*through, real))

    def _follow(self, link: str) -> _LinkTarget:
        """Return the target of a link, resolved one part at a time as the kernel does."""
        at: list[str] = link.split("/")
        todo = [at.pop()]
        hops = 0
        stays = True
        missing = ""
        while todo:
            part = todo.pop()
            if part in ("", ".", "..") and not missing and not self._is_folder("/".join(at)):
                missing = f"{'/'.join(at)}/{part}"  # the kernel does not resolve a/../b if a is not a folder
            if part == "..":
                if not at:
                    raise StageError(f"{link} is a link out of the repository", hint="Copy its target into the plugin.")
                at.pop()
            elif part not in ("", "."):
                at.append(part)
                entry = self._entries.get("/".join(at))
                if entry is not None and entry.mode == SYMLINK:
                    hops += 1
                    todo += reversed(self._target(link, "/".join(at), hops).split("/"))
                    at.pop()
            stays = stays and (not self._root or f"{'/'.join(at)}/".startswith(f"{self._root}/"))
        return _LinkTarget(missing or "/".join(at), stays)

    def _is_folder(self, path: str) -> bool:
        if not self._folders:
            for file in self._entries:
                while file and (file := file.rpartition("/")[0]) not in self._folders:
                    self._folders.add(file)
        return path in self._folders

    def _target(self, start: str, link: str, hops: int) -> str:
        if hops > _MAX_LINK_CHAIN:
            raise StageError(f"{start} is a symbolic link to itself", hint="Correct the link.")
        self._read_links([link])
        text = self._texts[link]
        if text.startswith("/"):
            raise StageError(f"{start} is a link out of the repository, to {text}", hint="Correct the link.")
        return text

    def _read_links(self, links: Iterable[str]) -> None:
        missing = [link for link in links if link not in self._texts]
        if missing:
            self._texts.update((link, os.fsdecode(text)) for link, text in self._tree.read(missing).items())


def _refuse_escapes(path: str, entries: Container[str]) -> None:
    """Reject paths that git never creates, but that a crafted tree may contain."""
    parts = path.split("/")
    if any(part in ("", ".", "..") or part.lower() == ".git" or "\\" in part for part in parts):
        raise StageError(f"{path!r} is not a path that can be written", hint="Remove it from the commit.")
    if any("/".join(parts[:count]) in entries for count in range(1, len(parts))):
        raise StageError(f"{path!r} is below a file", hint="Remove one of them from the commit.")
