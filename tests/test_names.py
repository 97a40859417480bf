"""Names and sizes in the library: a public name has one meaning, and no file or function is long."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import commonhold

if TYPE_CHECKING:
    from collections.abc import Iterator

LIBRARY = Path(commonhold.__file__).parent

MOST_FILES = 550
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


@cache
def modules() -> dict[str, ast.Module]:
    """The syntax tree of every module, by its path in the library."""
    files = sorted(LIBRARY.rglob("*.py"))
    return {file.relative_to(LIBRARY).as_posix(): ast.parse(file.read_bytes()) for file in files}


def definitions(*kinds: type[ast.stmt]) -> dict[str, list[str]]:
    """The modules in which each public name is defined at the top level."""
    found: dict[str, list[str]] = defaultdict(list)
    for path, tree in modules().items():
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


def test_no_class_name_has_two_meanings() -> None:
    assert {name: paths for name, paths in definitions(ast.ClassDef).items() if len(set(paths)) > 1} == {}


def test_no_function_name_has_two_meanings_except_in_an_interface() -> None:
    functions = definitions(ast.FunctionDef, ast.AsyncFunctionDef)
    repeated = {name: paths for name, paths in functions.items() if len(set(paths)) > 1}
    for name, folder in INTERFACES.items():
        assert all(path.startswith(folder) for path in functions[name]), f"{name} is not only in {folder}"
        repeated.pop(name, None)
    assert repeated == {}


def test_a_file_name_is_not_used_more_than_twice() -> None:
    counts = Counter(path.rpartition("/")[2] for path in modules())
    assert {name for name, count in counts.items() if count > 2} <= COMMON_FILES.keys()


def test_no_file_is_long() -> None:
    lines = {path: len((LIBRARY / path).read_bytes().splitlines()) for path in modules()}
    assert {path: count for path, count in lines.items() if count > MOST_LINES} == {}


def test_no_function_is_long() -> None:
    functions = {
        f"{path}: {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    assert {name: count for name, count in functions.items() if count > MOST_FUNCTION_LINES} == {}


def test_there_are_not_too_many_files() -> None:
    assert len(modules()) <= MOST_FILES
