"""Edit TOML files and keep their comments and layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array, String

from commonhold.projects.guarded_parse import run_guarded
from commonhold.projects.requirement import pin_requirement
from commonhold.projects.staged_project import StampError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping
    from typing import Any

    from commonhold.projects.staged_project import StagedProject

FILE = "pyproject.toml"

# tomlkit takes quadratic time for some files; files up to this size take two seconds at most.
_GUARDED_LENGTH = 2**13
_PARSE = """
import tomlkit
try:
    tomlkit.parse(argument)
except Exception:
    pass  # reported below
print("true")
"""


def parse_editable(text: str, shown: str) -> MutableMapping[str, Any]:
    """Parse a text so that an edited document keeps its layout; ``shown`` is the file's path for messages.

    Raises ``StampError``, also if parsing takes too long.
    """
    if len(text) > _GUARDED_LENGTH and run_guarded(_PARSE, text) is None:
        raise StampError(f"{shown} takes too long to parse", hint="Make the file shorter.")
    try:
        return tomlkit.parse(text)
    except (TOMLKitError, RecursionError, UnicodeError) as error:
        raise StampError(f"{shown} is not TOML: {error}", hint="Correct that line.") from error


class TomlDocument:
    """A TOML file of a staged project, empty if the file does not exist."""

    def __init__(self, project: StagedProject, file: str = FILE) -> None:
        self._project = project
        self._file = file
        raw = project.read(file)
        # Bytes that are not UTF-8 may be in a comment, so preserve them.
        self._before = (raw or b"").decode("utf-8", "surrogateescape")
        self.top = parse_editable(self._before, project.shown(file))

    def table(self, *keys: str) -> MutableMapping[str, Any]:
        """Return a table by its keys; if it is missing, an empty table that is not written."""
        found: Any = self.top
        for key in keys:
            found = found.get(key)
            if not hasattr(found, "items"):
                return {}
        table: MutableMapping[str, Any] = found
        return table

    def set(self, table: MutableMapping[str, Any], key: str, value: str) -> None:
        """Set a key to a text, keeping the kind of quotes."""
        table[key] = _like(table.get(key), value)

    def pin_all(self, requirements: Any, pins: Mapping[str, str], fill: Callable[[str], str] = str) -> None:
        """Pin the requirements in an array; ``fill`` replaces the parts of a text that PEP 508 does not allow."""
        if not isinstance(requirements, Array | list):
            return
        for at, text in enumerate(requirements):
            if isinstance(text, str) and (pinned := pin_requirement(fill(text), pins)) != fill(text):
                requirements[at] = _like(text, pinned)

    def save(self) -> None:
        """Write the file if its content changed."""
        after = tomlkit.dumps(self.top)
        if after != self._before:
            self._project.write(self._file, after.encode("utf-8", "surrogateescape"))


def _like(before: object, value: str) -> String:
    # as_string() returns the value with the quotes of the file.
    literal = isinstance(before, String) and before.as_string().startswith("'") and "'" not in value
    return tomlkit.string(value, literal=literal)
