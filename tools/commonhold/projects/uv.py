"""Read ``[tool.uv]`` with its development dependencies and sources, and rye's development dependencies."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.names import Name, normalize

if TYPE_CHECKING:
    from typing import Any

    from commonhold.projects.declaration import Declaration, ProjectFiles
    from commonhold.projects.typed_table import TypedTable


def read_group(declared: Declaration, uv: TypedTable) -> None:
    """Add ``dev-dependencies``, the group that uv used before PEP 735; rye's table has the same key."""
    texts = uv.texts("dev-dependencies")
    if texts:
        declared.add_group(Name("dev"), declared.dependencies("", uv.dotted("dev-dependencies"), texts))


def read_sources(project: ProjectFiles, uv: TypedTable) -> dict[Name, list[str]]:
    """Return the folders that ``[tool.uv.sources]`` declares, by distribution name; ignore git and index sources."""
    found: dict[Name, list[str]] = {}
    sources = uv.table("sources")
    for name, value in sources.values.items():
        # A list contains a source for each marker.
        for source in value if isinstance(value, list) else [value]:
            reference = _path(sources, name, source)
            path = project.local(reference) if reference is not None else None
            if path is not None:
                found.setdefault(normalize(name), []).append(path)
    return found


def _path(sources: TypedTable, name: str, source: Any) -> str | None:
    reference = source.get("path") if isinstance(source, dict) else source
    if not isinstance(source, dict) or not isinstance(reference, str | None):
        sources.wrong(name, "a table like { path = '../other' }")
        return None
    return reference
