"""Compare two versions of ``uv.lock`` package by package, and find the plugins whose locked packages changed.

The format is described in uv's "Projects: structure and files". Packages and their extras are nodes of a graph. A
plugin's closure starts from all its extras and dependency groups, because its tests may install each of them.
"""

from __future__ import annotations

from functools import cache, reduce
from operator import or_

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.errors import ConfigurationError
from commonhold.projects.names import Name, normalize
from commonhold.projects.toml import parse_toml
from commonhold.workspace.graph import strongly_connected

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from typing import Any, TypeAlias

Package: TypeAlias = "dict[str, Any]"
Meaning: TypeAlias = "tuple[Name, str, str]"
"""The name, version and source in a requirement; an empty text matches every version or source."""
LockNode: TypeAlias = "tuple[int | Meaning, str]"
"""A package, by its index, or a requirement, with an extra or group (``""``: none)."""
PackageIds: TypeAlias = "dict[tuple[Name, str], int]"
"""A number for each package in either lock file, by the package's name and fingerprint."""

MOST_BITS = 1 << 30
"""The maximum number of bits in a lock file's closures; 20,000 packages need fewer. Larger files are not compared."""


class LockChanges(NamedTuple):
    """The changed packages that the core depends on, and the changed packages of each plugin without the core's."""

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
        self._source = source
        self._manifest: Package = manifest if isinstance(manifest, dict) else {}
        self._packages: list[Package] = packages
        self._by_name: dict[Name, list[int]] = {}
        self._meant: dict[Meaning, list[int]] = {}
        self._identities: dict[int, tuple[Name, str]] = {}
        for index, package in enumerate(packages):
            if not isinstance(package, dict) or not isinstance(package.get("name"), str):
                raise ConfigurationError(f"{source} contains a package without a name")
            name = normalize(package["name"])
            self._by_name.setdefault(name, []).append(index)
            # A requirement has a version and a source only if its name is ambiguous.
            for version in {"", _text(package, "version")}:
                for place in {"", _text(package, "source")}:
                    self._meant.setdefault((name, version, place), []).append(index)

    def nodes_of(self, name: Name) -> list[LockNode]:
        """Return the nodes from which the tests of ``name`` install packages: the project with all its groups."""
        return [(index, group) for index in self._by_name.get(name, ()) for group in _groups(self._packages[index])]

    def root_nodes(self) -> list[LockNode]:
        """Return the nodes of the dependency groups of the workspace's root."""
        roots = [(index, package) for index, package in enumerate(self._packages) if _is_root(package)]
        groups = [(index, group) for index, package in roots for group in _groups(package) if group.startswith("dev-")]
        # A root that is not a project has its groups in the manifest.
        listed = _table(self._manifest, "dependency-groups").values()
        requirements = (requirement for several in listed for requirement in _tables(several))
        return [*groups, *(node for requirement in requirements for node in _meanings(requirement))]

    def build_constraints(self) -> frozenset[tuple[Name, str]]:
        """Return the constraints on the requirements of every build."""
        constraints = _tables(self._manifest.get("build-constraints"))
        return frozenset((normalize(str(each.get("name", ""))), repr(sorted(each.items()))) for each in constraints)

    def closures(self, starts: Mapping[Name, list[LockNode]], without: Name | None, ids: PackageIds) -> dict[Name, int]:
        """Find the packages that are installed from nodes, as bits of a number; stop at ``without``.

        ``ids`` are the positions of the bits. The closures of all nodes together take one pass over the graph.
        """
        graph = self._graph([node for nodes in starts.values() for node in nodes], without)
        for each, _ in graph:
            if isinstance(each, int):
                ids.setdefault(self._identify(each), len(ids))
        if len(graph) * len(ids) > MOST_BITS:
            raise ConfigurationError(f"{self._source} has too many packages to be compared")
        masks: dict[LockNode, int] = {}
        for group in strongly_connected(graph):
            mask = 0
            for node in group:
                mask |= 1 << ids[self._identify(node[0])] if isinstance(node[0], int) else 0
                for other in graph[node]:
                    mask |= masks.get(other, 0)
            masks.update(dict.fromkeys(group, mask))
        return {name: reduce(or_, (masks[node] for node in nodes), 0) for name, nodes in starts.items()}

    def _graph(self, todo: list[LockNode], without: Name | None) -> dict[LockNode, list[LockNode]]:
        graph: dict[LockNode, list[LockNode]] = {}
        while todo:
            node = todo.pop()
            if node not in graph:
                # A changed package that is required only through the core counts as a core change, which has its own
                # tier setting.
                following = self._following(*node)
                graph[node] = [other for other in following if isinstance(other[0], int) or other[0][0] != without]
                todo += graph[node]
        return graph

    def _following(self, place: int | Meaning, extra: str) -> list[LockNode]:
        if not isinstance(place, int):
            return [(index, extra) for index in self._meant.get(place, ())]
        return [node for requirement in _requirements(self._packages[place], extra) for node in _meanings(requirement)]

    def _identify(self, index: int) -> tuple[Name, str]:
        known = self._identities.get(index)
        if known is None:
            package = self._packages[index]
            known = self._identities[index] = (normalize(package["name"]), fingerprint(package))
        return known


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
        locks = UvLock(old, "uv.lock at base"), UvLock(new, "uv.lock")
        return _compare(*locks, core, plugins, root_users)
    except (ConfigurationError, TypeError, AttributeError):
        return None  # not written by uv, perhaps crafted to crash the parser


