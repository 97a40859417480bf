"""The approval rule, applied to the history of a small monorepo."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from examples.rehearsal import __main__ as command
from examples.rehearsal.proposals import ProposalRule
from tests.support.monorepos import CONFIG, Monorepo, plugin

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_people_are_proposed_from_the_history_and_only_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(CONFIG)
    monorepo = Monorepo.of(tmp_path / "clone", plugin("official/a"), plugin("official/b"))

    def commit(name: str, path: str) -> None:
        number = len(monorepo.repo.git("rev-list", "HEAD").splitlines())
        author = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": f"{name}@example.com"}
        date = {"GIT_COMMITTER_DATE": f"{1900000000 + number * 86400} +0000"}
        monorepo.write({path: f"{number}\n"})
        monorepo.repo.git("add", "-A")
        monorepo.repo.git("commit", "-qm", "change", env=author | date)

    for name in ("corinna", "corwin"):
        for _ in range(2):
            commit(name, "core.txt")
    for _ in range(3):
        commit("maya", "official/a/x.txt")  # a maintainer from the second commit on
    commit("otto", "official/a/x.txt")  # asks maya
    commit("some-bot", "official/b/x.txt")  # nobody maintains it, and bots are not proposed
    page = tmp_path / "page.md"
    page.write_text("<!-- rehearsal:begin -->\n<!-- rehearsal:end -->\n")
    monkeypatch.setattr(
        sys,
        "argv",
        ["rehearsal", str(tmp_path / "clone"), "--rules", str(rules), "--last", "5", "--page", str(page)],
    )
    monkeypatch.setattr(command, "VARIANTS", (ProposalRule(core_commits=2),))
    assert command.main() == 0
    text = page.read_text()
    assert "| a maintainer of a plugin, and then core | 1 | 20% |" in text
    assert "| passes once the people who are asked have approved | 5 | 100% |" in text
    assert "| 1 person | 1 | 25% |" in text
    assert "| maintainers | 1 |" in text
    assert "| core | 5 |" in text
    assert not [name for name in ("corinna", "corwin", "maya", "otto", "bot@") if name in text]
