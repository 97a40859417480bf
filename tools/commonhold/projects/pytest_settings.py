"""Read pytest's settings that make tests import modules: ``-p`` in ``addopts``, and ``pythonpath``."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.projects.paths import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

SETTINGS_FILES = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
"""The files in which pytest looks for its settings."""


class PytestSettings(NamedTuple):
    """The modules that pytest loads as plugins, and the folders that it adds to the search path for modules."""

    plugins: tuple[str, ...] = ()
    search: tuple[str, ...] = ()


NO_SETTINGS = PytestSettings()


def read_pytest_settings(path: str, data: bytes) -> PytestSettings:
    """Read the settings in one of ``SETTINGS_FILES``; ``path`` is its path in the repository.

    Folders are returned relative to the repository's root. A file that cannot be read has no settings, because pytest
    reports it.
    """
    if b"addopts" not in data and b"pythonpath" not in data:
        return NO_SETTINGS
    folder, _, name = path.rpartition("/")
    options = list(_tables(name, data))
    words = [word for table in options for word in _words(table.get("addopts"))]
    folders = [resolve(folder, word) for table in options for word in _words(table.get("pythonpath"))]
    return PytestSettings(
        tuple(dict.fromkeys(_loaded(words))), tuple(dict.fromkeys(each for each in folders if each is not None))
    )


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
    import tomli

    try:
        return tomli.loads(data.decode())
    except (UnicodeDecodeError, tomli.TOMLDecodeError, RecursionError):
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
    """Yield the modules after ``-p``, without those that ``-p no:NAME`` turns off."""
    for word, following in zip(words, (*words[1:], ""), strict=False):
        module = following if word == "-p" else word[2:].strip() if word.startswith("-p") else ""
        if module and not module.startswith("no:"):
            yield module
