from __future__ import annotations

import pytest

from commonhold.projects.poetry_constraint import to_specifier
from tests.projects.read_files import dependencies, dependency, messages, read, read_fully


def test_poetrys_own_tables_are_read() -> None:
    text = """
        [tool.poetry]
        name = "Llama_Index.X"
        classifiers = ["A :: B"]
        readme = ["README.md"]
        [tool.poetry.dependencies]
        python = ">=3.8.1,<4.0"
        core = "^0.10"
        local = { path = "../local", develop = true, extras = ["Fast"] }
        remote = { git = "https://example.org/r.git" }
        several = [{ version = "1", python = "<3.9" }, { version = "2", extras = ["e"] }]
        maybe = { version = "*", optional = true }
        unlisted = { version = "*", optional = true }
        [tool.poetry.extras]
        More = ["Maybe", "core"]
        [tool.poetry.dev-dependencies]
        black = "*"
        [tool.poetry.group.dev.dependencies]
        pytest = "*"
        [tool.poetry.group.Docs_All]
        optional = true
        [tool.poetry.group.Docs_All.dependencies]
        sphinx = { path = "../sphinx" }
        [build-system]
        requires = ["poetry-core"]
        build-backend = "poetry.core.masonry.api"
    """
    metadata = read({"pyproject.toml": text})
    assert metadata.name == "llama-index-x"
    assert metadata.requires_python == ">=3.8.1,<4.0"
    assert metadata.classifiers == ("A :: B",)
    local = dependency("local", "fast", path="plugins/local")
    assert metadata.runtime == (
        dependency("core"),
        local,
        dependency("remote"),
        dependency("several"),
        dependency("several", "e"),
    )
    assert metadata.extras == {"more": dependencies("maybe")}
    assert metadata.groups == {
        "dev": dependencies("black", "pytest"),
        "docs-all": (dependency("sphinx", path="plugins/sphinx"),),
    }
    assert metadata.build == dependencies("poetry-core")
    assert metadata.names == {"plugins/x/README.md"}
    assert metadata.problems == ()


def test_poetry_only_adds_paths_to_listed_dependencies() -> None:
    text = """
        [project]
        name = "x"
        dependencies = ["a", "b"]
        [tool.poetry.dependencies]
        a = { path = "../a" }
        only-locked = "*"
    """
    assert read({"pyproject.toml": text}).runtime == (dependency("a", path="plugins/a"), dependency("b"))


def test_poetry_fills_what_the_project_table_leaves_dynamic() -> None:
    text = """
        [build-system]
        build-backend = "poetry.core.masonry.api"
        [project]
        name = "x"
        dynamic = ["dependencies"]
        [tool.poetry.dependencies]
        python = "^3.9"
        a = "*"
    """
    metadata = read({"pyproject.toml": text})
    assert (metadata.runtime, metadata.requires_python, metadata.problems) == (dependencies("a"), ">=3.9,<4", ())


def test_a_stale_setup_py_next_to_poetry_is_not_read() -> None:
    text = '[build-system]\nbuild-backend = "poetry.core.masonry.api"\n[tool.poetry]\nname = "x"'
    assert read({"pyproject.toml": text, "setup.py": "import broken("}).problems == ()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("a = 3", "tool.poetry.dependencies.a is not a version or a table; correct it"),
        ("a = { path = 3 }", "tool.poetry.dependencies.a.path is not a string; correct it"),
        ("a = { extras = 'b' }", "tool.poetry.dependencies.a.extras is not a list of extras; correct it"),
        ("'a b' = '*'", "tool.poetry.dependencies.a b is not a valid distribution name; correct it"),
        ("python = 'soon'", "tool.poetry.dependencies.python: 'soon' is not a version constraint; correct it"),
    ],
)
def test_a_dependency_of_the_wrong_type_is_a_problem(table: str, message: str) -> None:
    text = f'[tool.poetry]\nname = "x"\n[tool.poetry.dependencies]\n{table}'
    assert messages(read({"pyproject.toml": text})) == [message]


@pytest.mark.parametrize(
    ("constraint", "specifier"),
    [
        ("^3.8", ">=3.8,<4"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0", ">=0.0,<0.1"),
        ("~3.8", ">=3.8,<3.9"),
        ("~3", ">=3,<4"),
        ("~3.8.1", ">=3.8.1,<3.9"),
        ("3.9.*", "==3.9.*"),
        ("3.9", "==3.9"),
        ("*", ""),
        (">= 3.8 <4.0", ">=3.8,<4.0"),
        (">=3.8, !=3.9.7", ">=3.8,!=3.9.7"),
        ("~=3.8", "~=3.8"),
        ("~2.7 || ^3.2", ">=2.7,!=3.0.*,!=3.1.*,<4"),
        (">=3.8,<3.10 | >=3.12", ">=3.8,!=3.10.*,!=3.11.*"),
        ("<3", "<3"),
        ("later", None),
        ("^3.8 || later", None),
    ],
)
def test_a_constraint_becomes_a_specifier(constraint: str, specifier: str | None) -> None:
    assert to_specifier(constraint) == specifier


def test_constraints_and_their_conditions_become_specifiers_and_markers() -> None:
    text = """
        [tool.poetry]
        name = "x"
        version = "1.2"
        [tool.poetry.dependencies]
        core = "^0.10"
        dated = "^2.31.0.20230101"
        unclear = "1.0.0-alpha.1"
        several = [
            { version = "1", python = "<3.9" },
            { version = "2", python = "^3.9.1", markers = "os_name == 'nt'", platform = "win32" },
            { git = "https://example.org/r.git", python = "?" },
        ]
    """
    metadata = read_fully({"pyproject.toml": text})
    assert metadata.version == "1.2"
    assert [one.text for one in metadata.runtime] == [
        "core>=0.10,<0.11",
        "dated>=2.31.0.20230101,<3",
        "unclear\0",
        'several==1; python_version < "3.9"',
        (
            "several==2; "
            '((python_full_version >= "3.9.1" and python_version < "4") and (sys_platform == "win32")) '
            "and (os_name == 'nt')"
        ),
        "several; \0",
    ]
    assert metadata.problems == ()
