"""A repository of so many files that a copy of the process looks through them: the answer is the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.monorepos import Monorepo, plugin

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from tests.support.repositories import Repo

PLUGINS = 40
COMMAND = (sys.executable, "-m", "commonhold.cli.__main__")

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs a choice of processors")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A chain of plugins, each of which imports the one before, undeclared; the one in the middle has changed."""
    parts = [plugin(f"official/p{number}") for number in range(PLUGINS)]
    for number in range(1, PLUGINS):
        parts[number][f"official/p{number}/acme/p{number}/__init__.py"] = f"from acme.p{number - 1} import NAME\n"
    monorepo = Monorepo.of(tmp_path_factory.mktemp("sample"), *parts)
    monorepo.commit({"official/p20/acme/p20/more.py": "MORE = 1\n"})
    return monorepo.repo


def answer(repo: Repo, *, processors: Collection[int], head: tuple[str, ...] = ()) -> Any:
    words = ("-C", str(repo.root), "affected", "--base", "HEAD~1", *head, "--json")
    done = subprocess.run(
        [*COMMAND, *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        preexec_fn=lambda: os.sched_setaffinity(0, processors),
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.mark.parametrize("head", [(), ("--head", "HEAD")])
def test_with_one_processor_or_more_cold_or_warm(sample: Repo, head: tuple[str, ...]) -> None:
    every = os.sched_getaffinity(0)
    memory = sample.root / ".git/commonhold"
    answers = []
    for processors in ({min(every)}, every):
        shutil.rmtree(memory, ignore_errors=True)
        answers += [answer(sample, processors=processors, head=head) for _ in range(2)]
    assert [each["name"] for each in answers[0]["plugins"]] == [f"p{number}" for number in range(20, PLUGINS)]
    assert len(answers[0]["warnings"]) == PLUGINS - 1
    assert answers == [answers[0]] * 4


def test_a_fork_in_a_clone_without_contents_fetches_the_files_that_it_reads(sample: Repo, tmp_path: Path) -> None:
    clone = sample.clone(tmp_path / "clone", "--no-checkout", "--filter=blob:none")
    every = os.sched_getaffinity(0)
    head = ("--head", "HEAD")
    assert answer(clone, processors=every, head=head) == answer(sample, processors=every, head=head)
