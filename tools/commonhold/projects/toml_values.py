"""Read published values from TOML tables, and check their types."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from commonhold.projects.poetry_constraint import to_specifier
from commonhold.projects.published import Licence, Person, Published, Readme, ValueState
from commonhold.projects.toml_lines import find_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeAlias

    Convert: TypeAlias = Callable[[Any], Any]
    Locate: TypeAlias = Callable[[str], int | None]


class TomlSource:
    """A ``pyproject.toml`` from which values are read."""

    def __init__(self, path: str, raw: bytes) -> None:
        self.path = path
        self._raw = raw

    def read(self, table: Mapping[str, Any], keys: tuple[str, ...], convert: Convert) -> Published[Any] | None:
        """Return the value at the last of ``keys`` in ``table``, or ``None`` if it is missing."""
        value = table.get(keys[-1])
        if value is None:
            return None
        locate = self.locator(*keys)
        try:
            return Published(ValueState.STATED, self.path, convert(value), locate=locate)
        except _WrongTypeError as error:
            message = f"{'.'.join(keys)} is not {error}"
            return Published(ValueState.INVALID, self.path, message=message, locate=locate)

    def locator(self, *keys: str) -> Locate:
        """Return a function that finds the line of a key."""
        return partial(find_line, self._raw.decode("utf-8", "replace"), keys)

    def computed(self, message: str, *keys: str) -> Published[Any]:
        """Return a value that only the build determines."""
        return Published(ValueState.COMPUTED, self.path, message=message, locate=self.locator(*keys))


class _WrongTypeError(Exception):
    """The value is not what the exception's message describes."""


def as_string(value: Any) -> str:
    """Return a string."""
    if not isinstance(value, str):
        raise _WrongTypeError("a string")
    return value


def as_strings(value: Any) -> tuple[str, ...]:
    """Return the strings of a list."""
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _WrongTypeError("a list of strings")
    return tuple(value)


def _one_or_more(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else as_strings(value)


def as_named_strings(value: Any) -> Mapping[str, str]:
    """Return a table of strings."""
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise _WrongTypeError("a table of strings")
    return value


def as_groups(value: Any) -> Mapping[str, Mapping[str, str]]:
    """Return a table of tables of strings."""
    if not isinstance(value, dict):
        raise _WrongTypeError("a table of tables")
    return {name: as_named_strings(group) for name, group in value.items()}


def as_people(value: Any) -> tuple[Person, ...]:
    """Return the people of PEP 621."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise _WrongTypeError("a list of tables")
    if not all(isinstance(each.get(key, ""), str) for each in value for key in ("name", "email")):
        raise _WrongTypeError("a list of tables with the keys name and email")
    return tuple(Person(each.get("name"), each.get("email")) for each in value)


def _one_of_two(value: Any) -> Mapping[str, str | None]:
    """Return a table with either a file or a text."""
    known = {key: value.get(key) for key in ("file", "text", "content-type")} if isinstance(value, dict) else {}
    strings = [text for text in known.values() if text is not None]
    if not all(isinstance(text, str) for text in strings) or (known.get("file") is None) is (known.get("text") is None):
        raise _WrongTypeError("a string, or a table with either a file or a text")
    return known


def as_readme(value: Any) -> Readme:
    """Return a readme of PEP 621: a file, or a table with a file or a text."""
    if isinstance(value, str):
        return Readme(file=value)
    table = _one_of_two(value)
    return Readme(table["file"], table["text"], table["content-type"])


def as_licence(value: Any) -> Licence:
    """Return a licence of PEP 639 (an expression) or PEP 621 (a table)."""
    if isinstance(value, str):
        return Licence(expression=value)
    table = _one_of_two(value)
    return Licence(text=table["text"], file=table["file"])


def as_licence_files(value: Any) -> tuple[str, ...]:
    """Read the patterns; drafts of PEP 639 had a table."""
    if isinstance(value, dict):
        value = value.get("paths", value.get("globs"))
    return as_strings(value)


def as_poetry_people(value: Any) -> tuple[Person, ...]:
    """Return Poetry's people: a list of ``Name <email>``."""
    return tuple(parse_person(each) for each in as_strings(value))


def parse_person(text: str) -> Person:
    """Parse ``Name <email>``.

    >>> parse_person("octocat <octocat@example.com>")
    Person(name='octocat', email='octocat@example.com')
    """
    name, _, rest = text.partition("<")
    email = rest.partition(">")[0].strip()
    if not email and "@" in name and " " not in name.strip():
        return Person(None, name.strip())
    return Person(name.strip() or None, email or None)


def as_poetry_readme(value: Any) -> Readme:
    """Return Poetry's readme: a file or several files, of which the first counts."""
    return Readme(file=next(iter(_one_or_more(value)), None))


def as_licence_text(value: Any) -> Licence:
    """Return a licence as free text."""
    return Licence(text=as_string(value))


def as_poetry_python(value: Any) -> str:
    """Return the specifier of Poetry's requirement of Python."""
    constraint = value.get("version") if isinstance(value, dict) else value
    specifier = to_specifier(as_string(constraint))
    if specifier is None:
        raise _WrongTypeError("a version constraint")
    return specifier


def as_poetry_scripts(value: Any) -> Mapping[str, Mapping[str, str]]:
    """Return Poetry's scripts as entry points."""
    if not isinstance(value, dict):
        raise _WrongTypeError("a table")
    references = {name: each.get("reference") if isinstance(each, dict) else each for name, each in value.items()}
    return {"console_scripts": {name: each for name, each in references.items() if isinstance(each, str)}}
