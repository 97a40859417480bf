"""All kinds of clones give the same results, and a partial clone fetches only what is needed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from commonhold.effects.process.spawn import SpawnRunner
from commonhold.errors import GitError
from commonhold.selection import find_affected
from commonhold.vcs.git import Git
from commonhold.vcs.repository import prefetch_references, start_references
from tests.support.comparisons import RecordingRunner, changes, compare_folder, event
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from pathlib import Path

    from commonhold.effects.process import Command, Finished, Running

CONFIGURATION = """
[tool.commonhold]
core = { distribution = "core" }
[tool.commonhold.tiers.all]
path = ["plugins/*"]
"""
PLUGINS = ("a", "b", "c")


def _project(name: str, version: int) -> str:
    return f'[project]\nname = "{name}"\nversion = "{version}"\n'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """Three plugins with a manifest, a lock file and code; the last commit changes all of it in two of them."""
    files = {"pyproject.toml": CONFIGURATION, "uv.lock": "version = 1\n"}
    for name in PLUGINS:
        files |= {f"plugins/{name}/pyproject.toml": _project(name, 1), f"plugins/{name}/x.py": f"{name} = 1\n"}
    repo = Repo.of(tmp_path_factory.mktemp("made") / "origin", files)
    edited: dict[str, str | bytes] = {"uv.lock": "version = 1\n# edited\n"}
    for name in ("a", "b"):
        edited |= {f"plugins/{name}/pyproject.toml": _project(name, 2), f"plugins/{name}/x.py": f"{name} = 2\n"}
    repo.commit(edited)
    return repo


@pytest.fixture
def origin(made: Repo, tmp_path: Path) -> Repo:
    """One of these for each test."""
    return made.copy(tmp_path / "origin")


def _push(repo: Repo) -> dict[str, str]:
    payload = {"ref": "refs/heads/main", "before": repo.rev("HEAD^"), "after": repo.rev("HEAD")}
    return event(repo.root.parent, "push", payload)


def _missing(repo: Repo) -> set[str]:
    """The objects that a partial clone has left with its remote."""
    lines = repo.git("rev-list", "--objects", "--all", "--missing=print").splitlines()
    return {line[1:] for line in lines if line.startswith("?")}


MANIFESTS = ("uv.lock", "plugins/a/pyproject.toml", "plugins/b/pyproject.toml")


def _names(comparison) -> list[str]:
    return [plugin.name for plugin in find_affected(comparison).affected.plugins]


def test_a_partial_clone_fetches_old_manifests_and_nothing_else_at_once(origin: Repo, tmp_path: Path) -> None:
    clone = origin.clone(tmp_path / "clone", "--filter=blob:none")
    before = _missing(clone)
    manifests = {origin.rev(f"HEAD^:{path}") for path in MANIFESTS}
    assert manifests < before
    recording = RecordingRunner()
    comparison = compare_folder(clone.root, environ=_push(origin), runner=recording)
    assert _missing(clone) == before  # knowing the changes needs no content
    assert _names(comparison) == _names(compare_folder(origin.root, environ=_push(origin)))
    assert before - _missing(clone) == manifests
    assert recording.verbs().count("fetch") == 1


def test_a_partial_clone_contacts_its_remote_once(
    origin: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = origin.clone(tmp_path / "clone", "--filter=blob:none")
    trace = tmp_path / "trace"
    origin.git("config", "uploadpack.packObjectsHook", "")
    monkeypatch.setenv("GIT_TRACE_PACKET", str(trace))  # reaches the fetch alone: it runs as the user
    find_affected(compare_folder(clone.root, environ=_push(origin)))
    lines = trace.read_text(errors="replace").splitlines()
    fetched = [line.split("> want ")[1].split()[0] for line in lines if "fetch> want " in line]
    assert sorted(fetched) == sorted(origin.rev(f"HEAD^:{path}") for path in MANIFESTS)
    assert sum("fetch> command=fetch" in line for line in lines) == 1


def test_a_partial_clone_without_changed_manifests_fetches_nothing(origin: Repo, tmp_path: Path) -> None:
    origin.commit({"plugins/a/x.py": "a = 3\n"})
    clone = origin.clone(tmp_path / "clone", "--filter=blob:none")
    origin.root.rename(tmp_path / "gone")
    moved = Repo(tmp_path / "gone")
    assert _names(compare_folder(clone.root, environ=_push(moved))) == ["a"]


def test_edits_in_a_partial_clone_are_compared_without_their_old_contents(origin: Repo, tmp_path: Path) -> None:
    clone = origin.clone(tmp_path / "clone", "--filter=blob:none")
    before = _missing(clone)
    clone.write("plugins/a/x.py", "a = 3\n")  # as long as it was at base, which git would like to compare
    os.utime(clone.path("plugins/b/x.py"), (1, 1))
    recording = RecordingRunner()
    assert "plugins/a/x.py" in changes(compare_folder(clone.root, "HEAD^", exact=True, runner=recording))
    assert _missing(clone) == before
    assert "fetch" not in recording.verbs()


def test_a_second_comparison_fetches_nothing(origin: Repo, tmp_path: Path) -> None:
    clone = origin.clone(tmp_path / "clone", "--filter=blob:none")
    environ = _push(origin)
    find_affected(compare_folder(clone.root, environ=environ))
    recording = RecordingRunner()
    find_affected(compare_folder(clone.root, environ=environ, runner=recording))
    assert "fetch" not in recording.verbs()


def test_a_partial_clone_whose_remote_is_gone_selects_everything_in_ci(origin: Repo, tmp_path: Path) -> None:
    clone = origin.clone(tmp_path / "clone", "--filter=blob:none")
    environ = _push(origin)
    origin.root.rename(tmp_path / "gone")
    affected = find_affected(compare_folder(clone.root, environ=environ)).affected
    assert affected.selection == "all"
    assert [plugin.name for plugin in affected.plugins] == list(PLUGINS)
    assert affected.head == clone.head
    assert "git fetch failed" in affected.because


def test_a_partial_clone_whose_remote_is_gone_is_an_error_outside_ci(origin: Repo, tmp_path: Path) -> None:
    clone = origin.clone(tmp_path / "clone", "--filter=blob:none")
    origin.root.rename(tmp_path / "gone")
    with pytest.raises(GitError, match="git fetch failed") as caught:
        find_affected(compare_folder(clone.root, "HEAD^", "HEAD"))
    assert caught.value.exit_code == 4


def test_a_partial_clone_does_not_look_for_commits_at_its_remote(origin: Repo, tmp_path: Path) -> None:
    clone = origin.clone(tmp_path / "clone", "--filter=blob:none")
    origin.git("checkout", "-q", "--detach")
    unknown = origin.commit({"new": "1"})
    with pytest.raises(GitError, match="is not a commit in this clone"):
        compare_folder(clone.root, unknown)
    assert clone.git("cat-file", "-t", unknown, env={"GIT_ALLOW_PROTOCOL": "none"}, check=False) == ""


def test_a_partial_clone_without_checkout_fetches_what_it_reads_together(origin: Repo, tmp_path: Path) -> None:
    clone = origin.clone(tmp_path / "clone", "--filter=blob:none", "--no-checkout")
    recording = RecordingRunner()
    assert _names(compare_folder(clone.root, "HEAD^", "HEAD", runner=recording)) == ["a", "b"]
    assert recording.verbs().count("fetch") <= 5  # the configuration, the old manifests, the manifests, the code


def test_a_remote_is_reached_with_the_users_configuration(origin: Repo, tmp_path: Path) -> None:
    clone = origin.clone(tmp_path / "clone", "--filter=blob:none")
    clone.git("remote", "set-url", "origin", "alias:origin")
    with pytest.raises(GitError):
        find_affected(compare_folder(clone.root, "HEAD^", "HEAD"))
    file = os.path.join(os.environ["HOME"], ".gitconfig")
    clone.git("config", "-f", file, f"url.{tmp_path.as_uri()}/.insteadOf", "alias:")
    assert _names(compare_folder(clone.root, "HEAD^", "HEAD")) == ["a", "b"]


def test_a_hooks_environment_does_not_lead_the_fetch_elsewhere(origin: Repo, tmp_path: Path) -> None:
    clone = origin.clone(tmp_path / "clone", "--filter=blob:none")
    decoy = Repo.of(tmp_path / "decoy", {"x": "1"})
    before = _missing(clone)
    find_affected(compare_folder(clone.root, environ=_push(origin) | {"GIT_DIR": str(decoy.root / ".git")}))
    assert before - _missing(clone) == {origin.rev(f"HEAD^:{path}") for path in MANIFESTS}


def test_a_clone_without_trees_gives_the_same_result(origin: Repo, tmp_path: Path) -> None:
    clone = origin.clone(tmp_path / "clone", "--filter=tree:0")
    here, there = (compare_folder(place.root, environ=_push(origin)) for place in (clone, origin))
    assert changes(here) == changes(there)
    assert find_affected(here).affected == find_affected(there).affected


def test_a_clone_without_trees_whose_remote_is_gone_has_no_base_in_ci(origin: Repo, tmp_path: Path) -> None:
    clone = origin.clone(tmp_path / "clone", "--filter=tree:0")
    environ = _push(origin)
    origin.root.rename(tmp_path / "gone")
    comparison = compare_folder(clone.root, environ=environ)
    assert comparison.changes is None
    assert find_affected(comparison).affected.selection == "all"


def test_a_sparse_partial_clone_reads_files_outside_its_checkout(origin: Repo, tmp_path: Path) -> None:
    clone = origin.clone(tmp_path / "clone", "--filter=blob:none", "--sparse")
    clone.git("sparse-checkout", "set", "plugins/a")
    assert not clone.path("plugins/b").exists()
    recording = RecordingRunner()
    selected = find_affected(compare_folder(clone.root, "HEAD", runner=recording))
    assert set(selected.workspace.plugins) == set(PLUGINS)
    assert selected.affected.plugins == ()
    assert recording.verbs().count("fetch") <= 2


def test_a_linked_working_tree_has_its_own_files_and_head(origin: Repo, tmp_path: Path) -> None:
    origin.git("worktree", "add", "-q", "-b", "feature", str(tmp_path / "linked"))
    linked = Repo(tmp_path / "linked")
    linked.write("plugins/c/x.py", "c = 2\n")
    assert set(changes(compare_folder(linked.root))) == {"plugins/c/x.py"}
    assert set(changes(compare_folder(linked.root / "plugins"))) == {"plugins/c/x.py"}
    assert changes(compare_folder(origin.root, "HEAD")) == {}


def test_a_linked_work_tree_of_a_bare_repository_has_files(origin: Repo, tmp_path: Path) -> None:
    bare = origin.clone(tmp_path / "bare", "--bare")
    bare.git("worktree", "add", "-q", str(tmp_path / "linked"), "main")
    (tmp_path / "linked/new").write_text("x")
    assert set(changes(compare_folder(tmp_path / "linked", "HEAD"))) == {"new"}


def test_a_bare_repository_compares_commits(origin: Repo, tmp_path: Path) -> None:
    bare = origin.clone(tmp_path / "bare", "--bare")
    for folder in (bare.root, bare.root / "refs"):
        comparison = compare_folder(folder, head="main")
        assert changes(comparison) == changes(compare_folder(origin.root, head="main"))
        assert _names(comparison) == _names(compare_folder(origin.root, head="main"))


def test_a_shallow_clone_is_an_error_with_a_command_that_helps(origin: Repo, tmp_path: Path) -> None:
    clone = origin.clone(tmp_path / "clone", "--depth=1")
    with pytest.raises(GitError, match="shallow clone") as caught:
        compare_folder(clone.root)
    assert "git fetch --unshallow" in (caught.value.hint or "")
    with pytest.raises(GitError, match=r"HEAD\^ is not a commit") as caught:
        compare_folder(clone.root, "HEAD^")
    assert "git fetch --unshallow" in (caught.value.hint or "")


def test_a_merge_base_around_a_cut_in_a_shallow_history_is_not_trusted(tmp_path: Path) -> None:
    """Head has merged ``main`` at x=new, and set it back; a shallow clone sees only the older way to ``main``."""
    origin = Repo.of(tmp_path / "origin", {"x.txt": "old\n"})
    origin.switch("side", "main")
    origin.commit({"side.txt": "1"})
    origin.switch("main")
    true_base = origin.commit({"x.txt": "new\n"})
    origin.switch("feature", "main")
    origin.commit({"x.txt": "old\n"})
    origin.merge("side")
    assert set(changes(compare_folder(origin.root, "main"))) == {"side.txt", "x.txt"}
    clone = origin.clone(tmp_path / "clone", "-b", "feature", "--no-single-branch")
    cut = clone.rev("feature^")
    clone.write(".git/shallow", f"{cut}\n")  # what a server sends depends on its version; the cut is the point
    assert clone.git("merge-base", "origin/main", "feature") != true_base
    with pytest.raises(GitError, match="does not have the full history") as caught:
        compare_folder(clone.root, "origin/main")
    assert "--unshallow" in (caught.value.hint or "")


def test_a_repository_with_longer_object_ids_gives_the_same_result(tmp_path: Path) -> None:
    repo = Repo.init(tmp_path / "repo", object_format="sha256")
    repo.commit({"pyproject.toml": CONFIGURATION, "plugins/a/pyproject.toml": _project("a", 1)})
    repo.commit({"plugins/a/pyproject.toml": _project("a", 2)})
    comparison = compare_folder(repo.root, head="HEAD")
    assert len(comparison.range.base or "") == 64
    assert _names(comparison) == ["a"]
    zero = {"ref": "refs/heads/main", "before": "0" * 64, "after": repo.head}
    assert "created" in (compare_folder(repo.root, environ=event(tmp_path, "push", zero)).range.unknown or "")


def test_a_repository_with_borrowed_objects_gives_the_same_result(origin: Repo, tmp_path: Path) -> None:
    clone = Repo(tmp_path / "clone")
    origin.git("clone", "-q", "--shared", str(origin.root), str(clone.root))
    assert clone.git("count-objects").startswith("0 ")
    assert changes(compare_folder(clone.root, environ=_push(origin))) == changes(
        compare_folder(origin.root, environ=_push(origin))
    )


@pytest.mark.parametrize("name", ["a b", "new\nline", "two\n\nlines\n", os.fsdecode(b"caf\xe9"), '"quoted"', "-C"])
@pytest.mark.parametrize("bare", [False, True])
def test_a_repository_may_be_in_a_folder_of_any_name(origin: Repo, tmp_path: Path, name: str, bare: bool) -> None:
    origin.root.rename(tmp_path / name)
    repo = Repo(tmp_path / name)
    if bare:
        repo = Repo(repo.root / ".git")
        repo.git("config", "core.bare", "true")
    comparison = compare_folder(repo.root, head="main")
    assert _names(comparison) == ["a", "b"]
    assert comparison.repository is not None
    assert comparison.repository.root == str(repo.root)
    assert comparison.repository.bare is bare
    if not bare:
        assert comparison.repository.folder == str(repo.root / ".git")
        (repo.root / "new").write_text("x")
        assert set(changes(compare_folder(repo.root / "plugins", "HEAD"))) == {"new"}


def test_a_comparison_starts_few_processes(origin: Repo) -> None:
    """A count is not a time, but each program costs one."""
    origin.switch("feature", "main")
    origin.commit({"plugins/c/x.py": "c = 2\n"})
    recording = RecordingRunner()
    compare_folder(origin.root, runner=recording)
    one_each = {"rev-parse", "ls-files", "cat-file", "merge-base", "diff"}
    assert sorted(recording.verbs()) == sorted([*one_each, "ls-files", "symbolic-ref", "symbolic-ref"])
    recording = RecordingRunner()
    compare_folder(origin.root, environ=_push(origin), runner=recording)
    assert sorted(recording.verbs()) == ["cat-file", "diff-tree", "ls-tree", "rev-parse"]


def test_the_default_branch_needs_no_second_lookup(origin: Repo) -> None:
    recording = RecordingRunner()
    assert compare_folder(origin.root, runner=recording).range.base == origin.rev("HEAD^")
    assert recording.verbs().count("cat-file") == 1


def test_references_are_looked_up_while_git_looks_for_the_repository(origin: Repo) -> None:
    order: list[str] = []

    class OrderRunner(SpawnRunner):
        def start(self, command: Command) -> Running:
            verbs = {"rev-parse", "symbolic-ref", "cat-file", "ls-files", "diff"}
            verb = next(word for word in command.argv if word in verbs)
            order.append(f"start {verb}")
            running = super().start(command)

            class Waiting:
                def wait(self) -> Finished:
                    order.append(f"wait {verb}")
                    return running.wait()

            return Waiting()

    compare_folder(origin.root, runner=OrderRunner())
    first_wait = order.index("wait rev-parse")
    assert sorted(order[:first_wait]) == sorted(
        ["start rev-parse", "start symbolic-ref", "start symbolic-ref", "start cat-file"]
    )


def test_a_prefetched_lookup_is_repeated_if_git_distrusts_the_repository(origin: Repo) -> None:
    git = Git(str(origin.root), SpawnRunner(), {"PATH": os.environ["PATH"], "HOME": str(origin.root)})
    prefetch_references(git, ["HEAD"], ["HEAD"])
    git.trust_as_the_user_does()
    recording = RecordingRunner()
    git.runner = recording
    start_references(git, ["HEAD"], ["HEAD"])
    assert recording.verbs() == ["symbolic-ref", "cat-file"]
