"""Test the plan of a release against a real index."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.version import Version

from commonhold.cli.__main__ import main
from commonhold.errors import ConfigurationError, UsageError
from commonhold.index.client import IndexClient
from commonhold.index.page import IndexFile
from commonhold.index.projects import IndexProject
from commonhold.release.model.store import open_store
from commonhold.release.plan.next_release import choose_upcoming, find_upcoming
from commonhold.release.plan.planner import Indexes, PlanRequest, PlanStoppedError, plan_release
from commonhold.workspace import Files, read_config, read_workspace
from tests.release.indexes import free_port, pypiserver
from tests.support.comparisons import opened
from tests.support.monorepos import Monorepo, project

CONFIG = """\
[tool.commonhold]
core = { distribution = "framework" }
python = ["3.10", "3.11", "3.12"]
"""
TIERS = {
    "official": '[tool.commonhold.tiers.official]\npath = ["official/*"]\n',
    "community": '[tool.commonhold.tiers.community]\npath = ["community/*"]\non-release-failure = "hold-back"\n',
}


class Index:
    """A running index, filled with empty files."""

    def __init__(self, server, folder, kind=IndexClient):
        self.server = server
        self.folder = folder
        self.kind = kind

    def have(self, *names):
        for name in names:
            project, version = name.rsplit(" ", 1)
            (self.folder / f"{project.replace('-', '_')}-{version}-py3-none-any.whl").touch()

    @property
    def indexes(self):
        return Indexes(self.kind(self.server.address))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("index")
    with pypiserver(folder) as running:
        yield Index(running, folder / "packages")


@pytest.fixture
def index(server):
    for file in server.folder.iterdir():
        file.unlink()
    server.have("framework 1.16.0", "framework 1.17.0")
    return server


def plugin(path, needs=("framework",), **said):
    return {f"{path}/pyproject.toml": project(Path(path).name, needs, **said)}


@pytest.fixture
def sample(tmp_path):
    def make(*parts, config=CONFIG):
        files = {path: content for part in parts for path, content in part.items()}
        tiers = (text for tier, text in TIERS.items() if any(path.startswith(tier) for path in files))
        return Monorepo.of(tmp_path / "repo", files, config="#\n" + config + "".join(tiers))

    return make


def planning(monorepo, index, version="1.17.0", core_from=None, **said):
    repository = opened(monorepo.repo.root)
    tree = Files.of(repository.tree(repository.resolve("HEAD")))
    request = PlanRequest(Version(version), repository.resolve("HEAD"), 1, index.server.base, **said)
    indexes = replace(index.indexes, core=core_from)
    return plan_release(read_workspace(tree, read_config(tree)), tree, request, indexes)


def fates(plan):
    return {each.name: each.held or each.version for each in plan.plugins}


def test_plugins_are_ordered_by_requirements_and_pinned_to_each_other(sample, index):
    monorepo = sample(
        plugin("official/zeta"),
        plugin("official/alpha", ["framework", "zeta>=1"]),
        plugin("community/tool", ["framework", "alpha[fast]"], extras={"more": ["beta"]}),
        plugin("community/beta", build=["zeta"]),
    )
    plan = planning(monorepo, index).check()
    assert [each.name for each in plan.plugins] == ["zeta", "alpha", "beta", "tool"]
    assert {each.version for each in plan.plugins} == {"1.17.0"}
    tool = plan.plugin("tool")
    assert (tool.needs, tool.builds_with) == (("alpha",), ())
    assert tool.pins == {"alpha": "~=1.17.0", "beta": "~=1.17.0"}
    assert plan.plugin("beta").builds_with == ("zeta",)
    assert plan.plugin("alpha").pins == {"zeta": "~=1.17.0"}
    assert all(each.new and each.pythons == ("3.10", "3.12") for each in plan.plugins)
    assert [each.stops for each in plan.plugins] == [True, True, False, False]
    assert (plan.commit, plan.core, plan.index) == (monorepo.repo.head, "framework", index.server.base)


def test_requirements_of_a_requested_extra_are_followed(sample, index):
    monorepo = sample(
        plugin("official/base", extras={"fast": ["deep"], "slow": ["other"]}),
        plugin("official/deep"),
        plugin("official/other"),
        plugin("official/top", ["base[fast]"]),
    )
    plan = planning(monorepo, index).check()
    assert plan.plugin("top").needs == ("base", "deep")
    assert plan.plugin("base").needs == ()


@pytest.mark.parametrize(
    ("policy", "pins"), [("==", {"base": "==1.17.0"}), ("~=", {"base": "~=1.17.0"}), ("as-written", {})]
)
def test_pins_follow_the_configured_policy(sample, index, policy, pins):
    config = CONFIG + f'[tool.commonhold.release]\npins = "{policy}"\n'
    monorepo = sample(plugin("official/base"), plugin("official/top", ["base>=1"]), config=config)
    assert planning(monorepo, index).check().plugin("top").pins == pins


def test_plugins_of_a_cycle_are_next_to_each_other(sample, index):
    monorepo = sample(plugin("official/a", ["b"]), plugin("official/b", ["a"]), plugin("official/ab", ["a"]))
    assert [each.name for each in planning(monorepo, index).check().plugins] == ["a", "b", "ab"]


def test_a_plugin_that_excludes_the_core_is_held_back_with_its_dependents_only(sample, index):
    index.have("old 1.16.0")
    monorepo = sample(
        plugin("community/old", ["framework>=1,<1.17"]),
        plugin("community/user", ["old"]),
        plugin("community/maybe", [], extras={"x": ["old"]}),
        plugin("community/some", ['framework<1.17; python_version < "3"', 'framework; python_version >= "3"']),
    )
    plan = planning(monorepo, index).check()
    assert fates(plan) == {
        "old": "its requirement 'framework<1.17,>=1' excludes framework 1.17.0",
        "user": "it needs old, which is held back, and no published version satisfies it",
        "maybe": "1.17.0",
        "some": "1.17.0",
    }
    assert not plan.plugin("old").new


def test_a_dependent_that_a_published_version_satisfies_is_not_held_back(sample, index):
    index.have("old 1.16.0")
    config = CONFIG + '[tool.commonhold.release]\npins = "as-written"\n'
    monorepo = sample(
        plugin("community/old", ["framework<1.17"]),
        plugin("community/user", ["old>=1.16"]),
        plugin("community/newer", ["old>1.16"]),
        config=config,
    )
    assert [each.name for each in planning(monorepo, index).check().released] == ["user"]


def test_an_unpinned_requirement_must_admit_the_released_version(sample, index):
    index.have("base 1.18.1")
    config = CONFIG + '[tool.commonhold.release]\npins = "as-written"\n'
    monorepo = sample(
        plugin("community/base"),
        plugin("community/early", ["base<1.17"]),
        plugin("community/ahead", ["base>=1.18"]),
        plugin("community/apart", ['base<1; python_version < "3"', 'base>=1; python_version >= "3"']),
        config=config,
    )
    plan = planning(monorepo, index).check()
    assert [each.name for each in plan.released] == ["base", "ahead", "apart"]
    told = "its requirement on base excludes 1.17.0, and no published version satisfies it"
    assert plan.plugin("early").held == told


def test_the_range_of_the_core_is_read_from_setup_py_and_poetry(sample, index):
    setup = "from setuptools import setup\nREQUIRES = ['framework>=1,<1.17']\nsetup(name='legacy', install_requires=REQUIRES)\n"
    poetry = '[tool.poetry]\nname = "poem"\nversion = "0"\n[tool.poetry.dependencies]\nframework = "^0.9"\n'
    monorepo = sample({"community/legacy/setup.py": setup, "community/poem/pyproject.toml": poetry})
    assert planning(monorepo, index).check().released == ()


def test_a_requirement_whose_version_cannot_be_read_is_reported(sample, index):
    setup = "import v\nfrom setuptools import setup\nsetup(name='legacy', install_requires=[f'framework=={v.core}'])\n"
    found = planning(sample({"community/legacy/setup.py": setup}), index)
    assert found.warnings == ("legacy: the version of its requirement on framework is known only after its build",)
    assert [each.name for each in found.check().released] == ["legacy"]


def test_a_private_plugin_is_held_back_without_stopping_the_release(sample, index):
    config = CONFIG + "[tool.commonhold.plugins.secret]\nrelease = false\n"
    private = 'classifiers = ["Private :: Do Not Upload"]'
    monorepo = sample(
        plugin("official/secret"), plugin("official/inner", more=private), plugin("official/open"), config=config
    )
    assert fates(planning(monorepo, index).check()) == {
        "secret": "release = false in the configuration",
        "inner": "its classifier 'Private :: Do Not Upload' forbids any upload",
        "open": "1.17.0",
    }


def test_an_official_plugin_that_cannot_be_released_stops_the_release(sample, index):
    monorepo = sample(plugin("official/old", ["framework<1"]), plugin("official/user", ["old"]))
    found = planning(monorepo, index)
    assert [sentence.partition(":")[0] for sentence in found.stopping] == ["old", "user"]
    with pytest.raises(
        PlanStoppedError, match=r"old: its requirement 'framework<1' excludes framework 1.17.0"
    ) as caught:
        found.check()
    assert caught.value.exit_code == 1


def test_an_official_plugin_must_not_require_a_community_plugin(sample, index):
    monorepo = sample(plugin("official/a", ["c"]), plugin("community/c"), plugin("official/b", [], extras={"x": ["c"]}))
    with pytest.raises(ConfigurationError) as caught:
        planning(monorepo, index)
    assert caught.value.message.splitlines()[1:] == ["  a (official) needs c (community)"]


def test_the_build_of_an_official_plugin_must_not_require_a_community_plugin(sample, index):
    monorepo = sample(plugin("official/a", build=["c"]), plugin("community/c"), plugin("community/d", build=["c"]))
    with pytest.raises(ConfigurationError, match=r"require plugins whose failure does not:\n  a \(official\) needs c"):
        planning(monorepo, index)


def test_two_plugins_with_one_name_are_an_error(sample, index):
    monorepo = sample(plugin("official/a"), {"community/b/pyproject.toml": project("A")})
    with pytest.raises(ConfigurationError, match="are both named a"):
        planning(monorepo, index)


def test_the_core_must_be_on_the_index(sample, index):
    with pytest.raises(UsageError) as caught:
        planning(sample(plugin("official/a")), index, "1.18.0")
    assert caught.value.message == "the index has no framework 1.18.0"
    assert "the newest is 1.17.0" in (caught.value.hint or "")


def test_a_core_in_the_repository_is_first_and_its_range_is_not_pinned(sample, index):
    config = CONFIG.replace('{ distribution = "framework" }', '{ path = ["core/**"] }')
    monorepo = sample(
        {"core/pyproject.toml": project("framework")},
        plugin("official/a", ["framework>=1"]),
        plugin("community/b", ["framework<1"]),
        plugin("community/aaa", []),
        config=config,
    )
    plan = planning(monorepo, index, "1.18.0").check()
    assert [each.name for each in plan.plugins] == ["framework", "aaa", "a", "b"]
    core = plan.plugins[0]
    assert (core.path, core.tier, core.version, core.stops, core.new) == ("core", "core", "1.18.0", True, False)
    assert (plan.plugin("a").needs, plan.plugin("a").pins) == (("framework",), {})
    assert plan.plugin("b").held == "its requirement 'framework<1' excludes framework 1.18.0"
    there = planning(monorepo, index, "1.17.0").check()
    assert "framework" not in fates(there)
    assert there.plugin("a").needs == ()


def test_a_core_that_was_released_elsewhere_is_not_released_again(sample, index):
    config = CONFIG.replace('{ distribution = "framework" }', '{ path = ["core/**"] }')
    monorepo = sample({"core/pyproject.toml": project("framework")}, plugin("official/a"), config=config)
    there = IndexClient(index.server.address)
    assert fates(planning(monorepo, index, core_from=there).check()) == {"a": "1.17.0"}
    with pytest.raises(UsageError, match=r"the index has no framework 1\.18\.0"):
        planning(monorepo, index, "1.18.0", core_from=there)


IN_TREE = CONFIG.replace('{ distribution = "framework" }', '{ path = ["core/**"] }')


def test_a_core_in_the_repository_comes_after_the_plugins_that_it_requires(sample, index):
    monorepo = sample(
        {"core/pyproject.toml": project("framework", ["base>=1"])}, plugin("official/base", []), config=IN_TREE
    )
    plan = planning(monorepo, index, "1.18.0").check()
    assert [each.name for each in plan.plugins] == ["base", "framework"]
    assert (plan.plugin("framework").needs, plan.plugin("framework").pins) == (("base",), {"base": "~=1.18.0"})
    monorepo.commit({"official/base/pyproject.toml": project("base", ["framework>=2"])})
    assert [each.name for each in planning(monorepo, index, "1.18.0").plan.released] == []


def test_a_core_in_the_repository_cannot_be_a_hotfix(sample, index):
    monorepo = sample({"core/pyproject.toml": project("framework")}, plugin("official/a", []), config=IN_TREE)
    for version in ("1.17.0", "1.18.0"):
        with pytest.raises(UsageError, match="framework is the core, not a plugin"):
            planning(monorepo, index, version, only=("framework",))


def test_all_unconditional_requirements_on_the_core_apply(sample, index):
    monorepo = sample(plugin("community/both", ["framework>=1", "framework<1.17"]))
    told = "its requirement 'framework<1.17' excludes framework 1.17.0"
    assert fates(planning(monorepo, index).check()) == {"both": told}


def test_a_released_version_is_not_released_again(sample, index):
    monorepo = sample(plugin("official/a"), plugin("official/b"))
    index.have("a 1.17.0")
    with pytest.raises(UsageError, match=r"partly released: 1 of 2 plugins are on the index, such as a"):
        planning(monorepo, index)
    assert len(planning(monorepo, index, finish=True).check().released) == 2
    index.have("b 1.17.0")
    for finish in (False, True):
        with pytest.raises(UsageError, match=r"1\.17\.0 is already released"):
            planning(monorepo, index, finish=finish)


def test_an_old_series_continues_with_higher_versions_only(sample, index):
    monorepo = sample(plugin("official/a"))
    index.have("framework 1.14.9", "framework 1.14.7", "a 1.16.1", "a 1.14.8")
    assert planning(monorepo, index, "1.14.9").check().released
    with pytest.raises(UsageError, match=r"1.14.7 is lower than 1.14.8, the highest version of a in its series"):
        planning(monorepo, index, "1.14.7")


def test_plugins_with_their_own_versions_are_released_if_these_are_new(sample, index):
    config = CONFIG + "".join(
        f'[tool.commonhold.plugins.{name}]\nversion = "{how}"\n'
        for name, how in (("own", "own"), ("out", "own"), ("line", "series"), ("off", "series"), ("back", "own"))
    )
    stated = {
        f"community/{name}/pyproject.toml": project(name).replace('version = "1"', f'version = "{version}"')
        for name, version in (("own", "0.3"), ("out", "0.2"), ("line", "1.17.5"), ("off", "1.16.9"), ("back", "2.1.0"))
    }
    monorepo = sample(stated, plugin("community/user", ["own", "out", "line"]), config=config)
    index.have("out 0.2", "back 2.1.3")
    plan = planning(monorepo, index).check()
    assert fates(plan) == {
        "own": "0.3",
        "out": "its version 0.2 is already on the index",
        "line": "1.17.5",
        "off": "its version 1.16.9 is not in the series of 1.17.0",
        "back": "its version 2.1.0 is lower than 2.1.3, the highest of its series on the index",
        "user": "1.17.0",
    }
    assert plan.plugin("user").pins == {"line": "~=1.17.5"}  # the others have their own versions


def test_requirements_on_plugins_with_their_own_versions_are_pinned_if_the_configuration_sets_pins(sample, index):
    config = CONFIG + '[tool.commonhold.plugins.own]\nversion = "own"\n[tool.commonhold.release]\npins = "~="\n'
    monorepo = sample(plugin("official/own"), plugin("official/user", ["own>=0.5"]), config=config)
    assert planning(monorepo, index).check().plugin("user").pins == {"own": "~=1.0.0"}


def test_a_new_version_that_requirements_of_released_plugins_exclude_is_a_warning(sample, index):
    config = CONFIG + "".join(
        f'[tool.commonhold.plugins.{name}]\nversion = "own"\n' for name in ("base", "x", "y", "z")
    )
    breaking = {"official/base/pyproject.toml": project("base").replace('version = "1"', 'version = "2"')}
    users = [plugin(f"official/{name}", [f"base>=1{limit}"]) for name, limit in (("x", ",<2"), ("y", ",<2"), ("z", ""))]
    index.have("base 1", "x 1", "y 1", "z 1")
    found = planning(sample(breaking, *users, config=config), index)
    assert [each.name for each in found.check().released] == ["base"]
    assert found.warnings == ("base 2 is excluded by the requirements of x, y; their users keep an older version",)


@pytest.mark.parametrize("command", [["plan"], ["run", "--yes"], ["run", "--dry-run"], ["plan", "--json"]])
def test_nothing_is_planned_if_no_plugin_has_a_new_version(sample, index, capsys, command):
    config = CONFIG + "".join(f'[tool.commonhold.plugins.{name}]\nversion = "own"\n' for name in "ab")
    config += "[tool.commonhold.plugins.c]\nrelease = false\n"
    monorepo = sample(plugin("official/a"), plugin("official/b", ["a"]), plugin("official/c"), config=config)
    index.have("a 1", "b 1")
    name, *words = command
    code = main(["-C", str(monorepo.repo.root), "release", name, "1.17.0", "--to", index.server.base, *words])
    out, err = capsys.readouterr()
    assert (code, out) == (0, "")
    assert "a: its version 1 is already on the index\n" in err
    assert err.endswith("nothing is new, so no release was planned\n")
    assert not monorepo.repo.path(".commonhold").exists()
    index.have("a 0.9")
    monorepo.commit({"official/a/pyproject.toml": project("a").replace('version = "1"', 'version = "1.1"')})
    assert [each.name for each in planning(monorepo, index).check().released] == ["a"]


def test_a_yanked_version_that_would_satisfy_a_requirement_is_reported_with_the_fix(sample):
    files = {"old": [("1.16.0", True), ("1.15.0", False)], "framework": [("1.17.0", False)]}

    class Yanked(IndexClient):
        def __init__(self):
            pass

        def files(self, name):
            found = files.get(name, ())
            return tuple(IndexFile(f"{name}-{each}.tar.gz", each, None, yanked) for each, yanked in found) or None

    monorepo = sample(
        plugin("community/old", ["framework<1.17"]),
        plugin("community/user", ["old>=1.16"]),
        config=CONFIG + '[tool.commonhold.release]\npins = "as-written"\n',
    )
    repository = opened(monorepo.repo.root)
    tree = Files.of(repository.tree(repository.resolve("HEAD")))
    request = PlanRequest(Version("1.17.0"), repository.resolve("HEAD"), 1, "testpypi")
    found = plan_release(read_workspace(tree, read_config(tree)), tree, request, Indexes(Yanked()))
    assert found.plan.plugin("user").held == (
        "it needs old, which is held back, and old 1.16.0, which satisfies it, was yanked; release a new version of "
        "old, or undo the yank on the index"
    )


def test_a_hotfix_is_a_post_release_and_includes_the_dependents_that_waited(sample, index):
    monorepo = sample(
        plugin("official/base"),
        plugin("official/fixed", ["base"]),
        plugin("official/waiting", ["fixed"]),
        plugin("official/out", ["fixed"]),
        plugin("official/behind", ["waiting"]),
        plugin("official/late"),
    )
    index.have("base 1.17.0", "fixed 1.17.0", "fixed 1.17.0.post1", "out 1.17.0")
    plan = planning(monorepo, index, only=("fixed",)).check()
    assert fates(plan) == {"fixed": "1.17.0.post2", "waiting": "1.17.0", "behind": "1.17.0"}
    assert plan.only == ("fixed",)
    assert (plan.plugin("fixed").needs, plan.plugin("fixed").pins) == ((), {"base": "~=1.17.0"})
    assert plan.plugin("waiting").pins == {"fixed": "~=1.17.0.post2"}
    assert fates(planning(monorepo, index, only=("late",)).check()) == {"late": "1.17.0"}


def test_a_hotfix_is_not_released_without_its_requirements(sample, index):
    monorepo = sample(plugin("community/base"), plugin("community/late", ["base"]))
    assert fates(planning(monorepo, index, only=("late",)).plan) == {
        "late": "it needs base, which is not released with it, and no published version satisfies it"
    }


def test_a_hotfix_never_lowers_a_version(sample, index):
    monorepo = sample(plugin("official/fixed"), plugin("official/ahead", ["fixed"]), plugin("official/late"))
    index.have("framework 1.17.1", "fixed 1.17.0", "ahead 1.17.1", "late 1.17.1")
    assert fates(planning(monorepo, index, only=("fixed",)).check()) == {"fixed": "1.17.0.post1"}
    index.have("fixed 1.17.1")
    for name, version in (("fixed", r"1\.17\.0\.post1"), ("late", r"1\.17\.0")):
        with pytest.raises(
            UsageError, match=rf"^{version} is lower than 1\.17\.1, the highest version of {name} in its series"
        ):
            planning(monorepo, index, only=(name,))


def test_finishing_a_hotfix_keeps_its_version(sample, index):
    monorepo = sample(plugin("official/a"), plugin("official/b"))
    index.have("a 1.17.0", "a 1.17.0.post1", "b 1.17.0")
    plan = planning(monorepo, index, only=("a", "b"), finish=True).check()
    assert fates(plan) == {"a": "1.17.0.post1", "b": "1.17.0"}


def test_a_development_release_has_no_hotfix(sample, index):
    index.have("framework 1.18.0.dev3", "a 1.18.0.dev3")
    with pytest.raises(UsageError, match=r"1\.18\.0\.dev3 is a development release, which cannot have a post-release"):
        planning(sample(plugin("official/a")), index, "1.18.0.dev3", only=("a",))


def test_a_hotfix_that_cannot_be_released_stops_the_plan(sample, index):
    monorepo = sample(plugin("community/a", ["framework<1.17"]))
    with pytest.raises(PlanStoppedError, match=r"a: its requirement 'framework<1.17' excludes framework 1\.17\.0"):
        planning(monorepo, index, only=("a",)).check()


def test_a_hotfix_of_an_unknown_plugin_is_an_error(sample, index):
    with pytest.raises(UsageError, match=r"no plugin is named alpa \(did you mean 'alpha'\?\)"):
        planning(sample(plugin("official/alpha")), index, only=("alpa",))


@pytest.mark.parametrize("name", [b"caf\xe9", b"two\nlines", b"\x1b[31m"])
def test_an_unprintable_folder_name_holds_back_its_plugin_only(sample, index, capsys, name):
    monorepo = sample(plugin("community/fine"), {f"community/{os.fsdecode(name)}/pyproject.toml": project("odd")})
    code, out, _ = run(capsys, monorepo, "1.17.0", "--to", index.server.base, "--json")
    assert (code, [each["name"] for each in json.loads(out)["plugins"] if not each["held"]]) == (0, ["fine"])
    held = open_store(str(monorepo.repo.path(".commonhold/release/1.17.0"))).plan.plugin("odd").held
    assert held.startswith("its folder community/")
    assert held.isprintable()


def test_a_plugin_without_a_supported_python_is_held_back(sample, index):
    monorepo = sample(plugin("community/future", more='requires-python = ">=4"'))
    assert fates(planning(monorepo, index).check())["future"].startswith(
        "it cannot be tested: future's requires-python"
    )


class Owned(IndexClient):
    """An index that lists the owners of its projects, as PyPI does."""

    def owners(self, name):
        return {"mine": frozenset({"ACME", "octocat"}), "theirs": frozenset({"hubot"})}.get(name)


@pytest.fixture
def owned(sample, index):
    def make(*parts):
        return sample(*parts, config=CONFIG + '[tool.commonhold.release]\nowners = ["acme"]\npins = "as-written"\n')

    return make, Index(index.server, index.folder, Owned)


def test_a_project_of_other_owners_is_held_back(owned):
    sample, index = owned
    index.have("mine 1.16.0", "theirs 1.16.0", "unknown 1.16.0")
    found = planning(sample(*map(plugin, ("community/mine", "community/theirs", "community/unknown"))), index)
    assert fates(found.check()) == {
        "mine": "1.17.0",
        "theirs": "its project on the index belongs to hubot instead of acme",
        "unknown": "1.17.0",
    }
    assert found.warnings == ("the index does not list the owners of 1 project, such as unknown",)


def test_files_of_other_owners_neither_stop_nor_satisfy_plugins(owned):
    sample, index = owned
    monorepo = sample(plugin("community/mine"), plugin("community/theirs"), plugin("community/user", ["theirs"]))
    for taken in ("theirs 1.17.0", "theirs 1.17.9"):
        index.have("mine 1.16.0", taken)
        plan = planning(monorepo, index).check()
        assert [each.name for each in plan.released] == ["mine"]
        assert plan.plugin("user").held == "it needs theirs, which is held back, and no published version satisfies it"
        repository = opened(monorepo.repo.root)
        tree = Files.of(repository.tree(repository.resolve("HEAD")))
        workspace = read_workspace(tree, read_config(tree))
        assert find_upcoming(workspace, tree, Version("1.16.0"), index.indexes) == Version("1.17.0")


def _project(*versions, yanked=()):
    known = frozenset(map(Version, versions))
    return IndexProject(True, known, known - frozenset(map(Version, yanked)))


@pytest.mark.parametrize(
    ("core", "plugin", "found"),
    [
        (["1.16.0", "1.17.0"], ["1.16.0"], "1.17.0"),
        (["1.16.0", "1.17.0"], ["1.16.0", "1.17.0"], None),
        (["1.15.9"], [], None),
        (["1.17.0", "1.17.1", "1.18.0rc1"], ["1.17.1"], None),
        (["1.17.0", "1.17.1"], ["1.17.0"], "1.17.1"),
        (["1.16.9", "1.17.0"], [], "1.17.0"),  # two at once: the newest first, and tomorrow
        (["1.16.9", "1.17.0"], ["1.17.0"], "1.16.9"),  # the other series
        (["1.17.0", "1.17.1"], ["1.17.1"], None),
        (["1.17.0", "1.17.0.post1", "1.18.0.dev1"], ["1.17.0"], "1.17.0.post1"),
        (["1.17.0", "1.17.0.post1"], ["1.17.0", "1.17.0.post2"], None),
    ],
)
def test_the_next_release_is_the_newest_core_release_without_plugins(core, plugin, found):
    upcoming = choose_upcoming(_project(*core), [_project(*plugin), _project()], Version("1.15.9"))
    assert (upcoming and str(upcoming)) == found


def test_a_yanked_release_of_the_core_is_ignored(sample, index):
    assert choose_upcoming(_project("1.17.0", yanked=["1.17.0"]), [], Version("1")) is None


def run(capsys, monorepo, *words):
    code = main(["-C", str(monorepo.repo.root), "release", "plan", *words])
    return (code, *capsys.readouterr())


def test_the_plan_is_stored_in_a_folder_named_after_the_version(sample, index, capsys):
    monorepo = sample(plugin("official/a"))
    words = ("v1.17", "--to", index.server.base)
    index.have("framework 1.17")
    code, out, err = run(capsys, monorepo, *words, "--json")
    assert (code, err.splitlines()[0].partition(" (")[0]) == (0, "planning 1.17 from HEAD")
    store = open_store(os.path.join(monorepo.repo.root, ".commonhold", "release", "1.17"))
    assert json.loads(out)["plugins"][0]["version"] == store.plan.version == "1.17"
    assert store.plan.epoch == int(monorepo.repo.git("show", "-s", "--format=%ct"))
    assert run(capsys, monorepo, *words)[0] == 0  # the very same plan
    assert monorepo.repo.git("status", "--porcelain") == ""


def test_a_second_plan_does_not_replace_the_first(sample, index, capsys):
    monorepo = sample(plugin("official/a"))
    words = ("1.17.0", "--to", index.server.base)
    assert run(capsys, monorepo, *words)[0] == 0
    monorepo.commit(plugin("official/b"))
    code, _, err = run(capsys, monorepo, *words)
    assert code == 2
    assert "contains the plan of another release" in err
    index.have("b 1.17.0")
    assert run(capsys, monorepo, *words, "--only", "b")[0] == 0  # beside it, under a name of its own
    assert open_store(str(monorepo.repo.path(".commonhold/release/b-1.17.0.post1"))).plan.plugins[0].name == "b"


def test_a_dry_run_writes_nothing(sample, index, capsys):
    monorepo = sample(plugin("official/a"))
    before = {path: path.stat().st_mtime_ns for path in monorepo.repo.root.rglob("*")}
    code, out, err = run(capsys, monorepo, "1.17.0", "--to", index.server.base, "--dry-run", "--markdown")
    assert code == 0
    assert "| a | 1.17.0 | official | 3.10–3.12 |  | a new project |" in out
    assert "1 of 1 to be released" in out
    assert err.endswith("dry run: no files were written\n")
    assert {path: path.stat().st_mtime_ns for path in monorepo.repo.root.rglob("*")} == before


def test_the_commit_of_the_configured_tag_is_released(sample, index, capsys):
    config = CONFIG + '[tool.commonhold.release]\ntag = ["framework-{version}"]\n'
    monorepo = sample(plugin("official/a"), config=config)
    tagged = monorepo.repo.head
    monorepo.repo.git("tag", "framework-1.17.0")
    monorepo.commit(plugin("official/b"))
    words = ("1.17.0", "--to", index.server.base, "--dry-run", "--json")
    plan = json.loads(run(capsys, monorepo, *words)[1])
    assert (plan["commit"], len(plan["plugins"])) == (tagged, 1)
    assert json.loads(run(capsys, monorepo, "framework-1.17.0", *words[1:])[1]) == plan
    assert run(capsys, monorepo, "framework-1.x", *words[1:])[0] == 2
    plan = json.loads(run(capsys, monorepo, *words, "--ref", "main")[1])
    assert (plan["commit"], len(plan["plugins"])) == (monorepo.repo.head, 2)


@pytest.mark.parametrize("tag", ["v1.17", "1.17.0", "v01.17.0.0"])
def test_a_tag_may_spell_the_version_differently(sample, index, capsys, tag):
    monorepo = sample(plugin("official/a"))
    tagged = monorepo.repo.head
    monorepo.repo.git("tag", "-a", "-m", "out", tag)
    monorepo.repo.git("tag", "v1.17.0.dev1", "HEAD")
    monorepo.commit(plugin("official/b"))
    words = ("1.17.0", "--to", index.server.base, "--dry-run", "--json")
    assert json.loads(run(capsys, monorepo, *words)[1])["commit"] == tagged


def test_the_next_release_is_above_the_floor(sample, index, capsys):
    config = CONFIG + '[tool.commonhold.release]\nfloor = "1.16"\n'
    monorepo = sample(plugin("official/a"), config=config)
    words = ("--next", "--to", index.server.base, "--dry-run", "--json")
    assert json.loads(run(capsys, monorepo, *words)[1])["version"] == "1.17.0"
    assert run(capsys, monorepo, *words, "--floor", "1.17")[:2] == (0, "")
    index.have("a 1.17.0")
    assert run(capsys, monorepo, *words)[:2] == (0, "")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["1.x"], 2, "error: '1.x' is not a version"),
        (["1.17.0+local"], 2, "is a local version"),
        (["1.17.0", "--ref", "nowhere"], 4, "error: nowhere is not a commit in this clone"),
        (["9.9"], 2, "error: the index has no framework 9.9"),
        (["--next"], 2, "error: no floor for releases of the core is configured"),
        ([], 2, "pass either a VERSION or --next"),
        (["1.17.0", "--only", "nobody"], 2, "error: no plugin is named nobody"),
        (["1.17.0", "--to", "somewhere"], 2, "error: somewhere is not a package index"),
        (["1.17.0", "--to", "http://me:secret@localhost/"], 2, "error: the address of localhost contains credentials"),
    ],
)
def test_a_plan_that_fails_prints_the_reason_and_writes_nothing(sample, index, capsys, words, code, told):
    monorepo = sample(plugin("official/a"))
    to = [] if "--to" in words else ["--to", index.server.base]
    found, out, err = run(capsys, monorepo, *words, *to)
    assert (found, out) == (code, "")
    assert told in err
    assert "secret" not in err
    assert not monorepo.repo.path(".commonhold").exists()


def test_an_unreachable_index_is_not_an_empty_index(sample, capsys):
    monorepo = sample(plugin("official/a"))
    nowhere = f"http://127.0.0.1:{free_port()}/"
    code, out, err = run(capsys, monorepo, "1.17.0", "--to", nowhere)
    assert (code, out) == (4, "")
    assert "cannot read project framework from the index" in err


def test_the_plan_of_a_stopped_release_is_printed_and_not_stored(sample, index, capsys):
    monorepo = sample(plugin("official/a", ["framework<1"]))
    code, out, err = run(capsys, monorepo, "1.17.0", "--to", index.server.base)
    assert code == 1
    assert "held back: its requirement 'framework<1' excludes framework 1.17.0" in out
    assert "error: 1.17.0 cannot be released" in err
    assert not monorepo.repo.path(".commonhold").exists()


def test_a_workspace_below_gits_root_is_released_from_its_folder(sample, index, tmp_path, capsys):
    monorepo = sample(plugin("official/a", more='readme = "../../../../README.md"'), plugin("official/b", ["a"]))
    repo = monorepo.repo
    repo.path("packages/python").mkdir(parents=True)
    repo.git("mv", "pyproject.toml", "official", "packages/python")
    repo.commit()
    repo.git("tag", "v1.17.0")
    monorepo.commit({"packages/python/official/new/pyproject.toml": project("new")})
    words = ["-C", str(repo.path("packages/python/official")), "release"]
    assert main([*words, "plan", "1.17.0", "--to", index.server.base]) == 0
    assert not repo.path(".commonhold").exists()
    plan = open_store(str(repo.path("packages/python/.commonhold/release/1.17.0"))).plan
    assert plan.commit == repo.rev("v1.17.0")
    assert {planned.name: planned.path for planned in plan.released} == {
        "a": "packages/python/official/a",
        "b": "packages/python/official/b",
    }
    assert plan.plugin("b").pins == {"a": "~=1.17.0"}
    assert main([*words, "stage", "--into", str(tmp_path / "copies"), "--diff"]) == 0
    assert (tmp_path / "copies/a/README.md").exists()
    assert "+++ packages/python/official/a/pyproject.toml" in capsys.readouterr().out
