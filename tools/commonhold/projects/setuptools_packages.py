"""List the Python files that setuptools will put into a wheel: listed packages, found packages, or the default."""

from __future__ import annotations

import ast
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from commonhold.projects.declaration import ProjectFiles
from commonhold.projects.python_ast import parse_python
from commonhold.projects.setup_cfg import parse_ini, split_list
from commonhold.projects.static_eval import UNKNOWN, evaluate_file, is_known

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, TypeAlias

    ReadFile: TypeAlias = Callable[[str], bytes | None]

_FINDERS = {"find_packages": False, "find_namespace_packages": True}
# Folders that setuptools never takes for packages if a project lists none (FlatLayoutPackageFinder).
_NO_PACKAGES = frozenset(
    (
        *("ci", "bin", "debian", "doc", "docs", "documentation", "manpages", "news", "newsfragments", "changelog"),
        *("test", "tests", "unit_test", "unit_tests", "example", "examples", "scripts", "tools", "util", "utils"),
        *("python", "build", "benchmark", "benchmarks", "exercise", "exercises", "htmlcov"),
        *("tasks", "fabfile", "site_scons"),
    )
)


class _Finder(NamedTuple):
    """The arguments of ``find_packages`` or ``find_namespace_packages``."""

    where: str = ""
    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()
    namespaces: bool = True

    def find(self, paths: Iterable[str]) -> list[str]:
        """Return the names of the packages that the finder finds."""
        start = f"{self.where}/" if self.where else ""
        inner = [path[len(start) :].split("/")[:-1] for path in paths if path.startswith(start)]
        folders = {tuple(parts[:end]) for parts in inner for end in range(1, len(parts) + 1)}
        modules = {path for path in paths if path.endswith("/__init__.py")}
        found = []
        for parts in sorted(folders):
            name = ".".join(parts)
            parents = ("/".join(parts[:end]) for end in range(1, len(parts) + 1))
            if any("." in part or not part.isidentifier() for part in parts):
                continue
            if not self.namespaces and not all(f"{start}{parent}/__init__.py" in modules for parent in parents):
                continue
            if _fits(name, self.include) and not _fits(name, self.exclude):
                found.append(name)
        return found


