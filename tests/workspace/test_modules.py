"""The owners of modules: the lookup by path agrees with the names from ``module_of``."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.workspace.modules import Modules, module_of

PARTS = ["acme", "a", "b", "src", "tests", "conftest", "setup", "__init__", "not-one", "1st"]
OWNERS = ["one", "two", "three"]
File = tuple[str, str]

paths = st.builds(
    lambda parts, suffix: "/".join(parts) + suffix,
    st.lists(st.sampled_from(PARTS), min_size=1, max_size=4),
    st.sampled_from([".py", ".py", ".pyi"]),
)
files = st.lists(st.tuples(st.sampled_from(OWNERS), paths), max_size=8)
dotted = st.lists(st.sampled_from([part for part in PARTS if part.isidentifier()]), min_size=1, max_size=4).map(
    ".".join
)


def by_definition(present: list[File], lost: list[File], name: str, importer: str) -> set[tuple[str, str]]:
    """The result of ``Modules.owners``, computed from the module name of each file."""
    while name:
        definers = {owner for owner, path in present if module_of(path) == name}
        packages = {owner for owner, path in present if module_of(path) == name and "__init__.py" in path}
        gone = {owner for owner, path in lost if module_of(path) == name}
        if importer in definers:
            return {(importer, name)}
        if len(packages) < 2 and definers | gone:
            return {(owner, name) for owner in definers | gone}
        name = name.rpartition(".")[0]
    return set()


@given(files, files, dotted, st.sampled_from(OWNERS))
def test_a_module_belongs_to_the_plugin_whose_file_defines_it(
    present: list[File], lost: list[File], name: str, importer: str
) -> None:
    assert set(Modules(present, lost).owners(name, importer)) == by_definition(present, lost, name, importer)


@given(files, files, dotted, st.sampled_from(OWNERS), dotted)
def test_no_other_plugin_owns_a_private_module(
    present: list[File], lost: list[File], name: str, owner: str, below: str
) -> None:
    modules = Modules(present, lost)
    if modules.is_private(name, owner):
        assert {found for found, _ in modules.owners(f"{name}.{below}", owner)} <= {owner}


@pytest.mark.parametrize("owner", OWNERS[:2])
def test_a_module_that_another_plugin_deleted_too_is_not_private(owner: str) -> None:
    assert not Modules([], [(each, "acme.py") for each in OWNERS[:2]]).is_private("acme", owner)


@given(files, files)
def test_every_module_starts_with_a_root(present: list[File], lost: list[File]) -> None:
    names = {module for _, path in (*present, *lost) if (module := module_of(path)) is not None}
    assert {name.partition(".")[0] for name in names} <= Modules(present, lost).roots


@pytest.mark.parametrize(
    ("path", "module"),
    [
        ("acme/spark/task.py", "acme.spark.task"),
        ("src/acme/spark/__init__.py", "acme.spark"),
        ("acme/fast.cpython-311-x86_64-linux-gnu.so", "acme.fast"),
        ("tests/conftest.py", "tests.conftest"),
        ("src/one.pyi", "one"),
        ("conftest.py", None),
        ("setup.py", None),
        ("__init__.py", None),
        ("my-scripts/run.py", None),
        ("acme/1st.py", None),
        ("acme/data.txt", None),
    ],
)
def test_module_of_is_the_name_to_import_a_file_by(path: str, module: str | None) -> None:
    assert module_of(path) == module
