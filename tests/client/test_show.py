"""Showing one plugin: text for people, JSON, versions and the readme."""

from __future__ import annotations

import hashlib
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.plugin_indexes import PluginIndex, needs_core, plugin_entry, release_entry
from tests.support.terminals import in_terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.client.conftest import Ended
    from tests.support.plugin_sites import Site

README = "# Spark\n\nSee [here](https://evil.example).\n\x1b[2J\x9bowned\n"


@pytest.fixture
def rich_index(index: PluginIndex) -> PluginIndex:
    """A plugin index with a plugin that uses every key."""
    data = README.encode()
    sha256 = hashlib.sha256(data).hexdigest()
    path = f"index/v1/readmes/{sha256}.md"
    index.raw[path] = data
    readme = {"path": path, "sha256": sha256, "size": len(data), "type": "text/markdown"}
    more: dict[str, Any] = {"readme": readme, "core": needs_core(">=1.16,<2"), "import_names": ["acme.spark"]}
    releases = [
        release_entry("1.17.0b1", core=needs_core(">=1.16")),
        release_entry("1.16.9", core=needs_core(">=1.16.8"), requires_python=">=3.99"),
        release_entry("1.16.3", **more),
        release_entry("1.16.2", **more),
        release_entry("1.16.1", **more),
    ]
    index.plugins["1.16", "official"][0] = plugin_entry(
        "acme-spark",
        *releases,
        maintainers=[{"name": "Ada", "company": "Acme", "login": "ada", "contact": "mailto:ada@acme.example"}],
        licence="Apache-2.0",
        documentation="https://docs.acme.example/spark",
        quick_start="from acme.spark import task\n",
        notes="Needs Java.",
        provides=[{"kind": "class", "name": "Spark", "value": "acme.spark:Spark", "summary": "A task."}],
    )
    index.statuses["acme-spark"] = {
        "releases": {"1.16.2": {"yanked": "loses rows"}, "1.16.1": {"failing": "a test fails"}},
        "compatibility": [{"series": "1.16", "core": "1.16.3", "version": "1.16.3", "result": "passed", "at": "2026-11-30T03:17:00Z"}],
    }  # fmt: skip
    return index.write()


def test_everything_about_a_plugin_is_shown(run: Callable[..., Ended], rich_index: PluginIndex) -> None:
    out = run("show", "spark").out
    for text in (
        "1.16.3, which fits acme-core 1.16.3",
        "supported by the core team of acme-core",
        "Ada (Acme) @ada ada@acme.example",
        "https://docs.acme.example/spark",
        "1.16.3 with 1.16.3: passed on 2026-11-30",
        "acme.spark:Spark",
        "from acme.spark import task",
        "Needs Java.",
        "Install it with: plugins install spark",
    ):
        assert text in out


def test_versions_say_why_they_do_not_fit(run: Callable[..., Ended], rich_index: PluginIndex) -> None:
    lines = {line.split()[0]: line for line in run("show", "spark", "--versions").out.splitlines()}
    assert "yes, with --pre" in lines["1.17.0b1"]
    assert "it needs acme-core>=1.16.8, but 1.16.3 is installed; it needs Python >=3.99" in lines["1.16.9"]
    assert "yes, chosen" in lines["1.16.3"]
    assert "it is yanked (loses rows)" in lines["1.16.2"]
    assert "its tests fail with this series: a test fails" in lines["1.16.1"]


def test_a_plugin_that_does_not_fit_says_what_it_needs(
    run: Callable[..., Ended], rich_index: PluginIndex, core: Callable[[str], None]
) -> None:
    core("1.16.0b1")
    rich_index.plugins["1.16", "official"][1] = plugin_entry(
        "acme-csv", release_entry("1.16.1", core=needs_core(">=1.16.1"))
    )
    rich_index.write()
    ended = run("show", "csv")
    assert (ended.code, "install csv" in ended.out) == (0, False)
    assert "1.16.1: it needs acme-core>=1.16.1, but 1.16.0b1 is installed" in ended.out


def test_state_replacement_and_new_home_are_shown(run: Callable[..., Ended], index: PluginIndex) -> None:
    index.statuses["acme-csv"] = {
        "state": "retired", "since": "2026-05-01", "reason": "Nobody uses it.", "replacement": "acme-spark",
        "needs_maintainer": True, "moved_to": {"name": "lab/csv", "reason": "A fork took over."},
    }  # fmt: skip
    index.write()
    out = run("show", "csv").out
    assert "This plugin is retired since 2026-05-01: Nobody uses it." in out
    assert "Use acme-spark instead." in out
    assert "It continues as lab/csv: A fork took over." in out


def test_json_contains_the_choice_and_all_problems(run: Callable[..., Ended], rich_index: PluginIndex) -> None:
    document = json.loads(run("show", "spark", "--json").out)
    assert (document["schema"], document["chosen"], document["status"]["state"]) == (1, "1.16.3", "active")
    problems = {each["version"]: len(each["problems"]) for each in document["plugin"]["releases"]}
    assert problems == {"1.17.0b1": 0, "1.16.9": 2, "1.16.3": 0, "1.16.2": 1, "1.16.1": 0}


def test_a_readme_is_verified_and_printed_without_control_characters(
    run: Callable[..., Ended], rich_index: PluginIndex, site: Site
) -> None:
    ended = run("show", "spark", "--readme")
    assert (ended.code, "# Spark" in ended.out, "\x1b" in ended.out, "\x9b" in ended.out) == (0, True, False, False)
    (path,) = rich_index.raw
    (rich_index.folder / path).write_text("# Another text")
    assert run("show", "spark", "--readme", "--offline").out == ended.out  # the copy
    run("update")
    for file in rich_index.folder.parent.rglob("*.json"):
        assert b"owned" not in file.read_bytes()
    assert run("show", "csv", "--readme").code == 1


def test_a_changed_readme_is_refused(run: Callable[..., Ended], rich_index: PluginIndex) -> None:
    (path,) = rich_index.raw
    (rich_index.folder / path).write_text("# Another text")
    ended = run("show", "spark", "--readme")
    assert (ended.code, ended.out, "its hash differs" in " ".join(ended.err.split())) == (4, "", True)


@pytest.mark.parametrize(
    ("words", "longest"), [("show spark", 60), ("show spark --versions", 80), ("show spark --readme", 60)]
)
def test_text_fits_the_terminal(
    words: str, longest: int, rich_index: PluginIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMONHOLD_PLUGINS_HOME", str(tmp_path / "home"))
    options = ["--root", str(rich_index.folder), "--series", "1.16"]
    lines = in_terminal([sys.executable, "-m", "commonhold_plugins", *options, *words.split()], longest)
    assert any("park" in line for line in lines)
    assert [line for line in lines if len(line) > longest] == []
