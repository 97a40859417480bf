"""Write the commit message of an adoption, which serves as the text of its pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.errors import page_url
from commonhold.text import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonhold.scaffold.init.adoption import Adoption


_INTRODUCTION = """\
commonhold finds the plugins that a change can break. `commonhold init` wrote these
files from what this repository contains, and ran nothing from it:"""
_CONFIRM = """To confirm one,
remove its mark. Until then, more plugins are tested than necessary."""


def commit_message(adoption: Adoption, lines: Sequence[str]) -> str:
    """Return the message: what `init` found (``lines``), the new files, and what the reviewers decide."""
    promises = count(adoption.promises, "line")
    paragraphs = (
        "Add a configuration for commonhold",
        _INTRODUCTION,
        "\n".join(f"- `{path}`" for path in adoption.files),
        "It found:",
        "\n".join(f"- {line.strip()}" for line in lines),
        f"Each line of `{adoption.rules_path}` names the file and line from which it was read.",
        f"Promises that no file can prove: {promises} marked TODO(you). {_CONFIRM}",
        f"Documentation: {page_url('how-to/init')}",
    )
    return "\n\n".join(paragraphs) + "\n"
