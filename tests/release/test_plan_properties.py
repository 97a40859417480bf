"""Test with generated repositories and indexes that a plan satisfies every requirement."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.version import Version

from commonhold.errors import UsageError
from commonhold.index.projects import IndexProject
from commonhold.release.plan.candidates import find_candidates
from commonhold.release.plan.order import in_waves
from commonhold.release.plan.planner import PlanRequest, _Planner
from commonhold.workspace import read_config, read_workspace
from tests.support.trees import MemoryTree

NAMES = "abcdef"
VERSION = "1.17.0"
RELEASED = ("0.9", "1.16.0", VERSION, "1.17.0.post1")
RANGES = ("", ">=1", "<1.17", ">=1.17.0.post1", "==1.16.0")


@st.composite
def _plugins(draw):
    """Generate the requirements of each plugin, and its versions on the index."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    needs = st.lists(st.tuples(st.sampled_from(names), st.sampled_from(RANGES)), max_size=3)
    requires = {
        name: [
            draw(st.sampled_from(("core", "core", "core<1.17"))),
            *(f"{other}{span}" for other, span in draw(needs) if other != name),
        ]
        for name in names
    }
    return requires, {name: draw(st.none() | st.sets(st.sampled_from(RELEASED))) for name in names}


def _project(released):
    if released is None:
        return IndexProject()
    versions = frozenset(map(Version, released))
    return IndexProject(True, versions, versions)


def _tree(requires, policy):
    config = (
        '[tool.commonhold]\ncore = { distribution = "core" }\npython = ["3.12"]\n'
        '[tool.commonhold.tiers.all]\npath = ["plugins/*"]\non-release-failure = "hold-back"\n'
        f'[tool.commonhold.release]\npins = "{policy}"\n'
    )
    projects = {
        f"plugins/{name}/pyproject.toml": f'[project]\nname = "{name}"\nversion = "0"\ndependencies = {texts!r}\n'
        for name, texts in requires.items()
    }
    return MemoryTree({"pyproject.toml": config, **projects})


def _is_admitted(plan, requires, projects, name, text):
    """Return whether the release or the index satisfies a requirement as the plan pins it."""
    requirement = Requirement(text)
    other = plan.plugin(name).pins.get(requirement.name)
    specifier = Requirement(f"{requirement.name}{other}").specifier if other else requirement.specifier
    there = set(projects[requirement.name].versions)
    there |= {Version(each.version) for each in plan.released if each.name == requirement.name}
    return any(specifier.contains(version, prereleases=True) for version in there)


@settings(max_examples=100, deadline=None)
@given(_plugins(), st.sampled_from(("~=", "==", "as-written")), st.data())
def test_no_plugin_is_released_with_an_unsatisfied_requirement(plugins, policy, data):
    requires, released = plugins
    tree = _tree(requires, policy)
    workspace = read_workspace(tree, read_config(tree))
    projects = {name: _project(versions) for name, versions in released.items()}
    only = tuple(data.draw(st.sets(st.sampled_from(sorted(requires)), max_size=2))) or tuple(sorted(requires))
    request = PlanRequest(Version(VERSION), "0" * 40, 1, "index", only=only)
    planner = _Planner(workspace, request, find_candidates(workspace, tree), projects)
    overtaken = [name for name in only if "1.17.0.post1" in (released[name] or ()) and VERSION not in released[name]]
    if overtaken:
        with pytest.raises(UsageError, match="is lower than"):
            planner.plan()
        return
    plan = planner.plan().plan
    for each in plan.released:
        assert "core<1.17" not in requires[each.name]
        for text in requires[each.name][1:]:
            assert _is_admitted(plan, requires, projects, each.name, text)
        assert Version(each.version) not in projects[each.name].versions
    order = [each.name for each in plan.plugins]
    assert order == [name for wave in in_waves(plan.plugins) for group in wave for name in group]


@settings(max_examples=50, deadline=None)
@given(_plugins())
def test_the_reason_of_each_held_back_plugin_is_true(plugins):
    requires, released = plugins
    tree = _tree(requires, "==")
    workspace = read_workspace(tree, read_config(tree))
    projects = {name: _project(versions and {"0.9"}) for name, versions in released.items()}
    request = PlanRequest(Version(VERSION), "0" * 40, 1, "index")
    plan = _Planner(workspace, request, find_candidates(workspace, tree), projects).plan().plan
    held = {each.name for each in plan.plugins if each.held}
    for name in held:
        own = "core<1.17" in requires[name]
        assert own or any(Requirement(text).name in held for text in requires[name][1:])
    for each in plan.released:
        assert not {*each.needs} & held


@settings(max_examples=100, deadline=None)
@given(_plugins(), st.sampled_from(("~=", "==", "as-written")), st.data())
def test_a_core_in_the_repository_is_planned_like_a_plugin(plugins, policy, data):
    requires, released = plugins
    needs = st.lists(st.tuples(st.sampled_from(sorted(requires)), st.sampled_from(RANGES)), max_size=2)
    core = [f"{name}{span}" for name, span in data.draw(needs)]
    files = _tree(requires, policy).files
    config = files["pyproject.toml"][1].decode().replace('distribution = "core"', 'path = ["core/**"]')
    stated = f'[project]\nname = "core"\nversion = "0"\ndependencies = {core!r}\n'
    tree = MemoryTree({**files, "pyproject.toml": config, "core/pyproject.toml": stated})
    workspace = read_workspace(tree, read_config(tree))
    projects = {name: _project(versions and {"0.9", "1.16.0"}) for name, versions in released.items()}
    projects["core"] = _project({"1.16.0"})
    subjects = find_candidates(workspace, tree)
    plan = _Planner(workspace, PlanRequest(Version(VERSION), "0" * 40, 1, "index"), subjects, projects).plan().plan
    assert plan.plugin("core").tier == "core"
    for each in plan.released:
        stated_there = core if each.name == "core" else requires[each.name]
        for text in stated_there:
            assert _is_admitted(plan, requires, projects, each.name, text)
