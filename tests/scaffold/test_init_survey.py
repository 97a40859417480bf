"""What `init` finds in trees: packages, core, tiers, tests, Python versions, and rules for shared paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.projects.names import normalize
from commonhold.scaffold.init.configuration import confirm_promises, write_configuration
from commonhold.scaffold.init.screen import survey_lines
from commonhold.scaffold.init.survey import survey_tree
from commonhold.workspace.config import decode_config
from tests.support.trees import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.scaffold.init.findings import Survey
    from commonhold.workspace.config import Config

CI = ".github/workflows/ci.yml"
ACME_B = normalize("acme-b")


def package(folder: str, *needs: str, name: str = "", more: str = "") -> dict[str, str]:
    name = name or folder.rpartition("/")[2]
    listed = ", ".join(f'"{each}"' for each in needs)
    return {
        f"{folder}/pyproject.toml": f'[project]\nname = "{name}"\nversion = "1"\ndependencies = [{listed}]\n{more}',
        f"{folder}/tests/test_it.py": "def test_it(): pass\n",
    }


def packages(start: str, *names: str, needs: tuple[str, ...] = ("acme",)) -> dict[str, str]:
    return {path: text for name in names for path, text in package(f"{start}{name}", *needs).items()}


def workflow(jobs: str, on: str = "pull_request") -> str:
    return f"on: {on}\njobs:\n{jobs}"


FIVE = packages("plugins/acme-", "a", "b", "c", "d", "e")


def survey(files: Mapping[str, str], history: tuple[tuple[str, frozenset[str]], ...] = ()) -> Survey:
    return survey_tree(MemoryTree(files), None, history)


def configured(files: Mapping[str, str], *, confirmed: bool = False) -> Config:
    import tomli

    text = write_configuration(survey(files))
    return decode_config(tomli.loads(confirm_promises(text) if confirmed else text)["tool"]["commonhold"], "x")


def report(files: Mapping[str, str]) -> str:
    return "\n".join(survey_lines(survey(files)))


def plugins_named_in(files: Mapping[str, str]) -> dict[str, str]:
    return {name: str(place) for name, place in survey({**FIVE, **files}).tested.items()}


@pytest.mark.parametrize(
    ("files", "name", "path"),
    [
        (FIVE, "acme", ()),
        ({**FIVE, **package("core", name="acme")}, "acme", ("core/**",)),
        (
            {**FIVE, "pyproject.toml": '[project]\nname = "acme"\n', "acme/__init__.py": "", "tests/__init__.py": ""},
            "acme",
            ("acme/**", "pyproject.toml"),
        ),
        ({**FIVE, "setup.py": "from setuptools import setup\nsetup(name='acme')", "src/acme/x.py": ""}, "acme", ("src/**", "setup.py")),
        # A project among the plugins is a plugin that the others require.
        ({**FIVE, **package("plugins/acme")}, None, ()),
        (packages("plugins/acme-", "a", "b", "c", "d", needs=("requests",)), None, ()),
        ({**packages("plugins/acme-", "a", "b", "c", needs=()), **package("plugins/acme-d", "acme")}, None, ()),
    ],
)  # fmt: skip
def test_the_core_is_the_one_project_that_most_packages_require(
    files: dict[str, str], name: str | None, path: tuple[str, ...]
) -> None:
    core = configured(files).core
    assert (core.distribution, core.path.sources) == (name, path)


def test_a_base_that_requires_the_core_itself_is_a_plugin() -> None:
    base = package("base", "acme-api", name="acme-base")
    files = {**packages("plugins/acme-", "a", "b", "c", "d", needs=("acme-base", "acme-api")), **base}
    assert configured(files).core.distribution == "acme-api"
    assert configured(files).core.path.sources == ()


def test_the_files_that_pin_the_core_are_found() -> None:
    pins = {"constraints.txt": "x==1\nacme==1\n", "requirements.txt": "acme>=1\n", "docs/constraints.txt": "acme==1\n"}
    assert configured({**FIVE, **pins}).core.pin.sources == ("constraints.txt",)


@pytest.mark.parametrize(
    ("folders", "tiers"),
    [
        (["plugins/a", "plugins/b"], {"plugins": ("plugins/*",)}),
        (
            ["plugins/a", "plugins/b", "plugins/community/c"],
            {"plugins": ("plugins/*",), "community": ("plugins/community/*",)},
        ),
        (["kit-a", "kit-b", "tests/y"], {"plugins": ("kit-*",)}),
        (["one", "two"], {"plugins": ("one", "two")}),
        (["kit-a", "kit-b", "kit-c", "kit-d", "p/a", "q/b"], {"base": ("kit-*",), "others": ("p/*", "q/*")}),
        (["p/x-a", "p/x-b", "p/templates/c"], {"p": ("p/*",)}),
    ],
)
def test_tiers_are_folders_with_several_packages(folders: list[str], tiers: dict[str, tuple[str, ...]]) -> None:
    config = configured({path: text for folder in folders for path, text in package(folder).items()})
    assert {name: tier.path.sources for name, tier in config.tiers.items()} == tiers


@pytest.mark.parametrize(
    ("modules", "pattern"),
    [
        (("acme/a", "acme/b_c", "acme/d"), "acme.{name}"),
        (("src/acme_a", "src/acme_b_c", "acme_d"), "acme_{name}"),
        (("acme/plugins/a/deep", "acme/plugins/b_c", "acme/plugins/d"), None),
        (("acme/a", "acme/b_c", "acme/e"), None),
    ],
)
def test_the_patterns_of_names_are_those_of_every_package(modules: tuple[str, ...], pattern: str | None) -> None:
    files = packages("plugins/acme-", "a", "b-c", "d")
    for name, module in zip(("a", "b-c", "d"), modules, strict=True):
        files[f"plugins/acme-{name}/{module}/__init__.py"] = ""
    tier = configured(files).tiers["plugins"]
    assert (tier.distribution, tier.import_) == ("acme-{name}", pattern)


def test_projects_that_are_not_plugins_are_left_out_with_reasons() -> None:
    others = {
        "plugins/pyproject.toml": '[project]\nname = "all"\n',
        **package("plugins/acme-a/examples/app"),
        **package("plugins/acme-b/inner"),
        **package("templates/plugin"),
        "plugins/acme-tools/pyproject.toml": "[tool.ruff]\n",
    }
    found = survey({**FIVE, **others})
    assert {each.folder: each.reason for each in found.left_out} == {
        "plugins": "it contains 5 other projects",
        "plugins/acme-a/examples/app": "it is in a folder of examples",
        "plugins/acme-b/inner": "it is inside the project plugins/acme-b",
        "templates/plugin": "it is in a folder of templates",
    }
    assert len(found.packages) == 5


def test_a_matrix_lists_plugins_with_versions_and_exclusions() -> None:
    matrix = """\
  test:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        python-version: ["3.10", 3.12]
        plugin:
          - acme-a
          - acme-b
          # - acme-c
        exclude:
          - {plugin: acme-b, python-version: 3.12}
          - {plugin: acme-c, python-version: 3.12}
    steps:
      - run: cd plugins/${{ matrix.plugin }} && pytest tests
