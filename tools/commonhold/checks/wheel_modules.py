"""Find the modules, import names and namespaces in the wheels of plugins, as far as their build settings show."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from commonhold.checks.memo import once
from commonhold.workspace.import_roots import module_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.checks.context import CheckedPlugin, CheckedRepository
    from commonhold.projects.names import Name

_SUFFIXES = (".py", ".so", ".pyd")
INIT = "/__init__.py"


def packages_above(dotted: str) -> Iterator[str]:
    """Yield the packages that contain a module, the outermost first.

    >>> list(packages_above("acme.contrib.maps"))
    ['acme', 'acme.contrib']
    """
    parts = dotted.split(".")
    return (".".join(parts[:end]) for end in range(1, len(parts)))


@once
def modules_in_wheel(checked: CheckedPlugin) -> frozenset[str]:
    """Return the dotted names of the modules and of the packages that contain them; empty if they are unknown."""
    found: set[str] = set()
    for path in checked.wheel_files:
        name = module_name(path.partition(".")[0]) if path.endswith(_SUFFIXES) else None
        if name is not None:
            found |= {name, *packages_above(name)}
    return frozenset(found)


@once
def names_in_wheel(checked: CheckedPlugin) -> tuple[frozenset[str], frozenset[str]]:
    """Return the outermost regular packages and modules in the wheel, and the namespaces around them (PEP 794)."""
    return outermost_names(checked.wheel_files)


def outermost_names(paths: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the outermost regular packages and modules among installed files, and the namespaces around them."""
    modules = [path for path in paths if path.endswith(_SUFFIXES)]
    regular = {path.removesuffix(INIT).replace("/", ".") for path in modules if path.endswith(INIT)}
    names: set[str] = set()
    for path in modules:
        name = module_name(path.partition(".")[0])
        if name is not None:
            names.add(next((package for package in packages_above(name) if package in regular), name))
    return frozenset(names), frozenset(package for name in names for package in packages_above(name))


@once
def wheels_with(repository: CheckedRepository) -> Mapping[str, frozenset[Name]]:
    """Return the plugins with each file, and with each folder, in their wheels."""
    found: dict[str, set[Name]] = defaultdict(set)
    for name, checked in repository.plugins.items():
        for path in checked.wheel_files:
            found[path].add(name)
        for folder in {path.rpartition("/")[0] for path in checked.wheel_files}:
            parts = folder.split("/")
            for end in range(1, len(parts) + 1):
                found[f"{'/'.join(parts[:end])}/"].add(name)
    return {path: frozenset(names) for path, names in found.items()}


@once
def namespaces_with(repository: CheckedRepository) -> Mapping[str, frozenset[Name]]:
    """Return the plugins that have each folder without ``__init__.py`` in their wheels."""
    found = wheels_with(repository)
    folders = ((path, names) for path, names in found.items() if path.endswith("/"))
    return {path: names - found.get(f"{path.removesuffix('/')}{INIT}", frozenset()) for path, names in folders}


def scripts_of(checked: CheckedPlugin) -> frozenset[str]:
    """Return the names of the scripts that installers create for the plugin's entry points."""
    points = checked.description.entry_points.value or {}
    return frozenset(name for group in ("console_scripts", "gui_scripts") for name in points.get(group, ()))


@once
def scripts_by_plugin(repository: CheckedRepository) -> Mapping[str, list[Name]]:
    """Return the plugins with each script, in order."""
    found: dict[str, list[Name]] = defaultdict(list)
    for name, checked in sorted(repository.plugins.items()):
        for script in scripts_of(checked):
            found[script].append(name)
    return found


@once
def stray_inits(checked: CheckedPlugin) -> Mapping[str, str]:
    """Return the files that make a namespace a regular package: the package, and the path in the plugin's folder.

    A namespace is a package around ``{name}`` in the tier's ``import``, or a package that other plugins have without
    ``__init__.py``. A file that extends the package's path to other distributions does no harm.
    """
    namespaces = namespaces_with(checked.repository)
    declared = {*packages_above((checked.plugin.tier.import_ or "").partition("{name}")[0] + "_")}
    found: dict[str, str] = {}
    for package, folder in _package_folders(checked).items():
        init = f"{folder}{INIT}"
        # A set of all plugins is not copied for each plugin.
        others = namespaces.get(f"{package.replace('.', '/')}/", frozenset())
        is_shared = len(others) > (checked.name in others)
        text = checked.text(init) if package in declared or is_shared else None
        if text is not None and "extend_path" not in text:
            found[package] = init
    return found


def _package_folders(checked: CheckedPlugin) -> dict[str, str]:
    """Return the packages around modules in the wheel, each with its folder; also those without ``__init__.py``."""
    found: dict[str, str] = {}
    pairs = {(place.rpartition("/")[0], path.rpartition("/")[0]) for place, path in checked.wheel_files.items()}
    for place, path in pairs:
        parts, folders = place.split("/"), path.split("/")
        while parts and folders and parts[-1] == folders[-1]:
            found[".".join(parts)] = "/".join(folders)
            parts, folders = parts[:-1], folders[:-1]
    return found
