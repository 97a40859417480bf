"""Read what ``setup.cfg`` and ``setup.py`` publish, without running any code."""

from __future__ import annotations

import _ast as ast
import posixpath
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from commonhold.projects.paths import resolve
from commonhold.projects.published import Licence, Person, Published, Readme, ValueState
from commonhold.projects.python_ast import parse_python, walk
from commonhold.projects.setup_cfg import read_options, split_items
from commonhold.projects.static_eval import PERHAPS, UNKNOWN, evaluate_file, force, is_known, items_of
from commonhold.projects.static_eval.values import Content
from commonhold.projects.toml_lines import first_line_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from commonhold.projects.declaration import ProjectFiles

_COMPUTED = "it can only be determined by running setup.py"
_TEXTS = {"name": "name", "version": "version", "description": "summary", "python_requires": "requires_python"}
_COMPANIES = frozenset(("inc", "ltd", "llc", "gmbh", "co", "corp", "ag", "limited"))


class _UnknownError(Exception):
    """A value can only be determined by running code."""


Setup = dict[str, object]
"""The known values of a project's ``setup()`` arguments; other values raise ``_UnknownError`` when they are used."""


def setup_cfg_values(path: str, raw: bytes) -> dict[str, Published[Any]]:
    """Return the values of ``setup.cfg``; a ``file:`` that setuptools reads into a value is computed."""
    text = raw.decode("utf-8-sig", "surrogateescape")
    read = {(option.section, option.name): (option.line + 1, value) for option, value in read_options(text)}
    values = {key: value for key, (_, value) in read.items()}
    named: dict[str, object] = {name: value for (section, name), value in values.items() if section == "metadata"}
    if ("options", "python_requires") in values:
        named["python_requires"] = values["options", "python_requires"]
    points = {name: value for (section, name), value in values.items() if section == "options.entry_points"}
    if points:
        named["entry_points"] = {group: value.splitlines() for group, value in points.items()}
    lines = {name: line for (section, name), (line, _) in read.items() if section in ("metadata", "options")}
    first = [line for (section, _), (line, _) in read.items() if section == "options.entry_points"][:1]
    lines.update(zip(("entry_points",), first, strict=False))
    for key in ("classifiers", "classifier", "license_files", "license_file", "keywords"):
        value = named.get(key)
        if isinstance(value, str) and not value.startswith("file:"):
            named[key] = split_items(value.replace(",", "\n") if key == "keywords" else value)
    if isinstance(named.get("project_urls"), str):
        pairs = (line.partition("=") for line in split_items(str(named["project_urls"])))
        named["project_urls"] = {name.strip(): url.strip() for name, _, url in pairs}
    readme = named.get("long_description")
    if isinstance(readme, str) and readme.startswith("file:"):
        named["long_description"] = Readme(file=readme.removeprefix("file:").split(",")[0].strip())

    def locate(keys: tuple[str, ...], part: str) -> int | None:
        return first_line_with(text, part, next((lines[key] for key in keys if key in lines), None))

    return _values(path, {key: _computed_text(value) for key, value in named.items()}, locate)


def _computed_text(value: object) -> object:
    """Return ``UNKNOWN`` for a value that setuptools reads from a file or module."""
    return UNKNOWN if isinstance(value, str) and value.startswith(("file:", "attr:")) else value


def setup_py_values(files: ProjectFiles, path: str, raw: bytes) -> dict[str, Published[Any]]:
    """Return the arguments of the file's ``setup()`` calls; values that differ between calls are computed."""
    named, is_complete = setup_arguments(files, path, raw)

    def locate(keys: tuple[str, ...], part: str) -> int | None:
        text = raw.decode("utf-8", "replace")
        return first_line_with(text, part, argument_line(raw, keys))

    found = _values(path, named, locate)
    if not is_complete:
        found = {field: value.or_computed(_COMPUTED) for field, value in found.items()}
    return found


def setup_arguments(files: ProjectFiles, path: str, raw: bytes) -> tuple[Setup, bool]:
    """Return the arguments of the file's ``setup()`` calls, and whether these are all arguments.

    A value that differs between calls, or that only running the code determines, is ``UNKNOWN``.
    """
    calls = evaluate_file(files, path, raw).setups
    named: Setup = {}
    for call in calls:
        for key, value in call.items():
            if isinstance(key, str):
                known = _literal(files, value)
                named[key] = known if named.get(key, known) == known else UNKNOWN
    # setup(**unknown) may pass any argument.
    return named, bool(calls) and not any(UNKNOWN in call for call in calls)


def _literal(files: ProjectFiles, value: Any) -> object:
    """Return a value without unknown parts, or ``UNKNOWN``; the content of a file becomes a readme."""
    if isinstance(value, Content):
        return Readme(file=_relative(files.folder, value.path))
    value = force(files, value)
    if isinstance(value, dict):
        inner = {key: _literal(files, each) for key, each in value.items()}
        return UNKNOWN if UNKNOWN in inner or PERHAPS in inner or UNKNOWN in inner.values() else inner
    if isinstance(value, list | tuple):
        items = [_literal(files, each) for each in items_of(value)]
        return UNKNOWN if UNKNOWN in items or PERHAPS in items else items
    return value if is_known(value) else UNKNOWN


def _relative(folder: str, path: str) -> str:
    """Return a path relative to the project's folder, also if the code writes an absolute path."""
    found = resolve(folder, path)
    return path if found is None else posixpath.relpath(f"/{found}", f"/{folder}")


