"""List the files that a project's wheel will contain, as far as its build settings show, without building the wheel.

The result is used to report faults, so a file is left out in case of doubt: data files that depend on a manifest, files
that a build hook creates, and ignored files. :mod:`commonhold.projects.shipped` answers the opposite question: which
files may be in a wheel?
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from commonhold.projects.names import normalize
from commonhold.projects.setuptools_packages import setuptools_files
from commonhold.projects.toml import table_in, tables_in, texts_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, TypeAlias

    from commonhold.projects.setuptools_packages import ReadFile

    WheelFiles: TypeAlias = Mapping[str, str]

_UNUSUAL = frozenset("!\\{")


def wheel_files(name: str, backend: str, top: Mapping[str, Any], paths: Sequence[str], read: ReadFile) -> WheelFiles:
    """Return the path of each file in the wheel, with its path in the project's folder; empty if this is unknown.

    ``top`` is the content of ``pyproject.toml``. ``paths`` are relative to the project's folder, and ``read`` returns
    the content of such a path.
    """
    if backend.startswith("setuptools"):
        return setuptools_files(top, paths, read)
    reader = _READERS.get(backend)
    module = normalize(name).replace("-", "_")
    return reader(table_in(top, "tool"), module, paths) if reader is not None else {}


def _hatch(tool: Mapping[str, Any], module: str, paths: Sequence[str]) -> WheelFiles:
    build = table_in(tool, "hatch", "build")
    wheel = table_in(build, "targets", "wheel")

    def either(key: str) -> Any:
        return wheel.get(key, build.get(key))

    packages, only, include = (texts_in(either(key)) for key in ("packages", "only-include", "include"))
    if not packages and not only and not include:
        packages = _hatch_default(module, paths)
    sources = either("sources")
    renamed = dict(sources) if isinstance(sources, dict) else dict.fromkeys(texts_in(sources), "")
    renamed |= {parent: "" for each in packages if (parent := each.strip("/").rpartition("/")[0])}
    starts = [each.strip("/") for each in (*packages, *only)]
    exclude = texts_in(either("exclude"))
    if any(_UNUSUAL & set(pattern) for pattern in (*include, *exclude)):
        return {}
    chosen = [path for path in paths if not starts or any(_is_below(path, start) for start in starts)]
    if include:
        chosen = [path for path in chosen if _matches(path, include)]
    found = {_rename(path, renamed): path for path in chosen if not _matches(path, exclude)}
    for source, target in {**table_in(build, "force-include"), **table_in(wheel, "force-include")}.items():
        if isinstance(target, str):
            found |= _moved(paths, source.strip("/"), target.strip("/"))
    return found


def _hatch_default(module: str, paths: Sequence[str]) -> list[str]:
    """Return the package that hatchling chooses: with the project's name, or one namespace around such a package."""
    for start in ("", "src/"):
        if f"{start}{module}/__init__.py" in paths:
            return [f"{start}{module}"]
    if f"{module}.py" in paths:
        return [f"{module}.py"]
    around = [path for path in paths if re.fullmatch(rf"[^/]+/{re.escape(module)}/__init__\.py", path)]
    return [around[0].partition("/")[0]] if len(around) == 1 else []


def _poetry(tool: Mapping[str, Any], module: str, paths: Sequence[str]) -> WheelFiles:
    poetry = table_in(tool, "poetry")
    packages = [each for each in tables_in(poetry.get("packages")) if "wheel" in _formats(each)]
    if "packages" not in poetry:
        starts = [start for start in (module, f"src/{module}") if f"{start}/__init__.py" in paths][:1]
        packages = [{"include": start.removeprefix("src/"), "from": start.rpartition("/")[0]} for start in starts]
    found: dict[str, str] = {}
    for each in packages:
        include, root = each.get("include"), each.get("from", "")
        target = each.get("to", "")
        if isinstance(include, str) and isinstance(root, str) and isinstance(target, str):
            start = f"{root.strip('/')}/" if root.strip("/.") else ""
            inner = {path[len(start) :]: path for path in paths if path.startswith(start)}
            chosen = {name: path for name, path in inner.items() if _is_below(name, include.strip("/"))}
            if not chosen:
                chosen = {name: path for name, path in inner.items() if fnmatchcase(name, include)}
            found |= {f"{target.strip('/')}/{name}".strip("/"): path for name, path in chosen.items()}
    exclude = texts_in(poetry.get("exclude"))
    return {name: path for name, path in found.items() if not _matches(path, exclude)}


