"""Name the plugins as the issue forms list them, and read the chosen one from an issue.

Everybody can write an issue, and GitHub keeps a form's values as plain text. So the text decides nothing except which
of the tree's own plugins is meant: it is compared with their names, and never quoted.
"""

from __future__ import annotations

import re
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FIELD = "Plugin"
"""The label of the field of the issue forms that names the plugin. It must be the first field of the form."""

OTHER = "Another part, or I do not know"
"""The last choice of that field."""

LABEL_PREFIX = "plugin: "
LONGEST_LABEL = 50
"""The maximum number of characters of a label on GitHub."""

# GitHub does not accept "None" as a choice of a form.
_RESERVED = frozenset({"none", OTHER.casefold()})
_DIGITS = 8


def plugin_choices(folders: Iterable[str]) -> dict[str, str]:
    """Return each plugin's folder by the name that stands for it: that of the folder, or the path if several share it.

    >>> plugin_choices(["plugins/a/spark", "plugins/b/spark", "plugins/b/dask"])
    {'dask': 'plugins/b/dask', 'plugins/a/spark': 'plugins/a/spark', 'plugins/b/spark': 'plugins/b/spark'}
    """
    known = sorted({*folders})
    names = Counter(_last(folder).casefold() for folder in known)
    found = {}
    for folder in known:
        name = _last(folder)
        is_unique = names[name.casefold()] == 1 and name.casefold() not in _RESERVED
        found[name if is_unique and name.isprintable() else folder] = folder
    return dict(sorted(found.items()))


def plugin_label(choice: str) -> str:
    """Return the label of a plugin. A name that is too long, or unusual, ends with a part of its SHA-256.

    >>> plugin_label("flytekit-spark")
    'plugin: flytekit-spark'
    """
    usual = re.sub(r"[^A-Za-z0-9._/-]", "-", choice)
    most = LONGEST_LABEL - len(LABEL_PREFIX)
    if usual != choice or len(usual) > most:
        digest = sha256(choice.encode("utf-8", "surrogateescape")).hexdigest()[:_DIGITS]
        usual = f"{usual[: most - _DIGITS - 1]}-{digest}"
    return f"{LABEL_PREFIX}{usual}"


def has_form(body: str) -> bool:
    """Return whether an issue was written with a form that asks for the plugin."""
    return _chosen_lines(body) is not None


def chosen_plugin(body: str, choices: Mapping[str, str]) -> str | None:
    """Return the choice that an issue names, or ``None`` if it names no plugin of the tree, or several."""
    lines = _chosen_lines(body)
    return lines[0] if lines is not None and len(lines) == 1 and lines[0] in choices else None


def _chosen_lines(body: str) -> list[str] | None:
    """Return the lines of the first field, if that field names the plugin. Further fields contain free text."""
    lines = [line.strip() for line in body.splitlines()]
    lines = [line for line in lines if line]
    if not lines or lines[0] != f"### {FIELD}":
        return None
    end = next((number for number, line in enumerate(lines[1:], 1) if line.startswith("#")), len(lines))
    return lines[1:end]


def _last(folder: str) -> str:
    return folder.rpartition("/")[2]
