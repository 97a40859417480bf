"""Convert the metadata of ``setup.py``, ``setup.cfg`` and Poetry to the standard ``[project]`` table (PEP 621).

A project is converted only if nothing is lost: the converted files are read again, and every value must be the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import tomlkit

from commonhold.checks.licences import expression_for, parse_expression
from commonhold.projects import read_metadata
from commonhold.projects.description import read_description
from commonhold.projects.names import normalize
from commonhold.projects.paths import HOLE
from commonhold.projects.published import ValueState
from commonhold.projects.requirement import show
from commonhold.projects.staged_project import StampError
from commonhold.projects.toml_document import parse_editable
from commonhold.scaffold.kept_comments import by_requirement, dropped, find_comments
from commonhold.scaffold.poetry_groups import dependency_losses, take_groups
from commonhold.scaffold.setup_settings import read_setup_settings
from commonhold.text import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping

    from commonhold.projects.metadata import Dependency, Metadata
    from commonhold.projects.published import Description, Person
    from commonhold.scaffold.setup_settings import SetupSettings

    Read = Callable[[str], bytes | None]

_OBSOLETE = frozenset(("setuptools", "wheel", "pytest-runner", "poetry-core", "poetry"))
_MOVED_FROM_POETRY = (
    *("name", "version", "description", "authors", "maintainers", "license", "readme", "homepage", "repository"),
    *("documentation", "urls", "keywords", "classifiers", "dependencies", "extras", "scripts", "plugins"),
)

_MOST_LISTED = 10


@dataclass(frozen=True, slots=True)
class Conversion:
    """The files of a converted project by path (``None``: the file is deleted), or what would be ``lost``.

    ``notes`` list what a person may miss in the new files: dropped comments, and settings that only Poetry reads.
    """

    files: Mapping[str, bytes | None] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def convert_project(folder: str, read: Read) -> Conversion:
    """Convert the project in ``folder``. A project that has a ``[project]`` table is left as it is."""
    description = read_description(folder, read)
    if description.has_project_table:
        return Conversion()
    metadata = read_metadata(folder, read)
    try:
        document = parse_editable((read(f"{folder}/pyproject.toml") or b"").decode("utf-8"), "pyproject.toml")
    except (StampError, UnicodeDecodeError) as error:
        return Conversion(lost=(str(error),))
    poetry = document.get("tool", {}).get("poetry")
    extended = any(each.name not in _OBSOLETE for each in metadata.build)
    settings = read_setup_settings(folder, read, extended=extended) if poetry is None else None
    lost = (*_unknown(description, metadata), *(_poetry_losses(poetry) if settings is None else settings.lost))
    if lost:
        return Conversion(lost=tuple(dict.fromkeys(lost)))
    files: dict[str, bytes | None] = {
        f"{folder}/{name}": data for name, data in (settings.files if settings is not None else {}).items()
    }
    old = ("pyproject.toml", *(settings.files if settings is not None else ()))
    comments = find_comments({name: (read(f"{folder}/{name}") or b"").decode("utf-8", "replace") for name in old})
    groups, notes = _groups(poetry, metadata)
    text = _document(document, description, metadata, settings, groups, by_requirement(comments))
    files[f"{folder}/pyproject.toml"] = text.encode("utf-8")
    changed = _differences(description, metadata, folder, lambda path: files[path] if path in files else read(path))
    if changed:
        return Conversion(lost=changed)
    gone = dropped(comments, (data.decode("utf-8", "replace") for data in files.values() if data is not None))
    notes += (f"these comments were not kept: {listed(gone, _MOST_LISTED)}",) if gone else ()
    return Conversion(files, notes=notes)


def _groups(
    poetry: MutableMapping[str, Any] | None, metadata: Metadata
) -> tuple[Mapping[str, tuple[Dependency, ...]], tuple[str, ...]]:
    """Return the groups of the new ``[dependency-groups]``, and notes about groups that stay."""
    if poetry is not None:
        return take_groups(poetry, metadata)
    tests = metadata.groups.get(normalize("tests-require"), ())
    return ({"tests": tests} if tests else {}), ()


def _unknown(description: Description, metadata: Metadata) -> Iterator[str]:
    for name, value in vars(description).items():
        if getattr(value, "state", None) in (ValueState.COMPUTED, ValueState.INVALID):
            yield f"{name.replace('_', ' ')}: {value.message}"
    yield from (problem.message for problem in metadata.problems)
    for dependency in _all_dependencies(metadata):
        if dependency.name is None or dependency.path is not None or HOLE in dependency.specifier + dependency.marker:
            yield f"the requirement {show(dependency.text)} has no form that an index accepts"
    for name in ("name", "version"):
        if getattr(description, name).value is None:
            yield f"{name}: no file contains it as a literal"
    readme = description.readme.value
    if readme is not None and readme.text is not None:
        yield "readme: the project file contains the text instead of the name of a file"


def _all_dependencies(metadata: Metadata) -> Iterator[Dependency]:
    yield from metadata.runtime
    for several in metadata.extras.values():
        yield from several


def _poetry_losses(poetry: Mapping[str, Any]) -> Iterator[str]:
    yield from dependency_losses(poetry.get("dependencies", {}), "tool.poetry.dependencies")
    for name, script in poetry.get("scripts", {}).items():
        if not isinstance(script, str):
            yield f"tool.poetry.scripts.{name} is a table"


def _document(
    document: MutableMapping[str, Any],
    description: Description,
    metadata: Metadata,
    settings: SetupSettings | None,
    groups: Mapping[str, tuple[Dependency, ...]],
    comments: Mapping[str, str],
) -> str:
    """Return the new text: the tables of the standard first, then the rest of the file as it was."""
    head = tomlkit.document()
    build = {str(each.text) for each in metadata.build if each.name not in _OBSOLETE}
    previous = document.pop("build-system", {})
    system = tomlkit.table()
    system["requires"] = ["setuptools>=77" if settings is not None else "poetry-core>=2.2", *sorted(build)]
    usual = "setuptools.build_meta" if settings is not None else "poetry.core.masonry.api"
    system["build-backend"] = previous.get("build-backend", usual) if settings is not None else usual
    if "backend-path" in previous:
        system["backend-path"] = previous["backend-path"]
    head["build-system"] = system
    head["project"] = _project(description, metadata, comments)
    if groups:
        head["dependency-groups"] = {name: _requirements(several, comments) for name, several in groups.items()}
    if settings is not None and settings.table:
        head["tool"] = {"setuptools": _table(settings.table)}
    if settings is None:
        _remove_from_poetry(document)
    rest = tomlkit.dumps(document).strip("\n")
    text = tomlkit.dumps(head).rstrip("\n")
    if settings is not None and settings.table and "tool" in document:
        return _merged(head, document)
    return f"{text}\n\n{rest}\n" if rest else f"{text}\n"


def _merged(head: MutableMapping[str, Any], document: MutableMapping[str, Any]) -> str:
    """Return the text of both documents; both have a table ``tool``."""
    own = head.pop("tool")["setuptools"]
    document["tool"]["setuptools"] = {**document["tool"].get("setuptools", {}), **own}
    return f"{tomlkit.dumps(head).rstrip()}\n\n{tomlkit.dumps(document).strip()}\n"


def _remove_from_poetry(document: MutableMapping[str, Any]) -> None:
    poetry = document["tool"]["poetry"]
    for key in _MOVED_FROM_POETRY:
        poetry.pop(key, None)
    if not poetry:
        del document["tool"]["poetry"]
        if not document["tool"]:
            del document["tool"]


def _project(description: Description, metadata: Metadata, comments: Mapping[str, str]) -> Any:
    table = tomlkit.table()
    licence = description.licence.value
    expression = None if licence is None else licence.expression or _expression(licence.text or "")
    classifiers = description.classifiers.value or ()
    readme = description.readme.value
    values: dict[str, Any] = {
        "name": description.name.value,
        "version": description.version.value,
        "description": description.summary.value,
        "readme": readme.file if readme is not None else None,
        "license": expression or ({"text": licence.text} if licence is not None and licence.text else None),
        "license-files": _array(description.licence_files.value or ()),
        "requires-python": metadata.requires_python,
        "authors": _people(description.authors.value or ()),
        "maintainers": _people(description.maintainers.value or ()),
        "keywords": _array(description.keywords.value or ()),
        # PEP 639: an expression replaces the classifiers of licences.
        "classifiers": _array([each for each in classifiers if not (expression and each.startswith("License ::"))]),
        "dependencies": _requirements(metadata.runtime, comments),
    }
    for key, value in values.items():
        if value or key == "dependencies":
            table[key] = value
    _add_tables(table, description, metadata, comments)
    return table


def _expression(text: str) -> str | None:
    return expression_for(text) or parse_expression(text)


def _add_tables(table: Any, description: Description, metadata: Metadata, comments: Mapping[str, str]) -> None:
    extras = {str(extra): _requirements(needs, comments) for extra, needs in metadata.extras.items()}
    if extras:
        table["optional-dependencies"] = extras
    if description.urls.value:
        table["urls"] = dict(description.urls.value)
    points = {group: dict(values) for group, values in (description.entry_points.value or {}).items()}
    for group, key in (("console_scripts", "scripts"), ("gui_scripts", "gui-scripts")):
        if values := points.pop(group, None):
            table[key] = values
    if points:
        table["entry-points"] = points


def _people(people: tuple[Person, ...]) -> Any:
    array = tomlkit.array()
    for person in people:
        inline = tomlkit.inline_table()
        inline.update({key: value for key, value in (("name", person.name), ("email", person.email)) if value})
        array.append(inline)
    return array


def _array(texts: Any) -> Any:
    array = tomlkit.array()
    array.extend(list(texts))
    return array.multiline(len(array) > 1)


def _requirements(dependencies: Iterable[Dependency], comments: Mapping[str, str]) -> Any:
    """Return an array of requirements, each with the comment that followed it."""
    every = [*dependencies]
    if not any(each.name in comments for each in every):
        return _array([each.text for each in every])
    array = tomlkit.array()
    for each in every:
        array.add_line(each.text, comment=comments.get(each.name or ""))
    array.add_line(indent="")
    return array


def _table(values: Mapping[str, Any]) -> Any:
    table = tomlkit.table()
    for key, value in values.items():
        table[key] = _table(value) if isinstance(value, dict) else value
    return table


def _differences(description: Description, metadata: Metadata, folder: str, read: Read) -> tuple[str, ...]:
    """Return the values that the converted files do not have."""
    after, needs = read_description(folder, read), read_metadata(folder, read)
    pairs: dict[str, tuple[object, object]] = {
        name: (getattr(description, name).value or None, getattr(after, name).value or None)
        for name in ("name", "version", "summary", "authors", "maintainers", "keywords", "urls", "entry_points")
    }
    pairs["groups"] = (_group_contents(metadata), _group_contents(needs))
    pairs["requirements"] = ({*metadata.runtime}, {*needs.runtime})
    pairs["extras"] = (_comparable(metadata), _comparable(needs))
    pairs["Python versions"] = (metadata.requires_python, needs.requires_python)
    return tuple(
        f"{name}: {show(str(old))} would become {show(str(new))}" for name, (old, new) in pairs.items() if old != new
    )


def _group_contents(metadata: Metadata) -> dict[str, set[Dependency]]:
    return {
        str(name).replace("tests-require", "tests"): {*several} for name, several in metadata.groups.items() if several
    }


def _comparable(metadata: Metadata) -> dict[str, set[Dependency]]:
    return {str(extra): {*several} for extra, several in metadata.extras.items()}
