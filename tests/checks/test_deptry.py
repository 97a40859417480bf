"""CH604 and CH605 agree with deptry, for projects whose distributions both know."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from commonhold.checks.import_audit import audit_imports
from commonhold.projects.names import normalize
from tests.support.checked import checked_repository

if TYPE_CHECKING:
    from pathlib import Path

MODULES = {
    "requests": "requests",
    "numpy": "numpy.linalg",
    "pyyaml": "yaml",
    "pillow": "PIL.Image",
    "scikit-learn": "sklearn",
    "python-dateutil": "dateutil.parser",
    "google-cloud-storage": "google.cloud.storage",
    "protobuf": "google.protobuf",
    "typing-extensions": "typing_extensions",
    "opencv-python": "cv2",
}
FOLDER = "plugins/official/a"


def one_of_several_ways(chance: random.Random, module: str) -> str:
    """A statement that imports a module."""
    package, _, name = module.rpartition(".")
    ways = [f"import {module}", f"import os, {module} as x", f"def f():\n    import {module}"]
    ways.append(f"from {module} import (\n    a,  # text\n    b,\n)")
    if package and package != "google.cloud":
        ways.append(f"from {package} import {name}")
    return chance.choice(ways)


@pytest.mark.parametrize("seed", range(6))
def test_the_same_imports_are_undeclared_and_the_same_dependencies_unused(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    declared = [name for name in MODULES if chance.random() < 0.6]
    imported = [name for name in MODULES if chance.random() < 0.6]
    code = "\n".join(["import os", *(one_of_several_ways(chance, MODULES[name]) for name in imported), ""])
    requirements = ", ".join(f'"{name}>=1"' for name in declared)
    names = "\n".join(f'"{name}" = "{module.split(".")[0]}"' for name, module in MODULES.items())
    files = {
        f"{FOLDER}/pyproject.toml": f'[project]\nname = "acme-a"\nversion = "1"\ndependencies = [{requirements}]\n'
        f"[tool.deptry.package_module_name_map]\n{names}\n",
        f"{FOLDER}/acme/a/__init__.py": code,
    }
    audit = audit_imports(checked_repository(tmp_path, files).plugins[normalize("acme-a")])
    ours = {each.distribution for each in audit.undeclared}, {*audit.unused}
    assert ours == ({*imported} - {*declared}, {*declared} - {*imported})
    # deptry does not distinguish the distributions in the namespace google.
    google = {"google-cloud-storage", "protobuf"}
    undeclared, unused = deptry(tmp_path)
    by_top = {module.split(".")[0]: name for name, module in MODULES.items()}
    assert {by_top[module] for module in undeclared} - google == ours[0] - google
    assert unused - google == ours[1] - google


def deptry(root: Path) -> tuple[set[str], set[str]]:
    """The undeclared modules and the unused distributions that deptry finds."""
    report = root / "report.json"
    subprocess.run(
        [sys.executable, "-m", "deptry", ".", "--json-output", str(report)],
        cwd=root / FOLDER,
        capture_output=True,
        check=False,
    )
    found = json.loads(report.read_text())
    undeclared = {each["module"] for each in found if each["error"]["code"] in ("DEP001", "DEP003")}
    return undeclared, {each["module"] for each in found if each["error"]["code"] == "DEP002"}
