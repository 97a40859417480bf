"""A session's copy of the repository: its content, and its isolation from the original."""

from __future__ import annotations

import os
from pathlib import Path

from commonhold.ci.checkout import needed_paths, private_copy
from commonhold.ci.monorepo import open_monorepo
from commonhold.projects.names import Name
from tests.ci.sample_repo import CONFIG, SampleRepo, plugin
from tests.support.repositories import Repo

FILES = {
    **plugin("official/alpha"),
    **plugin("official/beta", ["alpha"]),
    **plugin("community/guest"),
    "shared/data.txt": "data\n",
    ".gitignore": "ignored\n",
}


def listing(folder: str) -> set[str]:
    found = {
        os.path.relpath(os.path.join(place, name), folder) for place, _, names in os.walk(folder) for name in names
    }
    return {path for path in found if not path.startswith(".git/")}


def test_a_copy_contains_the_listed_files_as_they_are_on_disk(tmp_path: Path) -> None:
    sample = SampleRepo.build(tmp_path, FILES)
    sample.repo.write("official/alpha/alpha.py", "edited = True\n")
    sample.repo.write("official/alpha/new.py", "new = True\n", executable=True)
    sample.repo.write("official/alpha/ignored", "")
    sample.repo.link("link", "shared/data.txt")
    sample.repo.remove("official/beta/beta.py")
    opened = open_monorepo(str(sample.repo.root))
    paths = frozenset(opened.tree.entries)
    with private_copy(opened.root, paths, opened.tree, opened.repository) as root:
        assert listing(root) == (set(FILES) | {"pyproject.toml", "noxfile.py", "constraints.txt", "link"}) - {
            "official/beta/beta.py"
        } | {"official/alpha/new.py"}
        with open(f"{root}/official/alpha/alpha.py") as file:
            assert file.read() == "edited = True\n"
        assert os.access(f"{root}/official/alpha/new.py", os.X_OK)
        assert os.readlink(f"{root}/link") == "shared/data.txt"
    assert not os.path.exists(root)


def test_a_copy_contains_required_plugins_and_all_other_files(tmp_path: Path) -> None:
    opened = open_monorepo(str(SampleRepo.build(tmp_path, FILES).repo.root))
    plugins = opened.workspace.plugins
    paths = needed_paths(plugins[Name("beta")], opened.workspace, opened.tree)
    assert {path.split("/")[1] for path in paths if path.startswith(("official/", "community/"))} == {"alpha", "beta"}
    assert "shared/data.txt" in paths
    assert "community/guest/guest.py" not in paths


def test_a_copy_contains_a_plugin_that_a_link_points_to(tmp_path: Path) -> None:
    sample = SampleRepo.build(tmp_path, FILES)
    sample.repo.link("official/beta/borrowed.py", "../../community/guest/guest.py")
    opened = open_monorepo(str(sample.repo.root))
    paths = needed_paths(opened.workspace.plugins[Name("beta")], opened.workspace, opened.tree)
    assert "community/guest/guest.py" in paths


def test_a_copy_contains_the_plugins_from_which_the_core_reads(tmp_path: Path) -> None:
    included = '[tool.hatch.build.force-include]\n"../community/guest/guest.py" = "guest.py"\n'
    core = f'[project]\nname = "framework"\nversion = "1"\nreadme = "../official/beta/README.md"\n{included}'
    config = CONFIG.replace('distribution = "framework"', 'path = ["framework/**"]')
    sample = SampleRepo.build(tmp_path, {**FILES, "framework/pyproject.toml": core}, config)
    opened = open_monorepo(str(sample.repo.root))
    paths = needed_paths(opened.workspace.plugins[Name("alpha")], opened.workspace, opened.tree)
    assert {"community/guest/guest.py", "official/beta/beta.py"} <= paths


def test_a_copy_for_a_plugin_with_unknown_requirements_contains_everything(tmp_path: Path) -> None:
    sample = SampleRepo.build(tmp_path, FILES)
    sample.repo.remove("official/alpha/pyproject.toml")
    sample.repo.write(
        "official/alpha/setup.py", "import secrets\nfrom setuptools import setup\nsetup(**secrets.get())\n"
    )
    opened = open_monorepo(str(sample.repo.root))
    alpha = next(one for one in opened.workspace.plugins.values() if one.path == "official/alpha")
    assert needed_paths(alpha, opened.workspace, opened.tree) == frozenset(opened.tree.entries)


def test_it_has_the_history_and_nothing_done_to_it_reaches_the_repository(tmp_path: Path) -> None:
    sample = SampleRepo.build(tmp_path, FILES)
    sample.repo.git("tag", "v1.0")
    opened = open_monorepo(str(sample.repo.root))
    before = sample.repo.git("for-each-ref"), sample.repo.git("status", "--porcelain")
    with private_copy(opened.root, frozenset(FILES), opened.tree, opened.repository) as root:
        assert Repo(Path(root)).git("describe", "--tags") == "v1.0"
        Repo(Path(root)).git("tag", "-d", "v1.0")
        Repo(Path(root)).commit()
    assert (sample.repo.git("for-each-ref"), sample.repo.git("status", "--porcelain")) == before


def test_it_is_made_from_a_shallow_clone_and_from_a_linked_work_tree(tmp_path: Path) -> None:
    sample = SampleRepo.build(tmp_path, FILES)
    sample.repo.commit()
    shallow = sample.repo.clone(tmp_path / "shallow", "--depth=1")
    sample.repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    for folder in (shallow.root, tmp_path / "linked"):
        opened = open_monorepo(str(folder))
        with private_copy(opened.root, frozenset(FILES), opened.tree, opened.repository) as root:
            assert os.path.isdir(f"{root}/.git")
            assert listing(root) == set(FILES)


def test_a_file_that_went_away_meanwhile_is_left_out(tmp_path: Path) -> None:
    sample = SampleRepo.build(tmp_path, FILES)
    opened = open_monorepo(str(sample.repo.root))
    paths = frozenset(opened.tree.entries)
    sample.repo.remove("shared/data.txt")
    with private_copy(opened.root, paths, opened.tree, None) as root:
        assert not os.path.exists(f"{root}/shared/data.txt")
