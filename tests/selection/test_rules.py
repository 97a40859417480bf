"""Shared rules: the plugins that a shared path affects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.selection.affected import FilesChanged, SharedChanged, Unmatched
from tests.support.monorepos import CONFIG, Monorepo, answers, names, plugin

if TYPE_CHECKING:
    from pathlib import Path

A, B, C, X = "official/a", "official/b", "official/c", "community/x"
ALL = {"a": "test", "alone": "test", "lonely": "advisory", "x": "advisory"}


def rules(*said: tuple[str, str], keys: str = "") -> str:
    """A configuration with these shared rules: each a path and the plugins that it affects."""
    tables = [f"[[tool.commonhold.shared]]\npath = ['{path}']\naffects = {affects}\n{keys}\n" for path, affects in said]
    return CONFIG + "\n" + "\n".join(tables)


def test_a_shared_path_that_affects_all_is_handled_as_each_tier_configures(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(X), {"ci/run": ""}, config=rules(("ci/**", '"all"')))
    affected = monorepo.after("ci/run")
    assert (affected.selection, answers(affected)) == ("all", ALL)
    assert affected.because == "every plugin is affected: shared rule 0 matches ci/run"
    assert {plugin.reasons for plugin in affected.plugins} == {(SharedChanged("ci/run", 0),)}
    assert affected.core == (SharedChanged("ci/run", 0),)


def test_a_tier_can_skip_shared_changes(tmp_path: Path) -> None:
    config = rules(("ci/**", '"all"')).replace('on-shared-change = "advisory"', 'on-shared-change = "skip"')
    affected = Monorepo.of(tmp_path, plugin(A), plugin(X), {"ci/run": ""}, config=config).after("ci/run")
    assert (affected.selection, answers(affected)) == ("some", {"a": "test", "alone": "test"})


def test_a_shared_path_that_affects_none_selects_no_plugin(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), {".github/x.yml": ""}, config=rules((".github/**", '"none"')))
    affected = monorepo.after(".github/x.yml")
    assert (affected.selection, affected.core) == ("none", ())


def test_named_plugins_count_as_changed_and_that_spreads(tmp_path: Path) -> None:
    parts = (plugin(A), plugin(B, ["a"]), plugin(C), plugin(X, ["a"]), {"data/x": ""})
    affected = Monorepo.of(tmp_path, *parts, config=rules(("data/**", '["A"]'))).after("data/x")
    assert answers(affected) == {"a": "test", "b": "test", "x": "advisory"}
    assert affected.plugins[0].reasons == (SharedChanged("data/x", 0),)
    assert affected.core == ()


def test_a_named_tier_is_each_of_its_plugins(tmp_path: Path) -> None:
    parts = (plugin(A), plugin(X), plugin(B, ["x"]), {"data/x": ""})
    affected = Monorepo.of(tmp_path, *parts, config=rules(("data/**", '["community"]'))).after("data/x")
    assert answers(affected) == {"b": "test", "lonely": "test", "x": "test"}


def test_the_first_rule_that_matches_decides(tmp_path: Path) -> None:
    config = rules(("ci/docs/**", '"none"'), ("ci/**", '"all"'), ("ci/a/**", '["a"]'))
    monorepo = Monorepo.of(tmp_path, plugin(A), {"ci/docs/x": "", "ci/a/x": "", "ci/x": ""}, config=config)
    assert monorepo.after("ci/docs/x").selection == "none"
    assert monorepo.after("ci/a/x").plugins[0].reasons == (SharedChanged("ci/a/x", 1),)


def test_a_rule_on_a_plugins_own_path_adds_to_the_plugins_change(tmp_path: Path) -> None:
    config = rules(("official/b/**", '["a"]'), ("official/c/**", '"none"'))
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B), plugin(C), config=config)
    assert names(monorepo.after(f"{B}/acme/b/__init__.py")) == {"a", "b"}
    assert names(monorepo.after(f"{C}/acme/c/__init__.py")) == {"c"}


def test_an_unmatched_path_affects_all_and_is_named(tmp_path: Path) -> None:
    affected = Monorepo.of(tmp_path, plugin(A), plugin(X), {"build.sh": ""}).after(
        "build.sh", f"{A}/acme/a/__init__.py"
    )
    assert (affected.selection, answers(affected)) == ("all", ALL)
    assert affected.because == "every plugin is affected: no rule matches build.sh"
    assert affected.plugins[0].reasons == (FilesChanged((f"{A}/acme/a/__init__.py",), 1), Unmatched("build.sh"))


KEYS = 'keys = ["tool.ruff", "project.version"]'
SETTINGS = """
[project]
name = "root"
version = "1"

