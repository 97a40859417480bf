from __future__ import annotations

import pytest

from commonhold.projects.metadata import Metadata, Problem
from tests.projects.read_files import dependencies, dependency, messages, named, read

PROJECT = '[project]\nname = "x"\n'
HATCHLING = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'


def test_a_whole_project_table_is_read() -> None:
    text = """
        [build-system]
        requires = ["hatchling>=1", "Hatch_VCS"]
        build-backend = "hatchling.build"
        [project]
        name = "Flytekit__Plugins.X"
        requires-python = ">=3.9"
        classifiers = ["Private :: Do Not Upload"]
        dependencies = ["Core[Yaml,json]>=1; python_version < '4'", "other (>=2)"]
        readme = "README.md"
        license-files = ["LICENSE"]
        dynamic = ["version"]
        [project.optional-dependencies]
        All_Of = ["flytekit-plugins-x[a]"]
        [tool.commonhold]
        timeout = "5m"
    """
    assert read({"pyproject.toml": text}) == Metadata(
        name=dependency("flytekit-plugins-x").name,
        requires_python=">=3.9",
        classifiers=("Private :: Do Not Upload",),
        runtime=(dependency("core", "yaml", "json"), dependency("other")),
        extras={named("all-of"): (dependency("flytekit-plugins-x", "a"),)},
        build=dependencies("hatchling", "hatch-vcs"),
        names=frozenset({"plugins/x/README.md", "plugins/x/LICENSE"}),
        table={"timeout": "5m"},
    )


def test_the_root_is_a_project_like_any_other() -> None:
    metadata = read({"pyproject.toml": '[project]\nname = "x"\ndependencies = ["a @ file:./plugins/a"]'}, folder="")
    assert metadata.runtime == (dependency("a", path="plugins/a"),)


def test_a_file_that_only_configures_tools_describes_no_project() -> None:
    metadata = read({"pyproject.toml": "[tool.ruff]\nline-length = 100\n[tool.commonhold]\nreads = ['a']"})
    assert metadata == Metadata(None, table={"reads": ["a"]})


def test_a_project_without_a_name_has_a_problem() -> None:
    metadata = read({"pyproject.toml": '[build-system]\nrequires = ["setuptools"]'})
    assert metadata.problems == (Problem("plugins/x/pyproject.toml", "no file contains the project's name; add it"),)


def test_readme_and_licence_may_be_tables() -> None:
    text = PROJECT + 'readme = { file = "docs/R.md" }\nlicense = { file = "L" }\nlicense-files = { paths = ["M"] }'
    assert read({"pyproject.toml": text}).names == {"plugins/x/docs/R.md", "plugins/x/L", "plugins/x/M"}


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:../a", "plugins/a"),
        ("file:../a%20b", "plugins/a b"),
        ("{root:uri}/../a", "plugins/a"),
        ("{root:parent:parent:uri}/a", "a"),
        ("file:///${PROJECT_ROOT}/../a", "plugins/a"),
        ("../a", "plugins/a"),
        ("file:///somewhere/else", None),
        ("file:../../../beyond", None),
        ("git+https://example.org/a.git", None),
        ("https://example.org/a-1.0.tar.gz", None),
    ],
)
def test_a_url_in_the_repository_becomes_a_path(url: str, path: str | None) -> None:
    metadata = read({"pyproject.toml": PROJECT + f'dependencies = ["a[b] @ {url}"]'})
    assert metadata.runtime == (dependency("a", "b", path=path),)
    assert metadata.local == ({path} if path is not None else set())


def test_groups_include_groups_however_their_names_are_spelled() -> None:
    text = PROJECT + '[dependency-groups]\nTest = ["pytest", { include-group = "Co_v" }]\nco-v = ["coverage"]'
    assert read({"pyproject.toml": text}).groups == {
        "test": dependencies("pytest", "coverage"),
        "co-v": dependencies("coverage"),
    }


def test_a_cycle_of_groups_is_a_problem_and_the_groups_are_read_anyway() -> None:
    text = PROJECT + (
        '[dependency-groups]\na = ["p", { include-group = "b" }]\nb = ["q", { include-group = "a" }]\n'
        'c = [{ include-group = "nowhere" }]\nd = [3]'
    )
    metadata = read({"pyproject.toml": text})
    assert metadata.groups[named("a")] == dependencies("p", "q")
    assert messages(metadata) == [
        "dependency-groups.d is not a list of requirements and of { include-group = NAME }; correct it",
        "dependency-groups.a includes itself through 'b'; break the cycle",
        "dependency-groups.b includes itself through 'a'; break the cycle",
        "dependency-groups.c includes 'nowhere', which is not a group; correct the name",
    ]