def _fits(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


class _Settings(NamedTuple):
    """The settings of one file; ``packages`` is ``None`` if the file does not mention packages."""

    packages: tuple[str, ...] | _Finder | None = None
    modules: tuple[str, ...] | None = None
    folders: Mapping[str, str] | None = None


class _UnknownPackagesError(Exception):
    """The packages can be determined only by running code."""


def setuptools_files(top: Mapping[str, Any], paths: Sequence[str], read: ReadFile) -> Mapping[str, str]:
    """Return the path of each Python file in the wheel, with its path in the project's folder; empty if unknown."""
    try:
        settings = [_pyproject(top), _setup_py(read("setup.py")), _setup_cfg(read("setup.cfg"))]
    except _UnknownPackagesError:
        return {}
    folders = next((each.folders for each in settings if each.folders), {})
    packages = next((each.packages for each in settings if each.packages is not None), None)
    modules = next((each.modules for each in settings if each.modules is not None), None)
    if packages is None and modules is None:
        return _default_files(folders, paths)
    names = packages.find(paths) if isinstance(packages, _Finder) else packages or ()
    if isinstance(packages, _Finder) and packages.where and not folders:
        folders = {"": packages.where}
    found = _package_files(names, folders, paths)
    for module in modules or ():
        file = f"{_folder(module, folders)}.py"
        found |= {f"{module.replace('.', '/')}.py": file} if file in paths else {}
    return found


def _package_files(names: Iterable[str], folders: Mapping[str, str], paths: Sequence[str]) -> dict[str, str]:
    places = {_folder(name, folders): name.replace(".", "/") for name in names}
    found = {}
    for path in paths:
        folder, _, file = path.rpartition("/")
        if folder in places and file.endswith((".py", ".pyi")):
            found[f"{places[folder]}/{file}"] = path
    return found


def _folder(package: str, folders: Mapping[str, str]) -> str:
    """Return the folder of a package: ``package_dir`` may map the package, one of its parents, or the root."""
    parent, rest = package, ""
    while parent and parent not in folders:
        parent, _, name = parent.rpartition(".")
        rest = f"/{name}{rest}"
    return f"{folders.get(parent, '').strip('/.')}{rest}".strip("/")


def _default_files(folders: Mapping[str, str], paths: Sequence[str]) -> Mapping[str, str]:
    """Return the files of automatic discovery: everything in ``src``, otherwise one package or module at the top."""
    if folders:
        return {}
    if any(path.startswith("src/") for path in paths):
        return _package_files(_Finder("src").find(paths), {"": "src"}, paths)
    packages = [name for name in _Finder().find(paths) if name.partition(".")[0] not in _NO_PACKAGES]
    roots = {name.partition(".")[0] for name in packages}
    # With several folders, setuptools refuses to build.
    return _package_files(packages, {}, paths) if len(roots) == 1 else {}


def _pyproject(top: Mapping[str, Any]) -> _Settings:
    table: Any = top.get("tool")
    table = table.get("setuptools") if isinstance(table, dict) else None
    if not isinstance(table, dict):
        return _Settings()
    packages, folders, modules = table.get("packages"), table.get("package-dir"), table.get("py-modules")
    found: tuple[str, ...] | _Finder | None = None
    if isinstance(packages, dict):
        find = packages.get("find")
        find = find if isinstance(find, dict) else {}
        where = _texts(find.get("where", ["."]))
        if len(where) != 1:
            raise _UnknownPackagesError
        include, exclude = tuple(_texts(find.get("include", ["*"]))), tuple(_texts(find.get("exclude", [])))
        found = _Finder(where[0].strip("/."), include, exclude, find.get("namespaces") is not False)
    elif packages is not None:
        found = tuple(_texts(packages))
    named = (
        {key: value for key, value in folders.items() if isinstance(value, str)} if isinstance(folders, dict) else None
    )
    return _Settings(found, None if modules is None else tuple(_texts(modules)), named)


def _setup_cfg(raw: bytes | None) -> _Settings:
    ini = parse_ini((raw or b"").decode("utf-8-sig", "surrogateescape"))
    options = ini.get("options", {})
    packages = split_list(options.get("packages", ""))
    found: tuple[str, ...] | _Finder | None = tuple(packages) or None
    if packages[:1] in (["find:"], ["find_namespace:"]):
        find = ini.get("options.packages.find", {})
        include = tuple(split_list(find.get("include", ""))) or ("*",)
        where = find.get("where", "").strip("/.")
        namespaces = packages[0] == "find_namespace:"
        found = _Finder(where, include, tuple(split_list(find.get("exclude", ""))), namespaces)
    pairs = (line.partition("=") for line in split_list(options.get("package_dir", "")))
    folders = {name.strip(): folder.strip() for name, _, folder in pairs if folder.strip()}
    return _Settings(found, tuple(split_list(options.get("py_modules", ""))) or None, folders or None)


def _setup_py(raw: bytes | None) -> _Settings:
    """Read the arguments of the only ``setup()`` call; a call of a finder is read if its arguments are literals."""
    if raw is None:
        return _Settings()
    # Packages do not depend on the project's other files.
    calls = evaluate_file(ProjectFiles("", lambda _path: None), "setup.py", raw).setups
    if len(calls) != 1 or UNKNOWN in calls[0]:
        raise _UnknownPackagesError
    call = calls[0]
    packages = call.get("packages")
    found: tuple[str, ...] | _Finder | None = None
    if packages is UNKNOWN:
        found = _finder_call(raw)
    elif packages is not None:
        found = _known_texts(packages)
    folders, modules = call.get("package_dir"), call.get("py_modules")
    if folders is not None and not (isinstance(folders, dict) and _known_texts([*folders.keys(), *folders.values()])):
        raise _UnknownPackagesError
    return _Settings(found, None if modules is None else _known_texts(modules), folders)


def _known_texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list | tuple) or not all(isinstance(each, str) and is_known(each) for each in values):
        raise _UnknownPackagesError
    return tuple(values)


def _finder_call(raw: bytes) -> _Finder:
    """Return the finder in ``packages=find_packages(...)``."""
    calls = [
        node.value
        for statement in parse_python(raw) or ()
        for node in ast.walk(statement)
        if isinstance(node, ast.keyword) and node.arg == "packages" and isinstance(node.value, ast.Call)
    ]
    if len(calls) != 1:
        raise _UnknownPackagesError
    name = getattr(calls[0].func, "id", getattr(calls[0].func, "attr", ""))
    if name not in _FINDERS:
        raise _UnknownPackagesError
    named = dict(zip(("where", "exclude", "include"), calls[0].args, strict=False))
    named |= {each.arg: each.value for each in calls[0].keywords if each.arg is not None}
    try:
        values = {key: ast.literal_eval(value) for key, value in named.items()}
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError) as error:
        raise _UnknownPackagesError from error
    where, include, exclude = values.get("where", ""), values.get("include", ("*",)), values.get("exclude", ())
    if not isinstance(where, str):
        raise _UnknownPackagesError
    return _Finder(where.strip("/."), _known_texts(include), _known_texts(exclude), _FINDERS[name])


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
