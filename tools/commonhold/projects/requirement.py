"""Requirements (PEP 508) as text: reading one, and replacing its version.

The reader splits a requirement without importing ``packaging``, which takes longer than a whole selection.
Only the writer, :func:`pin_requirement`, parses it fully.
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

# The patterns are text: compiling them at import would cost every selection half a millisecond or more, and a
# selection that finds all requirements in its cache needs none of them.
_HEAD = r"(?a)\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\[\]]*)\])?\s*(?:@\s*([^\s;]+))?\s*"
_LONGEST_SHOWN = 80
_AFTER_NAME = frozenset("<>=!~;(,#" + HOLE)

_NAME_AND_EXTRAS = r"(?a)\s*[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:\s*\[[^\[\]]*\])?"
_COMMENT = r"(?:^|(?<!\s)\s+)#"
_URL = r"\s*@\s*\S+"


def parse_requirement(text: str, folder: str) -> Dependency | None:
    """The dependency that a requirement declares, or ``None`` if the text is not a requirement.

    Relative paths in it start from ``folder``. A part after the name that is unknown, as in ``f"dagster{pin}"``,
    is taken for a version.

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


# Projects of one repository repeat each other's requirements
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
    # PEP 508 ends the URL before a marker by a space, so a URL may contain a semicolon; a specifier cannot
    specifier, _, marker = rest.partition(";")
    specifier = specifier.partition("#")[0].strip()
    # name (>=1), as old metadata wrote it
    if specifier.startswith("(") and specifier.endswith(")"):
        specifier = specifier[1:-1].strip()
    dependency = Dependency(normalize(name), extras, None, "" if url else specifier, marker.strip())
    return _Parsed(dependency, url if url and is_local(url) else None)


def _is_version(rest: str) -> bool:
    # f"name{unknown}[extra]" has an unknown name
    return rest[0] in _AFTER_NAME and not (rest[0] == HOLE and "[" in rest.partition(";")[0])


def requirement_lines(text: str) -> Iterator[str]:
    """The requirements in a text, one per line, as setuptools splits it: no comments, continued lines joined."""
    continued = ""
    for line in text.splitlines():
        requirement = line.strip()
        if not requirement or requirement.startswith("#"):
            continue
        requirement = continued + requirement.partition(" #")[0].strip()
        if requirement.endswith("\\"):
            continued = requirement[:-1].rstrip()
        else:
            continued = ""
            yield requirement
    if continued:
        yield continued


def names(text: str) -> frozenset[Name] | None:
    """Names between commas, as in ``[a, b]``; ``None`` if one of them is not a name."""
    parts = [part.strip() for part in text.split(",")]
    parts = [part for part in parts if part]
    return frozenset(map(normalize, parts)) if all(map(is_valid, parts)) else None


def show(text: str) -> str:
    """A text for a message: control characters escaped, a long text cut."""
    text = text.replace(HOLE, "…")
    return repr(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…")


def unique(dependencies: Iterable[Dependency]) -> tuple[Dependency, ...]:
    """The dependencies in their order, without duplicates."""
    return tuple(dict.fromkeys(dependencies))


def both_markers(one: str, other: str) -> str:
    """A marker that holds where both do; an empty marker holds everywhere."""
    return f"({one}) and ({other})" if one and other else one or other


def with_paths(dependencies: Iterable[Dependency], paths: Mapping[Name, Iterable[str]]) -> tuple[Dependency, ...]:
    """The dependencies; one without a path gets each path that another table declares for its name."""
    found: list[Dependency] = []
    for one in dependencies:
        known = paths.get(one.name, ()) if one.name is not None and one.path is None else ()
        found += [one._replace(path=path) for path in known] or [one]
    return unique(found)


def pin_requirement(text: str, pins: Mapping[str, str]) -> str:
    """A requirement with the specifier that ``pins`` has for its name; name, extras and marker stay as written.

    A text that is not a requirement, or whose name has no pin, is returned unchanged. A URL
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
    # Only the text between the head and the marker is replaced, so that spaces and quotes stay
    rest = text[head.end() :]
    if requirement.url:
        marker = re.sub(_URL, "", rest, count=1)
    else:
        clauses, semicolon, condition = rest.partition(";")
        marker = clauses[len(clauses.rstrip()) :] + semicolon + condition
    return f"{head[0]}{specifier}{marker}"


def pin_lines(text: str, pins: Mapping[str, str]) -> str:
    """Pin requirements that are written one per line; indentation, comments and line ends stay as written."""
    return "".join(_pin_line(line, pins) for line in text.splitlines(keepends=True))


def _pin_line(line: str, pins: Mapping[str, str]) -> str:
    comment = re.search(_COMMENT, line)
    body = line[: comment.start()] if comment else line
    inner = body.strip()
    if not inner:
        return line
    start = body.index(inner)
    return line[:start] + pin_requirement(inner, pins) + line[start + len(inner) :]
