"""Session plans, computed before anything runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commonhold.ci.session_plan import (
    SessionContext,
    SessionPlan,
    finds_no_tests,
    plan_session,
    requirement_files,
    without_project,
)
from commonhold.errors import ConfigurationError, ToolError
from commonhold.projects.metadata import Metadata
from commonhold.projects.names import Name
from commonhold.workspace import Core
from commonhold.workspace.config import Testing as Settings
from commonhold.workspace.graph import Edge
from tests.ci.builders import plugin, workspace

HERE = SessionContext("/copy", "3.11", "/results/a.xml", ("-k", "some thing"))


def recipe(
    settings: Settings, place: SessionContext = HERE, files: frozenset[str] = frozenset(), **metadata: object
) -> SessionPlan:
    mine = plugin("a", settings, **metadata)
    return plan_session(mine, workspace([mine]), place, files)


def test_a_plugin_without_configuration_is_installed_with_pytest_and_the_pinned_core() -> None:
    assert recipe(Settings(), files=frozenset({"constraints.txt"})) == SessionPlan(
        root="/copy",
        folder="/copy/plugins/a",
        install=("/copy/plugins/a", "framework", "pytest", "-c", "/copy/constraints.txt"),
        commands=(("pytest", "-k", "some thing"),),
        env={},
        constraints=(),
        loosen=(),
        minutes=30,
    )


def test_extras_for_tests_are_installed() -> None:
    made = recipe(Settings(test=("x",)), extras={Name("dev"): (), Name("docs"): (), Name("tests"): ()})
    assert made.install == ("/copy/plugins/a[tests,dev]", "framework")


def test_plugins_required_by_tests_come_from_the_tree() -> None:
    names = [Name(name) for name in "abcd"]
    a, b, c, d = names
    edges = [Edge(a, b, "group", tests=True), Edge(b, c, "runtime"), Edge(b, d, "group", tests=True)]
    sample = workspace([plugin(name, Settings(test=("x",))) for name in names], edges=edges)
    made = plan_session(sample.plugins[a], sample, HERE, frozenset())
    assert made.install == ("/copy/plugins/a", "/copy/plugins/b", "/copy/plugins/c", "framework")


@pytest.mark.parametrize(
    ("core", "uv", "wanted"),
    [
        ("newest", True, ("framework",)),
        ("newest", False, ("framework",)),
        ("prerelease", True, ("--prerelease-package", "framework=allow", "framework")),
        ("prerelease", False, ("framework>=0.dev0",)),
    ],
)
def test_another_core_than_the_pinned_one_loses_its_pin_and_no_other(
    core: str, uv: bool, wanted: tuple[str, ...]
) -> None:
    place = replace(HERE, core=core, uv=uv)  # type: ignore[arg-type]
    made = recipe(Settings(test=("x",)), place, frozenset({"constraints.txt"}))
    assert made.install == ("/copy/plugins/a", *wanted, "-c", "/copy/constraints.txt")
    assert made.loosen == ("constraints.txt",)


def test_a_core_in_the_tree_can_be_left_for_the_newest_in_the_index() -> None:
    mine = plugin("a", Settings(test=("x",)))
    sample = workspace([mine], core=Core(Name("framework"), Metadata(Name("framework")), ""))
    assert plan_session(mine, sample, HERE, frozenset({"constraints.txt"})).install == ("/copy/plugins/a", "/copy/")
    newest = plan_session(mine, sample, replace(HERE, core="newest"), frozenset())
    assert newest.install == ("/copy/plugins/a", "framework")


def test_a_pin_file_that_installers_cannot_read_is_not_a_constraint() -> None:
    mine = plugin("a", Settings(test=("x",)))
    sample = workspace([mine], pin=["uv.lock", "pins/*"])
    files = frozenset({"uv.lock", "pins/one.txt", "pins/two.in", "pins/three.toml", "other.txt"})
    assert plan_session(mine, sample, HERE, files).install[2:] == (
        "-c",
        "/copy/pins/one.txt",
        "-c",
        "/copy/pins/two.in",
    )


def test_every_setting_can_use_placeholders() -> None:
    settings = Settings(
        before=("mkdir {root}/x",),
        test=("tox -e py{python-nodot} -- {posargs}", "report '{name} of {path}' {junit} {python} {other} {}"),
        install=("tox",),
        env={"HERE": "{root}/{path}"},
        constraints=("numpy<2",),
        timeout=7,
    )
    assert recipe(settings) == SessionPlan(
        root="/copy",
        folder="/copy/plugins/a",
        install=("tox",),
        commands=(
            ("mkdir", "/copy/x"),
            ("tox", "-e", "py311", "--", "-k", "some thing"),
            ("report", "a of plugins/a", "/results/a.xml", "3.11", "{other}", "{}"),
        ),
        env={"HERE": "/copy/plugins/a"},
        constraints=("numpy<2",),
        loosen=(),
        minutes=7,
    )


def test_an_empty_list_installs_nothing() -> None:
    assert recipe(Settings(install=()), replace(HERE, uv=True)).install == ()


def test_an_empty_list_tests_nothing() -> None:
    made = recipe(Settings(test=()))
    assert made.install == ("/copy/plugins/a", "framework")
    assert made.commands == ()


def test_a_resolution_is_uvs() -> None:
    lowest = Settings(resolution="lowest-direct", install=("x",))
    assert recipe(lowest, replace(HERE, uv=True)).install == ("--resolution", "lowest-direct", "x")
    assert recipe(Settings(resolution="highest", install=("x",))).install == ("x",)
    with pytest.raises(ToolError, match="which only uv supports"):
        recipe(lowest)


@pytest.mark.parametrize(
    ("command", "said"), [("pytest 'x", "No closing quotation"), ("", "the test command is empty")]
)
def test_an_invalid_command_is_named(command: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        recipe(Settings(test=(command,)))


def test_requirements_files_for_tests_are_found_in_the_plugins_folder() -> None:
    names = (
        "dev-requirements.in",
        "dev-requirements.txt",
        "test-requirements.txt",
        "test-requirements-gpu.txt",
        "requirements-test.txt",
        "requirements.txt",
        "docs-requirements.txt",
        "deep/dev-requirements.txt",
    )
    files = frozenset(f"plugins/a/{name}" for name in names) | {
        "dev-requirements.txt",
        "plugins/b/dev-requirements.txt",
    }
    assert requirement_files(plugin("a"), files) == [
        "plugins/a/dev-requirements.in",
        "plugins/a/requirements-test.txt",
        "plugins/a/test-requirements-gpu.txt",
        "plugins/a/test-requirements.txt",
    ]


def test_a_constraint_is_found_however_its_name_is_spelt() -> None:
    others = "numpy<2\nframework-extra==2\n# framework\n-c other.txt\n"
    text = f"  Frame_work ==1.0 ; python_version > '3'\n{others}frame.work\n"
    assert without_project(text, "frame-work") == others


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("tox -- {posargs}", ("tox", "--", "-k", "some thing")),
        ("sh -c 'tox -- {posargs} | tee log'", ("sh", "-c", "tox -- -k 'some thing' | tee log")),
    ],
)
def test_arguments_are_quoted_within_a_word(written: str, wanted: tuple[str, ...]) -> None:
    assert recipe(Settings(test=(written,))).commands == (wanted,)


@pytest.mark.parametrize(
    ("command", "code", "none"),
    [
        (("pytest",), 5, True),
        (("/venv/bin/pytest.exe", "-x"), 5, True),
        (("python", "-m", "pytest"), 5, True),
        (("python3.11", "-m", "unittest", "discover"), 5, True),
        (("uv", "run", "--locked", "pytest", "-x"), 5, True),
        (("coverage", "run", "-m", "pytest"), 5, True),
        (("tox", "run", "-e", "py311"), 5, False),
        (("hatch", "test"), 5, False),
        (("ruff", "check", "unittest"), 5, False),
        (("make", "pytest"), 5, False),
        (("pytest",), 1, False),
        (("python",), 5, False),
    ],
)
def test_exit_code_5_of_a_test_runner_means_no_tests(command: tuple[str, ...], code: int, none: bool) -> None:
    assert finds_no_tests(command, code) == none
