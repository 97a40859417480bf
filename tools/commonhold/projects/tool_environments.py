"""Requirements that tools keep for their own environments: hatch, PDM, uv."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.metadata import Need
from commonhold.projects.names import Name, normalize

if TYPE_CHECKING:
    from typing import Any

    from commonhold.projects.declaration import Declaration, ProjectFiles
    from commonhold.projects.typed_table import Section


def read_environments(stated: Declaration, tool: Section) -> None:
    """Add the groups that ``[tool.hatch]``, ``[tool.pdm]`` and ``[tool.uv]`` define."""
    if "hatch" in tool:
        for name, environment in tool.table("hatch").table("envs").tables():
            _read_hatch(stated, Name("hatch." + normalize(name)), environment)
    if "pdm" in tool:
        groups = tool.table("pdm").table("dev-dependencies")
        for name in groups.values:
            _add(stated, normalize(name), groups, name)
    if "uv" in tool:
        _add(stated, Name("dev"), tool.table("uv"), "dev-dependencies")


def _read_hatch(stated: Declaration, group: Name, environment: Section) -> None:
    for key in ("dependencies", "extra-dependencies"):
        _add(stated, group, environment, key)
    features = environment.texts("features")
    if features and stated.name is not None:
        stated.add_group(group, [Need(stated.name, frozenset(map(normalize, features)))])


def _add(stated: Declaration, group: Name, table: Section, key: str) -> None:
    texts = table.texts(key)
    if texts:
        # PDM allows "-e file:///${PROJECT_ROOT}/../x#egg=name" here
        stated.add_group(group, stated.needs("", table.dotted(key), texts))


def read_sources(place: ProjectFiles, tool: Section) -> dict[Name, list[str]]:
    """The folders that ``[tool.uv.sources]`` gives for names; sources elsewhere leave the name as it is."""
    found: dict[Name, list[str]] = {}
    if "uv" not in tool:
        return found
    sources = tool.table("uv").table("sources")
    for name, value in sources.values.items():
        for source in value if isinstance(value, list) else [value]:
            reference = _path(sources, name, source)
            path = place.local(reference) if reference is not None else None
            if path is not None:
                found.setdefault(normalize(name), []).append(path)
    return found


def _path(sources: Section, name: str, source: Any) -> str | None:
    reference = source.get("path") if isinstance(source, dict) else source
    if not isinstance(source, dict) or not isinstance(reference, str | None):
        sources.wrong(name, "a table like { path = '../other' }")
        return None
    return reference
