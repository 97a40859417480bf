"""Find hand-written lists of plugins: in matrices of workflows, Makefiles, scripts and documents."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.projects.workflow import is_workflow
from commonhold.scaffold.init.facts import Place, lines_with_numbers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from commonhold.projects.names import Name
    from commonhold.scaffold.init.facts import Package
    from commonhold.scaffold.init.package_names import PackageNames
    from commonhold.scaffold.init.test_jobs import TestJob
    from commonhold.workspace import Files

_ENDS = (".md", ".rst", ".txt", ".toml", ".cfg", ".ini", ".yml", ".yaml", ".json", ".sh", ".py", ".mk")
_NAMES = frozenset(("makefile", "codeowners", "dockerfile"))
_LOCKS = frozenset(("uv.lock", "poetry.lock"))
_HISTORIES = ("changelog", "changes", "history", "news", "release")  # name plugins of the past
_FEWEST = 3
_LARGEST_FILE = 1 << 20


@dataclass(frozen=True, slots=True)
class PluginList:
    """A list that names most plugins: its place and size, the plugins that it omits, and names without a plugin."""

    place: Place
    size: int
    missing: tuple[str, ...]
    unknown: tuple[str, ...] = ()


def find_lists(
    files: Files, plugins: Sequence[Package], jobs: Sequence[TestJob], names: PackageNames, ignored: Collection[str]
) -> Iterator[PluginList]:
    """Yield the lists that are out of date. A list is a matrix, or a file that names most plugins of the tree."""
    by_name = {package.name: package for package in plugins}
    for job in jobs:
        if job.matrix and len(job.packages) >= max(_FEWEST, len(plugins) / 2):
            unknown = tuple(found.value for found in job.unknown)
            yield from _out_of_date(Place(job.workflow.path, job.job.line), {*job.packages}, by_name, unknown)
    for path in _files(files, plugins, ignored):
        found: dict[str, int] = {}
        for number, line in lines_with_numbers(files.get(path)):
            for package in names.mentioned(line):
                found.setdefault(package.name, number)
        meant = _meant(found, by_name)
        if len(found) >= max(_FEWEST, 0.6 * len(meant)):
            yield from _out_of_date(Place(path, min(found.values())), {*found}, meant)


def _meant(found: Collection[str], known: Mapping[Name, Package]) -> Mapping[Name, Package]:
    """Return the plugins of the folder that a list is about, or all plugins if it names plugins of several folders."""
    parents = Counter(package.parent for name, package in known.items() if name in found)
    parent, number = parents.most_common(1)[0] if parents else ("", 0)
    if number < 0.9 * len(found):
        return known
    return {name: package for name, package in known.items() if package.parent == parent}


def _out_of_date(
    place: Place, listed: set[str], known: Mapping[Name, Package], unknown: tuple[str, ...] = ()
) -> Iterator[PluginList]:
    missing = tuple(sorted(known[name].last for name in known.keys() - listed))
    if missing or unknown:
        yield PluginList(place, len(listed), missing, unknown)


def _files(files: Files, plugins: Sequence[Package], ignored: Collection[str]) -> list[str]:
    """Return the text files outside plugins that people write, smaller than a megabyte."""
    inside = tuple(f"{package.folder}/" for package in plugins)
    chosen = [
        path
        for path in sorted(files.entries)
        if not path.startswith(inside)
        and path not in ignored
        and path.rpartition("/")[2] not in _LOCKS
        and not path.rpartition("/")[2].lower().startswith(_HISTORIES)
        and not is_workflow(path)
        and (path.endswith(_ENDS) or path.rpartition("/")[2].lower() in _NAMES)
    ]
    files.prefetch(chosen)
    return [path for path in chosen if len(files.get(path) or b"") < _LARGEST_FILE]
