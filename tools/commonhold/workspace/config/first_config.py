"""Write the lines of a first configuration for a repository that has none, from the projects in its tree."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.paths import PROJECT_FILES, project_folders
from commonhold.workspace.config.reader import join_key, toml_string
from commonhold.workspace.patterns import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_OTHERS = frozenset(("docs", "doc", "example", "examples", "test", "tests", "benchmarks", "scripts"))
_EXAMPLE = {"plugins": ("plugins/*",)}
_MOST_NAMED = 10
_MOST_CORES = 3


def first_configuration(paths: Iterable[str]) -> str:
    """Return the lines of ``[tool.commonhold]`` with a tier for each folder that contains several projects.

    A project outside these folders may be the core, so a comment mentions the project.

    >>> print(first_configuration(["core/setup.py", "plugins/a/setup.py", "plugins/b/setup.py"]))
    [tool.commonhold]
    # If core is the core: core = { path = ["core/**"] }
    <BLANKLINE>
    [tool.commonhold.tiers.plugins]
    path = ["plugins/*"]
    """
    files = sorted(paths)
    tiers, others = _group(_outer_projects(files))
    lines = ["[tool.commonhold]"]
    for folder, core in (*_package_at_root(files), *((folder, [f"{escape(folder)}/**"]) for folder in others)):
        lines.append(f"# If {folder} is the core: core = {{ path = [{', '.join(map(toml_string, core))}] }}")
    for name, patterns in (tiers or _EXAMPLE).items():
        listed = ", ".join(map(toml_string, patterns))
        lines += ["", f"[{join_key('tool.commonhold.tiers', name)}]", f"path = [{listed}]"]
    return "\n".join(lines)


def _package_at_root(files: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Return the package of a project at the root, with patterns for its files, if the project has only one package."""
    at_root = [name for name in PROJECT_FILES if name in files]
    found = {
        path.removesuffix("/__init__.py")
        for path in files
        if path.endswith("/__init__.py") and path.count("/") == 1 + path.startswith("src/")
    }
    packages = [each for each in found if each.isprintable() and each not in _OTHERS]
    return [(each, [f"{escape(each)}/**", *at_root]) for each in packages if at_root and len(packages) == 1]


def _outer_projects(paths: Iterable[str]) -> list[str]:
    """Return the folders of projects, except projects in other projects, and in folders that rarely contain plugins."""
    found: list[str] = []
    for folder in sorted(project_folders(paths)):
        parts = folder.split("/")
        inside = any(folder.startswith(f"{outer}/") for outer in found[-1:])
        # A name that is not text cannot be written in TOML.
        if folder.isprintable() and not inside and _OTHERS.isdisjoint(parts) and not parts[0].startswith("."):
            found.append(folder)
    return found


def _group(folders: Iterable[str]) -> tuple[Mapping[str, tuple[str, ...]], list[str]]:
    """Return the patterns of each tier by the tier's name, and the projects that are not next to other projects."""
    by_parent: dict[str, list[str]] = {}
    for folder in folders:
        by_parent.setdefault(folder.rpartition("/")[0], []).append(folder)
    at_root = by_parent.get("", [])
    if len(at_root) > 1 and len(by_parent) == 1:
        return {"plugins": tuple(map(escape, at_root)) if len(at_root) <= _MOST_NAMED else ("*",)}, []
    tiers: dict[str, tuple[str, ...]] = {}
    places: dict[str, str] = {}  # the tiers' names, by folder
    others: list[str] = []
    for parent, inside in sorted(by_parent.items()):
        outer = next((place for place in places if parent.startswith(f"{place}/")), None)
        if outer is None and (not parent or len(inside) == 1):
            others += inside
            continue
        last = parent.rpartition("/")[2]
        name = places[outer] if outer is not None else (last if last not in tiers else parent)
        places.setdefault(outer or parent, name)
        tiers[name] = (*tiers.get(name, ()), f"{escape(parent)}/*")
    return tiers, others[:_MOST_CORES]
