"""Read what ``pyproject.toml`` publishes: ``[project]`` (PEP 621), ``[tool.poetry]`` and ``[tool.flit.metadata]``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from commonhold.projects.published import Person, Published, Readme, ValueState
from commonhold.projects.toml_values import (
    as_groups,
    as_licence,
    as_licence_files,
    as_licence_text,
    as_named_strings,
    as_people,
    as_poetry_people,
    as_poetry_python,
    as_poetry_readme,
    as_poetry_scripts,
    as_readme,
    as_string,
    as_strings,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any, TypeAlias

    from commonhold.projects.toml_values import Convert, Locate, TomlSource

    Values: TypeAlias = dict[str, Published[Any]]


_PROJECT: Mapping[str, tuple[str, Convert]] = {
    "name": ("name", as_string),
    "version": ("version", as_string),
    "summary": ("description", as_string),
    "readme": ("readme", as_readme),
    "licence": ("license", as_licence),
    "licence_files": ("license-files", as_licence_files),
    "classifiers": ("classifiers", as_strings),
    "keywords": ("keywords", as_strings),
    "authors": ("authors", as_people),
    "maintainers": ("maintainers", as_people),
    "urls": ("urls", as_named_strings),
    "requires_python": ("requires-python", as_string),
    "entry_points": ("entry-points", as_groups),
    "import_names": ("import-names", as_strings),
    "import_namespaces": ("import-namespaces", as_strings),
}
_POETRY: Mapping[str, tuple[str, Convert]] = {
    "name": ("name", as_string),
    "version": ("version", as_string),
    "summary": ("description", as_string),
    "readme": ("readme", as_poetry_readme),
    "licence": ("license", as_licence_text),
    "classifiers": ("classifiers", as_strings),
    "keywords": ("keywords", as_strings),
    "authors": ("authors", as_poetry_people),
    "maintainers": ("maintainers", as_poetry_people),
    "urls": ("urls", as_named_strings),
    "entry_points": ("plugins", as_groups),
}
_FLIT: Mapping[str, tuple[str, Convert]] = {
    "name": ("dist-name", as_string),
    "readme": ("description-file", as_readme),
    "licence": ("license", as_licence_text),
    "classifiers": ("classifiers", as_strings),
    "keywords": ("keywords", as_string),
    "urls": ("urls", as_named_strings),
    "requires_python": ("requires-python", as_string),
}
_SCRIPTS = {"scripts": "console_scripts", "gui-scripts": "gui_scripts"}
_POETRY_URLS = {"homepage": "Homepage", "repository": "Repository", "documentation": "Documentation"}


def project_values(source: TomlSource, project: Mapping[str, Any]) -> Values:
    """Return the values of ``[project]``; a dynamic value is computed."""
    found = _read_table(source, project, ("project",), _PROJECT)
    _add_points(source, found, project, ("project",), _SCRIPTS)
    dynamic = project.get("dynamic")
    listed = [each for each in dynamic if isinstance(each, str)] if isinstance(dynamic, list) else []
    for field, (key, _) in _PROJECT.items():
        if key in listed and field not in found:
            found[field] = source.computed(f"project.{key} is dynamic", "project", "dynamic")
    return found


def poetry_values(source: TomlSource, poetry: Mapping[str, Any]) -> Values:
    """Return the values of ``[tool.poetry]``."""
    start = ("tool", "poetry")
    found = _read_table(source, poetry, start, _POETRY)
    dependencies = poetry.get("dependencies")
    if isinstance(dependencies, dict):
        python = source.read(dependencies, (*start, "dependencies", "python"), as_poetry_python)
        found |= {"requires_python": python} if python is not None else {}
    urls = {name: poetry[key] for key, name in _POETRY_URLS.items() if isinstance(poetry.get(key), str)}
    if urls:
        _add_values(found, "urls", urls, source, source.locator(*start, next(iter(poetry.keys() & _POETRY_URLS))))
    scripts = source.read(poetry, (*start, "scripts"), as_poetry_scripts)
    if scripts is not None:
        _add_values(found, "entry_points", scripts.value or {}, source, scripts.locate)
    return found


def flit_values(source: TomlSource, metadata: Mapping[str, Any]) -> Values:
    """Return the values of ``[tool.flit.metadata]``; flit reads the version and the summary from the module."""
    start = ("tool", "flit", "metadata")
    found = _read_table(source, metadata, start, _FLIT)
    if "name" not in found:
        name = source.read(metadata, (*start, "module"), as_string)
        found |= {"name": name} if name is not None else {}
    people = {"authors": ("author", "author-email"), "maintainers": ("maintainer", "maintainer-email")}
    for field, keys in people.items():
        name, email = (metadata.get(key) if isinstance(metadata.get(key), str) else None for key in keys)
        if name or email:
            person = (Person(name, email),)
            found[field] = Published(ValueState.STATED, source.path, person, locate=source.locator(*start, keys[0]))
    if isinstance(metadata.get("home-page"), str):
        _add_values(found, "urls", {"Homepage": metadata["home-page"]}, source, source.locator(*start, "home-page"))
    for field in ("version", "summary"):
        found[field] = source.computed("flit reads it from the module", *start, "module")
    return found


def _read_table(
    source: TomlSource, table: Mapping[str, Any], start: tuple[str, ...], fields: Mapping[str, tuple[str, Convert]]
) -> Values:
    read = ((field, source.read(table, (*start, key), convert)) for field, (key, convert) in fields.items())
    return {field: value for field, value in read if value is not None}


def _add_points(
    source: TomlSource, found: Values, table: Mapping[str, Any], start: tuple[str, ...], keys: Mapping[str, str]
) -> None:
    for key, group in keys.items():
        points = source.read(table, (*start, key), as_named_strings)
        if points is not None and points.value is not None:
            _add_values(found, "entry_points", {group: points.value}, source, points.locate)
        elif points is not None:
            found["entry_points"] = points


def _add_values(found: Values, field: str, values: Mapping[str, Any], source: TomlSource, locate: Locate) -> None:
    """Add values to a table that another key may have begun; an invalid table stays invalid."""
    before = found.get(field)
    if before is None:
        found[field] = Published(ValueState.STATED, source.path, dict(values), locate=locate)
    elif before.value is not None:
        places = (before.locate, locate)
        found[field] = Published(
            ValueState.STATED, source.path, {**values, **before.value}, locate=partial(_locate_in, places)
        )


def _locate_in(places: tuple[Locate, ...], text: str) -> int | None:
    """Return the line at or below the first of several places."""
    return min(places, key=lambda locate: locate("") or 0)(text)


def dynamic_values(source: TomlSource, dynamic: Mapping[str, Any], read_text: Callable[[str], str | None]) -> Values:
    """Return the values that ``[tool.setuptools.dynamic]`` reads from files; a version is always computed."""
    return dict(_dynamic(source, dynamic, read_text))


def _dynamic(
    source: TomlSource, dynamic: Mapping[str, Any], read_text: Callable[[str], str | None]
) -> Iterator[tuple[str, Published[Any]]]:
    for field, key in (("readme", "readme"), ("summary", "description"), ("classifiers", "classifiers")):
        table = dynamic.get(key)
        file = table.get("file") if isinstance(table, dict) else None
        name = next(iter(file), None) if isinstance(file, list) else file
        if not isinstance(table, dict) or not isinstance(name, str):
            continue
        locate = source.locator("tool", "setuptools", "dynamic", key)
        content_type = table.get("content-type")
        text = read_text(name) if field != "readme" else ""
        value: Any = Readme(file=name, content_type=content_type if isinstance(content_type, str) else None)
        if field == "classifiers":
            value = tuple(line.strip() for line in (text or "").splitlines() if line.strip())
        elif field == "summary":
            value = (text or "").strip()
        if text is not None:
            yield field, Published(ValueState.STATED, source.path, value, locate=locate)
