"""The nox sessions, run by a real nox in a real repository."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from commonhold.ci.session_runner import can_run_in_parallel
from tests.ci.sample_repo import CONFIG, LIBRARY, NOXFILE, PYTHON, SampleRepo, plugin
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = os.path.join(LIBRARY, "commonhold", "ci", "noxfile.py")

GOOD = f"alpha-{PYTHON}"
USER = f"beta-{PYTHON}"
GUEST = f"guest-{PYTHON}"

FILES = {
    **plugin("official/alpha"),
    **plugin("official/beta", ["alpha"]),
    **plugin("community/guest", ["alpha"]),
    **plugin("official/lonely"),
}


@pytest.fixture
def sample(tmp_path: Path) -> SampleRepo:
    """Two official plugins and a community plugin, of which two depend on the first, and an independent plugin."""
    return SampleRepo.build(tmp_path, FILES)


def test_where_nothing_changed_nothing_is_tested(sample: SampleRepo) -> None:
    run = sample.nox("-s", "affected", "--", "--base", "HEAD")
    assert run.code == 0
    assert "nothing changed" in run.output
    assert "nothing to test" in run.output
    assert sample.results() == {}


def test_affected_plugins_are_tested_and_failures_are_shown_last(sample: SampleRepo) -> None:
    sample.break_plugin("official/beta")
    sample.repo.write("official/alpha/alpha.py", "GOOD = True  # still\n")
    before = sample.untracked()
    run = sample.nox("-s", "affected", "--", "--base", "HEAD")
    assert run.code == 1
    outcomes = {name: (result.outcome, result.core) for name, result in sample.results().items()}
    assert outcomes == {GOOD: ("passed", "1.0"), USER: ("failed", "1.0"), GUEST: ("passed", "1.0")}
    assert f"guest  {PYTHON}  passed (advisory)" in run.output
    assert ("one after the other" in run.output) != can_run_in_parallel()
    tail = run.after(f"===== {USER}: the last ")
    assert f".commonhold/logs/{USER}.log" in tail
    assert "it is bad" in tail
    assert f"1 session failed: {USER}" in tail
    assert "it is bad" not in run.output.partition("=====")[0]
    assert sample.untracked() == before


def test_an_advisory_failure_is_reported_and_does_not_block(sample: SampleRepo) -> None:
    sample.break_plugin("community/guest")
    sample.repo.commit()
    sample.repo.write("official/alpha/alpha.py", "GOOD = True  # still\n")
    run = sample.nox("-s", "affected", "--", "--base", "HEAD", "--explain", "-j", "1")
    assert run.code == 0
    assert sample.results()[GUEST].outcome == "failed"
    assert "only advisory sessions failed (1), which do not block" in run.output
    assert "depends on alpha at run time" in run.output


def test_sessions_are_run_by_name_as_a_job_of_the_matrix_does(sample: SampleRepo) -> None:
    run = sample.nox("-s", "plugins", "--", f"{GOOD} {USER}")
    assert run.code == 0
    assert set(sample.results()) == {GOOD, USER}
    assert "the core is 1.0" in run.output


def test_a_job_folds_each_session_in_githubs_log(sample: SampleRepo) -> None:
    run = sample.nox("-s", "plugins", "--", GOOD, GITHUB_ACTIONS="true")
    lines = run.output.splitlines()
    assert lines.index(f"::group::{GOOD}") < lines.index("::endgroup::")


def test_a_name_that_no_session_has_is_an_error_with_the_nearest_one(sample: SampleRepo) -> None:
    run = sample.nox("-s", "plugins", "--", f"{GOOD} alhpa-{PYTHON}")
    assert run.code == 1
    assert f"no session is named alhpa-{PYTHON} (did you mean '{GOOD}'?)" in run.output
    assert sample.results() == {}


def test_arguments_after_a_second_dash_go_to_the_tests(sample: SampleRepo) -> None:
    sample.repo.write("official/lonely/lonely.py", "GOOD = True  # still\n")
    run = sample.nox("-s", "affected", "--", "--base", "HEAD", "--", "--locals")
    assert run.code == 0
    log = sample.repo.path(f".commonhold/logs/lonely-{PYTHON}.log").read_text()
    assert "$ python -m unittest discover -s tests --locals" in log


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--bsae", "HEAD"], "unrecognized arguments: --bsae HEAD"),
        (["--exact"], "--exact needs --base REV"),
        (["-j", "many"], "-j many: expected a number"),
        (["--base", "nowhere"], "nowhere is not a commit"),
        (["--head", "HEAD~1"], "HEAD~1 is not checked out"),
    ],
)
def test_invalid_arguments_are_explained(sample: SampleRepo, arguments: list[str], said: str) -> None:
    sample.repo.commit({"notes.txt": "more\n"})
    run = sample.nox("-s", "affected", "--", *arguments)
    assert run.code == 1
    assert said in run.output
    assert "Traceback" not in run.output


@pytest.mark.parametrize(("core", "version"), [("newest", "2.0"), ("prerelease", "3.0rc1")])
@pytest.mark.parametrize("backend", ["uv", "virtualenv"])
def test_the_pin_of_the_core_can_be_left(sample: SampleRepo, core: str, version: str, backend: str) -> None:
    run = sample.nox("--force-venv-backend", backend, "-s", GOOD, COMMONHOLD_CORE=core)
    if "No backends present" in run.output:
        pytest.skip("this nox does not know this uv")
    assert run.code == 0, run.output
    assert sample.results()[GOOD].core == version


def test_a_core_that_does_not_exist_is_an_error(sample: SampleRepo) -> None:
    run = sample.nox("-s", GOOD, COMMONHOLD_CORE="latest")
    assert run.code == 1
    assert "COMMONHOLD_CORE is 'latest'" in run.output


def test_a_failed_installation_differs_from_a_failed_test(sample: SampleRepo) -> None:
    sample.repo.write("constraints.txt", "framework==9\n")
    run = sample.nox("-s", "plugins", "--", GOOD)
    assert run.code == 1
    assert sample.results()[GOOD].outcome == "install-failed"
    assert run.after("=====")


def test_a_python_that_is_missing_is_left_to_ci_where_it_fails(tmp_path: Path) -> None:
    missing = CONFIG.replace(f'python = ["{PYTHON}"]', 'python = ["3.3"]')
    sample = SampleRepo.build(tmp_path, FILES, missing)
    sample.repo.write("official/lonely/lonely.py", "GOOD = True  # still\n")
    run = sample.nox("-s", "affected", "--", "--base", "HEAD", CI="")
    assert run.code == 0
    assert "Python 3.3 is not installed here; left to CI: lonely" in run.output
    run = sample.nox("-s", "affected", "--", "--base", "HEAD", CI="true")
    assert run.code == 1
    assert "lonely-3.3  did not run: " in run.output
    assert "Python interpreter 3.3 not found" in run.output


def test_a_plugin_is_tested_on_a_python_that_is_here_where_its_lowest_is_not(tmp_path: Path) -> None:
    sample = SampleRepo.build(
        tmp_path, FILES, CONFIG.replace(f'python = ["{PYTHON}"]', f'python = ["3.3", "{PYTHON}"]')
    )
    sample.repo.write("official/alpha/alpha.py", "GOOD = True  # still\n")
    run = sample.nox("-s", "affected", "--", "--base", "HEAD")
    assert run.code == 0, run.output
    assert set(sample.results()) == {GOOD, USER, GUEST}
    assert "Python 3.3 is not installed here; left to CI: alpha, beta, guest" in run.output


def test_a_plugin_that_no_python_can_test_fails_although_nothing_else_does(sample: SampleRepo) -> None:
    file = "official/lonely/pyproject.toml"
    sample.repo.write(file, sample.repo.path(file).read_text() + 'requires-python = ">=4"\n')
    run = sample.nox("-s", "affected", "--", "--base", "HEAD")
    assert run.code == 1
    assert "error: no Python version can test lonely: lonely's requires-python '>=4' excludes all" in run.output


def test_a_repository_that_cannot_be_read_leaves_the_noxfiles_other_sessions_alone(sample: SampleRepo) -> None:
    sample.repo.write("pyproject.toml", CONFIG.replace("on-shared-change", "on-shard-change"))
    more = "\nimport nox\n@nox.session(python=False)\ndef other(session):\n    session.log('still here')\n"
    sample.repo.write("noxfile.py", sample.repo.path("noxfile.py").read_text() + more)
    assert "still here" in sample.nox("-s", "other").output
    run = sample.nox("-s", "affected")
    assert run.code == 1
    assert "on-shard-change: unknown key (did you mean 'on-shared-change'?)" in run.output
    assert "Traceback" not in run.output


def test_the_librarys_own_noxfile_serves_a_repository_without_one(sample: SampleRepo, tmp_path: Path) -> None:
    config = tmp_path / "elsewhere.toml"
    config.write_text(sample.repo.path("pyproject.toml").read_text())
    for name in ("noxfile.py", "pyproject.toml"):
        sample.repo.remove(name)
    more: dict[str, Any] = {"COMMONHOLD_FOLDER": str(sample.repo.root), "COMMONHOLD_CONFIG": str(config)}
    run = sample.nox("-f", SHIPPED, "-s", "plugins", "core", "--", GOOD, **more)
    assert run.code == 0, run.output
    assert sample.results()[GOOD].outcome == "passed"
    assert "import" in run.output
    assert sample.repo.path(".nox").is_dir()


def test_every_plugin_and_python_is_a_session(sample: SampleRepo) -> None:
    listing = sample.nox("--list").output
    listed = {line.split()[1]: line for line in listing.splitlines() if line.startswith("- ")}
    assert listed[GOOD].endswith(" -> Test official/alpha.")
    assert listed[GUEST].endswith(" -> Test community/guest.")
    assert "* affected -> " in listing
    assert "- plugins -> " in listing


MEDDLER = """\
import json, os, sys, unittest
from pathlib import Path

