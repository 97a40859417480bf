"""Parse requirements (PEP 508) as text, and replace their versions.

Reading splits a requirement without importing ``packaging``, because the import takes longer than a whole selection.
Only :func:`pin_requirement`, which writes, parses a requirement fully.
"""

from __future__ import annotations

import re
from functools import lru_cache

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.projects.metadata import Dependency
from commonhold.projects.names import Name, is_valid, normalize
from commonhold.projects.paths import HOLE, from_url, is_local

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# The patterns are strings: compiling them at import would cost every selection half a millisecond or more, and a
# selection that finds all requirements in its cache does not need them.
_HEAD = r"(?a)\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\[\]]*)\])?\s*(?:@\s*([^\s;]+))?\s*"
_LONGEST_SHOWN = 80
_AFTER_NAME = frozenset("<>=!~;(,#" + HOLE)

_NAME_AND_EXTRAS = r"(?a)\s*[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:\s*\[[^\[\]]*\])?"
_COMMENT = r"(?:^|(?<!\s)\s+)#"
_URL = r"\s*@\s*\S+"


def parse_requirement(text: str, folder: str) -> Dependency | None:
    """Return the dependency that a requirement declares, or ``None`` if the text is not a requirement.

    Relative paths in the requirement are relative to ``folder``. An unknown part after the name, as in
    ``f"dagster{pin}"``, counts as a version.

    >>> parse_requirement("Flytekit_Spark[yaml]>=1; sys_platform == 'linux'", "").text
    "flytekit-spark[yaml]>=1; sys_platform == 'linux'"
    """
    parsed = _parse(text)
    if parsed is None or parsed.url is None:
        return parsed and parsed.dependency
    return parsed.dependency._replace(path=from_url(folder, parsed.url))


class _Parsed(NamedTuple):
    dependency: Dependency
    url: str | None


# Cached: the projects of a repository have many requirements in common.
@lru_cache(maxsize=8192)
def _parse(text: str) -> _Parsed | None:
    match = re.match(_HEAD, text)
    if match is None:
        return None
    name, requested, url = match.groups()
    rest = text[match.end() :]
    if not url and rest and not _is_version(rest):
        return None
    extras = names(requested) if requested else frozenset()
    if extras is None:
        return None
    # PEP 508 ends a URL before a marker with a space, so a URL may contain a semicolon, unlike a specifier.
    specifier, _, marker = rest.partition(";")
    specifier = specifier.partition("#")[0].strip()
    # Old metadata puts the specifier in parentheses: name (>=1).
    if specifier.startswith("(") and specifier.endswith(")"):
        specifier = specifier[1:-1].strip()
    dependency = Dependency(normalize(name), extras, None, "" if url else specifier, marker.strip())
    return _Parsed(dependency, url if url and is_local(url) else None)


def _is_version(rest: str) -> bool:
    # f"name{unknown}[extra]" has an unknown name.
    return rest[0] in _AFTER_NAME and not (rest[0] == HOLE and "[" in rest.partition(";")[0])


def requirement_lines(text: str) -> Iterator[str]:
    """Yield the requirements in a text, one per line; remove comments and join continued lines, as setuptools does."""
    continued: list[str] = []  # joined once: adding to a text for each line could take quadratic time
    for line in text.splitlines():
        requirement = line.strip()
        if not requirement or requirement.startswith("#"):
            continue
        requirement = requirement.partition(" #")[0].strip()
        if requirement.endswith("\\"):
            continued.append(requirement[:-1].rstrip())
        else:
            yield "".join((*continued, requirement))
            continued.clear()
    if any(continued):
        yield "".join(continued)


def names(text: str) -> frozenset[Name] | None:
    """Return the names in a comma-separated list, as in ``[a, b]``; ``None`` if any name is invalid."""
    parts = [part.strip() for part in text.split(",")]
    parts = [part for part in parts if part]
    return frozenset(map(normalize, parts)) if all(map(is_valid, parts)) else None


def show(text: str) -> str:
    """Format a text for a message: escape control characters, and shorten a long text."""
    text = text.replace(HOLE, "…")
    return repr(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…")


def unique(dependencies: Iterable[Dependency]) -> tuple[Dependency, ...]:
    """Return the dependencies in the given order, without duplicates."""
    return tuple(dict.fromkeys(dependencies))


def both_markers(one: str, other: str) -> str:
    """Return a marker that is true if two markers are true; an empty marker is always true."""
    return f"({one}) and ({other})" if one and other else one or other


def with_paths(dependencies: Iterable[Dependency], paths: Mapping[Name, Iterable[str]]) -> tuple[Dependency, ...]:
    """Add paths to dependencies: a dependency without a path gets the paths that another table declares for it."""
    found: list[Dependency] = []
    for one in dependencies:
        known = paths.get(one.name, ()) if one.name is not None and one.path is None else ()
        found += [one._replace(path=path) for path in known] or [one]
    return unique(found)


def pin_requirement(text: str, pins: Mapping[str, str]) -> str:
    """Replace the specifier of a requirement by its pin in ``pins``; keep its name, extras and marker as written.

    A text that is not a requirement, or whose name is not pinned, is returned unchanged. A URL
    (``name @ file:...``) is replaced too, because an index rejects such a requirement.

    >>> pin_requirement("Spark[yaml] >=1,<2 ; python_version < '3.11'", {"spark": "~=1.17.0"})
    "Spark[yaml]~=1.17.0 ; python_version < '3.11'"
    """
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return text
    specifier = pins.get(normalize(requirement.name))
    head = re.match(_NAME_AND_EXTRAS, text)
    if specifier is None or head is None:
        return text
    # Replace only the text between the head and the marker, so that spaces and quotes stay.
    rest = text[head.end() :]
    if requirement.url:
        marker = re.sub(_URL, "", rest, count=1)
    else:
        clauses, semicolon, condition = rest.partition(";")
        marker = clauses[len(clauses.rstrip()) :] + semicolon + condition
    return f"{head[0]}{specifier}{marker}"


def pin_lines(text: str, pins: Mapping[str, str]) -> str:
    """Pin requirements that are written one per line; preserve indentation, comments and line endings."""
    return "".join(_pin_line(line, pins) for line in text.splitlines(keepends=True))


def _pin_line(line: str, pins: Mapping[str, str]) -> str:
    comment = re.search(_COMMENT, line)
    body = line[: comment.start()] if comment else line
    inner = body.strip()
    if not inner:
        return line
    start = body.index(inner)
    return line[:start] + pin_requirement(inner, pins) + line[start + len(inner) :]
