"""Making tags, here and at a remote. None is ever moved."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from commonhold.vcs.log import gitpython

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.vcs.repository import Repository


def create_tag(repository: Repository, tag: str, commit: str) -> None:
    """Make a tag of this clone; ``GitError`` when there is one of that name.

    It is a plain name for the commit: one with a message would need somebody to have made it, and would be another
    one on every machine.
    """
    with gitpython(repository) as repo:
        repo.create_tag(tag, ref=commit)


def remote_tags(repository: Repository, remote: str) -> dict[str, str]:
    """Every tag of a remote, a name or an address, with the object that it names in the end.

    Raises ``GitError`` when the remote does not answer.
    """
    # Whoever asks is the user: reaching a remote takes the user's credentials.
    data = repository.git.ask_remote("ls-remote", "--tags", "--", remote, stdin=b"")
    found: dict[str, str] = {}
    for line in os.fsdecode(data).splitlines():
        oid, _, name = line.partition("\trefs/tags/")
        if name.endswith("^{}") or name not in found:
            found[name.removesuffix("^{}")] = oid
    return found


def push_tags(repository: Repository, remote: str, tags: Mapping[str, str]) -> None:
    """Push tags, each with its commit, in one push. Raises ``GitError``, also when one is there already."""
    references = [f"{commit}:refs/tags/{tag}" for tag, commit in tags.items()]
    with gitpython(repository, repository.git.user_environment) as repo:
        repo.git.push("--quiet", "--no-follow-tags", "--", remote, *references)
