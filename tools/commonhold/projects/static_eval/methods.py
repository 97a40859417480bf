"""Evaluate methods of strings (which also represent ``pathlib`` paths), files, lists and dicts.

The methods are frozen: see :mod:`commonhold.projects.static_eval`.
"""

from __future__ import annotations

import posixpath
import re

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.paths import HOLE, rooted
from commonhold.projects.static_eval.values import (
    MAX_TEXT,
    PERHAPS,
    UNKNOWN,
    Content,
    FileValue,
    as_text,
    is_known,
    items_of,
    join_text,
    loosen,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from commonhold.projects.static_eval.interpreter import Interpreter

TEXT_METHODS = frozenset(
    (
        "endswith",
        "lower",
        "lstrip",
        "partition",
        "replace",
        "rstrip",
        "split",
        "splitlines",
        "startswith",
        "strip",
    )
)
LIST_METHODS = frozenset(("add", "append", "extend", "insert", "remove", "sort", "update"))
DICT_METHODS = frozenset(("get", "items", "pop", "setdefault", "update", "values"))

# The result of these methods is correct for any hole: a requirement's name is at the start of the text.
_WITH_HOLES = frozenset(("strip", "lstrip", "rstrip", "lower"))
_FIELD = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
_DIRECTIVE = re.compile(r"%(?:\((\w+)\))?(.)", re.DOTALL)
_LONGEST_PATH = 10_000


def call_method(run: Interpreter, owner: Any, name: str, args: list[Any], keywords: dict[Any, Any]) -> Any:
    """Call a method of a value."""
    owner = run.force(owner)
    if isinstance(owner, FileValue):
        if name == "read":
            # Read the file only if its content is used: most files are readmes.
            return Content(owner.path)
        return run.lines(owner.path) if name == "readlines" else UNKNOWN
    if isinstance(owner, str):
        return _of_text(run, owner, name, args, keywords)
    if isinstance(owner, list):
        return _of_list(run, owner, name, args)
    if isinstance(owner, dict):
        return _of_dict(run, owner, name, args, keywords)
    run.poison(*args, *keywords.values())
    return UNKNOWN


def _of_text(run: Interpreter, text: str, name: str, args: list[Any], keywords: dict[Any, Any]) -> Any:
    run.step(1 + len(text) // 100)
    if name in TEXT_FUNCTIONS:
        return TEXT_FUNCTIONS[name](run, text, args, keywords)
    # startswith() accepts a tuple.
    known = all(is_known(value) or isinstance(value, tuple) for value in (*args, *keywords.values()))
    if name not in TEXT_METHODS or not known or (HOLE in text and name not in _WITH_HOLES):
        return UNKNOWN
    # replace() in a loop can exhaust the memory.
    if name == "replace" and not _replaces_little(text, args):
        return UNKNOWN
    try:
        return getattr(text, name)(*args, **keywords)
    except (TypeError, ValueError, OverflowError, MemoryError):
        return UNKNOWN


def _replaces_little(text: str, args: list[Any]) -> bool:
    texts = [arg for arg in args[:2] if isinstance(arg, str)]
    return len(texts) == 2 and len(text) + text.count(texts[0]) * len(texts[1]) <= MAX_TEXT


def _join(run: Interpreter, separator: str, args: list[Any], _keywords: dict[Any, Any]) -> Any:
    parts = [run.force(part) for part in items_of(args[0] if args else UNKNOWN)]
    # An unknown item may be several requirements: outside a version, a hole makes the text unreadable.
    texts = [part if isinstance(part, str) else HOLE for part in parts]
    size = sum(map(len, texts)) + len(separator) * len(texts)
    run.step(1 + size // 100 + len(texts) // 10)
    return separator.join(texts) if size <= MAX_TEXT else UNKNOWN


def _format(run: Interpreter, text: str, args: list[Any], keywords: dict[Any, Any]) -> Any:
    following = iter(args)

    def fill(match: re.Match[str]) -> str:
        field = match[1]
        if field is None:
            return match[0][0]
        if not field:
            return as_text(run.force(next(following, UNKNOWN)))
        if field.isdecimal() and len(field) < 4:
            return as_text(run.force(args[int(field)])) if int(field) < len(args) else HOLE
        return as_text(run.force(keywords.get(field, UNKNOWN)))

    return _fill(_FIELD, fill, text)


def percent(run: Interpreter, text: str, values: Any) -> Any:
    """Evaluate ``text % values``."""
    following = iter(values if isinstance(values, tuple) else [values])

    def fill(match: re.Match[str]) -> str:
        if match[2] == "%":
            return "%"
        if match[1] is not None:
            value = values.get(match[1], UNKNOWN) if isinstance(values, dict) else UNKNOWN
        else:
            value = next(following, UNKNOWN)
        # %r, %5s and similar directives are rare in requirements.
        return as_text(run.force(value)) if match[2] in "sd" else HOLE

    return _fill(_DIRECTIVE, fill, text)


def _fill(pattern: re.Pattern[str], fill: Callable[[re.Match[str]], str], text: str) -> Any:
    parts: list[str] = []
    end = size = 0
    for match in pattern.finditer(text):
        parts += (text[end : match.start()], fill(match))
        end = match.end()
        size += len(parts[-1])
        if size > MAX_TEXT:
            return UNKNOWN
    return join_text(*parts, text[end:])


def _content(run: Interpreter, path: str, _args: list[Any], _keywords: dict[Any, Any]) -> Content:
    run.files.opens(path)
    return Content(path)


def open_file(run: Interpreter, path: Any, args: list[Any], keywords: dict[Any, Any]) -> Any:
    """Evaluate ``open(path, mode)`` for reading."""
    mode = args[0] if args else keywords.get("mode", "r")
    if not isinstance(path, str) or not isinstance(mode, str) or "r" not in mode:
        return UNKNOWN
    # A change to the file counts as a change to the project.
    run.files.opens(path)
    return FileValue(path)


def join_path(*parts: Any) -> Any:
    """Join the parts of a path; replace an unknown part by a ``HOLE``."""
    texts = [as_text(part) for part in parts]
    return posixpath.join(*texts) if texts and sum(map(len, texts)) < _LONGEST_PATH else UNKNOWN


def absolute_path(run: Interpreter, path: Any) -> Any:
    """Return the absolute path that evaluated code uses."""
    found = join_path(rooted(run.files.folder), path)
    return posixpath.normpath(found) if isinstance(found, str) and HOLE not in found else found


TEXT_FUNCTIONS: dict[str, Callable[[Interpreter, str, list[Any], dict[Any, Any]], Any]] = {
    "absolute": lambda run, text, _args, _keywords: absolute_path(run, text),
    "format": _format,
    "join": _join,
    "joinpath": lambda _run, text, args, _keywords: join_path(text, *args),
    "open": open_file,
    "read_text": _content,
    "resolve": lambda run, text, _args, _keywords: absolute_path(run, text),
}


def _of_list(run: Interpreter, items: list[Any], name: str, args: list[Any]) -> Any:
    """Call a method of a list or set; keep an item that the method may have removed."""
    run.step(1 + sum(len(items_of(values)) for values in args) // 10)
    if name not in LIST_METHODS:
        run.poison(items, *args)
    elif name in ("append", "add"):
        run.add(items, args)
    elif name == "insert":
        run.add(items, args[1:])
    elif name in ("extend", "update"):
        for values in args:
            run.add(items, run.lines(values.path) if isinstance(values, FileValue) else run.force(values))
    # The item may be removed, moved, or already in the set.
    if name not in ("append", "extend"):
        loosen(items)
    return UNKNOWN


def _of_dict(run: Interpreter, table: dict[Any, Any], name: str, args: list[Any], keywords: dict[Any, Any]) -> Any:
    run.step(1 + len(table) // 10)
    if name == "values":
        return list(table.values())
    if name == "items":
        return list(table.items())
    if name == "update":
        for values in (*args, keywords):
            merge(run, table, values)
        return None
    if name in DICT_METHODS and args:
        return _entry(run, table, name, args)
    run.poison(table, *args, *keywords.values())
    return UNKNOWN


def _entry(run: Interpreter, table: dict[Any, Any], name: str, args: list[Any]) -> Any:
    key, default = args[0], args[1] if len(args) > 1 else None
    if not is_known(key) or UNKNOWN in table:
        # The result may be any entry; only get() leaves the dict unchanged.
        run.poison(*([table] if name != "get" else []))
        return UNKNOWN
    if name == "setdefault":
        return _set_default(run, table, key, default)
    found = table.get(key, default)
    if name == "pop" and not run.doubtful:
        table.pop(key, None)
    elif name == "pop":
        loosen(table)
    # The entry may be missing.
    return run.agree(found, default) if PERHAPS in table else found


def _set_default(run: Interpreter, table: dict[Any, Any], key: Any, default: Any) -> Any:
    """Evaluate ``dict.setdefault``; an entry that may be missing can afterwards have either value."""
    if key not in table:
        run.set_item(table, key, default)
    elif PERHAPS in table:
        table[key] = run.agree(table[key], default)
    return table[key]


def merge(run: Interpreter, table: dict[Any, Any], values: Any) -> None:
    """Add a dict's entries, or pairs, to a dict."""
    pairs = list(values.items()) if isinstance(values, dict) else [_pair(item) for item in items_of(values)]
    run.step(1 + len(pairs) // 10)
    with run.perhaps(when=(PERHAPS, PERHAPS) in pairs):
        for key, value in pairs:
            run.set_item(table, key, value)


def _pair(item: Any) -> tuple[Any, Any]:
    if item is PERHAPS:
        return PERHAPS, PERHAPS
    return (item[0], item[1]) if isinstance(item, list | tuple) and len(item) == 2 else (UNKNOWN, UNKNOWN)
