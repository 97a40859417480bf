"""Rules CH3xx: maintainers in the metadata and the README, their contact, and public lists of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from commonhold.checks.rules import people
from tests.support.checked import CONFIG, checked_repository, violations

if TYPE_CHECKING:
    from pathlib import Path

    from commonhold.checks.rule import Rule

FOLDER = "plugins/community/pint"
README = f"{FOLDER}/README.md"


def plugin(metadata: str, readme: str = "# Pint\n\nPass quantities between tasks.\n") -> dict[str, str]:
    """A plugin with these lines in [project], beginning in line 3."""
    return {f"{FOLDER}/pyproject.toml": f'[project]\nname = "acme-pint"\n{metadata}\n', README: readme}


OCTOCAT = 'maintainers = [{ name = "octocat" }]'
CASES = {
    "CH301 passes": (people.named_maintainers, plugin(OCTOCAT), []),
    "CH301 passes with authors": (people.named_maintainers, plugin('authors = [{ email = "octo@cat.dev" }]'), []),
    "CH301 fails": (
        people.named_maintainers,
        plugin('authors = [{ name = "Your Name", email = "you@example.com" }]'),
        [f"{FOLDER}/pyproject.toml:3: the metadata names no maintainer, but the tier requires at least 1"],
    ),
    "CH302 passes": (
        people.readme_maintainer,
        plugin(OCTOCAT, "# Pint\n\n## Maintainers\n\n- [@octocat](https://github.com/octocat)\n"),
        [],
    ),
    "CH302 fails": (
        people.readme_maintainer,
        plugin(OCTOCAT, "# Pint\n\nThe octocats like it.\n\n```python\nauthor = 'octocat'\n```\n"),
        [f"{README}:1: the README names none of the plugin's maintainers: octocat"],
    ),
    "CH303 passes with an address": (
        people.maintainer_contact,
        plugin('maintainers = [{ name = "octocat", email = "octocat@github.com" }]'),
        [],
    ),
    "CH303 passes with a link": (
        people.maintainer_contact,
        plugin(OCTOCAT + '\nurls = { "Bug tracker" = "https://github.com/acme/acme/issues" }'),
        [],
    ),
    "CH303 passes with a sentence": (
        people.maintainer_contact,
        plugin(OCTOCAT, "# Pint\n\nPlease report every\nproblem to us.\n"),
        [],
    ),
    "CH303 fails": (
        people.maintainer_contact,
        plugin(OCTOCAT),
        [f"{FOLDER}/pyproject.toml:3: neither the metadata nor the README says how to reach the maintainers"],
    ),
    "CH304 passes": (
        people.retired_committers,
        {".github/CODEOWNERS": "* @acme/core\n# Retired committers: @hubot\n"},
        [],
    ),
    "CH304 fails": (
        people.retired_committers,
        {"CODEOWNERS": "* @acme/core\n"},
        ["CODEOWNERS:-: no list of people names the retired committers: CODEOWNERS"],
    ),
    "CH305 passes": (
        people.contribution_list,
        plugin(OCTOCAT) | {"README.md": "# Acme\n\n## Contributors\n\n- Octocat: the pint plugin\n"},
        [],
    ),
    "CH305 fails": (
        people.contribution_list,
        plugin(OCTOCAT) | {"MAINTAINERS.md": "# Maintainers\n\n- hubot\n"},
        [f"{README}:-: no public list of contributions names octocat, who maintains acme-pint"],
    ),
}


@pytest.mark.parametrize(("rule", "files", "expected"), CASES.values(), ids=CASES)
def test_a_rule_about_people(tmp_path: Path, rule: Rule[Any], files: dict[str, str], expected: list[str]) -> None:
    assert violations(rule, checked_repository(tmp_path, files)) == expected


@pytest.mark.parametrize("setting", ["maintainers = 2", 'profile = "pytorch"'])
def test_a_tier_can_require_two_maintainers(tmp_path: Path, setting: str) -> None:
    config = f"{CONFIG}\n[tool.commonhold.tiers.community.check]\n{setting}\n"
    same = 'authors = [{ name = "Octocat", email = "o@cat.dev" }]\nmaintainers = [{ name = "octocat" }]'
    assert violations(people.named_maintainers, checked_repository(tmp_path, plugin(same), config)) == [
        f"{FOLDER}/pyproject.toml:4: the metadata names one maintainer, but the tier requires at least 2"
    ]


def test_computed_people_are_not_reported_as_missing(tmp_path: Path) -> None:
    files = {f"{FOLDER}/setup.py": "from setuptools import setup\nsetup(name='acme-pint', author=open('who').read())\n"}
    assert violations(people.named_maintainers, checked_repository(tmp_path, files)) == []
