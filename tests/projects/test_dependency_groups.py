"""Compare dependency groups with the ``dependency-groups`` package, which is too slow to import for a selection."""

from __future__ import annotations

from dependency_groups import DependencyGroupResolver
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement

from commonhold.projects.declaration import Declaration
from commonhold.projects.dependency_groups import MOST_REQUIREMENTS, read_groups
from commonhold.projects.names import normalize
from commonhold.projects.typed_table import TypedTable
from tests.projects.read_files import dependencies, messages, named, read

GROUPS = st.sampled_from(["a", "b", "C_c", "c.C", "d"])
REQUIREMENTS = st.sampled_from(["x", "X_y>=1", "z[e]; os_name == 'nt'", "w @ https://example.org/w.whl"])
INCLUDES = st.builds(lambda group: {"include-group": group}, st.one_of(GROUPS, st.just("nowhere")))
WRONG = st.sampled_from([3, "no requirement", {"include-group": 3}, {"include-group": "a", "more": "b"}, {}, ["a"]])
ENTRIES = st.one_of(REQUIREMENTS, REQUIREMENTS, INCLUDES, WRONG)
TABLES = st.dictionaries(GROUPS, st.one_of(st.lists(ENTRIES, max_size=4), st.just("x")), max_size=5)


@given(TABLES)
def test_groups_and_errors_are_those_of_the_dependency_groups_package(table: dict[str, object]) -> None:
    declared = Declaration("pyproject.toml", "")
    problems: list[str] = []
    read_groups(declared, TypedTable(table, "dependency-groups", problems.append))
    problems += [problem.message for _, problem in declared.problems]
    try:
        resolver = DependencyGroupResolver(table)  # type: ignore[arg-type]
        resolved = {normalize(group): resolver.resolve(group) for group in table}
    except (ValueError, TypeError, LookupError, InvalidRequirement):
        assert problems
        return
    assert not problems
    for group, requirements in resolved.items():
        names = {(normalize(one.name), frozenset(map(normalize, one.extras))) for one in requirements}
        assert {(one.name, one.extras) for one in declared.groups[group]} == names


def test_groups_whose_names_are_the_same_are_a_problem_and_are_read_together() -> None:
    metadata = read({"pyproject.toml": '[project]\nname = "x"\n[dependency-groups]\nA_b = ["p"]\na-b = ["q"]\n'})
    assert metadata.groups[named("a-b")] == dependencies("p", "q")
    assert messages(metadata) == ["dependency-groups.a-b has the same name as 'A_b'; rename one of them"]


def test_groups_that_expand_to_too_many_requirements_are_a_problem() -> None:
    """Each of a chain of groups contains all following ones."""
    chain = "".join(f'g{number} = ["r{number}", {{include-group = "g{number + 1}"}}]\n' for number in range(400))
    metadata = read({"pyproject.toml": f'[project]\nname = "x"\n[dependency-groups]\n{chain}g400 = []\n'})
    (message,) = messages(metadata)
    assert message == f"dependency-groups expands to more than {MOST_REQUIREMENTS} requirements; include fewer groups"
    assert sum(map(len, metadata.groups.values())) <= MOST_REQUIREMENTS
