"""Poetry's own tables, as Poetry 1 writes them alone and Poetry 2 beside ``[project]``."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.metadata import Need
from commonhold.projects.names import Name, is_valid, normalize
from commonhold.projects.poetry_constraint import to_specifier
from commonhold.projects.requirement import names, show, unique

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from commonhold.projects.declaration import Declaration, ProjectFiles
    from commonhold.projects.typed_table import Section


def read_poetry(place: ProjectFiles, stated: Declaration, poetry: Section) -> None:
    """Read ``[tool.poetry]``: main dependencies, extras and groups."""
    name = poetry.text("name")
    if name is not None and is_valid(name):
        stated.name = normalize(name)
    elif name is not None:
        poetry.wrong("name", "a distribution's name")
    stated.classifiers = tuple(poetry.texts("classifiers"))
    for file in poetry.one_or_more("readme"):
        place.names_file(file)
    if "dependencies" in poetry:
        _read_main(place, stated, poetry)
    for key, group in (("dev-dependencies", "dev"),):
        if key in poetry:
            stated.add_group(Name(group), _all(place, poetry.table(key)))
    for group, table in poetry.table("group").tables():
        stated.add_group(normalize(group), _all(place, table.table("dependencies")))


def _read_main(place: ProjectFiles, stated: Declaration, poetry: Section) -> None:
    """Optional dependencies are required by the extras that list them, or by nobody."""
    table = poetry.table("dependencies")
    _read_python(stated, table)
    optional: dict[Name, list[Need]] = {}
    runtime: list[Need] = []
    for need, is_optional in _dependencies(place, table):
        if is_optional and need.name is not None:
            optional.setdefault(need.name, []).append(need)
        else:
            runtime.append(need)
    stated.runtime = unique(runtime)
    extras = poetry.table("extras")
    stated.extras = {}
    for extra in extras.values:
        listed = map(normalize, extras.texts(extra))
        stated.extras[normalize(extra)] = unique(need for name in listed for need in optional.get(name, ()))


def _read_python(stated: Declaration, table: Section) -> None:
    python = table.values.get("python")
    if isinstance(python, dict):
        python = python.get("version")
    if isinstance(python, str):
        stated.requires_python = to_specifier(python)
        if stated.requires_python is None:
            stated.problem("", f"{table.dotted('python')}: {show(python)} is not a version constraint; correct it")


def _all(place: ProjectFiles, table: Section) -> Iterable[Need]:
    return [need for need, _ in _dependencies(place, table)]


def _dependencies(place: ProjectFiles, table: Section) -> Iterator[tuple[Need, bool]]:
    """Every dependency of a table, and whether it is optional."""
    for key, value in table.values.items():
        if key.lower() == "python":
            continue
        if not is_valid(key):
            table.wrong(key, "named after a distribution")
            continue
        for choice in value if isinstance(value, list) else [value]:
            if isinstance(choice, str):
                yield Need(normalize(key)), False
            elif isinstance(choice, dict):
                yield _detailed(place, table, key, choice)
            else:
                table.wrong(key, "a version or a table")


def _detailed(place: ProjectFiles, table: Section, key: str, choice: dict[str, Any]) -> tuple[Need, bool]:
    wanted = choice.get("extras", [])
    texts = wanted if isinstance(wanted, list) and all(isinstance(extra, str) for extra in wanted) else None
    extras = names(",".join(texts)) if texts is not None else None
    if extras is None:
        table.wrong(f"{key}.extras", "a list of extras")
    reference = choice.get("path", choice.get("file"))
    if reference is not None and not isinstance(reference, str):
        table.wrong(f"{key}.path", "a string")
        reference = None
    path = place.local(reference) if reference is not None else None
    return Need(normalize(key), extras or frozenset(), path), choice.get("optional") is True
