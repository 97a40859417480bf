"""Mentions of another plugin are test dependencies: what they select, copy and install."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.ci.checkout import needed_paths
from commonhold.effects import fork
from commonhold.projects.names import Name
from commonhold.selection.affected import DependsOn
from commonhold.workspace import Cache
from commonhold.workspace.config import Config, PluginConfig, Tier
from commonhold.workspace.load import read_workspace
from commonhold.workspace.patterns import Patterns
from commonhold.workspace.scan import file_scan
from tests.support.monorepos import CONFIG, Monorepo, names, plugin, project
from tests.support.trees import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from commonhold.workspace.model import Workspace

CONFIGURED = Config(tiers={"plain": Tier("plain", Patterns(["p/*"]))})


def files(**needs: list[str]) -> dict[str, str]:
    """Plugins ``x-a``, ``x-b`` ... in p/, each with a module ``x_a``; the values are their requirements."""
    found: dict[str, str] = {}
    for key, listed in needs.items():
        found |= {f"p/{key}/pyproject.toml": project(f"x-{key}", listed), f"p/{key}/x_{key}/__init__.py": ""}
    return found


def read(given: Mapping[str, str], config: Config = CONFIGURED) -> Workspace:
    return read_workspace(MemoryTree(given), config)


def edges(workspace: Workspace) -> set[tuple[str, str, str]]:
    return {(edge.source, edge.target, edge.how) for edge in workspace.graph.edges}


def test_a_mention_selects_with_its_place_and_does_not_chain(tmp_path: Path) -> None:
    parts = (plugin("official/acme-b"), plugin("official/a"), plugin("official/user", ["a"]))
    monorepo = Monorepo.of(tmp_path, *parts, {"official/a/tox.ini": "[x]\n\ny = acme-b\n"})
    affected = monorepo.after("official/acme-b/acme/acme-b/__init__.py")
    assert names(affected) == {"acme-b", "a"}
    place = DependsOn((Name("acme-b"),), "mention", "official/a/tox.ini", 3)
    assert affected.plugins[0].reasons == (place,)


def test_a_mention_reaches_the_run_time_dependencies_of_its_target() -> None:
    workspace = read(files(a=[], b=["x-c"], c=[]) | {"p/a/pixi.toml": "x-b = '*'\n"})
    assert edges(workspace) == {("x-a", "x-b", "mention"), ("x-b", "x-c", "runtime")}
    assert workspace.graph.dependencies(Name("x-a"), tests=True) == {"x-b", "x-c"}
    assert not workspace.graph.dependencies(Name("x-a"))
    assert not workspace.graph.dependencies(Name("x-a"), tests=True, mentions=False)


def test_a_session_copies_a_mentioned_plugin() -> None:
    tree = MemoryTree(files(a=[], b=[], c=[]) | {"p/a/run.sh": "x_b\n"})
    workspace = read_workspace(tree, CONFIGURED)
    copied = needed_paths(workspace.plugins[Name("x-a")], workspace, tree)
    assert {path[2] for path in copied} == {"a", "b"}


@pytest.mark.parametrize("text", ["x-b", "x-c", "x-a", "p/a/z"])
def test_a_dependency_is_not_mentioned_again(text: str) -> None:
    assert not {
        how for _, _, how in edges(read(files(a=["x-b"], b=["x-c"], c=[]) | {"p/a/x.toml": f"x = '{text}'\n"}))
    } & {"mention"}


INCLUDE = '[tool.hatch.build.force-include]\n"../b/{}" = "x"\n'


@pytest.mark.parametrize(
    ("path", "text", "is_read"),
    [
        ("pyproject.toml", project("x-a", more=INCLUDE.format("data")), True),
        ("pyproject.toml", project("x-a", more=INCLUDE.format("data/*.json")), True),
        ("pyproject.toml", project("x-a", more='[tool.x]\npath = "../b/data"\n'), False),
        ("requirements/dev.txt", "-c ../../b/pins.txt\n", True),
        ("requirements/dev.sh", "pip install -c ../../b/pins.txt\n", False),
    ],
)
def test_a_path_that_metadata_reads_is_no_mention(path: str, text: str, is_read: bool) -> None:
    workspace = read(files(a=[], b=[]) | {f"p/a/{path}": text, "p/b/data/x.json": "{}", "p/b/pins.txt": ""})
    assert bool(workspace.plugins[Name("x-a")].reads) == is_read
    assert edges(workspace) == (set() if is_read else {("x-a", "x-b", "mention")})


SCRIPTS = {
    "bin/run": ("#!/bin/sh\npip install x-b\n", "mention"),
    "bin/run-bash": ("#!/usr/bin/env bash\ncd ../b\n", "mention"),
    "bin/tool": ("#!/usr/bin/env python3\nimport x_b\n", "import"),
    "bin/quoted": ("#!/usr/bin/python3 -I\nNAME = 'x-b'\n", "mention"),
    "bin/uv": ("#!/usr/bin/env -S uv run --script\nimport x_b\n", "import"),
    "Dockerfile": ("FROM scratch\nCOPY p/b /b\n", "mention"),
    "docker/Containerfile.dev": ("RUN pip install x-b  # here\n", "mention"),
    "dev.Dockerfile": ("RUN python -m x_b\n", "import"),
}


@pytest.mark.parametrize("path", SCRIPTS)
def test_scripts_without_a_suffix_and_container_files_are_searched(path: str) -> None:
    text, how = SCRIPTS[path]
    assert edges(read(files(a=[], b=[]) | {f"p/a/{path}": text})) == {("x-a", "x-b", how)}


@pytest.mark.parametrize(
    "text", ["x-b\n", "import x_b\n", "\n#!/bin/sh\nx-b\n", "#!/usr/bin/python\n# x-b\n'x-b'\n", ""]
)
def test_other_files_without_a_suffix_are_not_searched(text: str) -> None:
    assert not edges(read(files(a=[], b=[]) | {"p/a/LICENSE": text}))


def test_a_shipped_script_without_a_suffix_chains() -> None:
    shipped = project("x-a", build=["setuptools"], more='[tool.setuptools]\nscript-files = ["bin/tool"]\n')
    given = files(a=[], b=[], c=["x-a"]) | {"p/a/bin/tool": "#!/usr/bin/python3\nimport x_b\n"}
    assert read(given | {"p/a/pyproject.toml": shipped}).graph.dependencies(Name("x-c")) == {"x-a", "x-b"}
    assert read(given).graph.dependencies(Name("x-c")) == {"x-a"}


def test_the_core_is_not_mentioned() -> None:
    config = CONFIGURED._replace(core=CONFIGURED.core._replace(distribution=Name("x-b")))
    assert not edges(read(files(a=[], b=[]) | {"p/a/x.toml": "x = 'x-b'\n"}, config))


def test_ignored_files_examples_and_ignored_plugins_do_not_count() -> None:
    given = files(a=[], b=[])
    given |= {f"p/a/{path}": "X = 'x-b'\n" for path in ("docs/x.py", "docs/x.toml", "examples/x.py", "examples/x.toml")}
    assert edges(read(given))
    assert not edges(read({path: text for path, text in given.items() if "/docs/" not in path}))
    config = CONFIGURED._replace(ignore=Patterns(["**/docs/**"]), examples=Patterns(["examples/**"]))
    assert not edges(read(given, config))
    assert not edges(read(given, CONFIGURED._replace(plugins={Name("x-b"): PluginConfig(mentions="ignore")})))


def test_the_root_ignores_the_mentions_in_a_path(tmp_path: Path) -> None:
    table = '[tool.commonhold.mentions]\n"official/*/ci/**" = "ignore"\n"none/**" = "ignore"\n'
    parts = (plugin("official/acme-b"), plugin("official/a"), plugin("official/c"))
    more = {"official/a/ci/x.toml": "x = 'acme-b'\n", "official/c/x.toml": "x = 'acme-b'\n"}
    monorepo = Monorepo.of(tmp_path, *parts, more, config=CONFIG + table)
    affected = monorepo.after("official/acme-b/x.txt")
    assert names(affected) == {"acme-b", "c"}
    assert "tool.commonhold.mentions: 'none/**' matches no file" in affected.warnings


def test_a_deleted_plugin_is_mentioned(tmp_path: Path) -> None:
    parts = (plugin("official/acme-b"), plugin("official/a"), {"official/a/x.toml": "x = 'acme-b'\n"})
    affected = Monorepo.of(tmp_path, *parts).after(dict.fromkeys(plugin("official/acme-b")))
    assert (names(affected), affected.removed) == ({"a"}, ("acme-b",))


@pytest.mark.parametrize("inner", ["__init__.py", "tool.py"])
def test_the_modules_of_a_moved_plugin_are_mentioned(tmp_path: Path, inner: str) -> None:
    before, after = ({f"official/{place}/acme/b/{inner}": ""} for place in ("b", "moved"))
    moved = dict.fromkeys([*plugin("official/b"), *before]) | plugin("official/moved") | after
    moved |= {"official/moved/acme/moved/__init__.py": None, "official/moved/pyproject.toml": project("b")}
    base = plugin("official/b") | {"official/b/acme/b/__init__.py": None}
    script = {"official/a/run.sh": "run acme.b\n"}
    parts = {path: text for path, text in (base | before).items() if text is not None}
    affected = Monorepo.of(tmp_path, plugin("official/a"), parts, script).after(moved)
    assert names(affected) == {"a", "b"}


def test_tests_that_a_path_or_a_module_names_are_used(tmp_path: Path) -> None:
    parts = (plugin("official/b"), plugin("official/c"), plugin("official/d"), plugin("official/e"))
    more = {
        "official/c/x.toml": "x = '../b/tests'\n",
        "official/d/x.toml": "x = 'tests.test_b.test_it'\n",
        "official/e/x.toml": "x = '../b/acme/b'\n",
    }
    assert names(Monorepo.of(tmp_path / "1", *parts, more).after("official/b/tests/test_b.py")) == {"b", "c", "d", "e"}
    del more["official/c/x.toml"], more["official/d/x.toml"]
    assert names(Monorepo.of(tmp_path / "2", *parts, more).after("official/b/tests/test_b.py")) == {"b"}


def test_the_tier_decides(tmp_path: Path) -> None:
    config = CONFIG.replace('"advisory"', '"skip"')
    parts = (plugin("official/acme-b"), plugin("community/a"), {"community/a/x.toml": "x = 'acme-b'\n"})
    affected = Monorepo.of(tmp_path, *parts, config=config).after("official/acme-b/x.txt")
    assert names(affected) == {"acme-b"}


def test_large_files_and_frequent_mentions_are_notes() -> None:
    given = files(**{f"a{index}": [] for index in range(10)}, b=[])
    given |= {f"p/a{index}/x.toml": "x = 'x-b'\n" for index in range(10)}
    given["p/b/x.toml"] = "#" * (1 << 20) + "\n"
    assert read(given).notes == (
        "p/b/x.toml is larger than 1 MiB, so it is not searched for mentions of other plugins",
        (
            "10 of 11 plugins mention x-b, so a change to it tests them; to ignore these mentions, add:\n"
            '[tool.commonhold.plugins.x-b]\nmentions = "ignore"'
        ),
    )
    del given["p/a0/x.toml"], given["p/b/x.toml"]
    assert not read(given).notes


def test_mentions_are_cached_until_a_name_is_new() -> None:
    given = files(a=[], b=[]) | {"p/a/x.toml": "x = ['x-b', 'y-c']\n"}
    cache = Cache()
    read_workspace(MemoryTree(given), CONFIGURED, cache=cache)
    tree = MemoryTree(given)
    cached = read_workspace(tree, CONFIGURED, cache=Cache.load(cache.dump()))
    assert (edges(cached), tree.requested) == ({("x-a", "x-b", "mention")}, [])
    more = given | {"p/c/setup.py": "from setuptools import setup\nsetup(name='-'.join(['y', 'c']))\n"}
    assert edges(read_workspace(MemoryTree(more), CONFIGURED, cache=Cache.load(cache.dump()))) == {
        ("x-a", "x-b", "mention"),
        ("x-a", "y-c", "mention"),
    }


@pytest.mark.parametrize("processors", [1, 2, 3])
def test_files_that_are_searched_in_several_processes_give_the_same_edges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processors: int
) -> None:
    monkeypatch.setattr(fork, "processors", lambda: processors)
    monkeypatch.setattr(file_scan, "processors", lambda: processors)
    monkeypatch.setattr(file_scan, "_MIN_FILES_TO_FORK", 1)
    monkeypatch.setattr(file_scan, "_MIN_FILES_TO_SPLIT", 1)
    # Each process must know the names in all project files.
    named = {f"official/{name}/pyproject.toml": project(f"acme-{name}-kit") for name in "abcd"}
    texts = {f"official/{a}/tests/test_it.py": f"NAME = 'acme-{b}-kit'\n" for a, b in ("ab", "bc", "cd", "da")}
    imports = {"official/a/acme/a/more.py": "import acme.c\n"}
    plugins = (plugin(f"official/{name}") for name in "abcd")
    workspace = Monorepo.of(tmp_path, *plugins, named, texts, imports).selected().workspace
    assert edges(workspace) == {
        *((f"acme-{a}-kit", f"acme-{b}-kit", "mention") for a, b in ("ab", "bc", "cd", "da")),
        ("acme-a-kit", "acme-c-kit", "import"),
    }
