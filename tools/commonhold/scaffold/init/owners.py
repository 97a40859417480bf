"""Read the maintainers of packages from CODEOWNERS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.projects.codeowners import codeowners_path, read_codeowners
from commonhold.scaffold.init.facts import Found, Place
from commonhold.workspace.patterns import Patterns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonhold.projects.names import Name
    from commonhold.scaffold.init.facts import Package
    from commonhold.workspace import Files


def find_owners(files: Files, packages: Sequence[Package]) -> dict[Name, Found]:
    """Return the owners of each package that has owners of its own; a rule for all packages names nobody's own."""
    path = codeowners_path(files.entries)
    rules = read_codeowners(path, files.get(path) or b"").rules if path is not None else ()
    found: dict[Name, Found] = {}
    for rule in rules:
        patterns = Patterns(rule.globs)
        matched = [package for package in packages if patterns.match(package.place.path)]
        # The last matching rule decides, so a rule for many packages also removes earlier owners.
        for package in matched:
            if len(matched) > max(1, len(packages) / 2) or not rule.owners:
                found.pop(package.name, None)
            else:
                found[package.name] = Found(" ".join(rule.owners), Place(str(path), rule.line))
    return found
