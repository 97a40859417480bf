"""Properties of the upload order, for any plan and any failures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from commonhold.index.page import IndexFile
from commonhold.release.publish.index_state import NO_VERSION, requirements_on, why_unsatisfied
from commonhold.release.publish.schedule import Schedule
from tests.release import minimal_artifacts

if TYPE_CHECKING:
    from commonhold.release.model.plan import PlannedDistribution

NAMES = "abcdefg"


@st.composite
def cases(draw):
    plugins = []
    for name in NAMES[: draw(st.integers(1, 7))]:
        needs = draw(st.lists(st.sampled_from(NAMES), max_size=3, unique=True))
        builds = draw(st.lists(st.sampled_from(NAMES), max_size=1))
        plugins.append(minimal_artifacts.planned(name, *(n for n in needs if n != name), builds_with=(*builds,)))
    names = [plugin.name for plugin in plugins]
    subset = st.sets(st.sampled_from(names))
    return plugins, draw(subset), draw(subset), draw(subset), draw(st.integers(1, 4)), draw(st.randoms())


def play(plugins, new, bad, served, room, dice):
    """Run a schedule to its end; return each plugin's situation when it started, and the uploaded and lost plugins."""
    schedule = Schedule(plugins, new, lambda _dependant, name: name in served)
    started: dict[str, tuple[set[str], set[str], set[str]]] = {}
    uploaded: set[str] = set()
    lost: set[str] = set()
    running: list[PlannedDistribution] = []
    while chosen := (*schedule.start_next(room - len(running)), *running):
        running = [*chosen]
        for plugin in running:
            started.setdefault(plugin.name, ({*uploaded}, {*lost}, {each.name for each in running}))
        plugin = running.pop(dice.randrange(len(running)))
        if plugin.name in bad:
            lost |= {plugin.name, *schedule.mark_lost([plugin.name])}
        else:
            uploaded.add(plugin.name)
            schedule.mark_uploaded(plugin.name)
    return schedule, started, uploaded, lost


@given(cases())
def test_every_plugin_is_uploaded_or_lost(case):
    plugins, new, bad, served, room, dice = case
    schedule, started, uploaded, lost = play(plugins, new, bad, served, room, dice)
    assert not schedule.waiting
    assert uploaded | lost == {plugin.name for plugin in plugins}
    assert not uploaded & lost
    assert uploaded <= started.keys()


@given(cases())
def test_a_plugin_starts_after_its_dependencies(case):
    plugins, new, bad, served, room, dice = case
    _, started, _, _ = play(plugins, new, bad, served, room, dice)
    reaches = _closure(plugins)
    for plugin in plugins:
        if plugin.name in started:
            uploaded, lost, _ = started[plugin.name]
            for need in (*plugin.needs, *plugin.builds_with):
                if need in reaches and plugin.name not in reaches[need]:
                    assert need in uploaded or (need in lost and need in served)


@given(cases())
def test_an_uploaded_plugin_has_no_lost_dependency(case):
    plugins, new, bad, served, room, dice = case
    _, _, uploaded, lost = play(plugins, new, bad, served, room, dice)
    reaches = _closure(plugins)
    for plugin in plugins:
        for need in plugin.needs:
            together = need in reaches and plugin.name in reaches[need]
            assert not (plugin.name in uploaded and need in lost and need not in served and not together)


@given(cases())
def test_no_plugin_is_lost_without_a_cause(case):
    plugins, new, bad, served, room, dice = case
    _, _, _, lost = play(plugins, new, bad, served, room, dice)
    for plugin in plugins:
        if plugin.name in lost - bad:
            assert any(need in lost and need not in served for need in (*plugin.needs, *plugin.builds_with))


@given(cases())
def test_a_new_project_starts_only_if_no_existing_one_can(case):
    plugins, new, bad, served, room, dice = case
    _, started, _, _ = play(plugins, new, bad, served, room, dice)
    for name, (_, _, beside) in started.items():
        if name in new:
            assert all(other in new or started[other][0] >= started[name][0] | {name} for other in beside)


def _closure(plugins):
    needs = {plugin.name: {*plugin.needs, *plugin.builds_with} for plugin in plugins}
    reaches = {name: {*found} for name, found in needs.items()}
    for _ in needs:
        for found in reaches.values():
            found.update(*(reaches.get(each, ()) for each in [*found]))
    return reaches


def served(*versions: str, yanked: bool = False) -> tuple[IndexFile, ...]:
    return tuple(IndexFile(f"a-{version}.tar.gz", version, None, yanked) for version in versions)


def test_a_pin_is_read_from_the_wheel(tmp_path):
    plugin = minimal_artifacts.planned("b", "a", pins={"a": "~=1.17.0"})
    store = minimal_artifacts.make(tmp_path, minimal_artifacts.plan_of(minimal_artifacts.planned("a"), plugin))
    files = minimal_artifacts.put(store, plugin)
    requirements = requirements_on(store, plugin, files, "a")
    assert [str(specifier) for specifier in requirements] == ["~=1.17.0"]
    assert why_unsatisfied(requirements, served("1.16.0", "1.17.3", "not a version"), "x-b") == ""
    assert why_unsatisfied(requirements, served("1.16.0", "1.18.0"), "x-b") == NO_VERSION
    assert why_unsatisfied(requirements, served("1.17.1", yanked=True), "x-b") == (
        "x-b 1.17.1, which satisfies its pin, was yanked: undo the yank on the index, or upload x-b first"
    )
    assert why_unsatisfied(requirements, served("1.16.1", yanked=True), "x-b") == NO_VERSION
    assert why_unsatisfied(requirements, None, "x-b") == NO_VERSION


def test_one_of_several_requirements_with_markers_is_enough(tmp_path):
    plugin = minimal_artifacts.planned(
        "b", "a", pins={"a": '~=1.16.0; python_version < "3.12"\nRequires-Dist: a>=1.17; extra == "x"'}
    )
    store = minimal_artifacts.make(tmp_path, minimal_artifacts.plan_of(plugin), without=["b"])
    requirements = requirements_on(store, plugin, minimal_artifacts.put(store, plugin), "a")
    assert why_unsatisfied(requirements, served("1.16.5"), "x-b") == ""
    assert why_unsatisfied(requirements, served("1.17.0"), "x-b") == ""
    assert why_unsatisfied(requirements, served("1.15.0"), "x-b") == NO_VERSION


def test_without_a_wheel_the_planned_pin_is_used(tmp_path):
    plugin = minimal_artifacts.planned("b", "a", pins={"a": ">=2"})
    store = minimal_artifacts.make(tmp_path, minimal_artifacts.plan_of(plugin), without=["b"])
    assert [str(specifier) for specifier in requirements_on(store, plugin, (), "a")] == [">=2"]
    assert [str(specifier) for specifier in requirements_on(store, plugin, (), "unpinned")] == [""]
