"""Compare two versions of ``uv.lock`` package by package, and find the plugins whose locked packages changed.

The format is described in uv's "Projects: structure and files". Packages and their extras are nodes of a graph. A
plugin's closure starts from all its extras and dependency groups, because its tests may install each of them.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.errors import ConfigurationError
from commonhold.projects.names import normalize
from commonhold.projects.toml import parse_toml

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from typing import Any, TypeAlias

    from commonhold.projects.names import Name

Package: TypeAlias = "dict[str, Any]"


class LockChanges(NamedTuple):
    """The names of changed packages in the core's closure, and in each plugin's closure without the core."""

    core: tuple[str, ...]
    plugins: Mapping[Name, tuple[str, ...]]


class UvLock:
    """A parsed lock file."""

    def __init__(self, data: bytes, source: str) -> None:
        document = parse_toml(data, source)
        packages = document.get("package", [])
        if document.get("version") != 1 or not isinstance(packages, list):
            raise ConfigurationError(f"{source} has an unknown lock file version")
        manifest = document.get("manifest")
        self._manifest: Package = manifest if isinstance(manifest, dict) else {}
        self._by_name: dict[Name, list[Package]] = {}
        for package in packages:
            if not isinstance(package, dict) or not isinstance(package.get("name"), str):
                raise ConfigurationError(f"{source} contains a package without a name")
            self._by_name.setdefault(normalize(package["name"]), []).append(package)

    def closure(self, name: Name, without: Name | None = None) -> frozenset[tuple[Name, str]]:
        """Find the packages that the tests of ``name`` install, as names with fingerprints; stop at ``without``."""
        return self._reached(
            [(package, group) for package in self._by_name.get(name, []) for group in _groups(package)], without
        )

    def root_groups(self) -> frozenset[tuple[Name, str]]:
        """Find the packages that the dependency groups of the workspace's root install."""
        every = (package for several in self._by_name.values() for package in several)
        roots = (package for package in every if _is_root(package))
        groups = [(package, group) for package in roots for group in _groups(package) if group.startswith("dev-")]
        # A root that is not a project has its groups in the manifest.
        listed = _table(self._manifest, "dependency-groups").values()
        requirements = (dependency for several in listed for dependency in _tables(several))
        return self._reached([*groups, *(node for each in requirements for node in self._targets(each, None))], None)

    def build_constraints(self) -> frozenset[tuple[Name, str]]:
        """Return the constraints on the requirements of every build."""
        constraints = _tables(self._manifest.get("build-constraints"))
        return frozenset((normalize(str(each.get("name", ""))), repr(sorted(each.items()))) for each in constraints)

    def _reached(self, remaining: list[tuple[Package, str]], without: Name | None) -> frozenset[tuple[Name, str]]:
        # A lock file may contain cycles and several packages with the same name, so packages are compared by identity.
        seen: set[tuple[int, str]] = set()
        found: dict[int, tuple[Name, str]] = {}
        while remaining:
            package, extra = remaining.pop()
            if (id(package), extra) in seen:
                continue
            seen.add((id(package), extra))
            found[id(package)] = (normalize(package["name"]), fingerprint(package))
            remaining += self._dependencies(package, extra, without)
        return frozenset(found.values())

    def _dependencies(self, package: Package, extra: str, without: Name | None) -> Iterator[tuple[Package, str]]:
        for dependency in _requirements(package, extra):
            yield from self._targets(dependency, without)

    def _targets(self, dependency: Package, without: Name | None) -> Iterator[tuple[Package, str]]:
        name = normalize(str(dependency.get("name", "")))
        # A changed package that is required only through the core counts as a core change, which has its own tier
        # setting.
        if name != without:
            for target in self._candidates(name, dependency):
                yield target, ""
                yield from ((target, f"optional-dependencies.{each}") for each in _strings(dependency, "extra"))

    def _candidates(self, name: Name, dependency: Package) -> list[Package]:
        """Find the packages that a dependency may mean; it has a version and source only if its name is ambiguous."""
        return [
            package
            for package in self._by_name.get(name, ())
            if dependency.get("version") in (None, package.get("version"))
            and dependency.get("source") in (None, package.get("source"))
        ]


def compare_locks(
    old: bytes | None,
    new: bytes | None,
    core: Name | None,
    plugins: Iterable[Name],
    root_users: Collection[Name] = (),
) -> LockChanges | None:
    """Find the closures that differ between two lock files, or return ``None`` if the files cannot be compared.

    Files cannot be compared if one of them is missing or is not a lock file. ``root_users`` are the plugins whose tests
    install the dependency groups of the workspace's root. Build constraints affect every plugin, because each is built.
    Other changed resolution settings are ignored, because they do not affect the installed packages unless a package
    changes too.
    """
    if old is None or new is None:
        return None
    try:
        before, after = UvLock(old, "uv.lock at base"), UvLock(new, "uv.lock")
    except (ConfigurationError, TypeError, AttributeError):
        return None  # not written by uv, perhaps crafted to crash the parser
    # Compare the whole closure, because a new indirect dependency also changes the installed packages.
    everywhere = before.build_constraints() ^ after.build_constraints()
    of_root = before.root_groups() ^ after.root_groups() if root_users else frozenset()
    changed = {}
    for name in plugins:
        differing = before.closure(name, core) ^ after.closure(name, core)
        if names := _names(differing | everywhere | (of_root if name in root_users else frozenset())):
            changed[name] = names
    in_core = before.closure(core) ^ after.closure(core) if core is not None else frozenset()
    return LockChanges(_names(in_core | everywhere) if core is not None else (), changed)


def _names(packages: Iterable[tuple[Name, str]]) -> tuple[str, ...]:
    return tuple(sorted({name for name, _ in packages}))


def fingerprint(package: Package) -> str:
    """Identify a locked package by all its data except its files' URLs and upload times."""
    # A file may get a new URL, and uv may add its upload time later, but neither changes the installed package.
    files = [*_tables([package.get("sdist")]), *_tables(package.get("wheels"))]
    hashes = sorted(str(file.get("hash")) for file in files)
    kept = {key: value for key, value in package.items() if key not in ("sdist", "wheels", "metadata")}
    return repr((sorted(kept.items(), key=lambda item: item[0]), hashes))


def _is_root(package: Package) -> bool:
    source = _table(package, "source")
    return "." in (source.get("editable"), source.get("virtual"), source.get("directory"))


def _table(package: Package, key: str) -> Package:
    value = package.get(key)
    return value if isinstance(value, dict) else {}


def _groups(package: Package) -> Iterator[str]:
    yield ""
    for table in ("optional-dependencies", "dev-dependencies"):
        yield from (f"{table}.{name}" for name in _table(package, table))


def _requirements(package: Package, extra: str) -> list[Package]:
    if not extra:
        return _tables(package.get("dependencies"))
    table, _, name = extra.partition(".")
    return _tables(_table(package, table).get(name))


def _strings(package: Package, key: str) -> list[str]:
    value = package.get(key)
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


def _tables(value: object) -> list[Package]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
