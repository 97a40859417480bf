"""``setup.cfg``, edited by lines: all that is not the value in question stays byte for byte."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commonhold.release.stage.stamp.pin import pin_lines, pin_requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.release.stage.stamp.project import StagedProject

FILE = "setup.cfg"

_SECTION = re.compile(r"\[([^\]]+)\]")
_OPTION = re.compile(r"\s*([^=:\s][^=:]*)[=:][^\S\r\n]*")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")


@dataclass(frozen=True, slots=True)
class Option:
    """A value: the lines that it stands on, and where it begins in the first."""

    section: str
    name: str
    line: int
    start: int
    end: int


class SetupCfg:
    """The file of a project, empty where there is none."""

    def __init__(self, project: StagedProject) -> None:
        self._project = project
        self._before = (project.read(FILE) or b"").decode("utf-8", "surrogateescape")
        self._lines = _LINE.findall(self._before)
        self._options = list(_options(self._lines))

    def get(self, section: str, name: str) -> str:
        """What an option says, ``""`` where there is none. Of two, as configparser has it, the last counts."""
        option = self._find(section, name)
        return self._value(option).strip() if option else ""

    def options(self, section: str) -> list[str]:
        """The names of a section's options."""
        return [option.name for option in self._options if option.section == section]

    def set(self, section: str, name: str, value: str) -> None:
        """Give an option, which there is, another value: that of a version, in the line that has it."""
        option = self._find(section, name)
        if option is not None:
            at = next(at for at in range(option.line, option.end) if self._text(option, at).strip())
            self._put(option, at, self._text(option, at).replace(self.get(section, name), value, 1))

    def pin(self, section: str, name: str) -> None:
        """Pin the requirements that an option lists."""
        option = self._find(section, name)
        if option is None:
            return
        value = self._value(option)
        if value.strip().startswith("file:"):
            for file in value.strip().removeprefix("file:").replace("\n", ",").split(","):
                pin_file(self._project, file.strip())
        elif "\n" in value.strip("\r\n"):
            for at in range(option.line, option.end):
                self._put(option, at, pin_lines(self._text(option, at), self._project.pins))
        else:
            # On a line of its own a semicolon separates: there are no markers.
            items = self._text(option, option.line).split(";")
            self._put(option, option.line, ";".join(_pin_item(item, self._project) for item in items))

    def save(self) -> None:
        """Write what was changed."""
        after = "".join(self._lines)
        if after != self._before:
            self._project.write(FILE, after.encode("utf-8", "surrogateescape"))

    def _find(self, section: str, name: str) -> Option | None:
        found = [option for option in self._options if (option.section, option.name) == (section, name)]
        return found[-1] if found else None

    def _value(self, option: Option) -> str:
        lines = (self._text(option, at) for at in range(option.line, option.end))
        return "".join(line for line in lines if line.lstrip()[:1] not in ("#", ";"))

    def _text(self, option: Option, at: int) -> str:
        line: str = self._lines[at]
        return line[option.start :] if at == option.line else line

    def _put(self, option: Option, at: int, text: str) -> None:
        head = self._lines[at][: option.start] if at == option.line else ""
        self._lines[at] = head + text


def pin_file(project: StagedProject, file: str) -> None:
    """Pin what a requirements file lists."""
    data = project.read(file) if file else None
    if data is not None:
        text = data.decode("utf-8", "surrogateescape")
        pinned = "".join(pin_lines(line, project.pins) for line in _LINE.findall(text))
        if pinned != text:
            project.write(file, pinned.encode("utf-8", "surrogateescape"))


def _pin_item(item: str, project: StagedProject) -> str:
    inner = item.strip()
    return item.replace(inner, pin_requirement(inner, project.pins), 1) if inner else item


def _options(lines: list[str]) -> Iterator[Option]:
    """The options, as configparser finds them."""
    section = ""
    option: Option | None = None
    depth = 0
    for at, line in enumerate(lines):
        stripped = line.strip()
        indent = len(line) - len(line.lstrip())
        if not stripped or stripped[0] in "#;":
            continue
        if option is not None and indent > depth:
            option = replace(option, end=at + 1)
            continue
        if option is not None:
            yield option
        option, depth = None, indent
        if (header := _SECTION.match(stripped)) is not None:
            section = header[1]
        elif section and (match := _OPTION.match(line)) is not None:
            option = Option(section, match[1].rstrip().lower().replace("-", "_"), at, match.end(), at + 1)
    if option is not None:
        yield option
