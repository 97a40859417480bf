"""Read the texts in which a file may name another plugin: string constants in Python, and words in other files.

Comments, docstrings, and the tables that the library parses in project files are left out.
"""

from __future__ import annotations

import _ast as ast
import re

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.names import normalize
from commonhold.projects.python_ast import child_nodes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_QUOTES = (b'"', b"'")
_MOST_MISSES = 50  # lines of a notebook that are searched to its end and not found
_BRACKETS = bytes.maketrans(b"\"'`,;()[]", b" " * 9)
# Patterns for functions of `re`, which compile a pattern at its first use.
_HEADER = r"\s*\[\[?\s*([^\]\[]+?)\s*\]\]?\s*(?:#.*)?$"
_UNDERSTOOD = {
    "pyproject.toml": (
        ("project.", "build-system.", "dependency-groups.", "tool.poetry.", "tool.uv.sources.", "tool.commonhold."),
        (
            "project.scripts.",
            "project.gui-scripts.",
            "project.entry-points.",
            "tool.poetry.scripts.",
            "tool.poetry.plugins.",
        ),
    ),
    "setup.cfg": (("metadata.", "options."), ("options.entry_points.",)),
}
"""The parsed tables of each project file, and their subtables that are not parsed, each with a dot at the end."""

_IMPORT = r"(?:^|;)\s*(?:from|import)\s+([\w.]+)(?:\s+c?import\s+\(?([\w, ]+))?"
_MODULE_OPTION = rb"(?<=[\s'\"])-([mp])[\s'\",=]{0,20}([A-Za-z_][\w.]{0,200})"
_ENTRY_POINTS = (
    r"\s*\[(?:project\.(?:entry-points|scripts|gui-scripts)|tool\.poetry\.(?:plugins|scripts)|options\.entry_points)"
)
_RECORDING = rb"(?:(?:---|#)[^\n]*\n)*interactions:\s*\n-\s+(?:request|response):"
_OBJECT = r"=\s*[\"']?\s*([A-Za-z_][\w.]*)\s*:\s*[A-Za-z_]"
_MODULE_VALUE = r"=\s*[\"']?\s*([A-Za-z_][\w.]*)\s*[\"']?\s*$"
_QUOTED_MODULE = r"[\"'][\w .-]+=\s*([A-Za-z_][\w.]*)\s*[\"']"
_PYTHON = r"(?i)python|\bpy\b|\bcoverage run\b"
_LONGEST_COMMAND = 500
_DELIMITERS = r"""[\s"'`,;()\[\]<>|=]+"""


def python_constants(tree: list[ast.stmt]) -> list[tuple[int, str]]:
    """Return the string constants of a Python file with their lines.

    Adjacent constants are joined, as in Python. Only the constant at the start of an f-string is returned.
    """
    found: list[tuple[int, str]] = []
    todo: list[ast.AST] = [*tree]
    while todo:
        node = todo.pop()
        kind = type(node)
        if kind is ast.Constant:
            if isinstance(node.value, str):  # type: ignore[attr-defined]
                found.append((node.lineno, node.value))  # type: ignore[attr-defined]
        elif kind is ast.JoinedStr:
            found += _start_of(node)  # type: ignore[arg-type]
            todo += [part.value for part in node.values if isinstance(part, ast.FormattedValue)]  # type: ignore[attr-defined]
        elif not _is_bare_string(node):
            todo += child_nodes(node)
    return sorted(found)


def _start_of(node: ast.JoinedStr) -> Iterator[tuple[int, str]]:
    """Yield the constant at the start of an f-string, without a dot before the first expression, with its line."""
    for part in node.values[:1]:
        if isinstance(part, ast.Constant):
            yield part.lineno, str(part.value).removesuffix(".")


def _is_bare_string(node: object) -> bool:
    """Return whether a statement is a docstring, or a string that documents an attribute."""
    return isinstance(node, ast.Expr) and isinstance(node.value, (ast.Constant, ast.JoinedStr))


def text_words(path: str, data: bytes, may_name: Callable[[str], bool]) -> Iterator[tuple[int, str]]:
    """Yield the words outside comments of a file, with their lines; only lines that ``may_name`` accepts are read."""
    text = data.decode("utf-8", "replace")
    lines = _notebook_lines(text) if path.endswith(".ipynb") else enumerate(text.splitlines(), start=1)
    for number, line in lines:
        if not may_name(line):
            continue
        for word in re.split(_DELIMITERS, _without_comment(line)):
            if word:
                yield number, word
        yield from ((number, name) for name in imported_words(line) if "." in name)


def imported_words(line: str) -> Iterator[str]:
    """Yield the modules, and the names in them, that a line of Python code imports.

    >>> list(imported_words("from acme import a, b as c"))
    ['acme', 'acme.a', 'acme.b']
    """
    for module, names in re.findall(_IMPORT, line) if "import" in line else ():
        yield module
        yield from (f"{module}.{name.split()[0]}" for name in names.split(",") if name.strip())


