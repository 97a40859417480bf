"""Soundness of the evaluator: generated programs are run with a fake ``setup()`` and compared with what is read."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from commonhold.projects.names import normalize
from tests.projects.read_files import read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.projects.metadata import Dependency

# True and false, though nobody can tell without running them
YES, NO = "platform.python_version() > ''", "platform.python_version() == ''"
HEAD = """\
import platform
from setuptools import setup
n = 'n'
x = ['a']
y = []
z = ['c', n]
d = {'u': x}
def change(x): x.append('changed')
def made(n): return [n]
"""
TAIL = "setup(name=n, install_requires=x, extras_require=d)"

LISTS = st.sampled_from(["x", "y", "z"])
KEYS = st.sampled_from(["'u'", "'v'", "'w'"])
TEXTS = st.sampled_from(
    ["'p'", "'q'", "f'{n}'", "n", "'a b c'.split()[1]", "'{}-r'.format('k')", "'%s' % n", "'s' + 't'"]
)
UNKNOWN_TESTS = st.sampled_from([YES, NO])
TESTS = st.sampled_from([YES, NO, "n == 'p'", "'p' in x", "x", "'v' in d"])
# Lists grow by what they lack at most: doubled in a loop in a loop, they would fill the memory when run
PATTERNS = [
    "{a} = [{t}]",
    "{a} = {b}",
    "{a} = {b} + sorted(set({c}))",
    "{a} = [*{b}, *set({c})]",
    "{a} = sorted(set({b}))",
    "{a} = [i for i in {b} if i != n]",
    "{a} = [i for i in {b} if {u}]",
    "{a} = sorted(set(sum(d.values(), [])))",
    "{a} = {b} if {q} else {c}",
    "{a} = ({b} or {c})",
    "{a} = made({t})",
    "({a}, n) = ({b}, {t})",
    "{a}[0] = {t}",
    "{a} += [{t}]",
    "{a}.append({t})",
    "{a}.extend(set({b}))",
    "{a}.insert(0, {t})",
    "{a}.remove({t})",
    "{a}.reverse()",
    "{a}.clear()",
    "del {a}[0]",
    "change({a})",
    "{u} and {a}.append({t})",
    "d[{k}] = {a}",
    "d[{k}] = list({a})",
    "d[{k}] += sorted(set({a}))",
    "d.update(u={a})",
    "d.setdefault({k}, []).append({t})",
    "d.pop({k}, None)",
    "d = dict(d, v={a})",
    "d = {{**d, 'w': {a}}}",
    "d = {{j: i for j, i in d.items() if {q}}}",
    "n = {t}",
    "n = {a}[0]",
    "n = {a}.pop()",
    "n = d.get({k}, ['o'])[0]",
    "raise SystemError",
]


@st.composite
def simple(draw: st.DrawFn) -> list[str]:
    pattern = draw(st.sampled_from(PATTERNS))
    names = {"a": LISTS, "b": LISTS, "c": LISTS, "t": TEXTS, "u": UNKNOWN_TESTS, "q": TESTS, "k": KEYS}
    return [pattern.format(**{key: draw(values) for key, values in names.items()})]


def blocks(statements: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    body = st.lists(statements, min_size=1, max_size=3).map(
        lambda found: [f"    {line}" for one in found for line in one]
    )
    leaving = st.sampled_from(
        [[], ["    break"], ["    continue"], [f"    if {YES}: break"], [f"    if {NO}: continue", "    y = ['l']"]]
    )
    failing = st.sampled_from(["    pass", "    raise SystemError", "    platform.nothing"])
    returning = st.sampled_from(["    pass", "    return x", f"    if {YES}: return y", "    x.append('c')"])
    return st.one_of(
        st.builds(lambda test, one, other: [f"if {test}:", *one, "else:", *other], TESTS, body, body),
        st.builds(lambda test, one: [f"if {test}:", *one], TESTS, body),
        st.builds(lambda name, one, end: [f"for n in {name}[:2]:", *one, *end], LISTS, body, leaving),
        st.builds(lambda name, one: [f"for n in sorted(set({name})):", *one], LISTS, body),
        st.builds(lambda one: ["for n in (platform.python_version(), 'm'):", *one], body),
        st.builds(lambda one: ["k = 0", "while k < 2:", "    k += 1", *one], body),
        st.builds(lambda one, end, other: ["try:", *one, end, "except SystemError:", *other], body, failing, body),
        st.builds(lambda one, end: ["def change(x, y=y):", *one, end], body, returning),
        st.builds(lambda one: ["def made(n):", "    global z", *one, "    return [n]"], body),
    )


PROGRAMS = st.lists(st.recursive(simple(), blocks, max_leaves=8), max_size=10).map(
    lambda found: "\n".join([HEAD, *(line for statement in found for line in statement), TAIL])
)


def run(source: str) -> dict[str, Any] | None:
    """What ``setup()`` is called with; ``None`` if the program fails before."""
    calls: list[dict[str, Any]] = []
    stand_in = ModuleType("setuptools")
    stand_in.setup = lambda **keywords: calls.append(keywords)  # type: ignore[attr-defined]
    before = sys.modules.get("setuptools")
    sys.modules["setuptools"] = stand_in
    try:
        exec(compile(source, "setup.py", "exec"), {"__name__": "__main__"})
    except Exception:  # noqa: BLE001
        return None
    finally:
        del sys.modules["setuptools"]
        if before is not None:
            sys.modules["setuptools"] = before
    return calls[0]


def names_of(several: Iterable[Dependency]) -> set[str | None]:
    return {one.name for one in several}


@settings(deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(PROGRAMS)
def test_metadata_without_problems_has_every_requirement_that_running_gives(source: str) -> None:
    called = run(source)
    assume(called is not None and isinstance(called["name"], str))
    metadata = read({"setup.py": source})
    if called is None or metadata.problems:
        return
    assert metadata.name == normalize(called["name"])
    assert names_of(metadata.runtime) >= set(map(normalize, called["install_requires"]))
    for extra, requirements in called["extras_require"].items():
        assert names_of(metadata.extras[extra]) >= set(map(normalize, requirements))
