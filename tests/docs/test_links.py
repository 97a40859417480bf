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


def test_the_architecture_page_lists_the_layers_of_the_contracts(root: Path):
    import tomli

    library, release = tomli.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][:2]
    page = (root / "docs/explanation/architecture.md").read_text(encoding="utf-8")
    assert " < ".join(f"`{layer}`" for layer in reversed(library["layers"])) in " ".join(page.split())
    listed = re.findall(r"^\| `release\.(\w+)` \|", page, re.MULTILINE)
    assert listed == list(reversed(release["layers"]))


def test_pre_commit_runs_the_linters_of_the_lint_group(root: Path):
    import tomli
    import yaml

    group = tomli.loads((root / "pyproject.toml").read_text())["dependency-groups"]["lint"]
    (repo,) = yaml.safe_load((root / ".pre-commit-config.yaml").read_text())["repos"]
    installed = {requirement for hook in repo["hooks"] for requirement in hook["additional_dependencies"]}
    assert installed - set(group) == set()
