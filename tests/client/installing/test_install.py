"""Installing plugins with real installers into real environments."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from commonhold_plugins.errors import ClientError
from commonhold_plugins.installers.choose import choose_installer
from commonhold_plugins.installers.requests import ConflictError, DifferentHashError
from commonhold_plugins.plan.apply import RestoredError
from commonhold_plugins.plan.model import decode_plan
from commonhold_plugins.plan.planner import Planner
from tests.client.installing.community import CORE, CORE_VERSION, Community, Session, uv
from tests.support import package_index
from tests.support.package_index import small_wheel


@pytest.fixture
def session(community: Community, python: str) -> Session:
    community.index.add("leaf", "1.0")
    community.index.add("leaf", "2.0")
    community.release("demo-base", "1.16.5")
    community.release("demo-spark", "1.16.5", "demo-base==1.16.5", "leaf")
    return Session(community, python)


uv_only = pytest.mark.parametrize("python", ["uv"], indirect=True)


def test_a_plugin_and_the_plugins_it_requires_are_installed_by_hash(session: Session) -> None:
    plan = session.install("spark")
    assert [(each.name, each.action, each.requested) for each in plan.plugins] == [
        ("demo-base", "install", False),
        ("demo-spark", "install", True),
    ]
    assert [(each.name, each.old, each.new) for each in plan.dependencies] == [("leaf", None, "2.0")]
    assert session.versions() == {CORE: CORE_VERSION, "demo-base": "1.16.5", "demo-spark": "1.16.5", "leaf": "2.0"}
    receipt = session.state.plugins["demo-spark"]
    assert receipt.url is not None
    assert receipt.sha256 == session.community.index.sha256(receipt.url.rpartition("/")[2])
    assert "/simple/demo-base/" not in session.community.index.requests
    assert decode_plan(plan.to_json()) == plan
    assert session.planner.install(["spark"]).changes == ()


@pytest.mark.parametrize(
    "fault",
    [package_index.unavailable, package_index.cut, package_index.swapped(b"other")],
    ids=["503", "cut", "swapped"],
)
@uv_only
def test_a_fault_leaves_the_environment_as_it_was(session: Session, fault: package_index.Fault) -> None:
    plan = session.planner.install(["spark"])
    before = session.versions()
    session.community.index.faults["demo_spark-1.16.5-py3-none-any.whl"] = fault
    with pytest.raises(ClientError):
        session.apply(plan)
    assert session.versions() == before
    assert session.state.plugins == {}
    assert session.state.unfinished == ()
    session.community.index.faults.clear()
    session.install("spark")


def test_a_file_with_another_hash_is_never_installed(session: Session) -> None:
    plan = session.planner.install(["base"])
    other = small_wheel("demo-base", "1.16.5", CORE, salt="other")[1]
    session.community.index.faults["demo_base-1.16.5-py3-none-any.whl"] = package_index.swapped(other)
    with pytest.raises(DifferentHashError):
        session.apply(plan)
    assert session.versions() == {CORE: CORE_VERSION}


@uv_only
def test_no_setting_of_uv_turns_off_the_check_of_hashes(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = session.planner.install(["base"])
    other = small_wheel("demo-base", "1.16.5", CORE, salt="other")[1]
    session.community.index.faults["demo_base-1.16.5-py3-none-any.whl"] = package_index.swapped(other)
    (tmp_path / "uv.toml").write_text("[pip]\nverify-hashes = false\n")
    monkeypatch.delenv("UV_NO_CONFIG")
    monkeypatch.setenv("UV_CONFIG_FILE", str(tmp_path / "uv.toml"))
    monkeypatch.setenv("UV_NO_VERIFY_HASHES", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    with pytest.raises(DifferentHashError):
        session.apply(plan)
    assert session.versions() == {CORE: CORE_VERSION}


@pytest.mark.parametrize("python", ["pip"], indirect=True)
def test_no_variable_of_pip_redirects_an_installation(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = str(tmp_path / "elsewhere")
    for name in ("PYTHON", "TARGET", "PREFIX", "ROOT", "SRC", "REPORT", "REQUIREMENT", "EDITABLE", "GROUP"):
        monkeypatch.setenv(f"PIP_{name}", elsewhere)
    for name in ("USER", "NO_DEPS", "DRY_RUN", "IGNORE_INSTALLED"):
        monkeypatch.setenv(f"PIP_{name}", "1")
    session.install("spark")
    assert session.versions() == {CORE: CORE_VERSION, "demo-base": "1.16.5", "demo-spark": "1.16.5", "leaf": "2.0"}
    assert not (tmp_path / "elsewhere").exists()


def test_the_core_is_never_changed(session: Session) -> None:
    session.community.index.add(CORE, "2.0.0")
    # The plugin index claims that it fits; its metadata demand another core.
    file = session.community.index.add("demo-mover", "1.0", f"{CORE}>=2")
    session.community.list_file("demo-mover", "1.0", file)
    with pytest.raises(ConflictError, match=rf"{CORE}.*2"):
        session.planner.install(["mover"])


def test_a_wheel_that_overwrites_files_of_the_core_is_removed_again(session: Session) -> None:
    module = Path(session.environment.installed[CORE].location).parent / f"{CORE}/__init__.py"
    before = module.read_bytes()
    file = session.community.index.add("demo-over", "1.0", CORE, files={f"{CORE}/__init__.py": b"changed\n"})
    session.community.list_file("demo-over", "1.0", file)
    with pytest.raises(RestoredError, match=f"has changed files of {CORE}"):
        session.install("over")
    assert session.versions() == {CORE: CORE_VERSION}
    assert module.read_bytes() == before


@uv_only
def test_the_same_version_from_elsewhere_is_replaced(session: Session) -> None:
    file = session.community.index.add("demo-base", "1.16.5", CORE, salt="other")
    uv("pip", "install", "--python", session.python, "--no-cache", session.community.index.url(file))
    session.refresh()
    session.community.index.add("demo-base", "1.16.5", f"{CORE}>=1.16,<2")
    module = Path(session.environment.installed["demo-base"].location).parent / "demo_base/__init__.py"
    assert "other" in module.read_text()
    assert [each.action for each in session.install("base").changes] == ["reinstall"]
    assert "other" not in module.read_text()


BACKEND = """
import shutil

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    shutil.copy("demo_night-0.0.0+develop-py3-none-any.whl", wheel_directory)
    return "demo_night-0.0.0+develop-py3-none-any.whl"
