"""Names and sizes in both distributions: a public name has one meaning, and no file or function is long."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import commonhold

if TYPE_CHECKING:
    from collections.abc import Iterator

LIBRARY = Path(commonhold.__file__).parent
CLIENT = Path(__file__).resolve().parents[1] / "tools/client/commonhold_plugins"
MOST_FILES = {LIBRARY: 640, CLIENT: 95}
MOST_LINES = 300
MOST_FUNCTION_LINES = 60

# Modules that implement one interface share its names, each for its own command or file format.
INTERFACES = {
    "command": "cli/",
    "main": "",
    "pin_requirements": "projects/",
    "read_groups": "projects/",
    "stamp_version": "projects/",
}

# A base name that more than two files have, with the reason.
COMMON_FILES = {
    "__init__.py": "the public interface of each package",
    "__main__.py": "`python -m` of a package",
    "plan.py": "the plan of a release, and the commands `plan` and `release plan`",
}


each_package = pytest.mark.parametrize("package", [LIBRARY, CLIENT], ids=lambda package: package.name)


@cache
def modules(package: Path) -> dict[str, ast.Module]:
    """The syntax tree of every module, by its path in the package."""
    files = sorted(package.rglob("*.py"))
    return {file.relative_to(package).as_posix(): ast.parse(file.read_bytes()) for file in files}


def definitions(package: Path, *kinds: type[ast.stmt]) -> dict[str, list[str]]:
    """The modules in which each public name is defined at the top level."""
    found: dict[str, list[str]] = defaultdict(list)
    for path, tree in modules(package).items():
        for node in public(tree):
            if isinstance(node, kinds) and not is_overload(node):
                found[node.name].append(path)
    return found


def public(tree: ast.Module) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """The public definitions of a module, also those below `if TYPE_CHECKING` and `try`."""
    statements = list(tree.body)
    while statements:
        node = statements.pop()
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            if not node.name.startswith("_"):
                yield node
        elif isinstance(node, (ast.If, ast.Try, ast.With)):
            statements += [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]


def is_overload(node: ast.stmt) -> bool:
    return any(isinstance(each, ast.Name) and each.id == "overload" for each in getattr(node, "decorator_list", ()))


@each_package
def test_no_class_name_has_two_meanings(package: Path) -> None:
    assert {name: paths for name, paths in definitions(package, ast.ClassDef).items() if len(set(paths)) > 1} == {}


@each_package
def test_no_function_name_has_two_meanings_except_in_an_interface(package: Path) -> None:
    functions = definitions(package, ast.FunctionDef, ast.AsyncFunctionDef)
    repeated = {name: paths for name, paths in functions.items() if len(set(paths)) > 1}
    for name, folder in INTERFACES.items():
        assert all(path.startswith(folder) for path in functions[name]), f"{name} is not only in {folder}"
        repeated.pop(name, None)
    assert repeated == {}


@each_package
def test_a_file_name_is_not_used_more_than_twice(package: Path) -> None:
    counts = Counter(path.rpartition("/")[2] for path in modules(package))
    assert {name for name, count in counts.items() if count > 2} <= COMMON_FILES.keys()


@each_package
def test_no_file_is_long(package: Path) -> None:
    lines = {path: len((package / path).read_bytes().splitlines()) for path in modules(package)}
    assert {path: count for path, count in lines.items() if count > MOST_LINES} == {}


@each_package
def test_no_function_is_long(package: Path) -> None:
    functions = {
        f"{path}: {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path, tree in modules(package).items()
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    assert {name: count for name, count in functions.items() if count > MOST_FUNCTION_LINES} == {}


@each_package
def test_there_are_not_too_many_files(package: Path) -> None:
    assert len(modules(package)) <= MOST_FILES[package]
