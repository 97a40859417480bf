"""``uv.lock`` compared package by package: whose resolved closure moved.

Format: uv's "Projects: structure and files". A package is a node; so is each of its extras. What is
installed for a plugin's tests is its own closure with all its extras and dependency groups.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.errors import ConfigurationError
from commonhold.projects.names import normalize
from commonhold.projects.toml import parse_toml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any, TypeAlias

    from commonhold.projects.names import Name

Package: TypeAlias = "dict[str, Any]"


class LockMoves(NamedTuple):
    """The names of the locked packages that moved: under the core, and under each plugin apart from the core."""

    core: tuple[str, ...]
    plugins: Mapping[Name, tuple[str, ...]]


class UvLock:
    """One parsed lock file."""

    def __init__(self, data: bytes, source: str) -> None:
        document = parse_toml(data, source)
        packages = document.get("package", [])
        if document.get("version") != 1 or not isinstance(packages, list):
            raise ConfigurationError(f"{source} is a lock file of an unknown version")
        self._by_name: dict[Name, list[Package]] = {}
        for package in packages:
            if not isinstance(package, dict) or not isinstance(package.get("name"), str):
                raise ConfigurationError(f"{source} holds a package without a name")
            self._by_name.setdefault(normalize(package["name"]), []).append(package)

    def closure(self, name: Name, without: Name | None = None) -> frozenset[tuple[Name, str]]:
        """What is installed for the tests of ``name``: names with fingerprints, not passing through ``without``."""
        roots = self._by_name.get(name, [])
        todo = [(package, group) for package in roots for group in _groups(package)]
        seen: set[tuple[int, str]] = set()
        found: dict[int, tuple[Name, str]] = {}
        while todo:
            package, extra = todo.pop()
            if (id(package), extra) in seen:
                continue
            seen.add((id(package), extra))
            found[id(package)] = (normalize(package["name"]), fingerprint(package))
            todo += self._needs(package, extra, without)
        return frozenset(found.values())

    def _needs(self, package: Package, extra: str, without: Name | None) -> Iterator[tuple[Package, str]]:
        for dependency in _listed(package, extra):
            name = normalize(str(dependency.get("name", "")))
            if name != without:
                for target in self._candidates(name, dependency):
                    yield target, ""
                    yield from ((target, f"optional-dependencies.{asked}") for asked in _words(dependency, "extra"))

    def _candidates(self, name: Name, dependency: Package) -> list[Package]:
        """A dependency names a version and a source only where the lock holds several of that name."""
        return [
            package
            for package in self._by_name.get(name, ())
            if dependency.get("version") in (None, package.get("version"))
            and dependency.get("source") in (None, package.get("source"))
        ]


def compare_locks(old: bytes | None, new: bytes | None, core: Name | None, plugins: Iterable[Name]) -> LockMoves | None:
    """Which closures moved between two lock files; ``None`` when that cannot be told.

    That is so when one side is missing or is no lock file. A setting of the whole resolution that moves no
    package changes nothing that is installed.
    """
    if old is None or new is None:
        return None
    try:
        before, after = UvLock(old, "uv.lock at base"), UvLock(new, "uv.lock")
    except (ConfigurationError, TypeError, AttributeError):
        return None  # hostile or foreign: the shape is not what uv writes
    closures = ((name, before.closure(name, core), after.closure(name, core)) for name in plugins)
    moved = {name: names for name, old_one, new_one in closures if (names := _moved(old_one, new_one))}
    in_core = _moved(before.closure(core), after.closure(core)) if core is not None else ()
    return LockMoves(in_core, moved)


def _moved(old: frozenset[tuple[Name, str]], new: frozenset[tuple[Name, str]]) -> tuple[str, ...]:
    return tuple(sorted({name for name, _ in old ^ new}))


def fingerprint(package: Package) -> str:
    """What makes a locked package another one: all that is said of it, but where and when its files lie."""
    files = [*_tables([package.get("sdist")]), *_tables(package.get("wheels"))]
    hashes = sorted(str(file.get("hash")) for file in files)
    kept = {key: value for key, value in package.items() if key not in ("sdist", "wheels", "metadata")}
    return repr((sorted(kept.items(), key=lambda item: item[0]), hashes))


def _groups(package: Package) -> Iterator[str]:
    yield ""
    for table in ("optional-dependencies", "dev-dependencies"):
        groups = package.get(table)
        yield from (f"{table}.{name}" for name in groups) if isinstance(groups, dict) else ()


def _listed(package: Package, extra: str) -> list[Package]:
    if not extra:
        return _tables(package.get("dependencies"))
    table, _, name = extra.partition(".")
    groups = package.get(table)
    return _tables(groups.get(name)) if isinstance(groups, dict) else []


def _words(package: Package, key: str) -> list[str]:
    value = package.get(key)
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


def _tables(value: object) -> list[Package]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
