"""The generated monorepo is the one that the benchmark page states."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks import peer_config
from benchmarks.generate import Monorepo, generate, main, shape
from benchmarks.repository import git

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from pathlib import Path

SIZES = (20, 50, 130, 630)


def test_the_same_options_give_the_same_commit_ids_everywhere(tmp_path: Path) -> None:
    commits = generate(tmp_path / "a", Monorepo(shape(10)))
    assert commits == generate(tmp_path / "b", Monorepo(shape(10)))
    assert commits[-1] == "d59a48ee17197a00bbf65ff6e8b66bbb09bc88d2"


def test_users_settings_do_not_reach_the_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = generate(tmp_path / "a", Monorepo(shape(10)))
    (tmp_path / ".gitconfig").write_text("[core]\n\tautocrlf = true\n[commit]\n\tgpgSign = true\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "somebody")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert generate(tmp_path / "b", Monorepo(shape(10))) == expected


def test_the_repository_is_sound_and_clean(tmp_path: Path) -> None:
    generate(tmp_path, Monorepo(shape(10)))
    assert git(tmp_path, "fsck", "--strict") == ""
    assert git(tmp_path, "status", "--porcelain") == ""


def test_the_last_commit_edits_one_module_of_the_plugin_that_was_named(tmp_path: Path) -> None:
    generate(tmp_path, Monorepo(shape(10)), last="hub0")
    changed = git(tmp_path, "diff", "--name-only", "HEAD~1", "HEAD")
    assert changed == "plugins/official/acme-hub0/acmeplugins/hub0/client.py"


@pytest.mark.parametrize("size", SIZES)
def test_each_plugin_needs_only_plugins_of_lower_layers(size: int) -> None:
    layers = {"hub": 0, "middle": 1, "leaf": 2}
    plugins = shape(size)
    layer = {plugin.name: layers[plugin.name.rstrip("0123456789")] for plugin in plugins}
    assert len(layer) == size
    assert all(layer[need] < layer[plugin.name] for plugin in plugins for need in plugin.needs)


@pytest.mark.parametrize("size", SIZES)
def test_the_layers_have_the_stated_widths_and_edges(size: int) -> None:
    plugins = shape(size)
    hubs, middles, leaves = (
        [plugin for plugin in plugins if plugin.name.startswith(layer)] for layer in ("hub", "middle", "leaf")
    )
    assert (len(hubs), len(middles)) == (max(1, size // 50), size // 10)
    assert {len(plugin.needs) for plugin in middles} == {1}
    needy = [leaf for leaf in leaves if leaf.needs]
    assert abs(len(needy) - len(leaves) * 3 / 5) < 2
    assert abs(sum(len(leaf.needs) == 2 for leaf in needy) - len(needy) / 2) < 1


@pytest.mark.parametrize("size", SIZES)
def test_an_edit_of_the_first_middle_affects_seven_plugins_at_every_size(size: int) -> None:
    assert len(Monorepo(shape(size)).dependents("middle0")) == 7


@pytest.mark.parametrize("backend", ["setuptools", "hatchling"])
def test_a_project_file_names_what_the_plugin_needs(backend: str) -> None:
    monorepo = Monorepo(shape(20), core="roof", backend=backend)
    files = monorepo.files()
    for plugin in monorepo.plugins:
        project = tomllib.loads(files[f"{monorepo.path(plugin)}/pyproject.toml"])
        needs = {monorepo.distribution(monorepo.plugin(name)) for name in plugin.needs}
        required = {text.partition(">=")[0] for text in project["project"]["dependencies"]}
        assert required == needs | {"roof", "requests", "typing-extensions"}
        assert project["build-system"]["requires"][0].startswith(backend)


def test_what_a_plugin_needs_it_also_imports() -> None:
    monorepo = Monorepo(shape(20))
    for plugin in monorepo.plugins:
        text = "".join(monorepo.plugin_files(plugin).values())
        imported = {
            other.name
            for other in monorepo.plugins
            if f"from {monorepo.package(other)}.client import Client as" in text
        }
        assert imported == set(plugin.needs)


def test_every_generated_module_is_python() -> None:
    for path, text in Monorepo(shape(10)).files().items():
        if path.endswith(".py"):
            compile(text, path, "exec")


def test_a_plugin_is_eleven_files_of_which_eight_are_python() -> None:
    monorepo = Monorepo(shape(10))
    files = monorepo.plugin_files(monorepo.plugins[0])
    assert len(files) == 11
    assert sum(path.endswith(".py") for path in files) == 8


def test_the_copy_for_a_peer_has_the_same_change(tmp_path: Path) -> None:
    monorepo = Monorepo(shape(10))
    extra = peer_config.turbo(peer_config.projects_of(monorepo))
    generate(tmp_path / "plain", monorepo)
    generate(tmp_path / "turbo", monorepo, adapt=lambda files: files | extra)
    changes = [git(tmp_path / name, "diff", "HEAD~1", "HEAD") for name in ("plain", "turbo")]
    assert changes[0] == changes[1]


def test_bricks_hold_every_shipped_module_once() -> None:
    monorepo = Monorepo(shape(10))
    moved = peer_config.polylith(monorepo, monorepo.files())
    bricks = [path for path in moved if path.startswith("components/acmeplugins/")]
    assert len(bricks) == 10 * 6
    assert not any("contrib" in moved[path] for path in bricks)


def test_the_command_prints_the_commits_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), "--plugins", "10", "--backend", "hatchling", "--last", "leaf1"]) == 0
    assert capsys.readouterr().out.split() == git(tmp_path, "log", "--reverse", "--format=%H").split()


def test_an_unknown_plugin_is_refused_with_the_names_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main([str(tmp_path / "never"), "--last", "spark"])
    assert exit_.value.code == 2
    assert "there is no plugin 'spark'; the layers are hub0, middle0, leaf0 and up" in capsys.readouterr().err
    assert not (tmp_path / "never").exists()
