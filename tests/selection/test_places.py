"""Paths outside a plugin's folder that count as part of the plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.ci.checkout import needed_paths
from commonhold.projects.names import Name
from commonhold.selection.affected import FilesChanged, ReadsPath
from tests.support.monorepos import CONFIG, Link, Monorepo, answers, names, plugin, project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.monorepos import Content

A, B, C, D = "official/a", "official/b", "official/c", "community/d"
QUIET = CONFIG + '\n[[tool.commonhold.shared]]\npath = ["common/**", "official/*.txt"]\naffects = "none"\n'


def source(folder: str) -> str:
    return f"{folder}/acme/{folder[-1]}/__init__.py"


FILES = {
    "-r": "-r ../../common/needs.txt\n",
    "-r without a space": "-r../../common/needs.txt\n",
    "--requirement=": "--requirement=../../common/needs.txt\n",
    "-c": "-c ../../common/needs.txt\n",
    "-r over another file": "-r ../../common/more.txt\n",
    "an editable folder": "-e ../../common\n",
    "a file: URL": "thing @ file:../../common/needs.txt\n",
}


@pytest.mark.parametrize("way", FILES)
def test_a_path_in_a_requirements_file_is_read(tmp_path: Path, way: str) -> None:
    common = {"common/needs.txt": "wheel\n", "common/more.txt": "-c needs.txt\n", "common/pyproject.toml": project("x")}
    needs = {f"{A}/requirements.txt": FILES[way]}
    monorepo = Monorepo.of(tmp_path, plugin(A) | needs, plugin(B, ["a"]), plugin(C), common, config=QUIET)
    affected = monorepo.after("common/needs.txt")
    assert names(affected) == {"a", "b"}
    assert affected.plugins[0].reasons == (ReadsPath("common/needs.txt"),)


def test_an_included_requirements_file_adds_test_dependencies(tmp_path: Path) -> None:
    common = {"common/needs.txt": "c\n"}
    needs = {f"{A}/requirements.txt": "-r ../../common/needs.txt\n"}
    monorepo = Monorepo.of(tmp_path, plugin(A) | needs, plugin(B, ["a"]), plugin(C), common, config=QUIET)
    assert names(monorepo.after(source(C))) == {"a", "c"}


def test_a_local_path_of_a_run_time_requirement_is_an_edge_that_knows_tests_from_code(tmp_path: Path) -> None:
    sources = '[tool.uv.sources]\nb = { path = "../b", editable = true }'
    monorepo = Monorepo.of(tmp_path, plugin(A, ["b"], more=sources), plugin(B), plugin(C))
    assert names(monorepo.after(source(B))) == {"a", "b"}
    assert names(monorepo.after(f"{B}/tests/test_b.py")) == {"b"}


def test_a_requirement_by_path_alone_is_an_edge(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A) | {f"{A}/requirements.txt": "-e ../b[fast]\n"}, plugin(B), plugin(C))
    assert names(monorepo.after(source(B))) == {"a", "b"}


LINKS: dict[str, dict[str, Content]] = {
    "a file": {f"{A}/data.txt": Link("../../common/data.txt")},
    "a folder": {f"{A}/data": Link("../../common")},
    "over another link": {f"{A}/data": Link("../../hop/data.txt"), "hop": Link("common")},
    "over a link in a folder that is linked": {f"{A}/data": Link("../../hop"), "hop/x.txt": Link("../common/data.txt")},
    "over a link in another plugin": {f"{A}/data": Link("../c/data"), f"{C}/data": Link("../../common/data.txt")},
    "the whole repository": {f"{A}/everything": Link("../..")},
}


@pytest.mark.parametrize("way", LINKS)
def test_a_symbolic_link_makes_its_owner_depend_on_its_target(tmp_path: Path, way: str) -> None:
    common = {"common/data.txt": "1\n"}
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B, ["a"]), plugin(C), common, LINKS[way], config=QUIET)
    assert {"a", "b"} <= names(monorepo.after("common/data.txt")) <= {"a", "b", "c"}


def test_a_link_in_a_place_that_is_read_is_followed(tmp_path: Path) -> None:
    config = QUIET + '\n[tool.commonhold.plugins.a]\nreads = ["shared/**"]\n'
    links: dict[str, Content] = {
        f"{A}/data": Link("../../shared"),
        "shared/x.txt": Link("../common/data.txt"),
        "common/data.txt": "1\n",
    }
    monorepo = Monorepo.of(tmp_path, plugin(A), links, config=config)
    assert names(monorepo.after("common/data.txt")) == {"a"}


@pytest.mark.parametrize("target", [".", "data", "../../../elsewhere", "/etc/hostname", "nothing"])
def test_a_broken_link_affects_no_other_plugin(tmp_path: Path, target: str) -> None:
    links: dict[str, Content] = {f"{A}/data": Link(target), f"{A}/loop": Link("pool"), f"{A}/pool": Link("loop")}
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B), links)
    assert names(monorepo.after(source(B))) == {"b"}


def test_a_link_to_another_plugin_reads_it_with_its_tests(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A) | {f"{A}/sibling": Link("../b")}, plugin(B), plugin(C))
    assert names(monorepo.after(source(B))) == {"a", "b"}
    assert names(monorepo.after(f"{B}/tests/test_b.py")) == {"a", "b"}


def test_a_link_into_tests_affects_its_owner_and_the_dependents_of_the_owner(tmp_path: Path) -> None:
    links = {f"{A}/tests/shared": Link("../../b/tests")}
    monorepo = Monorepo.of(tmp_path, plugin(A) | links, plugin(B), plugin(C, ["a"]), plugin(D, ["b"]))
    assert names(monorepo.after(f"{B}/tests/test_b.py")) == {"a", "b", "c"}


def test_a_link_into_a_plugin_inside_is_read(tmp_path: Path) -> None:
    config = CONFIG.replace('["official/*"]', '["official/*", "official/a/inner"]')
    links = {f"{A}/inner_tests": Link("inner/tests")}
    monorepo = Monorepo.of(tmp_path, plugin(A) | links, plugin(f"{A}/inner"), config=config)
    assert names(monorepo.after(f"{A}/inner/tests/test_inner.py")) == {"a", "inner"}


def test_a_link_to_ones_own_file_adds_nothing(tmp_path: Path) -> None:
    links: dict[str, Content] = {
        f"{A}/copy.py": Link("tests/test_a.py"),
        f"{A}/docs.md": Link("README.md"),
        f"{A}/README.md": "a\n",
    }
    monorepo = Monorepo.of(tmp_path, plugin(A) | links, plugin(B, ["a"]))
    assert names(monorepo.after(f"{A}/tests/test_a.py")) == {"a"}
    assert monorepo.after(f"{A}/README.md").selection == "none"


def test_the_imports_of_a_linked_python_file_count_for_its_owner(tmp_path: Path) -> None:
    links = {f"{A}/tests/conftest.py": Link("../../../common/conftest.py"), f"{B}/lib": Link("../../common")}
    common = {"common/conftest.py": "import acme.c\n"}
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B), plugin(C), plugin(D, ["b"]), links, common, config=QUIET)
    assert names(monorepo.after(source(C))) == {"a", "b", "c", "d"}


def test_a_linked_requirements_file_is_read_as_the_plugins_own(tmp_path: Path) -> None:
    links: dict[str, Content] = {f"{A}/requirements.txt": Link("../needs.txt"), "official/needs.txt": "c\n"}
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(C), links, config=QUIET)
    assert names(monorepo.after(source(C))) == {"a", "c"}
    assert names(monorepo.after("official/needs.txt")) == {"a"}


def test_reads_are_paths_of_the_plugin_and_spread(tmp_path: Path) -> None:
    config = CONFIG + '\n[tool.commonhold.plugins.a]\nreads = ["docs/**", "official/b/data/**"]\n'
    data = {"docs/a.md": "", f"{B}/data/x.csv": "", "other.txt": ""}
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B), plugin(D, ["a"]), data, config=config)
    affected = monorepo.after(f"{B}/data/x.csv")
    assert answers(affected) == {"a": "test", "b": "test", "d": "advisory"}
    assert affected.plugins[0].reasons == (ReadsPath(f"{B}/data/x.csv"),)
    assert answers(monorepo.after("docs/a.md")) == {"a": "test", "d": "advisory"}


def test_a_plugin_can_configure_the_paths_that_it_reads(tmp_path: Path) -> None:
    own = plugin(A, more='[tool.commonhold]\nreads = ["common/**"]') | {"common/x.txt": ""}
    assert names(Monorepo.of(tmp_path, own, plugin(B), config=QUIET).after("common/x.txt")) == {"a"}


def test_a_missing_path_in_reads_is_reported_once(tmp_path: Path) -> None:
    own = '[tool.commonhold]\nreads = ["common/**", "constraints.txt", "common-data/*.txt"]'
    config = CONFIG.replace('pin = ["constraints.txt"]', 'pin = ["constraints.txt", "constraint.txt"]')
    parts = (plugin(A, more=own), plugin(B, more=own), {"common/x.txt": ""})
    assert Monorepo.of(tmp_path, *parts, config=config).after().warnings == (
        "tool.commonhold.core.pin: 'constraint.txt' matches no file",
        "a: reads: 'common-data/*.txt' matches no file",
    )


def test_an_ignored_edit_affects_no_plugin(tmp_path: Path) -> None:
    affected = Monorepo.of(tmp_path, plugin(A), {f"{A}/README.md": "a\n"}).after(f"{A}/README.md")
    assert (affected.selection, affected.because) == ("none", "1 file changed; none affects a plugin")


DOCUMENTS = {
    "readme": ("README.md", 'readme = "README.md"'),
    "licence": ("LICENSE", 'license-files = ["LICENSE"]'),
    "licences by a pattern": ("LICENSE", 'license-files = ["LICEN[CS]E*"]'),
}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_the_deletion_of_a_document_that_metadata_names_is_a_change(tmp_path: Path, kind: str) -> None:
    name, said = DOCUMENTS[kind]
    files = {f"{A}/pyproject.toml": project("a", more=said), f"{A}/{name}": "", f"{B}/{name}": ""}
    monorepo = Monorepo.of(tmp_path, plugin(A) | files, plugin(B), plugin(C, ["a"]))
    assert monorepo.after(f"{A}/{name}").selection == "none"
    assert monorepo.after({f"{B}/{name}": None}).selection == "none"
    affected = monorepo.after({f"{A}/{name}": None})
    assert names(affected) == {"a", "c"}
    assert affected.plugins[0].reasons == (FilesChanged((f"{A}/{name}",), 1),)


def test_deleting_a_document_outside_a_plugin_changes_the_plugin_that_names_it(tmp_path: Path) -> None:
    named = {f"{A}/pyproject.toml": project("a", more='license-files = ["../../LICENSE"]'), "LICENSE": ""}
    monorepo = Monorepo.of(tmp_path, plugin(A) | named, plugin(B), plugin(C, ["a"]))
    assert monorepo.after("LICENSE").selection == "none"
    assert names(monorepo.after({"LICENSE": None})) == {"a", "c"}


def test_a_folder_that_only_configures_tools_belongs_to_the_plugin_around_it(tmp_path: Path) -> None:
    config = CONFIG.replace('["official/*"]', '["official/*", "official/*/*"]')
    inner = {f"{A}/scripts/pyproject.toml": "[tool.ruff]\n", f"{A}/scripts/run.py": "import acme.b\n"}
    monorepo = Monorepo.of(tmp_path, plugin(A) | inner, plugin(B), plugin(f"{C}/deep"), config=config)
    assert names(monorepo.after(f"{A}/scripts/pyproject.toml")) == {"a"}
    assert names(monorepo.after(source(B))) == {"a", "b"}


BORROWED = {
    "readme": 'readme = "../b/NOTES.rst"\n',
    "license": 'license = { file = "../b/NOTES.rst" }\n',
    "license-files": 'license-files = ["../b/NOTES*"]\n',
}


@pytest.mark.parametrize("way", BORROWED)
def test_a_document_in_another_plugin_is_read(tmp_path: Path, way: str) -> None:
    parts = (plugin(A, more=BORROWED[way]), plugin(B), plugin(C, ["a"]), {f"{B}/NOTES.rst": "", f"{B}/data.txt": ""})
    monorepo = Monorepo.of(tmp_path, *parts)
    selected = monorepo.selected(f"{B}/NOTES.rst")
    assert names(selected.affected) == {"a", "b", "c"}
    assert names(monorepo.after(f"{B}/data.txt")) == {"b"}
    tree, workspace = selected.comparison.tree, selected.workspace
    assert f"{B}/NOTES.rst" in needed_paths(workspace.plugins[Name("a")], workspace, tree)


def test_an_ignored_document_in_another_plugin_counts_only_when_it_is_deleted(tmp_path: Path) -> None:
    parts = (plugin(A, more='readme = "../b/README.md"\n'), plugin(B), {f"{B}/README.md": ""})
    monorepo = Monorepo.of(tmp_path, *parts)
    assert names(monorepo.after(f"{B}/README.md")) == set()
    assert names(monorepo.after({f"{B}/README.md": None})) == {"a"}


def test_a_path_in_manifest_in_is_read(tmp_path: Path) -> None:
    manifest = {f"{A}/MANIFEST.in": "# ../c\ngraft ../b/data\ninclude ../b/*.cfg\nrecursive-include docs *.txt\n"}
    parts = (plugin(A) | manifest, plugin(B), plugin(C), plugin("official/user", ["a"]))
    monorepo = Monorepo.of(tmp_path, *parts, {f"{B}/data/x.json": "{}"})
    assert names(monorepo.after(f"{B}/data/x.json")) == {"a", "b", "user"}
    assert names(monorepo.after(source(C))) == {"c"}
