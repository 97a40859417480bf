"""Documents of a plugin index: what is read from a good one, and the refusal of every bad one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from commonhold_plugins.documents import decode_root, decode_status, decode_tier
from commonhold_plugins.errors import RejectedError
from tests.support.plugin_indexes import DAY, SHA, PluginIndex, needs_core, plugin_entry, release_entry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BASE = "https://acme.example/plugins/"


def tier(*plugins: Any, **keys: Any) -> bytes:
    head = {"schema": 1, "community": "Acme", "core": "acme-core", "series": "1.16", "tier": "official"}
    return json.dumps({**head, "generated": DAY, "plugins": list(plugins), **keys}).encode()


def test_a_document_becomes_values(tmp_path: Path) -> None:
    readme = {"path": "index/v1/readmes/x.md", "sha256": SHA, "size": 3, "type": "text/markdown"}
    release = release_entry(
        "1.16.3", core=needs_core(">=1.16,<2"), readme=readme, requires=["pyspark>=3 ; extra == 'x'"]
    )
    index = PluginIndex(tmp_path, plugins={("1.16", "official"): [plugin_entry("acme-spark", release, new_key=1)]})
    index.write()
    (plugin,) = decode_tier(index.read("1.16/official.json"), "official.json", BASE).plugins
    assert (plugin.name, plugin.short, plugin.releases[0].version) == ("acme-spark", "spark", "1.16.3")
    assert plugin.releases[0].readme
    assert plugin.releases[0].readme.url == f"{BASE}index/v1/readmes/x.md"
    root = decode_root(index.read("index.json"), "index.json")
    assert (root.core, root.default_tier.name, [each.state for each in root.series]) == (
        "acme-core",
        "official",
        ["open"],
    )


def test_a_status_overlays_plugins_and_releases() -> None:
    moved = {"name": "acme/x", "reason": "a fork took over"}
    state = {"state": "retired", "moved_to": moved, "releases": {"1.0": {"yanked": "broken"}}}
    data = json.dumps({"schema": 1, "generated": DAY, "plugins": {"acme-x": state}}).encode()
    status = decode_status(data, "status.json").plugins["acme-x"]
    assert (status.state, status.of_release("1.0").yanked, status.of_release("2.0").yanked) == (
        "retired",
        "broken",
        None,
    )
    assert status.moved_to
    assert status.moved_to.name == "acme/x"


def test_an_unknown_schema_says_to_upgrade() -> None:
    with pytest.raises(RejectedError, match="has schema 2") as caught:
        decode_tier(tier(schema=2), "official.json", BASE)
    assert "upgrade" in (caught.value.hint or "").lower()


def nested(depth: int) -> bytes:
    return b'{"schema": 1, "x": ' + b"[" * depth + b"]" * depth + b"}"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"[]", id="not an object"),
        pytest.param(b"\xff\xfe", id="not UTF-8"),
        pytest.param(b'{"schema": 1, "schema": 1}', id="a duplicate key"),
        pytest.param(tier().replace(b'"generated"', b'"series"'), id="a duplicate key with another value"),
        pytest.param(nested(30), id="deep"),
        pytest.param(nested(100_000), id="very deep"),
        pytest.param(b'{"schema": ' + b"1" * 10_000 + b"}", id="a huge number"),
        pytest.param(b'{"schema": NaN}', id="NaN"),
        pytest.param(b'{"schema": true}', id="a schema that is true"),
        pytest.param(tier()[:-5], id="cut off"),
        pytest.param(b"<html>503</html>", id="HTML"),
    ],
)
@pytest.mark.parametrize(
    "decode",
    [
        lambda data: decode_tier(data, "x", BASE),
        lambda data: decode_root(data, "x"),
        lambda data: decode_status(data, "x"),
    ],
)
def test_a_document_that_is_not_plain_json_is_refused(data: bytes, decode: Callable[[bytes], object]) -> None:
    with pytest.raises(RejectedError) as caught:
        decode(data)
    assert caught.value.message.isprintable()


BAD_NAMES = [
    "../x",
    "a/b",
    "-r",
    "--index-url=https://evil.example",
    "a\x1b[2J",
    "A",
    "a_b",
    "",
    "a\0b",
    "\ud800",
    "a b",
    "x" * 300,
    1,
    None,
    ["x"],
    {},
]
BAD_URLS = [
    "file:///etc/passwd", "http://evil.example/x.whl", "https://user:secret@evil.example/x", "https://evil.example/x#sha256=1",
    "javascript:alert(1)", "//evil.example", "-e .", "https://", "https://evil.example:x/", "https://evil.example/\x1b[2J",
    "https://evil.example/\\x", "https://evil.example/ x", "../x", "/etc/passwd", "git+https://evil.example/x", 5, "",
]  # fmt: skip
PLACES: list[tuple[str, Callable[[Any], Any], list[Any]]] = [
    ("name", lambda bad: {**plugin_entry("acme-x"), "name": bad}, BAD_NAMES),
    ("short", lambda bad: {**plugin_entry("acme-x"), "short": bad}, BAD_NAMES),
    ("summary", lambda bad: {**plugin_entry("acme-x"), "summary": bad}, ["\x1b[2J", "\x07", "\0", 1, [], {"a": 1}]),
    ("notes", lambda bad: plugin_entry("acme-x", notes=bad), ["\x1b[2J", "\0", "\x9b", "\udcff", 1]),
    ("keywords", lambda bad: plugin_entry("acme-x", keywords=bad), ["x", [1], [["x"]], ["\x1b"], {"a": 1}]),
    ("homepage", lambda bad: plugin_entry("acme-x", homepage=bad), ["javascript:alert(1)", "https://a:b@evil.example/", 1, "x\n", "file:///x"]),
    ("releases", lambda bad: plugin_entry("acme-x", releases=bad), ["x", [1], {"a": 1}, [release_entry("1"), release_entry("1")]]),
    ("version", lambda bad: plugin_entry("acme-x", release_entry(bad)), ["-r", "1 ", "../1", "\x1b", "x", "", 1, None]),
    ("core range", lambda bad: plugin_entry("acme-x", release_entry("1", core=bad)), ["x", {"distribution": "-e", "range": ""}, {"distribution": "x", "range": "?"}, {"distribution": "x"}]),
    ("python", lambda bad: plugin_entry("acme-x", release_entry("1", requires_python=bad)), ["x", 3, "--pre"]),
    ("requires", lambda bad: plugin_entry("acme-x", release_entry("1", requires=bad)), ["x", ["--index-url=x"], ["-r x"], [""], ["\x1b"], [1]]),
    ("file URL", lambda bad: plugin_entry("acme-x", release_entry("1", files=[{"url": bad, "sha256": SHA, "size": 1}])), BAD_URLS),
    ("hash", lambda bad: plugin_entry("acme-x", release_entry("1", files=[{"url": "https://x.example/x", "sha256": bad, "size": 1}])), ["", "0" * 63, "A" * 64, 0, None]),
    ("size", lambda bad: plugin_entry("acme-x", release_entry("1", files=[{"url": "https://x.example/x", "sha256": SHA, "size": bad}])), [-1, 1.5, "1", True, None]),
    ("git", lambda bad: plugin_entry("acme-x", release_entry("1", git=bad)), ["https://x.example/x", "git+ssh://x.example/x@" + "a" * 40, "git+https://x.example/x@main", f"git+https://a:b@x.example/x@{'a' * 40}", f"git+https://x.example/x@{'a' * 40}#subdirectory=../x", f"git+https://x.example/x@{'a' * 40}#egg=x"]),
    ("readme", lambda bad: plugin_entry("acme-x", release_entry("1", readme={"path": bad, "sha256": SHA, "size": 1, "type": "text/plain"})), ["../x", "/etc/passwd", "https://x.example/x", "a//b", ""]),
    ("page", lambda bad: plugin_entry("acme-x", page=bad), ["../x", "//x", "javascript:x", 1]),
    ("provides", lambda bad: plugin_entry("acme-x", provides=bad), [[{"kind": "x", "name": "\x1b", "value": "x"}], [1], "x"]),
    ("maintainers", lambda bad: plugin_entry("acme-x", maintainers=bad), [["x"], [{"name": 1}], [{}], [{"name": "\x1b]0;x\x07"}]]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "bad"),
    [pytest.param(make, bad, id=f"{place} {bad!a:.40}") for place, make, bads in PLACES for bad in bads],
)
def test_a_bad_value_in_a_plugin_is_refused_and_never_printed_raw(make: Callable[[Any], Any], bad: Any) -> None:
    with pytest.raises(RejectedError) as caught:
        decode_tier(tier(make(bad)), "official.json", BASE)
    assert caught.value.message.isprintable()


def test_only_a_local_index_contains_file_urls_and_any_index_contains_relative_ones() -> None:
    wheel = "acme_x-1-py3-none-any.whl"

    def urls(url: str, base: str) -> str:
        entry = plugin_entry("acme-x", release_entry("1", files=[{"url": url, "sha256": SHA, "size": 1}]))
        return decode_tier(tier(entry), "x", base).plugins[0].releases[0].files[0].url

    assert urls(f"file:///wheels/{wheel}", "file:///srv/index/") == f"file:///wheels/{wheel}"
    assert urls(f"files/{wheel}", BASE) == f"{BASE}files/{wheel}"
    assert urls(f"http://127.0.0.1:8080/{wheel}", BASE) == f"http://127.0.0.1:8080/{wheel}"


def test_two_plugins_with_one_name_are_refused() -> None:
    for second in (plugin_entry("acme-x"), plugin_entry("acme-contrib-x")):
        with pytest.raises(RejectedError, match="twice"):
            decode_tier(tier(plugin_entry("acme-x"), second), "x", BASE)


def test_a_document_with_many_duplicates_is_refused_at_once() -> None:
    plugins = [{"name": "acme-x", "short": "x"}] * 10_000
    with pytest.raises(RejectedError, match="has the name acme-x twice"):
        decode_tier(tier(*plugins), "x", BASE)
