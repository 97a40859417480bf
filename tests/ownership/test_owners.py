"""The owner of a path: the deepest plugin, the core, the policy, the ledger, or nobody in particular."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.ownership import Ownership, PathKind
from commonhold.tree import REGULAR
from commonhold.workspace import read_config
from tests.support.trees import MemoryTree

DAY = date(2026, 6, 1)
CONFIG = """\
[tool.commonhold]
core = { path = ["core/**"], pin = ["constraints.txt"] }

[tool.commonhold.tiers.official]
path = ["plugins/official/*"]
approvals = "core"

[tool.commonhold.tiers.community]
path = ["plugins/community/**", ".github/workflows", "governance/*"]
"""
PEOPLE = """\
[[people]]
name = "The Octocat"
login = "octocat"
id = 583231
core = { from = 2024-01-01 }

[[people]]
name = "Mona Lisa"
login = "mona"
id = 2
suspended = { from = 2026-01-01, reason = "lost the second factor" }
"""
MAINTAINERS = """\
[[maintainers]]
name = "Mona Lisa"
login = "mona"
id = 2
from = 2024-01-01

[[maintainers]]
name = "Hubot"
login = "hubot"
id = 3
from = 2024-01-01
"""
FILES = {
    "pyproject.toml": CONFIG,
    "governance/people.toml": PEOPLE,
    "governance/x/pyproject.toml": "",
    ".github/workflows/pyproject.toml": "",
    "plugins/official/a/pyproject.toml": "",
    "plugins/community/b/setup.py": "",
    "plugins/community/b/governance.toml": MAINTAINERS,
    "plugins/community/b/deep/c/pyproject.toml": "",
    "plugins/community/b/deep/governance.toml": MAINTAINERS,
}


def ownership(files: dict[str, str] = FILES, workspace: str = "", paths: list[str] | None = None) -> Ownership:
    tree = MemoryTree(
        {f"{workspace}/{path}" if workspace else path: text for path, text in files.items()}, {}, workspace
    )
    return Ownership.read(tree, read_config(tree), paths)


@pytest.mark.parametrize(
    ("path", "kind", "folder"),
    [
        ("plugins/official/a/x.py", PathKind.PLUGIN, "plugins/official/a"),
        ("plugins/official/a/governance.toml", PathKind.LIFECYCLE, "plugins/official/a"),
        ("plugins/community/b/x/y.py", PathKind.PLUGIN, "plugins/community/b"),
        ("plugins/community/b/governance.toml", PathKind.LIFECYCLE, "plugins/community/b"),
        ("plugins/community/b/deep/governance.toml", PathKind.PLUGIN, "plugins/community/b"),
        ("plugins/community/b/deep/c/x.py", PathKind.PLUGIN, "plugins/community/b/deep/c"),
        ("plugins/community/new/x.py", PathKind.SHARED, None),
        ("plugins/community/b", PathKind.SHARED, None),
        ("core/x.py", PathKind.CORE, None),
        ("constraints.txt", PathKind.CORE, None),
        ("README.md", PathKind.SHARED, None),
        ("pyproject.toml", PathKind.POLICY, None),
        ("commonhold.toml", PathKind.POLICY, None),
        ("governance/people.toml", PathKind.POLICY, None),
        ("governance", PathKind.POLICY, None),
        ("governance/x/pyproject.toml", PathKind.POLICY, None),
        ("governance/ledger/b/0001-listed.toml", PathKind.LEDGER, None),
        ("governance/ledger", PathKind.LEDGER, None),
        ("governance/ledgers/x", PathKind.POLICY, None),
        (".github/workflows/pyproject.toml", PathKind.POLICY, None),
        (".github/actions/x/action.yml", PathKind.POLICY, None),
        (".github/CODEOWNERS", PathKind.POLICY, None),
        (".github/ISSUE_TEMPLATE/bug.yml", PathKind.SHARED, None),
    ],
)
def test_a_path_has_one_owner(path: str, kind: PathKind, folder: str | None) -> None:
    owner = ownership().of(path)
    assert (owner.kind, owner.plugin and owner.plugin.folder) == (kind, folder)


def test_a_workspace_below_the_root_has_its_own_policy() -> None:
    owners = ownership(workspace="ws")
    kinds = {path: owners.of(path).kind.value for path in ("governance/people.toml", "ws/governance/people.toml")}
    assert kinds == {"governance/people.toml": "shared", "ws/governance/people.toml": "policy"}
    assert owners.of(".github/workflows/ci.yml").kind is PathKind.POLICY
    assert owners.core(DAY) == {583231}


def test_a_suspended_person_maintains_no_plugin() -> None:
    owners = ownership()
    plugin = owners.plugins["plugins/community/b"]
    assert plugin.governance.active_maintainers(DAY) == {2, 3}
    assert owners.maintainers(plugin, DAY) == {3}
    assert (plugin.asks_maintainers, owners.plugins["plugins/official/a"].asks_maintainers) == (True, False)


def test_only_the_files_of_the_asked_plugins_are_read() -> None:
    tree = MemoryTree(FILES)
    config = read_config(tree)
    tree.requested.clear()
    owners = Ownership.read(tree, config, ["plugins/community/b/x.py", "README.md"])
    assert tree.requested == [["governance/people.toml", "plugins/community/b/governance.toml"]]
    assert list(owners.plugins) == ["plugins/community/b"]
    with pytest.raises(KeyError):
        owners.of("plugins/official/a/x.py")


def test_a_linked_file_gives_no_rights() -> None:
    files = {path: text for path, text in FILES.items() if path != "plugins/community/b/governance.toml"}
    tree = MemoryTree(files, {"plugins/community/b/governance.toml": "deep/governance.toml"})
    plugin = Ownership.read(tree, read_config(tree)).plugins["plugins/community/b"]
    assert plugin.governance.maintainers == ()
    assert "is not a regular file" in str(plugin.governance.problems[0])
    tree = MemoryTree({"pyproject.toml": CONFIG}, {"governance": "plugins/community/b"})
    assert "is not a folder" in str(Ownership.read(tree, read_config(tree)).problems[0])


def test_a_folder_in_two_tiers_makes_the_owners_uncertain() -> None:
    config = CONFIG.replace("plugins/community/**", "plugins/**")
    problems = ownership({**FILES, "pyproject.toml": config}).problems
    assert [problem.path for problem in problems] == ["pyproject.toml"]
    assert "plugins/official/a matches two tiers" in problems[0].message
    assert ownership().problems == ()


def test_an_executable_file_is_a_regular_file() -> None:
    tree = MemoryTree({"pyproject.toml": CONFIG, "governance/people.toml": (REGULAR | 0o111, PEOPLE.encode())})
    assert Ownership.read(tree, read_config(tree)).core(DAY) == {583231}


PARTS = st.sampled_from(
    ["plugins", "community", "official", "a", "b", "deep", "c", "governance", "governance.toml", "core"]
)
OWNERS = ownership()


@given(st.lists(PARTS, min_size=1, max_size=6).map("/".join))
def test_the_deepest_plugin_folder_owns_a_path_outside_the_policy(path: str) -> None:
    owner = OWNERS.of(path)
    folders = [folder for folder in OWNERS.folders if path.startswith(f"{folder}/")]
    if path.split("/", maxsplit=1)[0] == "governance":
        assert (owner.kind, owner.plugin) == (PathKind.POLICY, None)
    elif folders:
        assert owner.plugin is not None
        assert owner.plugin.folder == max(folders, key=len)
        assert (owner.kind is PathKind.LIFECYCLE) is (path == f"{owner.plugin.folder}/governance.toml")
    else:
        assert owner.kind is (PathKind.CORE if path.startswith("core/") else PathKind.SHARED)
        assert owner.plugin is None