def argument_line(raw: bytes, keys: tuple[str, ...]) -> int | None:
    """Return the line of the first of some arguments of ``setup()``; the line of the call if it has none of them."""
    arguments = _argument_lines(raw)
    return min((arguments[key] for key in keys if key in arguments), default=arguments.get(""))


@lru_cache(maxsize=4)  # one rule after another asks for lines of the same file
def _argument_lines(raw: bytes) -> Mapping[str, int]:
    """Return the line of each argument of ``setup()``, and of the first call (``""``)."""
    found: dict[str, int] = {}
    for node in walk(parse_python(raw) or ()):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "setup":
            found.setdefault("", node.lineno)
            for argument in node.keywords:
                found.setdefault(argument.arg or "", argument.value.lineno)
    return found


def _values(path: str, named: Setup, locate: Callable[[tuple[str, ...], str], int | None]) -> dict[str, Published[Any]]:
    found: dict[str, Published[Any]] = {}
    for field, (keys, convert) in _FIELDS.items():
        used = {key: named[key] for key in keys if key in named and named[key] is not None and named[key] != ""}
        place = partial(locate, tuple(key for key in keys if key in used) or keys)
        if not used:
            found[field] = Published(ValueState.MISSING, path, locate=place)
        elif any(value is UNKNOWN for value in used.values()):
            found[field] = Published(ValueState.COMPUTED, path, message=_COMPUTED, locate=place)
        else:
            try:
                found[field] = Published(ValueState.STATED, path, convert(used), locate=place)
            except _UnknownError:
                message = f"{' or '.join(used)} does not have the type that setuptools expects"
                found[field] = Published(ValueState.INVALID, path, message=message, locate=place)
    return found


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise _UnknownError
    return value


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _UnknownError
    return tuple(_string(each) for each in value)


def _first(used: Mapping[str, object]) -> str:
    return _string(next(iter(used.values()))).strip()


def _first_list(used: Mapping[str, object]) -> tuple[str, ...]:
    value = next(iter(used.values()))
    return (value,) if isinstance(value, str) else _strings(value)


def _keywords(used: Mapping[str, object]) -> tuple[str, ...]:
    value = used["keywords"]
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else _strings(value)


def _classifiers(used: Mapping[str, object]) -> tuple[str, ...]:
    value = next(iter(used.values()))
    return tuple(value.splitlines()) if isinstance(value, str) else _strings(value)


def _readme(used: Mapping[str, object]) -> Readme | None:
    value = used.get("long_description")
    kind = used.get("long_description_content_type")
    content_type = kind if isinstance(kind, str) else None
    if isinstance(value, Readme):
        return Readme(value.file, value.text, content_type)
    return Readme(text=_string(value), content_type=content_type)


def _licence(used: Mapping[str, object]) -> Licence:
    if "license_expression" in used:
        return Licence(expression=_string(used["license_expression"]))
    return Licence(text=_string(used["license"]))


def _people(used: Mapping[str, object]) -> tuple[Person, ...]:
    """Return one person for each email address, or for each name in a list of names."""
    values = {key.endswith("_email"): _string(value) for key, value in used.items()}
    names, emails = _names(values.get(False, "")), [each.strip() for each in values.get(True, "").split(",")]
    emails = [each for each in emails if each]
    if len(emails) > 1 and len(names) == 1:
        names += [""] * (len(emails) - 1)
    emails += [""] * (len(names) - len(emails))
    names += [""] * (len(emails) - len(names))
    return tuple(Person(name or None, email or None) for name, email in zip(names, emails, strict=True))


def _names(text: str) -> list[str]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    is_company = any(part.strip(".").lower() in _COMPANIES for part in parts[1:])
    return [text.strip()] if is_company else parts


def _urls(used: Mapping[str, object]) -> dict[str, str]:
    named = used.get("project_urls", {})
    if not isinstance(named, dict):
        raise _UnknownError
    urls = {_string(name): _string(url) for name, url in named.items()}
    shown = {"url": "Homepage", "download_url": "Download"}
    return {**{shown[key]: _string(value) for key, value in used.items() if key in shown}, **urls}


def _entry_points(used: Mapping[str, object]) -> dict[str, dict[str, str]]:
    value = used["entry_points"]
    if isinstance(value, str):
        # setuptools also accepts the text of an entry_points.txt.
        sections = (section.partition("]") for section in f"\n{value}".split("\n[")[1:])
        value = {group.strip(): points for group, _, points in sections}
    if not isinstance(value, dict):
        raise _UnknownError
    return {_string(group): dict(_points(points)) for group, points in value.items()}


def _points(points: object) -> Iterator[tuple[str, str]]:
    for line in points.splitlines() if isinstance(points, str) else _strings(points):
        name, _, reference = line.partition("=")
        if line.strip():
            yield name.strip(), reference.strip()


_FIELDS: Mapping[str, tuple[tuple[str, ...], Callable[[Mapping[str, object]], Any]]] = {
    **{field: ((key,), _first) for key, field in _TEXTS.items()},
    "readme": (("long_description", "long_description_content_type"), _readme),
    "licence": (("license_expression", "license"), _licence),
    "licence_files": (("license_files", "license_file"), _first_list),
    "classifiers": (("classifiers", "classifier"), _classifiers),
    "keywords": (("keywords",), _keywords),
    "authors": (("author", "author_email"), _people),
    "maintainers": (("maintainer", "maintainer_email"), _people),
    "urls": (("project_urls", "url", "download_url"), _urls),
    "entry_points": (("entry_points",), _entry_points),
}
