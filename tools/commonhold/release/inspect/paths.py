"""Paths in archives: which of them would be written elsewhere, or over each other."""

from __future__ import annotations

import re

from commonhold.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DRIVE = re.compile(r"[A-Za-z]:")


def complaint(path: str) -> str | None:
    """What is wrong with a path in an archive, to follow "which"; ``None`` for a sound one."""
    if not path or path.startswith("/") or _DRIVE.match(path):
        return "is absolute"
    if "\\" in path:
        return "has a backslash"
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in path):
        return "has a control character"
    if not path.isprintable() and any(0xD800 <= ord(sign) <= 0xDFFF for sign in path):
        return "is not UTF-8"
    parts = path.split("/")
    if ".." in parts:
        return "leads out of the archive"
    if "" in parts or "." in parts:
        return "is not in its simplest form"
    return None


def leads_out(path: str, target: str) -> bool:
    """Whether a symbolic link at ``path`` leads out of the folder that all paths are in."""
    if complaint(target.removeprefix("./") or ".") in ("is absolute", "has a backslash", "has a control character"):
        return True
    depth = path.count("/") - 1  # below the one folder of an sdist
    for part in target.split("/"):
        depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
        if depth < 0:
            return True
    return False


def doubles(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Paths that come twice, or that one file system cannot hold beside another; each with a complaint."""
    seen: dict[str, str] = {}
    folders: set[str] = set()
    for path in paths:
        folded = path.casefold()
        if folded in seen:
            same = seen[folded] == path
            yield path, f"holds {path} twice" if same else f"holds {path} beside {seen[folded]}: many disks cannot"
        seen.setdefault(folded, path)
        parts = folded.split("/")
        folders.update("/".join(parts[:count]) for count in range(1, len(parts)))
    for folded in sorted(folders & seen.keys()):
        yield seen[folded], f"holds {seen[folded]} as a file and as a folder"
