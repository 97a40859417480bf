"""Read JSON from untrusted sources: without duplicate keys, deep nesting or surprises, one checked value at a time."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from commonhold_plugins.errors import RejectedError
from commonhold_plugins.text import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LARGEST = 64 * 1024 * 1024
DEEPEST = 20
LONGEST_LINE = 10_000
LONGEST_TEXT = 1_000_000
_CONTROL = "[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]"
_CONTROL_BUT_LINES = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]"
_DIGITS = 18


def load_json(data: bytes, name: str) -> Any:
    """Decode JSON of at most 64 MiB and 20 levels. Raises ``RejectedError``; ``name`` is the document's in messages."""
    if len(data) > LARGEST:
        raise RejectedError(f"{name} is larger than 64 MiB")
    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=_object, parse_int=_integer, parse_constant=_refuse_constant
        )
    except RecursionError:
        raise RejectedError(f"{name} is nested deeper than {DEEPEST} levels") from None
    except UnicodeDecodeError:
        raise RejectedError(f"{name} is not UTF-8") from None
    except ValueError as error:
        raise RejectedError(f"{name} is not valid JSON: {quoted(str(error), 120)[1:-1]}") from None
    if _depth_exceeds(value, DEEPEST):
        raise RejectedError(f"{name} is nested deeper than {DEEPEST} levels")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {quoted(twice)} occurs twice in one object")
    return found


def _integer(text: str) -> int:
    if len(text) > _DIGITS:
        raise ValueError(f"a number has more than {_DIGITS} digits")
    return int(text)


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _depth_exceeds(value: object, deepest: int) -> bool:
    level = [value]
    for _ in range(deepest):
        inner: list[object] = []
        for each in level:
            if isinstance(each, dict):
                inner += [item for item in each.values() if isinstance(item, (dict, list))]
            elif isinstance(each, list):
                inner += [item for item in each if isinstance(item, (dict, list))]
        if not inner:
            return False
        level = inner
    return True


def _checked(value: object, place: str, forbidden: str, longest: int) -> str:
    if not isinstance(value, str):
        raise RejectedError(f"{place} {'is missing' if value is None else 'is not text'}")
    if len(value) > longest:
        raise RejectedError(f"{place} is longer than {longest} characters")
    if not value.isprintable() and re.search(forbidden, value):
        raise RejectedError(f"{place} contains control characters")
    return value


class Fields:
    """The values of one JSON object. Each method reads a key, checks its value, and raises ``RejectedError``."""

    def __init__(self, value: object, place: str) -> None:
        self.place = place
        if not isinstance(value, dict):
            raise RejectedError(f"{place} is not an object")
        self._values = value

    def __contains__(self, key: str) -> bool:
        return self._values.get(key) is not None

    def fail(self, key: str, problem: str) -> RejectedError:
        """Return the error that the value of a key has a problem."""
        return RejectedError(f"{self.place}.{key} {problem}")

    def line(self, key: str, check: Callable[[str], bool] | None = None, form: str = "valid") -> str:
        """Return text of one line; ``check`` decides about its form, which ``form`` describes."""
        value = _checked(self._values.get(key), f"{self.place}.{key}", _CONTROL, LONGEST_LINE)
        if check is not None and not check(value):
            raise self.fail(key, f"is {quoted(value)}, which is not {form}")
        return value

    def optional_line(self, key: str, check: Callable[[str], bool] | None = None, form: str = "valid") -> str | None:
        """Return text of one line, or ``None`` where the key is missing or null."""
        return self.line(key, check, form) if key in self else None

    def text(self, key: str) -> str:
        """Return text of any number of lines, or ``""`` where the key is missing or null."""
        if key not in self:
            return ""
        return _checked(self._values[key], f"{self.place}.{key}", _CONTROL_BUT_LINES, LONGEST_TEXT)

    def url(self, key: str, problem: Callable[[str], str | None]) -> str:
        """Return a URL about which ``problem`` finds nothing to say."""
        value = self.line(key)
        if (wrong := problem(value)) is not None:
            raise self.fail(key, wrong)
        return value

    def optional_url(self, key: str, problem: Callable[[str], str | None]) -> str | None:
        """Return a URL, or ``None`` where the key is missing or null."""
        return self.url(key, problem) if key in self else None

    def number(self, key: str) -> int:
        """Return a number that is not negative."""
        value = self._values.get(key)
        if type(value) is not int or value < 0:
            raise self.fail(key, "is missing" if value is None else "is not a positive number")
        return value

    def flag(self, key: str) -> bool:
        """Return a truth value, which is false where the key is missing or null."""
        value = self._values.get(key)
        if value is not None and type(value) is not bool:
            raise self.fail(key, "is neither true nor false")
        return value is True

    def object(self, key: str) -> Fields:
        """Return an object."""
        if key not in self:
            raise self.fail(key, "is missing")
        return Fields(self._values[key], f"{self.place}.{key}")

    def items(self, key: str) -> Iterator[Fields]:
        """Return the objects of a list, which is empty where the key is missing or null."""
        for number, value in enumerate(self._list(key)):
            yield Fields(value, f"{self.place}.{key}[{number}]")

    def lines(self, key: str, check: Callable[[str], bool] | None = None, form: str = "valid") -> tuple[str, ...]:
        """Return the texts of a list, which is empty where the key is missing or null."""
        found = []
        for number, value in enumerate(self._list(key)):
            found.append(_checked(value, f"{self.place}.{key}[{number}]", _CONTROL, LONGEST_LINE))
            if check is not None and not check(found[-1]):
                raise self.fail(f"{key}[{number}]", f"is {quoted(value)}, which is not {form}")
        return tuple(found)

    def _list(self, key: str) -> list[Any]:
        value = self._values.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.fail(key, "is not a list")
        return value

    def mapping(self, key: str, check: Callable[[str], bool], form: str) -> Iterator[tuple[str, Fields]]:
        """Return the objects of an object with free keys, whose form ``check`` decides about."""
        if key not in self:
            return
        value = self._values[key]
        if not isinstance(value, dict):
            raise self.fail(key, "is not an object")
        for name, inner in value.items():
            if not check(name):
                raise self.fail(key, f"has the key {quoted(name)}, which is not {form}")
            yield name, Fields(inner, f"{self.place}.{key}[{name}]")
