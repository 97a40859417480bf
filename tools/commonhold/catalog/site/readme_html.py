"""Turn readmes and policy documents, which may contain anything, into HTML that cannot do anything."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from html import escape, unescape
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from markupsafe import Markup
from readme_renderer import markdown, rst, txt

from commonhold.catalog.documents.text_checks import UNSAFE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from commonhold.catalog.documents import ReadmeType

MOST_CHARACTERS = 100_000
"""The length at which a text is cut; longer texts are not readmes."""

LONGEST_LINE = 4_000
"""The length at which a line is cut, because renderers need quadratic time for deep nesting."""

_RENDERERS: Mapping[str, Callable[[str], str | None]] = {
    "text/markdown": partial(markdown.render, variant="GFM"),
    "text/x-rst": rst.render,
    "text/plain": txt.render,
}
_PLAIN = frozenset(
    (
        *(
            "p",
            "br",
            "hr",
            "div",
            "span",
            "pre",
            "blockquote",
            "ul",
            "ol",
            "li",
            "dl",
            "dt",
            "dd",
            "details",
            "summary",
        ),
        *("strong", "em", "b", "i", "u", "s", "del", "ins", "sub", "sup", "code", "kbd", "samp", "var", "tt", "abbr"),
        *("cite", "q", "table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption", "a", "img", "input"),
        *("h1", "h2", "h3", "h4", "h5", "h6"),
    )
)
_VOID = frozenset({"br", "hr", "img", "input"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
# The sanitiser writes every tag in this form. Another `<` is shown as text.
_PART = re.compile(r"""<(/?)([a-z][a-z0-9]*)((?:\s+[^\s=<>"'/]+(?:="[^"<>]*")?)*)\s*/?>|([^<]+)|<""")
_ATTRIBUTE = re.compile(r"""([^\s=<>"'/]+)(?:="([^"<>]*)")?""")
_TITLE = re.compile(r"\s*<h1[^<>]*>((?:[^<]|<(?!/h1>))*)</h1>")
_TAG = re.compile(r"<[^<>]*>")
_MOST_CELLS = 100_000
_MOST_TAGS = 4_000
_PREFIX = "text-"
"""The beginning of every id in a text, so that none equals an id of the page."""

_RENDERER_PREFIX = "user-content-"
"""The beginning that the renderer gives the ids of headings, and links to them."""

_TOKEN = re.compile(r"[a-z][a-z0-9]{0,2}")
_SLUG = re.compile(r"[^\w\- ]")
_NUMBER = re.compile(r"[0-9]{1,4}")


def render_text(
    text: str, kind: ReadmeType, base: str | None, *, top: int = 3, skip_titles: tuple[str, ...] = ()
) -> Markup:
    """Return the HTML of a text.

    ``base`` is the URL of the folder that contains the text: relative links are relative to it, and without it they
    become text. ``top`` is the level of the highest heading. A first heading that is one of ``skip_titles`` is left
    out.
    """
    lines = UNSAFE.sub("", text[:MOST_CHARACTERS].replace("\r\n", "\n")).split("\n")
    clean = "\n".join(line[:LONGEST_LINE] for line in lines)
    try:
        rendered = None if _is_expensive(clean) else _RENDERERS[kind](clean)
    except Exception:  # noqa: BLE001 - docutils fails in many ways, such as RecursionError for nested lists
        rendered = None
    if rendered is None:  # also reStructuredText with errors
        rendered = txt.render(clean) or ""
    title = _TITLE.match(rendered)
    if title is not None and unescape(_TAG.sub("", title[1])).strip().lower() in skip_titles:
        rendered = rendered[title.end() :]
    levels = sorted({int(level) for level in re.findall(r"<h([1-6])[\s>]", rendered)})
    shifted = {level: min(top + at, 6) for at, level in enumerate(levels)}
    html = _Rewriter(base, shifted).rewrite(rendered)
    return Markup(html)  # noqa: S704 - every tag and attribute in it was written by the rewriter


def _is_expensive(text: str) -> bool:
    """Return whether renderers could need quadratic time or memory: for wide tables, nested tags or equal headings."""
    lines = text.split("\n")
    cells = max(line.count("|") for line in lines) * len(lines)
    return cells > _MOST_CELLS or text.count("<") > _MOST_TAGS or text.count("#") > _MOST_TAGS


@dataclass(slots=True)
class _Heading:
    tag: str
    at: int
    text: list[str] = field(default_factory=list)


class _Rewriter:
    """Write sanitised HTML again, from a list of tags: nothing of the input is copied except text without a ``<``."""

    def __init__(self, base: str | None, levels: Mapping[int, int]) -> None:
        self._base, self._levels = base, levels
        self._out: list[str] = []
        self._open: list[tuple[str, str]] = []  # the tag as it was read, and the text that closes it
        self._heading: _Heading | None = None
        self._slugs: dict[str, int] = {}

    def rewrite(self, html: str) -> str:
        for found in _PART.finditer(html):
            end, tag, attributes, text = found.groups()
            if text is not None:
                if self._heading is not None:
                    self._heading.text.append(text)
                self._out.append(text)
            elif tag is None:
                self._out.append("&lt;")
            elif tag not in _PLAIN:
                continue
            elif end:
                self._end(tag)
            else:
                self._begin(tag, {name: unescape(value) for name, value in _ATTRIBUTE.findall(attributes)})
        while self._open:
            self._close()
        return "".join(self._out)

    def _begin(self, tag: str, values: Mapping[str, str]) -> None:
        if tag == "a":
            self._start_link(values)
        elif tag == "img":
            self._picture(values)
        elif tag == "input":
            self._out.append("☑" if "checked" in values else "☐")
        elif tag in _HEADINGS:
            self._start_heading(tag)
        elif tag == "pre":
            self._start(tag, '<pre tabindex="0">')
        elif tag == "table":
            self._start(
                tag, '<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>', "</table></div>"
            )
        else:
            self._start(tag, f"<{tag}{self._attributes(tag, values)}>")

    def _end(self, tag: str) -> None:
        if any(tag == each for each, _ in self._open):
            while self._close() != tag:
                pass

    def _close(self) -> str:
        tag, closing = self._open.pop()
        if self._heading is not None and self._heading.tag == tag:
            self._end_heading()
        if tag == "a" and self._out and self._out[-1].startswith("<a "):  # a link without text
            self._out.pop()
        else:
            self._out.append(closing)
        return tag

    def _start(self, tag: str, text: str, closing: str | None = None) -> None:
        self._out.append(text)
        if tag not in _VOID:
            self._open.append((tag, f"</{tag}>" if closing is None else closing))

    def _attributes(self, tag: str, values: Mapping[str, str]) -> str:
        if tag == "span":
            classes = values.get("class", "")
            return f' class="{classes}"' if _TOKEN.fullmatch(classes) else ""
        kept = {"th": ("colspan", "rowspan"), "td": ("colspan", "rowspan"), "ol": ("start",)}.get(tag, ())
        return "".join(f' {name}="{values[name]}"' for name in kept if _NUMBER.fullmatch(values.get(name, "")))

    def _start_heading(self, tag: str) -> None:
        level = self._levels.get(int(tag[1]), 6)
        self._heading = _Heading(tag, len(self._out))
        self._start(tag, f"<h{level}>", f"</h{level}>")

    def _end_heading(self) -> None:
        heading, self._heading = self._heading, None
        assert heading is not None  # noqa: S101 - the caller has checked it
        slug = _SLUG.sub("", unescape("".join(heading.text)).strip().lower()).replace(" ", "-")
        number = self._slugs[slug] = self._slugs.get(slug, -1) + 1
        identifier = escape(f"{_PREFIX}{slug}{f'-{number}' if number else ''}")
        self._out[heading.at] = f'{self._out[heading.at][:-1]} id="{identifier}">'

    def _start_link(self, values: Mapping[str, str]) -> None:
        while any(tag == "a" for tag, _ in self._open):  # a link in a link is not HTML
            self._end("a")
        url = self._resolve(values.get("href", ""))
        if url is None:
            self._start("a", "", "")
        elif url.startswith("#"):
            self._start("a", f'<a href="{escape(url)}">')
        else:
            self._start("a", f'<a href="{escape(url)}" rel="nofollow ugc noopener">')

    def _picture(self, values: Mapping[str, str]) -> None:
        """Write a link to a picture instead of the picture, or only its description if it is in a link."""
        described = " ".join(UNSAFE.sub("", values.get("alt", "")).split())
        url = self._resolve(values.get("src", ""))
        if any(tag == "a" for tag, _ in self._open):
            self._out.append(escape(described or "Picture"))
        elif url is None or url.startswith(("#", "mailto:")):
            self._out.append(escape(described))
        else:
            label = escape(described or "Picture")
            self._out.append(f'<a class="picture" href="{escape(url)}" rel="nofollow ugc noopener">{label}</a>')

    def _resolve(self, address: str) -> str | None:
        """Return an absolute URL, a link within the text, or ``None`` if the address cannot be linked."""
        address = address.strip()
        if address.startswith("#"):
            return f"#{_PREFIX}{address[1:].removeprefix(_RENDERER_PREFIX)}" if len(address) > 1 else None
        try:
            if self._base is not None:
                address = urljoin(f"{self._base.rstrip('/')}/", address)
            parts = urlsplit(address)
        except ValueError:
            return None
        if parts.scheme == "mailto":
            return address
        return address if parts.scheme in ("http", "https") and parts.hostname else None
