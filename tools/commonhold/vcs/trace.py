"""Report each program that this process starts, for ``-v``."""

from __future__ import annotations

import os
import re
import shlex
import sys
from time import monotonic
from typing import TYPE_CHECKING

from commonhold.text import printable
from commonhold.vcs.git import without_isolation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# CPython raises these events wherever a program is started, in this library or in another one.
_EVENTS = {"os.posix_spawn": 1, "subprocess.Popen": 1}  # with the position of the arguments
_LONGEST = 300
_CREDENTIALS = r"(?<=://)[^/\s]*@"


def trace_programs(write_line: Callable[[str], None]) -> None:
    """Call ``write_line`` with the command line of each program that this process starts from now on.

    Python cannot remove an audit hook, so ``write_line`` decides whether it prints anything.
    """
    begin = monotonic()

    def report(event: str, args: tuple[object, ...]) -> None:
        if event in _EVENTS:
            write_line(f"{monotonic() - begin:6.3f} s  {describe_program(args[_EVENTS[event]])}")

    sys.addaudithook(report)


def describe_program(argv: object) -> str:
    """Return a command line in shell syntax: remove git's isolation options and credentials, and shorten a long line.

    >>> describe_program(["git", "fetch", "https://user:secret@example.org/a b"])
    "git fetch 'https://…@example.org/a b'"
    """
    words = [os.fsdecode(word) for word in argv] if isinstance(argv, (list, tuple)) else [str(argv)]
    text = re.sub(_CREDENTIALS, "…@", printable(shlex.join(_shown(words))))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _shown(words: Sequence[str]) -> Sequence[str]:
    return without_isolation(words) if words[:1] == ["git"] else words
