"""Copy branches and tags from a scratch repository into the user's repository, all of them or none."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from commonhold.errors import GitError, UsageError
from commonhold.vcs.tags import local_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.vcs.repository import Repository
    from commonhold.vcs.untrusted_source import ScratchClone


def check_new_branch(repository: Repository, branch: str) -> None:
    """Raise ``UsageError`` if the branch exists, or a branch whose name excludes it, such as ``a/b`` for ``a``."""
    if repository.git.attempt("show-ref", "--verify", "--quiet", f"refs/heads/{branch}").code == 0:
        hint = f"Delete it with `git branch -D {branch}`, or merge it first."
        raise UsageError(f"the branch {branch} exists already", hint=hint)
    parts = branch.split("/")
    parents = ["/".join(parts[:end]) for end in range(1, len(parts))]
    patterns = [f"refs/heads/{branch}/**", *(f"refs/heads/{parent}" for parent in parents)]
    names = os.fsdecode(repository.git.output("for-each-ref", "--format=%(refname:lstrip=2)", *patterns)).splitlines()
    # A pattern of for-each-ref also matches every name below it.
    taken = [name for name in names if name in parents or name.startswith(f"{branch}/")]
    if taken:
        hint = f"Rename it, for example with `git branch -m {taken[0]} NEWNAME`."
        raise UsageError(f"git cannot have the branch {branch} next to the branch {taken[0]}", hint=hint)


def check_new_tags(repository: Repository, prefix: str) -> None:
    """Raise ``UsageError`` if a tag begins with ``prefix``, or with the prefix of which it is a part."""
    taken = sorted(tag for tag in local_tags(repository) if tag.startswith(prefix) or prefix.startswith(f"{tag}/"))
    if taken:
        raise UsageError(f"the tag {taken[0]} exists already", hint="Delete the tags of an earlier import first.")


def share_objects(clone: ScratchClone, repository: Repository) -> None:
    """Let a scratch clone read the objects of the user's repository without copying them."""
    objects = repository.git.output("rev-parse", "--path-format=absolute", "--git-path", "objects").rstrip(b"\n")
    info = os.path.join(clone.folder, "objects", "info")
    os.makedirs(info, exist_ok=True)
    with open(os.path.join(info, "alternates"), "wb") as file:
        file.write(objects + b"\n")


def add_refs(repository: Repository, clone: ScratchClone, refs: Mapping[str, str]) -> None:
    """Create references (keys) in the user's repository from references (values) of the clone, in one transaction.

    Files on disk and the checked-out branch stay as they are. Raises ``GitError`` and creates no reference if one of
    them exists with other content.
    """
    flags = (
        *("--quiet", "--atomic", "--no-tags", "--no-prune", "--no-recurse-submodules", "--no-write-fetch-head"),
        *("--no-auto-maintenance", "--no-show-forced-updates"),
    )
    specs = [f"{source}:{target}" for target, source in refs.items()]
    # The isolated settings turn negotiation off, so that git would copy the whole history of the repository.
    options = ("-c", "fetch.negotiationAlgorithm=consecutive", "-c", "gc.auto=0")
    git = repository.git
    env = {**git.environment, "GIT_ALLOW_PROTOCOL": "file"}
    finished = git.run_with(env, *options, "fetch", *flags, "--end-of-options", clone.folder, *specs)
    if finished.code:
        raise GitError(f"git cannot add the new branch: {finished.error_text()}", hint="Nothing was changed.")