"""


def commit(folder: Path, name: str, data: bytes) -> str:
    """Commit a project in a subfolder, whose build backend needs nothing, and return the commit."""
    git = ["git", "-C", str(folder), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    (folder / "plugin").mkdir(parents=True, exist_ok=True)
    (folder / "plugin/backend.py").write_text(BACKEND)
    (folder / "plugin" / name).write_bytes(data)
    project = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    (folder / "plugin/pyproject.toml").write_text(
        f'{project}[project]\nname = "demo-night"\nversion = "0.0.0+develop"\n'
    )
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    return subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()


@uv_only
def test_a_nightly_release_is_installed_from_its_commit(session: Session, tmp_path: Path) -> None:
    for salt, action in (("one", "install"), ("two", "reinstall")):
        name, data = small_wheel("demo-night", "0.0.0+develop", CORE, salt=salt)
        head = commit(tmp_path / "git", name, data)
        git = f"git+file://{tmp_path}/git@{head}#subdirectory=plugin"
        session.community.release("demo-night", f"1.16.dev{len(salt) + len(action)}", files=(), git=git)
        plan = session.install("night", pre=True)
        assert [(each.action, each.url) for each in plan.changes] == [(action, git)]
        assert session.versions()["demo-night"] == "0.0.0+develop"
        assert session.planner.install(["night"], pre=True).changes == ()


@uv_only
def test_a_redirect_to_another_host_is_checked_by_its_hash(session: Session) -> None:
    file = "demo_base-1.16.5-py3-none-any.whl"
    with package_index.package_index() as elsewhere:
        elsewhere.files[file] = session.community.index.files[file]
        session.community.index.faults[file] = package_index.redirected(elsewhere.url(file))
        plan = session.planner.install(["base"])
        elsewhere.files[file] = small_wheel("demo-base", "1.16.5", CORE, salt="other")[1]
        with pytest.raises(DifferentHashError):
            session.apply(plan)
        assert session.versions() == {CORE: CORE_VERSION}


@uv_only
def test_without_the_network_files_come_from_the_cache(session: Session) -> None:
    session.community.index.caching = "max-age=3600"
    session.install("base")
    uv("pip", "uninstall", "--python", session.python, "demo-base")
    session.refresh()
    session.community.index.faults["demo_base-1.16.5-py3-none-any.whl"] = package_index.unavailable
    before = len(session.community.index.requests)
    installer = choose_installer(session.environment, offline=True)
    plan = Planner(session.community.catalog(), session.environment, session.state, installer).sync()
    installer.apply(plan.request())
    assert session.community.index.requests[before:] == []
    session.refresh()
    assert session.versions() == {CORE: CORE_VERSION, "demo-base": "1.16.5"}


def test_pip_is_not_used_without_the_network(session: Session) -> None:
    assert choose_installer(session.environment, offline=True).name == "uv"


@uv_only
def test_a_slow_server_is_waited_for(session: Session) -> None:
    session.community.index.faults["demo_base-1.16.5-py3-none-any.whl"] = package_index.slow
    session.install("base")
    assert session.versions() == {CORE: CORE_VERSION, "demo-base": "1.16.5"}
