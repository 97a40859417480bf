"""Refreshing copies: through faults of servers, and from plugin indexes that break the rules."""

from __future__ import annotations

import errno
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from commonhold_plugins import fetch
from tests.client.conftest import CORE
from tests.release.fault_proxy import Fault, Proxy, proxy_before
from tests.support.plugin_indexes import PluginIndex, plugin_entry, release_entry
from tests.support.plugin_sites import Site, site_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.client.conftest import Ended

ROOT, OFFICIAL, STATUS = "/index/v1/index.json", "/index/v1/1.16/official.json", "/index/v1/status.json"


@pytest.fixture
def proxy(site: Site) -> Iterator[Proxy]:
    with proxy_before(site.base.rstrip("/")) as proxy:
        yield proxy


def names(ended: Ended) -> list[str]:
    return [line.split()[0] for line in ended.out.splitlines()[1:]]


def grow(index: PluginIndex) -> None:
    """Add a plugin, as a later release does."""
    index.plugins["1.16", "official"].append(plugin_entry("acme-new", "1.16.4"))
    index.generated = "2026-12-01T10:00:00Z"
    index.write()


def swapped(body: bytes) -> bytes:
    return body.replace(b"Reads csv", b"Reads xyz")


FAULTS: list[tuple[str, Any, str]] = [
    ("503", Fault(503), "HTTP status 503"),
    ("404", Fault(404), "HTTP status 404"),
    ("an HTML page", Fault(200, text="<html>Under maintenance</html>"), "not valid JSON|its hash differs"),
    ("an empty page", Fault(200), "not valid JSON|its hash differs"),
    ("no response", Fault(), "cut|no connection"),
    ("a cut response", Fault(200, text='{"schema": 1,', missing=5000), "cut"),
    ("a slow response", Fault(200, text='{"schema": 1}', drip=0.2), "no complete response within"),
    ("another host", Fault(302, {"Location": "http://localhost:9/x"}), "another host"),
    ("endless redirects", Fault(302, {"Location": "?again"}), "more than 5 redirects"),
    ("a redirect to a file", Fault(302, {"Location": "file:///etc/passwd"}), "redirects to a URL that"),
    ("a redirect with credentials", Fault(302, {"Location": "https://a:b@example.org/"}), "contains credentials"),
    ("a redirect to nowhere", Fault(302), "more than 5 redirects"),
    ("a redirect to no URL", Fault(302, {"Location": "http://[::1"}), "cannot read"),
    ("swapped bytes", swapped, "not valid|its hash differs|names|older"),
    ("cut in JSON", lambda body: body[:-50], "not valid JSON|its hash differs"),
]


@pytest.mark.parametrize("path", [ROOT, OFFICIAL])
@pytest.mark.parametrize(
    ("fault", "message"), [pytest.param(fault, message, id=name) for name, fault, message in FAULTS]
)
def test_a_fault_of_the_server_leaves_the_last_good_copy(
    path: str,
    fault: Any,
    message: str,
    run: Callable[..., Ended],
    proxy: Proxy,
    index: PluginIndex,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = f"{proxy.base}/"
    assert names(run("search", root=root)) == ["csv", "spark"]
    grow(index)
    usual = fetch.TOTAL_SECONDS
    if isinstance(fault, Fault) and fault.drip:
        monkeypatch.setattr(fetch, "TOTAL_SECONDS", 1.0)
    if isinstance(fault, Fault):
        proxy.read_fault = lambda read: fault if read.startswith(path) else None
    elif path == ROOT:
        proxy.alters = lambda read, body: body[:-50] if read == path else body
        message = "not valid JSON"
    else:
        proxy.alters = lambda read, body: fault(body) if read == path else body
    ended = run("update", root=root)
    assert (ended.code, names(run("search", root=root))) == (4, ["csv", "spark"])
    assert re.search(message, ended.err)
    assert "ago stays in use" in ended.err

    monkeypatch.setattr(fetch, "TOTAL_SECONDS", usual)
    proxy.read_fault, proxy.alters = (lambda _: None), (lambda _, body: body)
    assert run("update", root=root).code == 0
    assert names(run("search", root=root)) == ["csv", "new", "spark"]


def test_without_any_copy_a_fault_is_an_error(run: Callable[..., Ended], proxy: Proxy) -> None:
    proxy.read_fault = lambda _: Fault(503)
    for words in (("search",), ("show", "spark"), ("update",), ("index", "list")):
        ended = run(*words, root=f"{proxy.base}/")
        assert (ended.code, ended.out) == (4, "")
        assert "HTTP status 503" in ended.err


def test_a_stale_response_is_rejected(run: Callable[..., Ended], proxy: Proxy, index: PluginIndex) -> None:
    old = {path: (index.folder / path[1:]).read_bytes() for path in (ROOT, OFFICIAL, STATUS)}
    grow(index)
    run("search", root=f"{proxy.base}/")
    proxy.read_fault = lambda path: Fault(200, text=old[path].decode()) if path in old else None
    ended = run("update", root=f"{proxy.base}/")
    assert (ended.code, "older than the copy" in ended.err) == (4, True)
    assert names(run("search", root=f"{proxy.base}/")) == ["csv", "new", "spark"]


def test_a_redirect_is_followed_to_the_same_host_or_to_one_that_the_user_allows(
    run: Callable[..., Ended], proxy: Proxy, site: Site
) -> None:
    root = f"{proxy.base}/"
    proxy.read_fault = lambda path: Fault(302, {"Location": f"{site.base}{path[1:]}"}) if path == ROOT else None
    ended = run("search", root=root)
    assert (ended.code, '"redirects"' in ended.err) == (4, True)
    config = {"schema": 1, "hosts": {root: {"core": CORE, "redirects": [site.base.split("/")[2]]}}}
    folder = os.path.join(os.environ["XDG_CONFIG_HOME"], "commonhold-plugins")
    os.makedirs(folder)
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config, file)
    assert run("search", root=root).code == 0


