"""Compare artifacts with the committed files: find unknown, stale and missing files, and files lost in the sdist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.release.model.archive import RawFinding
from commonhold.workspace.modules import module_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.release.inspect.check_context import CheckContext, Sdist, Wheel
    from commonhold.release.model.archive import ArchiveContents, ArchiveMember
    from commonhold.release.model.plugin_state import PluginState

LOST_RULE = "lost"

_COMPILED = (".so", ".pyd", ".dylib", ".dll")
# Modules with these names, at any depth, belong to a repository rather than to what it installs.
_NOT_SHIPPED = frozenset({"conftest", "noxfile", "setup", "tasks", "test", "tests", "testing", "docs", "examples"})


def compare_wheel(wheel: Wheel, context: CheckContext) -> Iterator[RawFinding]:
    """Find files of a wheel that the commit lacks or has with different content, and modules that the wheel lacks."""
    name = wheel.archive.artifact.name
    paths = _StagedPaths(context.staged)
    modules = {path: member for path, member in wheel.installed.items() if not path.startswith("{")}
    moved = {path for path, member in modules.items() if _is_moved(path, member, paths)}
    folders_of_moved = {path.rpartition("/")[0] for path in moved}
    for path, member in modules.items():
        staged = paths.ending_with(path)
        if any(_same_content(other, member) for other in staged) or _is_generated(path, member, wheel, context):
            continue
        if staged:
            yield RawFinding("tree", f"{name} contains {path} with different content than the commit", path)
        # An empty file, such as an __init__.py, has no content to be recognized by: it follows its neighbours.
        elif path not in moved and (member.size or path.rpartition("/")[0] not in folders_of_moved):
            yield RawFinding("tree", f"{name} contains {path}, which is not in the commit", path)
    yield from _find_missing_modules(name, modules, context)


def compare_sdist(sdist: Sdist, context: CheckContext) -> Iterator[RawFinding]:
    """Find files of an sdist that the commit lacks or has with different content."""
    name = sdist.archive.artifact.name
    for path, member in sdist.files.items():
        staged = context.staged.get(path)
        # Backends write these: PKG-INFO (PEP 643), and setuptools also .egg-info and a setup.cfg with a tag.
        if path == "PKG-INFO" or ".egg-info/" in f"/{path}" or (path == "setup.cfg" and member.link is None):
            continue
        if staged is None and not _holds_version(path, member, sdist.archive, context):
            yield RawFinding("tree", f"{name} contains {path}, which is not in the commit", path)
        elif staged is not None and member.link is not None and member.link != staged.link:
            yield RawFinding("tree", f"{name} contains a link at {path}, which is not in the commit", path)
        elif staged is not None and not (
            member.link is not None
            or _same_content(staged, member)
            or _holds_version(path, member, sdist.archive, context)
        ):
            yield RawFinding("tree", f"{name} contains {path} with different content than the commit", path)


def check_lost_files(state: PluginState) -> Iterator[RawFinding]:
    """Report the files that a wheel lacks because its sdist omits them, as the build recorded them."""
    wheel = next((file.name for file in state.files if file.name.endswith(".whl")), "the wheel")
    for path in state.lost:
        yield RawFinding(LOST_RULE, f"{wheel} lacks {path}, because the sdist that it is built from omits it", path)


def lost_previously(archives: Iterable[ArchiveContents], findings: Iterable[RawFinding]) -> Iterator[tuple[str, str]]:
    """Yield the rule and subject of those lost files that the wheels of an earlier release lack too.

    A file that is new since then is among them: a wheel does not show whether its commit already had the file.
    """
    wheels = [archive for archive in archives if archive.is_wheel and archive.members]
    for finding in findings:
        if finding.rule == LOST_RULE and wheels and not any(finding.about in archive.members for archive in wheels):
            yield finding.rule, finding.about


def _find_missing_modules(
    name: str, modules: Mapping[str, ArchiveMember], context: CheckContext
) -> Iterator[RawFinding]:
    """Find committed modules that a wheel lacks, in the packages that it ships or should ship."""
    expected = {path: _installed_place(path) for path in context.staged if path.endswith((".py", ".pyi", "/py.typed"))}
    roots = {path.rpartition("/")[0] for path in modules if path.endswith(".py")} - {""}
    own = context.namespace()
    # The plugin's own folder counts even if the wheel has nothing in it: the whole package may be missing.
    roots |= {own} if own is not None else set()
    prefixes = tuple(f"{root}/" for root in roots)
    shipped = frozenset(modules)
    is_empty = not any(path.endswith((".py", *_COMPILED)) for path in modules)
    missing = sorted(
        place
        for path, place in expected.items()
        if place is not None and place not in shipped and (place.startswith(prefixes) or (is_empty and "/" in place))
    )
    if is_empty and missing:
        yield RawFinding("missing", f"{name} contains no module, but the commit has {missing[0]}", "everything")
        return
    yield from (
        RawFinding("missing", f"{name} lacks {place}, which the commit has in its packages", place) for place in missing
    )


def _installed_place(path: str) -> str | None:
    """Return where a committed module is installed; ``None`` for one that is not meant to be."""
    place = path.removeprefix("src/")
    typed = place.removesuffix("py.typed")
    if module_of(typed + "__init__.py" if typed != place else path) is None:
        return None
    parts = place.split("/")
    return None if _NOT_SHIPPED & {part.partition(".")[0] for part in parts} else place


class _StagedPaths:
    """An index of the committed files by the end of their path and by their content."""

    def __init__(self, staged: Mapping[str, ArchiveMember]) -> None:
        self._by_end: dict[str, list[ArchiveMember]] = {}
        self._contents: set[tuple[str, str]] = set()
        for path, member in staged.items():
            self._contents.add((path.rpartition("/")[2], member.sha256))
            for end in _path_ends(path):
                self._by_end.setdefault(end, []).append(member)

    def ending_with(self, path: str) -> list[ArchiveMember]:
        """Return the files at this path, or at this path below any folder, such as ``src``."""
        return self._by_end.get(path, [])

    def has(self, name: str, sha256: str) -> bool:
        """Return whether any folder contains a file with this name and content."""
        return (name, sha256) in self._contents


def _path_ends(path: str) -> Iterator[str]:
    yield path
    while "/" in path:
        path = path.partition("/")[2]
        yield path


def _is_moved(path: str, member: ArchiveMember, paths: _StagedPaths) -> bool:
    """Return whether the build took a file from another folder (``package_dir``, ``sources``), by its content."""
    return member.size > 0 and paths.has(path.rpartition("/")[2], member.sha256)


def _same_content(one: ArchiveMember, other: ArchiveMember) -> bool:
    return one.sha256 == other.sha256


def _is_generated(path: str, member: ArchiveMember, wheel: Wheel, context: CheckContext) -> bool:
    """Return whether builds generate such a file: compiled modules, version files, setuptools' namespace hooks."""
    # A wheel for any platform cannot contain code for one.
    if path.endswith(_COMPILED):
        return not wheel.archive.artifact.name.endswith("-any.whl")
    # Old setuptools writes -nspkg.pth files for `namespace_packages`.
    return path.endswith("-nspkg.pth") or _holds_version(member.path, member, wheel.archive, context)


def _holds_version(path: str, member: ArchiveMember, archive: ArchiveContents, context: CheckContext) -> bool:
    """Return whether a file is a generated ``_version.py`` or similar, by its name and its content."""
    text = archive.texts.get(member.path, b"")
    return "version" in path.rpartition("/")[2] and context.planned.version.encode() in text
