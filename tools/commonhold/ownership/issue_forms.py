"""Write the list of plugins into the issue forms, between two comments."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from commonhold.ownership.plugin_choices import OTHER

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMS = ".github/ISSUE_TEMPLATE/"
"""The folder of the issue forms, relative to the repository."""

BEGIN = "# plugins: begin"
END = "# plugins: end"

_COMMENT = re.compile(rf"^[ ]*({BEGIN}|{END})\b", re.MULTILINE)
_LIST = re.compile(rf"^([ ]*){BEGIN}\b.*\n((?:.*\n)*?)^[ ]*{END}$", re.MULTILINE)


def is_issue_form(path: str) -> bool:
    """Return whether GitHub reads a file as an issue form."""
    return path.startswith(FORMS) and path.endswith((".yml", ".yaml"))


def has_plugin_list(text: str) -> bool:
    """Return whether a form contains a generated list of plugins, or one of its two comments."""
    return BEGIN in text or END in text


def with_plugin_list(text: str, choices: Iterable[str]) -> str | None:
    r"""Return the form with these plugins in its list, or ``None`` if the form has not exactly one list.

    >>> print(with_plugin_list("options:\n  # plugins: begin\n  # plugins: end\n", ["spark"]), end="")
    options:
      # plugins: begin
      - "spark"
      - "Another part, or I do not know"
      # plugins: end
    """
    found = _LIST.search(text)
    if found is None or len(_COMMENT.findall(text)) != 2:
        return None
    # YAML has no control characters and no bytes that are not Unicode. Core routes issues about such a plugin.
    names = [*filter(str.isprintable, choices), OTHER]
    lines = "".join(f"{found[1]}- {json.dumps(name, ensure_ascii=False)}\n" for name in names)
    return f"{text[: found.start(2)]}{lines}{text[found.end(2) :]}"
