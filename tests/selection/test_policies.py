"""Responses of tiers: the plugin's own tier decides, the strongest reason counts, doubts are never skipped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.selection.affected import RulesChanged, UnknownBase, Unmatched, Unreadable
from tests.support.monorepos import CONFIG, Link, Monorepo, answers, names, plugin, project

if TYPE_CHECKING:
    from pathlib import Path

A, B, X, Y = "official/a", "official/b", "community/x", "community/y"
ALL = {"a": "test", "alone": "test", "lonely": "advisory", "x": "advisory"}
SKIPPING = CONFIG.replace('"advisory"', '"skip"')
BROKEN = "from setuptools import setup\nfrom elsewhere import needs\nsetup(name='a', install_requires=needs)\n"
NAMELESS = "from setuptools import setup\nfrom elsewhere import name\nsetup(name=name)\n"


def source(folder: str) -> str:
    return f"{folder}/acme/{folder[-1]}/__init__.py"


def with_setup(folder: str, setup: str) -> dict[str, str | bytes | Link | None]:
    return {**plugin(folder), f"{folder}/pyproject.toml": None, f"{folder}/setup.py": setup}


def test_a_plugins_own_change_is_always_tested(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(X), config=SKIPPING)
    assert answers(monorepo.after(source(X))) == {"x": "test"}
    assert answers(monorepo.after(f"{X}/tests/test_x.py")) == {"x": "test"}


def test_a_changed_dependency_is_handled_as_the_tier_configures(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B, ["a"]), plugin(X, ["a"]))
    assert answers(monorepo.after(source(A))) == {"a": "test", "b": "test", "x": "advisory"}


def test_the_policy_is_the_targets_own_and_never_an_intermediates(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(X, ["a"]), plugin(B, ["x"]), config=SKIPPING)
    assert answers(monorepo.after(source(A))) == {"a": "test", "b": "test"}


def test_the_strongest_answer_wins(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(X, ["a"]), plugin(Y, ["a"]))
    affected = monorepo.after(source(A), source(X))
    assert answers(affected) == {"a": "test", "x": "test", "y": "advisory"}


def test_a_reason_that_a_tier_skips_is_not_listed(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(X), {"constraints.txt": "1\n"})
    affected = monorepo.after("constraints.txt", source(X))
    (found,) = (plugin for plugin in affected.plugins if plugin.name == "x")
    assert [type(reason).__name__ for reason in found.reasons] == ["FilesChanged"]


@pytest.mark.parametrize("config", [CONFIG, SKIPPING])
def test_an_unknown_is_tested_or_at_least_advisory(tmp_path: Path, config: str) -> None:
    affected = Monorepo.of(tmp_path, plugin(A), plugin(X), config=config).after("stray.txt")
    assert (affected.selection, answers(affected)) == ("all", ALL)


def test_an_unknown_base_selects_everything_with_a_reason(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(X), config=SKIPPING)
    affected = monorepo.between(None, "HEAD").affected
    assert (affected.selection, affected.base, answers(affected)) == ("all", None, ALL)
    assert (
        affected.because == f"every plugin is affected: the base is unknown ({monorepo.repo.head} is the first commit)"
    )
    assert isinstance(affected.plugins[0].reasons[0], UnknownBase)


def test_a_changed_configuration_runs_everything(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(X))
    affected = monorepo.after({"pyproject.toml": CONFIG.replace('ignore = ["', 'ignore = ["*.rst", "')})
    assert answers(affected) == ALL
    assert affected.because == "every plugin is affected: the configuration in pyproject.toml changed"
    (reason,) = affected.plugins[0].reasons
    assert isinstance(reason, RulesChanged)
    assert reason.path == "pyproject.toml"


RULE = '\n[[tool.commonhold.shared]]\npath = ["pyproject.toml"]\nkeys = ["tool"]\naffects = "none"\n'


@pytest.mark.parametrize(
    ("appended", "selection"),
    [
        ("[tool.ruff]\nline-length = 1\n", "none"),
        ("[tool.commonhold.tiers.third]\npath = ['official/a']\n", "error"),
        ("[tool.commonhold.plugins.a]\nenv = {}\n", "all"),
        ("# a comment\n", "none"),
    ],
)
def test_only_the_projects_own_table_of_the_configuration_counts(tmp_path: Path, appended: str, selection: str) -> None:
    from commonhold.errors import ConfigurationError

    config = CONFIG + RULE
    monorepo = Monorepo.of(tmp_path, plugin(A), config=config)
    if selection == "error":
        with pytest.raises(ConfigurationError, match="official/a matches two tiers"):
            monorepo.after({"pyproject.toml": config + appended})
    else:
        assert monorepo.after({"pyproject.toml": config + appended}).selection == selection


def test_an_unreadable_plugin_and_its_dependents_are_affected_by_every_change(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, with_setup(A, BROKEN), plugin(B, ["a"]), plugin(X, ["b"]), plugin(Y))
    affected = monorepo.after(source(Y))
    assert answers(affected) == {"a": "test", "b": "test", "x": "advisory", "y": "test"}
    assert affected.plugins[0].reasons == (Unreadable(f"{A}/setup.py"),)
    assert any(warning.startswith(f"{A}/setup.py: ") for warning in affected.warnings)


def test_a_plugin_that_cannot_be_read_is_affected_by_a_path_that_affects_nothing_else(tmp_path: Path) -> None:
    rule = '[[tool.commonhold.shared]]\npath = ["harmless.txt"]\naffects = "none"\n'
    monorepo = Monorepo.of(tmp_path, with_setup(A, BROKEN), plugin(B), {"harmless.txt": "1\n"}, config=CONFIG + rule)
    assert answers(monorepo.after("harmless.txt")) == {"a": "test"}


def test_the_deletion_of_a_plugin_affects_a_plugin_that_cannot_be_read(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, with_setup(A, BROKEN), plugin(B), plugin(Y))
    deleted = dict.fromkeys(plugin(Y))
    assert answers(monorepo.after(deleted)) == {"a": "test"}


def test_a_plugin_that_cannot_be_read_is_not_skipped(tmp_path: Path) -> None:
    broken = with_setup(X, BROKEN.replace("'a'", "'x'"))
    monorepo = Monorepo.of(tmp_path, broken, plugin(A), plugin(Y, ["x"]), config=SKIPPING)
    assert answers(monorepo.after(source(A))) == {"a": "test", "x": "advisory", "y": "advisory"}


def test_an_unreadable_plugin_is_not_affected_by_ignored_changes(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, with_setup(A, BROKEN), {"README.md": ""})
    assert monorepo.after("README.md").selection == "none"
    assert monorepo.after().selection == "none"


def test_a_plugin_without_a_readable_name_may_be_required_by_every_plugin(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, with_setup(A, NAMELESS), plugin(X), config=SKIPPING)
    affected = monorepo.after(source(X))
    assert (affected.selection, answers(affected)) == ("all", {**ALL, "x": "test"})
    assert affected.because == (
        f"every plugin is affected: the name of the plugin in {A} cannot be read, so any plugin may depend on it"
    )


def test_a_plugin_without_a_readable_name_at_base_may_be_required_by_every_plugin(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, with_setup(A, NAMELESS), plugin(B))
    affected = monorepo.after({f"{A}/setup.py": None}, plugin(A))
    assert affected.selection == "all"
    assert names(monorepo.after(source(A))) == {"a"}


def test_a_file_that_is_not_toml_is_a_plugin_that_cannot_be_read(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B))
    assert monorepo.after({f"{A}/pyproject.toml": b"\xff[project"}).selection == "all"
    assert monorepo.after({f"{A}/pyproject.toml": project("a")}).selection == "all"


def test_doubts_come_with_the_plugins_own_reasons(tmp_path: Path) -> None:
    affected = Monorepo.of(tmp_path, plugin(A)).after("one.txt", "two.txt")
    assert affected.plugins[0].reasons == (Unmatched("one.txt"), Unmatched("two.txt"))
