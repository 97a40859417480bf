"""Test whole inspections with a real store, a real package index and the real uv."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from commonhold.cli.__main__ import main
from commonhold.effects.process.run import GroupRunner
from commonhold.effects.process.spawn import SpawnRunner
from commonhold.errors import UsageError
from commonhold.index.addresses import Address
from commonhold.index.client import IndexClient, IndexUnreachableError
from commonhold.release.inspect.index_metadata import check_project_name
from commonhold.release.inspect.inspection import InspectionSettings, Tools, inspect
from commonhold.release.inspect.installability import Uv
from commonhold.release.inspect.smoke import top_level_modules
from commonhold.release.model.journal_events import BuildFailed, Built, HeldBack, Inspected
from commonhold.release.model.plan import ArtifactFinding, PlannedDistribution, ReleasePlan
from commonhold.release.model.reporter import SilentReporter
from commonhold.release.model.store import Store, StoreError, make_store
from commonhold.vcs import open_repository
from commonhold.workspace import read_config
from tests.release import minimal_artifacts
from tests.release.artifacts import SPARK, BuiltArtifacts, build
from tests.release.indexes import free_port, pypiserver
from tests.support.repositories import EPOCH, Repo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from commonhold.release.inspect.verdict import Inspection
    from commonhold.release.model.archive import RawFinding
    from commonhold.release.model.reporter import Reporter

T = TypeVar("T")

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
ROOT = """\
[tool.commonhold]
core = { distribution = "acme-core" }
[tool.commonhold.tiers.official]
path = ["official/*"]
distribution = "acme-{name}"
import = "acme.{name}"
[tool.commonhold.tiers.community]
path = ["community/*"]
on-release-failure = "hold-back"
"""
PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "acme-{name}"
version = "1.17.0"
requires-python = ">=3.10"
dependencies = [{needs}]
[tool.hatch.build.targets.wheel]
packages = ["acme"]
"""
EXACT = {"acme-base": "~=1.17.0"}
PLANNED = {
    "acme-base": PlannedDistribution("acme-base", "community/base", "community", "1.17.0", pythons=(PYTHON,)),
    "acme-spark": PlannedDistribution(
        "acme-spark", "official/spark", "official", "1.17.0", ("acme-base",), (), EXACT, (PYTHON,), stops=True
    ),
    "acme-dask": PlannedDistribution("acme-dask", "community/dask", "community", "1.17.0", pythons=(PYTHON,)),
}


def files_of(name: str, *needs: str) -> dict[str, str]:
    listed = ", ".join(f'"{need}"' for need in needs)
    return {
        "pyproject.toml": PROJECT.format(name=name, needs=listed),
        f"acme/{name}/__init__.py": f"NAME = {name!r}\n",
    }


OLD = files_of("dask", "acme-core<1.17")
BROKEN = {**files_of("dask"), "acme/dask/__init__.py": "raise RuntimeError('no such luck')\n"}
POINTED = files_of("base")
POINTED["pyproject.toml"] += '[project.entry-points.acme]\nbase = "acme.base:gone"\n'
FILES = {"acme-base": files_of("base"), "acme-spark": SPARK, "acme-dask": files_of("dask", "acme-core>=1", "other")}


def plan_of(repo: Repo, address: Address, names: Iterable[str]) -> ReleasePlan:
    plugins = tuple(PLANNED[name] for name in names)
    return ReleasePlan(
        version="1.17.0", commit=repo.head, epoch=EPOCH, core="acme-core", index=address.upload, plugins=plugins
    )


