"""Turn off a repository's filters: programs that convert the content of files, such as Git LFS.

Git runs filters when it compares a file of the working tree with its index. A selection does not need filters: without
them, a file whose timestamp changed counts as changed if its content on disk differs from the content in git.
"""

from __future__ import annotations

import os

from commonhold._typing import TYPE_CHECKING
from commonhold.vcs.git import checked_output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.vcs.git import Git

_NO_SUCH_KEY = 1  # an exit code of `git config`
_KEYS = r"^filter\..*\.(clean|process|required)$"


def disable_filters(git: Git, folder: str) -> None:
    """Make git ignore the filters that the configuration in the git folder ``folder`` defines."""
    # Most configurations define no filter, and searching for the word is much faster than running another process.
    if any(b"filter" in text or b"include" in text for text in map(bytes.lower, _configurations(folder))):
        found = git.attempt("config", "-z", "--name-only", "--get-regexp", _KEYS)
        keys = checked_output(found).split(b"\0")[:-1] if found.code != _NO_SUCH_KEY else []
        drivers = {os.fsdecode(key).rpartition(".")[0] for key in keys}
        for driver in sorted(drivers):
            git.override({f"{driver}.clean": "", f"{driver}.process": "", f"{driver}.required": "false"})


def _configurations(folder: str) -> Iterator[bytes]:
    """Yield the contents of the configuration files; for an unreadable file, yield a text that makes git check it."""
    common = _read(os.path.join(folder, "commondir"))
    folders = [folder] if common is None else [folder, os.path.join(folder, os.fsdecode(common.strip()))]
    for each in folders:
        for name in ("config", "config.worktree"):
            text = _read(os.path.join(each, name))
            if text is not None:
                yield text


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError:
        return b"include"
