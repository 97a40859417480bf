"""Methods of values that folding knows: of texts (and paths, which are texts here), files, lists and dicts."""

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
    extend,
    is_exact,
    is_known,
    items_of,
    join_text,
    loosen,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from commonhold.projects.static_eval.interpreter import Run

_TEXT_METHODS = frozenset(
    (
        "count",
        "endswith",
        "find",
        "isdigit",
        "isspace",
        "lower",
        "lstrip",
        "partition",
        "removeprefix",
        "removesuffix",
        "replace",
        "rpartition",
        "rsplit",
        "rstrip",
        "split",
        "splitlines",
        "startswith",
        "strip",
        "title",
        "upper",
    )
)
_WITH_HOLES = frozenset(("strip", "lstrip", "rstrip", "lower", "upper"))
_FIELD = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
_DIRECTIVE = re.compile(r"%(?:\((\w+)\))?(.)", re.DOTALL)
_LONGEST_PATH = 10_000


def call_method(run: Run, owner: Any, name: str, args: list[Any], keywords: dict[Any, Any]) -> Any:
    """Call a method of a value."""
    owner = run.force(owner)
    if isinstance(owner, FileValue):
        if name == "read":
            return Content(owner.path)
        return run.lines(owner.path) if name == "readlines" else UNKNOWN
    if isinstance(owner, str):
        return _of_text(run, owner, name, args, keywords)
    if isinstance(owner, list | tuple):
        return _of_list(run, owner, name, args)
    if isinstance(owner, dict):
        return _of_dict(run, owner, name, args, keywords)
    run.poison(*args, *keywords.values())
    return UNKNOWN