def test_an_unchanged_index_costs_one_request(run: Callable[..., Ended], site: Site) -> None:
    run("update")
    site.requests.clear()
    ended = run("update")
    assert (ended.code, site.requests) == (0, [(ROOT, 304)])
    assert ended.out == "acme-core 1.16: unchanged\n"


def drop_plugin(index: PluginIndex) -> None:
    del index.plugins["1.16", "official"][1]


def drop_release(index: PluginIndex) -> None:
    del index.plugins["1.16", "official"][0]["releases"][1]


def change_hash(index: PluginIndex) -> None:
    index.plugins["1.16", "official"][0]["releases"][0]["files"][0]["sha256"] = "1" * 64


def drop_file(index: PluginIndex) -> None:
    files = index.plugins["1.16", "official"][0]["releases"][0]["files"]
    files[0] = {**files[0], "url": files[0]["url"].replace("-1.16.3-", "-1.16.3-1-")}


def change_short(index: PluginIndex) -> None:
    index.plugins["1.16", "official"][1]["short"] = "other"


def change_range(index: PluginIndex) -> None:
    index.plugins["1.16", "official"][0]["releases"][0]["requires_python"] = ">=3"


def drop_tier(index: PluginIndex) -> None:
    del index.tiers[1]


def drop_series(index: PluginIndex) -> None:
    del index.series["1.15"]


def go_back(index: PluginIndex) -> None:
    index.generated = "2026-01-01T00:00:00Z"


def change_core(index: PluginIndex) -> None:
    index.core = "other-core"


def change_closed(index: PluginIndex) -> None:
    index.plugins["1.16", "official"].append(plugin_entry("acme-late", "1.16.9"))


def lose_statuses(index: PluginIndex) -> None:
    index.statuses = {}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (drop_plugin, "no longer lists 1 plugin: acme-csv"),
        (drop_release, "no longer lists 1 release of acme-spark: 1.16.2"),
        (change_hash, "changes acme-spark 1.16.3"),
        (drop_file, "is gone"),
        (change_short, "changes the short name of acme-csv from csv to other"),
        (change_range, "changes acme-spark 1.16.3: requires_python"),
        (drop_tier, "no longer lists index/v1/1.16/community.json"),
        (drop_series, "no longer lists series 1.15"),
        (go_back, "older than the copy"),
        (change_core, "is a plugin index for other-core"),
        (lose_statuses, "lost 10 of 10 plugins"),
    ],
)
def test_an_index_that_loses_or_changes_something_is_rejected(
    change: Callable[[PluginIndex], None], message: str, run: Callable[..., Ended], index: PluginIndex
) -> None:
    index.series["1.15"] = "open"
    index.statuses = {f"acme-{number}": {"state": "retired"} for number in range(10)}
    index.write()
    before = names(run("search"))
    change(index)
    index.write()
    ended = run("update")
    assert ended.code == 4
    assert message in " ".join(ended.err.split())
    assert names(run("search")) == before


