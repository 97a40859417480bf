"""The settings of a plugin's tests name other plugins: ``install``, ``before``, ``test`` and ``env``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.projects.names import Name
from commonhold.selection.affected import DependsOn, ReadsPath
from commonhold.workspace.setting_edges import runs_uv_at_root
from tests.support.monorepos import CONFIG, Monorepo, names, plugin, project

if TYPE_CHECKING:
    from pathlib import Path

A, B, C = "official/a", "official/acme-b", "official/c"
SETTINGS = {
    "install by name": 'install = ["{usual}", "Acme_B[x]>=1"]',
    "install by path": 'install = ["{usual}", "-e", "../acme-b"]',
    "before, by path": 'before = ["python -m pip install -e ../acme-b"]',
    "before, in a script": """before = ["sh -c 'cd x && pip install {root}/official/acme-b'"]""",
    "test, by path": 'test = ["pytest tests ../acme-b/tests"]',
    "test, by path from the root": 'test = ["pytest --cov={root}/official/acme-b"]',
    "test, by name": 'test = ["python -m Acme_B"]',
    "test, by module": 'test = ["pytest -p acme.b.fixtures"]',
    "env": 'env = { PYTHONPATH = "../acme-b/src:x" }',
    "env, by module": 'env = { PYTEST_PLUGINS = "x,acme.b.fixtures" }',
}
PARTS = {
    **plugin(A),
    f"{B}/pyproject.toml": project("acme-b"),
    f"{B}/acme/b/fixtures.py": "",
    f"{B}/tests/test_b.py": "",
    f"{B}/extra.txt": "six\n",
    **plugin(C, ["a"]),
}


@pytest.mark.parametrize("way", SETTINGS)
def test_a_plugin_in_settings_is_a_test_dependency(tmp_path: Path, way: str) -> None:
    own = {f"{A}/pyproject.toml": project("a", more=f"[tool.commonhold]\n{SETTINGS[way]}")}
    affected = Monorepo.of(tmp_path, PARTS, own).after(f"{B}/acme/b/fixtures.py")
    assert names(affected) == {"a", "acme-b"}
    assert affected.plugins[0].reasons == (DependsOn((Name("acme-b"),), "setting"),)


@pytest.mark.parametrize("table", ["tiers.official", "plugins.a"])
def test_settings_of_the_root_count_too(tmp_path: Path, table: str) -> None:
    setting = '[tool.commonhold.tiers.official]\npath = ["official/*"]\n'
    changed = 'before = ["pip install acme-b"]\n'
    config = CONFIG.replace(setting, setting + changed)
    if table != "tiers.official":
        config = f"{CONFIG}[tool.commonhold.{table}]\n{changed}"
    affected = Monorepo.of(tmp_path, PARTS, config=config).after(f"{B}/acme/b/fixtures.py")
    assert names(affected) == ({"a", "acme-b"} if table == "plugins.a" else {"a", "acme-b", "alone", "c"})


@pytest.mark.parametrize(
    ("setting", "found"),
    [
        ('test = ["pytest ../acme-b/tests"]', {"a", "acme-b"}),
        ('before = ["pip install -e ../acme-b"]', {"acme-b"}),
    ],
)
def test_tests_of_another_plugin_count_if_a_command_runs_them(tmp_path: Path, setting: str, found: set[str]) -> None:
    own = {f"{A}/pyproject.toml": project("a", more=f"[tool.commonhold]\n{setting}")}
    assert names(Monorepo.of(tmp_path, PARTS, own).after(f"{B}/tests/test_b.py")) == found


def test_a_requirements_file_in_settings_is_read(tmp_path: Path) -> None:
    own = {f"{A}/pyproject.toml": project("a", more='[tool.commonhold]\ninstall = ["-r", "../acme-b/extra.txt"]')}
    affected = Monorepo.of(tmp_path, PARTS, own).after(f"{B}/extra.txt")
    assert affected.plugins[0].reasons == (ReadsPath(f"{B}/extra.txt"),)


@pytest.mark.parametrize(
    "setting",
    [
        'test = ["pytest tests -k acme-b-extra c"]',
        'env = { X = "acme-b.json c" }',
        'before = ["echo ../../x {python}"]',
    ],
)
def test_other_words_in_settings_name_no_plugin(tmp_path: Path, setting: str) -> None:
    own = {f"{A}/pyproject.toml": project("a", more=f"[tool.commonhold]\n{setting}")}
    assert names(Monorepo.of(tmp_path, PARTS, own).after(f"{B}/acme/b/fixtures.py")) == {"acme-b"}


@pytest.mark.parametrize(
    ("setting", "uses"),
    [
        ('test = ["uv run --project {root} pytest"]', True),
        ('before = ["uv sync --directory ../.. --group test"]', True),
        ('test = ["uv run pytest"]\nenv = { UV_PROJECT = "{root}" }', True),
        ('test = ["uv run pytest"]', False),
        ('test = ["pytest --rootdir {root}"]', False),
    ],
)
def test_commands_that_run_uv_at_the_root_are_known(tmp_path: Path, setting: str, uses: bool) -> None:
    own = {f"{A}/pyproject.toml": project("a", more=f"[tool.commonhold]\n{setting}")}
    workspace = Monorepo.of(tmp_path, PARTS, own).selected().workspace
    assert runs_uv_at_root(workspace.plugins[Name("a")]) == uses
