"""Whether a wheel keeps to its own modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.release.model.archive import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.release.inspect.check_context import CheckContext, Wheel

# Every plugin has these, and installed they would lie over each other.
_EVERYBODYS = frozenset(
    {"benchmarks", "build", "conftest", "dist", "doc", "docs", "example", "examples", "noxfile", "scripts", "setup"}
    | {"src", "tasks", "test", "tests", "tools", "utils"}
)


def check_namespace(wheel: Wheel, context: CheckContext) -> Iterator[RawFinding]:
    """Files that are not a plugin's to ship: a namespace's own, everybody's, or such that run in every program."""
    name = wheel.archive.artifact.name
    own = context.namespace() or ""
    parents = own.split("/")[:-1]
    shared = {"/".join((*parents[:count], "__init__.py")) for count in range(1, len(parents) + 1)}
    told: set[str] = set()
    for path in wheel.installed:
        first = path.partition("/")[0]
        top = first.removesuffix(".py")
        if path in shared:
            yield RawFinding("namespace", f"{name} holds {path}: it would hide the other plugins' modules", path)
        elif path.endswith(".pth") and "/" not in path and not path.endswith("-nspkg.pth"):
            yield RawFinding("namespace", f"{name} holds {path}, which would run in every program", path)
        elif first.startswith("{data}") and "site-packages" in path:
            yield RawFinding("namespace", f"{name} holds {path}, past what installers look at", path)
        elif top in _EVERYBODYS and top not in told and not f"{path}/".startswith(f"{own}/" if own else "\0"):
            told.add(top)
            yield RawFinding("namespace", f"{name} installed_paths {top!r} beside all other packages, as {path}", top)
