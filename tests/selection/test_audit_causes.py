from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from commonhold.effects.process.spawn import SpawnRunner
from commonhold.selection import Override
from commonhold.selection.audit import Audit, Replay, replay_history
from commonhold.vcs import open_repository
from commonhold.vcs.log import first_parents
from tests.support.monorepos import CONFIG, Monorepo, plugin, project

if TYPE_CHECKING:
    from pathlib import Path


def audit(monorepo: Monorepo) -> Audit:
    repository = open_repository(str(monorepo.repo.root), SpawnRunner(), os.environ)
    commits = first_parents(repository, "HEAD", 100)
    rules = Override("pyproject.toml", monorepo.repo.path("pyproject.toml").read_bytes())
    steps = list(replay_history(repository, commits, rules))
    replays = tuple(step for step in steps if isinstance(step, Replay))
    return Audit(replays, tuple(step for step in steps if isinstance(step, str)))


def test_a_change_of_the_core_is_a_cause_though_one_tier_skips_it(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, {"constraints.txt": "framework==1\n"})
    monorepo.commit({"constraints.txt": "framework==2\n"})
    found = audit(monorepo)
    assert [(replay.selection, replay.required) for replay in found.replays] == [("some", 1)]
    (summary,) = found.causes()
    assert (summary.cause.pattern, summary.commits, summary.jobs) == ("the core", 1, 1)


def test_a_change_of_the_core_that_every_tier_skips_causes_nothing(tmp_path: Path) -> None:
    config = CONFIG.replace('path = ["official/*"]', 'path = ["official/*"]\non-core-change = "skip"')
    monorepo = Monorepo.of(tmp_path, {"constraints.txt": "framework==1\n"}, config=config)
    monorepo.commit({"constraints.txt": "framework==2\n"})
    assert audit(monorepo).causes() == ()


def test_a_changed_plugin_is_not_a_cause(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path)
    monorepo.commit({"official/alone/acme/alone/__init__.py": "NAME = 'other'\n"})
    found = audit(monorepo)
    assert found.jobs == 1
    assert found.causes() == ()


def test_a_tree_that_contradicts_todays_rules_is_replayed_all_the_same(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path)
    monorepo.commit({"community/lonely/pyproject.toml": None, "community/lonely/acme/lonely/__init__.py": None})
    monorepo.commit({"official/alone/acme/alone/__init__.py": "NAME = 'other'\n"})
    found = audit(monorepo)
    assert [replay.required for replay in found.replays] == [1, 0]
    assert len(found.roots) == 1


def test_causes_of_equal_weight_have_a_stable_order(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path)
    monorepo.commit({"b.txt": "", "a.txt": ""})
    assert [total.cause.pattern for total in audit(monorepo).causes()] == ["a.txt", "b.txt"]


IN_TREE = CONFIG.replace('pin = ["constraints.txt"]', 'path = ["framework/**"]')


@pytest.mark.parametrize(
    ("needs", "excluded", "fix", "listed"),
    [
        ([], "[]", 'not-needs = ["b"] in tool.commonhold.core, if the core works without it', ()),
        (["b"], "[]", "none: the core requires b", ()),
        ([], '["b"]', None, (("b", "framework/run.py"),)),
    ],
)
def test_a_dependency_of_the_core_is_a_cause_of_its_own(
    tmp_path: Path, needs: list[str], excluded: str, fix: str | None, listed: tuple[tuple[str, str], ...]
) -> None:
    config = IN_TREE.replace('["framework/**"]', f'["framework/**"], not-needs = {excluded}')
    framework = {
        "framework/pyproject.toml": project("framework", needs),
        "framework/run.py": "def f():\n    import acme.b\n",
    }
    monorepo = Monorepo.of(tmp_path, plugin("official/b"), framework, config=config)
    monorepo.commit({"official/b/acme/b/__init__.py": "NAME = 'other'\n"})
    found = audit(monorepo)
    causes = [(total.cause.pattern, total.cause.fix) for total in found.causes()]
    assert causes == ([("the core's dependency b", fix)] if fix else [])
    assert found.not_needed == listed
