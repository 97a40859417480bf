"""Find paths in archives that point outside the archive, or that overwrite each other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DRIVE = re.compile(r"[A-Za-z]:")
_MAX_PATH_BYTES = 1000
"""The size limit of a path: macOS allows 1024 bytes and Linux 4096, including the folder for the unpacked files."""


def path_error(path: str) -> str | None:
    """Return an error text to append to "which" in a message; ``None`` if the path is valid."""
    if len(path.encode("utf-8", "surrogatepass")) > _MAX_PATH_BYTES:
        return "is too long for many file systems"
    if not path or path.startswith("/") or _DRIVE.match(path):
        return "is absolute"
    # The zip specification (APPNOTE 4.4.17.1) allows only forward slashes; Windows treats a backslash as a separator.
    if "\\" in path:
        return "has a backslash"
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in path):
        return "has a control character"
    if not path.isprintable() and any(0xD800 <= ord(sign) <= 0xDFFF for sign in path):
        return "is not UTF-8"
    parts = path.split("/")
    if ".." in parts:
        return "leads out of the archive"
    # "a//b" and "a/./b" are other names for "a/b", which the search for duplicates would not find.
    if "" in parts or "." in parts:
        return "is not normalized"
    return None


def link_escapes(path: str, target: str) -> bool:
    """Return whether a symbolic link at ``path`` points outside the sdist's top folder, which PEP 706 forbids."""
    if path_error(target.removeprefix("./") or ".") in ("is absolute", "has a backslash", "has a control character"):
        return True
    depth = path.count("/") - 1  # below the top folder
    for part in target.split("/"):
        depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
        if depth < 0:
            return True
    return False


def find_duplicates(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield duplicate paths, and paths that conflict in a file system, each with a description.

    Case is ignored, because file systems on macOS and Windows usually ignore it.
    """
    seen: dict[str, str] = {}
    for path in paths:
        folded = path.casefold()
        if folded in seen:
            same = seen[folded] == path
            other = f"both {path} and {seen[folded]}, which are one file where case does not matter"
            yield path, f"contains {path} twice" if same else f"contains {other}"
        seen.setdefault(folded, path)
    # Because "/" is sorted before every other character, each path is followed by the paths below it.
    above = ""
    for folded in sorted(seen, key=lambda folded: folded.replace("/", "\0")):
        if above and folded.startswith(f"{above}/"):
            yield seen[above], f"contains {seen[above]} as a file and as a folder"
        above = folded
