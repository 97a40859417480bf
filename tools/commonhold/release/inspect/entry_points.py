"""Read and check ``entry_points.txt`` of a wheel."""

from __future__ import annotations

import configparser
import re
from typing import TYPE_CHECKING

from commonhold.release.model.archive import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.release.inspect.check_context import Wheel

_SCRIPT_SECTIONS = ("console_scripts", "gui_scripts")
_SCRIPT_NAME = re.compile(r"[\w.-]+")


def script_paths(wheel: Wheel) -> tuple[str, ...]:
    """Return the paths of the programs that installers create for a wheel's entry points."""
    try:
        parser = _parse(wheel, strict=False)
    except (configparser.Error, UnicodeDecodeError):
        return ()
    return tuple(f"{{bin}}/{script}" for script in _scripts(parser))


def check_entry_points(wheel: Wheel) -> Iterator[RawFinding]:
    """Report entry points that PyPI rejects: an invalid file, or a script name that is not a file name."""
    name = wheel.archive.artifact.name
    try:
        scripts = list(_scripts(_parse(wheel, strict=True)))
    except (configparser.Error, UnicodeDecodeError) as error:
        reason = str(error).partition("\n")[0]
        yield RawFinding("entry-points", f"{name} has an invalid entry_points.txt: {reason}", "invalid")
        return
    for script in scripts:
        if not _SCRIPT_NAME.fullmatch(script):
            yield RawFinding("entry-points", f"{name} has a script with the invalid name {script!r}", script)


def _parse(wheel: Wheel, *, strict: bool) -> configparser.ConfigParser:
    text = wheel.archive.texts.get(f"{wheel.info}/entry_points.txt", b"").decode()
    parser = configparser.ConfigParser(delimiters=("=",), strict=strict, interpolation=None)
    # Names of entry points are case-sensitive, but the parser converts them to lower case by default.
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return parser


def _scripts(parser: configparser.ConfigParser) -> Iterator[str]:
    for section in _SCRIPT_SECTIONS:
        if parser.has_section(section):
            yield from parser.options(section)
