"""Build and inspect a plugin with the oldest and the newest version of each supported build backend.

The backends are installed from the package index, so these tests are not part of the usual ones; `nox -s backends`
runs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.release.inspect.artifact_checks import check_untrusted_artifacts
from commonhold.release.inspect.check_context import CheckContext
from commonhold.release.inspect.staged_files import read_project_file, read_staged_files
from commonhold.release.model.archive import open_archive
from commonhold.release.stage.staging import stage
from commonhold.workspace.config import Tier
from commonhold.workspace.patterns import Patterns
from tests.release.fake_backend_repo import BuildMonorepo, RecordingReporter, make_build_monorepo
from tests.support.comparisons import opened

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

OLD_NAME, NEW_NAME = "acmespark", "acme-spark"
TIER = Tier(name="official", path=Patterns(("plugins/*",)))

PEP_621 = """\
[project]
name = "acmespark"  # a comment, which some backends remove
version = "0"
description = "Runs tasks elsewhere"
readme = "README.md"
requires-python = ">=3.10"
authors = [{ name = "Acme", email = "acme@example.com" }]
dependencies = ["click>=8"]
[project.scripts]
acmespark = "acmespark:main"
"""
POETRY = """\
[tool.poetry]
name = "acmespark"
version = "0"
description = "Runs tasks elsewhere"
readme = "README.md"
authors = ["Acme <acme@example.com>"]
[tool.poetry.dependencies]
python = ">=3.10"
click = ">=8"
[tool.poetry.scripts]
acmespark = "acmespark:main"
"""
FLIT = """\
[tool.flit.metadata]
module = "acmespark"
dist-name = "acmespark"
author = "Acme"
author-email = "acme@example.com"
home-page = "https://example.com/acme"
description-file = "README.md"
requires-python = ">=3.10"
requires = ["click>=8"]
[tool.flit.scripts]
acmespark = "acmespark:main"
"""
SETUP_CFG = """\
[metadata]
name = acmespark
version = 0
description = Runs tasks elsewhere
long_description = file: README.md
long_description_content_type = text/markdown
author = Acme
author_email = acme@example.com
[options]
packages = find:
python_requires = >=3.10
install_requires =
    click>=8
[options.package_data]
acmespark = *.json
[options.entry_points]
console_scripts =
    acmespark = acmespark:main
