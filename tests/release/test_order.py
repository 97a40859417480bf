"""Test the order of a release, and the dependents that are held back."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from commonhold.release.model.plan import PlannedDistribution
from commonhold.release.plan.order import find_waves, held_with, in_waves

NAMES = tuple(string.ascii_lowercase[:10])


@st.composite
def _needs(draw):
    names = draw(st.lists(st.sampled_from(NAMES), unique=True))
    return {name: draw(st.lists(st.sampled_from(NAMES), max_size=4)) for name in names}


def _reached(needs, start):
    seen = set()
    todo = [need for need in needs[start] if need in needs]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += [need for need in needs[name] if need in needs]
    return seen


def _planned(needs):
    return [
        PlannedDistribution(
            name, f"plugins/{name}", "official", "1.0", needs=tuple(those[::2]), builds_with=tuple(those[1::2])
        )
        for name, those in needs.items()
    ]


@given(_needs())
def test_each_name_is_in_one_wave_after_its_needs(needs):
    waves = find_waves(needs)
    place = {name: number for number, wave in enumerate(waves) for group in wave for name in group}
    assert sorted(name for wave in waves for group in wave for name in group) == sorted(needs)
    for name in needs:
        others = {need for need in _reached(needs, name) if name not in _reached(needs, need)} - {name}
        assert all(place[other] < place[name] for other in others)
        assert place[name] == 0 or place[name] - 1 in {place[other] for other in others}


@given(_needs())
def test_a_group_contains_exactly_the_names_of_a_cycle(needs):
    for group in (group for wave in find_waves(needs) for group in wave):
        for name in needs:
            mutual = name in _reached(needs, group[0]) and group[0] in _reached(needs, name)
            assert (name in group) == (name == group[0] or mutual)


@given(_needs(), st.randoms())
def test_the_order_of_the_input_does_not_matter(needs, random):
    items = [(name, random.sample(those, len(those))) for name, those in needs.items()]
    random.shuffle(items)
    assert find_waves(dict(items)) == find_waves(needs)


def test_a_chain_may_be_longer_than_the_recursion_limit():
    names = [str(number) for number in range(5000)]
    waves = find_waves({name: [need] for name, need in zip(names, [*names[1:], names[-2]], strict=True)})
    assert waves[0] == ((names[-2], names[-1]),)
    assert [group for wave in waves[1:] for group in wave] == [(name,) for name in reversed(names[:-2])]


@given(_needs(), st.sets(st.sampled_from(NAMES)), st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES))))
def test_exactly_the_unsatisfied_dependents_are_held_back(needs, held, served):
    plugins = _planned(needs)
    found = held_with(held, plugins, lambda plugin, name: (plugin.name, name) in served)
    assert not found.keys() & held
    down = held | found.keys()
    for name, those in needs.items():
        lacking = {need for need in those if need in down and (name, need) not in served}
        if name in found:
            assert found[name] in lacking
        elif name not in held:
            assert not lacking
    # Nothing is held back for itself alone: each reason leads to one that was held before.
    for name in found:
        seen = set()
        while name not in held:
            assert name not in seen
            seen.add(name)
            name = found[name]


def test_build_requirements_order_like_run_time_requirements():
    plugins = _planned({"a": ["b", "c"], "b": [], "c": ["b"]})
    assert in_waves(plugins) == ((("b",),), (("c",),), (("a",),))
