"""Rules CH7xx: tests as pytest finds them, and the claims that CI tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from commonhold.checks.rules import testing
from tests.support.checked import CONFIG, checked_repository, fixed, violations

if TYPE_CHECKING:
    from pathlib import Path

    from commonhold.checks.rule import Rule

FOLDER = "plugins/community/pint"


def plugin(more: str = "", name: str = "pint", **tests: str) -> dict[str, str]:
    folder = f"plugins/community/{name}"
    files = {f"{folder}/pyproject.toml": f'[project]\nname = "acme-{name}"\nversion = "1"\n{more}\n'}
    files[f"{folder}/acme/{name}/__init__.py"] = ""
    return files | {f"{folder}/tests/{test}.py": text for test, text in tests.items()}


def workflow(jobs: str, on: str = "pull_request", name: str = "ci") -> dict[str, str]:
    return {f".github/workflows/{name}.yml": f"on: {on}\njobs:\n{jobs}"}


JOB = """\
  test:
    runs-on: ${{ matrix.os }}
    strategy:
      matrix:
        os: [ubuntu-latest, windows-latest]
        python: ["3.11", 3.13]
    steps:
      - run: pytest
"""
FIXED = '[tool.pytest.ini_options]\npython_files = ["check_*.py"]\npython_functions = "check"'
CLAIMS = 'classifiers = [\n  "Programming Language :: Python :: 3.11",\n  "Programming Language :: Python :: 3.9",\n]'
SYSTEMS = (
    'classifiers = [\n  "Operating System :: OS Independent",\n  "Operating System :: Microsoft :: Windows",\n'
    '  "Operating System :: MacOS :: MacOS X",\n]'
)
WHEELS = '[tool.cibuildwheel.linux]\narchs = ["auto", "x86_64", "aarch64"]'
LIST = """\
  test:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        plugin:
          - one
          # - pint
          - pint-extra