def _formats(package: Mapping[str, Any]) -> list[str]:
    return texts_in(package.get("format")) or ["wheel"]


def _flit(tool: Mapping[str, Any], module: str, paths: Sequence[str]) -> WheelFiles:
    flit = table_in(tool, "flit")
    named = (
        texts_in(table_in(flit, "module").get("name")) or texts_in(table_in(flit, "metadata").get("module")) or [module]
    )
    return _modules(named, ("src/", ""), paths)


def _uv(tool: Mapping[str, Any], module: str, paths: Sequence[str]) -> WheelFiles:
    settings = table_in(tool, "uv", "build-backend")
    root = settings.get("module-root", "src")
    start = f"{root.strip('/')}/" if isinstance(root, str) and root.strip("/.") else ""
    return _modules(texts_in(settings.get("module-name")) or [module], (start,), paths)


def _modules(names: Iterable[str], starts: Iterable[str], paths: Sequence[str]) -> WheelFiles:
    found: dict[str, str] = {}
    for name in names:
        place = name.replace(".", "/")
        for start in starts:
            inner = {path[len(start) :]: path for path in paths if path.startswith(f"{start}{place}/")}
            inner |= {f"{place}.py": f"{start}{place}.py"} if f"{start}{place}.py" in paths else {}
            if inner:
                found |= inner
                break
    return found


def _pdm(tool: Mapping[str, Any], _module: str, paths: Sequence[str]) -> WheelFiles:
    if "includes" in table_in(tool, "pdm", "build"):
        return {}
    roots = {path.partition("/")[0] for path in paths if path.count("/") == 1 and path.endswith("/__init__.py")}
    inner = {path.split("/")[1] for path in paths if path.startswith("src/") and path.count("/") > 1}
    return _modules(sorted(inner), ("src/",), paths) if inner else _modules(sorted(roots - {"tests"}), ("",), paths)


_READERS: Mapping[str, Callable[[Mapping[str, Any], str, Sequence[str]], WheelFiles]] = {
    "hatchling": _hatch,
    "poetry": _poetry,
    "flit_core": _flit,
    "flit": _flit,
    "pdm": _pdm,
    "uv_build": _uv,
}


def _is_below(path: str, start: str) -> bool:
    return not start or path == start or path.startswith(f"{start}/")


def _rename(path: str, renamed: Mapping[str, Any]) -> str:
    for source, target in sorted(renamed.items(), key=lambda item: -len(item[0])):
        start = f"{source.strip('/')}/"
        if path.startswith(start) and isinstance(target, str):
            return f"{target.strip('/')}/{path[len(start) :]}".strip("/")
    return path


def _moved(paths: Iterable[str], source: str, target: str) -> dict[str, str]:
    return {f"{target}{path[len(source) :]}".strip("/"): path for path in paths if _is_below(path, source)}


def _matches(path: str, patterns: Iterable[str]) -> bool:
    names = path.split("/")
    return any(_matches_one(names, pattern) for pattern in patterns)


def _matches_one(names: Sequence[str], pattern: str) -> bool:
    """Return whether a pattern of ``.gitignore`` matches a path or a folder above it; no pattern takes long."""
    parts = pattern.strip("/").split("/")
    # A pattern without a slash matches a name in any folder.
    reached = {0} if "/" in pattern.rstrip("/") else set(range(len(names)))
    for part in parts:
        if part == "**":
            reached = set(range(min(reached), len(names)))
        else:
            reached = {at + 1 for at in reached if at < len(names) and fnmatchcase(names[at], part)}
        if not reached:
            return False
    return True
