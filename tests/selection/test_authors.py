"""What the authors of a plugin can set: their settings add plugins to a selection and never remove any."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonhold.errors import ConfigurationError
from commonhold.projects import read_metadata
from commonhold.projects.names import normalize
from commonhold.workspace import check_workspace, read_config, read_workspace
from commonhold.workspace.patterns import Patterns
from commonhold.workspace.plugin_tests import find_plugin_tests
from tests.support.monorepos import CONFIG, Link, Monorepo, answers, names, plugin, project
from tests.support.trees import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from commonhold.workspace.model import Workspace

A, B, C = "official/a", "official/b", "official/c"
EVERYTHING = '[tool.commonhold]\ntests = ["**"]\n'
ROOT_TESTS = Patterns(["tests/**", "test/**", "conftest.py"])


def workspace(own: Mapping[str, str], config: str = CONFIG) -> Workspace:
    """A workspace with the plugin a, whose files are given relative to its folder."""
    others = plugin("official/b", ["a"]) | plugin("community/c")
    files = {"pyproject.toml": config, "constraints.txt": "", **{f"{A}/{path}": text for path, text in own.items()}}
    tree = MemoryTree({**files, **{path: str(content) for path, content in others.items()}})
    return read_workspace(tree, read_config(tree))


def are_tests(own: Mapping[str, str], *paths: str) -> list[bool]:
    """Whether files of the plugin a are its tests."""
    tests = workspace(own).plugins[normalize("a")].tests
    return [tests.match(path) for path in paths]


@pytest.mark.parametrize(
    "file",
    [
        "src/acme_a/__init__.py",
        "src/acme_a/data/words-en.json",
        "src/acme_ns/a/mod.py",
        "acme_a/__init__.py",
        "acme_a/tests/__init__.py",
        "acme_ns/a/mod.py",
        "acme_single.py",
        "README.rst",
        "csrc/fast.c",
    ],
)
def test_a_plugin_cannot_hide_the_files_of_its_packages(file: str) -> None:
    assert are_tests({"pyproject.toml": project("a", more=EVERYTHING), file: ""}, file) == [False]


def test_a_change_to_a_package_that_its_plugin_calls_a_test_reaches_dependents(tmp_path: Path) -> None:
    own = plugin(A, more=EVERYTHING) | {f"{A}/src/acme_a/data.json": ""}
    monorepo = Monorepo.of(tmp_path, own, plugin(B, ["a"]), plugin(C))
    assert names(monorepo.after(f"{A}/src/acme_a/data.json")) == {"a", "b"}
    assert names(monorepo.after(f"{A}/pyproject.toml")) == {"a", "b"}
    assert names(monorepo.after(f"{A}/tests/test_a.py")) == {"a"}


@pytest.mark.parametrize("target", ["../../checks", "../../tests", "../.."])
def test_files_behind_a_shipped_link_are_not_tests(tmp_path: Path, target: str) -> None:
    folder = target.replace("../..", A)
    own = plugin(A, more=EVERYTHING) | {f"{A}/src/acme_a/linked": Link(target), f"{folder}/x.py": ""}
    monorepo = Monorepo.of(
        tmp_path, own | {f"{A}/tests/link": Link("../other"), f"{A}/other/x.py": ""}, plugin(B, ["a"])
    )
    assert names(monorepo.after(f"{folder}/x.py")) == {"a", "b"}
    assert names(monorepo.after(f"{A}/other/x.py")) == ({"a"} if target.endswith("checks") else {"a", "b"})


def test_a_plugin_cannot_hide_that_it_loses_a_package(tmp_path: Path) -> None:
    own = {f"{A}/pyproject.toml": project("a", more=EVERYTHING), f"{A}/acme_a/__init__.py": ""}
    checks = {f"{A}/checks/__init__.py": "", f"{A}/checks/test_a.py": ""}
    monorepo = Monorepo.of(tmp_path, own | checks, plugin(B, ["a"]))
    assert names(monorepo.after({f"{A}/checks/__init__.py": None})) == {"a", "b"}
    assert names(monorepo.after({f"{A}/acme_a": None})) == {"a", "b"}


BACKENDS = {
    "setuptools": '[tool.setuptools]\npackages = ["a"]\n[tool.setuptools.package-dir]\na = "tests/lib"\n',
    "setuptools, searched": '[tool.setuptools.packages.find]\nwhere = ["tests/lib"]\n',
    "setuptools, module": '[tool.setuptools]\npy-modules = ["tests.lib.one"]\n',
    "hatchling": '[tool.hatch.build.targets.wheel]\npackages = ["tests/lib"]\n',
    "hatchling, only-include": '[tool.hatch.build.targets.wheel]\nonly-include = ["/tests/lib"]\n',
    "hatchling, include": '[tool.hatch.build]\ninclude = ["tests/lib/**/*.py"]\n',
    "hatchling, force-include": '[tool.hatch.build.targets.wheel.force-include]\n"tests/lib" = "a"\n',
    "poetry": '[tool.poetry]\npackages = [{ include = "a", from = "tests/lib" }, { include = "lib", from = "tests" }]\n',
    "flit_core": '[tool.flit.module]\nname = "tests.lib"\n',
    "pdm": '[tool.pdm.build]\nincludes = ["tests/lib/*.py"]\n',
    "uv_build": '[tool.uv.build-backend]\nmodule-root = "tests"\nmodule-name = "lib"\n',
    "maturin": '[tool.maturin]\npython-source = "tests/lib"\n',
    "any": '[project.scripts]\nrun = "tests.lib.one:main"\n',
    "any, entry point": '[project.entry-points."acme"]\nrun = "tests.lib.one:main"\n',
}


@pytest.mark.parametrize("kind", BACKENDS)
def test_files_that_metadata_ships_are_not_tests(kind: str) -> None:
    build = f'[build-system]\nrequires = []\nbuild-backend = "{kind.partition(",")[0]}.build"\n'
    metadata = build + '[project]\nname = "a"\nversion = "1"\n' + BACKENDS[kind]
    own = {"pyproject.toml": metadata, "tests/lib/one.py": "", "tests/test_a.py": ""}
    assert are_tests(own, "tests/lib/one.py", "tests/test_a.py") == [False, True]


SETUPS = {
    "setup.cfg": "[metadata]\nname = a\nversion = 1\n[options]\npackages = a\npackage_dir =\n  a = tests/lib\n",
    "setup.cfg, searched": "[metadata]\nname = a\n[options]\npackages = find:\n[options.packages.find]\nwhere = tests/lib\n",
    "setup.py": "from setuptools import setup\nsetup(name='a', packages=['a'], package_dir={'a': 'tests/lib'})\n",
}


@pytest.mark.parametrize("kind", SETUPS)
def test_files_that_setuptools_files_ship_are_not_tests(kind: str) -> None:
    own = {kind.partition(",")[0]: SETUPS[kind], "tests/lib/one.py": "", "tests/test_a.py": ""}
    assert are_tests(own, "tests/lib/one.py", "tests/test_a.py") == [False, True]


def test_a_plugin_can_name_tests_outside_the_packages_that_metadata_lists() -> None:
    hatch = '[build-system]\nrequires = []\nbuild-backend = "hatchling.build"\n[project]\nname = "a"\nversion = "1"\n'
    hatch += '[tool.hatch.build.targets.wheel]\npackages = ["src/acme_a"]\n' + EVERYTHING
    paths = ("checks/__init__.py", "checks/data.json", "src/acme_a/__init__.py", "pyproject.toml")
    own = {**dict.fromkeys(paths, ""), "pyproject.toml": hatch}
    assert are_tests(own, *paths) == [True, True, False, False]
    # The file with the version, and a readme, are part of the build.
    read = '[tool.hatch.version]\npath = "checks/version.py"\n'
    read_too = hatch.replace('version = "1"\n', 'dynamic = ["version"]\nreadme = "checks/README.md"\n') + read
    built = {**own, "pyproject.toml": read_too, "checks/README.md": "", "checks/version.py": ""}
    assert are_tests(built, "checks/__init__.py", "checks/version.py", "checks/README.md") == [True, False, False]


SYSTEM = '[build-system]\nrequires = []\nbuild-backend = "{}"\n[project]\nname = "a"\nversion = "1"\n'
LISTED = SYSTEM.format("setuptools.build_meta") + '[tool.setuptools]\npackages = ["acme_a"]\n'
HATCH = SYSTEM.format("hatchling.build") + '[tool.hatch.build.targets.wheel]\npackages = ["acme_a"]\n'
PLAIN = "from setuptools import find_packages, setup\nNAME = 'a'\nsetup(name=NAME, version=f'{1}', packages=find_packages())\n"
CODE_IN_BUILDS = {
    "unknown backend": {"pyproject.toml": SYSTEM.format("unknown.build")},
    "setup.py imports": {"setup.py": "from build_x.helper import version\n" + PLAIN},
    "setup.py imports, listed": {"setup.py": "from build_x.helper import version\n" + PLAIN, "pyproject.toml": LISTED},
    "setup.py opens": {"setup.py": PLAIN + "open('build_x/helper.py')\n", "pyproject.toml": LISTED},
    "setup.py decorates": {"setup.py": PLAIN + "@exec\nclass A: ...\n", "pyproject.toml": LISTED},
    "setup.py, commands": {"setup.py": PLAIN.replace("name=", "cmdclass={}, name="), "pyproject.toml": LISTED},
    "setup.py, namespaces": {"setup.py": PLAIN.replace("find_packages", "find_namespace_packages")},
    "setup.py, broken": {"setup.py": "(", "pyproject.toml": LISTED},
    "setup.cfg, commands": {"setup.cfg": "[metadata]\nname = a\n[options]\ncmdclass =\n  build = build_x.helper.C\n"},
    "setup.cfg, namespaces": {"setup.cfg": "[metadata]\nname = a\n[options]\npackages = find_namespace:\n"},
    "setuptools, commands": {"pyproject.toml": LISTED + 'cmdclass = { build = "build_x.helper.C" }\n'},
    "setuptools, namespaces": {
        "pyproject.toml": SYSTEM.format("setuptools.build_meta") + "[tool.setuptools.packages.find]\n"
    },
    "setuptools, extensions": {"pyproject.toml": LISTED + 'ext-modules = [{ name = "x", sources = ["x.c"] }]\n'},
    "setuptools, version": {
        "pyproject.toml": LISTED + '[tool.setuptools.dynamic]\nversion = { attr = "build_x.helper.V" }\n'
    },
    "setup.cfg, version": {"setup.cfg": "[metadata]\nname = a\nversion = attr: build_x.helper.V\n"},
    "hatchling, build hook": {"pyproject.toml": HATCH + "[tool.hatch.build.hooks.custom]\n"},
    "hatchling, hook of the sdist": {"pyproject.toml": HATCH + "[tool.hatch.build.targets.sdist.hooks.custom]\n"},
    "hatchling, metadata hook": {"pyproject.toml": HATCH + "[tool.hatch.metadata.hooks.custom]\n"},
    "hatchling, code": {"pyproject.toml": HATCH + '[tool.hatch.version]\nsource = "code"\npath = "acme_a/v.py"\n'},
    "poetry": {"pyproject.toml": SYSTEM.format("poetry.core.masonry.api") + '[tool.poetry.build]\nscript = "b.py"\n'},
    "pdm": {"pyproject.toml": SYSTEM.format("pdm.backend") + '[tool.pdm.version]\nsource = "call"\ngetter = "x:y"\n'},
    "maturin": {"pyproject.toml": SYSTEM.format("maturin")},
}


@pytest.mark.parametrize("kind", CODE_IN_BUILDS)
def test_a_plugin_cannot_hide_files_from_code_that_runs_in_its_build(kind: str) -> None:
    paths = ("build_x/helper.py", "acme_a/__init__.py", "tests/x.py")
    files = dict.fromkeys(paths, "") | CODE_IN_BUILDS[kind]
    files["pyproject.toml"] = files.get("pyproject.toml", "") + EVERYTHING
    assert are_tests(files, *paths) == [False, False, True]


@pytest.mark.parametrize(
    "project_files", [{"setup.py": PLAIN}, {"setup.py": PLAIN, "pyproject.toml": LISTED}, {"pyproject.toml": HATCH}]
)
def test_a_plugin_can_name_tests_if_its_build_runs_none_of_its_code(project_files: dict[str, str]) -> None:
    paths = ("checks/test_a.py", "acme_a/__init__.py")
    files = dict.fromkeys(paths, "") | project_files
    files["pyproject.toml"] = files.get("pyproject.toml", "") + EVERYTHING
    assert are_tests(files, *paths) == [True, False]


def test_a_build_backend_in_the_plugin_is_no_test() -> None:
    system = '[build-system]\nrequires = []\nbuild-backend = "own"\n[project]\nname = "a"\n[tool.commonhold]\ntests = ["**"]\n'
    for where, path in (("checks", "checks/own.py"), (".", "own/__init__.py")):
        table = system.replace('"own"\n', f'"own"\nbackend-path = ["{where}"]\n')
        files = {"pyproject.toml": table, "acme_a/__init__.py": "", path: "", "tests/x.py": ""}
        assert are_tests(files, path, "tests/x.py") == [False, True]


SETUPTOOLS = [table for backend, table in BACKENDS.items() if backend in ("setuptools", "setuptools, searched")]
PARTS = st.sampled_from(["src", "acme", "a", "acme_a", "checks", "tests", "lib"])
FILES = st.sampled_from(["__init__.py", "mod.py", "test_x.py", "conftest.py", "data.json", "setup.py", "py.typed"])
PATHS = st.builds(lambda folders, file: "/".join([*folders, file]), st.lists(PARTS, max_size=3), FILES)
PATTERN = st.sampled_from(
    ["**", "*", "**/*.py", "src/**", "acme*/**", "checks/**", "a/**", "**/test_*", "pyproject.toml"]
)


@settings(deadline=None)
@given(st.sets(PATHS, min_size=1, max_size=12), st.lists(PATTERN, max_size=3), st.sampled_from(["", *SETUPTOOLS]))
def test_no_pattern_of_a_plugin_hides_a_shipped_file(paths: set[str], own: list[str], table: str) -> None:
    metadata = read_metadata("p", {"p/pyproject.toml": project("acme-a", more=table).encode()}.get)
    listed = sorted(f"p/{path}" for path in paths)
    tests = find_plugin_tests("p", metadata, ROOT_TESTS, Patterns(own), listed)
    packages = {PurePosixPath(path).parent for path in paths if path.endswith("/__init__.py")}
    for path in paths:
        is_importable = not packages.isdisjoint(PurePosixPath(path).parents) and not ROOT_TESTS.match(path)
        is_listed = bool(table) and path.startswith("tests/lib/")
        if is_listed or (is_importable and not table) or path in ("setup.py", "data.json", "py.typed"):
            assert not tests.match(path) or (ROOT_TESTS.match(path) and not is_listed)
        if not own:
            assert not tests.match(path)


def test_a_plugin_adds_to_the_paths_that_its_tier_reads(tmp_path: Path) -> None:
    config = CONFIG.replace('path = ["official/*"]', 'path = ["official/*"]\nreads = ["data/tier/**"]')
    config += '[[tool.commonhold.shared]]\npath = ["data/**"]\naffects = "none"\n'
    data = {"data/tier/x": "", "data/own/x": ""}
    for number, own in enumerate(["reads = []", 'reads = ["data/own/**"]']):
        parts = (plugin(A, more=f"[tool.commonhold]\n{own}\n"), plugin(C), data)
        monorepo = Monorepo.of(tmp_path / str(number), *parts, config=config)
        assert names(monorepo.after("data/tier/x")) == {"a", "c", "alone"}
        assert names(monorepo.after("data/own/x")) == ({"a"} if number else set())


def test_paths_that_only_a_plugin_reads_still_affect_all_until_the_root_has_a_rule(tmp_path: Path) -> None:
    own = plugin(A, more='[tool.commonhold]\nreads = ["**"]\n') | {"Makefile": ""}
    monorepo = Monorepo.of(tmp_path, own, plugin(B))
    assert monorepo.after("Makefile").selection == "all"
    ruled = CONFIG + '[[tool.commonhold.shared]]\npath = ["Makefile"]\naffects = "none"\n'
    monorepo.commit({"pyproject.toml": ruled})
    assert answers(monorepo.after("Makefile")) == {"a": "test"}


def test_a_link_to_the_whole_repository_covers_no_path_for_other_plugins(tmp_path: Path) -> None:
    own = plugin(A) | {f"{A}/everything": Link("../.."), "Makefile": ""}
    assert Monorepo.of(tmp_path, own, plugin(B)).after("Makefile").selection == "all"


RUNNERS = 'runners = ["gpu-*"]\n'


@pytest.mark.parametrize(
    ("root", "tier", "own", "is_allowed"),
    [
        ("", "", "ubuntu-24.04-arm", True),
        ("", "", "self-hosted", False),
        ("", "", "x-ubuntu-latest", False),
        ("", 'os = ["gpu-big"]\n', "gpu-big", True),
        (RUNNERS, "", "gpu-big", True),
        (RUNNERS, "", "ubuntu-latest", False),
        ("runners = []\n", "", "ubuntu-latest", False),
        ("", "", "ubuntu-latest\\nx", False),
    ],
)
def test_the_root_decides_on_which_runners_jobs_run(root: str, tier: str, own: str, is_allowed: bool) -> None:
    config = CONFIG.replace("[tool.commonhold]\n", f"[tool.commonhold]\n{root}")
    config = config.replace('path = ["official/*"]\n', f'path = ["official/*"]\n{tier}')
    found = workspace({"pyproject.toml": project("a", more=f'[tool.commonhold]\nos = ["{own}"]\n')}, config)
    assert (not found.problems) == is_allowed
    assert all(f"{A}/pyproject.toml (a): tool.commonhold.os" in problem for problem in found.problems)


def test_the_error_for_a_runner_names_the_plugin_and_what_the_root_allows() -> None:
    found = workspace({"pyproject.toml": project("a", more='[tool.commonhold]\nos = ["self-hosted"]\n')})
    with pytest.raises(
        ConfigurationError,
        match=rf"{A}/pyproject.toml \(a\): .*must not be 'self-hosted'.*ubuntu-\*, windows-\*, macos-\*",
    ):
        check_workspace(found)


@pytest.mark.parametrize(
    ("table", "line"),
    [("[tool.commonhold]", 'runners = ["a/b"]'), ("[tool.commonhold.tiers.official]", 'os = ["$(x)"]')],
)
def test_the_labels_in_the_root_s_configuration_are_checked(table: str, line: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"{line.split(maxsplit=1)[0]}\[0\]: .* is not a .*runner label"):
        workspace({}, CONFIG.replace(f"{table}\n", f"{table}\n{line}\n"))


@pytest.mark.parametrize(
    "own",
    [
        f'python = ["3.{"1" * 5000}"]',
        f'timeout = "{"9" * 5000}m"',
        'test = ["pytest \\u0000"]',
        'env = { A = "\\u0000" }',
        'env = { "A=B" = "x" }',
        'env = { "" = "x" }',
    ],
)
def test_a_value_that_no_program_can_use_is_an_error_of_the_table(own: str) -> None:
    found = workspace({"pyproject.toml": project("a", more=f"[tool.commonhold]\n{own}\n")})
    assert len(found.problems) == 1
    assert f"{A}/pyproject.toml (a): tool.commonhold." in found.problems[0]
