"""Move a history below the plugin's folder with git-filter-repo."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.effects.process import Command
from commonhold.effects.process.run import run
from commonhold.errors import ToolError
from commonhold.text import printable
from commonhold.vcs.git import disk_hint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.vcs.untrusted_source import ScratchClone

_MINUTES = 30
_CALLBACK = """from commonhold.scaffold.transfer.messages import rewrite_message
return rewrite_message({text}, {project!r})"""


@dataclass(frozen=True, slots=True)
class RewrittenHistory:
    """The result: the new object id of each commit, by its old id (``None``: the commit became empty)."""

    commits: Mapping[str, str | None]


def rewrite_history(
    clone: ScratchClone, *, subdirectory: str, folder: str, tag_prefix: str, project: str | None
) -> RewrittenHistory:
    """Move the files below ``folder`` in every commit, add a prefix to the tags, and rewrite the messages.

    With ``subdirectory``, keep only that folder of the source. Raises ``ToolError``.
    """
    name = None if project is None else os.fsencode(project)
    kept = ("--path", f"{subdirectory}/", "--path-rename", f"{subdirectory}/:") if subdirectory else ()
    options = (
        *("--force", "--quiet", "--replace-refs", "delete-no-add"),
        *kept,
        *("--to-subdirectory-filter", folder),
        *("--tag-rename", f":{tag_prefix}"),
        *("--message-callback", _CALLBACK.format(text="message", project=name)),
        *("--name-callback", _CALLBACK.format(text="name", project=None)),
    )
    # -I: the process ignores the variables of Python, and the folder in which it runs.
    argv = (sys.executable, "-I", "-m", "git_filter_repo", *options)
    finished = run(Command(argv, clone.git.environment, cwd=clone.folder, timeout=_MINUTES * 60))
    if finished.code:
        text = finished.error_text()
        errors = [line for line in text.splitlines() if re.match(r"\w+Error: |fatal: ", line)]
        reason = (errors or text.splitlines() or ["without a message"])[0]
        raise ToolError(f"git-filter-repo failed: {printable(reason)}", hint=disk_hint(text))
    return RewrittenHistory(_read_map(os.path.join(clone.folder, "filter-repo", "commit-map")))


def _read_map(path: str) -> dict[str, str | None]:
    with open(path, encoding="ascii") as file:
        pairs = (line.split() for line in file if not line.startswith("old"))
        return {old: new if set(new) != {"0"} else None for old, new in pairs}
