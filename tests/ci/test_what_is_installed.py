from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from commonhold.ci.session_plan import SessionContext, plan_session
from commonhold.projects.names import Name
from tests.support.monorepos import Monorepo, plugin, project

if TYPE_CHECKING:
    from pathlib import Path

UV = SessionContext("/copy", "3.12", "/copy/junit.xml", uv=True)
PIP = replace(UV, uv=False)

CONFIG = """\
[tool.commonhold]
core = {{ distribution = "framework", path = ["framework/**"] }}

[tool.commonhold.tiers.official]
path = ["official/*"]
test = ["pytest"]
{more}
"""


def installed(
    tmp_path: Path, more: str = "", place: SessionContext = UV, requirements: str = "mock\n"
) -> tuple[str, ...]:
    extra = {"framework/pyproject.toml": project("framework"), "official/one/dev-requirements.in": requirements}
    monorepo = Monorepo.of(
        tmp_path, plugin("official/one", ["two"]), plugin("official/two"), extra, config=CONFIG.format(more=more)
    )
    workspace = monorepo.selected("official/one/acme/one/__init__.py").workspace
    files = frozenset(monorepo.repo.git("ls-files").splitlines())
    return plan_session(workspace.plugins[Name("one")], workspace, place, files).install


USUAL = ("/copy/official/one", "-r", "/copy/official/one/dev-requirements.in", "/copy/official/two", "/copy/framework")


def test_the_plugin_its_test_requirements_the_plugins_it_needs_and_the_core(tmp_path: Path) -> None:
    assert installed(tmp_path) == USUAL


def test_a_configured_install_replaces_the_default(tmp_path: Path) -> None:
    assert installed(tmp_path, 'install = ["-e", "{root}/{path}"]') == ("-e", "/copy/official/one")


def test_a_configured_install_can_extend_the_default(tmp_path: Path) -> None:
    more = 'install = ["{usual}", "-r", "{root}/test-requirements.in"]'
    assert installed(tmp_path, more) == (*USUAL, "-r", "/copy/test-requirements.in")


@pytest.mark.parametrize(("place", "named"), [(UV, True), (PIP, False)])
def test_pip_gets_a_folder_from_a_requirements_file_only_once(
    tmp_path: Path, place: SessionContext, named: bool
) -> None:
    found = installed(tmp_path, place=place, requirements="-e file:../../framework\n-e ../two\n")
    assert ("/copy/framework" in found, "/copy/official/two" in found) == (named, named)