def test_a_closed_series_never_changes(run: Callable[..., Ended], index: PluginIndex) -> None:
    index.series["1.16"] = "closed"
    index.write()
    run("update")
    index.statuses = {"acme-spark": {"state": "retired"}}
    index.write()
    assert run("update").code == 0
    change_closed(index)
    index.write()
    ended = run("update")
    assert (ended.code, "although series 1.16 is closed" in ended.err) == (4, True)


def test_the_nightly_series_is_replaced_but_must_not_shrink_much(
    run: Callable[..., Ended], index: PluginIndex, core: Callable[[str], None]
) -> None:
    core("1.17.0.dev3")
    url = "git+https://git.example/plugins@" + "a" * 40 + "#subdirectory=plugins/x"

    def nightly(count: int, version: str) -> None:
        entries = [
            plugin_entry(f"acme-p{number}", release_entry(version, files=[], git=url)) for number in range(count)
        ]
        index.plugins["nightly", "official"] = entries
        index.write()

    index.series["nightly"] = "nightly"
    nightly(20, "1.17.0.dev1")
    assert len(names(run("search"))) == 20
    nightly(17, "1.17.0.dev2")
    assert (run("update").code, len(names(run("search")))) == (0, 17)
    nightly(10, "1.17.0.dev3")
    ended = run("update")
    assert (ended.code, "lost 7 of 17 plugins" in ended.err, len(names(run("search")))) == (4, True, 17)


def test_a_core_that_is_newer_than_every_series_gets_an_explanation(
    run: Callable[..., Ended], core: Callable[[str], None]
) -> None:
    core("1.18.0")
    ended = run("search")
    assert (ended.code, "has no series 1.18 of acme-core: it has 1.16" in " ".join(ended.err.split())) == (4, True)


def test_an_old_client_on_a_new_schema_says_to_upgrade(run: Callable[..., Ended], index: PluginIndex) -> None:
    run("update")
    file = index.folder / ROOT[1:]
    file.write_text(file.read_text().replace('"schema": 1', '"schema": 2'))
    ended = run("update")
    assert (ended.code, "pip install --upgrade commonhold-plugins" in ended.err) == (4, True)
    file.unlink()
    ended = run("update")
    assert (ended.code, "HTTP status 404" in ended.err) == (4, True)
    assert "pip install --upgrade commonhold-plugins" in ended.err


def test_damaged_copies_are_read_again(run: Callable[..., Ended]) -> None:
    run("update")
    folder = os.path.join(os.environ["XDG_CACHE_HOME"], "commonhold-plugins")
    for base, _, files in os.walk(folder):
        for name in files:
            with open(os.path.join(base, name), "w") as file:
                file.write("\0damaged")
    assert names(run("search")) == ["csv", "spark"]
    assert run("show", "spark").code == 0


def test_a_damaged_search_cache_is_made_again(run: Callable[..., Ended]) -> None:
    before = run("search").out
    (cache,) = Path(os.environ["XDG_CACHE_HOME"]).rglob("search-1.16.tsv")
    head, *lines = cache.read_text().split("\n")
    cache.write_text("\n".join([head, *("damaged" for line in lines if line), ""]))
    assert run("search").out == before


