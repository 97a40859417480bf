"""Read TOML values strictly and collect every mistake with its key.

This module does not use msgspec, which stops at the first mistake, because users want to see every mistake at once.
"""

from __future__ import annotations

import re

from commonhold._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, TypeVar

    T = TypeVar("T")


_LABEL = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
_LABEL_PATTERN = r"[A-Za-z0-9*?][A-Za-z0-9._*?-]{0,99}"
_DURATION = r"(?:([0-9]{1,3})h)?(?:([0-9]{1,3})m)?"
_FORBIDDEN = frozenset("=\0")


_MOST_SUGGESTIONS = 20
_LONGEST_KEY = 100


def closest(word: str, known: Iterable[str]) -> str:
    """Return `` (did you mean ...?)`` if a known word resembles ``word``, or starts or ends with it, else ``""``."""
    from difflib import get_close_matches

    words = sorted(known)
    # Users often omit a distribution name's common prefix.
    longer = [each for each in words if each.startswith(f"{word}-") or each.endswith(f"-{word}")]
    found = longer or get_close_matches(word, words, n=1, cutoff=0.6)
    return f" (did you mean {found[0]!r}?)" if found else ""


class Reader:
    """A reader that collects mistakes, each as ``key: message``."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def error(self, key: str, message: str) -> None:
        """Record a mistake at ``key``."""
        self.problems.append(f"{key}: {message}")

    def missing(self, table: str, names: tuple[str, ...], key: str, message: str) -> None:
        """Record that a table lacks the keys ``names``, unless another mistake explains why a key is missing.

        Such a mistake is a value in place of the table, a wrong value of one of the keys, or a similar key.
        """
        for name in names:
            wrong = join_key(table, name)
            meant = f"(did you mean {name!r}?)"
            for problem in self.problems:
                if problem.startswith((f"{table}: ", f"{wrong}: ", f"{wrong}[")) or (
                    problem.startswith(f"{table}.") and problem.endswith(meant)
                ):
                    return
        self.error(key, message)

    def table(self, value: Any, key: str, readers: Mapping[str, Callable[[Any, str], object]]) -> dict[str, Any]:
        """Read each value of a table with the reader for its key; report keys without a reader."""
        read: dict[str, Any] = {}
        for name, item in self.mapping(value, key).items():
            inner = join_key(key, name)
            if name in readers:
                read[name] = readers[name](item, inner)
            else:
                # Finding a similar word takes long, and authors may write any number of keys.
                suggestion = closest(name[:_LONGEST_KEY], readers) if len(self.problems) < _MOST_SUGGESTIONS else ""
                self.error(inner, f"unknown key{suggestion}")
        return read

    def mapping(self, value: Any, key: str) -> Mapping[str, Any]:
        """Read a table that may have any keys."""
        if isinstance(value, dict):
            return value
        self.error(key, f"expected a table, got {_kind(value)}")
        return {}

    def text(self, value: Any, key: str) -> str:
        """Read a non-empty string."""
        text = self.text_or_empty(value, key)
        if isinstance(value, str) and not value.strip():
            self.error(key, "must not be empty")
        return text if text.strip() else ""

    def texts(self, value: Any, key: str) -> tuple[str, ...]:
        """Read an array of non-empty strings."""
        return self.array(value, key, self.text)

    def array(self, value: Any, key: str, reader: Callable[[Any, str], T]) -> tuple[T, ...]:
        """Read an array, using ``reader`` for each item."""
        if not isinstance(value, list):
            right = f": write [{toml_string(value)}]" if isinstance(value, str) and len(value) < _LONGEST_KEY else ""
            self.error(key, f"expected an array, got {_kind(value)}{right}")
            return ()
        return tuple(reader(item, f"{key}[{index}]") for index, item in enumerate(value))

    def flag(self, value: Any, key: str) -> bool:
        """Read ``true`` or ``false``."""
        if not isinstance(value, bool):
            self.error(key, f"expected true or false, got {_kind(value)}")
        return bool(value)

    def choice(self, *allowed: str) -> Callable[[Any, str], Any]:
        """Return a reader that accepts only the allowed words."""

        def read(value: Any, key: str) -> str:
            if isinstance(value, str) and value in allowed:
                return value
            options = ", ".join(repr(word) for word in allowed)
            hint = closest(value, allowed) if isinstance(value, str) else ""
            self.error(key, f"expected one of {options}, got {_shown(value)}{hint}")
            return allowed[0]

        return read

    def environment(self, value: Any, key: str) -> dict[str, str]:
        """Read environment variables: a table whose values are strings."""
        read = {name: self.text_or_empty(item, join_key(key, name)) for name, item in self.mapping(value, key).items()}
        for name in read:
            if not name or not _FORBIDDEN.isdisjoint(name):
                self.error(join_key(key, name), "the name of an environment variable is not empty and has no = or NUL")
        return read

    def text_or_empty(self, value: Any, key: str) -> str:
        """Read a string that may be empty."""
        if isinstance(value, str) and "\0" not in value:
            return value
        # No operating system passes a NUL character to a program.
        self.error(key, "must not contain NUL" if isinstance(value, str) else f"expected a string, got {_kind(value)}")
        return ""

    def minutes(self, value: Any, key: str) -> int:
        """Read a duration such as ``30m`` or ``1h30m``, in minutes."""
        match = re.fullmatch(_DURATION, value) if isinstance(value, str) else None
        total = int(match[1] or 0) * 60 + int(match[2] or 0) if match else 0
        if not 1 <= total <= 360:
            self.error(key, f'expected a duration from 1m to 6h, such as "30m" or "1h30m", got {_shown(value)}')
            return 30
        return total

    def label(self, value: Any, key: str) -> str:
        """Read the label of a runner, such as ``ubuntu-latest``."""
        return self._label(value, key, _LABEL, "runner label")

    def label_pattern(self, value: Any, key: str) -> str:
        """Read a pattern for labels of runners, such as ``ubuntu-*``."""
        return self._label(value, key, _LABEL_PATTERN, "pattern for runner labels")

    def _label(self, value: Any, key: str, allowed: str, kind: str) -> str:
        text = self.text(value, key)
        if text and not re.fullmatch(allowed, text):
            self.error(key, f"{_shown(text)} is not a {kind}, such as ubuntu-latest")
            return ""
        return text

    def python(self, value: Any, key: str) -> str:
        """Read a Python version such as ``3.12``."""
        # TOML reads an unquoted 3.10 as the number 3.1, so this mistake is common.
        if isinstance(value, float):
            self.error(key, f'quote the version: "{value}" (TOML reads an unquoted 3.10 as the number 3.1)')
        elif not isinstance(value, str) or not _is_python(value):
            self.error(key, f'expected a Python version such as "3.12", got {_shown(value)}')
        return str(value)


def join_key(key: str, name: str) -> str:
    """Return the key path of ``name`` inside ``key``, quoted if TOML requires quotes."""
    inner = name if _is_bare(name) else toml_string(name)
    return f"{key}.{inner}" if key else inner


def toml_string(text: str) -> str:
    """Return text as a string of TOML."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _kind(value: object) -> str:
    words = {
        dict: "a table",
        list: "an array",
        str: "a string",
        bool: "a boolean",
        int: "an integer",
        float: "a float",
    }
    return words.get(type(value), f"a {type(value).__name__}")


def _shown(value: object) -> str:
    return repr(value)[:60] if isinstance(value, (str, int, float, bool)) else _kind(value)


def _escaped(char: str) -> str:
    if char in ('"', "\\"):
        return f"\\{char}"
    return char if char.isprintable() else f"\\u{ord(char):04x}"


def _is_bare(key: str) -> bool:
    """Return whether TOML allows a key without quotes."""
    return key.isascii() and key.replace("_", "a").replace("-", "a").isalnum()


def _is_python(text: str) -> bool:
    # Longer numbers are not versions, and Python refuses to convert numbers with more than 4,300 digits.
    return re.fullmatch(r"[0-9]{1,3}\.[0-9]{1,3}", text) is not None
