"""Searching, and completing names: both read only the search cache."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from commonhold_plugins import Host
from commonhold_plugins.cli import plugins_group
from tests.support.plugin_indexes import PluginIndex, plugin_entry, release_entry
from tests.support.terminals import in_terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.client.conftest import Ended
    from tests.support.plugin_sites import Site


def names(ended: Ended) -> list[str]:
    return [line.split()[0] for line in ended.out.splitlines()[1:]]


def test_a_search_lists_enabled_plugins_and_counts_the_others(run: Callable[..., Ended]) -> None:
    ended = run("search")
    assert (ended.code, names(ended)) == (0, ["csv", "spark"])
    assert "1 more community plugin not shown. Enable the community tier with: plugins index add community" in ended.err
    assert names(run("search", "--tier", "community")) == ["community/vaex"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("spark", ["spark"]),
        ("SPARK data", ["spark"]),
        ("hadoop", ["spark"]),
        ("reads", ["csv", "spark"]),
        ("nothing", []),
        ("--category data", ["spark"]),
        ("--state retired", []),
        ("--state all --state active", ["csv", "spark"]),
    ],
)
def test_words_and_filters_narrow_a_search_and_an_empty_result_is_no_error(
    words: str, found: list[str], run: Callable[..., Ended]
) -> None:
    ended = run("search", *words.split())
    assert (ended.code, names(ended)) == (0, found)


def test_names_come_before_summaries_and_retired_plugins_are_hidden(
    run: Callable[..., Ended], index: PluginIndex
) -> None:
    index.plugins["1.16", "official"] += [
        plugin_entry("acme-a", "1.16.1", summary="Like spark."),
        plugin_entry("acme-sparkling", release_entry("1.17.0b1"), "1.16.1", "1.16.0"),
        plugin_entry("acme-old-spark", "1.16.1"),
    ]
    index.statuses = {
        "acme-old-spark": {"state": "retired"},
        "acme-sparkling": {"releases": {"1.16.1": {"yanked": ""}}},
    }
    index.write()
    ended = run("search", "spark")
    assert names(ended) == ["spark", "sparkling", "a"]
    assert "1.16.0" in ended.out.splitlines()[2]
    assert "1 retired or quarantined plugin not shown" in ended.err
    assert names(run("search", "spark", "--state", "retired")) == ["old-spark"]


def test_json_has_a_schema_number(run: Callable[..., Ended]) -> None:
    ended = run("search", "spark", "--json")
    document = json.loads(ended.out)
    assert (document["schema"], document["series"], document["core"]) == (1, "1.16", "acme-core")
    assert [(each["reference"], each["version"], each["state"]) for each in document["plugins"]] == [("spark", "1.16.3", "active")]  # fmt: skip


def test_a_second_search_needs_neither_the_network_nor_the_documents(
    run: Callable[..., Ended], site: Site, tmp_path: Path
) -> None:
    run("search")
    site.requests.clear()
    for file in tmp_path.rglob("documents/*.json"):
        file.unlink()
    assert names(run("search", "--offline")) == ["csv", "spark"]
    assert site.requests == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("plugins show s", ["spark"]),
        ("plugins show acme-c", ["acme-csv"]),
        ("plugins show comm", []),
        ("plugins index re", ["remove"]),
        ("plugins searc", ["search"]),
    ],
)
def test_names_of_plugins_and_commands_are_completed(
    line: str,
    expected: list[str],
    run: Callable[..., Ended],
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run("search")
    site.requests.clear()
    monkeypatch.setenv("_PLUGINS_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(line.split()) - 1))
    with pytest.raises(SystemExit) as ended:
        plugins_group(Host("acme-core", site.base)).main(prog_name="plugins")
    assert (ended.value.code, site.requests) == (0, [])
    printed = capsys.readouterr()
    assert (printed.out.split(), printed.err) == ([f"plain,{word}" for word in expected], "")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_table_fits_the_terminal(
    width: int, index: PluginIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = plugin_entry("acme-a-name-that-is-rather-long", "1.16.3", summary="宽 text " * 40)
    index.plugins["1.16", "official"].append(long)
    index.write()
    monkeypatch.setenv("COMMONHOLD_PLUGINS_HOME", str(tmp_path / "home"))
    words = ["--root", str(index.folder), "search", "--series", "1.16"]
    lines = in_terminal([sys.executable, "-m", "commonhold_plugins", *words], width)
    assert any("a-name-that-is-rather-long" in line for line in lines)
    assert [line for line in lines if sum(2 if char == "宽" else 1 for char in line) > width] == []
