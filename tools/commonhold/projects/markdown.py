"""Read the structure of Markdown documents line by line, in time proportional to their size."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonhold.projects.document import CodeBlock, Heading, build_document, numbered_lines, plain_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.projects.document import Document

_QUOTE = re.compile(r"^ {0,3}> ?")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})\s*([^`]*)$")
_ATX = re.compile(r" {0,3}(#{1,6})(?:\s+(.*?))?(?:\s+#+)?\s*$")
_SETEXT = re.compile(r" {0,3}(=+|-+)\s*$")
_HTML_HEADING = re.compile(r"\s*(?:<(?:div|center|a|p)\b[^<>]*>\s*)*<h([1-6])\b[^<>]*>(.*)", re.IGNORECASE)
_LIST_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])(?:\s|$)")
_MOST_HEADING_LINES = 10


def read_markdown(path: str, text: str) -> Document:
    """Return the structure of a Markdown document."""
    return build_document(path, _Reader(numbered_lines(text)).pieces())


class _Reader:
    """Iterates over the lines once; ``at`` is the index of the next line."""

    def __init__(self, lines: list[tuple[int, str]]) -> None:
        self.lines = lines
        self.at = _after_front_matter(lines)

    def pieces(self) -> Iterator[Heading | CodeBlock | tuple[int, str]]:
        paragraph: tuple[int, str] | None = None  # the previous line, if a line of dashes makes it a heading
        in_list = is_after_blank = False
        is_after_blank = True
        while self.at < len(self.lines):
            number, written = self._next()
            line = self._without_comment(_QUOTE.sub("", written, count=1))
            heading = self._heading(number, line)
            if paragraph is not None and (under := _SETEXT.match(line)):
                yield Heading(plain_text(paragraph[1]).strip(), 1 if "=" in under[1] else 2, paragraph[0])
                paragraph = None
                continue
            if paragraph is not None:
                yield paragraph
            paragraph = None
            if fence := _FENCE.match(line):
                yield self._fenced(number, fence, in_quote=_QUOTE.match(written) is not None)
            elif heading is not None:
                yield heading
                in_list = False
            elif line.startswith("    ") and is_after_blank and not in_list:
                yield self._indented(number, line)
            elif not line.strip():
                yield number, ""
                is_after_blank = True
                continue
            else:
                is_item = _LIST_ITEM.match(line) is not None
                in_list = is_item or (in_list and (line.startswith(" ") or not is_after_blank))
                if is_item or line.lstrip().startswith("|"):
                    yield number, line
                else:
                    paragraph = number, line
            is_after_blank = False
        if paragraph is not None:
            yield paragraph

    def _next(self) -> tuple[int, str]:
        self.at += 1
        return self.lines[self.at - 1]

    def _without_comment(self, line: str) -> str:
        """Return a line without HTML comments; skip the lines of a comment that ends later."""
        if "<!--" not in line:
            return line
        start, _, rest = line.partition("<!--")
        while "-->" not in rest:
            if self.at >= len(self.lines):
                return start
            rest = self._next()[1]
        return start + rest.partition("-->")[2].replace("<!--", "")

    def _heading(self, number: int, line: str) -> Heading | None:
        if match := _ATX.match(line):
            return Heading(plain_text(match[2] or "").strip(), len(match[1]), number)
        match = _HTML_HEADING.match(line) if "<h" in line or "<H" in line else None
        if match is None:
            return None
        title, level = match[2], match[1]
        for _, more in self.lines[self.at : self.at + _MOST_HEADING_LINES]:
            if f"</h{level}" in title.lower() or not more.strip():
                break
            title += " " + more
            self.at += 1
        end = title.lower().find(f"</h{level}")
        return Heading(" ".join(plain_text(title[:end] if end >= 0 else title).split()), int(level), number)

    def _fenced(self, number: int, fence: re.Match[str], *, in_quote: bool) -> CodeBlock:
        mark, info = fence[1], fence[2].strip().lower()
        code: list[str] = []
        while self.at < len(self.lines):
            line = self._next()[1]
            line = _QUOTE.sub("", line, count=1) if in_quote else line
            inner = line.strip()
            if inner.startswith(mark) and not inner.strip(mark[0]):
                break
            code.append(line)
        return CodeBlock("\n".join(code), number + 1, info)

    def _indented(self, number: int, first: str) -> CodeBlock:
        code = [first]
        while self.at < len(self.lines) and (not self.lines[self.at][1] or self.lines[self.at][1].startswith("    ")):
            code.append(self._next()[1])
        return CodeBlock("\n".join(code), number)


def _after_front_matter(lines: list[tuple[int, str]]) -> int:
    if lines and lines[0][1] == "---":
        return next((index + 1 for index, (_, line) in enumerate(lines[1:200], 1) if line in ("---", "...")), 0)
    return 0
