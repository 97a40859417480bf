"""Imports of modules whose names differ from their paths, because a project file declares import roots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.monorepos import Monorepo, names, plugin, project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.monorepos import Content

A, B, C, D = "official/a", "official/b", "official/c", "official/d"
SETUP_CFG = "[metadata]\nname = b\n[options]\npackage_dir =\n    = lib\n"
FIND_CFG = "[metadata]\nname = b\n[options]\npackages = find:\n[options.packages.find]\nwhere = lib\n"
SETUP_PY = "from setuptools import setup\nROOT = 'lib'\nsetup(name='b', package_dir={'': ROOT})\n"

# A declaration, the file of the module acme_b, and the project file if it is not pyproject.toml.
DECLARED = {
    "setuptools finds packages": ('[tool.setuptools.packages.find]\nwhere = ["lib"]', "lib/acme_b/__init__.py"),
    "setuptools, package-dir": ('[tool.setuptools]\npackage-dir = { "" = "lib" }', "lib/acme_b/__init__.py"),
    "setuptools, package-dir of a package": ('[tool.setuptools.package-dir]\nacme_b = "."', "__init__.py"),
    "setuptools, package-dir of a parent": (
        '[tool.setuptools]\npackages = ["acme_b"]\npackage-dir = { acme_b = "lib/x" }',
        "lib/x/__init__.py",
    ),
    "hatch, packages": ('[tool.hatch.build.targets.wheel]\npackages = ["lib/acme_b"]', "lib/acme_b/__init__.py"),
    "hatch, a list of sources": ('[tool.hatch.build.targets.wheel]\nsources = ["lib"]', "lib/acme_b/__init__.py"),
    "hatch, a table of sources": ('[tool.hatch.build.sources]\n"src/b" = "acme_b"', "src/b/__init__.py"),
    "hatch, a prefix": ('[tool.hatch.build.targets.wheel.sources]\n"" = "acme_b"', "__init__.py"),
    "hatch, force-include": ('[tool.hatch.build.force-include]\n"data/b" = "acme_b"', "data/b/__init__.py"),
    "hatch, dev-mode-dirs": ('[tool.hatch.build]\ndev-mode-dirs = ["lib"]', "lib/acme_b/__init__.py"),
    "uv_build": ('[tool.uv.build-backend]\nmodule-root = "python"', "python/acme_b/__init__.py"),
    "Poetry": ('[tool.poetry]\npackages = [{ include = "acme_b", from = "lib" }]', "lib/acme_b/__init__.py"),
    "PDM": ('[tool.pdm.build]\npackage-dir = "lib"', "lib/acme_b/__init__.py"),
    "maturin": ('[tool.maturin]\npython-source = "python"', "python/acme_b/__init__.py"),
    "scikit-build-core": ('[tool.scikit-build]\nwheel.packages = ["python/acme_b"]', "python/acme_b/__init__.py"),
    "setup.cfg": (SETUP_CFG, "lib/acme_b/__init__.py"),
    "setup.cfg finds packages": (FIND_CFG, "lib/acme_b/__init__.py"),
    "setup.py": (SETUP_PY, "lib/acme_b/__init__.py"),
}


def declared(kind: str) -> dict[str, Content]:
    """The plugin b, which declares where its module acme_b is."""
    text, module = DECLARED[kind]
    file = "setup.py" if text is SETUP_PY else "setup.cfg" if text in (SETUP_CFG, FIND_CFG) else "pyproject.toml"
    return {f"{B}/{file}": project("b", more=text) if file == "pyproject.toml" else text, f"{B}/{module}": ""}


@pytest.mark.parametrize("kind", DECLARED)
def test_an_undeclared_import_from_a_declared_import_root_is_followed_and_reported(tmp_path: Path, kind: str) -> None:
    module = f"{B}/{DECLARED[kind][1]}"
    user = {f"{A}/acme/a/__init__.py": "import acme_b\n"}
    monorepo = Monorepo.of(tmp_path, plugin(A) | user, declared(kind), plugin(C, ["a"]), plugin(D))
    affected = monorepo.after(module)
    assert names(affected) == {"a", "b", "c"}
    assert affected.warnings == (f"a imports b ({A}/acme/a/__init__.py) but does not declare it",)


def test_a_relative_import_starts_from_the_name_of_its_package(tmp_path: Path) -> None:
    root = project("b", more='[tool.setuptools.package-dir]\n"acme.b" = "lib"')
    files = {f"{B}/pyproject.toml": root, f"{B}/lib/__init__.py": "from .. import a\n"}
    monorepo = Monorepo.of(tmp_path, plugin(A), files, plugin(C))
    assert names(monorepo.after(f"{A}/acme/a/__init__.py")) == {"a", "b"}


def test_a_module_that_a_changed_import_root_renamed_is_followed(tmp_path: Path) -> None:
    old, new = (project("b", more=f'[tool.setuptools.package-dir]\n"acme.{name}" = "lib"') for name in ("old", "new"))
    files = {f"{B}/pyproject.toml": old, f"{B}/lib/__init__.py": ""}
    user = {f"{A}/tests/test_a.py": "import acme.old\n"}
    monorepo = Monorepo.of(tmp_path, plugin(A) | user, files, plugin(C))
    assert names(monorepo.after({f"{B}/pyproject.toml": new})) == {"a", "b"}


@pytest.mark.parametrize("gone", ["the plugin", "the project file"])
def test_a_module_of_a_deleted_plugin_has_the_name_that_it_declared(tmp_path: Path, gone: str) -> None:
    user = {f"{A}/tests/test_a.py": "import acme_b\n"}
    monorepo = Monorepo.of(tmp_path, plugin(A) | user, declared("uv_build"), plugin(C))
    affected = monorepo.after({B if gone == "the plugin" else f"{B}/pyproject.toml": None})
    assert (names(affected), affected.removed) == ({"a"}, ("b",))


HIDING = {
    "a stub": {f"{A}/acme_b.pyi": ""},
    "a script": {f"{A}/acme_b.py": ""},
    "a stub package": {f"{A}/acme_b/__init__.pyi": ""},
    "a package in a folder that is not shipped": {f"{A}/acme_b/__init__.py": ""},
    "a stub package in src": {f"{A}/src/acme_b/__init__.pyi": ""},
    "a stub package of a third plugin": {f"{C}/src/acme_b/__init__.pyi": "", f"{C}/src/acme_c.py": ""},
    "a script of a third plugin": {f"{C}/acme_b/__init__.py": "", f"{C}/src/acme_c.py": ""},
}


@pytest.mark.parametrize("how", HIDING)
def test_a_stub_or_script_with_the_name_of_a_module_does_not_hide_it(tmp_path: Path, how: str) -> None:
    user = {
        f"{A}/pyproject.toml": project("a"),
        f"{A}/src/acme_a/__init__.py": "",
        f"{A}/tests/t.py": "import acme_b\n",
    }
    module = {f"{B}/pyproject.toml": project("b"), f"{B}/src/acme_b/__init__.py": ""}
    third = {f"{C}/pyproject.toml": project("c")}
    monorepo = Monorepo.of(tmp_path, user, module, third, HIDING[how])
    assert names(monorepo.after(f"{B}/src/acme_b/__init__.py")) == {"a", "b"}


@pytest.mark.parametrize("folder", ["scripts", "tools", "benchmarks", "docs"])
@pytest.mark.parametrize("src", ["", "src/"])
def test_a_folder_that_nothing_ships_creates_no_run_time_dependency(tmp_path: Path, folder: str, src: str) -> None:
    user = {
        f"{A}/pyproject.toml": project("a"),
        f"{A}/{src}acme_a/__init__.py": "",
        f"{A}/{folder}/x.py": "import acme.b\n",
    }
    monorepo = Monorepo.of(tmp_path, user, plugin(B), plugin(C, ["a"]))
    assert names(monorepo.after(f"{B}/acme/b/__init__.py")) == {"a", "b"}