def _of_text(run: Run, text: str, name: str, args: list[Any], keywords: dict[Any, Any]) -> Any:
    run.step(1 + len(text) // 100)
    if name in _SPECIAL:
        return _SPECIAL[name](run, text, args, keywords)
    known = all(is_known(value) or isinstance(value, tuple) for value in (*args, *keywords.values()))
    if name not in _TEXT_METHODS or not known or (HOLE in text and name not in _WITH_HOLES):
        return UNKNOWN
    if name == "replace" and not _replaces_little(text, args):
        return UNKNOWN
    try:
        return getattr(text, name)(*args, **keywords)
    except (TypeError, ValueError, OverflowError, MemoryError):
        return UNKNOWN


def _replaces_little(text: str, args: list[Any]) -> bool:
    texts = [arg for arg in args[:2] if isinstance(arg, str)]
    return len(texts) == 2 and len(text) + text.count(texts[0]) * len(texts[1]) <= MAX_TEXT


def _join(run: Run, separator: str, args: list[Any], _keywords: dict[Any, Any]) -> Any:
    parts = [run.force(part) for part in items_of(args[0] if args else UNKNOWN)]
    texts = [part if isinstance(part, str) else HOLE for part in parts]
    size = sum(map(len, texts)) + len(separator) * len(texts)
    run.step(1 + size // 100 + len(texts) // 10)
    return separator.join(texts) if size <= MAX_TEXT else UNKNOWN


def _format(run: Run, text: str, args: list[Any], keywords: dict[Any, Any]) -> Any:
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


def percent(run: Run, text: str, values: Any) -> Any:
    """``text % values``."""
    following = iter(values if isinstance(values, tuple) else [values])

    def fill(match: re.Match[str]) -> str:
        if match[2] == "%":
            return "%"
        if match[1] is not None:
            value = values.get(match[1], UNKNOWN) if isinstance(values, dict) else UNKNOWN
        else:
            value = next(following, UNKNOWN)
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


def _content(run: Run, path: str, _args: list[Any], _keywords: dict[Any, Any]) -> Content:
    run.place.opens(path)
    return Content(path)


def open_file(run: Run, path: Any, args: list[Any], keywords: dict[Any, Any]) -> Any:
    """``open(path, mode)``, for reading."""
    mode = args[0] if args else keywords.get("mode", "r")
    if not isinstance(path, str) or not isinstance(mode, str) or "r" not in mode:
        return UNKNOWN
    run.place.opens(path)
    return FileValue(path)


def join_path(*parts: Any) -> Any:
    """Parts of a path, joined; an unknown part is a hole."""
    texts = [as_text(part) for part in parts]
    return posixpath.join(*texts) if texts and sum(map(len, texts)) < _LONGEST_PATH else UNKNOWN


def absolute_path(run: Run, path: Any) -> Any:
    """The path as the running code would see it."""
    found = join_path(rooted(run.place.folder), path)
    return posixpath.normpath(found) if isinstance(found, str) and HOLE not in found else found


_SPECIAL: dict[str, Callable[[Run, str, list[Any], dict[Any, Any]], Any]] = {
    "join": _join,
    "format": _format,
    "read_text": _content,
    "read_bytes": _content,
    "open": open_file,
    "joinpath": lambda _run, text, args, _keywords: join_path(text, *args),
    "resolve": lambda run, text, _args, _keywords: absolute_path(run, text),
    "absolute": lambda run, text, _args, _keywords: absolute_path(run, text),
    "as_posix": lambda _run, text, _args, _keywords: text,
    "decode": lambda _run, text, _args, _keywords: text,
}


def _of_list(run: Run, items: list[Any] | tuple[Any, ...], name: str, args: list[Any]) -> Any:
    run.step(1 + sum(len(items_of(values)) for values in args) // 10)
    if name in ("copy", "union", "intersection", "difference"):
        found = list(items)
        for values in args if name == "union" else ():
            extend(found, run.force(values))
        if name != "copy":
            loosen(found)
        return found
    if not isinstance(items, list):
        return UNKNOWN
    if name in ("insert", "pop", "remove", "clear", "reverse"):
        return _rearrange(run, items, name, args)
    if name in ("sort", "discard"):
        loosen(items)
    elif name not in ("count", "index"):
        _add(run, items, name, args)
    return UNKNOWN


def _add(run: Run, items: list[Any], name: str, args: list[Any]) -> None:
    if name in ("append", "add") and len(args) == 1:
        run.add(items, args)
    elif name in ("extend", "update"):
        for values in args:
            run.add(items, run.lines(values.path) if isinstance(values, FileValue) else run.force(values))
    else:
        run.poison(items)


def _rearrange(run: Run, items: list[Any], name: str, args: list[Any]) -> Any:
    """Do exactly what is certain; else a list may be folded too long, never too short."""
    known = is_known(args[0]) if args else True
    exact = is_exact(items) and (name != "remove" or all(map(is_known, items)))
    if run.doubtful or not known or not exact:
        extend(items, args[1:] if name == "insert" else ())
        loosen(items)
        return UNKNOWN
    try:
        return getattr(items, name)(*args)
    except (IndexError, OverflowError, TypeError, ValueError):
        return UNKNOWN


def _of_dict(run: Run, table: dict[Any, Any], name: str, args: list[Any], keywords: dict[Any, Any]) -> Any:
    run.step(1 + len(table) // 10)
    if name in ("keys", "values"):
        return list(table if name == "keys" else table.values())
    if name == "items":
        return list(table.items())
    if name == "copy":
        return dict(table)
    if name == "update":
        for values in (*args, keywords):
            merge(run, table, values)
        return None
    if name in ("get", "setdefault", "pop") and args:
        return _entry(run, table, name, args)
    run.poison(table)
    return UNKNOWN


def _entry(run: Run, table: dict[Any, Any], name: str, args: list[Any]) -> Any:
    key, default = args[0], args[1] if len(args) > 1 else None
    if not is_known(key) or UNKNOWN in table:
        run.poison(*([table] if name != "get" else []))
        return UNKNOWN
    if name == "setdefault":
        return _set_default(run, table, key, default)
    found = table.get(key, default)
    if name == "pop" and not run.doubtful:
        table.pop(key, None)
    elif name == "pop":
        loosen(table)
    return run.agree(found, default) if PERHAPS in table else found


def _set_default(run: Run, table: dict[Any, Any], key: Any, default: Any) -> Any:
    """What may be there already keeps what it may have, and takes the default's part as well."""
    if key not in table:
        run.set_item(table, key, default)
    elif PERHAPS in table:
        table[key] = run.agree(table[key], default)
    return table[key]


def merge(run: Run, table: dict[Any, Any], values: Any) -> None:
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
