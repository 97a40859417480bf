"""Where undeclared imports are reported, and how the root accepts one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from commonhold.cli.__main__ import main
from tests.support.monorepos import CONFIG as DEFAULTS
from tests.support.monorepos import Monorepo, plugin

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

# Without it, `plan` warns that it does not know the versions to test on.
CONFIG = DEFAULTS.replace("\nignore", '\npython = ["3.12"]\nignore')
A, B, C = "official/a", "official/b", "community/c"
OF_B = f"b imports a ({B}/acme/b/more.py) but does not declare it"
OF_C = f"c imports a ({C}/acme/c/more.py) but does not declare it"


def importing(tmp_path: Path, config: str = CONFIG) -> Monorepo:
    """Two plugins that import a third without declaring it."""
    imports = {f"{B}/acme/b/more.py": "import acme.a\n", f"{C}/acme/c/more.py": "import acme.a\n"}
    return Monorepo.of(tmp_path, plugin(A), plugin(B), plugin(C), imports, config=config)


def warnings_of(monorepo: Monorepo, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[str]]:
    code = main(["-C", str(monorepo.repo.root), *words])
    lines = capsys.readouterr().err.splitlines()
    return code, [line.removeprefix("warning: ") for line in lines if line.startswith("warning: ")]


def documented(monorepo: Monorepo, capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert main(["-C", str(monorepo.repo.root), *words]) == 0
    warnings: list[str] = json.loads(capsys.readouterr().out)["warnings"]
    return warnings


def test_text_reports_an_undeclared_import_only_if_its_plugin_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monorepo = importing(tmp_path)
    monorepo.commit({f"{B}/data.txt": "more\n"})
    monorepo.commit({f"{A}/data.txt": "b and c depend on this, but they did not change\n"})
    for command in ("affected", "plan"):
        assert warnings_of(monorepo, capsys, command, "--base", "HEAD~2", "--head", "HEAD~1") == (0, [OF_B])
        assert warnings_of(monorepo, capsys, command, "--base", "HEAD~1", "--head", "HEAD") == (0, [])
        assert documented(monorepo, capsys, command, "--json", "--base", "HEAD~1") == [OF_B, OF_C]
    assert warnings_of(monorepo, capsys, "graph") == (0, [OF_B, OF_C])
    assert documented(monorepo, capsys, "graph", "--json") == [OF_B, OF_C]


def test_annotations_and_the_summary_omit_what_the_text_omits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monorepo = importing(tmp_path / "repo")
    monorepo.commit({f"{B}/data.txt": "more\n"})
    for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        monkeypatch.setenv(name, str(tmp_path / name))
    assert main(["-C", str(monorepo.repo.root), "plan", "--github", "--base", "HEAD~1"]) == 0
    annotations = [line for line in capsys.readouterr().err.splitlines() if line.startswith("::warning")]
    assert annotations == [f"::warning title=commonhold::{OF_B}"]
    summary = (tmp_path / "GITHUB_STEP_SUMMARY").read_text(encoding="utf-8")
    assert "b imports a" in summary
    assert "c imports a" not in summary


def test_every_undeclared_import_is_reported_if_the_changes_are_unknown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monorepo = importing(tmp_path)
    first = monorepo.repo.head
    assert warnings_of(monorepo, capsys, "affected", "--head", first) == (0, [OF_B, OF_C])


def test_an_import_of_the_core_is_reported_with_a_change_to_the_core(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = CONFIG.replace('distribution = "framework", pin = ["constraints.txt"]', 'path = ["framework/**"]')
    core = {
        "framework/pyproject.toml": '[project]\nname = "framework"\nversion = "1"\n',
        "framework/framework/__init__.py": "import acme.a\n",
    }
    monorepo = Monorepo.of(tmp_path, plugin(A), core, config=config)
    monorepo.commit({"framework/framework/more.py": ""})
    monorepo.commit({"official/alone/data.txt": ""})
    expected = "framework imports a (framework/framework/__init__.py) but does not declare it"
    assert warnings_of(monorepo, capsys, "affected", "--base", "HEAD~2", "--head", "HEAD~1") == (0, [expected])
    assert warnings_of(monorepo, capsys, "affected", "--base", "HEAD~1") == (0, [])
    accepting = config.replace('["framework/**"]', '["framework/**"], undeclared = ["a"]')
    monorepo.commit({"pyproject.toml": accepting, "framework/framework/more.py": "1\n"})
    assert warnings_of(monorepo, capsys, "affected", "--base", "HEAD~1") == (0, [])


def test_an_import_in_a_file_outside_plugins_is_reported_with_a_change_to_that_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shared = '[[tool.commonhold.shared]]\npath = ["conftest.py"]\naffects = "all"\n'
    more = {"conftest.py": "import acme.a\n"}
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B), plugin(C), more, config=CONFIG + shared)
    monorepo.commit({"conftest.py": "import acme.a  # changed\n"})
    monorepo.commit({f"{A}/data.txt": ""})
    expected = "conftest.py imports a, but 4 projects whose tests load it do not declare it"
    assert warnings_of(monorepo, capsys, "affected", "--base", "HEAD~2", "--head", "HEAD~1") == (0, [expected])
    assert warnings_of(monorepo, capsys, "affected", "--base", "HEAD~1") == (0, [])


def test_the_root_accepts_an_undeclared_import_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changes = {f"{B}/data.txt": "", f"{C}/data.txt": ""}
    for number, (config, left) in enumerate(
        (
            (CONFIG + '[tool.commonhold.plugins.b]\nundeclared = ["a"]\n', [OF_C]),
            (CONFIG + 'undeclared = ["A"]\n', [OF_B]),  # for each plugin of the tier `community`
        )
    ):
        monorepo = importing(tmp_path / str(number), config)
        monorepo.commit(changes)
        assert warnings_of(monorepo, capsys, "affected", "--base", "HEAD~1") == (0, left)
        assert warnings_of(monorepo, capsys, "graph") == (0, left)
        # The import stays a dependency, and programs see every warning.
        assert documented(monorepo, capsys, "affected", "--json", "--base", "HEAD~1") == [OF_B, OF_C]
        monorepo.commit({f"{A}/data.txt": ""})
        assert main(["-C", str(monorepo.repo.root), "affected", "--base", "HEAD~1"]) == 0
        assert capsys.readouterr().out.count("depends on a through an import") == 2


def test_a_name_that_accepts_nothing_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = '[tool.commonhold.plugins.b]\nundeclared = ["a", "c"]\n'
    monorepo = importing(tmp_path, CONFIG + 'undeclared = ["alone"]\n' + text)
    code, warnings = warnings_of(monorepo, capsys, "affected", "--base", "HEAD")
    assert code == 0
    assert warnings == [
        "tool.commonhold.tiers.community.undeclared: no undeclared import of alone was found; remove the name",
        "tool.commonhold.plugins.b.undeclared: no undeclared import of c was found; remove the name",
    ]
    monorepo.commit({"pyproject.toml": CONFIG + 'undeclared = ["alonee"]\n'})
    assert main(["-C", str(monorepo.repo.root), "affected"]) == 2
    expected = "tool.commonhold.tiers.community.undeclared: no plugin is named alonee (did you mean 'alone'?)"
    assert expected in capsys.readouterr().err


def test_an_author_cannot_accept_an_undeclared_import(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monorepo = importing(tmp_path)
    own = plugin(B, more='[tool.commonhold]\nundeclared = ["a"]')[f"{B}/pyproject.toml"]
    monorepo.commit({f"{B}/pyproject.toml": own})
    assert main(["-C", str(monorepo.repo.root), "affected"]) == 2
    assert f"{B}/pyproject.toml (b): tool.commonhold.undeclared: unknown key" in capsys.readouterr().err
