"""Find conflicts between plugins: shared files, modules that hide other modules, and names that are too similar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.projects.similar_names import unify_name
from commonhold.release.model.archive import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.release.inspect.check_context import CheckContext
    from commonhold.release.model.plan import PlannedDistribution


def find_conflicts(
    files: Mapping[str, Iterable[str]], contexts: Mapping[str, CheckContext]
) -> Iterator[tuple[str, RawFinding]]:
    """Yield conflicts between plugins, each with the name of a plugin; ``files`` maps plugins to installed paths.

    If a tier's template reserves a file's folder for one plugin, the other plugins get the finding; otherwise every
    plugin that installs the file gets it.
    """
    owners: dict[str, list[str]] = {}
    for name in sorted(files):
        # Paths that differ only in case within one plugin are reported for that plugin, not as a conflict between
        # plugins.
        for path in {path.casefold(): path for path in files[name]}.values():
            owners.setdefault(path, []).append(name)
    yield from _find_shared_files(owners, contexts)
    yield from _find_hidden_modules(owners)


def check_similar_names(plugins: Iterable[PlannedDistribution]) -> Iterator[tuple[str, RawFinding]]:
    """Yield a finding for each new project that PyPI would reject, because its name is too similar to another name."""
    seen: dict[str, str] = {}
    for planned in sorted(plugins, key=lambda planned: planned.new):
        normalized = unify_name(planned.name)
        other = seen.get(normalized)
        if other is not None and planned.new:
            yield planned.name, RawFinding("name", f"{planned.name} is too similar to {other}", other)
        seen.setdefault(normalized, planned.name)


def _find_shared_files(
    owners: Mapping[str, list[str]], contexts: Mapping[str, CheckContext]
) -> Iterator[tuple[str, RawFinding]]:
    """Find files that several plugins install; uninstalling one of these plugins removes the file from the others."""
    for path, names in owners.items():
        if len(names) < 2:
            continue
        entitled = [name for name in names if path.startswith(f"{contexts[name].namespace() or chr(0)}/")]
        intruders = [name for name in names if name not in entitled] if len(entitled) == 1 else names
        for name in intruders:
            others = ", ".join(other for other in names if other != name)
            yield name, RawFinding("shared", f"{path} of {name} is also installed by {others}", path)


def _find_hidden_modules(owners: Mapping[str, list[str]]) -> Iterator[tuple[str, RawFinding]]:
    """Find a regular package or module with the name of a namespace package that other plugins use.

    Python stops at the first regular package of a name and ignores all other folders of that name (PEP 420), so
    the other plugins' modules could not be imported.
    """
    hiding = {path: hidden for path in owners if (hidden := _hidden_folder(path))}
    below: dict[str, set[str]] = {hidden: set() for hidden in hiding.values()}
    for path, names in owners.items():
        folder = path.rpartition("/")[0]
        while folder and not folder.startswith("{"):
            if folder in below:
                below[folder].update(names)
            folder = folder.rpartition("/")[0]
    for path, hidden in hiding.items():
        names = owners[path]
        for name in names if len(names) == 1 else ():
            others = sorted(below[hidden] - {name})
            if others:
                yield name, RawFinding("shared", f"{path} of {name} hides modules of {', '.join(others)}", path)


def _hidden_folder(path: str) -> str:
    """Return the folder in which a module would hide all other modules; ``""`` if it would not hide any module."""
    folder, _, file = path.rpartition("/")
    if file == "__init__.py":
        return folder
    return path.removesuffix(".py") if path.endswith(".py") else ""