def _compare(
    before: UvLock, after: UvLock, core: Name | None, plugins: Iterable[Name], root_users: Collection[Name]
) -> LockChanges:
    ids: PackageIds = {}

    # Compare the whole closure, because a new indirect dependency also changes the installed packages.
    def differing(names: Iterable[Name], without: Name | None) -> dict[Name, int]:
        one, two = (
            lock.closures({name: lock.nodes_of(name) for name in names}, without, ids) for lock in (before, after)
        )
        return {name: one[name] ^ two[name] for name in names}

    of_root = 0
    if root_users:
        root = Name("")
        of_root = before.closures({root: before.root_nodes()}, None, ids)[root]
        of_root ^= after.closures({root: after.root_nodes()}, None, ids)[root]
    of_plugins = differing([*plugins], core)
    of_core = differing([core], None)[core] if core is not None else 0
    every = {name for name, _ in before.build_constraints() ^ after.build_constraints()}
    listed = [name for name, _ in ids]

    @cache  # plugins that depend on each other have the same closure
    def names_of(mask: int) -> tuple[str, ...]:
        found = {listed[at] for at, bit in enumerate(reversed(f"{mask:b}")) if bit == "1"}
        return tuple(sorted(found | every))

    changed = {name: names_of(mask | (of_root if name in root_users else 0)) for name, mask in of_plugins.items()}
    in_core = names_of(of_core) if core is not None else ()
    return LockChanges(in_core, {name: names for name, names in changed.items() if names})


def fingerprint(package: Package) -> str:
    """Identify a locked package by all its data except its files' URLs and upload times."""
    # A file may get a new URL, and uv may add its upload time later, but neither changes the installed package.
    files = [*_tables([package.get("sdist")]), *_tables(package.get("wheels"))]
    hashes = sorted(str(file.get("hash")) for file in files)
    kept = {key: value for key, value in package.items() if key not in ("sdist", "wheels", "metadata")}
    return repr((sorted(kept.items(), key=lambda item: item[0]), hashes))


def _meanings(requirement: Package) -> list[LockNode]:
    """Return the nodes of a requirement: the package without extras, and the package with each requested extra."""
    meaning = (normalize(str(requirement.get("name", ""))), _text(requirement, "version"), _text(requirement, "source"))
    return [(meaning, ""), *((meaning, f"optional-dependencies.{extra}") for extra in _strings(requirement, "extra"))]


def _text(package: Package, key: str) -> str:
    """Return a value as text; ``""`` if the key is missing."""
    value = package.get(key, "")
    return repr(sorted(value.items())) if isinstance(value, dict) else str(value)


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
