"""Read the structure of reStructuredText documents line by line, in time proportional to their size."""

from __future__ import annotations

import operator
import re
from itertools import dropwhile
from typing import TYPE_CHECKING

from commonhold.projects.document import CodeBlock, Heading, build_document, numbered_lines, plain_text
from commonhold.projects.markdown import read_markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.projects.document import Document

_LINE = re.compile(r"([!-/:-@\[-`{-~])\1{2,}$")
_CODE = re.compile(r"\s*\.\. (?:literalinclude::|(?:code-block|code|sourcecode|prompt|parsed-literal)::\s*(.*)$)")
_DIRECTIVE = re.compile(r"\s*\.\. (?:[\w-]+::|_|\[|\|)")
_IMAGE = re.compile(r"\s*\.\. (?:\|[^|]*\| )?(?:image|figure|raw|contents|include|meta)::")
_COMMENT = re.compile(r"\s*\.\.(?:\s|$)")
_OPTION = re.compile(r"\s*:[\w-]+:")
_TOCTREE = re.compile(r"\s*\.\. toctree::")


def read_document(path: str, text: str) -> Document:
    """Return the structure of a document: reStructuredText by its suffix, otherwise Markdown."""
    return _read_rst(path, text) if path.lower().endswith((".rst", ".rest")) else read_markdown(path, text)


def _read_rst(path: str, text: str) -> Document:
    return build_document(path, _Reader(numbered_lines(text)).pieces())


class _Reader:
    """Iterates over the lines once; ``at`` is the index of the next line."""

    def __init__(self, lines: list[tuple[int, str]]) -> None:
        self.lines = lines
        self.at = 0
        self.styles: list[str] = []

    def pieces(self) -> Iterator[Heading | CodeBlock | tuple[int, str]]:
        while self.at < len(self.lines):
            number, line = self.lines[self.at]
            if (heading := self._heading()) is not None:
                yield heading
                continue
            self.at += 1
            if code := _CODE.match(line):
                # The options of an included file are all that is known about its code.
                yield self._code(line, (code[1] or "").strip().lower(), has_options=code[1] is not None)
            elif _TOCTREE.match(line):
                # Every entry links to a document.
                entries = (f"`<{each.strip()}>`_" for each in self._block(line) if each and not _OPTION.match(each))
                yield from ((number + 1 + offset, entry) for offset, entry in enumerate(entries))
            elif _IMAGE.match(line):
                self._block(line)
            elif line.lstrip().startswith(">>>"):
                yield CodeBlock("\n".join([line, *self._until_blank()]), number, "python")
            elif _COMMENT.match(line) and not _DIRECTIVE.match(line):
                self._block(line)
            elif line.endswith("::") and not _DIRECTIVE.match(line):
                yield number, line[:-1]
                yield self._code(line)
            elif not _OPTION.match(line):
                yield number, line

    def _heading(self) -> Heading | None:
        """Return the heading at the current line, and continue after it."""
        number, line = self.lines[self.at]
        over = _LINE.match(line)
        title_at = self.at + 1 if over else self.at
        if title_at + 1 >= len(self.lines):
            return None
        title, under = self.lines[title_at][1], _LINE.match(self.lines[title_at + 1][1])
        if under is None or not title.strip() or _LINE.match(title) or (over and over[1] != under[1]):
            return None
        if not over and title.startswith(" "):
            return None
        style = under[1] * (2 if over else 1)
        if style not in self.styles:
            self.styles.append(style)
        self.at = title_at + 2
        return Heading(plain_text(title).strip(), self.styles.index(style) + 1, number + bool(over))

    def _code(self, line: str, language: str = "", *, has_options: bool = False) -> CodeBlock:
        """Return the code that a line introduces, without the options of a directive."""
        start, block = self.at, self._block(line)
        code = list(dropwhile(_OPTION.match, block)) if has_options else block
        code = list(dropwhile(operator.not_, code))
        return CodeBlock("\n".join(code), start + 1 + len(block) - len(code), language)

    def _block(self, line: str) -> list[str]:
        """Return the following lines that are indented more than a line."""
        margin = len(line) - len(line.lstrip())
        block: list[str] = []
        while self.at < len(self.lines):
            following = self.lines[self.at][1]
            if following and len(following) - len(following.lstrip()) <= margin:
                break
            block.append(following)
            self.at += 1
        return block

    def _until_blank(self) -> list[str]:
        block: list[str] = []
        while self.at < len(self.lines) and self.lines[self.at][1]:
            block.append(self.lines[self.at][1])
            self.at += 1
        return block
