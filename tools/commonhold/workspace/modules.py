"""Map Python modules to the plugins that define them."""

from __future__ import annotations

from functools import lru_cache

from commonhold._typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Every plugin can have its own modules of these names at its root, so other plugins cannot import them.
_PRIVATE = frozenset({"__init__", "conftest", "noxfile", "setup", "tasks"})
_SUFFIXES = (".py", ".pyi", ".so", ".pyd")
_PACKAGE = "/__init__"


class PythonFile(NamedTuple):
    """A Python file: its plugin's folder, its path in the repository, and its path in that folder."""

    owner: str
    path: str
    path_in_plugin: str


def module_of(path: str) -> str | None:
    """Return the dotted name under which a file can be imported. ``path`` is relative to its plugin's folder.

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
    """Return the dotted name of a folder, or ``None`` if the folder cannot be a package."""
    inner = "" if folder == "src" else folder.removeprefix("src/")
    return inner.replace("/", ".") if not inner or all(map(str.isidentifier, inner.split("/"))) else None


def package_of(source: PythonFile) -> list[str]:
    """Return the components of the dotted name of the package that contains a file."""
    return source.path_in_plugin.removeprefix("src/").split("/")[:-1]


def resolve_relative(source: PythonFile, level: int, module: str) -> str:
    """Return the absolute name of a module that a file imports with ``level`` leading dots (0: already absolute)."""
    if level == 0:
        return module
    package = package_of(source)
    kept = package[: max(len(package) - level + 1, 0)]
    return ".".join([*kept, module] if module else kept)


class Modules:
    """The modules that each plugin defines. A folder without a module is a namespace (PEP 420) without an owner.

    ``files`` are pairs of a plugin's folder and the path of a Python file in that folder. ``lost`` are such pairs for
    files that exist only at base; an import of such a file is an edge to the plugin that contained it.
    """

    def __init__(self, files: Iterable[tuple[str, str]], lost: Iterable[tuple[str, str]] = ()) -> None:
        self._owners: dict[str, list[str]] = {}  # by path without "src/" and the suffix
        for owner, path in files:
            self._owners.setdefault(path.removeprefix("src/").rpartition(".")[0], []).append(owner)
        self._gone: dict[str, list[str]] = {}
        for owner, path in lost:
            module = module_of(path)
            if module is not None:
                self._gone.setdefault(module, []).append(owner)
        self._deepest = max((name.count("/") + name.count(".") for name in (*self._owners, *self._gone)), default=0)
        self._below = self._owners_below()
        self._definers: dict[str, tuple[frozenset[str], frozenset[str]]] = {}

    @property
    def roots(self) -> frozenset[str]:
        """The top-level names of all modules."""
        first = {path.partition("/")[0] for path in self._owners if path not in _PRIVATE}
        gone = {module.partition(".")[0] for module in self._gone}
        return frozenset(name for name in first | gone if name.isidentifier())

    def _owners_below(self) -> dict[str, set[str]]:
        """Map each folder to the plugins that have files in it, at any depth."""
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

    def all_of_others(self, importer: str) -> Iterator[tuple[str, str]]:
        """Yield every module of the other plugins, with its plugin."""
        modules = ((path.removesuffix(_PACKAGE).replace("/", "."), owners) for path, owners in self._owners.items())
        for module, owners in (*modules, *self._gone.items()):
            yield from ((owner, module) for owner in owners if owner != importer)

    def is_private(self, dotted: str, owner: str) -> bool:
        """Return whether no other plugin than ``owner`` defines ``dotted`` or a module below it."""
        # Another plugin's deleted module counts as well, because a file that imports it depends on that plugin.
        below = self._below.get(dotted.replace(".", "/"), set())
        return below <= {owner} and {definer for definer, _ in self.owners(dotted, owner)} <= {owner}

    def owners(self, dotted: str, importer: str) -> Iterator[tuple[str, str]]:
        """Yield the plugins, with their modules, that an import of ``dotted`` in ``importer`` may load.

        The result is empty for modules that no plugin defines. The importer's own modules take precedence. A package
        that several plugins define is an old-style namespace (``pkg_resources``, ``pkgutil``) and does not identify a
        plugin. A module that several plugins define may come from any of these plugins.
        """
        # In ``from a.b import c``, c may be an attribute, so the longest prefix that is a module decides.
        name = dotted
        if dotted.count(".") > self._deepest:  # otherwise the loop could take quadratic time
            name = ".".join(dotted.split(".", self._deepest + 1)[: self._deepest + 1])
        while name:
            definers, candidates = self._find_definers(name)
            if importer in definers:
                yield importer, name
                return
            if candidates:
                yield from ((owner, name) for owner in candidates)
                return
            name = name.rpartition(".")[0]

    @property
    def mentionable_roots(self) -> frozenset[str]:
        """The top-level names that a text can mention (see :meth:`mentioned`)."""
        return frozenset(root for root in self.roots if "_" in root or root in self._below)

    def mentioned(self, dotted: str, source: str) -> tuple[str, str] | None:
        """Return the only other plugin that a dotted name in a file of ``source`` can refer to, with its module.

        A module without a dot or an underscore is an ordinary word. A folder without a module counts if only one plugin
        has files in it.
        """
        found = {*self.owners(dotted, source)} or {*self._only_owner_below(dotted)}
        owner, module = next(iter(found)) if len(found) == 1 else (source, "")
        return (owner, module) if owner != source and ("." in module or "_" in module) else None

    def _only_owner_below(self, dotted: str) -> Iterator[tuple[str, str]]:
        name = dotted
        while name:
            owners = self._below.get(name.replace(".", "/"), ())
            if owners:
                yield from ((owner, name) for owner in owners)
                return
            name = name.rpartition(".")[0]

    def _find_definers(self, module: str) -> tuple[frozenset[str], frozenset[str]]:
        """Find the plugins that define a module, and the plugins from which an import in another plugin may load it."""
        known = self._definers.get(module)
        if known is None:
            path = module.replace(".", "/")
            packages = frozenset(self._owners.get(path + _PACKAGE, ()))
            named = () if path in _PRIVATE or path.endswith(_PACKAGE) else self._owners.get(path, ())
            definers = packages.union(named)
            candidates = frozenset() if len(packages) > 1 else definers.union(self._gone.get(module, ()))
            known = self._definers[module] = definers, candidates
        return known
