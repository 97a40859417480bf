"""Test the search for files that a wheel lacks because its sdist omits them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.release.builder.artifacts import read_built, store_failure
from commonhold.release.builder.sdist_omissions import may_omit_files
from commonhold.release.inspect.compare_tree import check_lost_files, lost_previously
from commonhold.release.inspect.verdict import Inspection, new_events
from commonhold.release.model.archive import RawFinding, open_archive
from commonhold.release.model.journal_events import Inspected
from commonhold.release.model.plan import Artifact, ArtifactFinding
from commonhold.release.model.plugin_state import PluginStatus
from tests.release.artifacts import make_zip
from tests.release.fake_backend_repo import BY_PLUGIN, IN_TREE, SOURCE, VERSION, artifacts, make_build_monorepo, project

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from commonhold.release.model.plugin_state import PluginState
    from commonhold.release.model.store import Store

SETUPTOOLS = 'requires = ["setuptools>=77"]\nbuild-backend = "setuptools.build_meta"'
HATCHLING = 'requires = ["hatchling>=1.27"]\nbuild-backend = "hatchling.build"'
PACKAGE = {"x_odd/__init__.py": "", "x_odd/data/table.json": "{}\n"}
DATA = '[tool.setuptools.package-data]\nx_odd = ["data/*.json"]\n'
WHEEL = f"x_odd-{VERSION}-py3-none-any.whl"
LACKS = f"{WHEEL} lacks x_odd/data/table.json, because the sdist that it is built from omits it"

LOSING = {
    "setuptools": {
        "pyproject.toml": f"{project('x-odd', SETUPTOOLS)}{DATA}",
        "MANIFEST.in": "global-exclude *.json\n",
        **PACKAGE,
    },
    "hatchling": {
        "pyproject.toml": f'{project("x-odd", HATCHLING)}[tool.hatch.build.targets.sdist]\nexclude = ["*.json"]\n',
        **PACKAGE,
    },
    "a backend in the project": {
        "pyproject.toml": project("x-odd", IN_TREE),
        "xbackend.py": SOURCE.replace("archive.add(", "os.path.exists('x.py') and os.remove('x.py'); archive.add("),
        "x.py": "",
    },
}


@pytest.mark.parametrize("case", ["setuptools", "hatchling"])
def test_data_that_an_sdist_omits_is_found(tmp_path: Path, case: str) -> None:
    monorepo = make_build_monorepo(tmp_path, {"x-odd": LOSING[case]})
    store = monorepo.store()

    assert monorepo.build(store, "x-odd").failed == {}

    assert read_built(store.journal.read())["x-odd"].lost == ("x_odd/data/table.json",)
    (finding,) = check_lost_files(_state(store))
    assert (finding.rule, finding.message) == ("lost", LACKS)


def test_an_sdist_may_omit_files_that_its_wheel_would_not_ship(tmp_path: Path) -> None:
    unused = {
        "pyproject.toml": project("x-odd", SETUPTOOLS),
        "x_odd/__init__.py": "",
        "x_odd/notes.txt": "internal\n",
        "docs/index.md": "",
    }
    monorepo = make_build_monorepo(tmp_path, {"x-odd": unused})
    store = monorepo.store()

    assert monorepo.build(store, "x-odd").failed == {}

    assert {*artifacts(store)} == {"x-odd"}


def test_prove_finds_every_file_that_an_sdist_omits(tmp_path: Path) -> None:
    monorepo = make_build_monorepo(tmp_path, {"x-odd": LOSING["a backend in the project"]})
    store = monorepo.store()
    assert monorepo.build(store, "x-odd").failed == {}

    store.journal.append(_inspected(store))
    assert _state(store).status is PluginStatus.READY

    assert monorepo.build(store, "x-odd", prove=True).failed == {}

    assert _state(store).lost == ("x.py",)
    assert _state(store).status is PluginStatus.BUILT  # the earlier inspection did not know it

    store.journal.append(_inspected(store))
    assert monorepo.build(store, "x-odd", prove=True).failed == {}
    assert _state(store).status is PluginStatus.READY  # nothing new was found


def test_a_plugin_that_is_built_again_is_inspected_again(tmp_path: Path) -> None:
    monorepo = make_build_monorepo(tmp_path, {"x-odd": LOSING["setuptools"]})
    store = monorepo.store()
    for _ in range(2):
        monorepo.build(store, "x-odd")
        findings = tuple(
            ArtifactFinding(finding.rule, finding.message, known=True) for finding in check_lost_files(_state(store))
        )
        decided = Inspection({"x-odd": findings}, {}, ())
        for expected in (1, 0):
            events = [*new_events({"x-odd": _state(store)}, decided, store.journal.read(), strict=False)]
            store.journal.append(*events)
            assert len(events) == expected
        assert _state(store).status is PluginStatus.FAILED_INSPECTION
        store_failure(store, "x-odd", "it timed out", b"")


def test_files_that_the_previous_release_lacked_are_known() -> None:
    findings = [RawFinding("lost", "", path) for path in ("x_odd/table.json", "x_odd/new.json")]
    wheel = make_zip([("x_odd/__init__.py", b""), ("x_odd/new.json", b"{}")])
    before = [open_archive(Artifact(WHEEL, "", len(wheel)), wheel)]

    assert [*lost_previously(before, findings)] == [("lost", "x_odd/table.json")]
    assert [*lost_previously((), findings)] == []


def _inspected(store: Store) -> Inspected:
    return Inspected(plugin="x-odd", files=tuple(file.sha256 for file in _state(store).files))


def _state(store: Store) -> PluginState:
    return store.state().plugins["x-odd"]


def test_prove_finds_files_that_appear_only_in_a_build_from_an_sdist(tmp_path: Path) -> None:
    code = "if 'unpacked' in os.getcwd():\n    with open('more.py', 'w'): pass\n"
    monorepo = make_build_monorepo(
        tmp_path, {"x-odd": {"pyproject.toml": project("x-odd", BY_PLUGIN), "at_wheel.txt": code}}
    )

    failed = monorepo.build(monorepo.store(), prove=True).failed

    assert failed == {"x-odd": f"{WHEEL} contains more.py, but not if built directly from the commit"}


def test_a_plugin_that_can_only_be_built_from_an_sdist_fails_to_prove(tmp_path: Path) -> None:
    code = "assert 'unpacked' in os.getcwd()"
    monorepo = make_build_monorepo(
        tmp_path, {"x-odd": {"pyproject.toml": project("x-odd", BY_PLUGIN), "at_wheel.txt": code}}
    )

    failed = monorepo.build(monorepo.store(), prove=True).failed

    assert failed == {"x-odd": "built directly from the commit, without an sdist: the build failed"}


@pytest.mark.parametrize(
    ("staged", "suspect"),
    [
        ({"x_odd/data/table.json", "x_odd/__init__.py"}, True),
        ({"src/x_odd/table.json"}, True),
        ({"lib/x_odd/deep/er/table.json"}, True),
        ({"README.md", "tests/table.json", "docs/x_odd.md", "x_odd.json"}, False),
        ({"x_odd/__init__.py"}, False),
    ],
)
def test_only_omitted_files_next_to_shipped_modules_are_suspect(staged: set[str], suspect: bool) -> None:
    assert (
        may_omit_files(staged, pack({"x_odd/__init__.py", "x_odd-1.dist-info/METADATA"}, {"x_odd/__init__.py"}))
        is suspect
    )


def pack(wheel: set[str], sdist: set[str]) -> Mapping[str, bytes]:
    import io
    import tarfile

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for path in sdist:
            archive.addfile(tarfile.TarInfo(f"x_odd-1/{path}"))
    return {"x_odd-1.tar.gz": packed.getvalue(), WHEEL: make_zip((path, b"") for path in wheel)}
