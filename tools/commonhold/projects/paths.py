"""Resolve paths in project files relative to the repository's root."""

from __future__ import annotations

import posixpath
import re

from commonhold._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

ROOT = "/\x01repository"
"""The path that evaluated code uses for the repository's root: an absolute path that cannot exist."""

HOLE = "\0"
"""The character that stands for an unknown part of a text, because only running code would determine this part."""

PROJECT_FILES = ("pyproject.toml", "setup.cfg", "setup.py")
"""The files of which at least one makes a folder a project (PEP 518, setuptools)."""

# hatch writes {root:parent:uri}, PDM ${PROJECT_ROOT}; both mean the folder of the project file.
# A path with an empty part, or a part that begins with a dot, must be normalized.
_NOT_PLAIN = re.compile(r"/[./]")
_WILD = frozenset("*?[")
_REQUIREMENTS = r"requirements|(?:^|[/._-])(?:reqs|requires)(?:[/._-]|$)"
_PROJECT = r"\{root((?::parent)*)(?::uri|:real)?\}|\$\{PROJECT_ROOT\}"


def project_folders(paths: Iterable[str]) -> set[str]:
    """Return the folders below the root that contain a project file."""
    ends = tuple(f"/{name}" for name in PROJECT_FILES)
    return {path.rpartition("/")[0] for path in paths if path.endswith(ends)}


def lists_requirements(path: str) -> bool:
    """Return whether the path of a text file suggests that it lists requirements.

    >>> [lists_requirements(path) for path in ("dev-requirements.txt", "test_reqs.txt", "reqs/dev.in", "prereqs.txt")]
    [True, True, True, False]
    """
    return path.endswith((".txt", ".in")) and re.search(_REQUIREMENTS, path) is not None


def resolve(folder: str, reference: str) -> str | None:
    """Return the repository path of a reference relative to ``folder``; all paths use ``/``. ``""`` is the root.

    Returns ``None`` if the path leaves the repository or is unknown.

    >>> resolve("plugins/a", "../b/./x")
    'plugins/b/x'
    >>> resolve("plugins/a", "../../../elsewhere") is None
    True
    """
    if HOLE in reference:
        return None
    if reference and not _NOT_PLAIN.search(f"/{reference}/"):
        return f"{folder}/{reference}" if folder else reference
    path = posixpath.normpath(posixpath.join(rooted(folder), reference))
    if path == ROOT:
        return ""
    return path[len(ROOT) + 1 :] if path.startswith(ROOT + "/") else None


def rooted(path: str) -> str:
    """Return the absolute path that evaluated code uses for a repository path."""
    return f"{ROOT}/{path}" if path else ROOT


def expand_root(folder: str, text: str) -> str:
    """Replace the placeholders with which hatch and PDM refer to the project's folder."""
    return re.sub(_PROJECT, lambda match: rooted(folder) + "/.." * (match[1] or "").count(":parent"), text)


def before_wildcard(path: str) -> str:
    """Return the folder that contains every match of a pattern; a path without wildcards is returned unchanged.

    >>> before_wildcard("../shared/*.json"), before_wildcard("../VERSION")
    ('../shared', '../VERSION')
    """
    parts = path.split("/")
    wild = (at for at, part in enumerate(parts) if not _WILD.isdisjoint(part))
    return "/".join(parts[: next(wild, len(parts))])


def from_url(folder: str, url: str) -> str | None:
    """Resolve a ``file:`` URL, which may be relative as in pip, or a plain path, relative to ``folder``."""
    reference = expand_root(folder, url).partition("#")[0]
    if reference.startswith("file:"):
        reference = reference[5:]
        if reference.startswith("//"):
            host, slash, rest = reference[2:].partition("/")
            reference = f"{host}/{rest}" if host in (".", "..") else slash + rest.lstrip("/")
    if "%" in reference:
        from urllib.parse import unquote

        reference = unquote(reference, errors="surrogateescape")
    return resolve(folder, reference)


def is_local(url: str) -> bool:
    """Return whether a URL or path refers to the file system rather than to a server."""
    return url.startswith(("file:", "{root", "${PROJECT_ROOT}", ".", "/", "~/")) or "://" not in url


def is_among(path: str, paths: Container[str]) -> bool:
    """Return whether a path equals one of the given paths or is inside one of them."""
    while path and path not in paths:
        path = path.rpartition("/")[0]
    return path in paths


def folders_above(path: str) -> frozenset[str]:
    """Return the folders that contain a path.

    >>> sorted(folders_above("a/b/c"))
    ['', 'a', 'a/b']
    """
    found = set()
    while path:
        path = path.rpartition("/")[0]
        found.add(path)
    return frozenset(found)


def is_within(path: str, folder: str) -> bool:
    """Return whether ``path`` is in ``folder`` or is the folder itself."""
    return not folder or path == folder or path.startswith(folder + "/")
