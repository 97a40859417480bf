"""The core's own dependencies: extras that plugins request, imports, and what its build reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.projects.names import Name
from commonhold.selection.affected import CoreChanged, DependsOn
from commonhold.workspace.diagram import graph_document, mermaid_lines, tree_lines
from tests.support.monorepos import CONFIG, Monorepo, names, plugin, project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.monorepos import Content

A, B, C = "official/a", "official/b", "official/c"
IN_TREE = CONFIG.replace('pin = ["constraints.txt"]', 'path = ["framework/**"]')
AT_ROOT = IN_TREE + '[project]\nname = "framework"\nversion = "1"\n'
SOURCE = "framework/run.py"


def core(extras: dict[str, list[str]] | None = None, source: str = "", more: str = "") -> dict[str, Content]:
    return {"framework/pyproject.toml": project("framework", extras=extras, more=more), SOURCE: source}


def source(folder: str) -> str:
    return f"{folder}/acme/{folder[-1]}/__init__.py"


def test_an_extra_that_is_requested_from_the_core_is_followed(tmp_path: Path) -> None:
    parts = (plugin(A, ["framework[fast]>=1"]), plugin(B), plugin(C, ["a"]), plugin("official/d", ["framework"]))
    affected = Monorepo.of(tmp_path, *parts, core({"fast": ["b"]}), config=IN_TREE).after(source(B))
    assert names(affected) == {"a", "b", "c"}
    assert affected.plugins[0].reasons == (DependsOn((Name("framework"), Name("b")), "runtime"),)
    assert affected.core == (DependsOn((Name("b"),), "extra"),)


def test_an_extra_of_a_core_that_is_a_plugin_is_followed(tmp_path: Path) -> None:
    config = CONFIG.replace(', pin = ["constraints.txt"]', "")
    parts = (plugin("official/framework", extras={"all": ["framework[fast]"], "fast": ["b"]}), plugin(B), plugin(C))
    needs = plugin(A, groups={"dev": ["framework[all]"]})
    affected = Monorepo.of(tmp_path, *parts, needs, config=config).after(source(B))
    assert names(affected) == {"a", "b", "framework"}


def test_a_file_of_a_core_that_is_a_plugin_may_be_outside_its_folder(tmp_path: Path) -> None:
    parts = (plugin("official/framework"), plugin(B), {SOURCE: "import acme.b\n", "framework/x.pyi": "X = 'acme.b'\n"})
    affected = Monorepo.of(tmp_path, *parts, plugin(A), config=IN_TREE).after(source(B))
    assert affected.core == (CoreChanged((source(B),), 1, (Name("b"),)),)


def test_a_requested_extra_declares_the_imports_that_it_installs(tmp_path: Path) -> None:
    parts = (plugin(A, ["framework[all]"]), plugin(B), core({"fast": ["b"], "all": ["framework[fast]"]}))
    monorepo = Monorepo.of(tmp_path, *parts, {source(A): "import acme.b\n"}, config=IN_TREE)
    assert monorepo.after(source(B)).warnings == ()


def test_an_extra_of_a_core_on_the_index_with_a_plugins_name_is_a_warning(tmp_path: Path) -> None:
    config = CONFIG.replace('["official/*"]', '["official/*"]\ndistribution = "acme-{name}"')
    named = {f"{B}/pyproject.toml": project("acme-fast")}
    monorepo = Monorepo.of(tmp_path, plugin(A, ["framework[fast,slow]"]), plugin(B), named, config=config)
    (warning,) = monorepo.after().warnings
    assert warning.startswith("a requires framework[fast], which may install acme-fast: ")


def test_an_import_of_the_core_is_a_core_change_for_every_plugin(tmp_path: Path) -> None:
    lazy = "def load():\n    import acme.b\n"
    affected = Monorepo.of(tmp_path, plugin(A), plugin(B), core(source=lazy), config=IN_TREE).after(source(B))
    assert affected.core == (CoreChanged((source(B),), 1, (Name("b"),)),)
    assert names(affected) == {"a", "b", "alone"}
    assert affected.warnings == (f"framework imports b ({SOURCE}) but does not declare it",)


def test_the_cores_own_module_takes_precedence_over_a_plugins(tmp_path: Path) -> None:
    files = {"framework/tests/helpers.py": "", "framework/tests/test_run.py": "import tests.helpers\n"}
    monorepo = Monorepo.of(tmp_path, plugin(B), {f"{B}/tests/helpers.py": ""}, core(), files, config=IN_TREE)
    assert monorepo.after(f"{B}/tests/helpers.py").core == ()


def test_the_tests_of_a_core_at_the_root_affect_the_core_alone(tmp_path: Path) -> None:
    files = {"tests/test_run.py": "import acme.b\n", "framework/run.py": "", "docs/conf.py": "import acme.a\n"}
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B), files, config=AT_ROOT)
    affected = monorepo.after(source(B))
    assert (affected.core, names(affected)) == ((DependsOn((Name("b"),), "import"),), {"b"})
    assert monorepo.after(source(A)).core == ()


@pytest.mark.parametrize(
    ("path", "text", "mentions"),
    [
        ("framework/check.sh", "pytest ../official/b\n", True),
        ("framework/data/run.yaml", "paths: [official/b/tests]\n", True),
        ("framework/tests/tox.ini", "[testenv]\ndeps = ../../official/b\n", True),
        ("framework/pyproject.toml", project("framework", more='[tool.x]\npath = "../official/b"\n'), True),
        ("framework/examples/x.sh", "pytest ../../official/b\n", False),
        ("framework/uv.lock", 'path = "../official/b"\n', False),
        ("docs/check.sh", "pytest ../official/b\n", False),
    ],
)
def test_a_mention_in_a_file_of_the_core_affects_the_core_alone(
    tmp_path: Path, path: str, text: str, mentions: bool
) -> None:
    affected = Monorepo.of(tmp_path, plugin(A), plugin(B), core() | {path: text}, config=IN_TREE).after(source(B))
    assert names(affected) == {"b"}
    places = [(reason.how, reason.path) for reason in affected.core if isinstance(reason, DependsOn)]
    assert places == ([("mention", path)] if mentions else [])


GUARDED = {
    "try": "try:\n    import acme.b\nexcept ImportError:\n    b = None\n",
    "function": "def load():\n    import acme.b\n",
    "types": "if TYPE_CHECKING:\n    from acme import b\n",
    "name": "def load():\n    return importlib.import_module('acme.b')\n",
}


@pytest.mark.parametrize("way", GUARDED)
def test_a_guarded_import_of_the_core_can_be_excluded(tmp_path: Path, way: str) -> None:
    config = IN_TREE.replace('path = ["framework/**"]', 'path = ["framework/**"], not-needs = ["b"]')
    selected = Monorepo.of(tmp_path, plugin(B), core(source=GUARDED[way]), config=config).selected(source(B))
    assert (selected.affected.core, selected.affected.warnings) == ((), ())
    assert selected.workspace.core.not_needed == {"b": SOURCE}


NOT_EXCLUDED = {
    "import acme.b\n": f"{SOURCE} imports b without a guard such as `except ImportError`",
    "try:\n    import acme.b\nexcept KeyError:\n    pass\n": f"{SOURCE} imports b without a guard such as `except ImportError`",
    "": "the core does not import b; remove the name",
}


@pytest.mark.parametrize("text", NOT_EXCLUDED)
def test_an_import_that_the_core_cannot_do_without_is_not_excluded(tmp_path: Path, text: str) -> None:
    config = IN_TREE.replace('path = ["framework/**"]', 'path = ["framework/**"], not-needs = ["b"]')
    affected = Monorepo.of(tmp_path, plugin(B), core(source=text), config=config).after(source(B))
    assert affected.warnings[0] == f"tool.commonhold.core.not-needs: {NOT_EXCLUDED[text]}"
    assert bool(affected.core) == bool(text)


def test_a_path_that_the_cores_build_reads_is_a_core_change(tmp_path: Path) -> None:
    included = '[tool.hatch.build.targets.wheel.force-include]\n"../schemas" = "framework/schemas"\n'
    monorepo = Monorepo.of(tmp_path, plugin(A), core(more=included), {"schemas/x.json": "{}"}, config=IN_TREE)
    assert monorepo.after("schemas/x.json").core == (CoreChanged(("schemas/x.json",), 1),)


def test_the_graph_shows_the_cores_dependencies(tmp_path: Path) -> None:
    parts = (plugin(A, ["framework[fast]"]), plugin(B), core({"fast": ["b"]}, "import acme.b\n"))
    workspace = Monorepo.of(tmp_path, *parts, config=IN_TREE).selected().workspace
    assert [*tree_lines(workspace)][:4] == [
        "core",
        "  framework",
        "    └ b (extra fast)",
        f"    └ b (import): {SOURCE}",
    ]
    assert "    └ framework[fast] (runtime)" in [*tree_lines(workspace)]
    assert "  core -->|extra, import| p2" in [*mermaid_lines(workspace)]
    document = graph_document(workspace)
    assert document["core"] == {"name": "framework", "path": "framework", "not-needed": []}
    assert {edge["source"] for edge in document["edges"]} == {"a", "framework"}