"""
SOURCES = {
    "README.md": "# Spark\n\nRuns *tasks*.\n",
    "LICENSE": "Apache\n",
    "acmespark/__init__.py": '"""Runs tasks elsewhere."""\n__version__ = "0"\n\n\ndef main():\n    pass\n',
    "acmespark/table.json": "{}\n",
    "tests/test_spark.py": "def test_it():\n    pass\n",
}
PEP_639 = PEP_621.replace("readme", 'license = "Apache-2.0"\nlicense-files = ["LICENSE"]\nreadme')
HATCH_WHEEL = '[tool.hatch.build.targets.wheel]\npackages = ["acmespark"]\n'
UV_MODULE = '[tool.uv.build-backend]\nmodule-root = ""\nmodule-name = "acmespark"\n'
DYNAMIC = PEP_639.replace('version = "0"', 'dynamic = ["version"]')


def system(requires: str, backend: str) -> str:
    return f'[build-system]\nrequires = [{requires}]\nbuild-backend = "{backend}"\n'


# The oldest version of each backend that can be installed and builds a wheel on the Python versions that commonhold
# supports, and the project that it can read.
CASES: Mapping[str, dict[str, str]] = {
    "setuptools, oldest": {
        "pyproject.toml": system('"setuptools==41.2.0", "wheel==0.34.2"', "setuptools.build_meta"),
        "setup.cfg": SETUP_CFG,
        "setup.py": "from setuptools import setup\nsetup()\n",
        "MANIFEST.in": "include LICENSE\n",
    },
    "setuptools, newest": {
        "pyproject.toml": system('"setuptools"', "setuptools.build_meta")
        + PEP_639
        + '[tool.setuptools]\npackages = ["acmespark"]\npackage-data = { acmespark = ["*.json"] }\n'
    },
    "hatchling, oldest": {"pyproject.toml": system('"hatchling==0.8.0"', "hatchling.build") + PEP_621},
    "hatchling, newest": {"pyproject.toml": system('"hatchling"', "hatchling.build") + PEP_639 + HATCH_WHEEL},
    # This version does not add the licence file to sdists.
    "flit-core, oldest": {"pyproject.toml": system('"flit-core==2.0"', "flit_core.buildapi") + FLIT, "LICENSE": ""},
    "flit-core, newest": {
        "pyproject.toml": system('"flit-core"', "flit_core.buildapi")
        + PEP_639
        + '[tool.flit.module]\nname = "acmespark"\n'
    },
    "poetry-core, oldest": {"pyproject.toml": system('"poetry-core==1.0.0"', "poetry.core.masonry.api") + POETRY},
    "poetry-core, newest": {
        "pyproject.toml": system('"poetry-core"', "poetry.core.masonry.api")
        + PEP_639
        + '[tool.poetry]\npackages = [{ include = "acmespark" }]\n'
    },
    "pdm-backend, oldest": {"pyproject.toml": system('"pdm-backend==2.0.1"', "pdm.backend") + PEP_621},
    "pdm-backend, newest": {"pyproject.toml": system('"pdm-backend"', "pdm.backend") + PEP_639},
    "pdm-backend, newest, with a dynamic version": {
        "pyproject.toml": system('"pdm-backend"', "pdm.backend")
        + DYNAMIC
        + '[tool.pdm.version]\nsource = "file"\npath = "acmespark/__init__.py"\n'
    },
    "uv_build, oldest": {"pyproject.toml": system('"uv_build==0.6.6"', "uv_build") + PEP_639 + UV_MODULE},
    "uv_build, newest": {"pyproject.toml": system('"uv_build"', "uv_build") + PEP_639 + UV_MODULE},
}


ABOVE = {
    # A licence and data for all plugins, above their folders.
    "hatchling": system('"hatchling"', "hatchling.build")
    + PEP_621
    + f"{HATCH_WHEEL}[tool.hatch.build.targets.sdist.force-include]\n"
    + '"../../LICENSE" = "LICENSE"\n"../../shared/names.json" = "acmespark/all.json"\n',
    # One version for all plugins.
    "hatchling, version": system('"hatchling"', "hatchling.build")
    + DYNAMIC.replace('license = "Apache-2.0"\nlicense-files = ["LICENSE"]\n', "")
    + '[tool.hatch.version]\npath = "../../version.py"\n'
    + HATCH_WHEEL,
}


def renamed(files: Mapping[str, str]) -> dict[str, str]:
    """Return the project under a name with a separator, which old versions of backends do not normalize (PEP 625)."""
    return {path: text.replace(f'name = "{OLD_NAME}"  #', f'name = "{NEW_NAME}"  #') for path, text in files.items()}


def findings(monorepo: BuildMonorepo, name: str, folder: Path) -> tuple[str, ...]:
    """Build the plugin, and return what the inspection reports about its files."""
    store = monorepo.store()
    reporter = RecordingReporter()
    monorepo.build(store, name, reporter=reporter, seconds=300)
    assert reporter.last == {}
    planned = monorepo.plan.plugin(name)
    staged = stage(opened(monorepo.repo.root).tree(monorepo.plan.commit), planned, str(folder / "staged"))
    files = read_staged_files(staged.folder)
    outside = frozenset(each.sha256 for each in read_staged_files(str(folder / "staged")).values())
    context = CheckContext(planned, TIER, files, project_file=read_project_file(staged.folder), outside=outside)
    made = store.state().plugins[name].files
    assert sorted(file.name.rpartition(".")[2] for file in made) == ["gz", "whl"]
    archives = [open_archive(file, store.read(name, file)) for file in made]
    return tuple(finding.message for finding in check_untrusted_artifacts(archives, context).findings)


@pytest.mark.parametrize("case", CASES)
def test_a_plugin_of_each_backend_passes_inspection(tmp_path: Path, case: str) -> None:
    files = {path: text for path, text in {**SOURCES, **CASES[case]}.items() if text}
    name = OLD_NAME if "oldest" in case else NEW_NAME
    monorepo = make_build_monorepo(tmp_path, {name: files if name == OLD_NAME else renamed(files)})
    assert findings(monorepo, name, tmp_path) == ()


@pytest.mark.parametrize("case", ABOVE)
def test_a_plugin_with_files_above_its_folder_passes_inspection(tmp_path: Path, case: str) -> None:
    files = {path: text for path, text in SOURCES.items() if path != "LICENSE"}
    monorepo = make_build_monorepo(tmp_path, {OLD_NAME: {**files, "pyproject.toml": ABOVE[case]}})
    monorepo.repo.commit({"LICENSE": "Apache\n", "shared/names.json": '["all"]\n', "version.py": '__version__ = "0"\n'})
    assert findings(monorepo.at_head(), OLD_NAME, tmp_path) == ()
