"""How a change spreads from plugin to plugin: one test for each sentence of the rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.projects.names import Name, normalize
from commonhold.selection.affected import DependsOn, FilesChanged
from tests.support.monorepos import CONFIG, Monorepo, answers, names, plugin, project

if TYPE_CHECKING:
    from pathlib import Path

SHIPS_EXAMPLES = project("b", more='[tool.hatch.build.targets.wheel]\npackages = ["acme", "examples"]\n').replace(
    "[build-system]", '[build-system]\nbuild-backend = "hatchling.build"'
)
A, B, C, D = "official/a", "official/b", "official/c", "official/d"


def via(*plugins: str) -> tuple[Name, ...]:
    return tuple(map(normalize, plugins))


def source(folder: str) -> str:
    return f"{folder}/acme/{folder[-1]}/__init__.py"


def test_a_plugin_whose_file_changed_is_affected_and_a_stranger_is_not(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B))
    affected = monorepo.after(source(A))
    assert (affected.selection, answers(affected)) == ("some", {"a": "test"})
    assert affected.plugins[0].reasons == (FilesChanged((source(A),), 1),)


def test_the_deepest_plugin_that_contains_a_path_owns_it(tmp_path: Path) -> None:
    config = CONFIG.replace('["official/*"]', '["official/*", "official/a/inner"]')
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(f"{A}/inner"), config=config)
    assert names(monorepo.after(f"{A}/inner/acme/inner/__init__.py")) == {"inner"}
    assert names(monorepo.after(source(A))) == {"a"}


def test_a_run_time_requirement_chains(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B, ["a"]), plugin(C, ["b"]), plugin(D))
    affected = monorepo.after(source(A))
    reasons = {found.name: found.reasons[-1] for found in affected.plugins}
    assert reasons == {
        "a": FilesChanged((source(A),), 1),
        "b": DependsOn(via("a"), "runtime"),
        "c": DependsOn(via("b", "a"), "runtime"),
    }


@pytest.mark.parametrize(
    "spelling", ["Acme.Core_Tools", "acme-core-tools", "ACME__core---tools[x]>=1; python_version>'3'"]
)
def test_a_requirement_is_the_same_in_every_spelling(tmp_path: Path, spelling: str) -> None:
    tools = {f"{A}/pyproject.toml": project("acme_core.tools"), f"{A}/x.txt": ""}
    monorepo = Monorepo.of(tmp_path, tools, {f"{B}/pyproject.toml": project("b", [spelling.replace("'", '"')])})
    assert names(monorepo.after(f"{A}/x.txt")) == {"acme-core-tools", "b"}


def test_a_build_requirement_chains(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B, build=["a"]), plugin(C, build=["b"]))
    affected = monorepo.after(source(A))
    assert names(affected) == {"a", "b", "c"}
    assert affected.plugins[1].reasons == (DependsOn(via("a"), "build"),)


def test_an_import_in_a_shipped_file_chains_whether_or_not_it_is_declared(tmp_path: Path) -> None:
    imports = {source(B): "import acme.a as a\n", source(C): "def late():\n    from acme import b\n    return b\n"}
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B), plugin(C), imports)
    affected = monorepo.after(source(A))
    assert names(affected) == {"a", "b", "c"}
    assert affected.plugins[1].reasons == (DependsOn(via("a"), "import"),)
    assert affected.warnings == (
        f"b imports a ({source(B)}) but does not declare it",
        f"c imports b ({source(C)}) but does not declare it",
    )


def test_a_declared_import_is_not_warned_about(tmp_path: Path) -> None:
    imports = {source(B): "import acme.a\n", f"{C}/tests/test_c.py": "import acme.a\n"}
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B, ["a"]), plugin(C, groups={"dev": ["a"]}), imports)
    assert monorepo.after(source(A)).warnings == ()


def test_a_dependency_group_does_not_declare_imports_of_shipped_files(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B, groups={"dev": ["a"]}), {source(B): "import acme.a\n"})
    assert monorepo.after(source(A)).warnings == (f"b imports a ({source(B)}) but declares it only for its tests",)


def test_an_example_needs_nothing_and_tests_nothing(tmp_path: Path) -> None:
    config = CONFIG.replace('tests = ["', 'examples = ["examples/**"]\ntests = ["')
    imports = {f"{B}/examples/run.py": "import acme.a\n", f"{C}/acme/examples/run.py": "from acme import b\n"}
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B), plugin(C), imports, config=config)
    affected = monorepo.after(source(A), f"{B}/examples/run.py")
    assert (names(affected), len(affected.warnings)) == ({"a"}, 1)
    assert names(monorepo.after(source(B))) == {"b", "c"}


@pytest.mark.parametrize(
    ("path", "more", "found"),
    [
        ("example/run.py", {}, set()),
        ("examples/deep/README.txt", {}, set()),
        ("examples/run.py", {f"{C}/tests/test_c.py": "import examples.run\n"}, {"b", "c"}),
        ("examples/test_run.py", {}, {"b"}),
        ("examples/run.py", {f"{B}/pyproject.toml": SHIPS_EXAMPLES}, {"b"}),
        ("acme/examples/run.py", {}, {"b"}),
    ],
)
def test_usual_examples_test_nothing_unless_they_are_used(
    tmp_path: Path, path: str, more: dict[str, str], found: set[str]
) -> None:
    files = {f"{B}/{path}": "import acme.a\n", **more}
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B), plugin(C), files)
    assert names(monorepo.after(f"{B}/{path}")) == found
    users = names(monorepo.after(source(A))) - {"a"}
    assert users == (found if "acme/" in path or found == {"b"} else set())


def test_examples_are_tests_if_a_pattern_names_them(tmp_path: Path) -> None:
    config = CONFIG.replace('tests = ["', 'tests = ["examples/**", "')
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B), {f"{B}/examples/run.py": "import acme.a\n"}, config=config)
    assert names(monorepo.after(source(A))) == {"a", "b"}
    assert names(monorepo.after(f"{B}/examples/run.py")) == {"b"}


def test_an_ignored_file_is_imported_like_any_other(tmp_path: Path) -> None:
    config = CONFIG.replace('ignore = ["', 'ignore = ["**/*_pb2.py", "')
    imports = {f"{B}/acme/b/x_pb2.py": "import acme.a\n", source(B): "from . import x_pb2\n"}
    affected = Monorepo.of(tmp_path, plugin(A), plugin(B), imports, config=config).after(source(A))
    assert names(affected) == {"a", "b"}


def test_a_new_plugin_inside_another_is_a_change_of_that_one(tmp_path: Path) -> None:
    inner = f"{A}/sub/b"
    files = {path: content for path, content in plugin(inner).items() if not path.endswith("pyproject.toml")}
    config = CONFIG.replace('path = ["official/*"]', 'path = ["official/**"]')
    monorepo = Monorepo.of(tmp_path, plugin(A) | files, plugin(C), config=config)
    assert names(monorepo.after({f"{inner}/pyproject.toml": project("b")})) == {"a", "b"}
    assert names(monorepo.after({f"{inner}/pyproject.toml": project("b", ["six"])})) == {"b"}


def test_a_plugin_that_was_inside_another_is_a_change_of_that_one(tmp_path: Path) -> None:
    inner = f"{A}/sub/b"
    config = CONFIG.replace('path = ["official/*"]', 'path = ["official/**"]')
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(inner), plugin(C), config=config)
    affected = monorepo.after(dict.fromkeys(plugin(inner)))
    assert (names(affected), affected.removed) == ({"a"}, ("b",))


def test_a_requested_extra_chains(tmp_path: Path) -> None:
    monorepo = Monorepo.of(
        tmp_path, plugin(A), plugin(B, extras={"fast": ["a"]}), plugin(C, ["b[fast]"]), plugin(D, ["c"])
    )
    affected = monorepo.after(source(A))
    assert names(affected) == {"a", "b", "c", "d"}
    assert affected.plugins[3].reasons == (DependsOn(via("c", "b", "a"), "runtime"),)


def test_an_extra_that_is_not_requested_affects_only_its_own_plugin(tmp_path: Path) -> None:
    monorepo = Monorepo.of(
        tmp_path, plugin(A), plugin(B, extras={"fast": ["a"], "slow": []}), plugin(C, ["b"]), plugin(D, ["b[slow]"])
    )
    affected = monorepo.after(source(A))
    assert names(affected) == {"a", "b"}
    assert affected.plugins[1].reasons == (DependsOn(via("a"), "extra"),)


def test_an_extra_can_be_requested_through_another_plugins_extra(tmp_path: Path) -> None:
    monorepo = Monorepo.of(
        tmp_path,
        plugin(A),
        plugin(B, extras={"fast": ["a"]}),
        plugin(C, extras={"all": ["b[fast]"]}),
        plugin(D, ["c[all]"]),
        plugin("official/e", ["c"]),
    )
    assert names(monorepo.after(source(A))) == {"a", "b", "c", "d"}


def test_an_extra_asks_for_extras_of_its_own_plugin(tmp_path: Path) -> None:
    extras = {"x": ["a"], "y": ["c"], "all": ["b[X,y]"]}
    monorepo = Monorepo.of(
        tmp_path, plugin(A), plugin(B, extras=extras), plugin(C), plugin(D, ["b[all]"]), plugin("official/e", ["b[y]"])
    )
    assert names(monorepo.after(source(A))) == {"a", "b", "d"}
    assert names(monorepo.after(source(C))) == {"c", "b", "d", "e"}


def test_a_plugin_that_requires_its_own_extra_always_needs_it(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B, ["b[fast]"], extras={"fast": ["a"]}), plugin(C, ["b"]))
    assert names(monorepo.after(source(A))) == {"a", "b", "c"}


TEST_ONLY = {
    "an extra": plugin(B, extras={"dev": ["a"]}),
    "a group": plugin(B, groups={"dev": ["a"]}),
    "an included group": plugin(B, more='[dependency-groups]\ndev = [{ include-group = "base" }]\nbase = ["a"]'),
    "a requirements file": plugin(B) | {f"{B}/requirements.txt": "a>=1\n"},
    "a file of development requirements": plugin(B) | {f"{B}/dev-requirements.in": "a\n"},
    "an import in tests": plugin(B) | {f"{B}/tests/test_b.py": "from acme.a import NAME\n"},
    "an import in conftest": plugin(B) | {f"{B}/conftest.py": "import acme.a\n"},
    "pytest_plugins": plugin(B) | {f"{B}/conftest.py": "pytest_plugins = ['acme.a.fixtures']\n"},
}


@pytest.mark.parametrize("need", TEST_ONLY)
def test_a_need_of_the_tests_is_seen_and_does_not_chain(tmp_path: Path, need: str) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), TEST_ONLY[need], plugin(C, ["b"]))
    assert names(monorepo.after(source(A))) == {"a", "b"}


@pytest.mark.parametrize("need", TEST_ONLY)
def test_behind_a_need_of_the_tests_everything_chains(tmp_path: Path, need: str) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(C), plugin(D, ["c"]), plugin(A, ["d"]), TEST_ONLY[need])
    assert names(monorepo.after(source(C))) == {"a", "b", "c", "d"}


def test_a_change_of_tests_alone_reaches_their_plugin_alone(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B, ["a"]))
    assert names(monorepo.after(f"{A}/tests/test_a.py")) == {"a"}
    assert names(monorepo.after(f"{A}/tests/test_a.py", source(A))) == {"a", "b"}


def test_a_plugin_can_configure_its_test_paths(tmp_path: Path) -> None:
    own = plugin(A, more='[tool.commonhold]\ntests = ["checks/**"]') | {f"{A}/checks/test_a.py": ""}
    monorepo = Monorepo.of(tmp_path, own, plugin(B, ["a"]))
    assert names(monorepo.after(f"{A}/checks/test_a.py")) == {"a"}
    assert names(monorepo.after(f"{A}/tests/test_a.py")) == {"a", "b"}


REACHED = {
    "import": {f"{B}/tests/test_b.py": "from a_checks.tools import help\n"},
    "import in a shipped file": {source(B): "import a_checks.tools\n"},
    "pytest_plugins": {f"{B}/conftest.py": "pytest_plugins = 'a_checks.tools'\n"},
    "pytest_plugins, annotated": {f"{B}/conftest.py": "pytest_plugins: list[str] = ['a_checks.tools']\n"},
    "pytest_plugins, several in one text": {f"{B}/conftest.py": "pytest_plugins = 'acme.d, a_checks.tools'\n"},
    "importlib": {f"{B}/tests/test_b.py": "import importlib\nimportlib.import_module('a_checks.tools')\n"},
}


@pytest.mark.parametrize("way", REACHED)
def test_tests_that_another_plugin_uses_affect_its_dependents(tmp_path: Path, way: str) -> None:
    own = plugin(A, more='[tool.commonhold]\ntests = ["a_checks/**"]')
    shared = {f"{A}/a_checks/__init__.py": "", f"{A}/a_checks/tools.py": "def help(): ...\n"}
    monorepo = Monorepo.of(tmp_path, own, shared, plugin(B), plugin(C, ["a"]), plugin(D), REACHED[way])
    assert names(monorepo.after(f"{A}/a_checks/tools.py")) == {"a", "b", "c"}


def test_edges_are_read_at_head(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B), plugin(C, ["b"]))
    assert names(monorepo.after({f"{B}/pyproject.toml": project("b", ["a"])}, source(A))) == {"a", "b", "c"}
    assert names(monorepo.after(source(A))) == {"a", "b", "c"}


def test_a_dropped_dependency_changes_the_plugin_that_dropped_it(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B, ["a"]), plugin(C, ["b"]))
    assert names(monorepo.after({f"{B}/pyproject.toml": project("b")})) == {"b", "c"}
    assert names(monorepo.after(source(A))) == {"a"}


def test_a_plugin_that_still_requires_a_deleted_plugin_is_affected(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B, ["a"]), plugin(C, ["b"]), plugin(D))
    affected = monorepo.after({A: None})
    assert answers(affected) == {"b": "test", "c": "test"}
    assert affected.removed == ("a",)
    assert affected.plugins[0].reasons == (DependsOn(via("a"), "runtime"),)


def test_a_deleted_plugin_without_dependents_affects_no_plugin(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B))
    affected = monorepo.after({A: None})
    assert (affected.selection, affected.removed) == ("none", ("a",))


def test_a_plugin_that_requires_the_old_name_of_a_renamed_plugin_is_affected(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B, ["a"]), plugin(C, ["new"]), plugin(D))
    affected = monorepo.after({f"{A}/pyproject.toml": project("new")})
    assert names(affected) == {"new", "b", "c"}
    assert affected.removed == ("a",)


def test_only_the_dependents_of_a_moved_plugin_are_affected(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B, ["a"]), plugin(C))
    affected = monorepo.after({A: None}, plugin("community/a"))
    assert answers(affected) == {"a": "test", "b": "test"}
    assert (affected.selection, affected.removed) == ("some", ())


def test_a_plugin_that_imports_a_test_lost_in_a_move_is_affected(tmp_path: Path) -> None:
    only_tests = '[tool.commonhold]\ntests = ["**"]\n'
    user = {f"{B}/tests/test_b.py": "import acme_fakes\n"}
    monorepo = Monorepo.of(
        tmp_path, plugin(A, more=only_tests) | {f"{A}/acme_fakes.py": ""}, plugin(B) | user, plugin(C)
    )
    assert names(monorepo.after({A: None}, plugin("community/a", more=only_tests))) == {"a", "b"}


def test_a_plugin_that_requires_the_old_path_of_a_moved_plugin_is_affected(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B) | {f"{B}/requirements.txt": "-e ../a\n"}, plugin(C))
    assert names(monorepo.after({A: None}, plugin("community/a"))) == {"a", "b"}


def test_two_plugins_that_swap_names_are_both_changed(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B), plugin(C, ["a"]), plugin(D))
    swapped = {f"{A}/pyproject.toml": project("b"), f"{B}/pyproject.toml": project("a")}
    assert names(monorepo.after(swapped)) == {"a", "b", "c"}


def test_a_new_plugin_is_affected_with_the_plugins_that_already_require_it(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B, ["c"]))
    assert names(monorepo.after(plugin(C))) == {"b", "c"}


def test_an_import_of_a_module_that_was_just_deleted_is_followed(tmp_path: Path) -> None:
    single = {f"{A}/acme_single.py": "", source(B): "import acme_single\n"}
    monorepo = Monorepo.of(tmp_path, plugin(A), single, plugin(B) | single)
    assert names(monorepo.after({f"{A}/acme_single.py": None})) == {"a", "b"}


def test_an_import_from_a_deleted_plugin_is_followed(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B) | {source(B): "from acme.a import NAME\n"}, plugin(C))
    assert names(monorepo.after({A: None})) == {"b"}


@pytest.mark.parametrize("module", ["acme_moved.py", "acme_moved/__init__.py"])
def test_an_import_of_a_module_that_moved_to_another_plugin_is_followed(tmp_path: Path, module: str) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), {f"{A}/{module}": ""}, plugin(B), plugin(C), plugin(D))
    monorepo.commit({source(C): "import acme_moved\n"})
    affected = monorepo.after({f"{A}/{module}": None, f"{B}/{module}": ""})
    assert names(affected) == {"a", "b", "c"}


def test_a_module_that_several_plugins_define_is_imported_from_each(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A) | {f"{A}/common.py": ""}, plugin(B) | {f"{B}/common.py": ""}, plugin(C))
    monorepo.commit({source(C): "import common\n"})
    assert names(monorepo.after(f"{A}/common.py")) == {"a", "c"}
    assert names(monorepo.after(f"{B}/common.py")) == {"b", "c"}


def test_an_old_style_namespace_package_belongs_to_no_plugin(tmp_path: Path) -> None:
    old = {
        f"{folder}/acme/__init__.py": "__import__('pkg_resources').declare_namespace(__name__)\n" for folder in (A, B)
    }
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B), plugin(C), old)
    monorepo.commit({source(C): "import acme\nfrom acme import b\n"})
    assert names(monorepo.after(source(A))) == {"a"}
    assert names(monorepo.after(source(B))) == {"b", "c"}


def test_a_relative_import_reaches_into_a_shared_namespace(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B), plugin(C), plugin(D))
    monorepo.commit(
        {
            source(B): "from ..a import NAME\n",
            source(C): "from .. import a\n",
            f"{D}/acme/single.py": "from .a import NAME\n",
        }
    )
    assert names(monorepo.after(source(A))) == {"a", "b", "c", "d"}


def test_a_cycle_works_and_is_reported_with_both_ends(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A, ["b"]), plugin(B, ["a"]), plugin(C, ["a"]), plugin(D))
    affected = monorepo.after(source(B))
    assert names(affected) == {"a", "b", "c"}
    assert affected.warnings == ("a and b depend on each other, so a change to either tests both",)


def test_a_cycle_through_an_extra_is_reported(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A, ["b[x]"]), plugin(B, extras={"x": ["a"]}), plugin(C, ["b"]))
    affected = monorepo.after(source(A))
    assert names(affected) == {"a", "b"}
    assert affected.warnings == ("a and b depend on each other, so a change to either tests both",)


def test_a_plugin_whose_tests_require_a_dependent_is_not_a_cycle(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A, groups={"dev": ["b"]}), plugin(B, ["a"]))
    affected = monorepo.after(source(B))
    assert (names(affected), affected.warnings) == ({"a", "b"}, ())


def test_an_empty_change_selects_none_with_a_reason(tmp_path: Path) -> None:
    affected = Monorepo.of(tmp_path, plugin(A)).after()
    assert (affected.selection, affected.because, affected.plugins) == ("none", "nothing changed", ())


def test_the_chain_is_the_shortest(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B, ["a"]), plugin(C, ["b"]), plugin(D, ["c", "b"]))
    reasons = monorepo.after(source(A)).plugins[-1].reasons
    assert reasons == (DependsOn(via("b", "a"), "runtime"),)
