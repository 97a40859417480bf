"""Paths that project files name, made relative to the repository's root."""

from __future__ import annotations

import posixpath
import re

ROOT = "/\x01repository"
"""The repository's root as a project's own code would see it: absolute, and equal to no real path."""

HOLE = "\0"
"""Stands in a text for a part that is not known without running code."""

# hatch writes {root:parent:uri}, PDM ${PROJECT_ROOT}, both for the folder of the project file
_PROJECT = r"\{root((?::parent)*)(?::uri|:real)?\}|\$\{PROJECT_ROOT\}"


def resolve(folder: str, reference: str) -> str | None:
    """The path that ``reference`` means when it is said in ``folder``; both use ``/``.

    ``""`` is the root. ``None`` where it leaves the repository, or is not known.

    >>> resolve("plugins/a", "../b/./x")
    'plugins/b/x'
    >>> resolve("plugins/a", "../../../elsewhere") is None
    True
    """
    if HOLE in reference:
        return None
    path = posixpath.normpath(posixpath.join(rooted(folder), reference))
    if path == ROOT:
        return ""
    return path[len(ROOT) + 1 :] if path.startswith(ROOT + "/") else None


def rooted(path: str) -> str:
    """A repository path as code running in the repository would see it."""
    return f"{ROOT}/{path}" if path else ROOT


def from_url(folder: str, url: str) -> str | None:
    """The path of a ``file:`` URL (relative ones are pip's extension) or of a plain path, said in ``folder``."""
    url = re.sub(_PROJECT, lambda match: rooted(folder) + "/.." * (match[1] or "").count(":parent"), url)
    reference = url.partition("#")[0]
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
    """Whether a URL or path points into the file system rather than at a server."""
    return url.startswith(("file:", "{root", "${PROJECT_ROOT}", ".", "/", "~/")) or "://" not in url


def is_within(path: str, folder: str) -> bool:
    """Whether ``path`` lies in ``folder``, or is it."""
    return not folder or path == folder or path.startswith(folder + "/")