def run_modules(data: bytes) -> Iterator[str]:
    """Yield the modules that commands in a text run with Python's ``-m`` or load with pytest's ``-p``.

    >>> list(run_modules(b"mkdir -p docs && python -W error -m acme -m fast"))
    ['acme']
    """
    for match in re.finditer(_MODULE_OPTION, data):
        line = (
            data[max(match.start() - _LONGEST_COMMAND, 0) : match.start()]
            .rpartition(b"\n")[2]
            .decode("utf-8", "replace")
        )
        command = re.split(r"&&|[;|]", line)[-1]
        is_run = re.search(_PYTHON, command) and not re.search(r"\s-m\b", command)
        if (is_run if match[1] == b"m" else re.search(r"\bpy\.?test\b", command)) and _without_comment(line) == line:
            yield match[2].decode()


def entry_point_modules(path: str, data: bytes) -> Iterator[str]:
    r"""Yield the modules that entry points in a project file name, such as ``run = "module:function"``.

    >>> list(entry_point_modules("pyproject.toml", b'[project.scripts]\nrun = "acme.tool:main"'))
    ['acme.tool']
    """
    is_python = path.endswith(".py")
    value, is_table = (_QUOTED_MODULE, True) if is_python else (_MODULE_VALUE, False)
    for line in data.decode("utf-8", "replace").splitlines():
        if line.lstrip()[:1] == "[" and not is_python:
            is_table = re.match(_ENTRY_POINTS, line) is not None
        if "=" not in line or not (is_table or ":" in line):
            continue
        plain = _without_comment(line)
        yield from re.findall(_OBJECT, plain)
        yield from re.findall(value, plain) if is_table else ()


def unread_part(path: str, data: bytes) -> bytes:
    """Return a file's text with the tables that the library parses replaced by empty lines.

    Nothing is left of recorded HTTP requests and responses: what a server sent is not a use of a plugin.
    """
    if path.endswith((".yaml", ".yml")) and re.match(_RECORDING, data):
        return b""
    understood, others = _UNDERSTOOD.get(path.rpartition("/")[2], ((), ()))
    if not understood:
        return data
    is_read = False
    lines: list[str] = []
    for line in data.decode("utf-8", "replace").splitlines():
        header = re.match(_HEADER, line) if "[" in line and line.lstrip()[:1] == "[" else None
        if header is not None:
            table = header[1].replace('"', "").replace("'", "") + "."
            is_read = table.startswith(understood) and not table.startswith(others)
        lines.append("" if is_read else line)
    return "\n".join(lines).encode()


def _notebook_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a notebook's code cells; every line if the notebook cannot be read."""
    import json

    try:
        cells = json.loads(text)["cells"]
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        code = [line for source in sources for line in (source.splitlines() if isinstance(source, str) else source)]
    except (ValueError, TypeError, KeyError, RecursionError):
        yield from enumerate(text.splitlines(), start=1)
        return
    at, number, left = 0, 1, _MOST_MISSES * len(text)
    for line in filter(None, map(str, code)):
        # The cell's text is quoted in the file; a line that cannot be found there keeps the number of the previous one.
        found = text.find(json.dumps(line, ensure_ascii=False)[1:-1], at) if left > 0 else -1
        if found >= 0:
            number += text.count("\n", at, found)
            at = found
        else:
            left -= len(text) - at
        yield number, line


def _without_comment(line: str) -> str:
    """Remove a comment: ``#`` at the start or after a space, outside quotes, or ``;`` at the start."""
    if line.lstrip().startswith(("#", ";")):
        return ""
    counted, double, single = 0, 0, 0
    at = line.find("#")
    while at > 0:
        double += line.count('"', counted, at)
        single += line.count("'", counted, at)
        counted = at
        if line[at - 1].isspace() and double % 2 == 0 and single % 2 == 0:
            return line[:at]
        at = line.find("#", at + 1)
    return line


def guess_names(data: bytes) -> Iterator[str]:
    """Yield the names that a project file may declare, before the file is parsed; superfluous names do no harm."""
    lines = data.splitlines()
    names = [text for key, text in _assigned(line for line in lines if b"name" in line) if key == b"name"]
    values: dict[bytes, bytes] = {}
    if any(name.isidentifier() or "{" in name for name in (each.decode("utf-8", "replace") for each in names)):
        for key, text in _assigned(lines):
            values.setdefault(key, text)
    for name in names:
        text = values.get(name, name)  # setup(name=NAME)
        for key in re.findall(rb"\{(\w+)\}", text):
            text = text.replace(b"{%b}" % key, values.get(key, b""))
        yield normalize(text.decode("utf-8", "replace"))


def _assigned(lines: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    for line in lines:
        before, _, value = line.partition(b"=")
        words = before.translate(_BRACKETS).split()
        if words and value:
            yield words[-1], _literal(value.strip())


def _literal(text: bytes) -> bytes:
    """Return the text of a quoted string without its quotes, or the first word of an unquoted value."""
    if text[:1] == b"f" and text[1:2] in _QUOTES:
        text = text[1:]
    if text[:1] in _QUOTES:
        return text[1:].partition(text[:1])[0]
    return text.translate(_BRACKETS).partition(b" ")[0]