[tool.ruff]
line-length = 100

[tool.pytest]
strict = 1
"""


@pytest.mark.parametrize(
    ("before", "after", "selection"),
    [
        ("line-length = 100", "line-length = 120", "none"),
        ('version = "1"', 'version = "2"', "none"),
        ("[tool.ruff]\nline-length = 100\n", "", "none"),
        ("strict = 1", "strict = 2", "all"),
        ("strict = 1", "strict = true", "all"),
        ("strict = 1", "strict = 1.0", "all"),
        ("strict = 1", "strict = 1 # a comment", "none"),
        ("[tool.pytest]\nstrict = 1", "", "all"),
        ("[tool.pytest]", "[tool.pytest", "all"),
        ('name = "root"', 'name = "root"\nversions = "2"', "all"),
    ],
)
def test_a_rule_with_keys_applies_only_if_no_other_key_changed(
    tmp_path: Path, before: str, after: str, selection: str
) -> None:
    config = rules(("settings.toml", '"none"'), keys=KEYS)
    monorepo = Monorepo.of(tmp_path, plugin(A), {"settings.toml": SETTINGS}, config=config)
    assert monorepo.after({"settings.toml": SETTINGS.replace(before, after)}).selection == selection


@pytest.mark.parametrize(
    ("added", "selection"),
    [
        ("[tool.ruff]\nline-length = 100\n", "none"),
        ("[tool.a.b]\nc = 1\n", "none"),
        ("[tool.a.b]\nc = 1\nd = 1\n", "all"),
        ("[tool.a.b]\nc = 1\n[tool.a.d]\n", "all"),
    ],
)
def test_tables_around_a_listed_key_count_as_no_change_if_they_are_empty_without_it(
    tmp_path: Path, added: str, selection: str
) -> None:
    config = rules(("settings.toml", '"none"'), keys='keys = ["tool.ruff", "tool.a.b.c"]')
    before = '[project]\nname = "root"\n'
    monorepo = Monorepo.of(tmp_path, plugin(A), {"settings.toml": before}, config=config)
    assert monorepo.after({"settings.toml": before + added}).selection == selection


@pytest.mark.parametrize("content", [None, "x = 1\n"])
def test_a_rule_with_keys_does_not_apply_to_an_added_or_deleted_file(tmp_path: Path, content: str | None) -> None:
    config = rules(("settings/*.toml", '"none"'), keys=KEYS)
    monorepo = Monorepo.of(tmp_path, plugin(A), {"settings/old.toml": "x = 1\n"}, config=config)
    path = "settings/old.toml" if content is None else "settings/new.toml"
    assert monorepo.after({path: content}).selection == "all"


def test_the_next_rule_is_tried_if_other_keys_changed(tmp_path: Path) -> None:
    config = rules(("settings.toml", '"none"'), keys=KEYS) + rules(("*.toml", '["a"]')).removeprefix(CONFIG)
    monorepo = Monorepo.of(tmp_path, plugin(A), {"settings.toml": SETTINGS}, config=config)
    affected = monorepo.after({"settings.toml": SETTINGS.replace("strict = 1", "strict = 2")})
    assert [plugin.reasons for plugin in affected.plugins] == [(SharedChanged("settings.toml", 1),)]


def test_of_many_changed_paths_the_first_are_listed_and_all_are_counted(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin("official/a"), plugin("official/b", ["a"]))
    data = {f"official/a/data/{number:03}": "" for number in range(30)}
    tests = {f"official/a/tests/{number:03}": "" for number in range(30)}
    reason = monorepo.after(data | tests).plugins[0].reasons[0]
    assert reason == FilesChanged(tuple(sorted(data)[:20]), 60)
    core = monorepo.after({f"constraints-{number}.txt": "" for number in range(30)})
    assert [type(each) for each in core.common] == [Unmatched] * 20
