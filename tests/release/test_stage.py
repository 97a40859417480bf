"""A staged copy contains the files of the commit and nothing else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from commonhold.effects.process.spawn import SpawnRunner
from commonhold.errors import UsageError
from commonhold.release.model.plan import PlannedDistribution
from commonhold.release.stage.outside_files import explain_outside
from commonhold.release.stage.staging import Staged, StageError, StampError, stage
from commonhold.tree import EXECUTABLE, REGULAR, SUBMODULE, SYMLINK
from commonhold.vcs import open_repository
from tests.support.trees import MemoryTree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.repositories import Repo

PYPROJECT = '[project]\nname = "example-thing"\nversion = "0"\n'
STAMPED = '[project]\nname = "example-thing"\nversion = "1.17.0"\n'
PLANNED = PlannedDistribution("example-thing", "plugins/thing", "official", "1.17.0")


def _stage(repo: Repo, folder: Path, planned=PLANNED):
    repository = open_repository(str(repo.root), SpawnRunner(), os.environ)
    return stage(repository.tree(repository.resolve("HEAD")), planned, str(folder))


def _found(folder: Path) -> dict[str, str]:
    """What a folder holds: text, and where links point."""
    return {
        str(path.relative_to(folder)): f"-> {os.readlink(path)}" if path.is_symlink() else path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


@pytest.fixture
def plugin(repo: Repo) -> Repo:
    repo.commit(
        {"plugins/thing/pyproject.toml": PYPROJECT, "plugins/thing/thing/a.py": "1\n", "plugins/other/b.py": "2\n"}
    )
    return repo


def test_the_copy_is_of_the_commit_and_not_of_the_work_tree(plugin, tmp_path):
    (plugin.root / "plugins/thing/thing/a.py").write_text("changed\n")
    (plugin.root / "plugins/thing/build").mkdir()
    (plugin.root / "plugins/thing/build/stale.py").write_text("stale\n")
    staged = _stage(plugin, tmp_path / "copy")
    assert staged == Staged(str(tmp_path / "copy"), {})
    assert _found(tmp_path / "copy") == {"pyproject.toml": STAMPED, "thing/a.py": "1\n"}


def test_files_above_the_plugin_that_its_metadata_names_are_copied_to_the_same_relative_place(plugin, tmp_path):
    text = PYPROJECT + 'readme = "../../README.md"\ndynamic = ["dependencies"]\n[tool.setuptools.dynamic]\n'
    text += 'dependencies = { file = ["../shared/requirements.txt"] }\n'
    plugin.commit(
        {
            "plugins/thing/pyproject.toml": text,
            "README.md": "# All\n",
            "plugins/shared/requirements.txt": "click\n",
            "plugins/shared/other.txt": "",
        }
    )
    staged = _stage(plugin, tmp_path / "copy")
    assert staged.outside == ("README.md", "plugins/shared/requirements.txt")
    assert staged.folder == str(tmp_path / "copy/plugins/thing")
    assert sorted(_found(tmp_path / "copy")) == [
        "README.md",
        "plugins/shared/requirements.txt",
        "plugins/thing/pyproject.toml",
        "plugins/thing/thing/a.py",
    ]


def test_a_failed_build_explains_how_to_replace_a_path_outside_the_folder():
    assert explain_outside("plugins/thing", ()) == ""
    assert explain_outside("plugins/thing", ("README.md",)).endswith(
        "add a symbolic link (cd plugins/thing && ln -s ../../README.md) and name the link instead"
    )


def test_a_version_file_above_the_plugin_is_stamped_in_the_copy(plugin, tmp_path):
    text = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n[project]\nname = "example-thing"\n'
    text += 'dynamic = ["version"]\n[tool.hatch.version]\npath = "../../version.py"\n'
    plugin.commit({"plugins/thing/pyproject.toml": text, "version.py": '__version__ = "0"\n'})
    _stage(plugin, tmp_path / "copy")
    assert (tmp_path / "copy/version.py").read_text() == '__version__ = "1.17.0"\n'
    assert plugin.path("version.py").read_text() == '__version__ = "0"\n'


def test_a_required_project_is_not_copied(plugin, tmp_path):
    text = PYPROJECT + 'dependencies = ["other"]\n[tool.uv.sources]\nother = { path = "../other" }\n'
    plugin.commit({"plugins/thing/pyproject.toml": text, "plugins/other/pyproject.toml": PYPROJECT})
    staged = _stage(plugin, tmp_path / "copy")
    assert (staged.outside, staged.folder) == ((), str(tmp_path / "copy"))


def test_executable_files_stay_executable_whatever_the_umask(plugin, tmp_path):
    script = plugin.root / "plugins/thing/run.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    plugin.git("add", "-A")
    plugin.git("commit", "-q", "-m", "script")
    before = os.umask(0o077)
    try:
        _stage(plugin, tmp_path / "copy")
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "copy").iterdir() if path.is_file()}
    assert modes == {"run.sh": 0o755, "pyproject.toml": 0o644}


def _link(repo: Repo, **links: str) -> None:
    for name, target in links.items():
        (repo.root / "plugins/thing" / name).symlink_to(target)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "links")


def test_links_within_the_plugin_stay_and_others_become_their_targets(plugin, tmp_path):
    _link(
        plugin, inner="thing/a.py", folder="thing", file="../other/b.py", outer="../other", again="../thing/thing/a.py"
    )
    _link(plugin, chain="outer/b.py", dangling="thing/not-there")
    _stage(plugin, tmp_path / "copy")
    found = _found(tmp_path / "copy")
    found = {name: text for name, text in found.items() if name not in ("pyproject.toml", "thing/a.py")}
    assert found == {
        "inner": "-> thing/a.py",
        "folder": "-> thing",
        "dangling": "-> thing/not-there",
        "file": "2\n",
        "outer/b.py": "2\n",
        "again": "1\n",
        "chain": "2\n",
    }


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("/etc/passwd", "is a link out of the repository, to /etc/passwd"),
        ("../../../elsewhere", "is a link out of the repository"),
        ("../nowhere", "plugins/thing/link is a link to plugins/nowhere, which is not in the commit"),
        ("../../plugins", "is a link to a folder that contains the link"),
        ("../..", "is a link to a folder that contains the link"),
        ("link", "is a symbolic link to itself"),
    ],
)
def test_a_broken_link_is_reported(plugin, tmp_path, target, sentence):
    _link(plugin, link=target)
    with pytest.raises(StageError, match=sentence):
        _stage(plugin, tmp_path / "copy")


def test_links_that_multiply_files_are_an_error(tmp_path):
    files = {"plugins/thing/pyproject.toml": (REGULAR, PYPROJECT.encode()), "plugins/thing/x": (SYMLINK, b"../0")}
    for depth in range(40):
        files |= {f"plugins/{depth}/{name}": (SYMLINK, f"../{depth + 1}".encode()) for name in "abcd"}
    files["plugins/40/end"] = (REGULAR, b"")
    with pytest.raises(StageError, match="more than"):
        stage(MemoryTree(files), PLANNED, str(tmp_path / "copy"))


@pytest.mark.parametrize(
    "path", ["../../escaped", "a/../../../escaped", ".git/config", "a/.GIT/hooks/x", "a//b", "a/./b", "a\\b", "link/x"]
)
def test_a_path_outside_the_copy_is_rejected(tmp_path, path):
    tree = MemoryTree(
        {
            "plugins/thing/pyproject.toml": (REGULAR, PYPROJECT.encode()),
            "plugins/thing/link": (SYMLINK, b"thing"),
            f"plugins/thing/{path}": (EXECUTABLE, b"x"),
        }
    )
    with pytest.raises(StageError, match="plugins/thing"):
        stage(tree, PLANNED, str(tmp_path / "x" / "copy"))
    assert _found(tmp_path) == {}


def test_a_submodule_is_reported(tmp_path):
    tree = MemoryTree({"plugins/thing/pyproject.toml": (REGULAR, b""), "plugins/thing/sub": (SUBMODULE, b"")})
    with pytest.raises(StageError, match="plugins/thing/sub is a submodule"):
        stage(tree, PLANNED, str(tmp_path / "copy"))


def test_a_folder_that_is_not_empty_is_not_written_to(plugin, tmp_path):
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "mine").write_text("mine")
    with pytest.raises(UsageError, match="is not empty"):
        _stage(plugin, tmp_path / "copy")
    assert _found(tmp_path / "copy") == {"mine": "mine"}


def test_a_plugin_that_is_not_in_the_commit_is_reported(repo, tmp_path):
    with pytest.raises(StageError, match="the commit has no files in plugins/thing"):
        _stage(repo, tmp_path / "copy")


def test_a_project_at_the_root_is_copied_completely(plugin, tmp_path):
    plugin.commit({"pyproject.toml": PYPROJECT})
    _stage(plugin, tmp_path / "copy", PlannedDistribution("example-thing", "", "core", "1.17.0"))
    found = _found(tmp_path / "copy")
    assert found.pop("pyproject.toml") == STAMPED
    assert set(found) == {"a.txt", "plugins/thing/pyproject.toml", "plugins/thing/thing/a.py", "plugins/other/b.py"}


def test_a_version_behind_a_link_out_of_the_plugin_is_stamped_only_in_the_copy(plugin, tmp_path):
    text = PYPROJECT.replace('version = "0"', 'dynamic = ["version"]')
    plugin.commit(
        {
            "plugins/thing/pyproject.toml": text + '[tool.setuptools.dynamic]\nversion.file = "VERSION"\n',
            "VERSION": "0.1\n",
        }
    )
    _link(plugin, VERSION="../../VERSION")
    _stage(plugin, tmp_path / "copy")
    assert (tmp_path / "copy" / "VERSION").read_text() == "1.17.0\n"
    assert (plugin.root / "VERSION").read_text() == "0.1\n"


def test_a_plugin_without_a_version_is_reported_with_the_reason(plugin, tmp_path):
    plugin.commit({"plugins/thing/pyproject.toml": PYPROJECT.replace("version", "description")})
    with pytest.raises(StampError, match=r"plugins/thing/pyproject.toml.*project.version.*setup.py.*setup.cfg"):
        _stage(plugin, tmp_path / "copy")


def test_a_file_that_git_cannot_add_fails_only_its_plugin(tmp_path):
    system = '[build-system]\nrequires = ["setuptools-scm"]\n'
    tree = MemoryTree(
        {
            "plugins/thing/pyproject.toml": (REGULAR, (system + PYPROJECT).encode()),
            "plugins/thing/.gitattributes": (REGULAR, b"*.txt working-tree-encoding=UTF-16\n"),
            "plugins/thing/a.txt": (REGULAR, b"abc"),
        }
    )
    with pytest.raises(StageError, match=r"git cannot add the copy's files: .*a\.txt"):
        stage(tree, PLANNED, str(tmp_path / "copy"))
