"""Read the members of the core team."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.checks.memo import once
from commonhold.projects.toml import decode_toml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from commonhold.checks.context import CheckedRepository

PEOPLE = "governance/people.toml"
_KEYS = ("github", "login", "team", "email")


@once
def core_team(repository: CheckedRepository) -> frozenset[str]:
    """Return the core team's accounts, teams and addresses in lower case, without ``@``; empty if nothing lists them.

    ``governance/people.toml`` lists them as ``core``: texts, or tables with ``github``, ``team`` or ``email``.
    """
    raw = repository.files.get(repository.workspace.config.path(PEOPLE))
    listed: list[str] = [*repository.settings.team]
    if raw is not None:
        try:
            listed += _members(decode_toml(raw).get("core"))
        except (ValueError, RecursionError):
            return frozenset()
    return frozenset(member.strip().lstrip("@").casefold() for member in listed)


def _members(value: Any) -> Iterator[str]:
    for each in value if isinstance(value, list) else ():
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            yield from (text for key in _KEYS if isinstance(text := each.get(key), str))
