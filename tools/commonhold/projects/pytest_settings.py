"""Read pytest's settings that make tests import modules: ``-p`` in ``addopts``, and ``pythonpath``."""

from __future__ import annotations

import re

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.projects.paths import resolve
from commonhold.projects.toml import decode_toml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

SETTINGS_FILES = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
"""The files in which pytest looks for its settings."""


_SECTION = rb"(?m)tool\W{1,4}pytest|pytest\W{1,4}ini_options|^[ \t]*\[pytest\]"
_LOADS = rb"-p(?<!\w-p)"  # re is fast for a pattern that begins with literal text


def pythonpath_folders(path: str, data: bytes) -> tuple[str, ...]:
    """Return the folders that pytest's ``pythonpath`` adds to the search path for modules.

    ``path`` is the path in the repository of one of ``SETTINGS_FILES``. The folders are relative to the repository's
    root. A file that cannot be read is ignored, because pytest reports it.
    """
    if b"pythonpath" not in data:
        return ()
    folder, _, name = path.rpartition("/")
    folders = [resolve(folder, word) for table in _tables(name, data) for word in _words(table.get("pythonpath"))]
    return tuple(dict.fromkeys(each for each in folders if each is not None))


def loaded_plugins(path: str, data: bytes) -> tuple[str, ...]:
    """Return the modules that pytest loads as plugins, because ``addopts`` in one of ``SETTINGS_FILES`` names them."""
    # Most files with "addopts" load nothing, and parsing them all again would take as long as reading the metadata.
    # A backslash may begin an escape sequence, in a text of TOML.
    if b"addopts" not in data or (b"\\" not in data and re.search(_LOADS, data) is None):
        return ()
    name = path.rpartition("/")[2]
    words = [word for table in _tables(name, data) for word in _words(table.get("addopts"))]
    return tuple(dict.fromkeys(_loaded(words)))


def _tables(name: str, data: bytes) -> Iterator[Mapping[str, Any]]:
    if name.endswith(".toml"):
        top = _decoded(data)
        pytest = _table(_table(top, "tool"), "pytest") if name == "pyproject.toml" else _table(top, "pytest")
        yield from (pytest, _table(pytest, "ini_options"))
    else:
        from commonhold.projects.setup_cfg import parse_ini

        ini = parse_ini(data.decode("utf-8-sig", "surrogateescape"))
        yield ini.get("tool:pytest" if name == "setup.cfg" else "pytest", {})


def _decoded(data: bytes) -> Mapping[str, Any]:
    try:
        return decode_toml(data)
    except (ValueError, RecursionError):
        return {}


def _table(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = table.get(key)
    return value if isinstance(value, dict) else {}


def _words(value: object) -> list[str]:
    """Return the words of a setting, which is a text or a list of texts."""
    if isinstance(value, str):
        return [word.strip("'\"") for word in value.split()]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _loaded(words: list[str]) -> Iterator[str]:
    """Yield the modules after ``-p``, except modules that ``-p no:NAME`` turns off."""
    for word, following in zip(words, (*words[1:], ""), strict=False):
        module = following if word == "-p" else word[2:].strip() if word.startswith("-p") else ""
        if module and not module.startswith("no:"):
            yield module


class Collection(NamedTuple):
    """The patterns with which pytest collects tests: file names, and prefixes or patterns of functions and classes."""

    files: tuple[str, ...] = ("test_*.py", "*_test.py")
    functions: tuple[str, ...] = ("test",)
    classes: tuple[str, ...] = ("Test",)


def collection_patterns(path: str, data: bytes) -> Collection | None:
    """Return the patterns in one of ``SETTINGS_FILES``; ``None`` if the file contains no settings of pytest.

    >>> collection_patterns("pytest.ini", b"[pytest]").files
    ('test_*.py', '*_test.py')
    """
    name = path.rpartition("/")[2]
    if name in ("pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml"):
        tables = list(_tables(name, data))
    else:
        # Most files only require pytest, and parsing each of them takes long.
        is_there = re.search(_SECTION, data) is not None
        tables = [table for table in _tables(name, data) if table] if is_there else []
        if not tables:
            return None
    usual = Collection()
    words = {
        key: tuple(word for table in tables for word in _words(table.get(key)))
        for key in ("python_files", "python_functions", "python_classes")
    }
    return Collection(
        words["python_files"] or usual.files,
        words["python_functions"] or usual.functions,
        words["python_classes"] or usual.classes,
    )
