"""Find the modules, import names and namespaces in the wheels of plugins, as far as their build settings show."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from commonhold.checks.memo import once
from commonhold.workspace.import_roots import module_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
def import_names(checked: CheckedPlugin) -> tuple[frozenset[str], frozenset[str]]:
    """Return the outermost regular packages and modules in the wheel, and the namespaces around them (PEP 794)."""
    modules = [path for path in checked.wheel_files if path.endswith(_SUFFIXES)]
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
            while "/" in path:
                path = path.rpartition("/")[0]
                found[f"{path}/"].add(name)
    return {path: frozenset(names) for path, names in found.items()}


@once
def stray_inits(checked: CheckedPlugin) -> Mapping[str, str]:
    """Return the files that make a namespace a regular package: the package, and the path in the plugin's folder.

    A namespace is a package around ``{name}`` in the tier's ``import``, or a package that other plugins have without
    ``__init__.py``. A file that extends the package's path to other distributions does no harm.
    """
    others = wheels_with(checked.repository)
    declared = {*packages_above((checked.plugin.tier.import_ or "").partition("{name}")[0] + "_")}
    found: dict[str, str] = {}
    for place, path in checked.wheel_files.items():
        for package in packages_above(place.rpartition(".")[0].replace("/", ".")):
            folder = package.replace(".", "/")
            start = path.removesuffix(place.removeprefix(folder))
            if (
                package in found
                or not path.endswith(place.removeprefix(folder))
                or f"{start}{INIT}" not in checked.paths
            ):
                continue
            init = f"{folder}{INIT}"
            shared = others.get(f"{folder}/", frozenset()) - others.get(init, frozenset()) - {checked.name}
            if (package in declared or shared) and "extend_path" not in (checked.text(f"{start}{INIT}") or ""):
                found[package] = f"{start}{INIT}"
    return found
