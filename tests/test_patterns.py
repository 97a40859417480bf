"""Patterns that search hostile text end on half a megabyte of it, because their steps are proportional to its length."""

from __future__ import annotations

import pytest

from commonhold.checks.rules import people
from commonhold.projects.makefile import read_makefile
from commonhold.projects.tox_environments import tox_environments
from commonhold.scaffold.init import computed_jobs, recipes, test_commands, test_jobs
from commonhold.scaffold.init.package_names import PackageNames
from commonhold.scaffold.transfer import gate

SIZE = 500_000


@pytest.mark.parametrize(
    ("pattern", "unit", "good"),
    [
        (people._EMAIL, "a.", "ask me@example.org now"),
        (people._EMAIL, "a@", "x+y@a.b"),
        (test_jobs._PYTHON_VARIABLE, "python", "PYTHON_VERSION: 3.12"),
        (test_jobs._PYTHON_VARIABLE, "a.", "python-version = 3.12"),
        (test_jobs._NAMED_ENVIRONMENT, "tox ", "tox tox -v -e py312"),
        (computed_jobs._TOX_ENVIRONMENT, "tox ", "tox run -e py312"),
        (computed_jobs._NX_TARGET, "nx ", "npx nx affected --target=test"),
        (computed_jobs._SCRIPT, "a/", "bash ./ci/run.sh"),
        (test_commands._TEST, "nx ", "nx run test"),
        (test_commands._TEST, "make ", "make unit-tests"),
        (recipes._NX, "nx ", "nx run-many -t test"),
        (recipes._NOX, "nox ", "nox -v -s tests"),
        (recipes._EXPRESSION, "${{ ", "${{ matrix.python }}"),
        (gate._ATTRIBUTES, "\n", "*.bin filter=lfs"),
    ],
)
def test_a_search_ends(pattern, unit: str, good: str) -> None:
    is_bytes = isinstance(pattern.pattern, bytes)
    hostile = unit * (SIZE // len(unit))
    assert pattern.search(hostile.encode() if is_bytes else hostile) is None
    assert pattern.search(good.encode() if is_bytes else good) is not None


def test_readers_end() -> None:
    blanks = " " * SIZE
    assert read_makefile(f"a{blanks}b\ntest  other: x\n\trun\n".encode()).recipes == {
        "test": ((3, "run"),),
        "other": ((3, "run"),),
    }
    environments = ",".join(["a {b, c}"] * 2000)
    assert {each.name for each in tox_environments(f"[tox]\nenvlist = {environments},{'{' * SIZE}\n".encode())} >= {
        "a",
        "b",
        "c",
    }
    assert list(PackageNames(()).mentioned("a/" * SIZE)) == []
