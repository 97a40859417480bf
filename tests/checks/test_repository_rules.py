"""Rules CH8xx: the repository's documents, its owners, and the places of its plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from commonhold.checks.rules import readable, repository, tier_policy
from tests.support.checked import CONFIG, checked_repository, read_checked, violations

if TYPE_CHECKING:
    from pathlib import Path

    from commonhold.checks.rule import Rule


def plugin(folder: str, more: str = "") -> dict[str, str]:
    name = folder.rpartition("/")[2]
    return {
        f"{folder}/pyproject.toml": f'[project]\nname = "acme-{name}"\nversion = "1"\n{more}\n',
        f"{folder}/README.md": f"# {name}\n\n[{name}](https://index.example.org/project/acme-{name})\n",
    }


OFFICIAL = plugin("plugins/official/jinja2")
TEAM = '[[people]]\nname = "The Octocat"\nlogin = "octocat"\nid = 583231\ncore = { from = 2024-01-01 }\n'
GUIDE = "# Contributing\n\nWe welcome bug reports and new plugins.\n\nOpen a pull request and run the tests.\n"
CASES = {
    "CH801 passes": (repository.contributing, {".github/CONTRIBUTING.md": GUIDE}, []),
    "CH801 passes in the documentation": (repository.contributing, {"docs/source/contributing.md": GUIDE}, []),
    "CH801 fails without the file": (
        repository.contributing,
        {},
        ["CONTRIBUTING.md:-: the repository has no file CONTRIBUTING"],
    ),
    "CH801 fails": (
        repository.contributing,
        {"CONTRIBUTING.rst": "Contributing\n============\n\nSee the handbook.\n"},
        [
            "CONTRIBUTING.rst:-: CONTRIBUTING.rst does not say which contributions are needed",
            "CONTRIBUTING.rst:-: CONTRIBUTING.rst does not say how development works",
        ],
    ),
    "CH802 passes": (repository.code_of_conduct, {"docs/CODE_OF_CONDUCT.md": "Be kind.\n"}, []),
    "CH802 passes in the documentation": (
        repository.code_of_conduct,
        {"docs/community/code_of_conduct.md": "Be kind.\n"},
        [],
    ),
    "CH802 fails": (
        repository.code_of_conduct,
        {"plugins/CODE_OF_CONDUCT.md": ""},
        ["CODE_OF_CONDUCT.md:-: the repository has no file CODE_OF_CONDUCT"],
    ),
    "CH803 passes": (
        repository.foundation_conduct,
        {"CODE_OF_CONDUCT.md": "See the [rules](https://lfprojects.org/policies/code-of-conduct/).\n"},
        [],
    ),
    "CH803 passes with an exception": (
        repository.foundation_conduct,
        {
            "CODE_OF_CONDUCT.md": "Be kind.\n",
            "GOVERNANCE.md": "The TAC approved our code of conduct: approved in May.\n",
        },
        [],
    ),
    "CH803 fails": (
        repository.foundation_conduct,
        {"CODE_OF_CONDUCT.md": "Contributor Covenant\n"},
        ["CODE_OF_CONDUCT.md:-: CODE_OF_CONDUCT.md is not the Linux Foundation's, and no exception is recorded"],
    ),
    "CH804 passes": (repository.governance, {"GOVERNANCE.md": "The core team decides.\n"}, []),
    "CH804 passes with a section": (
        repository.governance,
        {"docs/team.md": "# Team\n\n## Governance\n\nWe vote.\n"},
        [],
    ),
    "CH804 passes with a sentence": (
        repository.governance,
        {"CONTRIBUTING.md": "# Join us\n\nThe project is governed by a group of maintainers.\n"},
        [],
    ),
    "CH804 passes with the roles": (
        repository.governance,
        {"README.md": "# Acme\n\n### Maintainers\n\n- octocat\n\nMore about the maintainer role is in the handbook.\n"},
        [],
    ),
    "CH804 fails with another sentence": (
        repository.governance,
        {"CODE_OF_CONDUCT.md": "# Acme\n\nThis project is governed by our code of conduct. Maintainers answer.\n"},
        ["GOVERNANCE.md:-: no document describes the governance of the repository"],
    ),
    "CH804 fails": (
        repository.governance,
        {"README.md": "We have governance.\n"},
        ["GOVERNANCE.md:-: no document describes the governance of the repository"],
    ),
    "CH805 passes": (repository.security_policy, {".github/SECURITY.md": "Write to us.\n"}, []),
    "CH805 fails": (
        repository.security_policy,
        {"README.md": "# Acme\n\n## Secure\n"},
        ["SECURITY.md:-: no document says how to report a vulnerability"],
    ),
    "CH806 passes": (repository.repository_licence, {"LICENCE.txt": "MIT\n"}, []),
    "CH806 fails": (
        repository.repository_licence,
        {"plugins/LICENSE": "MIT\n"},
        ["LICENSE:-: the repository has no file LICENSE"],
    ),
    "CH807 passes": (
        repository.foundation_documents,
        dict.fromkeys(("README.md", "CONTRIBUTING.md", "CODE_OF_CONDUCT.md"), "x\n"),
        [],
    ),
    "CH807 fails": (
        repository.foundation_documents,
        dict.fromkeys(("README.rst", "CODE_OF_CONDUCT.md"), "x\n"),
        [
            "README.rst:-: the root contains README.rst, but no file README.md",
            "CONTRIBUTING.md:-: the root contains no file CONTRIBUTING.md",
        ],
    ),
    "CH808 passes": (
        repository.versioning_guide,
        {"docs/plugins.md": "# Plugins\n\nThe major version of a plugin is the core's:\n`acme>=14.0.0,<15.0.0`.\n"},
        [],
    ),
    "CH808 fails": (
        repository.versioning_guide,
        {"docs/plugins.md": "# Plugins\n\nA plugin has a version.\n"},
        ["CONTRIBUTING.md:-: no document about plugins contains the rule for their versions"],
    ),
    "CH851 passes": (
        tier_policy.documented_plugins,
        OFFICIAL | {"docs/plugins/index.md": "[Templates](../../plugins/official/jinja2/#usage)\n"},
        [],
    ),
    "CH851 passes with a project": (
        tier_policy.documented_plugins,
        OFFICIAL | {"docs/index.rst": "`Templates <https://index.example.org/project/acme-jinja2/>`_\n"},
        [],
    ),
    "CH851 passes with a page": (
        tier_policy.documented_plugins,
        OFFICIAL | {"docs/index.rst": "Plugins\n=======\n\n.. toctree::\n   :maxdepth: 1\n\n   plugins/jinja2\n"},
        [],
    ),
    "CH851 fails": (
        tier_policy.documented_plugins,
        OFFICIAL | {"README.md": "We have acme-jinja2, and [acme-jinja2-extra](plugins/official/jinja2-extra).\n"},
        ["plugins/official/jinja2/README.md:-: no document of the repository links to this official plugin"],
    ),
    "CH852 passes": (
        tier_policy.codeowners_are_core,
        OFFICIAL | {"governance/people.toml": TEAM, "CODEOWNERS": "* @octocat\n/plugins/ @OctoCat\n"},
        [],
    ),
    "CH852 passes without a list": (tier_policy.codeowners_are_core, OFFICIAL | {"CODEOWNERS": "* @hubot\n"}, []),
    "CH852 fails": (
        tier_policy.codeowners_are_core,
        OFFICIAL
        | {"governance/people.toml": TEAM, ".github/CODEOWNERS": "* @octocat\n\n/plugins/official/jinja2/ @hubot\n"},
        [
            ".github/CODEOWNERS:3: CODEOWNERS names @hubot for /plugins/official/jinja2/, but @hubot is not in the core team",
        ],
    ),
    "CH853 passes": (tier_policy.official_is_stricter, {}, []),
    "CH854 passes": (tier_policy.in_community_folder, OFFICIAL | plugin("plugins/community/pint"), []),
    "CH855 passes": (tier_policy.released_with_core, plugin("plugins/community/pint"), []),
    "CH855 fails": (
        tier_policy.released_with_core,
        plugin("plugins/community/pint", 'classifiers = ["Private :: Do Not Upload"]'),
        [
            (
                "plugins/community/pint/pyproject.toml:-: the plugin is not released with the core,"
                " because of the classifier Private ::"
            )
        ],
    ),
}


@pytest.mark.parametrize(("rule", "files", "expected"), CASES.values(), ids=CASES)
def test_a_rule_about_the_repository(
    tmp_path: Path, rule: Rule[Any], files: dict[str, str], expected: list[str]
) -> None:
    assert violations(rule, checked_repository(tmp_path, files)) == expected


def test_the_official_tier_must_be_the_strictest(tmp_path: Path) -> None:
    config = CONFIG.replace('path = ["plugins/official/*"]', 'path = ["plugins/official/*"]\non-core-change = "skip"')
    config = config.replace('on-core-change = "skip"\non-dep', 'on-core-change = "advisory"\non-dep')
    config += "\n[tool.commonhold.tiers.community.check]\nmaintainers = 2\n"
    assert violations(tier_policy.official_is_stricter, checked_repository(tmp_path, {}, config)) == [
        "pyproject.toml:-: the tier community is stricter than the official tier: on-core-change",
        "pyproject.toml:-: the tier community is stricter than the official tier: check.maintainers",
    ]


def test_a_community_plugin_is_in_a_community_folder(tmp_path: Path) -> None:
    config = CONFIG.replace("plugins/community/*", "plugins/others/*")
    files = plugin("plugins/others/pint")
    assert violations(tier_policy.in_community_folder, checked_repository(tmp_path, files, config)) == [
        (
            "plugins/others/pint/pyproject.toml:-: the community plugin is in plugins/others,"
            " not in a folder such as community or contrib"
        )
    ]


def test_a_plugin_with_its_own_version_is_not_released_with_the_core(tmp_path: Path) -> None:
    config = f'{CONFIG}\n[tool.commonhold.plugins.acme-pint]\nversion = "own"\n'
    files = plugin("plugins/community/pint")
    assert violations(tier_policy.released_with_core, checked_repository(tmp_path, files, config)) == [
        'plugins/community/pint/pyproject.toml:-: the plugin is not released with the core, because of version = "own"'
    ]


def test_the_core_team_can_be_a_setting(tmp_path: Path) -> None:
    config = f'{CONFIG}\n[tool.commonhold.check]\nteam = ["@octocat"]\n'
    files = {"CODEOWNERS": "* @octocat hubot@github.com\n"}
    assert violations(tier_policy.codeowners_are_core, checked_repository(tmp_path, files, config)) == [
        "CODEOWNERS:1: CODEOWNERS names hubot@github.com for *, but hubot@github.com is not in the core team"
    ]


def test_records_are_next_to_the_configuration_of_a_workspace_in_a_folder(tmp_path: Path) -> None:
    files = {f"packages/{path}": text for path, text in OFFICIAL.items()}
    files |= {"packages/governance/people.toml": TEAM, "packages/GOVERNANCE.md": "We vote.\n"}
    files |= {".github/CODEOWNERS": "* @octocat\n/packages/ @hubot\n", "packages/pyproject.toml": CONFIG}
    read = checked_repository(tmp_path, files, "", "packages")
    assert violations(tier_policy.codeowners_are_core, read) == [
        ".github/CODEOWNERS:2: CODEOWNERS names @hubot for /packages/, but @hubot is not in the core team"
    ]
    assert violations(repository.governance, read) == []
    assert violations(tier_policy.documented_plugins, read) == [
        "packages/plugins/official/jinja2/README.md:-: no document of the repository links to this official plugin"
    ]


def test_project_files_that_are_links_are_reported(tmp_path: Path) -> None:
    outside = tmp_path / "outside.toml"
    outside.write_text('[project]\nname = "acme-secret"\n', encoding="utf-8")
    repo = checked_repository(tmp_path / "repo", OFFICIAL)
    assert violations(readable.linked_projects, repo) == []
    for name, target in {"inside": "../jinja2/pyproject.toml", "out": str(outside)}.items():
        folder = tmp_path / "repo/plugins/official" / name
        folder.mkdir()
        (folder / "pyproject.toml").symlink_to(target)
    assert violations(readable.linked_projects, read_checked(tmp_path / "repo")) == [
        f"plugins/official/{name}/pyproject.toml:-: plugins/official/{name} is not a plugin: its project file is a "
        "link, which is not followed"
        for name in ("inside", "out")
    ]
