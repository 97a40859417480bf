"""Describe the examined settings as a JSON document (``commonhold governance doctor --json``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.governance.settings.setting import SettingResult

SETTINGS_SCHEMA = 1


def settings_document(repository: str, results: Iterable[SettingResult]) -> dict[str, Any]:
    """Return the document; ``branch`` and ``question`` are ``None`` where there is none."""
    return {
        "schema": SETTINGS_SCHEMA,
        "repository": repository,
        "settings": [
            {
                "name": each.name,
                "branch": each.branch,
                "state": each.state.value,
                "found": each.found,
                "why": each.why,
                "commands": list(each.commands),
                "question": each.question,
            }
            for each in results
        ],
    }
