"""Files of any size are compared, but a selection reads only small ones."""

from __future__ import annotations

import os
import resource
from typing import TYPE_CHECKING

import pytest

from commonhold.effects.process import Command
from commonhold.effects.process.spawn import SpawnRunner
from commonhold.selection import find_affected
from commonhold.tree import MOST_BYTES, MOST_FILE_BYTES, TOO_LARGE
from commonhold.vcs.trees import FolderTree
from tests.support.comparisons import RecordingRunner, changes, compare_folder, opened

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.repositories import Repo

GIGABYTES = 5 << 30


def sparse(repo: Repo, path: str, size: int = GIGABYTES) -> None:
    """Write a file of any size that takes no space on disk."""
    with open(repo.write(path), "r+b") as file:
        file.truncate(size)


def test_a_sparse_file_on_disk_is_not_read(repo: Repo) -> None:
    sparse(repo, "large")
    tree = compare_folder(repo.root, "HEAD").tree
    assert tree.start_reading(["large", "a.txt"], MOST_BYTES)() == {"large": TOO_LARGE, "a.txt": b"a\n"}
    assert FolderTree(str(repo.root)).start_reading(["large"], MOST_BYTES)() == {"large": TOO_LARGE}


@pytest.mark.parametrize("first", [b"", b"a", b"a\nb"])
def test_a_file_with_another_length_than_before_is_read_to_its_end(
    repo: Repo, first: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = FolderTree(str(repo.root))
    assert "a.txt" in tree.entries
    monkeypatch.setattr("os.read", lambda *_: first)
    assert tree.start_reading(["a.txt"], MOST_BYTES)() == tree.read(["a.txt"]) == {"a.txt": b"a\n"}


@pytest.mark.parametrize("most", [MOST_BYTES, MOST_FILE_BYTES])
def test_a_large_blob_is_not_kept(repo: Repo, most: int) -> None:
    sparse(repo, "large", MOST_FILE_BYTES + 1)
    commit = repo.commit({"small": "x"})
    tree = opened(repo.root).tree(commit)
    assert tree.start_reading(["large", "small"], most)() == {"large": TOO_LARGE, "small": b"x"}
    assert len(tree.read(["large"])["large"]) == MOST_FILE_BYTES + 1  # a release copies any file


@pytest.mark.parametrize("committed", [False, True])
def test_the_total_of_all_files_is_limited(repo: Repo, committed: bool) -> None:
    names = [f"{number}" for number in range(9)]
    commit = repo.commit({name: name * 1000 for name in names})
    recording = RecordingRunner()
    tree = compare_folder(repo.root, head=commit if committed else None, runner=recording).tree
    read = tree.start_reading(names, 3000)()
    assert [name for name in names if read[name] != TOO_LARGE] == names[:3]
    assert recording.verbs().count("cat-file") <= 5  # two for references, the first try, the sizes, the small blobs
    assert tree.start_reading(names, 9000)() == {name: name.encode() * 1000 for name in names}


def test_a_program_that_writes_too_much_fails_and_other_programs_do_not(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    command = Command(("cat",), input=b"x" * 10_000)
    assert SpawnRunner().start(command._replace(most_output=9_999)).wait().code != 0
    assert SpawnRunner().start(command._replace(most_output=10_000)).wait().stdout == b"x" * 10_000
    assert SpawnRunner().start(command).wait().code == 0
    assert resource.getrlimit(resource.RLIMIT_FSIZE) == before


CONFIGURATION = '[tool.commonhold]\n[tool.commonhold.tiers.all]\npath = ["plugins/*"]\n'


@pytest.mark.parametrize("name", ["pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "x.py"])
@pytest.mark.parametrize("committed", [False, True])
def test_a_plugin_with_a_file_that_is_too_large_is_affected_by_every_change(
    repo: Repo, name: str, committed: bool
) -> None:
    files = {
        f"plugins/{plugin}/pyproject.toml": f'[project]\nname = "acme-{plugin}"\nversion = "1"\n' for plugin in "ab"
    }
    if name.startswith("setup"):
        files["plugins/a/pyproject.toml"] = '[build-system]\nrequires = ["setuptools"]\n'
    repo.commit({"pyproject.toml": CONFIGURATION, **files, "plugins/b/b.py": "", "plugins/a/__init__.py": ""})
    sparse(repo, f"plugins/a/{name}", MOST_FILE_BYTES + 1 if committed else GIGABYTES)
    base = repo.commit() if committed else repo.head
    if not committed:
        os.utime(repo.path("plugins/b/b.py"), (1, 1))
    repo.write("plugins/b/b.py", "edited = 1\n")
    head = repo.commit() if committed else None
    comparison = compare_folder(repo.root, base, head)
    assert "plugins/b/b.py" in changes(comparison)
    affected = find_affected(comparison).affected
    (plugin,) = (plugin for plugin in affected.plugins if plugin.path == "plugins/a")
    assert {reason.__class__.__name__ for reason in plugin.reasons} & {"Unreadable", "DependsOn"}
