"""Adding, listing and removing tiers and plugin indexes, and the trust of the user."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.dialogues import on_terminal
from tests.support.plugin_indexes import PluginIndex, plugin_entry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.client.conftest import Ended
    from tests.support.plugin_sites import Site


@pytest.fixture
def lab(tmp_path: Path) -> PluginIndex:
    lab = PluginIndex(tmp_path / "lab", tiers=[{"name": "plugins"}])
    lab.plugins["1.16", "plugins"] = [plugin_entry("lab-vaex", "1.16.1", short="vaex")]
    return lab.write()


def rows(run: Callable[..., Ended]) -> list[tuple[str, str, bool]]:
    found = json.loads(run("index", "list", "--json").out)
    assert found["schema"] == 1
    return [(each["name"], each["kind"], each["enabled"]) for each in found["indexes"]]


def test_a_tier_is_enabled_after_an_explanation(run: Callable[..., Ended]) -> None:
    assert rows(run) == [("official", "tier", True), ("community", "tier", False)]
    ended = run("index", "add", "community")
    assert (ended.code, "--yes" in ended.err) == (2, True)
    ended = run("index", "add", "community", "--yes")
    assert (ended.code, "Community plugins are maintained by their authors." in ended.err) == (0, True)
    ended = run("index", "add", "community", "--yes")
    assert (ended.code, "maintained" in ended.err, "already" in ended.err) == (0, False, True)
    assert "acme-contrib-vaex" in run("show", "community/vaex").out
    assert "Use its full name: community/vaex" in run("show", "vaex").err
    assert run("index", "remove", "community").code == 0
    assert (run("show", "community/vaex").code, rows(run)[1]) == (1, ("community", "tier", False))


def test_a_local_folder_is_an_index(run: Callable[..., Ended], lab: PluginIndex) -> None:
    ended = run("index", "add", "lab", str(lab.folder), "--yes")
    assert (ended.code, "not reviewed by Acme plugins" in " ".join(ended.err.split())) == (0, True)
    assert "lab-vaex" in run("show", "lab/vaex").out
    hint = run("show", "vaex").err
    assert "vaex is a community plugin" in hint
    assert rows(run)[-1] == ("lab", "index", True)
    assert run("index", "remove", "lab").code == 0
    assert (run("show", "lab/vaex").code, len(rows(run))) == (1, 2)


def test_a_known_index_needs_no_url(
    run: Callable[..., Ended], index: PluginIndex, lab: PluginIndex, site: Site
) -> None:
    index.indexes = [{"name": "lab", "url": f"{site.base}lab/", "summary": "Plugins of the lab"}]
    index.write()
    lab.folder.rename(index.folder / "lab")
    assert rows(run)[-1] == ("lab", "index", False)
    ended = run("index", "add", "lab", "--yes")
    assert (ended.code, "Plugins of the lab" in ended.err) == (0, True)
    assert rows(run)[-1] == ("lab", "index", True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("official", ""),
        ("official https://x.example/", "is a tier"),
        ("other", "neither a tier nor a known"),
        ("../x https://x.example/", "not a name"),
        ("Lab https://x.example/", "not a name"),
        ("lab https://user:secret@x.example/", "contains credentials"),
        ("lab http://x.example/", "not encrypted"),
        ("lab ftp://x.example/", "not an https: URL"),
        ("lab /missing/folder", "is neither a URL nor a folder"),
    ],
)
def test_a_wrong_name_or_url_is_a_usage_error(words: str, message: str, run: Callable[..., Ended]) -> None:
    ended = run("index", "add", "--yes", *words.split())
    assert (ended.code, message in ended.err, "secret" in ended.err) == (2 if message else 0, True, False)


def test_a_name_or_url_is_added_once(run: Callable[..., Ended], lab: PluginIndex, site: Site, tmp_path: Path) -> None:
    run("index", "add", "lab", str(lab.folder), "--yes")
    assert run("index", "add", "lab", str(lab.folder)).code == 0
    assert run("index", "add", "lab", str(tmp_path / "site"), "--yes").code == 2
    assert run("index", "add", "other", str(lab.folder), "--yes").code == 2
    assert run("index", "add", "other", site.base, "--yes").code == 2
    assert run("index", "remove", "other").code == 2
    assert "The official tier is always enabled" in run("index", "remove", "official").err


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 1), ("", 1)])
def test_on_a_terminal_the_user_is_asked_once(answer: str, code: int, index: PluginIndex, tmp_path: Path) -> None:
    words = ["--root", str(index.folder), "--series", "1.16", "index", "add", "community"]
    env = {**os.environ, "COMMONHOLD_PLUGINS_HOME": str(tmp_path / "home")}
    with on_terminal([sys.executable, "-m", "commonhold_plugins", *words], tmp_path, env) as program:
        program.wait_for("Do you trust community? [y/N] ")
        program.type(f"{answer}\n")
        assert program.finish() == code
    assert program.shown.count("maintained by their authors") == 1
