"""Upgrading plugins: all or nothing, in part, held, moved, and after the core was upgraded."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from commonhold_plugins.environments.target import TargetEnvironment
from commonhold_plugins.errors import ClientError, RefusedError
from commonhold_plugins.model import MovedTo, PluginStatus, ReleaseStatus
from commonhold_plugins.plan.selection import requirements_of
from tests.client.installing.community import CORE, CORE_VERSION, Community, Session, make_environment, uv
from tests.support import package_index


@pytest.fixture
def session(community: Community, tmp_path: Path) -> Session:
    """An environment with two plugins of which newer releases exist; ``csv`` stands alone."""
    community.release("demo-base", "1.16.5")
    community.release("demo-spark", "1.16.5", "demo-base==1.16.5")
    community.release("demo-csv", "1.16.5")
    session = Session(community, make_environment(tmp_path / "env"))
    session.install("spark", "csv")
    community.release("demo-base", "1.16.6")
    community.release("demo-spark", "1.16.6", "demo-base==1.16.6")
    return session


def plugins(version: str, csv: str = "1.16.5") -> dict[str, str]:
    return {CORE: CORE_VERSION, "demo-base": version, "demo-spark": version, "demo-csv": csv}


def test_plugins_that_pin_each_other_are_upgraded_together(session: Session) -> None:
    with pytest.raises(RefusedError, match=r"spark 1.16.5 needs demo-base==1.16.5, but 1.16.6 was chosen"):
        session.planner.upgrade(["base"])
    plan = session.upgrade()
    assert session.versions() == plugins("1.16.6")
    assert [note.url for each in plan.changes for note in each.notes] == ["https://demo.example/notes/1.16.6"] * 2


def test_a_failed_upgrade_restores_every_plugin(session: Session) -> None:
    plan = session.planner.upgrade()
    before = session.state
    session.community.index.faults["demo_spark-1.16.6-py3-none-any.whl"] = package_index.cut
    with pytest.raises(ClientError):
        session.apply(plan)
    assert session.versions() == plugins("1.16.5")
    assert session.state == before


def test_only_partial_upgrades_the_rest(session: Session) -> None:
    # The release claims to fit; its metadata do not.
    file = session.community.index.add("demo-csv", "1.16.6", f"{CORE}>=2")
    session.community.list_file("demo-csv", "1.16.6", file)
    with pytest.raises(RefusedError):
        session.planner.upgrade()
    plan = session.upgrade(partial=True)
    assert [each.name for each in plan.failed] == ["csv"]
    assert session.versions() == plugins("1.16.6")


def test_an_upgrade_never_installs_an_older_version(session: Session) -> None:
    session.community.release("demo-csv", "1.16.7b1")
    session.install("csv==1.16.7b1")
    assert [each.name for each in session.planner.upgrade(["csv"]).changes] == []
    session.community.statuses["demo-csv"] = PluginStatus(releases={"1.16.7b1": ReleaseStatus(yanked="broken")})
    assert [each.new for each in session.planner.upgrade(["csv"]).changes] == ["1.16.5"]


def test_a_moved_plugin_is_replaced_only_after_a_confirmation(session: Session) -> None:
    session.community.list_file(
        "acme-csv", "2.0", session.community.index.add("acme-csv", "2.0", CORE), core=">=1", source="acme"
    )
    session.community.statuses["demo-csv"] = PluginStatus(moved_to=MovedTo("acme/csv", "A fork took over."))
    plan = session.planner.upgrade(["csv"])
    assert plan.changes == ()
    assert "have not confirmed" in plan.skipped[0].reason
    session.upgrade("csv", follow={"demo-csv"})
    assert session.versions() == {CORE: CORE_VERSION, "demo-base": "1.16.5", "demo-spark": "1.16.5", "acme-csv": "2.0"}
    assert session.state.plugins["acme-csv"].source == "acme"


def test_plugins_that_move_to_each_other_or_to_themselves_stay(session: Session) -> None:
    before = session.versions()
    for names in (("spark", "base"), ("base", "spark")):
        moves = [PluginStatus(moved_to=MovedTo(name, "a loop")) for name in names]
        session.community.statuses = dict(zip(("demo-base", "demo-spark"), moves, strict=True))
        session.upgrade(follow=["demo-base", "demo-spark"])
        assert session.versions().keys() == before.keys()


@pytest.mark.parametrize("marker", ["python_version ~= 'abc'", "'a' ~= 'b'", "(" * 900])
def test_a_marker_that_cannot_be_evaluated_is_left_to_the_installer(marker: str) -> None:
    environment = TargetEnvironment("/env", "/env/bin/python", markers={"python_version": "3.11"})
    assert list(requirements_of((f"x; {marker}", "y"), environment)) == [("y", SpecifierSet())]


def test_sync_restores_the_plugins_of_a_rebuilt_environment(session: Session, tmp_path: Path) -> None:
    uv("venv", "--clear", "--quiet", str(tmp_path / "env"))
    uv("pip", "install", "--python", session.python, f"{CORE}=={CORE_VERSION}")
    session.refresh()
    session.apply(session.planner.sync())
    assert session.versions() == plugins("1.16.5")
    assert session.planner.sync().changes == ()


def test_sync_chooses_a_version_that_fits_another_core(session: Session) -> None:
    session.community.index.add(CORE, "2.0")
    session.community.release("demo-csv", "2.0", core=">=2")
    uv("pip", "install", "--python", session.python, f"{CORE}==2.0")
    session.refresh()
    plan = session.planner.sync()
    assert [(each.name, each.new) for each in plan.changes] == [("demo-csv", "2.0")]
    assert [each.name for each in plan.failed] == ["base", "spark"]


def test_sync_repairs_a_changed_file(session: Session) -> None:
    module = Path(session.environment.installed["demo-csv"].location).parent / "demo_csv/__init__.py"
    module.write_text("raise SystemExit\n")
    plan = session.planner.sync()
    assert [(each.name, each.action) for each in plan.changes] == [("demo-csv", "reinstall")]
    session.apply(plan)
    assert "__version__" in module.read_text()