def test_environments_of_tools_are_groups() -> None:
    text = (
        PROJECT
        + """
        [tool.hatch.envs.default]
        dependencies = ["a"]
        extra-dependencies = ["b"]
        features = ["Fast"]
        [tool.pdm.dev-dependencies]
        lint = ["c"]
        [tool.uv]
        dev-dependencies = ["d"]
        [dependency-groups]
        dev = ["e"]
    """
    )
    assert read({"pyproject.toml": text}).groups == {
        "hatch.default": (*dependencies("a", "b"), dependency("x", "fast")),
        "lint": dependencies("c"),
        "dev": dependencies("e", "d"),
    }


def test_sources_of_uv_give_names_their_paths() -> None:
    text = (
        PROJECT
        + """
        dependencies = ["a", "b", "c", "d"]
        [project.optional-dependencies]
        e = ["A[q]"]
        [dependency-groups]
        f = ["a"]
        [tool.uv.sources]
        a = { path = "../a", editable = true }
        b = { workspace = true }
        c = { git = "https://example.org/c.git" }
        d = [{ path = "../d", marker = "sys_platform == 'linux'" }, { index = "private" }, { path = "../e" }]
    """
    )
    metadata = read({"pyproject.toml": text})
    d = (dependency("d", path="plugins/d"), dependency("d", path="plugins/e"))
    assert metadata.runtime == (dependency("a", path="plugins/a"), *dependencies("b", "c"), *d)
    assert metadata.extras == {"e": (dependency("a", "q", path="plugins/a"),)}
    assert metadata.groups == {"f": (dependency("a", path="plugins/a"),)}
    assert metadata.local == {"plugins/a", "plugins/d", "plugins/e"}


def test_a_project_around_this_one_is_required_but_its_files_are_not_read() -> None:
    text = PROJECT + 'dependencies = ["core"]\n[tool.uv.sources]\ncore = { path = "../.." }'
    metadata = read({"pyproject.toml": text})
    assert (metadata.runtime, metadata.local) == ((dependency("core", path=""),), frozenset())


@pytest.mark.parametrize("key", ["dependencies", "optional-dependencies"])
def test_dependencies_that_another_backend_computes_are_a_problem(key: str) -> None:
    metadata = read({"pyproject.toml": HATCHLING + PROJECT + f'dynamic = ["{key}"]', "setup.py": "nonsense("})
    assert messages(metadata) == [f"project.{key} is dynamic and computed by 'hatchling.build'; list it instead"]


def test_setuptools_fills_dynamic_fields_from_files() -> None:
    text = (
        PROJECT
        + """
        dynamic = ["dependencies", "optional-dependencies"]
        [tool.setuptools.dynamic]
        dependencies = { file = ["requirements.in", "../common.txt"] }
        optional-dependencies.Dev = { file = "dev.txt" }
    """
    )
    files = {"pyproject.toml": text, "requirements.in": "a\n", "plugins/common.txt": "b\n", "dev.txt": "c\n"}
    metadata = read(files)
    assert metadata.runtime == dependencies("a", "b")
    assert metadata.extras == {"dev": dependencies("c")}
    assert metadata.reads == {"plugins/common.txt"}
    assert metadata.problems == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("project = 3", "project is not a table; correct it"),
        (PROJECT + "dependencies = 3", "project.dependencies is not a list of strings; correct it"),
        (PROJECT + 'dependencies = ["a", 3]', "project.dependencies is not a list of strings only; correct it"),
        ('[project]\nname = "-"', "project.name is not a valid distribution name; correct it"),
        ("[project]\nname = 3", "project.name is not a string; correct it"),
        (
            PROJECT + 'dependencies = ["a b"]',
            "project.dependencies: 'a b' is not a requirement; use PEP 508 syntax",
        ),
        (
            PROJECT + "[tool.uv.sources]\na = 3",
            "tool.uv.sources.a is not a table like { path = '../other' }; correct it",
        ),
        (PROJECT + "[tool]\ncommonhold = 3", "tool.commonhold is not a table; correct it"),
    ],
)
def test_a_value_of_the_wrong_type_is_reported_with_its_key(text: str, message: str) -> None:
    assert message in messages(read({"pyproject.toml": text}))


def test_control_characters_and_long_texts_do_not_reach_a_message() -> None:
    text = PROJECT + 'dependencies = ["\\u001b[31m' + "a" * 500 + '"]'
    (message,) = messages(read({"pyproject.toml": text}))
    assert message.isprintable()
    assert len(message) < 200


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"\xff\xfe", "the file is not UTF-8; save it as UTF-8"),
        (b"a = " + b"[" * 100_000, "the file is nested too deeply to be read; simplify it"),
    ],
)
def test_a_file_that_cannot_be_decoded_is_a_project_with_a_problem(raw: bytes, message: str) -> None:
    assert messages(read({"pyproject.toml": raw})) == [message]


def test_a_file_that_is_not_toml_says_where() -> None:
    (message,) = messages(read({"pyproject.toml": "[project\nname = 'x'"}))
    assert message.startswith("the file is not TOML (")
    assert "line 1" in message
