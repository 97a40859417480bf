"""Dependency groups (PEP 735): ``[dependency-groups]`` and the groups that include other groups."""

from __future__ import annotations

from functools import partial

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.names import normalize
from commonhold.projects.requirement import show

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from commonhold.projects.declaration import Declaration
    from commonhold.projects.metadata import Dependency
    from commonhold.projects.names import Name
    from commonhold.projects.typed_table import TypedTable


def read_groups(declared: Declaration, table: TypedTable) -> None:
    """Read every group together with the groups that it includes."""
    spelled = {normalize(group): group for group in table.values}
    own: dict[Name, tuple[Dependency, ...]] = {}
    included: dict[Name, list[Name]] = {}
    for name, group in spelled.items():
        texts, included[name] = _split(table, group)
        own[name] = declared.dependencies("", table.dotted(group), texts)
    for name, group in spelled.items():
        for other in _reach(name, included, partial(_report, declared, table.dotted(group))):
            declared.add_group(name, own[other])


def _reach(start: Name, included: Mapping[Name, list[Name]], report: Callable[[str], None]) -> list[Name]:
    """The groups that one group consists of, itself first."""
    reached = {start}
    for name in (todo := [start]):
        for other in included[name]:
            if other == start:
                report(f"includes itself through {name!r}; break the cycle")
            elif other not in included:
                report(f"includes {show(other)}, which is not a group; correct the name")
            elif other not in reached:
                reached.add(other)
                todo.append(other)
    return todo


def _report(declared: Declaration, group: str, message: str) -> None:
    declared.problem("", f"{group} {message}")


def _split(table: TypedTable, group: str) -> tuple[list[str], list[Name]]:
    """The requirements of a group's own list, and the names of the groups that it includes."""
    entries = table.values[group]
    texts: list[str] = []
    included: list[Name] = []
    if not isinstance(entries, list):
        table.wrong(group, "a list")
        return texts, included
    for entry in entries:
        other = entry.get("include-group") if isinstance(entry, dict) else None
        if isinstance(entry, str):
            texts.append(entry)
        elif isinstance(other, str):
            included.append(normalize(other))
        else:
            table.wrong(group, "a list of requirements and of { include-group = NAME }")
    return texts, included
