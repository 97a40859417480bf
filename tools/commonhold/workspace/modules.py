"""Which plugin a Python module belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonhold.workspace.names import Name

# At a plugin's root these are nobody's to import: every plugin has its own.
_PRIVATE = frozenset({"conftest", "noxfile", "setup", "tasks"})
_SUFFIXES = (".py", ".pyi", ".so", ".pyd")


def module_of(path: str) -> str | None:
    """The dotted name under which a file, relative to its plugin's folder, can be imported.

    >>> module_of("src/flytekitplugins/spark/__init__.py")
    'flytekitplugins.spark'
    """
    if not path.endswith(_SUFFIXES):
        return None
    parts = path.removeprefix("src/").split("/")
    parts[-1] = parts[-1].split(".")[0]
    if len(parts) == 1 and parts[0] in _PRIVATE:
        return None
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts) if parts and all(part.isidentifier() for part in parts) else None


class Modules:
    """Who defines which module.

    A package that several plugins put modules into is a namespace, and nobody's: a folder without
    ``__init__.py`` (PEP 420), one with it in every plugin (``pkgutil``, ``pkg_resources``), or in some.
    """

    def __init__(self, files: Iterable[tuple[Name, str]]) -> None:
        self._owners: dict[str, tuple[Name, ...]] = {}
        for owner, path in files:
            module = module_of(path)
            if module is not None and owner not in (known := self._owners.get(module, ())):
                self._owners[module] = (*known, owner)
        self._namespaces = _shared_packages(self._owners)

    @property
    def roots(self) -> frozenset[str]:
        """The first parts of all modules."""
        return frozenset(module.partition(".")[0] for module in self._owners)

    @property
    def owners(self) -> Mapping[str, tuple[Name, ...]]:
        """The plugins that define each module: more than one where several ship the same file."""
        return self._owners

    def owner(self, dotted: str, importer: Name) -> tuple[Name, str] | None:
        """Whose module an import of ``dotted`` in ``importer`` reaches, and which; ``None`` for a foreign one.

        The importer's own modules win; a namespace says nothing about who is meant.
        """
        name = dotted
        while name:
            owners = self._owners.get(name, ())
            if importer in owners:
                return importer, name
            if len(owners) == 1 and name not in self._namespaces:
                return owners[0], name
            name = name.rpartition(".")[0]
        return None


def _shared_packages(owners: Mapping[str, tuple[Name, ...]]) -> frozenset[str]:
    """The packages in which more than one plugin has modules."""
    first: dict[str, Name] = {}
    shared: set[str] = set()
    for module, names in owners.items():
        package = module.rpartition(".")[0]
        while package and package not in shared:
            if len(names) > 1 or first.setdefault(package, names[0]) != names[0]:
                shared.add(package)
            package = package.rpartition(".")[0]
    return frozenset(shared)
