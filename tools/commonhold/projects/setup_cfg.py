"""``setup.cfg``, as setuptools reads it."""

from __future__ import annotations

import re

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.declaration import Declaration
from commonhold.projects.names import Name, is_valid, normalize
from commonhold.projects.requirement import show, unique

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.projects.declaration import ProjectFiles
    from commonhold.projects.metadata import Need

_SECTION = re.compile(r"\[([^\]]+)\]")
_OPTION = re.compile(r"([^=:\s][^=:]*)[=:]\s*(.*)")

Ini = dict[str, dict[str, str]]


def read_setup_cfg(place: ProjectFiles, path: str, raw: bytes) -> Declaration:
    """What ``[metadata]`` and ``[options]`` say."""
    stated = Declaration(path, place.folder)
    ini = parse_ini(raw.decode("utf-8-sig", "surrogateescape"))
    metadata, options = ini.get("metadata", {}), ini.get("options", {})
    _read_metadata(place, stated, metadata)
    stated.requires_python = options.get("python_requires", "").strip() or None
    stated.runtime = _needs(place, stated, "runtime", "options.install_requires", options.get("install_requires"))
    stated.build = _needs(place, stated, "build", "options.setup_requires", options.get("setup_requires"))
    tests = _needs(place, stated, "extras", "options.tests_require", options.get("tests_require"))
    if tests:
        stated.add_group(Name("tests-require"), tests)
    _read_extras(place, stated, ini.get("options.extras_require", {}))
    return stated


def parse_ini(text: str) -> Ini:
    """Sections, their options and values, as ``configparser`` reads them; it costs more to import than a file to read.

    Lines that it would refuse are passed over.
    """
    found: Ini = {}
    section: dict[str, str] | None = None
    option = ""
    depth = 0
    for line in text.splitlines():
        stripped = line.strip()
        indent = len(line) - len(line.lstrip())
        if not stripped or stripped[0] in "#;":
            continue
        if option and section is not None and indent > depth:
            section[option] += "\n" + stripped
            continue
        depth = indent
        option = ""
        if (header := _SECTION.match(stripped)) is not None:
            section = found.setdefault(header[1], {})
        elif section is not None and (match := _OPTION.match(stripped)) is not None:
            option = match[1].rstrip().lower().replace("-", "_")
            section[option] = match[2]
    return found


def _read_metadata(place: ProjectFiles, stated: Declaration, metadata: dict[str, str]) -> None:
    name = metadata.get("name", "").strip()
    if name and is_valid(name):
        stated.name = normalize(name)
    elif name:
        stated.problem("name", f"metadata.name: {show(name)} is not a distribution's name; correct it")
    stated.classifiers = tuple(_items(metadata.get("classifiers", metadata.get("classifier", "")))) or None
    for key in ("license_file", "license_files", "long_description"):
        value = metadata.get(key, "")
        files = value.removeprefix("file:").split(",") if key == "long_description" else _items(value)
        for file in files if key != "long_description" or value.startswith("file:") else ():
            place.names_file(file.strip())


def _items(value: str) -> Iterator[str]:
    """The items of setuptools' ``list-semi``: one a line, or separated by semicolons."""
    for item in value.splitlines() if "\n" in value else value.split(";"):
        if item.strip() and not item.strip().startswith("#"):
            yield item.strip()


def _needs(
    place: ProjectFiles, stated: Declaration, field: str, label: str, value: str | None
) -> tuple[Need, ...] | None:
    if not value:
        return None
    if not value.startswith("file:"):
        return stated.needs(field, label, _items(value))
    from commonhold.projects.requirements_file import read_requirements

    files = [
        place.opens(name.strip()) for name in value.removeprefix("file:").replace("\n", ",").split(",") if name.strip()
    ]
    read = read_requirements(place, [file for file in files if file is not None])
    for problem in read.problems:
        stated.add(problem)
    return read.needs


def _read_extras(place: ProjectFiles, stated: Declaration, section: dict[str, str]) -> None:
    found: dict[Name, tuple[Need, ...]] = {}
    for key, value in section.items():
        extra = key.partition(":")[0].strip()
        label = f"options.extras_require.{key}"
        needs = _needs(place, stated, "extras", label, value) or ()
        if not extra:
            stated.runtime = unique((*(stated.runtime or ()), *needs))
        elif is_valid(extra):
            found[normalize(extra)] = unique((*found.get(normalize(extra), ()), *needs))
        else:
            stated.problem("extras", f"{show(label)} is not named after an extra; correct it")
    stated.extras = found or None