def test_a_full_disk_is_an_error_of_the_machine(run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        ended = run("update")
    assert (ended.code, "No space left on device" in ended.err, "bug" in ended.err) == (4, True, False)
    assert not list(Path(os.environ["XDG_CACHE_HOME"]).rglob("*.tmp"))
    assert run("update").code == 0


def test_offline_uses_copies_and_fails_without_them(run: Callable[..., Ended], site: Site) -> None:
    for words in (("search",), ("show", "spark"), ("update",)):
        assert run(*words, "--offline").code == 4
    assert site.requests == []
    run("update")
    site.requests.clear()
    assert (run("search", "--offline").code, run("--offline", "show", "spark").code, site.requests) == (0, 0, [])


def test_the_age_of_an_old_copy_is_shown(run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch) -> None:
    run("update")
    assert "old" not in run("search").err
    later = time.time() + 3 * 86400 + 60
    monkeypatch.setattr(time, "time", lambda: later)
    ended = run("search")
    assert (ended.code, "is 3 days old. Refresh it with: plugins update" in ended.err) == (0, True)
    assert run("-q", "search").err == ""


def test_credentials_come_from_netrc_and_are_stored_nowhere(
    run: Callable[..., Ended], site: Site, tmp_path: Path
) -> None:
    site.password = "reader:s3cret-word"
    ended = run("update")
    assert (ended.code, "netrc" in ended.err) == (4, True)
    netrc = os.path.expanduser("~/.netrc")
    with open(netrc, "w") as file:
        file.write("machine 127.0.0.1 login reader password s3cret-word\n")
    os.chmod(netrc, 0o600)
    printed = run("update")
    assert printed.code == 0
    os.unlink(netrc)
    for folder in (os.environ["HOME"], str(tmp_path)):
        for base, _, files in os.walk(folder):
            for name in files:
                with open(os.path.join(base, name), "rb") as stored:
                    assert b"s3cret-word" not in stored.read()
    assert "s3cret-word" not in printed.out + printed.err


class Keyring:
    """A keyring with one password."""

    def get_credential(self, service: str, _: str | None) -> Any:
        assert service.startswith("http://127.0.0.1:")
        return type("Credential", (), {"username": "reader", "password": "s3cret-word"})


def test_credentials_come_from_a_keyring(
    run: Callable[..., Ended], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.password = "reader:s3cret-word"
    monkeypatch.setitem(sys.modules, "keyring", Keyring())
    assert run("update").code == 0


def evil(**more: Any) -> Callable[[PluginIndex], None]:
    def change(index: PluginIndex) -> None:
        index.plugins["1.16", "lab"] = [{**plugin_entry("lab-x", "1.16.1"), **more}]

    return change


def file_url(url: str) -> Callable[[PluginIndex], None]:
    return evil(releases=[release_entry("1", files=[{"url": url, "sha256": "0" * 64, "size": 1}])])


def raw(path: str, data: bytes) -> Callable[[PluginIndex], None]:
    def change(index: PluginIndex) -> None:
        index.raw[path] = data

    return change


DEEP = b'{"schema": 1, "plugins": ' + b"[" * 5000 + b"]" * 5000 + b"}"
EVIL: list[tuple[str, Callable[[PluginIndex], None], str]] = [
    ("an official name", evil(name="acme-spark", releases=[]), "names of official plugins: acme-spark"),
    ("path parts", evil(name="../../x"), "not the normalized name"),
    ("an option", evil(short="--index-url=x"), "not a short name"),
    ("ANSI codes", evil(summary="\x1b[2J\x1b]0;owned\x07"), "contains control characters"),
    ("NUL", evil(notes="\0"), "contains control characters"),
    ("a surrogate", evil(summary="\ud800"), "contains control characters"),
    ("a wrong type", evil(releases={"a": 1}), "is not a list"),
    ("a file: URL", file_url("file:///etc/passwd"), "only a local plugin index"),
    ("credentials", file_url("https://a:b@example.org/x.whl"), "contains credentials"),
    ("deep nesting", raw("index/v1/1.16/lab.json", DEEP), "nested deeper"),
    ("a duplicate key", raw("index/v1/1.16/lab.json", b'{"schema": 1, "schema": 1}'), "occurs twice"),
    ("a huge file", raw("index/v1/1.16/lab.json", b" " * 300_000), "larger than"),
    ("another core", change_core, "is a plugin index for other-core"),
]


@pytest.mark.parametrize(
    ("change", "message"), [pytest.param(change, message, id=name) for name, change, message in EVIL]
)
def test_a_hostile_index_is_refused_with_a_message_and_not_added(
    change: Callable[[PluginIndex], None],
    message: str,
    run: Callable[..., Ended],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("commonhold_plugins.refresh.LARGEST", 200_000)
    lab = PluginIndex(tmp_path / "lab", tiers=[{"name": "lab", "default": True}])
    change(lab)
    with site_of(lab.write().folder) as other:
        ended = run("index", "add", "lab", other.base, "--yes")
    assert ended.code == 4
    assert message in " ".join(ended.err.split())
    assert "".join(ended.err.split("\n")).isprintable()
    assert "lab" not in [line.split()[0] for line in run("index", "list").out.splitlines()]
    assert names(run("search")) == ["csv", "spark"]


def test_a_good_index_of_somebody_else_is_kept_although_another_one_fails(
    run: Callable[..., Ended], tmp_path: Path, site: Site
) -> None:
    lab = PluginIndex(tmp_path / "lab", tiers=[{"name": "lab", "default": True}])
    lab.plugins["1.16", "lab"] = [plugin_entry("lab-spark", "1.16.1", short="spark")]
    with site_of(lab.write().folder) as other:
        assert run("index", "add", "lab", other.base, "--yes").code == 0
    ended = run("update")
    assert (ended.code, "lab: cannot read" in ended.err) == (4, True)
    assert names(run("search", "spark")) == ["spark", "lab/spark"]
    assert "lab-spark" in run("show", "lab/spark").out
    assert run("index", "remove", "lab").code == 0
    assert (run("update").code, names(run("search", "spark"))) == (0, ["spark"])
