"""The head of a requirement (PEP 508): its name, extras and URL; never its version or marker."""

from __future__ import annotations

import re
from functools import lru_cache

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.projects.metadata import Need
from commonhold.projects.names import Name, is_valid, normalize
from commonhold.projects.paths import HOLE, from_url, is_local

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_HEAD = re.compile(
    r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\[\]]*)\])?\s*(?:@\s*([^\s;]+))?\s*",
    re.ASCII,
)
_SHOWN = 80
_FOLLOWS = frozenset("<>=!~;(,#" + HOLE)


def parse_requirement(text: str, folder: str) -> Need | None:
    """The need that a requirement states, relative paths being meant from ``folder``; ``None`` if it is none.

    What is unknown after the name, as in ``f"dagster{pin}"``, is taken for a version.

    >>> parse("Flytekit_Spark[yaml]>=1; sys_platform == 'linux'", "")
    Need(name='flytekit-spark', extras=frozenset({'yaml'}), path=None)
    """
    head = _parse_head(text)
    if head is None or head.url is None:
        return head and head.need
    return head.need._replace(path=from_url(folder, head.url))


class _Head(NamedTuple):
    need: Need
    url: str | None


# Projects of one repository repeat each other's requirements
@lru_cache(maxsize=8192)
def _parse_head(text: str) -> _Head | None:
    match = _HEAD.match(text)
    if match is None:
        return None
    name, wanted, url = match.groups()
    if not url and match.end() < len(text) and not _follows(text[match.end() :]):
        return None
    extras = names(wanted) if wanted else frozenset()
    if extras is None:
        return None
    return _Head(Need(normalize(name), extras), url if url and is_local(url) else None)


def _follows(rest: str) -> bool:
    return rest[0] in _FOLLOWS and not (rest[0] == HOLE and "[" in rest.partition(";")[0])


def names(text: str) -> frozenset[Name] | None:
    """Names between commas, as in ``[a, b]``; ``None`` if one of them is not a name."""
    parts = [part.strip() for part in text.split(",")]
    parts = [part for part in parts if part]
    return frozenset(map(normalize, parts)) if all(map(is_valid, parts)) else None


def show(text: str) -> str:
    """A text as a message can hold it: control characters escaped, long ones cut."""
    text = text.replace(HOLE, "…")
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")


def unique(needs: Iterable[Need]) -> tuple[Need, ...]:
    """The needs in their order, each once."""
    return tuple(dict.fromkeys(needs))


def with_paths(needs: Iterable[Need], paths: Mapping[Name, Iterable[str]]) -> tuple[Need, ...]:
    """The needs, those without a path taking the paths that another table gives their names."""
    found: list[Need] = []
    for need in needs:
        given = paths.get(need.name, ()) if need.name is not None and need.path is None else ()
        found += [need._replace(path=path) for path in given] or [need]
    return unique(found)
