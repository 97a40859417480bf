"""Decide whether a quoted module is imported by the call around it, without parsing the file."""

from __future__ import annotations

import re

from commonhold.workspace.scan.code_around import code_around
from commonhold.workspace.scan.fixed_texts import find, places

_CALLS = (
    rb"(?:import_module|__import__|find_spec|resolve_name|importorskip|import_string|run_module|(?:find|get)_loader)"
)
_OTHER_NAME = rb"\b" + _CALLS + rb"\s+as\b|=[ \t]*(?:\w+\.)*" + _CALLS + rb"[ \t]*(?:[\n;#]|\Z)"
_BEFORE_OPTION = (b" ", b"\t", b"\n", b"\r", b"\f", b"\v", b"'", b'"')


def has_option(data: bytes) -> bool:
    """Return whether a text may contain the option ``-m`` or ``-p``."""
    return any(data[at - 1 : at] in _BEFORE_OPTION for option in (b"-m", b"-p") for at in places(data, option))


def has_other_name(data: bytes) -> bool:
    """Return whether a text may give another name to a call: ``import_module as load``, ``has = find_spec``."""
    return re.search(_OTHER_NAME, data) is not None


class ImportCalls:
    """The calls in one file that may import their arguments."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        # A literal is also imported if it follows an option, belongs to a list of plugins, or is an argument of a call
        # with another name.
        self._others: bool | None = None

    def is_import(self, start: int, end: int) -> bool | None:
        """Return whether the text from ``start`` to ``end`` is an imported module; ``None`` if parsing must decide."""
        if self._others is None:  # most files contain no quoted modules
            data = self._data
            self._others = find(data, b"pytest_plugins") >= 0 or has_option(data) or has_other_name(data)
        code = None if self._others else code_around(self._data)
        if code is None:
            return None
        if not code.is_string(start):
            return False if code.is_comment(start) else None
        from commonhold.workspace.scan.import_ast import IMPORTING, WITH_PACKAGE

        callees = [*code.callees(start)]
        if IMPORTING.isdisjoint(callees) and WITH_PACKAGE.isdisjoint(callees):
            return False
        is_whole = code.is_first_argument(start, end, only=callees[0] in WITH_PACKAGE)
        return True if is_whole and callees[0] in IMPORTING | WITH_PACKAGE else None
