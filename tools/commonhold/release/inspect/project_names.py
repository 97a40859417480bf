"""Names that an index does not give to a new project."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from commonhold.release.model.archive import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.release.model.plan import PlannedDistribution

_VALID = re.compile(r"[A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9]", re.IGNORECASE)  # PEP 508
_ALIKE = str.maketrans({"o": "0", "l": "1", "i": "1"})


def check_project_name(planned: PlannedDistribution) -> Iterator[RawFinding]:
    """What is wrong with the name of one project, whatever others there are."""
    if not _VALID.fullmatch(planned.name):
        yield RawFinding("name", f"{planned.name!r} is no name of a project", planned.name)
    elif planned.new and planned.name.lower().replace("-", "_") in {name.lower() for name in sys.stdlib_module_names}:
        yield RawFinding("name", f"{planned.name} is a module of Python itself: no index gives this name", planned.name)


def check_similar_names(plugins: Iterable[PlannedDistribution]) -> Iterator[tuple[str, RawFinding]]:
    """New projects whose names an index takes for those of others, as PyPI looks at them; with the plugin's name."""
    seen: dict[str, str] = {}
    for planned in sorted(plugins, key=lambda planned: planned.new):
        alike = re.sub(r"[-_.]", "", planned.name.lower()).translate(_ALIKE)
        if alike in seen and planned.new:
            yield planned.name, RawFinding("name", f"{planned.name} is too similar to {seen[alike]}", seen[alike])
        seen.setdefault(alike, planned.name)
