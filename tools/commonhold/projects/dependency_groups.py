"""Read dependency groups (PEP 735): ``[dependency-groups]`` and the groups that include other groups.

The ``dependency-groups`` package does the same, and a test compares the results of the package and of this module. The
package is not used here because it imports ``packaging``: importing the package and resolving two groups takes 80 ms of
processor time, a quarter of a selection on flytekit without a cache; this module takes 1 ms. The package also stops at
the first error, whereas this module still returns the other groups.
"""

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


MOST_REQUIREMENTS = 100_000
"""The maximum number of requirements in all groups of a project, after each included group is expanded."""


def read_groups(declared: Declaration, table: TypedTable) -> None:
    """Read every group, including the groups that it includes."""
    spelled: dict[Name, str] = {}
    own: dict[Name, list[Dependency]] = {}
    included: dict[Name, list[Name]] = {}
    for group in table.values:
        name = normalize(group)
        texts, others = _split(table, group)
        if name in spelled:
            _report(declared, table.dotted(group), f"has the same name as {show(spelled[name])}; rename one of them")
        spelled.setdefault(name, group)
        own.setdefault(name, []).extend(declared.dependencies("", table.dotted(group), texts))
        included.setdefault(name, []).extend(others)
    left = MOST_REQUIREMENTS
    for name, group in spelled.items():
        reached = _reach(name, included, partial(_report, declared, table.dotted(group)), left)
        # Each of a chain of groups contains all following ones, so their total size grows with the square of the file.
        left -= sum(1 + len(own[other]) + len(included[other]) for other in reached)
        if left < 0:
            _report(declared, table.key, f"expands to more than {MOST_REQUIREMENTS} requirements; include fewer groups")
            return
        declared.add_group(name, (one for other in reached for one in own[other]))


def _reach(start: Name, included: Mapping[Name, list[Name]], report: Callable[[str], None], most: int) -> list[Name]:
    """Return a group's name and the names of all groups that it includes; stop after about ``most`` names."""
    reached = {start}
    # The list grows during the loop; each group is added only once, so that a cycle ends.
    for name in (todo := [start]):
        if len(todo) > most:
            break
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
    """Return the requirements in a group's own list, and the names of the groups that it includes."""
    entries = table.values[group]
    texts: list[str] = []
    included: list[Name] = []
    if not isinstance(entries, list):
        table.wrong(group, "a list")
        return texts, included
    for entry in entries:
        other = entry.get("include-group") if isinstance(entry, dict) and len(entry) == 1 else None
        if isinstance(entry, str):
            texts.append(entry)
        elif isinstance(other, str):
            included.append(normalize(other))
        else:
            table.wrong(group, "a list of requirements and of { include-group = NAME }")
    return texts, included
