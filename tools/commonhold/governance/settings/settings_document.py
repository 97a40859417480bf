"""Describe the examined settings as a JSON document (``commonhold governance doctor --json``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from commonhold.governance.settings.setting import SettingState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.governance.settings.setting import SettingResult

SETTINGS_SCHEMA = 1


class SettingDocument(msgspec.Struct, frozen=True):
    """One setting: ``branch`` is ``null`` if it is about the repository, and ``question`` if GitHub reports it."""

    name: str
    branch: str | None
    state: SettingState
    found: str
    why: str
    commands: list[str]
    question: str | None


class SettingsDocument(msgspec.Struct, frozen=True):
    """The settings of a repository."""

    schema: int
    repository: str
    settings: list[SettingDocument]


def encode_settings(repository: str, results: Iterable[SettingResult]) -> str:
    """Return the settings as an indented JSON document."""
    settings = [
        SettingDocument(each.name, each.branch, each.state, each.found, each.why, list(each.commands), each.question)
        for each in results
    ]
    document = SettingsDocument(SETTINGS_SCHEMA, repository, settings)
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()
