"""The page with the rules of PyPI names a test for each rule, and every named test exists."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "docs/reference/index-rules.md"
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)(?:\[([^\]]+)\])?`")
ROW = re.compile(r"^\| (?!-|:|rule \|).*\|$", re.MULTILINE)


def rules_and_tests(root: Path) -> list[tuple[str, list[tuple[str, str, str]]]]:
    page = (root / PAGE).read_text(encoding="utf-8").partition("## Rules that only the index can check")[0]
    return [(row, TEST.findall(row)) for row in ROW.findall(page)]


def test_every_rule_names_a_test(root: Path) -> None:
    rows = rules_and_tests(root)
    assert len(rows) > 30
    assert [row for row, tests in rows if not tests] == []


def test_every_named_test_exists(root: Path) -> None:
    named = {test for _, tests in rules_and_tests(root) for test in tests}
    missing = []
    for file, function, case in sorted(named):
        tree = ast.parse((root / file).read_text(encoding="utf-8"))
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        if function not in functions or (case and case not in texts):
            missing.append(f"{file}::{function}[{case}]")
    assert missing == []


def test_the_explanation_lists_the_oldest_tested_version_of_each_backend(root: Path) -> None:
    from tests.release.backends import CASES

    tested = {}
    for case, files in CASES.items():
        backend, _, age = case.partition(", ")
        pinned = re.search(rf'"{backend}==([\d.]+)"', files["pyproject.toml"])
        if age == "oldest" and pinned is not None:
            tested[backend] = pinned[1]
    assert len(tested) == 6
    page = (root / "docs/explanation/release.md").read_text(encoding="utf-8")
    assert [name for name, version in tested.items() if f"| {name} | {version} |" not in page] == []
