"""Compare requirements with versions, and find the line of a requirement."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from commonhold.checks.memo import once
from commonhold.projects.names import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.checks.context import CheckedPlugin, CheckedRepository
    from commonhold.projects.names import Name

CORE_RELEASES = "governance/core-releases.json"
_NEWEST = 2


def core_releases_path(repository: CheckedRepository) -> str:
    """Return the repository path of the list of the core's releases."""
    return repository.workspace.config.path(CORE_RELEASES)


@once
def core_releases(repository: CheckedRepository) -> tuple[str, ...] | None:
    """Return the newest two final releases of the core, newest first; ``None`` if no file lists them."""
    from packaging.version import Version

    try:
        document = json.loads(repository.text(core_releases_path(repository)) or "")
    except (ValueError, RecursionError):
        return None
    listed = document.get("releases") if isinstance(document, dict) else None
    found: set[Version] = set()
    for each in listed if isinstance(listed, list) else ():
        text = each.get("version") if isinstance(each, dict) else each
        is_yanked = isinstance(each, dict) and bool(each.get("yanked"))
        try:
            version = Version(text if isinstance(text, str) else "")
        except ValueError:  # also raised for a number with more digits than int() accepts
            continue
        if not version.is_prerelease and not is_yanked:
            found.add(version)
    return tuple(str(version) for version in sorted(found, reverse=True)[:_NEWEST]) or None


def rejected(specifier: str, versions: Iterable[str]) -> tuple[str, ...]:
    """Return the versions that a specifier excludes; none if the specifier cannot be read.

    >>> rejected(">=1.15,<1.17", ["1.17.0", "1.16.30"])
    ('1.17.0',)
    """
    from packaging.specifiers import SpecifierSet

    try:
        accepted = SpecifierSet(specifier)
        return tuple(version for version in versions if not accepted.contains(version, prereleases=True))
    except ValueError:
        return ()


def admits_major(specifier: str, major: int) -> bool:
    """Return whether a specifier admits some version of a major version, and no version of the next or previous one.

    >>> [admits_major(text, 14) for text in (">=14.0.0,<15.0.0", "~=14.2", ">=14", ">=13,<14", "==14.*")]
    [True, True, False, False, True]
    """
    inside = (f"{major}.{minor}.{patch}" for minor in (0, 1, 2, 5, 10, 50, 999999) for patch in (0, 5, 999999))
    outside = [f"{major + 1}.0.0", f"{major + 9}.0.0", *([f"{major - 1}.999999.0"] if major else [])]
    tried = [*inside, *_named_versions(specifier, major)]
    return len(rejected(specifier, tried)) < len(tried) and len(rejected(specifier, outside)) == len(outside)


def _named_versions(specifier: str, major: int) -> list[str]:
    """Return the versions that a specifier names, because it may admit only these."""
    return [text for text in re.findall(r"\d+(?:\.\d+)*", specifier) if text.split(".")[0] == str(major)]


def requirement_line(checked: CheckedPlugin, name: Name) -> tuple[str, int | None]:
    """Return the project file and the first line that contains a requirement on a distribution."""
    text = checked.repository.text(checked.project_file) or ""
    words = re.compile(
        r"[\"'\s(]" + r"[-_.]+".join(map(re.escape, name.split("-"))) + r"(?![\w.-]*[\w])", re.IGNORECASE
    )
    for number, line in enumerate(text.splitlines(), 1):
        match = words.search(line[:2000])
        if match and normalize(line[match.start() + 1 : match.end()]) == name and not re.match(r"\s*name\s*=", line):
            return checked.project_file, number
    return checked.project_file, None