class Test(unittest.TestCase):
    def test_it(self):
        root = Path(os.environ["WORKING_TREE"])
        for log in (f"{name}-{sys.version_info[0]}.{sys.version_info[1]}.log" for name in ("beta", "lonely")):
            if not (root / ".commonhold/logs" / log).exists():
                os.mkfifo(root / ".commonhold/logs" / log)
        (root / "official/beta/beta.py").write_text("GOOD = True\\n")
        (root / "official/beta/pyproject.toml").write_text("[tool.commonhold]\\ntest = ['true']\\n")
        for path in (root / ".commonhold/results").glob("beta-*.json"):
            path.write_text(json.dumps({**json.loads(path.read_text()), "outcome": "passed"}))
"""


def test_the_tests_of_a_plugin_change_neither_the_files_nor_the_result_of_another(sample: SampleRepo) -> None:
    sample.repo.write("official/alpha/tests/test_alpha.py", MEDDLER)
    sample.repo.write("official/lonely/tests/test_lonely.py", MEDDLER)
    sample.break_plugin("official/beta")
    names = f"{GOOD} {USER} lonely-{PYTHON}"
    run = sample.nox("-s", "plugins", "--", names, WORKING_TREE=str(sample.repo.root))
    assert run.code == 1
    assert "it is bad" in run.output
    assert f"{USER}  is not accepted: the result is passed, but nox reported aborted: failed" in run.output
    assert f"1 session failed: {USER}" in run.output
    assert set(sample.results()) == {GOOD, f"lonely-{PYTHON}"}


def test_sessions_of_a_workspace_below_gits_root_copy_it_and_the_paths_that_it_names(tmp_path: Path) -> None:
    at_root = SampleRepo.build(tmp_path, FILES, config=f'{CONFIG}reads = ["/shared/**"]\n')
    repo = at_root.repo
    for path in ("pyproject.toml", "noxfile.py", "constraints.txt", "official", "community"):
        repo.path("packages/python").mkdir(parents=True, exist_ok=True)
        repo.git("mv", path, "packages/python")
    core = "from commonhold.ci.core_session import register_core\nregister_core('.')\n"
    files = {"shared/x": "1", "web/app.ts": "1", "packages/python/guide.txt": ""}
    repo.commit(files | {"packages/python/noxfile.py": NOXFILE + core})
    sample = SampleRepo(Repo(repo.path("packages/python")), at_root.wheels)
    lines = "import os, sys\ntop = '../../../..'\nassert os.path.exists(sys.argv[1] + '/guide.txt')\n"
    lines += "assert os.path.exists(top + '/shared/x') and not os.path.exists(top + '/web')\n"
    test = 'test = ["python check.py {root}", "test -d {root}/{path}"]'
    sample.repo.write("official/alpha/check.py", lines)
    sample.repo.write(
        "official/alpha/pyproject.toml", f"{FILES['official/alpha/pyproject.toml']}[tool.commonhold]\n{test}"
    )
    repo.write("web/app.ts", "2")
    run = sample.nox("-s", "affected", "core", "--", "--base", "HEAD")
    assert run.code == 0, run.output
    assert "packages/python/official/lonely" in run.after("Running session core")
    assert {name: result.outcome for name, result in sample.results().items()} == dict.fromkeys(
        (GOOD, USER, GUEST), "passed"
    )
    assert "left out: 1 changed path outside packages/python that nothing in it names" in run.output
    assert not repo.path(".commonhold").exists()


def test_a_session_contains_the_plugin_whose_files_the_core_ships(tmp_path: Path) -> None:
    """The core is installed from the session's copy, so its build must find what it includes from a plugin's folder."""
    core = plugin("framework", [])
    include = '[tool.hatch.build.force-include]\n"../official/lonely/data.txt" = "data.txt"\n'
    core["framework/pyproject.toml"] += include
    reads = 'pathlib.Path("../official/lonely/data.txt").read_text()\n    return wheel'
    core["framework/backend.py"] = core["framework/backend.py"].replace("return wheel", reads)
    core["framework/framework.py"] = "VERSION = 'from the tree'\n"
    files = {**FILES, **core, "official/lonely/data.txt": "data\n"}
    sample = SampleRepo.build(tmp_path, files, CONFIG.replace('distribution = "framework"', 'path = ["framework/**"]'))
    run = sample.nox("-s", GUEST)
    assert run.code == 0, run.output
    assert "the core is from the tree" in run.output
