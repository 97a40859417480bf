"""Whether artifacts hold what the commit's tree says: nothing else, nothing stale, and no module less."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.release.model.archive import RawFinding
from commonhold.workspace.modules import module_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commonhold.release.inspect.check_context import CheckContext, Sdist, Wheel
    from commonhold.release.model.archive import ArchiveContents, ArchiveMember

_COMPILED = (".so", ".pyd", ".dylib", ".dll")
_NOT_SHIPPED = frozenset({"conftest", "noxfile", "setup", "tasks", "test", "tests", "testing", "docs", "examples"})


def compare_wheel(wheel: Wheel, context: CheckContext) -> Iterator[RawFinding]:
    """Files that the tree has not, or has otherwise; modules of the tree that are missing."""
    name = wheel.archive.artifact.name
    paths = _Paths(context.staged)
    modules = {path: member for path, member in wheel.installed.items() if not path.startswith("{")}
    moved = {path for path, member in modules.items() if _is_moved(path, member, paths)}
    beside = {path.rpartition("/")[0] for path in moved}
    for path, member in modules.items():
        here = paths.ending_with(path)
        if any(_same(other, member) for other in here) or _is_made(path, member, wheel, context):
            continue
        if here:
            yield RawFinding("tree", f"{name} holds {path} with other content than the commit has", path)
        elif path not in moved and (member.size or path.rpartition("/")[0] not in beside):
            yield RawFinding("tree", f"{name} holds {path}, which the commit has not", path)
    yield from _missing(name, modules, context)


def compare_sdist(sdist: Sdist, context: CheckContext) -> Iterator[RawFinding]:
    """Files that the tree has not, or has otherwise."""
    name = sdist.archive.artifact.name
    for path, member in sdist.files.items():
        ours = context.staged.get(path)
        if path == "PKG-INFO" or ".egg-info/" in f"/{path}" or (path == "setup.cfg" and member.link is None):
            continue
        if ours is None and not _holds_version(path, member, sdist.archive, context):
            yield RawFinding("tree", f"{name} holds {path}, which the commit has not", path)
        elif ours is not None and member.link is not None and member.link != ours.link:
            yield RawFinding("tree", f"{name} holds a link at {path} that the commit has not", path)
        elif ours is not None and not (
            member.link is not None or _same(ours, member) or _holds_version(path, member, sdist.archive, context)
        ):
            yield RawFinding("tree", f"{name} holds {path} with other content than the commit has", path)


def _missing(name: str, modules: Mapping[str, ArchiveMember], context: CheckContext) -> Iterator[RawFinding]:
    """Modules in the packages that a wheel ships, or should ship, which it lacks."""
    wanted = {path: _place(path) for path in context.staged if path.endswith((".py", ".pyi", "/py.typed"))}
    roots = {path.rpartition("/")[0] for path in modules if path.endswith(".py")} - {""}
    own = context.namespace()
    roots |= {own} if own is not None else set()
    tops = tuple(f"{root}/" for root in roots)
    shipped = frozenset(modules)
    none = not any(path.endswith((".py", *_COMPILED)) for path in modules)
    lost = sorted(
        place
        for path, place in wanted.items()
        if place is not None and place not in shipped and (place.startswith(tops) or (none and "/" in place))
    )
    if none and lost:
        yield RawFinding("missing", f"{name} holds no module at all, and the commit has {lost[0]}", "everything")
        return
    yield from (
        RawFinding("missing", f"{name} lacks {place}, which the commit has in its packages", place) for place in lost
    )


def _place(path: str) -> str | None:
    """Where a module of the tree lands when it is installed; ``None`` for what is not meant to be."""
    place = path.removeprefix("src/")
    typed = place.removesuffix("py.typed")
    if module_of(typed + "__init__.py" if typed != place else path) is None:
        return None
    parts = place.split("/")
    return None if _NOT_SHIPPED & {part.partition(".")[0] for part in parts} else place


class _Paths:
    """The tree's files, found by the end of their path or by their content."""

    def __init__(self, staged: Mapping[str, ArchiveMember]) -> None:
        self._by_end: dict[str, list[ArchiveMember]] = {}
        self._contents: set[tuple[str, str]] = set()
        for path, member in staged.items():
            self._contents.add((path.rpartition("/")[2], member.sha256))
            for end in _ends(path):
                self._by_end.setdefault(end, []).append(member)

    def ending_with(self, path: str) -> list[ArchiveMember]:
        """Files at this path, or at this path in some folder."""
        return self._by_end.get(path, [])

    def has(self, name: str, sha256: str) -> bool:
        """Whether there is such a file, in whatever folder."""
        return (name, sha256) in self._contents


def _ends(path: str) -> Iterator[str]:
    yield path
    while "/" in path:
        path = path.partition("/")[2]
        yield path


def _is_moved(path: str, member: ArchiveMember, paths: _Paths) -> bool:
    """Whether a build took a file from another place of the tree (``package_dir``, ``sources``): by its content."""
    return member.size > 0 and paths.has(path.rpartition("/")[2], member.sha256)


def _same(one: ArchiveMember, other: ArchiveMember) -> bool:
    return one.sha256 == other.sha256


def _is_made(path: str, member: ArchiveMember, wheel: Wheel, context: CheckContext) -> bool:
    """Whether a build makes such a file by itself: compiled modules, a version's file, setuptools' namespaces."""
    if path.endswith(_COMPILED):
        return not wheel.archive.artifact.name.endswith("-any.whl")
    return path.endswith("-nspkg.pth") or _holds_version(member.path, member, wheel.archive, context)


def _holds_version(path: str, member: ArchiveMember, archive: ArchiveContents, context: CheckContext) -> bool:
    text = archive.texts.get(member.path, b"")
    return "version" in path.rpartition("/")[2] and context.planned.version.encode() in text
