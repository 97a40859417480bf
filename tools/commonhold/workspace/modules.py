"""Which plugin a Python module belongs to."""

from __future__ import annotations

from functools import lru_cache

from commonhold._typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# At a plugin's root these are nobody's to import: every plugin has its own.
_PRIVATE = frozenset({"__init__", "conftest", "noxfile", "setup", "tasks"})
_SUFFIXES = (".py", ".pyi", ".so", ".pyd")
_PACKAGE = "/__init__"


class PythonFile(NamedTuple):
    """A Python file: the folder of the plugin that owns it, its path in the repository, and its path in that folder."""

    owner: str
    path: str
    inner: str


def module_of(path: str) -> str | None:
    """The dotted name under which a file, relative to its plugin's folder, can be imported.

    >>> module_of("src/flytekitplugins/spark/__init__.py")
    'flytekitplugins.spark'
    """
    if not path.endswith(_SUFFIXES):
        return None
    folder, _, file = path.rpartition("/")
    package = _package(folder)
    name = file.partition(".")[0]
    if package is None or not name.isidentifier() or (not package and name in _PRIVATE):
        return None
    if name == "__init__":
        return package or None
    return f"{package}.{name}" if package else name


@lru_cache(maxsize=8192)
def _package(folder: str) -> str | None:
    """The dotted name of a folder; ``None`` if nothing in it can be imported."""
    inner = "" if folder == "src" else folder.removeprefix("src/")
    return inner.replace("/", ".") if not inner or all(map(str.isidentifier, inner.split("/"))) else None


def package_of(source: PythonFile) -> list[str]:
    """The parts of the dotted name of the package that contains a file."""
    return source.inner.removeprefix("src/").split("/")[:-1]


def resolve_relative(source: PythonFile, level: int, module: str) -> str:
    """The absolute name of a module that a file imports with ``level`` leading dots (0: the name is absolute)."""
    if level == 0:
        return module
    package = package_of(source)
    kept = package[: max(len(package) - level + 1, 0)]
    return ".".join([*kept, module] if module else kept)


class Modules:
    """Who defines which module. A folder without a module of its own is a namespace (PEP 420) and nobody's.

    ``files`` are the Python files of each plugin: its folder, and the path there. ``lost`` are files that are gone:
    whoever still imports them means whoever had them.
    """

    def __init__(self, files: Iterable[tuple[str, str]], lost: Iterable[tuple[str, str]] = ()) -> None:
        self._owners: dict[str, list[str]] = {}  # by path, without what is no part of a module's name
        for owner, path in files:
            self._owners.setdefault(path.removeprefix("src/").rpartition(".")[0], []).append(owner)
        self._gone: dict[str, list[str]] = {}
        for owner, path in lost:
            module = module_of(path)
            if module is not None:
                self._gone.setdefault(module, []).append(owner)
        self._below = self._owners_below()
        self._meanings: dict[str, tuple[frozenset[str], frozenset[str]]] = {}

    @property
    def roots(self) -> frozenset[str]:
        """The first parts of all modules."""
        first = {path.partition("/")[0] for path in self._owners if path not in _PRIVATE}
        gone = {module.partition(".")[0] for module in self._gone}
        return frozenset(name for name in first | gone if name.isidentifier())

    def _owners_below(self) -> dict[str, set[str]]:
        """Who has files in each folder, or further down."""
        below: dict[str, set[str]] = {}
        for path, owners in self._owners.items():
            below.setdefault(path.rpartition("/")[0], set()).update(owners)
        for module, owners in self._gone.items():
            below.setdefault(module.rpartition(".")[0].replace(".", "/"), set()).update(owners)
        for folder, names in list(below.items()):
            above = folder.rpartition("/")[0]
            while above:
                below.setdefault(above, set()).update(names)
                above = above.rpartition("/")[0]
        return below

    def is_private(self, dotted: str, owner: str) -> bool:
        """Whether ``dotted``, and whatever could stand below it, is nobody's but the owner's."""
        below = self._below.get(dotted.replace(".", "/"), set())
        return below <= {owner} and {meant for meant, _ in self.owners(dotted, owner)} == {owner}

    def owners(self, dotted: str, importer: str) -> Iterator[tuple[str, str]]:
        """Whose modules an import of ``dotted`` in ``importer`` may reach, and which; none for a foreign one.

        The importer's own modules win. A package that several plugins define is a namespace in the old
        style (``pkg_resources``, ``pkgutil``) and says nothing about who is meant; of a module that
        several define, each may be.
        """
        name = dotted
        while name:
            definers, meant = self._meaning(name)
            if importer in definers:
                yield importer, name
                return
            if meant:
                yield from ((owner, name) for owner in meant)
                return
            name = name.rpartition(".")[0]

    def _meaning(self, module: str) -> tuple[frozenset[str], frozenset[str]]:
        """Who defines a module, and whom others mean by it."""
        known = self._meanings.get(module)
        if known is None:
            path = module.replace(".", "/")
            packages = frozenset(self._owners.get(path + _PACKAGE, ()))
            named = () if path in _PRIVATE or path.endswith(_PACKAGE) else self._owners.get(path, ())
            definers = packages.union(named)
            meant = frozenset() if len(packages) > 1 else definers.union(self._gone.get(module, ()))
            known = self._meanings[module] = definers, meant
        return known
