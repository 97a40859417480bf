"""``uv.lock``, package by package."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.projects.names import Name
from commonhold.selection import uv_lock
from commonhold.selection.uv_lock import LockChanges, compare_locks

A, B, CORE = Name("acme-a"), Name("acme-b"), Name("acme")


def package(name: str, version: str = "1", needs: str = "", digest: str = "x") -> str:
    listed = ", ".join(f'{{ name = "{need}" }}' for need in needs.split())
    wheel = f'{{ url = "https://example.invalid/{name}.whl", hash = "sha256:{digest}{version}" }}'
    return f'[[package]]\nname = "{name}"\nversion = "{version}"\ndependencies = [{listed}]\nwheels = [{wheel}]\n'


def lock(*packages: str, head: str = "") -> bytes:
    return f"version = 1\nrevision = 3\n{head}\n{''.join(packages)}".encode()


def moves(old: bytes | None, new: bytes | None) -> LockChanges | None:
    return compare_locks(old, new, CORE, [A, B])


BASE = [
    package("acme", needs="deep"),
    package("acme-a", needs="acme left"),
    package("acme-b", needs="acme"),
    package("left", needs="leaf"),
    package("leaf"),
    package("deep"),
    package("lonely"),
]


def changed(name: str, replacement: str) -> bytes:
    return lock(*(replacement if f'name = "{name}"\n' in text.split("version")[0] else text for text in BASE))


def test_a_changed_package_affects_the_plugins_with_it_in_their_closure() -> None:
    assert moves(lock(*BASE), changed("leaf", package("leaf", "2"))) == LockChanges((), {A: ("leaf",)})


def test_a_package_reached_only_through_the_core_counts_for_the_core() -> None:
    assert moves(lock(*BASE), changed("deep", package("deep", "2"))) == LockChanges(("deep",), {})


def test_an_unreachable_package_affects_no_plugin() -> None:
    assert moves(lock(*BASE), changed("lonely", package("lonely", "2"))) == LockChanges((), {})


def test_other_bytes_under_the_same_version_are_a_move() -> None:
    assert moves(lock(*BASE), changed("leaf", package("leaf", digest="y"))) == LockChanges((), {A: ("leaf",)})


def test_the_order_of_packages_and_upload_times_move_nothing() -> None:
    dated = [text.replace('.whl", ', '.whl", upload-time = "2026-01-01T00:00:00Z", ') for text in reversed(BASE)]
    assert moves(lock(*BASE), lock(*dated)) == LockChanges((), {})


def test_the_address_and_upload_time_of_an_sdist_move_nothing_but_its_hash_does() -> None:
    def with_sdist(address: str, digest: str) -> bytes:
        return changed("leaf", package("leaf") + f'sdist = {{ url = "{address}", hash = "sha256:{digest}" }}\n')

    before = with_sdist("https://one.invalid", "a")
    assert moves(before, with_sdist("https://two.invalid", "a")) == LockChanges((), {})
    assert moves(before, with_sdist("https://one.invalid", "b")) == LockChanges((), {A: ("leaf",)})


def test_packages_that_require_each_other_are_found_once() -> None:
    def cycle(version: str) -> bytes:
        return lock(package("acme-a", needs="one"), package("one", needs="two"), package("two", version, needs="one"))

    assert moves(cycle("1"), cycle("2")) == LockChanges((), {A: ("two",)})


def test_only_requested_extras_count() -> None:
    def with_extra(asked: str, version: str) -> bytes:
        *head, wheels = package("left").splitlines()
        left = "\n".join([*head, wheels, "[package.optional-dependencies]", 'x = [{ name = "extra" }]', ""])
        user = package("acme-a").replace("dependencies = []", f'dependencies = [{{ name = "left"{asked} }}]')
        return lock(user, left, package("extra", version))

    asked = ', extra = ["x"]'
    assert moves(with_extra(asked, "1"), with_extra(asked, "2")) == LockChanges((), {A: ("extra",)})
    assert moves(with_extra("", "1"), with_extra("", "2")) == LockChanges((), {})


def test_a_plugins_own_groups_count() -> None:
    group = '[package.dev-dependencies]\ntests = [{ name = "leaf" }]\n'

    def with_group(version: str) -> bytes:
        lines = package("acme-b").splitlines()
        return lock("\n".join(lines) + "\n" + group, package("leaf", version))

    assert moves(with_group("1"), with_group("2")) == LockChanges((), {B: ("leaf",)})


@pytest.mark.parametrize(
    "other",
    [
        None,
        b"",
        b"version = 2\n",
        b"\xff",
        b"version = 1\npackage = 3\n",
        b'version = 1\n[[package]]\nversion = "1"\n',
        b"version = 1\n[[package]]\nname = 1\n",
        b"version = 1\n[[package]]\nname = ['acme']\n",
        b"version = 1\npackage = ['acme']\n",
        b"version = 1\npackage = { name = 'acme' }\n",
        b"version = 1\npackage = 'acme'\n",
    ],
)
def test_a_lock_file_that_cannot_be_compared_is_unknown(other: bytes | None) -> None:
    assert moves(lock(*BASE), other) is None
    assert moves(other, lock(*BASE)) is None


def test_declared_requirements_in_a_package_s_metadata_are_not_installed_packages() -> None:
    """uv copies ``requires-dist`` into the lock file; the installed packages are in ``dependencies``."""

    def with_metadata(requirement: str) -> bytes:
        return changed("left", package("left", needs="leaf") + f"[package.metadata]\nrequires-dist = [{requirement}]\n")

    assert moves(with_metadata('{ name = "leaf" }'), with_metadata('{ name = "leaf", specifier = ">=1" }')) == (
        LockChanges((), {})
    )


def test_another_source_of_the_same_version_is_a_change() -> None:
    def from_source(source: str) -> bytes:
        return changed("leaf", package("leaf") + f"source = {source}\n")

    assert moves(
        from_source('{ registry = "https://one.invalid" }'), from_source('{ git = "https://two.invalid" }')
    ) == (LockChanges((), {A: ("leaf",)}))


def test_a_dependency_with_a_source_means_only_the_package_from_there() -> None:
    """A lock file can contain one version of a package twice, from two sources."""

    def two_leaves(digest: str) -> bytes:
        one, two = '{ registry = "https://one.invalid" }', '{ registry = "https://two.invalid" }'
        user = package("acme-a").replace("dependencies = []", f'dependencies = [{{ name = "leaf", source = {one} }}]')
        leaves = (package("leaf") + f"source = {one}\n", package("leaf", digest=digest) + f"source = {two}\n")
        return lock(user, *leaves)

    assert moves(two_leaves("x"), two_leaves("y")) == LockChanges((), {})


def test_a_changed_build_constraint_affects_every_plugin_and_the_core() -> None:
    def constrained(specifier: str) -> bytes:
        return lock(
            *BASE, head=f'[manifest]\nbuild-constraints = [{{ name = "Setup_Tools", specifier = "{specifier}" }}]'
        )

    every = LockChanges(("setup-tools",), {A: ("setup-tools",), B: ("setup-tools",)})
    assert moves(constrained("<70"), constrained("<80")) == every
    assert moves(lock(*BASE), constrained("<80")) == every
    assert moves(constrained("<80"), constrained("<80")) == LockChanges((), {})


ROOTS = {
    "a project": '[[package]]\nname = "root"\nversion = "0"\nsource = { virtual = "." }\n'
    '[package.dev-dependencies]\ntest = [{ name = "tester", extra = ["x"] }]\n',
    "no project": '[manifest]\n[manifest.dependency-groups]\ntest = [{ name = "tester", extra = ["x"] }]\n',
}


@pytest.mark.parametrize("kind", ROOTS)
def test_the_groups_of_the_root_count_for_plugins_whose_tests_use_them(kind: str) -> None:
    def with_root(version: str) -> bytes:
        tester = package("tester", needs="deeper") + '[package.optional-dependencies]\nx = [{ name = "of-extra" }]\n'
        other = (tester, package("deeper", version), package("of-extra", version))
        return lock(*BASE, *other, ROOTS[kind]) if kind == "a project" else lock(*BASE, *other, head=ROOTS[kind])

    old, new = with_root("1"), with_root("2")
    assert compare_locks(old, new, CORE, [A, B], {B}) == LockChanges((), {B: ("deeper", "of-extra")})
    assert compare_locks(old, new, CORE, [A, B]) == LockChanges((), {})


NAMES = ["acme", "acme-a", "acme-b", "x", "y", "z"]
LOCKS = st.fixed_dictionaries(
    {name: st.tuples(st.sampled_from("12"), st.sets(st.sampled_from(NAMES))) for name in NAMES}
)


def installed(packages: dict[str, tuple[str, set[str]]], start: str, without: str) -> set[tuple[str, str, str]]:
    """The closure of a package, found step by step."""
    todo, seen = [start], set()
    while todo:
        name = todo.pop()
        if name not in seen and name != without:
            seen.add(name)
            todo += packages[name][1]
    return {(name, packages[name][0], str(sorted(packages[name][1]))) for name in seen}


@given(LOCKS, LOCKS)
def test_the_changes_are_those_of_the_closures(
    old: dict[str, tuple[str, set[str]]], new: dict[str, tuple[str, set[str]]]
) -> None:
    def written(packages: dict[str, tuple[str, set[str]]]) -> bytes:
        return lock(*(package(name, version, " ".join(sorted(needs))) for name, (version, needs) in packages.items()))

    def differing(start: str, without: str = "") -> tuple[str, ...]:
        return tuple(sorted({name for name, *_ in installed(old, start, without) ^ installed(new, start, without)}))

    plugins = {name: differing(name, "acme") for name in (A, B)}
    expected = LockChanges(differing("acme"), {name: names for name, names in plugins.items() if names})
    assert moves(written(old), written(new)) == expected


def test_many_plugins_that_require_each_other_are_compared_quickly() -> None:
    def many(version: str) -> bytes:
        needs = [" ".join(f"p{(at * 7919 + step * step) % 1_500}" for step in range(8)) for at in range(1_500)]
        same = [package("same", str(at), "same " * 8) for at in range(500)]
        return lock(*(package(f"p{at}", version, each) for at, each in enumerate(needs)), *same)

    start = time.process_time()
    assert compare_locks(many("1"), many("2"), CORE, [Name(f"p{at}") for at in range(1_500)]) is not None
    assert time.process_time() - start < 20


def test_a_lock_file_with_too_many_packages_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uv_lock, "MOST_BITS", 10)
    assert moves(lock(*BASE), lock(*BASE)) is None
