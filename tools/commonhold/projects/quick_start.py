"""Find the quick start in a project's README: the code that uses the project."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from commonhold.projects.paths import resolve
from commonhold.projects.restructured_text import read_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from commonhold.projects.document import CodeBlock, Document, Section
    from commonhold.projects.published import Description

README_NAMES = ("readme.md", "readme.rst", "readme.markdown", "readme.txt", "readme")


INSTALLATION = re.compile(
    r"\b(install(ing|ation)?|set[ -]?up|requirements?|prerequisites?|pre-requisites?)\b", re.IGNORECASE
)
QUICK_START = re.compile(
    r"\b(quick[ -]?start|usage|using|use|examples?|get(ting)? started|how to|tutorial|demo|sample"
    r"|first steps|run(ning)?)\b",
    re.IGNORECASE,
)
_INSTALLS = re.compile(
    r"(?<![\w-])((pip3?|uv|pipx|poetry|pdm|hatch|conda|mamba|micromamba|rye|pixi|python3? -m pip"
    r"|apt(-get)?|brew|npm|yarn)"
    r"\b[\w\s=.-]{0,60}\b(install|add|sync)|git clone|export |source |cd |mkdir |(?-i:FROM|RUN) )",
    re.IGNORECASE,
)

# `python`, `py3`, `pycon`, `{.python}`, `{code-cell} ipython3`, but not `pytb` or `pyproject.toml`
_PYTHON = re.compile(r"\W*(?:code-cell\W+)?i?py(?:thon|con)?[\d.]*(?![\w.-])")


def find_readme(
    description: Description, folder: str, names: Iterable[str], read: Callable[[str], str | None]
) -> Document | None:
    """Return the README of the project in ``folder``: the file that its metadata names, or a file with a usual name.

    ``names`` are the project's files, relative to its folder. ``read`` returns the text of a file by its path in the
    repository.
    """
    readme = description.readme.value
    named = resolve(folder, readme.file) if readme is not None and readme.file else None
    usual = sorted((name for name in names if name.lower() in README_NAMES), key=_rank)
    for path in [*([named] if named else []), *(f"{folder}/{name}" for name in usual)]:
        text = read(path)
        if text is not None:
            return read_document(path, text)
    return None


def _rank(name: str) -> int:
    return README_NAMES.index(name.lower())


def quick_starts(document: Document) -> Iterator[CodeBlock]:
    """Yield the blocks of code that use the plugin, not only install it."""
    for section in document.sections:
        is_named = bool(QUICK_START.search(section.title)) and not INSTALLATION.search(section.title)
        for code in section.codes:
            if _uses(code) and (is_named or is_python(code) or _is_program(code.language)):
                yield code


def _uses(code: CodeBlock) -> bool:
    """Return whether a block contains a statement, or a command that does not only install."""
    lines = [line.strip() for line in code.text.split("\n")]
    if is_python(code):
        return any(line and not line.startswith("#") for line in lines)
    commands = [command for line in lines if (command := line.lstrip("$>%# "))]
    return any(not _INSTALLS.match(command) for command in commands)


def is_python(code: CodeBlock) -> bool:
    """Return whether a block of code is Python."""
    return _PYTHON.match(code.language) is not None


def python_script(document: Document) -> str | None:
    """Return the Python code of the quick start as one script; ``None`` if there is none.

    If sections such as "Quick start" or "Usage" contain Python code, it is theirs, otherwise that of every section.
    Each line of code keeps its line number, so that errors name the right line.
    """
    named = [section for section in document.titled(QUICK_START) if not INSTALLATION.search(section.title)]
    blocks = _python_blocks(named) or _python_blocks(document.sections)
    lines: list[str] = []
    for code in blocks:
        lines += [""] * (code.line - 1 - len(lines))
        lines += _statements(code.text)
    return "\n".join(lines) + "\n" if blocks else None


def _python_blocks(sections: Iterable[Section]) -> list[CodeBlock]:
    return [code for section in sections for code in section.codes if is_python(code) and _uses(code)]


def _statements(text: str) -> list[str]:
    """Return the lines of a block; in an interactive session, output lines become empty lines."""
    lines = textwrap.dedent(text).split("\n")  # code in a list is indented
    if not any(line.startswith(">>> ") for line in lines):
        return lines
    return [line[4:] if line.startswith((">>> ", "... ")) else "" for line in lines]


def _is_program(language: str) -> bool:
    return not language.startswith(("sh", "bash", "console", "zsh", "terminal", "text", "mermaid"))
