"""Fetch objects that a partial clone lacks from its remote, without using the clone's own configuration.

That configuration can name programs in many ways: ``core.sshCommand``, ``remote.*.uploadpack``, credential helpers,
hooks, ``ext::`` addresses. So the fetch runs in a temporary repository that shares the clone's objects. Only the
remote's address, and the headers with which actions/checkout authenticates, are copied. The user's own configuration
applies.
"""

from __future__ import annotations

import os

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.errors import GitError
from commonhold.vcs.git import checked_output, environment_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from commonhold.effects.process import Running
    from commonhold.vcs.git import Git

# These are the options with which git itself fetches one missing object (partial-clone, "Fetching Missing Objects").
_FETCH = (
    "--no-tags",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--recurse-submodules=no",
    "--filter=blob:none",
    "--quiet",
    "--stdin",
)
_SETTINGS = r"^(remote\..*\.(promisor|url)|http\..*extraheader)$"
_TRUE = ("", "true", "yes", "on", "1")


class _Promisor(NamedTuple):
    """The remote of a partial clone: its address, and settings with HTTP headers."""

    url: str
    headers: tuple[tuple[str, str], ...]


def fetch_blobs(git: Git, oids: Iterable[str]) -> bool:
    """Fetch blobs; return ``False`` if the clone is not partial. Raises ``GitError``."""
    return _fetch(git, tuple(oids))


def output_with_trees(git: Git, running: Running, args: Sequence[str], *commits: str) -> bytes:
    """Return the output of a command that reads the trees of ``commits``. Raises ``GitError``.

    If the command fails in a partial clone, all trees of the commits are fetched, and the command runs again.
    """
    finished = running.wait()
    # A depth of one leaves out the history; without it, the remote would send the trees of every commit.
    if finished.code and all(map(_is_oid, commits)) and _fetch(git, commits, "--depth=1"):
        finished = git.start(*args).wait()
    return checked_output(finished)


def _is_oid(text: str) -> bool:
    return len(text) in (40, 64) and set(text) <= set("0123456789abcdef")


def _fetch(git: Git, oids: Sequence[str], *options: str) -> bool:
    promisor = _find_promisor(git)
    if promisor is None:
        return False
    import tempfile

    objects = os.fsdecode(git.output("rev-parse", "--path-format=absolute", "--git-path", "objects")).removesuffix("\n")
    user = git.user_environment.get("GIT_CONFIG_COUNT", "")
    settings = [
        ("remote.origin.url", promisor.url),
        ("remote.origin.promisor", "true"),
        ("remote.origin.partialCloneFilter", "blob:none"),
        *promisor.headers,
    ]
    with tempfile.TemporaryDirectory(prefix="commonhold-") as folder:
        _write_repository(folder, "sha256" if len(oids[0]) == 64 else "sha1")
        variables = {"GIT_DIR": folder, "GIT_OBJECT_DIRECTORY": objects}
        variables |= environment_settings(settings, int(user) if user.isdecimal() else 0)
        lines = "".join(f"{oid}\n" for oid in oids).encode()
        git.remote_output("fetch", *options, *_FETCH, "--end-of-options", "origin", stdin=lines, variables=variables)
    return True


def _write_repository(folder: str, object_format: str) -> None:
    os.mkdir(os.path.join(folder, "refs"))
    with open(os.path.join(folder, "HEAD"), "w", encoding="ascii") as file:
        file.write("ref: refs/heads/main\n")
    with open(os.path.join(folder, "config"), "w", encoding="ascii") as file:
        file.write("[core]\n\trepositoryFormatVersion = 1\n\tbare = true\n")
        file.write(f"[extensions]\n\tobjectFormat = {object_format}\n\tpartialClone = origin\n")


def _find_promisor(git: Git) -> _Promisor | None:
    """Return the remote from which a partial clone fetches missing objects; ``None`` if the clone is not partial."""
    finished = git.attempt("config", "-z", "--get-regexp", _SETTINGS)
    pairs = [os.fsdecode(record).partition("\n")[::2] for record in finished.stdout.split(b"\0")[:-1]]
    names = (key[7:-9] for key, value in pairs if key.endswith(".promisor") and value.lower() in _TRUE)
    name = next(names, None)
    if name is None:
        return None
    url = next((value for key, value in pairs if key == f"remote.{name}.url"), "")
    _check(name, url)
    return _Promisor(url, tuple((key, value) for key, value in pairs if key.startswith("http.")))


def _check(name: str, url: str) -> None:
    """Raise ``GitError`` if git would read the remote's name or address as an option or as the name of a program."""
    if name.startswith("-"):
        raise GitError(
            f"the remote {name} has a name that git reads as an option",
            hint="Rename it in the file that `git rev-parse --git-path config` prints.",
        )
    helper, colons, _ = url.partition("::")  # git-HELPER would be started
    if not url or url.startswith("-") or (colons and "/" not in helper):
        from shlex import quote

        quoted = quote(name)
        raise GitError(
            f"objects are missing in this partial clone, and its remote {name} has no address that git reads itself",
            hint=f"Run `git fetch --refetch {quoted}`, or set the address with `git remote set-url {quoted} URL`.",
        )