"""
THREE = plugin() | plugin(name="one") | plugin(name="pint-extra")
CASES = {
    "CH701 passes": (testing.tests_exist, plugin(test_it="async def test_it():\n    pass\n"), []),
    "CH701 passes with a class": (
        testing.tests_exist,
        plugin(it_test="class TestIt:\n    def test_it(self):\n        pass\n"),
        [],
    ),
    "CH701 passes with unittest": (
        testing.tests_exist,
        plugin(test_it="class It(BaseCase):\n    def test_it(self):\n        pass\n"),
        [],
    ),
    "CH701 passes with other patterns": (
        testing.tests_exist,
        plugin(FIXED, check_it="def check_it():\n    pass\n"),
        [],
    ),
    "CH701 passes with tests in the root": (
        testing.tests_exist,
        plugin() | {"tests/test_all.py": "from acme import pint\n\n\ndef test_it():\n    pass\n"},
        [],
    ),
    "CH701 fails without files": (
        testing.tests_exist,
        plugin(tests="def test_it():\n    pass\n"),
        [f"{FOLDER}/tests:-: no file of the plugin matches pytest's patterns test_*.py or *_test.py"],
    ),
    "CH701 fails with other patterns": (
        testing.tests_exist,
        plugin(FIXED, test_it="def test_it():\n    pass\n"),
        [f"{FOLDER}/tests:-: no file of the plugin matches pytest's patterns check_*.py"],
    ),
    "CH701 fails without tests": (
        testing.tests_exist,
        plugin(test_it='"""\ndef test_it(): ...\n"""\n# def test_it\ndef helper_test():\n    pass\n'),
        [f"{FOLDER}/tests/test_it.py:-: the plugin's test files, such as {FOLDER}/tests/test_it.py, contain no test"],
    ),
    "CH702 passes": (testing.tested_pythons, plugin(CLAIMS.replace("3.9", "3.13")) | workflow(JOB), []),
    "CH702 passes with tox": (
        testing.tested_pythons,
        plugin(CLAIMS) | {"tox.ini": "[tox]\nenvlist = py3{9,13}-ci-{pint,one}\n"},
        [],
    ),
    "CH702 fails": (
        testing.tested_pythons,
        plugin(CLAIMS),
        [f"{FOLDER}/pyproject.toml:6: the classifiers claim Python 3.9, but no session or workflow tests it"],
    ),
    "CH703 passes": (testing.tested_platforms, plugin(SYSTEMS.replace("MacOS", "POSIX :: Linux")) | workflow(JOB), []),
    "CH703 passes if a runner is unknown": (
        testing.tested_platforms,
        plugin(SYSTEMS) | workflow(JOB.replace("[ubuntu-latest, windows-latest]", "${{ fromJSON(inputs.os) }}")),
        [],
    ),
    "CH703 fails": (
        testing.tested_platforms,
        plugin(SYSTEMS) | workflow(JOB),
        [f"{FOLDER}/pyproject.toml:7: the classifiers claim macos, but no job runs on it"],
    ),
    "CH703 fails for an architecture": (
        testing.tested_platforms,
        plugin(WHEELS) | workflow(JOB),
        [f"{FOLDER}/pyproject.toml:-: the build settings claim the architecture arm64, but no job runs on it"],
    ),
    "CH703 passes for an architecture": (
        testing.tested_platforms,
        plugin(WHEELS) | workflow(JOB.replace("windows-latest", "ubuntu-24.04-arm")),
        [],
    ),
    "CH704 passes": (testing.tested_on_change, THREE | workflow(LIST.replace("# -", "-")), []),
    "CH704 passes with commonhold": (
        testing.tested_on_change,
        THREE | workflow(LIST + "    steps:\n      - run: commonhold plan --github\n"),
        [],
    ),
    "CH704 passes if the plugins are computed": (testing.tested_on_change, THREE | workflow(JOB), []),
    "CH704 fails": (
        testing.tested_on_change,
        THREE | workflow(LIST),
        [".github/workflows/ci.yml:-: workflows name 2 of 3 plugins, but not this plugin"],
    ),
    "CH704 passes without CI": (testing.tested_on_change, plugin(), []),
    "CH705 passes": (testing.tests_on_linux, workflow(JOB), []),
    "CH705 fails": (
        testing.tests_on_linux,
        workflow(JOB.replace("ubuntu-latest, ", "")) | workflow(JOB, "schedule", "nightly"),
        [".github/workflows:-: no job of a workflow runs on Linux"],
    ),
    "CH706 passes": (testing.community_does_not_block, {}, []),
    "CH707 passes": (
        testing.carpenter_workflow,
        workflow("  image:\n    uses: arcalot/carpenter/.github/w.yml@v1\n"),
        [],
    ),
    "CH707 fails": (
        testing.carpenter_workflow,
        workflow(JOB + "      # carpenter\n"),
        [".github/workflows:-: no workflow builds the images with carpenter"],
    ),
    "CH708 passes": (testing.has_workflow, THREE | workflow(JOB), []),
    "CH708 passes with another system": (testing.has_workflow, THREE | {".gitlab-ci.yml": "test:\n"}, []),
    "CH708 fails once": (
        testing.has_workflow,
        THREE,
        [".github/workflows:-: the repository has no workflow that tests its plugins"],
    ),
}


@pytest.mark.parametrize(("rule", "files", "expected"), CASES.values(), ids=CASES)
def test_a_rule_about_tests(tmp_path: Path, rule: Rule[Any], files: dict[str, str], expected: list[str]) -> None:
    assert violations(rule, checked_repository(tmp_path, files)) == expected


def test_a_community_tier_must_not_block_the_core(tmp_path: Path) -> None:
    config = CONFIG.replace('on-core-change = "skip"\n', "").replace('"hold-back"', '"stop"')
    assert violations(testing.community_does_not_block, checked_repository(tmp_path, {}, config)) == [
        (
            "pyproject.toml:-: a change to the core waits for tests of the tier's plugins:"
            ' community.on-core-change is "test"'
        ),
        'pyproject.toml:-: a broken plugin of the tier stops the release of the core: community.on-release-failure is "stop"',
    ]


def test_the_fix_removes_the_classifier_of_an_untested_python(tmp_path: Path) -> None:
    files, path = plugin(CLAIMS), f"{FOLDER}/pyproject.toml"
    after = files[path].replace('  "Programming Language :: Python :: 3.9",\n', "")
    assert fixed(testing.tested_pythons, checked_repository(tmp_path, files), tmp_path) == {path: after}
