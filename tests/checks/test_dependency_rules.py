"""Rules CH6xx: each has a plugin that passes and one that fails, and imports are never reported on a guess."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from commonhold.checks.engine import check_plugin
from commonhold.checks.finding import State
from commonhold.checks.module_names import is_standard_library
from commonhold.checks.rules import dependencies
from commonhold.projects.names import normalize
from tests.support.checked import CONFIG, checked_repository, fixed, violations

if TYPE_CHECKING:
    from pathlib import Path

    from commonhold.checks.rule import Rule


def plugin(name: str, needs: list[str], more: str = "", **files: str) -> dict[str, str]:
    """A plugin in the namespace acme, whose modules' contents are given by name."""
    folder = f"plugins/official/{name}"
    lines = "".join(f'    "{need}",\n' for need in needs)
    head = f'[project]\nname = "acme-{name}"\nversion = "14.2.0"\ndependencies = [\n{lines}]\n{more}'
    modules = {f"{folder}/acme/{name}/{module}.py": text for module, text in files.items()}
    return {f"{folder}/pyproject.toml": head, f"{folder}/acme/{name}/__init__.py": "", **modules}


RELEASES = {
    "governance/core-releases.json": json.dumps(
        {"schema": 1, "releases": ["14.1.0", "14.2.0", "14.3.0rc1", {"version": "14.4.0", "yanked": True}]}
    )
}
PIN = "acme-base==14.1.0"
CASES = {
    "CH601 passes": (dependencies.extends_host, plugin("a", ["framework>=1"]), []),
    "CH601 passes through another plugin": (
        dependencies.extends_host,
        plugin("a", ["framework"]) | plugin("b", ["acme-a"]),
        [],
    ),
    "CH601 fails": (
        dependencies.extends_host,
        plugin("a", ["requests"]),
        ["plugins/official/a/pyproject.toml:-: the plugin requires none of its hosts: framework"],
    ),
    "CH602 passes": (dependencies.newest_core_releases, plugin("a", ["framework>=14,<15"]) | RELEASES, []),
    "CH607 passes": (dependencies.readable_core_releases, RELEASES, []),
    "CH607 fails": (
        dependencies.readable_core_releases,
        {"governance/core-releases.json": '{"releases": {}}'},
        ["governance/core-releases.json:-: governance/core-releases.json lists no releases of the core"],
    ),
    "CH602 fails": (
        dependencies.newest_core_releases,
        plugin("a", ["framework<14.2"]) | RELEASES,
        [
            (
                "plugins/official/a/pyproject.toml:5: the requirement framework<14.2 excludes 14.2.0,"
                " one of the newest core releases"
            )
        ],
    ),
    "CH603 passes": (
        dependencies.lockstep_requirements,
        plugin("a", ["framework", "acme-base>=14"]) | plugin("base", ["framework"]),
        [],
    ),
    "CH603 fails": (
        dependencies.lockstep_requirements,
        plugin("a", ["framework", PIN]) | plugin("base", ["framework"]),
        [
            (
                f"plugins/official/a/pyproject.toml:6: the requirement {PIN} excludes the next release of acme-base,"
                " and this repository contains acme-base 14.2.0"
            )
        ],
    ),
    "CH604 passes": (
        dependencies.declared_imports,
        plugin(
            "a",
            ["framework", "pyyaml", "google-cloud-storage", "foo-sdk"],
            use="""\
import os, yaml.nodes
from google.cloud import storage
from . import other
import acme.a.generated
import framework.types as types
import foo
from typing import TYPE_CHECKING, Any
if TYPE_CHECKING:
    import pandas
try:
    import numpy
except ImportError:
    numpy = None
'''
import requests
'''
""",
        ),
        [],
    ),
    "CH604 passes for an extra": (
        dependencies.declared_imports,
        plugin(
            "a", [], '[project.optional-dependencies]\ndeck = ["pillow"]', use="def f():\n    from PIL import Image\n"
        ),
        [],
    ),
    "CH604 fails": (
        dependencies.declared_imports,
        plugin(
            "a",
            ["framework"],
            use="import framework\nif framework:\n    import yaml, sklearn.svm\nfrom acme import base\n",
        )
        | plugin("base", ["framework"]),
        [
            (
                "plugins/official/a/acme/a/use.py:4: acme-a imports acme-base (plugins/official/a/acme/a/use.py)"
                " but does not declare it"
            ),
            "plugins/official/a/acme/a/use.py:3: yaml is imported, but the plugin does not declare pyyaml",
            "plugins/official/a/acme/a/use.py:3: sklearn is imported, but the plugin does not declare scikit-learn",
        ],
    ),
    "CH605 passes": (
        dependencies.used_dependencies,
        plugin(
            "a",
            ["framework", "pyarrow", "azure-storage-blob", "acme-base", "types-requests"],
            use='import azure.storage.blob\nimport acme.base.use\nENGINE = "pyarrow"\n',
        )
        | plugin("base", ["framework"], use=""),
        [],
    ),
    "CH605 passes if an import is unknown": (
        dependencies.used_dependencies,
        plugin("a", ["framework", "strange-name"], use="import unknown_module\n"),
        [],
    ),
    "CH605 fails": (
        dependencies.used_dependencies,
        plugin("a", ["framework", "numpy>=1", "strange-name"], use="import framework\n"),
        [
            "plugins/official/a/pyproject.toml:6: the plugin requires numpy, but no shipped file imports or names it",
            (
                "plugins/official/a/pyproject.toml:7: the plugin requires strange-name, but no shipped file imports or"
                " names it"
            ),
        ],
    ),
    "CH606 passes": (dependencies.matching_major, plugin("a", ["framework>=14.0.0,<15.0.0"]), []),
    "CH606 fails": (
        dependencies.matching_major,
        plugin("a", ["framework>=13"]),
        [
            (
                "plugins/official/a/pyproject.toml:5: version 14.2.0 of the plugin belongs to framework>=14.0.0,<15.0.0,"
                " not framework>=13"
            )
        ],
    ),
}


