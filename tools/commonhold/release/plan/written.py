"""What a project's files say literally: its version, and what it requires to run, with specifiers and markers.

A selection has no use for either, so that :mod:`commonhold.workspace` leaves them out.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from commonhold.projects.declaration import ProjectFiles
from commonhold.projects.poetry_constraint import to_specifier
from commonhold.projects.setup_cfg import parse_ini
from commonhold.projects.static_eval import fold, force, items_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

FILES = ("pyproject.toml", "setup.cfg", "setup.py")
"""The files that :func:`read_written` always looks for."""


@dataclass(frozen=True, slots=True)
class Written:
    """``version`` is ``None`` where no file states it as a literal. What cannot be read of ``requires`` is left out."""

    version: str | None = None
    requires: tuple[str, ...] = ()


def read_written(folder: str, read: Callable[[str], bytes | None]) -> Written:
    """What the project in ``folder`` says. Never raises for what files hold.

    The first file that says something is believed: ``pyproject.toml``, then ``setup.cfg``, then ``setup.py``.
    """
    place = ProjectFiles(folder, read)
    version: str | None = None
    requires: tuple[str, ...] = ()
    for look in (_in_pyproject, _in_setup_cfg, _in_setup_py):
        if version is None or not requires:
            found = look(place)
            version = version or found.version
            requires = requires or found.requires
    return Written(version, requires)


def _in_pyproject(place: ProjectFiles) -> Written:
    import tomli

    try:
        top: dict[str, Any] = tomli.loads((place.read(place.path(FILES[0])) or b"").decode())
    except (ValueError, RecursionError):
        return Written()
    project, poetry = _table(top, "project"), _table(top, "tool", "poetry")
    version = _text(project.get("version")) or _text(poetry.get("version")) or _computed(place, top)
    requires = [text for text in _list(project.get("dependencies")) if isinstance(text, str)]
    requires += _of_poetry(_table(poetry, "dependencies")) if not requires else ()
    requires += _of_files(place, _table(top, "tool", "setuptools", "dynamic", "dependencies")) if not requires else ()
    return Written(version, tuple(requires))


def _computed(place: ProjectFiles, top: dict[str, Any]) -> str | None:
    """The version that a file of the project holds, for the backends' plainest ways to say so."""
    attribute = _text(_table(top, "tool", "setuptools", "dynamic", "version").get("attr"))
    if attribute is not None:
        module, _, name = attribute.rpartition(".")
        path = module.replace(".", "/")
        return next(filter(None, map(partial(_assigned, place, name), _module_files(path))), None)
    path = _text(_table(top, "tool", "hatch", "version").get("path")) or ""
    return _assigned(place, "__version__", path) if path.endswith(".py") else None


def _module_files(path: str) -> Iterator[str]:
    for root in ("", "src/"):
        yield f"{root}{path}.py"
        yield f"{root}{path}/__init__.py"


def _assigned(place: ProjectFiles, name: str, path: str) -> str | None:
    """The string literal that a module assigns to a name."""
    try:
        module = ast.parse(place.read(place.path(path)) or b"")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for statement in module.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else ()
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            value = getattr(statement, "value", None)
            return _text(value.value) if isinstance(value, ast.Constant) else None
    return None


def _of_poetry(table: dict[str, Any]) -> Iterator[str]:
    for name, value in table.items():
        constraint = value.get("version") if isinstance(value, dict) else value
        specifier = to_specifier(constraint) if isinstance(constraint, str) else None
        optional = isinstance(value, dict) and value.get("optional") is True
        if specifier is not None and not optional and name.lower() != "python":
            yield f"{name}{specifier}"


def _of_files(place: ProjectFiles, table: dict[str, Any]) -> Iterator[str]:
    named = table.get("file")
    for name in [named] if isinstance(named, str) else _list(named):
        lines = (place.read(place.path(str(name))) or b"").decode("utf-8", "replace").splitlines()
        yield from (line.partition(" #")[0].strip() for line in lines if line.strip() and line.lstrip()[0] not in "#-")


def _in_setup_cfg(place: ProjectFiles) -> Written:
    ini = parse_ini((place.read(place.path(FILES[1])) or b"").decode("utf-8-sig", "surrogateescape"))
    version = ini.get("metadata", {}).get("version", "").strip()
    lines = ini.get("options", {}).get("install_requires", "")
    requires = () if lines.startswith("file:") else tuple(filter(None, map(str.strip, lines.splitlines())))
    return Written(version if version and not version.startswith(("attr:", "file:")) else None, requires)


def _in_setup_py(place: ProjectFiles) -> Written:
    path = place.path(FILES[2])
    raw = place.read(path)
    setups = fold(place, path, raw).setups if raw is not None else ()
    if not setups:
        return Written()
    version = force(place, setups[0].get("version"))
    listed = force(place, setups[0].get("install_requires"))
    texts = listed.splitlines() if isinstance(listed, str) else [force(place, item) for item in items_of(listed or ())]
    return Written(_text(version), tuple(text for text in texts if isinstance(text, str) and "\0" not in text))


def _table(top: dict[str, Any], *keys: str) -> dict[str, Any]:
    found: Any = top
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value and "\0" not in value else None
