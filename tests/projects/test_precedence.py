"""Precedence between several project files, as setuptools and pip define it."""

from __future__ import annotations

from tests.projects.read_files import dependencies, messages, read

PROJECT = '[project]\nname = "x"\n'
FULL_SETUP = "from setuptools import setup\nsetup(name='y', install_requires=['s'], extras_require={'e': ['t']})"
CFG = "[metadata]\nname = z\n[options]\ninstall_requires = c\npython_requires = >=3.9\n"


def test_a_project_table_wins_over_setuptools_own_files() -> None:
    metadata = read({"pyproject.toml": PROJECT, "setup.py": FULL_SETUP, "setup.cfg": CFG})
    assert (metadata.name, metadata.runtime, metadata.extras, metadata.requires_python) == ("x", (), {}, None)


def test_dynamic_fields_of_the_project_table_come_from_setup_py() -> None:
    text = PROJECT + 'dynamic = ["dependencies", "optional-dependencies", "requires-python"]'
    metadata = read({"pyproject.toml": text, "setup.py": FULL_SETUP, "setup.cfg": CFG})
    assert metadata.name == "x"
    assert (metadata.runtime, metadata.extras, metadata.requires_python) == (
        dependencies("s"),
        {"e": dependencies("t")},
        ">=3.9",
    )


def test_a_dynamic_field_that_no_file_declares_is_a_problem() -> None:
    metadata = read(
        {"pyproject.toml": PROJECT + 'dynamic = ["dependencies"]', "setup.py": "import setuptools\nsetuptools.setup()"}
    )
    assert messages(metadata) == ["project.dependencies is dynamic, but no file declares it"]


def test_setup_py_wins_over_setup_cfg_field_by_field() -> None:
    metadata = read({"setup.py": FULL_SETUP, "setup.cfg": CFG})
    assert (metadata.name, metadata.runtime, metadata.requires_python) == ("y", dependencies("s"), ">=3.9")


def test_a_call_of_setup_without_arguments_adds_nothing() -> None:
    metadata = read({"setup.py": "import setuptools\nsetuptools.setup()", "setup.cfg": CFG})
    assert (metadata.name, metadata.runtime, metadata.problems) == ("z", dependencies("c"), ())


def test_requirements_of_the_build_add_up() -> None:
    text = '[build-system]\nrequires = ["setuptools"]\n' + PROJECT
    setup = "from setuptools import setup\nsetup(setup_requires=['a'])"
    assert read({"pyproject.toml": text, "setup.py": setup}).build == dependencies("setuptools", "a")


def test_an_unreadable_setup_py_is_a_problem_only_if_it_may_declare_something() -> None:
    broken = "print 'x'"
    assert read({"pyproject.toml": PROJECT, "setup.py": broken}).problems == ()
    assert read({"setup.cfg": CFG, "setup.py": broken}).problems == ()
    assert read({"pyproject.toml": PROJECT + 'dynamic = ["dependencies"]', "setup.py": broken}).problems
    assert read({"setup.cfg": "[metadata]\nname = z\n", "setup.py": broken}).problems


def test_a_backend_that_is_not_setuptools_does_not_run_setup_py() -> None:
    text = '[build-system]\nrequires = []\nbuild-backend = "hatchling.build"\n' + PROJECT
    assert read({"pyproject.toml": text, "setup.py": "print 'x'", "setup.cfg": CFG}).problems == ()


def test_a_backend_in_the_tree_may_wrap_setuptools() -> None:
    text = '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["../build"]\n' + PROJECT
    metadata = read({"pyproject.toml": text + 'dynamic = ["dependencies"]', "setup.py": FULL_SETUP})
    assert (metadata.runtime, metadata.reads, metadata.problems) == (
        dependencies("s"),
        frozenset({"plugins/build"}),
        (),
    )
