"""Read and check ``entry_points.txt`` of a wheel."""

from __future__ import annotations

import configparser
import re
from typing import TYPE_CHECKING

from commonhold.release.model.archive import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commonhold.release.inspect.check_context import Wheel

_SCRIPT_SECTIONS = ("console_scripts", "gui_scripts")
_SCRIPT_NAME = re.compile(r"[\w.-]+")


def script_paths(wheel: Wheel) -> tuple[str, ...]:
    """Return the paths of the programs that installers create for a wheel's entry points."""
    try:
        parser = _parse(_text(wheel), strict=False)
    except (configparser.Error, UnicodeDecodeError):
        return ()
    return tuple(f"{{bin}}/{script}" for script in _scripts(parser))


def check_entry_points(wheel: Wheel) -> Iterator[RawFinding]:
    """Report entry points that PyPI rejects: an invalid file, or a script name that is not a file name."""
    name = wheel.archive.artifact.name
    try:
        scripts = list(_scripts(_parse(_text(wheel), strict=True)))
    except (configparser.Error, UnicodeDecodeError) as error:
        reason = str(error).partition("\n")[0]
        yield RawFinding("entry-points", f"{name} has an invalid entry_points.txt: {reason}", "invalid")
        return
    for script in scripts:
        if not _SCRIPT_NAME.fullmatch(script):
            yield RawFinding("entry-points", f"{name} has a script with the invalid name {script!r}", script)


def read_entry_points(text: bytes) -> Mapping[str, Mapping[str, str]]:
    """Return the entry points in ``entry_points.txt`` by group; the result is empty if the file is invalid."""
    try:
        parser = _parse(text, strict=False)
    except (configparser.Error, UnicodeDecodeError):
        return {}
    return {group: dict(parser.items(group)) for group in parser.sections()}


def _text(wheel: Wheel) -> bytes:
    return wheel.archive.texts.get(f"{wheel.info}/entry_points.txt", b"")


def _parse(text: bytes, *, strict: bool) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(delimiters=("=",), strict=strict, interpolation=None)
    # Names of entry points are case-sensitive, but the parser converts them to lower case by default.
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text.decode())
    return parser


def _scripts(parser: configparser.ConfigParser) -> Iterator[str]:
    for section in _SCRIPT_SECTIONS:
        if parser.has_section(section):
            yield from parser.options(section)
