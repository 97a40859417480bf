"""Neither the environment nor any configuration changes a result."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from commonhold.errors import GitError
from tests.support.comparisons import changes, compare_folder
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from commonhold.vcs import Change


@pytest.fixture
def edited(repo: Repo) -> Repo:
    """A repository with a moved, an edited, an odd and an untracked file, and a submodule with edits."""
    other = Repo.of(repo.root.parent / "other", {"o.txt": "1"})
    repo.git("submodule", "--quiet", "add", str(other.root), "sub")
    repo.commit({"z.txt": "z\n", "moved.txt": "the same text\n" * 20, "é b.txt": "1\n", "m.bin": "1\n"})
    repo.git("mv", "moved.txt", "elsewhere.txt")
    repo.commit({"z.txt": "other\n", "é b.txt": "2\n"})
    repo.write("a.txt", "edited\n")
    repo.write("untracked.log")
    repo.write("sub/o.txt", "edited")
    os.utime(repo.path("m.bin"), (1, 1))  # git must look into it to know that it is unchanged
    return repo


EXPECTED = ["a.txt", "elsewhere.txt", "moved.txt", "sub", "untracked.log", "z.txt", "é b.txt"]


def _answers(repo: Repo, environ: Mapping[str, str] | None = None) -> tuple[list[Change], list[Change], list[str]]:
    work_tree = compare_folder(repo.root, "HEAD^", environ=environ)
    commits = compare_folder(repo.root, "HEAD^", "HEAD", environ=environ)
    assert work_tree.changes is not None
    assert commits.changes is not None
    return list(work_tree.changes), list(commits.changes), sorted(work_tree.tree.entries)


def test_the_result_without_any_configuration(edited: Repo) -> None:
    assert sorted(changes(compare_folder(edited.root, "HEAD^"))) == EXPECTED


CONFIGURATIONS = [
    {"diff.external": "false"},
    {"diff.renames": "copies"},
    {"diff.noprefix": "true"},
    {"diff.mnemonicPrefix": "true"},
    {"diff.relative": "true"},
    {"diff.autoRefreshIndex": "false"},
    {"diff.orderFile": "order"},
    {"diff.orderFile": "no/such/file"},
    {"diff.ignoreSubmodules": "all"},
    {"diff.submodule": "log"},
    {"submodule.sub.ignore": "all"},
    {"submodule.recurse": "true"},
    {"core.quotePath": "false"},
    {"core.abbrev": "4"},
    {"core.excludesFile": "ignore"},
    {"core.attributesFile": "attributes", "diff.mine.textconv": "false", "diff.mine.command": "false"},
    {"core.attributesFile": "attributes", "filter.mine.clean": "echo other"},
    {"core.fsmonitor": "touch fsmonitor-ran; false"},
    {"core.pager": "false"},
    {"color.ui": "always"},
    {"status.showUntrackedFiles": "no"},
    {"status.renames": "copies"},
    {"status.relativePaths": "false"},
    {"alias.diff": "!false", "alias.rev-parse": "!false", "alias.ls-files": "!false"},
    {"log.showSignature": "true"},
    {"core.commentChar": ";", "advice.detachedHead": "false"},
]


def _keys(configuration: Mapping[str, str]) -> str:
    return " ".join(f"{key}={value}" for key, value in configuration.items())


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=_keys)
def test_configuration_of_the_repository_changes_nothing(edited: Repo, configuration: Mapping[str, str]) -> None:
    plain = _answers(edited)
    for key, value in _placed(edited.root.parent, configuration):
        edited.git("config", key, value)
    assert _answers(edited) == plain
    assert not edited.path("fsmonitor-ran").exists()


def test_configuration_of_the_user_changes_nothing(edited: Repo) -> None:
    plain = _answers(edited)
    for configuration in CONFIGURATIONS:
        for key, value in _placed(edited.root.parent, configuration):
            edited.git("config", "-f", os.path.join(os.environ["HOME"], ".gitconfig"), key, value)
    assert _answers(edited) == plain


def test_configuration_in_the_environment_changes_nothing(edited: Repo) -> None:
    plain = _answers(edited)
    for configuration in CONFIGURATIONS:
        placed = _placed(edited.root.parent, configuration)
        environ = {"GIT_CONFIG_COUNT": str(len(placed))}
        for index, (key, value) in enumerate(placed):
            environ |= {f"GIT_CONFIG_KEY_{index}": key, f"GIT_CONFIG_VALUE_{index}": value}
        assert _answers(edited, environ) == plain, configuration


def _placed(outside: Path, configuration: Mapping[str, str]) -> list[tuple[str, str]]:
    """The configuration with its files written, outside the repository."""
    files = {"order": "z*\n", "ignore": "*.log\n", "attributes": "* diff=mine filter=mine -text\n"}
    for name, content in files.items():
        (outside / name).write_text(content)
    return [(key, str(outside / value) if value in files else value) for key, value in configuration.items()]


@pytest.mark.parametrize("name", ["ignore", "attributes"])
def test_files_that_git_reads_by_default_change_nothing(edited: Repo, name: str) -> None:
    plain = _answers(edited)
    folder = os.path.join(os.environ["XDG_CONFIG_HOME"], "git")
    os.makedirs(folder)
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write({"ignore": "*.log\n", "attributes": "* filter=none diff=none\n"}[name])
    assert _answers(edited) == plain


def test_a_filter_that_only_the_user_has_is_not_run(edited: Repo) -> None:
    edited.commit({".gitattributes": "*.bin filter=mine\n"})
    os.utime(edited.path("m.bin"), (2, 2))
    edited.git("config", "-f", os.path.join(os.environ["HOME"], ".gitconfig"), "filter.mine.clean", "echo other")
    assert "m.bin" not in changes(compare_folder(edited.root, "HEAD"))


@pytest.fixture
def decoy(tmp_path: Path) -> Repo:
    """Another repository, into which the environment tries to lead git."""
    return Repo.of(tmp_path / "decoy", {"decoy.txt": "1"})


def test_variables_that_name_another_repository_change_nothing(edited: Repo, decoy: Repo) -> None:
    plain = _answers(edited)
    git_dir = str(decoy.root / ".git")
    environ = {
        "GIT_DIR": git_dir,
        "GIT_WORK_TREE": str(decoy.root),
        "GIT_COMMON_DIR": git_dir,
        "GIT_INDEX_FILE": f"{git_dir}/index",
        "GIT_OBJECT_DIRECTORY": f"{git_dir}/objects",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": f"{git_dir}/objects",
        "GIT_NAMESPACE": "elsewhere",
        "GIT_PREFIX": "sub/",
        "GIT_CEILING_DIRECTORIES": str(edited.root.parent),
        "GIT_EXTERNAL_DIFF": "false",
        "GIT_DIFF_OPTS": "-u0",
        "GIT_LITERAL_PATHSPECS": "0",
        "GIT_ICASE_PATHSPECS": "1",
        "GIT_CONFIG": "/no/such/file",
        "GIT_CONFIG_PARAMETERS": "'diff.external=false'",
        "GIT_DEFAULT_HASH": "sha256",
        "GIT_TRACE": "1",
        "GIT_PAGER": "false",
        "GIT_ATTR_SOURCE": "no-such-tree",
        "LC_ALL": "de_DE.UTF-8",
        "LANGUAGE": "de",
    }
    for key, value in environ.items():
        assert _answers(edited, {key: value}) == plain, key
    assert _answers(edited, environ) == plain


def test_replaced_objects_are_not_compared(repo: Repo) -> None:
    base = repo.head
    edit = repo.commit({"a.txt": "b\n"})
    repo.git("replace", edit, base)
    assert set(changes(compare_folder(repo.root, base, "main", exact=True))) == {"a.txt"}
    assert compare_folder(repo.root, base, "main").tree.read(["a.txt"]) == {"a.txt": b"b\n"}


def test_grafts_do_not_change_history(repo: Repo) -> None:
    first = repo.head
    repo.commit({"b": "1"})
    last = repo.commit({"c": "1"})
    assert compare_folder(repo.root).range.base == repo.rev("HEAD^")
    repo.write(".git/info/grafts", f"{last} {first}\n")
    assert repo.rev("HEAD^") == first  # git itself is led astray
    assert compare_folder(repo.root).range.base == repo.git("rev-parse", "HEAD^", env={"GIT_GRAFT_FILE": os.devnull})
    assert set(changes(compare_folder(repo.root))) == {"c"}


needs_root = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give a file away")


@needs_root
def test_a_repository_of_another_owner_is_an_error(repo: Repo) -> None:
    _give_away(repo)
    with pytest.raises(GitError, match="dubious ownership"):
        compare_folder(repo.root, "HEAD")


@needs_root
@pytest.mark.parametrize("trusted", ["root", "*"])
def test_a_repository_of_another_owner_is_read_if_the_user_trusts_it(repo: Repo, trusted: str) -> None:
    repo.write("new")
    _give_away(repo)
    value = str(repo.root) if trusted == "root" else trusted
    repo.git("config", "-f", os.path.join(os.environ["HOME"], ".gitconfig"), "--add", "safe.directory", "/elsewhere")
    repo.git("config", "-f", os.path.join(os.environ["HOME"], ".gitconfig"), "--add", "safe.directory", value)
    assert set(changes(compare_folder(repo.root, "HEAD"))) == {"new"}


@needs_root
def test_a_repository_cannot_declare_itself_safe(repo: Repo) -> None:
    repo.git("config", "safe.directory", "*")
    _give_away(repo)
    for environ in ({}, {"GIT_DIR": str(repo.root / ".git")}):
        with pytest.raises(GitError, match="dubious ownership"):
            compare_folder(repo.root, "HEAD", environ=environ)


def _give_away(repo: Repo) -> None:
    for path in [repo.root, *repo.root.rglob("*")]:
        os.lchown(path, 12345, 12345)
