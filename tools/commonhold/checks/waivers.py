"""Read waivers: violations that the core team accepts, each with a reason and until a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import tomli

from commonhold.checks.finding import fingerprint_of
from commonhold.errors import ConfigurationError
from commonhold.projects.names import Name, normalize
from commonhold.projects.toml_lines import array_table_lines
from commonhold.text import printable
from commonhold.workspace.config.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

WAIVERS = "governance/waivers.toml"


@dataclass(frozen=True, slots=True)
class RecordEntry:
    """An entry of a file about findings: the violation that it is about, and its place."""

    code: str
    plugin: Name | None
    subject: str
    path: str
    line: int

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the violation."""
        return fingerprint_of(self.code, self.plugin, self.subject)


@dataclass(frozen=True, slots=True)
class Waiver(RecordEntry):
    """A violation that ``who`` accepted for a ``reason``, up to and including the day ``expiry``."""

    reason: str
    who: str
    expiry: date


def read_waivers(data: bytes | None, path: str) -> tuple[Waiver, ...]:
    """Read ``governance/waivers.toml``. Raises one ``ConfigurationError`` with every mistake."""
    return tuple(
        Waiver(**common, reason=table["reason"], who=table["who"], expiry=table["expiry"])
        for common, table in read_entries(
            data, path, "waiver", {"reason": Reader.text, "who": Reader.text, "expiry": _day}
        )
    )


def read_entries(
    data: bytes | None, path: str, name: str, more: Mapping[str, Callable[[Reader, Any, str], object]]
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield the fields that every entry of an array of tables has, and the other fields; see :func:`read_waivers`."""
    if data is None:
        return
    try:
        text = data.decode()
        table: object = tomli.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{path} is not valid TOML: {printable(str(error))}") from error
    reader = Reader()
    entries = reader.table(table, "", {name: lambda value, key: reader.array(value, key, reader.mapping)})
    lines = array_table_lines(text, name)
    required = {"code": Reader.text, **more}
    readers = {**required, "plugin": Reader.text, "subject": Reader.text_or_empty}
    found = []
    for index, entry in enumerate(entries.get(name, ())):
        key = f"{name}[{index}]"
        read = reader.table(entry, key, {each: _bind(reader, function) for each, function in readers.items()})
        for each in required:
            if each not in read:
                reader.missing(key, (each,), f"{key}.{each}", "is required")
        found.append((read, lines[index] if index < len(lines) else 1))
    if reader.problems:
        problems = "\n".join(f"  {problem}" for problem in reader.problems)
        raise ConfigurationError(f"{path} contains errors:\n{problems}")
    for read, line in found:
        plugin = normalize(read["plugin"]) if "plugin" in read else None
        common = {"code": read["code"], "plugin": plugin, "subject": read.get("subject", "")}
        yield {**common, "path": path, "line": line}, read


def _bind(reader: Reader, function: Callable[[Reader, Any, str], object]) -> Callable[[Any, str], object]:
    return lambda value, key: function(reader, value, key)


def _day(reader: Reader, value: Any, key: str) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    reader.error(key, "expected a date without quotes, such as 2027-01-31")
    return date.max
