"""Find a plugin's README, and the statements in it that users look for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonhold.checks.document import plain_text
from commonhold.checks.memo import once
from commonhold.checks.restructured_text import read_document
from commonhold.projects.paths import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.checks.context import CheckedPlugin
    from commonhold.checks.document import CodeBlock, Document, Section

README_NAMES = ("readme.md", "readme.rst", "readme.markdown", "readme.txt", "readme")

INSTALLATION = re.compile(
    r"\b(install(ing|ation)?|set[ -]?up|requirements?|prerequisites?|pre-requisites?)\b", re.IGNORECASE
)
QUICK_START = re.compile(
    r"\b(quick[ -]?start|usage|using|use|examples?|get(ting)? started|how to|tutorial|demo|sample"
    r"|first steps|run(ning)?)\b",
    re.IGNORECASE,
)
PURPOSE = re.compile(
    r"\b(about|overview|purpose|what (is|are|does)|why|introduction|description|summary|motivation"
    r"|features?|background)\b",
    re.IGNORECASE,
)
_INSTALLS = re.compile(
    r"(?<![\w-])((pip3?|uv|pipx|poetry|pdm|hatch|conda|mamba|micromamba|rye|pixi|python3? -m pip"
    r"|apt(-get)?|brew|npm|yarn)"
    r"\b[\w\s=.-]{0,60}\b(install|add|sync)|git clone|export |source |cd |mkdir |(?-i:FROM|RUN) )",
    re.IGNORECASE,
)
_INSTALLS_PACKAGE = re.compile(
    r"(?<![\w-])(pip3?|uv|pipx|poetry|pdm|hatch|conda|mamba|micromamba|rye|pixi|plugins?)\b[\w\s=.-]{0,60}\b(install|add)\b"
    r"|[\"'][\w.-]+[\"']?\s*(=|>=|~=|==)\s*[\"']?[\d^~]|\binstall(s|ed|ation)?\b",
    re.IGNORECASE,
)
_OTHER_SECTIONS = re.compile(
    r"\b(install\w*|contribut\w*|licen[cs]e|development|changelog|links|references?|test(s|ing)|badges?)\b",
    re.IGNORECASE,
)
_PURPOSE_SENTENCE = re.compile(
    r"\b(this|the) (\w+ ){0,2}(package|library|plugin|module|extension|integration|instrumentation|connector|exporter"
    r"|project|distribution) (is|allows|provides|lets|contains|enables|adds|implements|installs|integrates|makes"
    r"|helps)\b",
    re.IGNORECASE,
)
_LINK_LINE = re.compile(r"^\W*(!?\[[^\[\]]*\](\([^()]*\)|\[[^\[\]]*\])|https?://\S+|`[^`]*<[^<>]*>`_+)?[\s|·•/,.-]*$")
_WORD = re.compile(r"[^\W\d_]{2,}")
_FEWEST_WORDS = 5


@once
def read_readme(checked: CheckedPlugin) -> Document | None:
    """Return the plugin's README: the file that its metadata names, or a file with a usual name."""
    readme = checked.description.readme.value
    named = resolve(checked.plugin.path, readme.file) if readme is not None and readme.file else None
    usual = sorted((name for name in checked.paths if name.lower() in README_NAMES), key=_rank)
    for path in [*([named] if named else []), *map(checked.path, usual)]:
        text = checked.repository.text(path)
        if text is not None:
            return read_document(path, text)
    return None


def _rank(name: str) -> int:
    return README_NAMES.index(name.lower())


def readme_path(checked: CheckedPlugin) -> str:
    """Return the repository path of the plugin's README, also if it does not exist."""
    document = read_readme(checked)
    return document.path if document is not None else checked.path("README.md")


def has_prose(section: Section, fewest: int = _FEWEST_WORDS) -> bool:
    """Return whether a section contains a sentence, not only links and badges."""
    lines = (line for _, line in section.lines if not _LINK_LINE.match(line))
    return sum(len(_WORD.findall(plain_text(line))) for line in lines) >= fewest


def states_purpose(document: Document) -> bool:
    """Return whether a document says what the plugin is for."""
    if any(has_prose(section) or section.codes for section in document.titled(PURPOSE)):
        return True
    if document.find(_PURPOSE_SENTENCE):
        return True
    # The introduction under the title, or a section with a title of its own.
    return any(has_prose(section) for section in document.sections if not _OTHER_SECTIONS.search(section.title))


def explains_installation(document: Document) -> bool:
    """Return whether a document says how to install the plugin."""
    if any(has_prose(section, 2) or section.codes for section in document.titled(INSTALLATION)):
        return True
    return any(_INSTALLS_PACKAGE.search(code.text) for code in document.codes) or document.find(_INSTALLS_PACKAGE)


def quick_starts(document: Document) -> Iterator[CodeBlock]:
    """Yield the blocks of code that use the plugin, not only install it."""
    for section in document.sections:
        is_named = bool(QUICK_START.search(section.title)) and not INSTALLATION.search(section.title)
        for code in section.codes:
            lines = [line.strip() for line in code.text.splitlines()]
            is_python = code.language.split("{")[-1].strip("} ").startswith(("py", "ipython", "jupyter"))
            if is_python:
                uses = any(line and not line.startswith("#") for line in lines)
            else:
                commands = [command for line in lines if (command := line.lstrip("$>%# "))]
                uses = any(not _INSTALLS.match(command) for command in commands)
                uses &= is_named or not code.language or _is_program(code.language)
            if uses:
                yield code


def _is_program(language: str) -> bool:
    return not language.startswith(("sh", "bash", "console", "zsh", "terminal", "text", "mermaid"))