"""
    files = {**FIVE, CI: workflow(matrix)}
    assert plugins_named_in({CI: files[CI]}) == {"acme-a": f"{CI}:9", "acme-b": f"{CI}:10"}
    config = configured(files)
    assert (config.python, config.plugins[ACME_B].testing.python) == (("3.10", "3.12"), None)
    assert configured(files, confirmed=True).plugins[ACME_B].testing.python == ("3.10",)
    text = report(files)
    assert f"acme-c (commented out at {CI}:11), acme-d, acme-e" in text
    assert f"acme-c on 3.12 ({CI}:14: the job's list does not contain this plugin)" in text


REUSED = """\
on: workflow_call
jobs:
  unit:
    runs-on: ${{ inputs.os }}
    steps:
      - uses: actions/setup-python@v5
        with: {python-version: "3.11"}
      - run: make plugin=${{ inputs.plugin }} test
"""


@pytest.mark.parametrize(
    ("files", "tested"),
    [
        ({CI: workflow("  a:\n    uses: ./.github/workflows/unit.yml\n    with: {plugin: acme-a, os: x}\n"), ".github/workflows/unit.yml": REUSED}, ["acme-a"]),
        ({CI: workflow("  a:\n    defaults: {run: {working-directory: plugins/acme-a}}\n    steps: [{run: pytest}]\n")}, ["acme-a"]),
        ({CI: workflow("  a:\n    steps: [{run: cd plugins/acme-a && pytest}]\n")}, ["acme-a"]),
        ({CI: workflow("  a:\n    steps: [{run: pytest}]\n", "{push: {paths: ['plugins/acme-a/**']}}")}, ["acme-a"]),
        ({CI: workflow("  a:\n    steps: [{run: tox}]\n"), "tox.ini": "[tox]\nenvlist =\n    py3{10,12}-{a,b}-{old,new}\n    ; py310-c\n[testenv]\n"}, ["acme-a", "acme-b"]),
        ({CI: workflow("  a:\n    steps: [{run: tox -e py310-acme-a}]\n")}, ["acme-a"]),
        ({CI: workflow("  a:\n    steps: [{run: npx nx affected -t test --exclude=acme-b}]\n"), "plugins/acme-a/project.json": '{"targets": {"test": {}}}', "plugins/acme-b/project.json": '{"targets": {"test": {}}}'}, ["acme-a"]),
        ({CI: workflow("  s:\n    steps: [{run: python ci/select.py}]\n  a:\n    needs: s\n    steps: [{run: pytest}]\n"), "ci/select.py": "X = ['plugins/acme-a']  # acme-b\n"}, ["acme-a"]),
        # Neither linters nor releases test anything.
        ({CI: workflow("  a:\n    steps: [{run: cd plugins/acme-a && mypy}, {run: pip install pytest}]\n")}, []),
        ({CI: workflow("  a:\n    steps: [{run: make lint_tests plugin=acme-a}]\n")}, []),
        ({CI: workflow("  a:\n    steps: [{run: cd plugins/acme-a && pytest}]\n", "workflow_dispatch")}, []),
    ],
)  # fmt: skip
def test_the_plugins_that_a_job_tests_are_found(files: dict[str, str], tested: list[str]) -> None:
    assert sorted(plugins_named_in(files)) == tested


@pytest.mark.parametrize(
    ("text", "pythons"),
    [
        ("env: {VERSIONS: '[\"3.10\", \"3.13\"]'}\n" + workflow("  a:\n    strategy: {matrix: {python-version: '${{ fromJSON(env.VERSIONS) }}'}}\n    steps: [{run: pytest plugins/acme-a}]\n"), ("3.10", "3.13")),
        (workflow("  d:\n    steps: [{run: 'echo \"python_versions=[3.9, 3.11]\" >> $GITHUB_ENV'}]\n  a:\n    strategy: {matrix: {python: '${{ fromJson(needs.d.outputs.v) }}'}}\n    steps: [{run: pytest plugins/acme-a}]\n"), ("3.9", "3.11")),
        (workflow("  a:\n    steps: [{uses: actions/setup-python@v5, with: {python-version: 3.10}}, {run: pytest plugins/acme-a}]\n"), ("3.10",)),
        (workflow("  a:\n    steps: [{run: pytest plugins/acme-a}]\n"), ()),
    ],
)  # fmt: skip
def test_python_versions_are_read_from_every_place(text: str, pythons: tuple[str, ...]) -> None:
    assert configured({**FIVE, CI: text}).python == pythons


SHARED = {
    CI: workflow("  a:\n    steps: [{run: cd plugins/acme-a && pytest}]\n  b:\n    steps: [{run: make test}]\n"),
    "Makefile": "test:\n\tpytest\n",
    "conftest.py": "import shared_helper\n",
    "shared_helper.py": "",
    "other_helper.py": "",
    "scripts/release.py": "",
    "README.md": "",
    "docs/index.md": "",
    "plugins/acme-a/README.md": "",
    "LICENSE": "",
    ".gitignore": "",
    "plugins/acme-a/acme_a/__init__.py": "import vendored.lib\n",
    "lib/vendored/lib.py": "",
}


def test_no_promise_covers_a_path_that_a_plugin_or_its_tests_use() -> None:
    config = configured({**FIVE, **SHARED}, confirmed=True)
    none = [rule for rule in config.shared if rule.affects == "none"]

    def covered(path: str) -> bool:
        first = next((rule for rule in config.shared if rule.path.match(path)), None)
        return config.ignore.match(path) or (first is not None and first in none)

    used = ("Makefile", "conftest.py", "shared_helper.py", "lib/vendored/lib.py", CI)
    assert [path for path in used if covered(path)] == []
    unused = ("other_helper.py", "scripts/release.py", ".gitignore", "README.md", "docs/index.md", "LICENSE")
    assert [path for path in unused if not covered(path)] == []


def test_nothing_is_promised_until_it_is_confirmed() -> None:
    config = configured({**FIVE, **SHARED, **package("plugins/community/x")})
    assert config.ignore.sources == ()
    assert [rule.affects for rule in config.shared if rule.affects == "none"] == []
    assert {tier.on_core_change for tier in config.tiers.values()} == {"test"}
    confirmed = configured({**FIVE, **SHARED, **package("plugins/community/x")}, confirmed=True)
    assert confirmed.tiers["community"].on_core_change == "skip"


def test_ignoring_a_mention_is_a_promise() -> None:
    files = {**FIVE, "plugins/acme-a/ci/Dockerfile": "RUN setup acme-b\n"}
    assert configured(files).mentions.sources == ()
    assert configured(files, confirmed=True).mentions.sources == ("plugins/acme-a/ci/Dockerfile",)


def test_every_file_with_a_mention_gets_a_promise_unless_tests_name_the_file() -> None:
    files = {
        **{f"plugins/acme-a/ci/Dockerfile.{each}": "RUN setup acme-b\n" for each in ("one", "two", "three")},
        CI: workflow("  t:\n    steps: [{run: docker build -f ci/Dockerfile.two .}, {run: pytest plugins/acme-a}]\n"),
    }
    text = write_configuration(survey({**FIVE, **files}))
    lines = [line for line in text.splitlines() if line.endswith("acme-a neither requires nor imports acme-b")]
    assert [line.partition(" = ")[0].rpartition(".")[2] for line in lines] == ['one"', 'three"']
    assert all(":1; " in line for line in lines)


def test_tests_outside_plugins_affect_the_plugins_that_they_import() -> None:
    shipped = {f"plugins/acme-{name}/src/acme_ext/{name}/__init__.py": "" for name in "ab"}
    outer = {
        "tests/conftest.py": "",
        "tests/data.json": "",
        "tests/test_a.py": '"""About b."""\nfrom acme_ext import a\n',
        "tests/deep/test_both.py": "import acme_ext.a\nimport acme_ext.b\n",
        "tests/test_core.py": "import acme, utils\n",
        "tests/unit/test_more.py": "",
        "tests/utils.py": "",
    }
    files = {**FIVE, **shipped, **outer, "plugins/acme-c/utils/__init__.py": ""}
    config = configured(files, confirmed=True)
    rules = {path: next((rule.affects for rule in config.shared if rule.path.match(path)), None) for path in outer}
    assert rules == {
        "tests/conftest.py": "all",
        "tests/data.json": "all",
        "tests/test_a.py": ("acme-a",),
        "tests/deep/test_both.py": "all",  # two of five plugins
        "tests/test_core.py": "none",
        "tests/unit/test_more.py": "none",
        "tests/utils.py": "all",
    }
    found = survey(files)
    assert [rule.because for rule in found.rules if rule.affects == ("acme-a",)] == ["tests/test_a.py:2 imports acme-a"]
    assert "tests outside plugins that import plugins: 2 files" in "\n".join(survey_lines(found))


def test_documents_that_code_may_read_are_not_ignored() -> None:
    prompts = {"plugins/acme-a/acme_a/prompt.md": "", "plugins/acme-a/README.md": "", "docs.md": ""}
    config = configured({**FIVE, **prompts}, confirmed=True)
    assert [path for path in prompts if not config.ignore.match(path)] == ["plugins/acme-a/acme_a/prompt.md"]


def test_the_workflows_of_single_plugins_affect_only_these() -> None:
    flows = {
        f".github/workflows/acme-{name}.yml": workflow(f"  a:\n    steps: [{{run: pytest plugins/acme-{name}}}]\n")
        for name in "abc"
    }
    extra = {".github/workflows/more.yml": workflow("  a:\n    steps: [{run: pytest plugins/acme-a}]\n")}
    config = configured({**FIVE, **flows, **extra})
    assert config.tiers["plugins"].testing.reads.sources == (".github/workflows/{folder}.yml",)  # type: ignore[union-attr]
    assert [(rule.path.sources, rule.affects) for rule in config.shared] == [
        ((".github/workflows/more.yml",), ("acme-a",))
    ]


def test_every_line_with_a_value_names_its_source() -> None:
    matrix = "  t:\n    strategy: {matrix: {p: [acme-a, acme-b, acme-c], python-version: ['3.11']}}\n    steps: [{run: pytest}]\n"
    text = write_configuration(survey({**FIVE, **SHARED, ".github/workflows/t.yml": workflow(matrix)}))
    lines = [line for line in text.splitlines() if "=" in line and not line.startswith("#")]
    assert [line for line in lines if "  # " not in line] == []
    assert 'python = ["3.11"]  # .github/workflows/t.yml:4' in lines


def test_the_place_of_an_action_is_the_step_that_uses_it() -> None:
    called = ".github/workflows/called.yml"
    steps = "  t:\n    steps:\n      - uses: ./.github/actions/setup\n      - run: pytest\n"
    files = {
        CI: workflow(f"  a:\n    uses: ./{called}\n"),
        called: workflow(steps, "workflow_call"),
        ".github/actions/setup/action.yml": "",
    }
    (reason,) = (rule.because for rule in survey({**FIVE, **files}).rules if "action.yml" in rule.patterns[0])
    assert reason == f"{called}:5"


def test_a_workflow_that_cannot_be_read_is_reported_and_gets_no_promise() -> None:
    config = configured({**FIVE, CI: "jobs: [", ".github/other": ""}, confirmed=True)
    assert [rule.path.match(CI) for rule in config.shared if rule.affects == "none"] == [False]
    assert f"workflows that cannot be read: {CI}:2" in report({**FIVE, CI: "jobs: ["})


@pytest.mark.parametrize(
    "name", ["# TODO(you) x", " x", "x ", "@(x)", "!x", "{x,y}", "x[y", "*", "a\\b", "x (1)", '"', "x" * 2000]
)
def test_a_promise_about_an_odd_name_covers_exactly_this_name(name: str) -> None:
    config = configured({**FIVE, name: "", f"folder {name}/inner": "", "x0": "", "xy": ""}, confirmed=True)
    none = [rule for rule in config.shared if rule.affects == "none"]
    covered = [path for path in (name, f"folder {name}/inner") if any(rule.path.match(path) for rule in none)]
    assert len(covered) == (0 if len(name) > 1000 else 2)
    assert not any(rule.path.match("another name") for rule in none)


HOSTILE = 'x"]\n[tool.evil]\na = "'


@pytest.mark.parametrize(
    "folder", [f"plugins/{HOSTILE}", "plugins/a\x1b[2J", "plugins/[a]*", 'plugins/"q"', "plugins/{name}", "plugins/é ü"]
)
def test_names_of_folders_cannot_change_the_configuration(folder: str) -> None:
    files = {
        **package(folder, name="acme-z"),
        **FIVE,
        f"{folder}/x.sh": "",
        f"other-{HOSTILE}/file": "",
        "a\tb.txt": "",
    }
    for confirmed in (False, True):
        config = configured(files, confirmed=confirmed)
        assert set(config.tiers) == {"plugins"}
    assert "evil" not in "".join(
        line for line in write_configuration(survey(files)).splitlines() if not line.startswith("  ")
    )
    assert all(line.isprintable() for line in survey_lines(survey(files)))


BOMB = "a: &a [x,x,x,x,x,x,x,x]\n" + "".join(
    f"{c}: &{c} [{','.join([f'*{p}'] * 9)}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "jobs: [",
        "jobs: {a: {steps: {}}}",
        "\0",
        "on: push\njobs: {a: {strategy: {matrix: {p: [[acme-a]]}}, steps: [{run: pytest}]}}",
    ],
)
def test_a_workflow_that_cannot_be_read_does_not_matter(text: str) -> None:
    assert survey({**FIVE, CI: text}).tested == {}
