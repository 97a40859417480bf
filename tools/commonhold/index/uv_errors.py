"""Why uv found no solution, for a sentence."""

from __future__ import annotations

import re

# What uv says whatever the reason is: first as versions from 0.13 on do, then as those before.
_PREAMBLE = re.compile(r"(?:error: |× )?(?:No solution found when resolving dependencies:? )?(?:cause: |╰─▶ )?")


def uv_reason(said: str) -> str:
    r"""What uv wrote, on one line, without warnings and without what it says every time.

    >>> uv_reason("error: No solution found when resolving dependencies\n  cause: Because x is gone, we can conclude.")
    'Because x is gone, we can conclude.'
    """
    words = " ".join(line.strip() for line in said.splitlines() if not line.startswith("warning:"))
    return _PREAMBLE.sub("", words, count=1)
