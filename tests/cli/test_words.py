"""Messages of commands next to their result."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import tomli
from hypothesis import given
from hypothesis import strategies as st

from commonhold.cli.__main__ import main
from commonhold.text import wrap_line
from tests.support.monorepos import Monorepo, plugin
from tests.support.terminals import in_terminal

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

A, B, C = "official/a", "official/b", "community/c"


def source(folder: str, name: str = "__init__") -> str:
    return f"{folder}/acme/{folder[-1]}/{name}.py"


def run(monorepo: Monorepo, *words: str) -> int:
    return main(["-C", str(monorepo.repo.root), *words])


def test_files_that_import_the_same_share_a_line_of_the_graph(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    imports = {source(B, name): "import acme.a\n" for name in ("one", "three", "two")}
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B, ["a"]), plugin(C, groups={"dev": ["a"]}), imports)
    assert run(monorepo, "graph") == 0
    assert capsys.readouterr().out.splitlines() == [
        "official (3)",
        "  a",
        "  alone",
        "  b",
        f"    └ a (import): {source(B, 'one')} and 2 more",
        "    └ a (runtime)",
        "community (2)",
        "  c",
        "    └ a (group)",
        "  lonely",
    ]


def test_many_warnings_do_not_hide_the_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    users = [f"official/b{number}" for number in range(7)]
    imports = {f"{folder}/acme/x.py": "import acme.a\n" for folder in users}
    monorepo = Monorepo.of(tmp_path, plugin(A), *map(plugin, users), imports)
    monorepo.commit({f"{folder}/data.txt": "more\n" for folder in users})
    for command in ("affected", "plan"):
        assert run(monorepo, command, "--base", "HEAD~1") == 0
        warnings = [line for line in capsys.readouterr().err.splitlines() if "import" in line or "more" in line]
        assert warnings[0] == f"warning: b0 imports a ({users[0]}/acme/x.py) but does not declare it"
        assert warnings[5:] == ["warning: … and 2 more; `commonhold graph` lists all of them"]


def test_removed_plugins_are_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B))
    monorepo.commit(dict.fromkeys(plugin(A)))
    assert run(monorepo, "affected", "--base", "HEAD~1") == 0
    assert capsys.readouterr().err.splitlines()[2:] == ["removed: a"]
    assert run(monorepo, "affected", "--base", "HEAD~1", "--explain", "A") == 0
    assert capsys.readouterr().err.splitlines()[1:] == ["a was removed"]


def test_projects_that_no_tier_covers_share_a_note_of_the_graph(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    others = dict.fromkeys(
        ("other/pyproject.toml", "other/inner/setup.py", "more/setup.cfg", f"{A}/tests/x/setup.py"), ""
    )
    monorepo = Monorepo.of(tmp_path, plugin(A), others)
    assert run(monorepo, "graph") == 0
    notes = [line for line in capsys.readouterr().err.splitlines() if line.startswith("note: no tier")]
    assert notes == [
        "note: no tier covers these projects: more, other, other/inner; add them to a tier, or to ignore",
    ]


def test_a_shallow_history_is_called_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monorepo = Monorepo.of(tmp_path / "whole", plugin(A))
    monorepo.commit({"docs/a.md": "a\n"})
    shallow = tmp_path / "shallow"
    monorepo.repo.git("clone", "-q", "--depth", "2", f"file://{monorepo.repo.root}", str(shallow))
    assert main(["-C", str(shallow), "audit", "--last", "5"]) == 0
    said = capsys.readouterr()
    assert "warning: this clone is shallow and has only 2 commits; run `git fetch --unshallow`" in said.err
    assert said.out.startswith("1 commit: 1 none")


def test_a_file_without_rules_is_not_answered_with_how_to_name_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A))
    (tmp_path / "other.toml").write_text("[commonhold]\n")
    assert main(["-C", str(monorepo.repo.root), "--config", str(tmp_path / "other.toml"), "graph"]) == 2
    assert "A file passed to --config needs these lines, too:" in capsys.readouterr().err


def test_the_text_begins_with_what_was_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A))
    start = monorepo.repo.rev("HEAD")[:7]
    monorepo.repo.switch("work", "main")
    monorepo.commit({f"{A}/data.txt": "one\n"})
    monorepo.commit({f"{A}/data.txt": "two\n"})
    head = monorepo.repo.head[:7]
    for command in ("affected", "plan"):
        for words, line in (
            ([], f"compared with the merge base of main ({start}, 2 commits)"),
            (["--base", "main"], f"compared with main ({start}, 2 commits)"),
            (["--head", "HEAD"], f"{head} compared with the merge base of main ({start}, 2 commits)"),
            (["--base", "HEAD~1", "--exact"], f"compared with HEAD~1 ({monorepo.repo.rev('HEAD~1')[:7]}, 1 commit)"),
        ):
            assert run(monorepo, command, *words) == 0
            assert capsys.readouterr().err.splitlines()[0] == line


def test_a_change_of_the_rules_alone_suggests_to_leave_it_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A))
    rules = monorepo.repo.root / "pyproject.toml"
    rules.write_text(
        rules.read_text(encoding="utf-8") + '\n[tool.commonhold.plugins.a]\nreads = ["data/**"]\n', encoding="utf-8"
    )
    assert run(monorepo, "affected", "--base", "HEAD") == 0
    assert "run with --base HEAD" in capsys.readouterr().err
    (monorepo.repo.root / A / "more.txt").write_text("", encoding="utf-8")
    assert run(monorepo, "affected", "--base", "HEAD") == 0
    assert "run with --base HEAD" in capsys.readouterr().err
    monorepo.commit({"unknown.txt": ""})
    assert run(monorepo, "affected", "--base", "HEAD~1") == 0
    assert "run with --base HEAD" not in capsys.readouterr().err


def test_lines_to_paste_are_not_broken(tmp_path: Path) -> None:
    folders = [f"{place}/with/a/long/name" for place in ("plugins/a", "plugins/b", "core/in/a/folder")]
    config = "[project]\n"
    monorepo = Monorepo.of(tmp_path, *map(plugin, folders), config=config)
    script = "from commonhold.cli.__main__ import console_script; console_script()"
    command = [sys.executable, "-c", script, "-C", str(monorepo.repo.root), "affected"]
    lines = "\n".join(in_terminal(command, 40, stderr=True))
    assert len(tomli.loads(lines[lines.index("[tool.commonhold]\n") :])["tool"]["commonhold"]["tiers"]) == 1


def test_a_terminal_folds_equal_lines_and_wraps_long_ones(tmp_path: Path) -> None:
    folders = [f"official/plugin{number}" for number in range(6)]
    monorepo = Monorepo.of(tmp_path, *map(plugin, folders))
    path = "a/path/that/no/rule/matches/and/that/is/long.txt"
    monorepo.commit({path: "", f"{folders[2]}/data.txt": ""})
    script = "from commonhold.cli.__main__ import console_script; console_script()"
    command = [sys.executable, "-c", script, "-C", str(monorepo.repo.root), "affected", "--base", "HEAD~1"]
    for width in (60, 80, 120):
        lines = in_terminal(command, width)
        starts = [line.split("  ")[0].strip() for line in lines if line[0] != " "]
        assert starts == ["lonely", "plugin2", "6 plugins"]
        assert all(len(line) <= width for line in lines)


def test_a_mistyped_command_is_reported_with_the_closest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["affectd"]) == 2
    assert "No such command 'affectd' (did you mean 'affected'?)" in capsys.readouterr().err
    assert main(["release", "publis"]) == 2
    assert "No such command 'publis' (did you mean 'publish'?)" in capsys.readouterr().err


def test_the_short_option_for_the_version_equals_the_long_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    long = capsys.readouterr().out
    assert main(["-V"]) == 0
    assert capsys.readouterr().out == long


def test_colours_follow_the_environment(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A))
    monorepo.commit({f"{A}/data.txt": ""})
    script = "from commonhold.cli.__main__ import console_script; console_script()"
    command = [sys.executable, "-c", script, "-C", str(monorepo.repo.root), "affected", "--base", "HEAD~1"]
    plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    for more, coloured in (({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)):
        found = subprocess.run(command, env={**plain, **more}, capture_output=True, text=True, check=True)
        assert ("\x1b[" in found.stdout) is coloured


def test_every_command_fits_a_narrow_terminal(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B), {f"{B}/acme/b/more.py": "import acme.a\n"})
    path = "a/path/that/no/rule/matches/and/is/long.txt"
    monorepo.commit({path: "", f"{A}/data.txt": ""})
    script = "from commonhold.cli.__main__ import console_script; console_script()"
    start = [sys.executable, "-c", script, "-C", str(monorepo.repo.root)]
    for words in (
        "affected --base HEAD~1 --explain",
        "plan --base HEAD~1",
        "graph",
        "audit",
        "affected --base nowhere",
    ):
        lines = in_terminal([*start, *words.split()], 60, stderr=True)
        assert [line for line in lines if len(line) > 60 and "replaying" not in line] == []
    assert any("`git log --all --oneline`" in line for line in lines)  # a command is not broken


@given(st.lists(st.text("ab`(+1) more", max_size=12)), st.integers(1, 30), st.integers(0, 4))
def test_a_broken_line_keeps_its_words_and_its_commands(words: list[str], width: int, indent: int) -> None:
    text = " ".join(words).strip()
    lines = wrap_line(text, width, indent)
    assert " ".join(" ".join(lines).split()) == " ".join(text.split())
    for line in lines[1:]:
        assert line.startswith(" " * indent)
    for line in lines:
        assert len(line) <= width or re.fullmatch(r" *(?:`[^`]*`|\(\+\d+ more\)|[^ ])+", line)
