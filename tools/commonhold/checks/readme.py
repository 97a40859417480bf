"""Find a plugin's README, and the statements in it that users look for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonhold.checks.memo import once
from commonhold.projects.document import plain_text
from commonhold.projects.quick_start import INSTALLATION, find_readme

if TYPE_CHECKING:
    from commonhold.checks.context import CheckedPlugin
    from commonhold.projects.document import Document, Section

PURPOSE = re.compile(
    r"\b(about|overview|purpose|what (is|are|does)|why|introduction|description|summary|motivation"
    r"|features?|background)\b",
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
_LONGEST_LINK_LINE = 500


@once
def read_readme(checked: CheckedPlugin) -> Document | None:
    """Return the plugin's README: the file that its metadata names, or a file with a usual name."""
    return find_readme(checked.description, checked.plugin.path, checked.paths, checked.repository.text)


def readme_path(checked: CheckedPlugin) -> str:
    """Return the repository path of the plugin's README, also if it does not exist."""
    document = read_readme(checked)
    return document.path if document is not None else checked.path("README.md")


def has_prose(section: Section, fewest: int = _FEWEST_WORDS) -> bool:
    """Return whether a section contains a sentence, not only links and badges."""
    # A long line of punctuation would make the pattern slow.
    lines = (line for _, line in section.lines if len(line) > _LONGEST_LINK_LINE or not _LINK_LINE.match(line))
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
