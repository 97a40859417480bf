"""Derive the web address of a repository from the address of a git remote."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commonhold.vcs.git import Git

# https://user:token@host/path, ssh://git@host:22/path, git@host:path
_URL = re.compile(r"(?:https?|ssh|git)://(?:[^/@\s]*@)?(?P<host>[\w.-]+)(?::\d+)?/(?P<path>[\w./~-]+)")
_SCP = re.compile(r"(?:[\w.-]+@)?(?P<host>[\w-]+(?:\.[\w-]+)+):(?P<path>[\w./~-]+)")


def web_address(remote: str) -> str | None:
    """Return the address of a repository's page, without credentials; ``None`` if the remote is a path.

    >>> web_address("git@github.com:octo/plugins.git"), web_address("https://me:secret@github.com/octo/plugins")
    ('https://github.com/octo/plugins', 'https://github.com/octo/plugins')
    >>> web_address("../plugins") is None
    True
    """
    found = _URL.fullmatch(remote) or _SCP.fullmatch(remote)
    if found is None:
        return None
    path = found["path"].strip("/").removesuffix(".git")
    return f"https://{found['host']}/{path}" if path else None


def repository_page(git: Git) -> str | None:
    """Return the web address of a clone's repository: of the remote `upstream`, which a fork has, or of `origin`."""
    for remote in ("upstream", "origin"):
        url = git.attempt("config", "--get", f"remote.{remote}.url").stdout.decode("utf-8", "replace").strip()
        if (page := web_address(url)) is not None:
            return page
    return None
