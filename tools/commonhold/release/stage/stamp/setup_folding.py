"""What ``setup()`` is called with, found by folding ``setup.py``, and how that would be with other files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.projects.declaration import ProjectFiles
from commonhold.projects.static_eval import fold, force, items_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from commonhold.release.stage.stamp.project import StagedProject

FILE = "setup.py"
MOST_TRIES = 500
"""So many edits are tried, and folded: a file that was made to have more does not hold up a release."""

_REQUIREMENTS = ("install_requires", "extras_require")
_NESTED = (str, list, tuple, dict)


class Folding:
    """What ``setup()`` is called with, were files as ``instead`` has them."""

    def __init__(self, project: StagedProject, instead: Mapping[str, bytes]) -> None:
        start = f"{project.path}/" if project.path else ""

        def read(path: str) -> bytes | None:
            if not path.startswith(start):
                return None
            file = path[len(start) :]
            return instead[file] if file in instead else project.read(file)

        self.place = ProjectFiles(project.path, read)
        data = read(f"{start}{FILE}") or b""
        self.setups = fold(self.place, f"{start}{FILE}", data).setups
        self.opened = [path[len(start) :] for path in sorted(self.place.names) if path.startswith(start)]

    def versions(self) -> list[Any]:
        """The version of each call that has one: text where it is known."""
        found = (force(self.place, keywords["version"]) for keywords in self.setups if "version" in keywords)
        return [value for value in found if value is not None]

    def requirements(self) -> list[Any]:
        """The requirements of all calls, in order."""
        found: list[Any] = []
        for keywords in self.setups:
            for key in _REQUIREMENTS:
                found += _flat(self.place, keywords.get(key))
        return found


def _flat(place: ProjectFiles, value: Any) -> list[Any]:
    """The lines of requirements within a value."""
    value = force(place, value)
    if isinstance(value, str):
        return [line.strip() for line in value.splitlines() if line.strip()]
    if value is None:
        return []
    inner = list(value.values()) if isinstance(value, dict) else items_of(value)
    return [line for each in inner for line in (_flat(place, each) if isinstance(each, _NESTED) else [each])]
