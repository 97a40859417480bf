"""Find the tests of a plugin as pytest collects them."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from commonhold.checks.imports import owners_of, quick_imports
from commonhold.checks.memo import once
from commonhold.projects.pytest_settings import SETTINGS_FILES, Collection, collection_patterns
from commonhold.projects.python_ast import parse_python
from commonhold.workspace.plugin_discovery import Owners

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.checks.context import CheckedPlugin, CheckedRepository
    from commonhold.projects.names import Name

_MOST_PARSED = 50
_FUNCTION = re.compile(rb"^(?:async )?def test", re.MULTILINE)


@once
def pytest_patterns(checked: CheckedPlugin) -> Collection:
    """Return pytest's patterns for the plugin: from the nearest file with settings of pytest, as pytest finds it."""
    folder = checked.plugin.path
    while True:
        for name in SETTINGS_FILES:
            path = f"{folder}/{name}" if folder else name
            data = checked.repository.files.get(path) if path in checked.repository.files.entries else None
            found = collection_patterns(path, data) if data is not None else None
            if found is not None:
                return found
        if not folder:
            return Collection()
        folder = folder.rpartition("/")[0]


def collected_files(checked: CheckedPlugin) -> list[str]:
    """Return the repository paths of the files in the plugin's folder that pytest collects, shallow ones first."""
    patterns = pytest_patterns(checked).files
    every = (checked.path(path) for path in checked.paths if path.endswith(".py"))
    found = [path for path in every if any(_matches(path, pattern) for pattern in patterns)]
    return sorted(found, key=lambda path: (path.count("/"), path))


def _matches(path: str, pattern: str) -> bool:
    return fnmatch(path if "/" in pattern else path.rpartition("/")[2], pattern)


def contains_test(checked: CheckedPlugin, paths: Iterable[str]) -> bool:
    """Return whether any file contains a test; a file that cannot be parsed counts, because it is unknown."""
    collection = pytest_patterns(checked)
    usual = collection.functions == Collection().functions
    for path in [*paths][:_MOST_PARSED]:
        data = checked.repository.files.get(path) or b""
        if usual and b"def test" not in data and b"(" not in data:
            continue
        if usual and _has_plain_test(data):
            return True
        body = parse_python(data)
        if body is None or any(True for _ in _tests(body, collection)):
            return True
    return False


def _has_plain_test(data: bytes) -> bool:
    """Return whether a file contains a test function that is certainly not in a text; parsing takes longer."""
    match = _FUNCTION.search(data)
    before = data[: match.start()] if match else b""
    return match is not None and not before.count(b'"""') % 2 and not before.count(b"'''") % 2


@once
def plugins_tested_outside(repository: CheckedRepository) -> frozenset[Name]:
    """Return the plugins that test files outside all plugins import."""
    owners = Owners(plugin.path for plugin in repository.workspace.plugins.values())
    names = (path for path in repository.files.entries if path.endswith(".py"))
    paths = [
        path
        for path in names
        if any(_matches(path, pattern) for pattern in Collection().files) and owners.of(path) is None
    ]
    repository.files.prefetch(paths)
    found: set[Name] = set()
    for path in paths:
        for name in quick_imports(repository.text(path) or ""):
            found |= owners_of(repository, name)
    return frozenset(found)


def _tests(body: list[ast.stmt], collection: Collection, *, in_test_case: bool = False) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            prefixes = ("test",) if in_test_case else collection.functions
            if any(_is_named(node.name, prefix) for prefix in prefixes):
                yield node
        elif isinstance(node, ast.ClassDef):
            bases = [getattr(base, "attr", getattr(base, "id", "")) for base in node.bases]
            is_subclass = any(base not in ("object", "") for base in bases)
            is_collected = any(_is_named(node.name, prefix) for prefix in collection.classes)
            if is_collected and any("test" in base.lower() and base != "TestCase" for base in bases):
                yield node  # it may inherit tests, which another file defines
            elif is_collected or is_subclass:
                # pytest collects every subclass of unittest.TestCase, which may be the subclass of a subclass.
                yield from _tests(node.body, collection, in_test_case=is_subclass)
        else:
            for block in ("body", "orelse", "handlers", "finalbody"):
                inner = getattr(node, block, None)
                if isinstance(inner, list):
                    yield from _tests(inner, collection)


def _is_named(name: str, pattern: str) -> bool:
    return name.startswith(pattern) or (any(char in pattern for char in "*?[") and fnmatch(name, pattern))
