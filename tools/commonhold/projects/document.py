"""Define documents for people: sections with headings, prose, code blocks and links, each with its line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_CHARACTERS = 1 << 17
MOST_LINE_CHARACTERS = 4096
"""The longest line that is read in full, so that a hostile line cannot make a pattern slow."""

_LINKS = re.compile(
    r"\]\(\s*<?([^\s()<>]+)"  # [text](target)
    r"|^ {0,3}\[[^\[\]]+\]:\s*<?([^\s<>]+)"  # [label]: target
    r"|(?:href|src)\s*=\s*[\"']([^\"'<>\s]+)"
    r"|`[^`<>]*<([^<>`\s]+)>`_"  # `text <target>`_
    r"|^\s*\.\. _[^:]+:\s+(\S+)"  # .. _label: target
    r"|:(?:doc|ref|any|download):`(?:[^`<>]*<)?([^`<>]+)>?`"
    r"|(https?://[^\s<>()\"'`\]|]+)"
)
_MARKUP = re.compile(
    r"!\[[^\[\]]{0,500}\]\([^()]{0,2000}\)"  # an image
    r"|\]\([^()]{0,2000}\)|\]\[[^\[\]]{0,200}\]"  # the target of a link
    r"|<[^<>]{1,2000}>|^ {0,3}\[[^\[\]]+\]:\s.*|\|[^|\s]+\||^\s*\.\. _[^:]+:.*"
    r"|[*`\[\]]|(?<!\w)_+|_+(?!\w)"
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; ``level`` is 1 for the title of a document."""

    title: str
    level: int
    line: int


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A block of code, with its language if the document names one, in lower case; its text begins at ``line``."""

    text: str
    line: int
    language: str = ""


@dataclass(frozen=True)
class Section:
    """A heading (``None`` before the first one) with its own text, up to the next heading of any level.

    ``lines`` are the lines that are not code, as written, with their numbers. ``within`` are the titles of the headings
    above this one.
    """

    heading: Heading | None
    lines: tuple[tuple[int, str], ...] = ()
    codes: tuple[CodeBlock, ...] = ()
    within: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The title without markup, or an empty text before the first heading."""
        return self.heading.title if self.heading else ""

    @cached_property
    def prose(self) -> str:
        """The text that readers see, without code, markup, images and the targets of links."""
        return "\n".join(plain_text(line) for _, line in self.lines)


@dataclass(frozen=True)
class Document:
    """A document; ``path`` is relative to the repository's root."""

    path: str
    sections: tuple[Section, ...] = ()

    @cached_property
    def prose(self) -> str:
        """The text that readers see: titles and prose without code and markup, one line for each line."""
        parts = (part for section in self.sections for part in (section.title, section.prose) if part)
        return "\n".join(parts)

    @cached_property
    def codes(self) -> tuple[CodeBlock, ...]:
        """The code blocks of every section."""
        return tuple(code for section in self.sections for code in section.codes)

    @cached_property
    def links(self) -> tuple[tuple[int, str], ...]:
        """The targets of links with their lines."""
        return tuple(
            (number, target) for section in self.sections for number, line in section.lines for target in _targets(line)
        )

    def titled(self, pattern: re.Pattern[str]) -> Iterator[Section]:
        """Yield the sections whose title, or the title of a section around them, matches a pattern."""
        for section in self.sections:
            if any(pattern.search(title) for title in (section.title, *section.within) if title):
                yield section

    def find(self, pattern: re.Pattern[str]) -> bool:
        """Return whether the prose of a paragraph or a title matches a pattern."""
        return pattern.search(self._joined) is not None

    @cached_property
    def _joined(self) -> str:
        """The prose with each paragraph on one line, because authors break lines anywhere."""
        return re.sub(r"(?<!\n)\n(?!\n)", " ", self.prose)


def plain_text(line: str) -> str:
    """Return a line without its markup.

    >>> plain_text("See **[the guide](https://example.org/x)** ![badge](b.svg) `now`.")
    'See the guide  now.'
    """
    return _MARKUP.sub("", line)


def build_document(path: str, pieces: Iterable[Heading | CodeBlock | tuple[int, str]]) -> Document:
    """Return a document made of its headings, code blocks and other lines, in order."""
    sections: list[Section] = []
    heading: Heading | None = None
    lines: list[tuple[int, str]] = []
    codes: list[CodeBlock] = []
    above: list[Heading] = []

    def close() -> None:
        if heading or lines or codes:
            titles = tuple(each.title for each in above if each is not heading)
            sections.append(Section(heading, tuple(lines), tuple(codes), titles))

    for piece in pieces:
        if isinstance(piece, Heading):
            close()
            heading, lines, codes = piece, [], []
            # The title of the document is not a section around the others.
            above = [each for each in above if 1 < each.level < piece.level]
            above.append(piece)
        elif isinstance(piece, CodeBlock):
            codes.append(piece)
        else:
            lines.append(piece)
    close()
    return Document(path, tuple(sections))


def numbered_lines(text: str) -> list[tuple[int, str]]:
    """Return the lines of a text with their numbers, without the parts that exceed the limits."""
    text = text[:MOST_CHARACTERS].replace("\r\n", "\n").replace("\r", "\n").expandtabs(4)
    return [(number, line[:MOST_LINE_CHARACTERS].rstrip()) for number, line in enumerate(text.split("\n"), 1)]


def _targets(line: str) -> Iterator[str]:
    if "]" in line or "/" in line or "`" in line or ".." in line or "=" in line:
        for match in _LINKS.finditer(line):
            yield match[match.lastindex or 0].rstrip(".,;:!")