class StepReporter(SilentReporter):
    """A reporter that collects the steps of an inspection."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, int | None, str]] = []

    def started(self, task: str, total: int | None, unit: str) -> None:
        self.steps.append((task, total, unit))


@dataclass(frozen=True)
class ReleaseSetup:
    """A repository with three plugins, the store of their release, and a package index."""

    repo: Repo
    store: Store
    address: Address
    packages: Path

    def put(self, name: str, built: BuiltArtifacts, *lost: str) -> None:
        files = tuple(self.store.add(name, file, data) for file, data in built.files.items())
        self.store.journal.append(Built(plugin=name, files=files, lost=lost))

    def at(self, files: Mapping[str, Mapping[str, str]], folder: Path) -> ReleaseSetup:
        """Return the release of only these plugins, with these files."""
        for name, each in files.items():
            self.repo.commit({f"{PLANNED[name].path}/{path}": content for path, content in each.items()})
        return replace(self, store=make_store(str(folder / "other"), plan_of(self.repo, self.address, files)))

    def serve(self, built: BuiltArtifacts) -> None:
        for name, data in built.files.items():
            (self.packages / name).write_bytes(data)

    def inspect(
        self, reporter: Reporter | None = None, *, address: Address | None = None, **settings: Any
    ) -> Inspection:
        uv = shutil.which("uv")
        assert uv is not None, "these tests need uv"
        address = address or self.address
        env = {**os.environ, "UV_HTTP_RETRIES": "0"}
        tools = Tools(Uv(uv, env, GroupRunner(), (address.simple,), timeout=300.0), IndexClient(address))
        tree = open_repository(str(self.repo.root), SpawnRunner(), os.environ).tree(self.store.plan.commit)
        return inspect(
            self.store, tree, read_config(tree), tools, InspectionSettings(**settings), reporter or SilentReporter()
        )

    def journal(self, kind: type[T]) -> list[T]:
        return [event for event in self.store.journal.read() if isinstance(event, kind)]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, BuiltArtifacts]:
    return {name: build(FILES[name], PLANNED[name], tmp_path_factory.mktemp(name), PLANNED) for name in FILES}


@pytest.fixture(scope="session")
def old(tmp_path_factory: pytest.TempPathFactory) -> BuiltArtifacts:
    return build(OLD, PLANNED["acme-dask"], tmp_path_factory.mktemp("old"), PLANNED)


@pytest.fixture(scope="session")
def broken(
    built: Mapping[str, BuiltArtifacts], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, BuiltArtifacts]:
    """A plugin that cannot be imported, and one whose entry point does not exist."""
    dask = build(BROKEN, PLANNED["acme-dask"], tmp_path_factory.mktemp("broken"), PLANNED)
    base = build(POINTED, PLANNED["acme-base"], tmp_path_factory.mktemp("pointed"), PLANNED)
    return {**built, "acme-dask": dask, "acme-base": base}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Address, Path]]:
    folder = tmp_path_factory.mktemp("index")
    with pypiserver(folder) as server:
        yield server.address, folder / "packages"


@pytest.fixture
def unbuilt(tmp_path: Path, index: tuple[Address, Path]) -> ReleaseSetup:
    """Nothing is built yet; the index has the core and the other requirements."""
    address, packages = index
    for old in packages.iterdir():
        old.unlink()
    for name, version in (("acme-core", "1.17.0"), ("other", "1")):
        file, data = minimal_artifacts.wheel(PlannedDistribution(name, "", "", version))
        (packages / file).write_bytes(data)
    repo = Repo.of(tmp_path / "repo", {"pyproject.toml": ROOT})
    for name, files in FILES.items():
        repo.commit({f"{PLANNED[name].path}/{path}": content for path, content in files.items()})
    return ReleaseSetup(repo, make_store(str(tmp_path / "store"), plan_of(repo, address, FILES)), address, packages)


@pytest.fixture
def release(unbuilt: ReleaseSetup, built: Mapping[str, BuiltArtifacts]) -> ReleaseSetup:
    """Everything is built, without defects."""
    for name in FILES:
        unbuilt.put(name, built[name])
    return unbuilt


def with_tests(built: BuiltArtifacts) -> BuiltArtifacts:
    return built.changed({"tests/test_it.py": b"def test_it():\n    pass\n"})


def test_sound_plugins_pass_and_the_journal_records_their_hashes(release: ReleaseSetup) -> None:
    reporter = StepReporter()
    found = release.inspect(reporter)
    assert reporter.steps == [
        ("checking artifacts", 3, "plugins"),
        ("looking for lost descriptions", 2, "plugins"),
        ("resolving", 3, "plugins"),
    ]
    assert found.findings == {"acme-base": (), "acme-spark": (), "acme-dask": ()}
    assert (found.held, found.stopped) == ({}, ())
    events = release.journal(Inspected)
    assert {event.plugin for event in events} == set(FILES)
    files = {event.plugin: event.files for event in release.journal(Built)}
    assert all(set(event.files) == {file.sha256 for file in files[event.plugin]} for event in events)


def test_inspecting_again_writes_nothing_and_queries_no_index(release: ReleaseSetup) -> None:
    release.inspect()
    before = list(release.store.journal.read())
    nobody = f"http://127.0.0.1:{free_port()}/"
    release.inspect(address=Address(nobody, nobody))
    assert list(release.store.journal.read()) == before


def test_a_replaced_artifact_in_the_store_is_an_error(
    release: ReleaseSetup, built: Mapping[str, BuiltArtifacts]
) -> None:
    name, data = built["acme-dask"].wheel
    place = release.store.path("acme-dask", name)
    os.chmod(place, 0o644)
    with open(place, "wb") as file:
        file.write(data[:-1])
    with pytest.raises(StoreError, match=r"acme_dask.*is not the file that was built"):
        release.inspect()
    assert release.journal(Inspected) == []


def test_unbuilt_plugins_cannot_be_inspected(unbuilt: ReleaseSetup, built: Mapping[str, BuiltArtifacts]) -> None:
    unbuilt.put("acme-base", built["acme-base"])
    with pytest.raises(UsageError, match="2 plugins are not built yet, such as acme-spark"):
        unbuilt.inspect()


def test_a_faulty_plugin_is_held_back_with_its_dependents_only(
    unbuilt: ReleaseSetup, built: Mapping[str, BuiltArtifacts]
) -> None:
    unbuilt.put("acme-base", with_tests(built["acme-base"]))
    unbuilt.put("acme-spark", built["acme-spark"])
    unbuilt.put("acme-dask", built["acme-dask"])
    found = unbuilt.inspect()
    assert found.stopped == ()
    assert {name for name, findings in found.findings.items() if findings} == {"acme-base"}
    assert {name: held.because for name, held in found.held.items()} == {"acme-base": None, "acme-spark": "acme-base"}
    assert [event.plugin for event in unbuilt.journal(HeldBack)] == ["acme-base", "acme-spark"]


def test_a_dependent_that_accepts_a_published_version_is_not_held_back(
    unbuilt: ReleaseSetup, built: Mapping[str, BuiltArtifacts]
) -> None:
    file, data = minimal_artifacts.wheel(PlannedDistribution("acme-base", "", "", "1.17.0"))
    (unbuilt.packages / file).write_bytes(data)
    unbuilt.put("acme-base", with_tests(built["acme-base"]))
    unbuilt.put("acme-spark", built["acme-spark"])
    unbuilt.put("acme-dask", built["acme-dask"])
    assert set(unbuilt.inspect().held) == {"acme-base"}


def test_a_faulty_plugin_of_a_stopping_tier_stops_the_release(
    unbuilt: ReleaseSetup, built: Mapping[str, BuiltArtifacts]
) -> None:
    for name in FILES:
        unbuilt.put(name, with_tests(built[name]) if name == "acme-spark" else built[name])
    found = unbuilt.inspect()
    assert found.stopped == ("acme-spark",)
    assert {finding.rule for finding in found.findings["acme-spark"]} == {"tree", "namespace"}


def renamed(built: BuiltArtifacts, version: str) -> BuiltArtifacts:
    """The same artifacts under another version."""
    change = lambda data: data.replace(b"Version: 1.17.0", f"Version: {version}".encode())  # noqa: E731
    files = built.with_metadata(change).files
    return replace(built, files={file.replace("1.17.0", version): data for file, data in files.items()})


@pytest.mark.parametrize(("strict", "stopped"), [(False, ()), (True, ("acme-spark",))])
def test_a_known_defect_holds_back_and_stops_only_in_strict_mode(
    unbuilt: ReleaseSetup, built: Mapping[str, BuiltArtifacts], strict: bool, stopped: tuple[str, ...]
) -> None:
    bare = built["acme-spark"].changed({"acme_spark-1.17.0.dist-info/licenses/LICENSE": None})
    unbuilt.serve(renamed(bare, "1.16.0"))
    for name in FILES:
        unbuilt.put(name, bare if name == "acme-spark" else built[name])
    found = unbuilt.inspect(strict=strict)
    assert [finding.known for finding in found.findings["acme-spark"]] == [True, True]
    assert found.stopped == stopped
    standing = unbuilt.store.state().plugins["acme-spark"]
    assert (standing.status.value, standing.stops) == ("faulty", strict)
    assert set(found.held) == {"acme-spark"} - {*stopped}


def test_a_new_defect_stops_the_release(unbuilt: ReleaseSetup, built: Mapping[str, BuiltArtifacts]) -> None:
    unbuilt.serve(renamed(built["acme-spark"], "1.16.0"))
    bare = built["acme-spark"].changed({"acme_spark-1.17.0.dist-info/licenses/LICENSE": None})
    for name in FILES:
        unbuilt.put(name, bare if name == "acme-spark" else built[name])
    assert unbuilt.inspect().stopped == ("acme-spark",)
    assert unbuilt.store.state().plugins["acme-spark"].stops


@pytest.mark.parametrize(("shipped_before", "stopped"), [(True, ("acme-spark",)), (False, ())])
def test_a_file_that_an_sdist_omits_stops_unless_the_previous_release_lacked_it(
    unbuilt: ReleaseSetup, built: Mapping[str, BuiltArtifacts], shipped_before: bool, stopped: tuple[str, ...]
) -> None:
    then = built["acme-spark"].changed({"acme/spark/table.json": b"{}"}) if shipped_before else built["acme-spark"]
    unbuilt.serve(renamed(then, "1.16.0"))
    for name in FILES:
        unbuilt.put(name, built[name], *(["acme/spark/table.json"] if name == "acme-spark" else []))
    found = unbuilt.inspect()
    (finding,) = found.findings["acme-spark"]
    assert (finding.rule, finding.known) == ("lost", not shipped_before)
    assert found.stopped == stopped


def test_a_plugin_that_lost_its_readme_is_found(unbuilt: ReleaseSetup, built: Mapping[str, BuiltArtifacts]) -> None:
    header = b"Description-Content-Type: text/markdown\n"
    described = built["acme-base"].with_metadata(lambda data: header + data.rstrip() + b"\n\n# Base\n")
    unbuilt.serve(renamed(described, "1.16.0"))
    unbuilt.serve(renamed(built["acme-dask"], "1.16.0"))
    for name in FILES:
        unbuilt.put(name, built[name])
    found = unbuilt.inspect().findings
    assert [finding.message for finding in found["acme-base"]] == [
        "acme-base has no description, but 1.16.0 had one; is the README missing from the metadata?"
    ]
    assert found["acme-dask"] == ()


def test_a_dependent_of_a_failed_build_is_held_back_without_a_finding(
    unbuilt: ReleaseSetup, built: Mapping[str, BuiltArtifacts]
) -> None:
    unbuilt.store.journal.append(BuildFailed(plugin="acme-base", why="the build failed"))
    for name in ("acme-spark", "acme-dask"):
        unbuilt.put(name, built[name])
    found = unbuilt.inspect()
    assert found.findings == {"acme-spark": (), "acme-dask": ()}
    assert {name: held.because for name, held in found.held.items()} == {"acme-spark": "acme-base"}
    assert found.stopped == ()


def test_a_plugin_that_was_never_installable_is_a_known_defect(
    unbuilt: ReleaseSetup, built: Mapping[str, BuiltArtifacts]
) -> None:
    (unbuilt.packages / "other-1-py3-none-any.whl").unlink()
    unbuilt.serve(renamed(built["acme-dask"], "1.16.0"))
    for name in FILES:
        unbuilt.put(name, built[name])
    assert [finding.known for finding in unbuilt.inspect().findings["acme-dask"]] == [True]


def test_a_plugin_that_cannot_be_installed_is_found(release: ReleaseSetup) -> None:
    (release.packages / "other-1-py3-none-any.whl").unlink()
    findings = release.inspect().findings["acme-dask"]
    assert [finding.rule for finding in findings] == ["resolve"]
    assert f"on Python {PYTHON}" in findings[0].message
    assert "other" in findings[0].message


def test_a_plugin_that_excludes_the_core_of_its_version_is_found(
    unbuilt: ReleaseSetup, old: BuiltArtifacts, tmp_path: Path
) -> None:
    release = unbuilt.at({"acme-dask": OLD}, tmp_path)
    release.put("acme-dask", old)
    findings = release.inspect().findings["acme-dask"]
    assert [finding.rule for finding in findings] == ["resolve"]
    assert "acme-core" in findings[0].message


def test_an_unreachable_index_is_an_error_and_no_finding(release: ReleaseSetup) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/"
    with pytest.raises(IndexUnreachableError):
        release.inspect(address=Address(nobody, nobody))
    assert release.journal(Inspected) == []


def test_a_plugin_that_crashes_a_rule_is_the_only_one_with_a_finding(
    unbuilt: ReleaseSetup, built: Mapping[str, BuiltArtifacts], monkeypatch: pytest.MonkeyPatch
) -> None:
    from commonhold.release.inspect import artifact_checks

    def broken(planned: PlannedDistribution) -> Iterator[RawFinding]:
        if planned.name == "acme-dask":
            raise RecursionError
        return check_project_name(planned)

    monkeypatch.setattr(artifact_checks, "check_project_name", broken)
    for name in FILES:
        unbuilt.put(name, built[name])
    found = unbuilt.inspect().findings
    assert {name: len(findings) for name, findings in found.items()} == {
        "acme-base": 0,
        "acme-spark": 0,
        "acme-dask": 1,
    }


def test_only_the_first_hundred_findings_are_listed(unbuilt: ReleaseSetup, built: Mapping[str, BuiltArtifacts]) -> None:
    more = {f"acme/dask/more{number}.py": b"x = 1\n" for number in range(1000)}
    for name in FILES:
        unbuilt.put(name, built[name].changed(more) if name == "acme-dask" else built[name])
    findings = unbuilt.inspect().findings["acme-dask"]
    assert len(findings) == 101
    assert findings[-1] == ArtifactFinding("more", "900 more findings")


def test_a_file_of_two_plugins_is_a_finding_of_both(unbuilt: ReleaseSetup, built: Mapping[str, BuiltArtifacts]) -> None:
    shared = {"shared/thing.py": b"x = 1\n"}
    for name in FILES:
        unbuilt.put(name, built[name].changed(shared) if name != "acme-spark" else built[name])
    found = unbuilt.inspect().findings
    shared_findings = {
        name: [each.message for each in findings if each.rule == "shared"] for name, findings in found.items()
    }
    assert shared_findings == {
        "acme-base": ["shared/thing.py of acme-base is also installed by acme-dask"],
        "acme-spark": [],
        "acme-dask": ["shared/thing.py of acme-dask is also installed by acme-base"],
    }


def test_only_the_intruder_in_a_namespace_has_a_finding(
    unbuilt: ReleaseSetup, built: Mapping[str, BuiltArtifacts]
) -> None:
    intruder = built["acme-dask"].changed({"acme/spark/__init__.py": b"x = 1\n"})
    for name in FILES:
        unbuilt.put(name, intruder if name == "acme-dask" else built[name])
    found = unbuilt.inspect().findings
    assert found["acme-spark"] == ()
    assert "shared" in {finding.rule for finding in found["acme-dask"]}


def test_a_package_that_hides_modules_of_others_is_found(
    unbuilt: ReleaseSetup, built: Mapping[str, BuiltArtifacts]
) -> None:
    hiding = built["acme-dask"].changed({"acme/__init__.py": b""})
    for name in FILES:
        unbuilt.put(name, hiding if name == "acme-dask" else built[name])
    found = unbuilt.inspect().findings["acme-dask"]
    assert "acme/__init__.py of acme-dask hides modules of acme-base, acme-spark" in {each.message for each in found}


def test_importing_finds_what_fails_after_installation(
    unbuilt: ReleaseSetup, broken: Mapping[str, BuiltArtifacts], tmp_path: Path
) -> None:
    release = unbuilt.at({"acme-base": POINTED, "acme-spark": SPARK, "acme-dask": BROKEN}, tmp_path)
    for name in FILES:
        release.put(name, broken[name])
    reporter = StepReporter()
    found = release.inspect(reporter, smoke=True).findings
    assert [(task, total) for task, total, _ in reporter.steps[-2:]] == [
        ("importing", 3),
        ("comparing with the previous release", 2),
    ]
    assert found["acme-spark"] == ()
    assert [each.message for each in found["acme-dask"]] == [
        "acme-dask, once installed, fails to import acme.dask: RuntimeError: no such luck"
    ]
    assert [each.rule for each in found["acme-base"]] == ["import"]
    assert "load the entry point base (acme): AttributeError" in found["acme-base"][0].message
    assert release.inspect().findings == found  # without --smoke, earlier import findings stay


def test_the_command_prints_findings_and_its_exit_code_follows_strict(
    unbuilt: ReleaseSetup, built: Mapping[str, BuiltArtifacts], capsys: pytest.CaptureFixture[str]
) -> None:
    for name in FILES:
        unbuilt.put(name, with_tests(built[name]) if name == "acme-base" else built[name])
    words = ["-C", str(unbuilt.repo.root), "release", "inspect", "--store", unbuilt.store.folder]
    words += ["--index", unbuilt.address.simple, "--simple", unbuilt.address.simple]
    assert main(words) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "acme-base is held back"
    assert out[3:] == [
        "acme-spark is held back",
        "  it needs acme-base, which is held back",
        "1 of 3 plugins passed inspection",
    ]
    assert main([*words, "--strict"]) == 1


def test_top_level_modules_are_below_namespaces() -> None:
    installs = ["ns/a/__init__.py", "ns/a/b.py", "ns/b/c.py", "one.py", "two/__init__.py", "{bin}/x", "ns/d-e/f.py"]
    assert top_level_modules(installs) == ["ns.a", "ns.b.c", "one", "two"]
