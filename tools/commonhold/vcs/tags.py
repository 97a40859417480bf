"""List, create and push tags. An existing tag is never moved."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from commonhold.vcs.log import gitpython

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.vcs.repository import Repository


def local_tags(repository: Repository) -> dict[str, str]:
    """List the tags of this clone, each with its commit. Tags that do not point to a commit are left out."""
    form = "--format=%(refname:strip=2)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)"
    found = {}
    for line in os.fsdecode(repository.git.output("for-each-ref", form, "refs/tags/")).splitlines():
        name, kind, oid, peeled_kind, peeled = line.split("\0")
        if "commit" in (kind, peeled_kind):
            found[name] = oid if kind == "commit" else peeled
    return found


def remote_tags(repository: Repository, remote: str) -> dict[str, str]:
    """List the tags of a remote (a name or a URL), each with the object that it points to after peeling.

    Raises ``GitError`` if the remote does not respond.
    """
    # Use the user's environment, because a remote may require the user's credentials.
    data = repository.git.remote_output("ls-remote", "--tags", "--", remote, stdin=b"")
    found: dict[str, str] = {}
    for line in os.fsdecode(data).splitlines():
        oid, _, name = line.partition("\trefs/tags/")
        if name.endswith("^{}") or name not in found:  # an annotated tag has a second line, with its commit
            found[name.removesuffix("^{}")] = oid
    return found


def create_tag(repository: Repository, tag: str, commit: str) -> None:
    """Create a tag in this clone. Raises ``GitError`` if a tag of this name exists.

    The tag is lightweight: an annotated tag contains its author and the time, so each machine would create a different
    object for the same release.
    """
    with gitpython(repository) as repo:
        # A signed tag needs a message, so `tag.gpgSign` would open an editor.
        repo.git.tag("--no-sign", "--", tag, commit)


def tagged_object(repository: Repository, tag: str) -> str | None:
    """Return the object, usually a commit, that a tag of this clone points to after peeling; ``None`` without a tag."""
    finished = repository.git.attempt("rev-parse", "--verify", "--quiet", f"refs/tags/{tag}^{{}}")
    return None if finished.code else os.fsdecode(finished.stdout).strip()


def push_tags(repository: Repository, remote: str, tags: Mapping[str, str]) -> None:
    """Push several tags together, each with its commit.

    Raises ``GitError``, also if the remote already has one of the tags. If this clone has a tag on that commit, the tag
    is pushed unchanged, with its message and its signature.
    """
    references = [
        f"{f'refs/tags/{tag}' if tagged_object(repository, tag) == commit else commit}:refs/tags/{tag}"
        for tag, commit in tags.items()
    ]
    with gitpython(repository, repository.git.user_environment) as repo:
        # Without --no-signed, `push.gpgSign` could ask for the passphrase of a key.
        repo.git.push("--quiet", "--no-follow-tags", "--no-signed", "--", remote, *references)
