"""Compare artifacts with the committed files: find unknown, stale and missing files, and files that the sdist omits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.release.inspect.generated_files import (
    COMPILED,
    is_backend_file,
    is_generated_sdist_file,
    is_generated_wheel_file,
)
from commonhold.release.model.archive import RawFinding
from commonhold.workspace.modules import module_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.release.inspect.check_context import CheckContext, Sdist, Wheel
    from commonhold.release.model.archive import ArchiveContents, ArchiveMember
    from commonhold.release.model.plugin_state import PluginState

LOST_RULE = "lost"

# Modules with these names, at any depth, are tools of the repository and are usually not installed.
_NOT_SHIPPED = frozenset({"conftest", "noxfile", "setup", "tasks", "test", "tests", "testing", "docs", "examples"})


def compare_wheel(wheel: Wheel, context: CheckContext) -> Iterator[RawFinding]:
    """Find files of a wheel that are not in the commit or differ from it, and modules missing from the wheel."""
    name = wheel.archive.artifact.name
    paths = _StagedPaths(context.staged)
    modules = {path: member for path, member in wheel.installed.items() if not path.startswith("{")}
    moved = {path for path, member in modules.items() if _is_moved(path, member, paths, context.outside)}
    folders_of_moved = {path.rpartition("/")[0] for path in moved}
    for path, member in modules.items():
        staged = paths.ending_with(path)
        is_committed = any(_same_content(other, member) for other in staged)
        if is_committed or is_generated_wheel_file(path, member, wheel, context):
            continue
        if staged:
            yield RawFinding("tree", f"{name} contains {path} with different content than the commit", path)
        # An empty file, such as an __init__.py, cannot be recognized by its content, so it counts as moved if another
        # file of its folder was moved.
        elif path not in moved and (member.size or path.rpartition("/")[0] not in folders_of_moved):
            yield RawFinding("tree", f"{name} contains {path}, which is not in the commit", path)
    yield from _find_missing_modules(name, modules, context)


def compare_sdist(sdist: Sdist, context: CheckContext) -> Iterator[RawFinding]:
    """Find files of an sdist that are not in the commit or differ from it."""
    name = sdist.archive.artifact.name
    paths = _StagedPaths(context.staged)
    for path, member in sdist.files.items():
        staged = context.staged.get(path)
        if is_backend_file(path, member):
            continue
        if member.link is not None and (staged is None or member.link != staged.link):
            yield RawFinding("tree", f"{name} contains a link at {path}, which is not in the commit", path)
            continue
        is_moved = staged is None and _is_moved(path, member, paths, context.outside)
        is_committed = is_moved or member.link is not None or (staged is not None and _same_content(staged, member))
        if not is_committed and not is_generated_sdist_file(path, sdist, context):
            problem = "which is not in the commit" if staged is None else "with different content than the commit"
            yield RawFinding("tree", f"{name} contains {path}{',' if staged is None else ''} {problem}", path)


def check_lost_files(state: PluginState) -> Iterator[RawFinding]:
    """Report the files that a wheel lacks because its sdist omits them, as recorded by the build."""
    wheel = next((file.name for file in state.files if file.name.endswith(".whl")), "the wheel")
    for path in state.lost:
        yield RawFinding(LOST_RULE, f"{wheel} lacks {path}, because the sdist that it is built from omits it", path)


def lost_previously(archives: Iterable[ArchiveContents], findings: Iterable[RawFinding]) -> Iterator[tuple[str, str]]:
    """Yield the rule and subject of each finding about a missing file that was also missing from an earlier release.

    A file that was added after that release is included, because a wheel does not show whether its commit had the file.
    """
    wheels = [archive for archive in archives if archive.is_wheel and archive.members]
    for finding in findings:
        if finding.rule == LOST_RULE and wheels and not any(finding.about in archive.members for archive in wheels):
            yield finding.rule, finding.about


def _find_missing_modules(
    name: str, modules: Mapping[str, ArchiveMember], context: CheckContext
) -> Iterator[RawFinding]:
    """Find committed modules that a wheel lacks in the packages that it contains or should contain."""
    expected = {path: _installed_place(path) for path in context.staged if path.endswith((".py", ".pyi", "/py.typed"))}
    roots = {path.rpartition("/")[0] for path in modules if path.endswith(".py")} - {""}
    own = context.namespace()
    # The plugin's own folder is always checked, because the whole package may be missing from the wheel.
    roots |= {own} if own is not None else set()
    prefixes = tuple(f"{root}/" for root in roots)
    shipped = frozenset(modules)
    is_empty = not any(path.endswith((".py", *COMPILED)) for path in modules)
    missing = sorted(
        place
        for path, place in expected.items()
        if place is not None and place not in shipped and (place.startswith(prefixes) or (is_empty and "/" in place))
    )
    if is_empty and missing:
        yield RawFinding("missing", f"{name} contains no modules, but the commit contains {missing[0]}", "everything")
        return
    yield from (
        RawFinding("missing", f"{name} lacks {place}, which is in the committed package", place) for place in missing
    )


def _installed_place(path: str) -> str | None:
    """Return the installed path of a committed module; ``None`` for a module that should not be installed."""
    place = path.removeprefix("src/")
    typed = place.removesuffix("py.typed")
    if module_of(typed + "__init__.py" if typed != place else path) is None:
        return None
    parts = place.split("/")
    return None if _NOT_SHIPPED & {part.partition(".")[0] for part in parts} else place


class _StagedPaths:
    """A lookup of the committed files by the last parts of their path and by their content."""

    def __init__(self, staged: Mapping[str, ArchiveMember]) -> None:
        self._by_end: dict[str, list[ArchiveMember]] = {}
        self._contents: set[tuple[str, str]] = set()
        for path, member in staged.items():
            self._contents.add((path.rpartition("/")[2], member.sha256))
            for end in _path_ends(path):
                self._by_end.setdefault(end, []).append(member)

    def ending_with(self, path: str) -> list[ArchiveMember]:
        """Return the committed files with this path, either at the top or below a folder such as ``src``."""
        return self._by_end.get(path, [])

    def has(self, name: str, sha256: str) -> bool:
        """Return whether any folder contains a committed file with this name and content."""
        return (name, sha256) in self._contents


def _path_ends(path: str) -> Iterator[str]:
    yield path
    while "/" in path:
        path = path.partition("/")[2]
        yield path


def _is_moved(path: str, member: ArchiveMember, paths: _StagedPaths, outside: frozenset[str]) -> bool:
    """Return whether the build copied this file from another folder (``package_dir``, ``sources``, ``force-include``).

    A file from outside the plugin's folder may get another name.
    """
    return member.size > 0 and (member.sha256 in outside or paths.has(path.rpartition("/")[2], member.sha256))


def _same_content(one: ArchiveMember, other: ArchiveMember) -> bool:
    return one.sha256 == other.sha256