@pytest.mark.parametrize(("rule", "files", "expected"), CASES.values(), ids=CASES)
def test_a_rule_about_dependencies(tmp_path: Path, rule: Rule[Any], files: dict[str, str], expected: list[str]) -> None:
    assert violations(rule, checked_repository(tmp_path, files)) == expected


def test_a_host_can_be_any_of_several_projects(tmp_path: Path) -> None:
    config = CONFIG.replace(
        "[tool.commonhold.tiers.official]",
        '[tool.commonhold.check]\nhosts = ["flask", "click"]\n\n[tool.commonhold.tiers.official]',
    )
    files = plugin("a", ["click"]) | plugin("b", ["framework"])
    assert violations(dependencies.extends_host, checked_repository(tmp_path, files, config)) == [
        "plugins/official/b/pyproject.toml:-: the plugin requires none of its hosts: flask, click"
    ]


def test_an_unknown_module_is_reported_only_if_no_declared_distribution_may_contain_it(tmp_path: Path) -> None:
    code = "import framework\nimport acme_client\n"
    files = plugin("a", ["framework"], use=code) | plugin("b", ["framework", "opaque"], use=code)
    assert violations(dependencies.declared_imports, checked_repository(tmp_path, files)) == [
        "plugins/official/a/acme/a/use.py:2: acme_client is imported, but the plugin does not declare acme-client"
    ]


@pytest.mark.parametrize("module", ["distutils.util", "tomllib", "os.path", "annotationlib"])
def test_modules_of_any_supported_python_are_in_the_standard_library(module: str) -> None:
    assert is_standard_library(module)


def test_fixes_replace_pins_and_remove_unused_requirements(tmp_path: Path) -> None:
    path = "plugins/official/a/pyproject.toml"
    files = plugin("a", ["framework", "acme-base==14.1.0", "numpy>=2"], use="import acme.base\n") | plugin("base", [])
    repository = checked_repository(tmp_path, files)
    after = files[path].replace("acme-base==14.1.0", "acme-base>=14.1.0")
    assert fixed(dependencies.lockstep_requirements, repository, tmp_path) == {path: after}
    after = files[path].replace('    "numpy>=2",\n', "")
    assert fixed(dependencies.used_dependencies, repository, tmp_path) == {path: after}


def test_a_rule_without_evidence_is_skipped_with_the_reason(tmp_path: Path) -> None:
    checked = checked_repository(tmp_path, plugin("a", ["framework<14"])).plugins[normalize("acme-a")]
    (finding,) = check_plugin([dependencies.newest_core_releases], checked)
    assert (finding.state, finding.because) == (
        State.SKIPPED,
        "governance/core-releases.json lists no releases of the core",
    )
