"""Calls that folding knows: of the standard library, and of methods of texts, lists and dicts."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any

from commonhold.workspace.manifests.paths import HOLE, absolute
from commonhold.workspace.manifests.values import (
    MAX_TEXT,
    UNKNOWN,
    Content,
    File,
    Unknown,
    as_text,
    extend,
    is_known,
    items_of,
    join_text,
    poison,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from commonhold.workspace.manifests.run import Run

    Function = Callable[[Run, list[Any], dict[str, Any]], Any]

_TEXT_METHODS = frozenset(
    (
        "strip",
        "lstrip",
        "rstrip",
        "lower",
        "upper",
        "title",
        "split",
        "rsplit",
        "splitlines",
        "startswith",
        "endswith",
        "partition",
        "rpartition",
        "removeprefix",
        "removesuffix",
        "isspace",
        "isdigit",
        "count",
        "find",
        "replace",
    )
)
_WITH_HOLES = frozenset(
    (
        "strip",
        "lstrip",
        "rstrip",
        "lower",
        "upper",
    )
)
_FIELD = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
_DIRECTIVE = re.compile(r"%(?:\((\w+)\))?(.)", re.DOTALL)


def call_function(run: Run, name: str, args: list[Any], keywords: dict[str, Any]) -> Any:
    """Call something imported or built in."""
    function = FUNCTIONS.get(name)
    if function is not None:
        return function(run, args, keywords)
    if name not in _HARMLESS:
        for value in (*args, *keywords.values()):
            poison(value)
    return UNKNOWN


def call_method(run: Run, owner: Any, name: str, args: list[Any], keywords: dict[str, Any]) -> Any:
    """Call a method of a known value."""
    if isinstance(owner, File):
        return _file_method(run, owner, name)
    if isinstance(owner, Content):
        owner = run.text(owner.path)
    if isinstance(owner, str):
        return _text_method(run, owner, name, args, keywords)
    if isinstance(owner, list | tuple):
        return _list_method(run, owner, name, args)
    if isinstance(owner, dict):
        return _dict_method(run, owner, name, args, keywords)
    for value in (*args, *keywords.values()):
        poison(value)
    return UNKNOWN


def lines_of(run: Run, path: str) -> list[Any]:
    """The lines of a file, with their ends."""
    text = run.text(path)
    return text.splitlines(keepends=True) if isinstance(text, str) else [UNKNOWN]


def _file_method(run: Run, file: File, name: str) -> Any:
    if name == "read":
        return Content(file.path)
    return lines_of(run, file.path) if name == "readlines" else UNKNOWN


def _text_method(run: Run, text: str, name: str, args: list[Any], keywords: dict[str, Any]) -> Any:
    run.step(1 + len(text) // 100)
    if name == "join" and len(args) == 1:
        return _join(run, text, args[0])
    if name == "format":
        return _format(text, args, keywords)
    if name in _PATH_METHODS:
        return _PATH_METHODS[name](run, [text, *args], keywords)
    if name in ("decode", "expanduser"):
        return text
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
    return len(texts) == 2 and len(text) + (text.count(texts[0]) * len(texts[1])) <= MAX_TEXT


def _join(run: Run, separator: str, values: Any) -> Any:
    parts = [run.force(value) for value in items_of(values)]
    run.step(1 + sum(len(part) for part in parts if isinstance(part, str)) // 100 + len(parts) // 10)
    texts = [part if isinstance(part, str) else HOLE for part in parts]
    if sum(map(len, texts)) + len(separator) * len(texts) > MAX_TEXT:
        return UNKNOWN
    return separator.join(texts)


def _format(text: str, args: list[Any], keywords: dict[str, Any]) -> Any:
    following = iter(args)

    def fill(match: re.Match[str]) -> str:
        field = match[1]
        if field is None:
            return match[0][0]
        if not field:
            return as_text(next(following, UNKNOWN))
        if field.isdecimal() and len(field) < 4:
            return as_text(args[int(field)]) if int(field) < len(args) else HOLE
        return as_text(keywords.get(field, UNKNOWN))

    return _fill(_FIELD, fill, text)


def percent(run: Run, text: str, values: Any) -> Any:
    """``text % values``."""
    positional = list(values) if isinstance(values, tuple) else [values]
    following = iter(map(run.force, positional))

    def fill(match: re.Match[str]) -> str:
        if match[2] == "%":
            return "%"
        if match[1] is not None:
            value = values.get(match[1], UNKNOWN) if isinstance(values, dict) else UNKNOWN
        else:
            value = next(following, UNKNOWN)
        return as_text(value) if match[2] in "sd" else HOLE

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


def _list_method(run: Run, items: Any, name: str, args: list[Any]) -> Any:
    if name in ("copy", "union", "intersection", "difference"):
        found: list[Any] = []
        for values in (items, *(args if name == "union" else ())):
            extend(found, values)
        return found
    if isinstance(items, list):
        if name in ("append", "add") and len(args) == 1:
            extend(items, [args[0]])
        elif name == "insert" and len(args) == 2:
            extend(items, [args[1]])
        elif name in ("extend", "update"):
            for values in args:
                run.step(1 + len(items_of(values)) // 10)
                extend(items, values)
        elif name not in ("sort", "reverse", "remove", "discard", "pop", "clear", "index", "count"):
            poison(items)
    # What is taken out stays in: one requirement too many is sound, one too few is not
    return UNKNOWN


def _dict_method(
    run: Run, table: dict[Any, Any], name: str, args: list[Any], keywords: dict[str, Any]
) -> Any:
    if name in ("keys", "values", "items"):
        run.step(1 + len(table) // 10)
        return [list(entry) if name == "items" else entry for entry in getattr(table, name)()]
    if name == "copy":
        return dict(table)
    if name == "update":
        for values in args:
            merge(run, table, values)
        merge(run, table, keywords)
        return None
    if name in ("get", "setdefault", "pop") and args:
        return _look_up(run, table, name, args)
    poison(table)
    return UNKNOWN


def _look_up(run: Run, table: dict[Any, Any], name: str, args: list[Any]) -> Any:
    key, default = args[0], args[1] if len(args) > 1 else None
    if not is_known(key) or UNKNOWN in table:
        return UNKNOWN
    if name == "setdefault" and key not in table:
        run.set_item(table, key, default)
    return table.get(key, default)


def merge(run: Run, table: dict[Any, Any], values: Any) -> None:
    """Add a dict's entries, or pairs, to a dict."""
    if isinstance(values, dict):
        pairs = list(values.items())
    else:
        pairs = [_pair(item) for item in items_of(values)]
    run.step(1 + len(pairs) // 10)
    for key, value in pairs:
        run.set_item(table, key, value)


def _pair(item: Any) -> tuple[Any, Any]:
    return (item[0], item[1]) if isinstance(item, list | tuple) and len(item) == 2 else (UNKNOWN, UNKNOWN)


def _path(parts: list[Any]) -> str | Unknown:
    texts = [as_text(part) for part in parts]
    return posixpath.join(*texts) if texts and sum(map(len, texts)) < 10_000 else UNKNOWN


def _join_path(run: Run, args: list[Any], keywords: dict[str, Any]) -> Any:
    return _path(args)


def _opened(run: Run, args: list[Any], keywords: dict[str, Any]) -> Any:
    path = args[0] if args else keywords.get("file")
    mode = args[1] if len(args) > 1 else keywords.get("mode", "r")
    return File(path) if isinstance(path, str) and isinstance(mode, str) and "r" in mode else UNKNOWN


def _read_text(run: Run, args: list[Any], keywords: dict[str, Any]) -> Any:
    return Content(args[0])


def _absolute(run: Run, args: list[Any], keywords: dict[str, Any]) -> Any:
    path = _path([absolute(run.place.folder), *args[:1]])
    if isinstance(path, str) and HOLE not in path:
        return posixpath.normpath(path)
    return path


def _on_text(function: Callable[[str], str]) -> Function:
    def call(run: Run, args: list[Any], keywords: dict[str, Any]) -> Any:
        return (
            function(args[0])
            if len(args) == 1 and isinstance(args[0], str) and HOLE not in args[0]
            else UNKNOWN
        )

    return call


def _listed(run: Run, args: list[Any], keywords: dict[str, Any]) -> Any:
    found: list[Any] = []
    for values in args[:1]:
        run.step(1 + len(items_of(values)) // 10)
        extend(found, lines_of(run, values.path) if isinstance(values, File) else values)
    return found


def _chained(run: Run, args: list[Any], keywords: dict[str, Any]) -> Any:
    found: list[Any] = []
    for values in args:
        run.step(1 + len(items_of(values)) // 10)
        extend(found, values)
    return found


def _flattened(run: Run, args: list[Any], keywords: dict[str, Any]) -> Any:
    return _chained(run, items_of(args[0]), keywords) if args else UNKNOWN


def _dict(run: Run, args: list[Any], keywords: dict[str, Any]) -> Any:
    found: dict[Any, Any] = {}
    for values in (*args, keywords):
        merge(run, found, values)
    return found


def _string(run: Run, args: list[Any], keywords: dict[str, Any]) -> Any:
    return as_text(run.force(args[0])) if len(args) == 1 else UNKNOWN


def _first(run: Run, args: list[Any], keywords: dict[str, Any]) -> Any:
    return args[0] if args else UNKNOWN


_PATH_METHODS: dict[str, Function] = {
    "read_text": _read_text,
    "read_bytes": _read_text,
    "open": _opened,
    "resolve": lambda run, args, keywords: _absolute(run, args[:1], keywords),
    "absolute": lambda run, args, keywords: _absolute(run, args[:1], keywords),
    "joinpath": _join_path,
    "as_posix": _first,
}

FUNCTIONS: dict[str, Function] = {
    "os.path.join": _join_path,
    "os.path.dirname": _on_text(posixpath.dirname),
    "os.path.basename": _on_text(posixpath.basename),
    "os.path.normpath": _on_text(posixpath.normpath),
    "os.path.abspath": _absolute,
    "os.path.realpath": _absolute,
    "os.getcwd": lambda run, args, keywords: absolute(run.place.folder),
    "pathlib.Path": _join_path,
    "pathlib.PurePath": _join_path,
    "pathlib.Path.cwd": lambda run, args, keywords: absolute(run.place.folder),
    "os.fspath": _first,
    "open": _opened,
    "io.open": _opened,
    "codecs.open": _opened,
    "list": _listed,
    "tuple": lambda run, args, keywords: tuple(_listed(run, args, keywords)),
    "set": _listed,
    "frozenset": _listed,
    "sorted": _listed,
    "reversed": _listed,
    "sum": _flattened,
    "itertools.chain": _chained,
    "itertools.chain.from_iterable": _flattened,
    "dict": _dict,
    "str": _string,
    "compile": _first,
}

_HARMLESS = frozenset(
    (
        "print",
        "len",
        "any",
        "all",
        "isinstance",
        "min",
        "max",
        "repr",
        "map",
        "filter",
        "zip",
        "enumerate",
        "iter",
        "int",
        "bool",
        "hasattr",
        "setuptools.find_packages",
        "setuptools.find_namespace_packages",
        "json.dumps",
        "os.path.exists",
        "os.path.isfile",
    )
)
