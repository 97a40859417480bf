"""Which plugin a Python module belongs to."""

from __future__ import annotations

from functools import lru_cache

from commonhold.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.workspace.names import Name

# At a plugin's root these are nobody's to import: every plugin has its own.
_PRIVATE = frozenset({"conftest", "noxfile", "setup", "tasks"})
_PACKAGE = ("__init__.py", "__init__.pyi")
_SUFFIXES = (".py", ".pyi", ".so", ".pyd")


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


class Modules:
    """Who defines which module. A folder without a module of its own is a namespace (PEP 420) and nobody's.

    ``lost`` are files that are gone: whoever still imports them means whoever had them.
    """

    def __init__(self, files: Iterable[tuple[Name, str]], lost: Iterable[tuple[Name, str]] = ()) -> None:
        present: dict[str, tuple[Name, ...]] = {}
        packages: dict[str, tuple[Name, ...]] = {}
        gone: dict[str, tuple[Name, ...]] = {}
        for owner, path in files:
            module = module_of(path)
            _note(present, module, owner)
            if path.endswith(_PACKAGE):
                _note(packages, module, owner)
        for owner, path in lost:
            _note(gone, module_of(path), owner)
        self.meaning: dict[str, tuple[tuple[Name, ...], tuple[Name, ...]]] = {}
        """All that decides what an import means: by module, who defines it, and whom others mean by it."""
        for module in {**present, **gone}:
            definers = present.get(module, ())
            several = len(packages.get(module, ())) > 1
            others = () if several else (*definers, *gone.get(module, ()))
            self.meaning[module] = definers, tuple(dict.fromkeys(others))

    @property
    def roots(self) -> frozenset[str]:
        """The first parts of all modules."""
        return frozenset(module.split(".", 1)[0] for module in self.meaning)

    def owners(self, dotted: str, importer: Name) -> tuple[tuple[Name, str], ...]:
        """Whose modules an import of ``dotted`` in ``importer`` may reach, and which; none for a foreign one.

        The importer's own modules win. A package that several plugins define is a namespace in the old
        style (``pkg_resources``, ``pkgutil``) and says nothing about who is meant; of a module that
        several define, each may be.
        """
        name = dotted
        while name:
            definers, meant = self.meaning.get(name, ((), ()))
            if importer in definers:
                return ((importer, name),)
            if meant:
                return tuple((owner, name) for owner in meant)
            name = name.rpartition(".")[0]
        return ()


def _note(owners: dict[str, tuple[Name, ...]], module: str | None, owner: Name) -> None:
    if module is not None:
        known = owners.get(module)
        if known is None:
            owners[module] = (owner,)
        elif owner not in known:
            owners[module] = (*known, owner)
