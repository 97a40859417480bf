from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
OUTSIDE_THE_SITE = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "CODE_OF_CONDUCT.md")


@pytest.mark.parametrize("page", OUTSIDE_THE_SITE)
def test_relative_links_lead_to_files(root: Path, page: str):
    missing = [link for link in LINK.findall((root / page).read_text(encoding="utf-8")) if not (root / link).exists()]
    assert missing == []


def test_links_are_found_at_all(root: Path):
    assert len(LINK.findall((root / "README.md").read_text(encoding="utf-8"))) > 10


def test_the_diagram_names_the_rooms_of_the_contract(root: Path):
    import tomli

    contract = tomli.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    page = (root / "docs/explanation/architecture.md").read_text(encoding="utf-8")
    assert " < ".join(f"`{room}`" for room in reversed(contract["layers"])) in " ".join(page.split())


def test_pre_commit_runs_the_linters_of_the_lint_group(root: Path):
    import tomli
    import yaml

    group = tomli.loads((root / "pyproject.toml").read_text())["dependency-groups"]["lint"]
    (repo,) = yaml.safe_load((root / ".pre-commit-config.yaml").read_text())["repos"]
    asked = {requirement for hook in repo["hooks"] for requirement in hook["additional_dependencies"]}
    assert asked - set(group) == set()
