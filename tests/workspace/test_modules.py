"""The owners of modules: the lookup by path agrees with the names from ``module_of``."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.workspace.import_roots import NOT_SHIPPED, ImportRoots
from commonhold.workspace.modules import Modules, module_of

PARTS = ["acme", "a", "b", "src", "lib", "tests", "conftest", "setup", "__init__", "not-one", "1st"]
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


ROOTS: list[ImportRoots] = [(), (("lib", ""),), (("src", ""), ("a", "b.acme")), (("", "acme.b"),)]
roots = st.fixed_dictionaries({}, optional=dict.fromkeys(OWNERS, st.sampled_from(ROOTS)))


def names(path: str, declared: ImportRoots, files: list[str]) -> tuple[set[str], set[str]]:
    """The names of a file in import roots, and the others; by definition."""
    everything = {name for name in [module_of(path)] if name is not None}
    installed = set()
    where = list(declared)
    if all(package for _, package in where):
        where.append(("src" if any(file.startswith("src/") for file in files) else "", ""))
    for folder, package in where:
        inner = path.removeprefix(f"{folder}/") if folder else path
        if path.endswith(".pyi") or (folder and inner == path):
            continue
        place = f"{package.replace('.', '/')}/{inner}" if package else inner
        name = module_of(f"src/{place}")  # a root can contain a package that is named src
        if name is not None and (folder or package or inner.split("/")[0].partition(".")[0] not in NOT_SHIPPED):
            installed.add(name)
    return installed, everything - installed


def by_definition(
    present: list[File], lost: list[File], declared: dict[str, ImportRoots], name: str, importer: str
) -> set[tuple[str, str]]:
    """The result of ``Modules.owners``, computed from the names of each file."""
    owned = {owner: [path for each, path in present if each == owner] for owner in OWNERS}
    here = [(owner, path, *names(path, declared.get(owner, ()), owned[owner])) for owner, path in present]
    gone = [(owner, *names(path, declared.get(owner, ()), owned[owner] or [path])) for owner, path in lost]
    while name:
        installed = {owner for owner, _, these, _ in here if name in these}
        plain = {owner for owner, _, _, these in here if name in these}
        packages = {owner for owner, path, these, _ in here if name in these and "__init__.py" in path}
        plain_packages = {owner for owner, path, _, these in here if name in these and "__init__.py" in path}
        certain = installed | {owner for owner, these, _ in gone if name in these}
        found = certain or (plain | {owner for owner, _, these in gone if name in these})
        if len(packages) > 1 or (not certain and len(plain_packages) > 1):
            found = set()
        if importer in installed or (importer in plain and not (certain and found - {importer})):
            return {(importer, name)}
        if found:
            return {(owner, name) for owner in found}
        name = name.rpartition(".")[0]
    return set()


@given(files, files, roots, dotted, st.sampled_from(OWNERS))
def test_a_module_belongs_to_the_plugin_whose_file_defines_it(
    present: list[File], lost: list[File], declared: dict[str, ImportRoots], name: str, importer: str
) -> None:
    found = set(Modules(present, lost, declared).owners(name, importer))
    assert found == by_definition(present, lost, declared, name, importer)


@given(files, files, roots, dotted, st.sampled_from(OWNERS), dotted)
def test_no_other_plugin_owns_a_private_module(
    present: list[File], lost: list[File], declared: dict[str, ImportRoots], name: str, owner: str, below: str
) -> None:
    modules = Modules(present, lost, declared)
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
