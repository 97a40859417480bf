"""Changes of the core: its paths, its pin and its dependencies; each tier decides the response."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.projects.names import Name
from commonhold.selection.affected import CoreChanged, DependsOn
from commonhold.selection.describe import describe
from tests.support.monorepos import CONFIG, Monorepo, answers, names, plugin, project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.monorepos import Content

A, B, C = "official/a", "official/b", "official/c"
IN_TREE = CONFIG.replace('pin = ["constraints.txt"]', 'path = ["framework/**"]')
EVERYBODY = {"a": "test", "b": "test", "alone": "test"}


def framework(*needs: str, more: str = "") -> dict[str, Content]:
    return {"framework/pyproject.toml": project("framework", needs, more=more), "framework/run.py": ""}


def framework_tests(module: str) -> dict[str, Content]:
    return {"framework/tests/test_run.py": f"import {module}\n"}


def via(*plugins: str) -> tuple[Name, ...]:
    return tuple(map(Name, plugins))


def source(folder: str) -> str:
    return f"{folder}/acme/{folder[-1]}/__init__.py"


def test_a_change_of_the_pin_is_a_core_change_that_each_tier_answers(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B), {"constraints.txt": "framework==1\n"})
    affected = monorepo.after({"constraints.txt": "framework==2\n"})
    assert answers(affected) == EVERYBODY
    assert affected.core == (CoreChanged(("constraints.txt",), 1),)


def test_a_change_of_the_core_in_the_tree_is_a_core_change(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B), framework(), config=IN_TREE)
    affected = monorepo.after("framework/run.py")
    assert answers(affected) == EVERYBODY
    assert affected.core == (CoreChanged(("framework/run.py",), 1),)


def test_a_changed_plugin_is_not_a_core_change(tmp_path: Path) -> None:
    affected = Monorepo.of(tmp_path, plugin(A), framework(), config=IN_TREE).after(source(A))
    assert (affected.core, names(affected)) == ((), {"a"})


def test_ignored_paths_of_the_core_are_ignored(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), framework(), {"framework/README.md": ""}, config=IN_TREE)
    affected = monorepo.after("framework/README.md")
    assert (affected.selection, affected.core) == ("none", ())


@pytest.mark.parametrize("need", ["framework", "Framework[all]>=1", "framework @ file:../../framework"])
def test_a_requirement_on_the_core_is_a_core_edge_and_no_plugin_edge(tmp_path: Path, need: str) -> None:
    needs = plugin("community/x", [need])
    affected = Monorepo.of(tmp_path, needs, framework(), config=IN_TREE).after("framework/run.py")
    assert answers(affected) == {"alone": "test"}


def test_a_plugin_that_links_into_the_core_is_changed_with_it(tmp_path: Path) -> None:
    from tests.support.monorepos import Link

    linked = plugin("community/x") | {"community/x/run.py": Link("../../framework/run.py")}
    affected = Monorepo.of(tmp_path, linked, framework(), config=IN_TREE).after("framework/run.py")
    assert answers(affected) == {"alone": "test", "x": "test"}


def test_a_plugin_that_the_core_needs_is_part_of_it(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B, ["a"]), plugin(C), framework("b>=1"), config=IN_TREE)
    affected = monorepo.after(source(A))
    assert affected.core == (CoreChanged((source(A),), 1, via("b", "a")),)
    assert describe(affected.core[0]) == f"the core changed through its dependency b → a: {source(A)}"
    assert answers(affected) == {**EVERYBODY, "c": "test"}
    assert monorepo.after(source(C)).core == ()


def test_tests_of_a_plugin_that_the_core_needs_are_not_part_of_it(tmp_path: Path) -> None:
    affected = Monorepo.of(tmp_path, plugin(A), framework("a"), config=IN_TREE).after(f"{A}/tests/test_a.py")
    assert (affected.core, names(affected)) == ((), {"a"})


def test_the_core_depends_on_the_requirements_of_requested_extras(tmp_path: Path) -> None:
    parts = (plugin(A), plugin(B, extras={"fast": ["a"]}), plugin(C, extras={"x": ["b[fast]"]}))
    monorepo = Monorepo.of(tmp_path, *parts, framework("c[x]"), config=IN_TREE)
    assert monorepo.after(source(A)).core == (CoreChanged((source(A),), 1, via("c", "b", "a")),)


def test_an_extra_of_the_core_affects_the_core_alone(tmp_path: Path) -> None:
    core = {"framework/pyproject.toml": project("framework", extras={"x": ["a"]}, groups={"dev": ["b"]})}
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B), core, framework_tests("acme.c"), plugin(C), config=IN_TREE)
    affected = monorepo.after(source(A), source(B), source(C))
    assert affected.core == (
        DependsOn(via("a"), "extra"),
        DependsOn(via("b"), "group"),
        DependsOn(via("c"), "import"),
    )
    assert names(affected) == {"a", "b", "c"}


def test_a_path_read_by_a_plugin_that_the_core_requires_is_part_of_the_core(tmp_path: Path) -> None:
    config = IN_TREE + '\n[tool.commonhold.plugins.a]\nreads = ["data/**"]\n'
    monorepo = Monorepo.of(tmp_path, plugin(A), framework("a"), {"data/x": ""}, config=config)
    assert monorepo.after("data/x").core == (CoreChanged(("data/x",), 1, via("a")),)


def test_a_deleted_plugin_that_the_core_still_needs_is_a_core_change(tmp_path: Path) -> None:
    affected = Monorepo.of(tmp_path, plugin(A), plugin(B), framework("a"), config=IN_TREE).after({A: None})
    assert affected.core == (CoreChanged((A,), 1, via("a")),)
    assert answers(affected) == {"b": "test", "alone": "test"}


UNREADABLE = (
    "from setuptools import setup\nfrom secrets import needs\nsetup(name='framework', install_requires=needs)\n"
)


def test_where_the_needs_of_the_core_cannot_be_read_any_plugin_may_be_part_of_it(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), {"framework/setup.py": UNREADABLE}, config=IN_TREE)
    assert monorepo.after(source(A)).core == (CoreChanged((source(A),), 1),)
    assert monorepo.after(f"{A}/tests/test_a.py").core == ()


def test_the_core_may_be_a_plugin_itself(tmp_path: Path) -> None:
    config = CONFIG.replace(', pin = ["constraints.txt"]', "")
    parts = (plugin("official/framework"), plugin(A, ["framework"]), plugin("community/x", ["framework"]))
    imports = {"community/x/acme/x/__init__.py": "import acme.framework\n"}
    monorepo = Monorepo.of(tmp_path, *parts, imports, config=config)
    affected = monorepo.after("official/framework/acme/framework/__init__.py")
    assert answers(affected) == {"a": "test", "alone": "test", "framework": "test"}
    assert affected.warnings == ()
    assert names(monorepo.after("official/framework/tests/test_framework.py")) == {"framework"}


SKIPPED = CONFIG.replace('["official/*"]', '["official/*"]\non-core-change = "skip"')


def test_a_core_change_that_every_tier_skips_selects_none_with_a_reason(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), {"constraints.txt": "1\n"}, config=SKIPPED)
    affected = monorepo.after("constraints.txt")
    assert (affected.selection, affected.plugins) == ("none", ())
    assert affected.because == "the core changed: constraints.txt, but no tier runs tests for that"
    assert affected.core == (CoreChanged(("constraints.txt",), 1),)


def test_a_reason_lists_twenty_paths_and_their_total(tmp_path: Path) -> None:
    files = {f"framework/m{number:02}.py": "" for number in range(30)}
    affected = Monorepo.of(tmp_path, plugin(A), framework(), files, config=IN_TREE).after(*files)
    (reason,) = affected.core
    assert isinstance(reason, CoreChanged)
    assert (len(reason.paths), reason.total) == (20, 30)
