"""Check that a wheel does not install files outside the folder for its plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.release.model.archive import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.release.inspect.check_context import CheckContext, Wheel

# Many repositories have folders with these names, and backends that discover packages automatically include them. At
# the top of site-packages, such folders of different plugins overwrite each other.
_COMMON_NAMES = frozenset(
    {"benchmarks", "build", "conftest", "dist", "doc", "docs", "example", "examples", "noxfile", "scripts", "setup"}
    | {"src", "tasks", "test", "tests", "tools", "utils"}
)


def check_namespace(wheel: Wheel, context: CheckContext) -> Iterator[RawFinding]:
    """Report files that hide other plugins, have a common top-level name, or run in every Python process."""
    name = wheel.archive.artifact.name
    own = context.namespace() or ""
    parents = own.split("/")[:-1]
    namespace_inits = {"/".join((*parents[:count], "__init__.py")) for count in range(1, len(parents) + 1)}
    reported: set[str] = set()
    for path in wheel.installed:
        first = path.partition("/")[0]
        top = first.removesuffix(".py")
        # An __init__.py makes the namespace a regular package, and Python then ignores the other plugins (PEP 420).
        if path in namespace_inits:
            yield RawFinding("namespace", f"{name} contains {path}, which would hide the other plugins' modules", path)
        # The site module executes lines of .pth files whenever Python starts; setuptools' hooks are harmless.
        elif path.endswith(".pth") and "/" not in path and not path.endswith("-nspkg.pth"):
            yield RawFinding("namespace", f"{name} contains {path}, which would run in every Python process", path)
        # The data scheme is the environment's root, so this path could install modules that the other rules ignore.
        elif first.startswith("{data}") and "site-packages" in path:
            yield RawFinding("namespace", f"{name} contains {path}, a module that is installed as data", path)
        elif top in _COMMON_NAMES and top not in reported and not f"{path}/".startswith(f"{own}/" if own else "\0"):
            reported.add(top)
            yield RawFinding("namespace", f"{name} installs {top!r} next to all other packages, as {path}", top)
