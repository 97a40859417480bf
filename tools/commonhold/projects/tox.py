"""Read the requirements of tox's environments from ``tox.ini``, ``tox.toml``, ``setup.cfg`` and ``pyproject.toml``.

An environment's dependencies, and the packages that its commands install, are requirements of the project's tests. tox
replaces some placeholders by values of the machine. A requirement that is such a placeholder is skipped, because it
cannot name a project in the repository.
"""

from __future__ import annotations

import re

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.names import Name
from commonhold.projects.paths import HOLE, rooted
from commonhold.projects.requirements_file import read_lines
from commonhold.projects.setup_cfg import parse_ini

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.projects.declaration import Declaration, ProjectFiles
    from commonhold.projects.setup_cfg import Ini
    from commonhold.projects.typed_table import TypedTable

INI, TOML = "tox.ini", "tox.toml"
GROUP = Name("tox.environments")
"""The group that contains the requirements of all environments."""

_REQUIRES = frozenset(("deps", "requires"))
_COMMANDS = frozenset(("commands", "commands_pre", "commands_post", "install_command"))

# The patterns are strings, because most projects have no tox configuration and compiling them takes time.
_FACTORS = r"[\w{}.!-]+(?:\s*,\s*[\w{}.!-]+)*:\s+"
_REFERENCE = r"\{\[([^\]{}]+)\]([^{}]+)\}"
_ENVIRONMENT = r"\{env:[^:{}]*(?::([^{}]*))?\}"
_PLACEHOLDER = r"\{[^{}]*\}"


def read_tox_ini(project: ProjectFiles, declared: Declaration, path: str, raw: bytes) -> None:
    """Add the requirements that an INI file lists, in ``tox.ini`` or in ``setup.cfg``."""
    _add(project, declared, path, _ini_lines(raw.decode("utf-8", "surrogateescape")))


def read_tox_toml(project: ProjectFiles, declared: Declaration, path: str, raw: bytes) -> None:
    """Add the requirements in ``tox.toml``."""
    from commonhold.projects.declaration import Declaration
    from commonhold.projects.typed_table import read_toml

    own = Declaration(path, project.folder)
    read_tox_table(project, own, read_toml(raw, own))
    for group, dependencies in own.groups.items():
        declared.add_group(group, dependencies)


def read_tox_table(project: ProjectFiles, declared: Declaration, table: TypedTable) -> None:
    """Add the requirements in ``[tool.tox]``."""
    legacy = table.values.get("legacy_tox_ini")
    lines = [*_toml_lines(table.values), *(_ini_lines(legacy) if isinstance(legacy, str) else ())]
    _add(project, declared, declared.path, lines)


def _add(project: ProjectFiles, declared: Declaration, path: str, lines: Iterable[str]) -> None:
    known = [line for text in lines if (line := _filled(project, text)) and not line.startswith(HOLE)]
    # A line that tox itself would reject hides no requirement, so its problem is dropped.
    found = read_lines(project, path, known).dependencies
    if found:
        declared.add_group(GROUP, found)


def _filled(project: ProjectFiles, line: str) -> str:
    """Fill in the placeholders for the project's folder and the defaults of environment variables."""
    line = re.sub(_ENVIRONMENT, r"\1", line)
    for name in ("{toxinidir}", "{tox_root}"):
        line = line.replace(name, rooted(project.folder))
    return re.sub(_PLACEHOLDER, HOLE, line.replace("{/}", "/")).strip()


def _ini_lines(text: str) -> Iterator[str]:
    ini = parse_ini(text)
    for section, options in ini.items():
        for option, value in options.items():
            if option in _REQUIRES and _is_tox(section):
                yield from _requirements(ini, value)
            elif option in _COMMANDS:
                yield from _installed(value)


def _is_tox(section: str) -> bool:
    return section in ("tox", "tox:tox") or section.startswith("testenv")


def _requirements(ini: Ini, value: str) -> Iterator[str]:
    """Yield the lines of ``deps`` without their conditions; follow references such as ``{[base]deps}``."""
    todo, seen = [value], {value}
    for text in todo:
        for line in text.splitlines():
            reference = re.fullmatch(_REFERENCE, _without_factors(line))
            if reference is None:
                yield _without_factors(line)
                continue
            named = ini.get(reference[1], {}).get(reference[2].replace("-", "_"), "")
            if named not in seen:
                seen.add(named)
                todo.append(named)


def _without_factors(line: str) -> str:
    line = line.strip()
    match = re.match(_FACTORS, line)
    return line[match.end() :] if match else line


def _installed(command: str) -> Iterator[str]:
    from commonhold.projects.commands import installed_by

    for line in command.replace("\\\n", " ").splitlines():
        yield from installed_by(_without_factors(line))


def _toml_lines(value: object) -> Iterator[str]:
    """Yield the requirements of all environments; ignore references between environments, because all are read."""
    todo = [("", value)]
    while todo:
        key, value = todo.pop()
        if key in _COMMANDS and isinstance(value, list):
            for command in value:
                words = command if isinstance(command, list) else [command]
                yield from _installed(" ".join(word for word in words if isinstance(word, str)))
        elif isinstance(value, dict):
            # { replace = "if", then = [...] } is a part of the list that contains it.
            inside = key if "replace" in value else ""
            todo += ((name if not inside or name in _REQUIRES else inside, item) for name, item in value.items())
        elif isinstance(value, list):
            todo += ((key, item) for item in value)
        elif isinstance(value, str) and key in _REQUIRES:
            yield from value.splitlines()
