"""Generated documents: a reader accepts a value or refuses it with a message, and no command prints anything raw."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonhold.catalog.documents import DocumentError, RootDocument, StatusDocument, TierDocument, decode_document
from commonhold_plugins import Host
from commonhold_plugins.cli import plugins_group
from commonhold_plugins.cli.group import run_group
from commonhold_plugins.documents import decode_root, decode_status, decode_tier
from commonhold_plugins.errors import RejectedError
from commonhold_plugins.urls import is_path
from tests.support.plugin_indexes import SHA, PluginIndex, needs_core, plugin_entry, release_entry

if TYPE_CHECKING:
    from collections.abc import Callable

BASE = "https://acme.example/plugins/"
README = {"path": f"index/v1/readmes/{SHA}.md", "sha256": SHA, "size": 3, "type": "text/markdown"}
PLUGIN = plugin_entry(
    "acme-spark",
    release_entry("1.16.3", core=needs_core(">=1.16"), readme=README, requires=["x>1"], import_names=["acme.spark"], commit="a" * 40),
    release_entry("1.16.2", files=[], git="git+https://git.example/x@" + "a" * 40 + "#subdirectory=plugins/x", notes_url=BASE),
    category="Data", keywords=["a"], homepage=BASE, documentation=BASE, source=BASE, issues=BASE, page="plugins/acme-spark/",
    licence="MIT", quick_start="import x", notes="Text.", logo=None,
    maintainers=[{"name": "Ada", "company": "Acme", "login": "ada", "contact": "mailto:ada@acme.example"}],
    provides=[{"kind": "class", "name": "X", "value": "acme:X", "summary": "A class."}],
)  # fmt: skip
STATUS = {
    "state": "orphaned", "since": "2026-01-01", "reason": "Left.", "replacement": "acme-x", "needs_maintainer": True,
    "moved_to": {"name": "lab/x", "reason": "A fork."}, "releases": {"1.16.2": {"yanked": "x", "failing": None}},
    "compatibility": [{"series": "1.16", "core": "1.16.3", "version": "1.16.3", "result": "passed", "at": "2026-11-30T10:00:00Z", "url": BASE}],
    "history": [{"state": "active", "since": "2025-01-01", "reason": ""}],
}  # fmt: skip
TIER = {"schema": 1, "community": "A", "core": "acme-core", "series": "1.16", "tier": "official", "generated": "2026-11-30T10:00:00Z", "plugins": [PLUGIN]}  # fmt: skip
ROOT = {
    "schema": 1, "community": "A", "generated": "2026-11-30T10:00:00Z", "core": {"distribution": "acme-core", "series": "{major}.{minor}"},
    "series": [{"name": "1.16", "state": "open"}, {"name": "nightly", "state": "nightly"}],
    "tiers": [{"name": "official", "default": True, "notice": ""}, {"name": "community", "default": False, "notice": "Text."}],
    "indexes": [{"name": "lab", "url": "https://lab.example/", "summary": "S"}], "documents": {"index/v1/status.json": {"sha256": SHA, "size": 1}},
}  # fmt: skip
STATUSES = {"schema": 1, "generated": "2026-11-30T10:00:00Z", "plugins": {"acme-spark": STATUS}}

hostile_text = st.one_of(
    st.sampled_from(["../../x", "/etc/passwd", "--index-url=x", "-e .", "\x1b[2J\x1b]0;x\x07", "\0", "\x9b31m", "\ud800", "\u202egnp.exe", "\u2028", "a\nb", "a\tb", "file:///x", "https://a:b@x.example/", "javascript:x", "", " ", "é" * 300, "x" * 5000]),
    st.text(max_size=20),
)  # fmt: skip
hostile_value = st.one_of(
    hostile_text, st.none(), st.booleans(), st.integers(), st.floats(), st.lists(hostile_text, max_size=2),
    st.dictionaries(hostile_text, hostile_text, max_size=2), st.recursive(st.just([]), lambda inner: st.lists(inner, max_size=1), max_leaves=30),
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of every value in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(each for key, item in inner for each in places(item, (*path, key)))]


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(document)
    target = changed
    for key in path[:-1]:
        target = target[key]
    if not path:
        return value
    target[path[-1]] = value
    return changed


def encoded(document: Any) -> bytes:
    return json.dumps(document).encode()


def test_the_samples_are_valid() -> None:
    assert decode_document(encoded(TIER), TierDocument, "x").plugins
    assert decode_document(encoded(STATUSES), StatusDocument, "x").plugins


@given(st.data())
@settings(max_examples=100)
def test_a_changed_document_is_accepted_or_refused_with_a_printable_message(data: st.DataObject) -> None:
    document, decode = data.draw(
        st.sampled_from(
            [(TIER, lambda raw: decode_tier(raw, "x", BASE)), (STATUSES, lambda raw: decode_status(raw, "x"))]
        )
    )
    path = data.draw(st.sampled_from(places(document)))
    raw = encoded(replaced(document, path, data.draw(hostile_value)))
    with contextlib.suppress(RejectedError):
        decode(raw)
        return
    with pytest.raises(RejectedError) as caught:
        decode(raw)
    assert caught.value.message.isprintable()


MILD: list[Any] = [
    "a", "A b", "1.0", "1.17.0b1", "1!2.0", "1.0+local", "v1.0", ">=1", ">=3.9,<4", "1.16.*", "===x", "x; python_version<'3'", "x[y]>1",
    "x @ https://a.example/x.whl", "ünï", "a\nb", "a\tb", "2026-11-30T10:00:00+00:00", "2026-11-30", "http://x.example/",
    "https://x.example/#a", "https://x.example/?a=b", "https://x.example/ü", "https://x.example/%20", "https://X.example:8080/a",
    "https://x.example/a[b]", "http://127.0.0.1:8/x", "http://[::1]/x", "plugins/acme-spark/", "a.b", "_x", "x-", "\xa0",
    "git+https://x.example/x.git@" + "b" * 40, "community/x", "nightly", None, True, 0, 10**18, [], ["a", "a"], {}, "x" * 9999,
]  # fmt: skip


@given(st.data())
@settings(max_examples=150)
def test_whatever_the_library_writes_is_read(data: st.DataObject) -> None:
    kinds: list[Any] = [
        (TIER, TierDocument, lambda raw: decode_tier(raw, "x", BASE)),
        (STATUSES, StatusDocument, lambda raw: decode_status(raw, "x")),
    ]
    document, kind, decode = data.draw(st.sampled_from(kinds))
    path = data.draw(st.sampled_from([place for place in places(document)[1:] if place[-2:] != ("moved_to", "name")]))
    raw = encoded(replaced(document, path, data.draw(st.sampled_from(MILD))))
    with contextlib.suppress(DocumentError):
        decode_document(raw, kind, "x")
        decode(raw)


DECODERS: list[tuple[Any, Any, Any]] = [
    (TIER, TierDocument, lambda raw: decode_tier(raw, "x", BASE)),
    (STATUSES, StatusDocument, lambda raw: decode_status(raw, "x")),
    (ROOT, RootDocument, lambda raw: decode_root(raw, "x")),
]
WHEEL = "acme_spark-1.16.3-py3-none-any.whl"
HOSTILE: list[Any] = [
    "../x", "/etc/passwd", "--index-url=x", "-e .", "\x1b[2J", "\0", "\x9b31m", "\u202egnp.exe", "a\u200bb", "\u2066x", "\ufeffx", "\U000e0041", "\u2028", "\ud800",
    "a\nb", "a\tb", "file:///x", f"file:///{WHEEL}", f"https://a:b@x.example/{WHEEL}", "javascript:x", f"http://x.example/{WHEEL}", "http://x.example/", "https://x.example/#a",
    "https://x.example/a b", "https://x.example/<b>", "HTTPS://x.example/", "https://x.example/other-1.0-py3-none-any.whl",
    "https://x.example/acme_spark-9-py3-none-any.whl", f"https://x.example/o.whl?/{WHEEL}", f"https://x.example/o%2f{WHEEL}", "https://x.example/",
    "x @ https://x.example/x.whl", "x @ file:///x", "x @ git+https://x.example/x", "x; os_name == (", "x --hash=sha256:1", "x\\", "x[--pre]", "x>1 -r y", "-r x",
    "git+https://x.example/x@" + "a" * 40 + "#egg=x", "git+ext::sh -c x@" + "a" * 40, "git+file:///x@" + "a" * 40, "git+ssh://x/x@" + "a" * 40,
    "git+https://x.example/x@--upload-pack=x", "git+https://x.example/x@" + "a" * 40 + "#subdirectory=../x", "git+https://x.example/x@" + "a" * 40 + "#subdirectory=-x",
    "os; import x", "import os", "os.system('x')", "ünï", "١", True, -1, 1.5, 10**30, {}, [1], ["x", "x"], "0" * 63, "A" * 64, "2026-13-01T00:00:00Z", "2026-02-30",
]  # fmt: skip


def is_refused(read: Callable[[], object]) -> bool:
    try:
        read()
    except (DocumentError, RejectedError):
        return True
    return False


@given(st.data())
@settings(max_examples=300)
def test_whatever_the_library_refuses_is_refused_by_the_client_and_vice_versa(data: st.DataObject) -> None:
    document, kind, decode = data.draw(st.sampled_from(DECODERS))
    # The client does not read logos, and a mirror states files as paths below its base URL.
    path = data.draw(st.sampled_from([place for place in places(document)[1:] if place[-1] not in ("logo", "path")]))
    value = data.draw(st.sampled_from([each for each in HOSTILE if path[-1] != "url" or not is_path(str(each))]))
    raw = encoded(replaced(document, path, value))
    assert is_refused(lambda: decode_document(raw, kind, "x")) == is_refused(lambda: decode(raw))


@given(st.binary(max_size=60))
def test_any_bytes_are_refused(data: bytes) -> None:
    for decode in (decode_root, decode_status):
        with pytest.raises(RejectedError) as caught:
            decode(data, "x")
        assert caught.value.message.isprintable()


@given(st.data())
@settings(max_examples=25)
def test_no_command_prints_what_a_document_contains_raw(data: st.DataObject) -> None:
    tier_path = data.draw(st.sampled_from(places(PLUGIN)[1:]))
    status_path = data.draw(st.sampled_from(places(STATUS)[1:]))
    plugin = replaced(PLUGIN, tier_path, data.draw(hostile_value))
    status = replaced(STATUS, status_path, data.draw(hostile_value))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COMMONHOLD_PLUGINS_HOME"] = os.path.join(folder, "home")
        try:
            index = PluginIndex(
                Path(folder, "index"), plugins={("1.16", "official"): [plugin]}, statuses={"acme-spark": status}
            )
            group = plugins_group(Host("acme-core", index.write().folder.as_uri()))
            for words in (
                ["search"],
                ["show", "spark"],
                ["show", "spark", "--versions"],
                ["show", "spark", "--json"],
                ["index", "list"],
            ):
                out, err = io.StringIO(), io.StringIO()
                with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                    code = run_group(group, ["--series", "1.16", *words], name="plugins")
                assert code in (0, 1, 4)
                for line in [*out.getvalue().split("\n"), *err.getvalue().split("\n")]:
                    assert all(char.isprintable() or char in "\xa0\u200d" for char in line), line
        finally:
            del os.environ["COMMONHOLD_PLUGINS_HOME"]
