"""Find the plugins that are commented out in the lists of today's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.projects.tox_environments import tox_environments
from commonhold.scaffold.init.facts import Place, lines_with_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonhold.projects.names import Name
    from commonhold.scaffold.init.package_names import PackageNames
    from commonhold.scaffold.init.test_jobs import TestJob
    from commonhold.workspace import Files


def find_commented(files: Files, jobs: Iterable[TestJob], names: PackageNames) -> Mapping[Name, Place]:
    """Return the plugins that comments name in the workflows and tox files that run tests, each with its place."""
    found: dict[Name, Place] = {}
    paths = {path for job in jobs for path in job.files}
    paths |= {place.path for job in jobs for place in job.packages.values()}
    for path in sorted(paths):
        if path.endswith("tox.ini"):
            for environment in tox_environments(files.get(path) or b""):
                package = names.in_environment(environment.name) if environment.commented else None
                if package is not None:
                    found.setdefault(package.name, Place(path, environment.line))
            continue
        for number, line in lines_with_numbers(files.get(path)):
            text = line.strip()
            # A comment that consists of a name is a disabled item of a list; a sentence is not.
            package = names.short(text.lstrip("#- ").strip("'\", ")) if text.startswith("#") else None
            if package is not None:
                found.setdefault(package.name, Place(path, number))
    return found
