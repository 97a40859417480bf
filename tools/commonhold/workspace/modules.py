"""Map Python modules to the plugins that define them."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.workspace.import_roots import (
    PACKAGE,
    PRIVATE,
    SUFFIXES,
    all_roots,
    installed_stems,
    module_name,
    names_of,
    package_parts,
    plain_stem,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.workspace.import_roots import ImportRoots
    from commonhold.workspace.search_path import SearchPath


class PythonFile(NamedTuple):
    """A Python file: its plugin's folder, its path in the repository, and its path in that folder.

    ``owner`` is ``""`` for a file outside all plugins.
    """

    owner: str
    path: str
    path_in_plugin: str


def module_of(path: str) -> str | None:
    """Return the dotted name of a file in a plugin without declared import roots.

    ``path`` is relative to the plugin's folder.

    >>> module_of("src/flytekitplugins/spark/__init__.py")
    'flytekitplugins.spark'
    """
    if not path.endswith(SUFFIXES):
        return None
    folder, _, file = path.removeprefix("src/").rpartition("/")
    name = file.partition(".")[0]
    return module_name(f"{folder}/{name}" if folder else name)


def resolve_relative(package: list[str], level: int, module: str) -> str:
    """Return the absolute name of a module that a file imports with ``level`` leading dots (0: already absolute).

    ``package`` are the components of the name of the file's package.
    """
    if level == 0:
        return module
    kept = package[: max(len(package) - level + 1, 0)]
    return ".".join([*kept, module] if module else kept)


class Definers(NamedTuple):
    """The plugins that define a module: in an import root, or by its plain path in the plugin's folder.

    ``candidates`` are the plugins from which an import in another plugin may load the module. If ``certain`` is true,
    the module is in an import root of these plugins, at head or at base.
    """

    installed: frozenset[str]
    plain: frozenset[str]
    candidates: frozenset[str]
    certain: bool


def _first_parts(dotted: str, dots: int) -> str:
    """Return the start of a dotted name with at most ``dots`` dots; trying every prefix would take quadratic time."""
    return dotted if dotted.count(".") <= dots else ".".join(dotted.split(".", dots + 1)[: dots + 1])


class Modules:
    """The modules that each plugin defines. A folder without a module is a namespace (PEP 420) without an owner.

    ``files`` are pairs of a plugin's folder and the path of a Python file in that folder. ``lost`` are the pairs for
    files whose modules exist only at base; an import of such a module is an edge to the plugin that contained the
    module. ``roots`` are the import roots that plugins declare. ``base_roots`` are the import roots of ``lost`` files,
    if they differ. ``search_path`` finds modules by their paths in the repository.
    """

    def __init__(
        self,
        files: Iterable[tuple[str, str]],
        lost: Iterable[tuple[str, str]] = (),
        roots: Mapping[str, ImportRoots] | None = None,
        base_roots: Mapping[str, ImportRoots] | None = None,
        search_path: SearchPath | None = None,
    ) -> None:
        self._search_path = search_path
        self._installed: dict[str, list[str]] = {}  # by path without the import root and the suffix
        self._plain: dict[str, list[str]] = {}  # by path without "src/" and the suffix
        self._gone: dict[str, set[str]] = {}
        self._gone_plain: dict[str, set[str]] = {}
        paths: dict[str, list[str]] = {}
        for owner, path in files:
            paths.setdefault(owner, []).append(path)
        declared = roots or {}
        self._roots = {owner: all_roots(declared.get(owner, ()), several) for owner, several in paths.items()}
        for owner, several in paths.items():
            self._add(owner, several)
        for owner, path in lost:
            before = all_roots(base_roots[owner], [path]) if base_roots and owner in base_roots else None
            self._add_lost(owner, path, before or self._roots.get(owner) or all_roots(declared.get(owner, ()), [path]))
        self._deepest = max((stem.count("/") for stem in (*self._installed, *self._plain)), default=0)
        self._deepest = max((self._deepest, *(name.count(".") for name in (*self._gone, *self._gone_plain))))
        self._below = self._owners_below()
        self._below_now: dict[str, set[str]] = {}  # without lost modules; rarely needed
        self._definers: dict[str, Definers] = {}

    def _add(self, owner: str, paths: Iterable[str]) -> None:
        roots = self._roots[owner]
        for path in paths:
            installed = list(installed_stems(path, roots))
            for stem in installed:
                self._installed.setdefault(stem, []).append(owner)
            plain = plain_stem(path)
            if plain not in installed:
                self._plain.setdefault(plain, []).append(owner)

    def _add_lost(self, owner: str, path: str, roots: ImportRoots) -> None:
        installed = {name for stem in installed_stems(path, roots) if (name := module_name(stem)) is not None}
        for name in names_of(path, roots):
            (self._gone if name in installed else self._gone_plain).setdefault(name, set()).add(owner)

    @property
    def roots(self) -> frozenset[str]:
        """The top-level names of all modules."""
        first = {path.partition("/")[0] for path in (*self._installed, *self._plain) if path not in PRIVATE}
        gone = {module.partition(".")[0] for module in (*self._gone, *self._gone_plain)}
        found = self._search_path.first_names() if self._search_path is not None else frozenset()
        return frozenset(name for name in first | gone | found if name.isidentifier())

    def package_of(self, source: PythonFile) -> list[str]:
        """Return the components of the dotted name of the package that contains a file."""
        return package_parts(source.path_in_plugin, self._roots.get(source.owner, ()))

    def _owners_below(self, *, lost: bool = True) -> dict[str, set[str]]:
        """Map each folder to the plugins that have files in it, at any depth."""
        below: dict[str, set[str]] = {}
        for named in (self._installed, self._plain):
            for path, owners in named.items():
                below.setdefault(path.rpartition("/")[0], set()).update(owners)
        for gone in (self._gone, self._gone_plain) if lost else ():
            for module, losers in gone.items():
                below.setdefault(module.rpartition(".")[0].replace(".", "/"), set()).update(losers)
        for folder, names in list(below.items()):
            above = folder.rpartition("/")[0]
            while above:
                below.setdefault(above, set()).update(names)
                above = above.rpartition("/")[0]
        return below

    def contain(self, folder: str) -> bool:
        """Return whether modules of the plugin in ``folder`` are known; false if the folder is not a plugin."""
        return folder in self._roots

    def may_end_folders(self, names: Iterable[bytes]) -> bool:
        """Return whether one of the names is the last part of the path of a plugin's folder that contains modules."""
        return self._search_path is not None and not self._search_path.last_names.isdisjoint(names)

    def folders_ending_with(self, path: str, importer: str) -> Iterator[tuple[str, str]]:
        """Yield other plugins' folders whose path ends with ``path``, each as the plugin and the path after a slash.

        Nothing is yielded if the path of a folder in the importing plugin ends with ``path``, or if ``path`` is a
        single name that fits several plugins.
        """
        found = self._search_path.folders_ending_with(path) if self._search_path is not None else []
        owners = {owner for owner, _ in found}
        if importer not in owners and (len(owners) == 1 or "/" in path):
            yield from ((owner, f"/{folder}") for owner, folder in found)

    def all_of_others(self, importer: str) -> Iterator[tuple[str, str]]:
        """Yield every module of the other plugins, with its plugin."""
        for named in (self._installed, self._plain):
            for path, owners in named.items():
                module = path.removesuffix(PACKAGE).replace("/", ".")
                yield from ((owner, module) for owner in owners if owner != importer)
        for gone in (self._gone, self._gone_plain):
            for module, losers in gone.items():
                yield from ((owner, module) for owner in losers if owner != importer)

    def is_private(self, dotted: str, owner: str) -> bool:
        """Return whether only ``owner`` defines ``dotted`` and modules below it."""
        if self._search_path is not None and self._search_path.may_find(dotted, owner):
            return False
        # Another plugin's deleted module counts as well, because a file that imports it depends on that plugin.
        below = self._below.get(dotted.replace(".", "/"), set())
        return below <= {owner} and {definer for definer, _ in self.owners(dotted, owner)} <= {owner}

    def owners(self, dotted: str, importer: str, *, on_path: bool = True) -> Iterator[tuple[str, str]]:
        """Yield the plugins, with their modules, that an import of ``dotted`` in ``importer`` may load.

        The result is empty for modules that no plugin defines. The importer's own modules take precedence, but its
        stubs and the files outside its import roots do not hide an installed module. A package that several plugins
        define is an old-style namespace (``pkg_resources``, ``pkgutil``) and does not identify a plugin. A module that
        several plugins define may come from any of these plugins.

        If ``on_path`` is true, the search path is searched too. A module found there is the path of its file after a
        slash, and its plugin is ``""`` for a file outside all plugins.
        """
        search_path = self._search_path if on_path else None
        longest = self._deepest if search_path is None else max(self._deepest, search_path.deepest)
        # In ``from a.b import c``, c may be an attribute, so the longest prefix that is a module decides.
        name = _first_parts(dotted, longest)
        while name:
            definers = self._find_definers(name)
            if importer in definers.installed:
                yield importer, name
                return
            others = definers.candidates - {importer}
            on_this_path = search_path.find(name, importer) if search_path is not None else frozenset()
            is_plain_own = importer in definers.plain or importer in {owner for owner, _ in on_this_path if owner}
            if is_plain_own and not (others and definers.certain):
                yield importer, name
                return
            found = on_this_path.union((owner, name) for owner in definers.candidates)
            if found:
                yield from found
                return
            name = name.rpartition(".")[0]

    @property
    def mentionable_roots(self) -> frozenset[str]:
        """The top-level names that a text can mention (see :meth:`mentioned`)."""
        return frozenset(root for root in self.roots if "_" in root or root in self._below)

    def mentioned(self, dotted: str, source: str) -> tuple[str, str] | None:
        """Return the only other plugin to which a dotted name in a file of ``source`` can refer, with the module.

        A module without a dot or an underscore is an ordinary word. A folder without a module counts if only one plugin
        has files in it. Plugins that have the module at head take precedence over those that have lost it, such as the
        former folder of a moved plugin.
        """
        found = {*self.owners(dotted, source, on_path=False)} or {*self._only_owner_below(dotted)}
        if len(found) > 1:
            found = {(owner, name) for owner, name in found if self._has_now(owner, name)} or found
        owner, module = next(iter(found)) if len(found) == 1 else (source, "")
        return (owner, module) if owner != source and ("." in module or "_" in module) else None

    def _has_now(self, owner: str, module: str) -> bool:
        definers = self._find_definers(module)
        return owner in definers.installed or owner in definers.plain

    def _only_owner_below(self, dotted: str) -> Iterator[tuple[str, str]]:
        name = _first_parts(dotted, self._deepest)
        while name:
            owners = self._below.get(name.replace(".", "/"), set())
            if len(owners) > 1 and (self._gone or self._gone_plain):
                self._below_now = self._below_now or self._owners_below(lost=False)
                owners = self._below_now.get(name.replace(".", "/"), owners)
            if len(owners) == 1:
                yield next(iter(owners)), name
            if owners:
                return
            name = name.rpartition(".")[0]

    def _find_definers(self, module: str) -> Definers:
        known = self._definers.get(module)
        if known is None:
            path = module.replace(".", "/")
            packages, installed = self._defining(self._installed, path)
            plain_packages, plain = self._defining(self._plain, path)
            certain = installed.union(self._gone.get(module, ()))
            if len(packages) > 1 or (not certain and len(plain_packages) > 1):
                candidates: frozenset[str] = frozenset()
            else:
                candidates = certain or plain.union(self._gone_plain.get(module, ()))
            known = self._definers[module] = Definers(installed, plain, candidates, bool(certain))
        return known

    @staticmethod
    def _defining(named: Mapping[str, list[str]], path: str) -> tuple[frozenset[str], frozenset[str]]:
        """Return the plugins that define a package at ``path``, and the plugins that define a module at ``path``."""
        packages = frozenset(named.get(path + PACKAGE, ()))
        single = () if path in PRIVATE or path.endswith(PACKAGE) else named.get(path, ())
        return packages, packages.union(single)
