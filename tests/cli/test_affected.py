"""The output, streams and exit codes of ``commonhold affected``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from commonhold.cli.__main__ import main
from tests.support.monorepos import CONFIG, Monorepo, plugin

if TYPE_CHECKING:
    from tests.support.monorepos import Content

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs/reference/schemas/affected.schema.json").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Monorepo:
    """``user`` depends on ``base``, and ``guest`` (community) on ``user``; the branch ``work`` changed ``base``."""
    parts = (plugin("official/base"), plugin("official/user", ["base"]), plugin("community/guest", ["user"]))
    monorepo = Monorepo.of(tmp_path_factory.mktemp("sample"), *parts, {"constraints.txt": "framework==1\n"})
    monorepo.repo.git("branch", "start")
    monorepo.repo.switch("work", "main")
    monorepo.commit({"official/base/acme/base/__init__.py": "NAME = 'other'\n"})
    return monorepo


def affected(sample: Monorepo, *words: str) -> int:
    return main(["-C", str(sample.repo.root), "affected", *words])


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    return found


def test_each_affected_plugin_is_a_line_with_its_first_reason(
    sample: Monorepo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert affected(sample, "--base", "main") == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "base   official   test      changed: official/base/acme/base/__init__.py",
        "guest  community  advisory  depends on user at run time: user → base",
        "user   official   test      depends on base at run time",
    ]
    assert err.splitlines() == [
        f"compared with main ({sample.repo.rev('main')[:7]}, 1 commit)",
        "3 of 5 plugins affected: 1 changed, 2 affected indirectly",
    ]


def test_an_empty_change_is_reported_and_succeeds(sample: Monorepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert affected(sample, "--base", "start", "--head", "main") == 0
    out, err = capsys.readouterr()
    assert (out, err.splitlines()[1:]) == ("", ["nothing changed"])


def test_explain_prints_every_reason_with_its_chain(sample: Monorepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert affected(sample, "--base", "main", "--explain") == 0
    assert capsys.readouterr().out.splitlines() == [
        "base  official/base  (official, test)",
        "  changed: official/base/acme/base/__init__.py",
        "guest  community/guest  (community, advisory)",
        "  depends on user at run time: user → base",
        "user  official/user  (official, test)",
        "  depends on base at run time",
    ]


def test_explain_lists_the_paths_of_a_plugin_up_to_a_limit(
    sample: Monorepo, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monorepo = Monorepo(sample.repo.copy(tmp_path / "copy"))
    monorepo.commit({f"official/base/f{index:02}.txt": "" for index in range(25)})
    assert affected(monorepo, "--base", "main", "--explain") == 0
    lines = capsys.readouterr().out.splitlines()
    assert "  changed: official/base/acme/base/__init__.py and 25 more" in lines
    assert "    official/base/f18.txt" in lines
    assert "    … and 6 more" in lines


def test_explain_with_a_name_in_any_spelling_prints_one_plugin(
    sample: Monorepo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert affected(sample, "--base", "main", "--explain", "User") == 0
    assert capsys.readouterr().out.splitlines() == [
        "user  official/user  (official, test)",
        "  depends on base at run time",
    ]


def test_explain_reports_a_plugin_that_is_not_affected(sample: Monorepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert affected(sample, "--base", "main", "--explain", "alone") == 0
    out, err = capsys.readouterr()
    assert not out
    assert err.splitlines()[1] == "alone is not affected: 3 of 5 plugins affected: 1 changed, 2 affected indirectly"


def test_explain_reports_a_plugin_that_was_removed(
    sample: Monorepo, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monorepo = Monorepo(sample.repo.copy(tmp_path / "copy"))
    monorepo.commit(dict.fromkeys(plugin("official/alone")))
    assert affected(monorepo, "--base", "HEAD^", "--explain", "alone") == 0
    out, err = capsys.readouterr()
    assert (out, err.splitlines()[1:]) == ("", ["alone was removed"])
    assert affected(monorepo, "--base", "HEAD^") == 0
    assert "removed: alone" in capsys.readouterr().err.splitlines()


def test_a_changed_configuration_that_another_file_replaces_affects_no_plugin(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monorepo = Monorepo.of(tmp_path / "repo")
    rules = tmp_path / "rules.toml"
    rules.write_text(CONFIG + '[[tool.commonhold.shared]]\npath = ["pyproject.toml"]\naffects = "none"\n')
    monorepo.commit({"pyproject.toml": CONFIG.replace("skip", "test")})
    root = str(monorepo.repo.root)
    assert main(["-C", root, "--config", str(rules), "affected", "--base", "HEAD^"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["-C", root, "affected", "--base", "HEAD^"]) == 0
    assert capsys.readouterr().out.count("\n") == 2


def test_explain_of_an_unknown_name_suggests_a_similar_one(
    sample: Monorepo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert affected(sample, "--base", "main", "--explain", "guset") == 2
    out, err = capsys.readouterr()
    assert not out
    assert err == ("error: no plugin is named guset (did you mean 'guest'?)\n  `commonhold graph` lists all plugins.\n")


def test_json_contains_the_same_selection_and_matches_its_schema(
    sample: Monorepo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert affected(sample, "--base", "main", "--head", "work", "--json") == 0
    found = document(capsys)
    assert (found["base"], found["head"]) == (sample.repo.rev("main"), sample.repo.rev("work"))
    assert found["selection"] == "some"
    assert {plugin["name"]: plugin["advisory"] for plugin in found["plugins"]} == {
        "base": False,
        "guest": True,
        "user": False,
    }
    assert found["plugins"][1]["reasons"] == [{"kind": "depends-on", "via": ["user", "base"], "how": "runtime"}]


LOCK = 'version = 1\n\n[[package]]\nname = "alone"\ndependencies = [{ name = "six" }]\n\n[[package]]\nname = "six"\n'
EVERY_REASON: dict[str, tuple[dict[str, Content], dict[str, Content]]] = {
    "changed": ({}, {"official/alone/x.py": ""}),
    "depends-on": (plugin("official/user", ["alone"]), {"official/alone/x.py": ""}),
    "core": ({}, {"constraints.txt": "framework==2\n"}),
    "shared": ({}, {"tool/x": ""}),
    "lock": ({"uv.lock": LOCK + 'version = "1"\n'}, {"uv.lock": LOCK + 'version = "2"\n'}),
    "reads": ({"official/alone/dev-requirements.txt": "-r ../../more.txt"}, {"more.txt": ""}),
    "unreadable": ({"official/odd/setup.py": "from setuptools import setup\nsetup(name=ask())"}, {"tool/x": ""}),
    "unmatched": ({}, {"stray": ""}),
}


@pytest.mark.parametrize("kind", EVERY_REASON)
def test_every_kind_of_reason_matches_the_schema(tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    before, after = EVERY_REASON[kind]
    config = CONFIG + '[[tool.commonhold.shared]]\npath = ["tool/**"]\naffects = "all"\n'
    monorepo = Monorepo.of(tmp_path, before, config=config)
    monorepo.commit(after)
    assert affected(monorepo, "--base", "HEAD^", "--json") == 0
    found = document(capsys)
    reasons = [reason for plugin in found["plugins"] for reason in plugin["reasons"]]
    assert kind in {reason["kind"] for reason in (*reasons, *found["core"]["reasons"])}


def test_an_unknown_base_selects_all_and_matches_the_schema(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert affected(Monorepo.of(tmp_path), "--json") == 0
    found = document(capsys)
    assert (found["selection"], found["base"]) == ("all", None)
    assert {reason["kind"] for plugin in found["plugins"] for reason in plugin["reasons"]} == {"unknown-base"}


HOSTILE = os.fsdecode(b"caf\xe9 \"'\n\x1b[31m\xc3\xa9.py")
SHOWN = "caf\\xe9 \"'\\x0a\\x1b[31mé.py"


@pytest.mark.parametrize("how", ["", "--explain", "--json"])
def test_any_file_name_is_shown_without_control_characters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    monorepo = Monorepo.of(tmp_path)
    monorepo.repo.git("config", "core.quotePath", "true")
    monorepo.commit({f"official/alone/{HOSTILE}": "", HOSTILE: ""})
    assert affected(monorepo, "--base", "HEAD^", *how.split()) == 0
    out, err = capsys.readouterr()
    if how == "--json":
        reasons = json.loads(out)["plugins"][0]["reasons"]
        assert reasons[0] == {"kind": "changed", "paths": [f"official/alone/{SHOWN}"], "paths_total": 1}
        assert reasons[1] == {"kind": "unmatched", "path": SHOWN}
    else:
        assert f"changed: official/alone/{SHOWN}" in out
        assert err.splitlines()[1] == f"every plugin is affected: no rule matches {SHOWN}"


def test_every_mistake_in_the_configuration_is_reported_with_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = CONFIG.replace("ignore =", "ignroe =") + '[tool.commonhold.tiers."\\u001b[31m\\n"]\nparth = []\n'
    assert affected(Monorepo.of(tmp_path, config=wrong)) == 2
    out, err = capsys.readouterr()
    assert not out
    assert "tool.commonhold.ignroe: unknown key (did you mean 'ignore'?)" in err
    assert 'tool.commonhold.tiers."\\u001b[31m\\u000a": a tier name must be one line of printable characters' in err
    assert 'tool.commonhold.tiers."\\u001b[31m\\u000a".parth: unknown key' in err
    assert all(line.isprintable() for line in err.splitlines())


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (
            ["--base", "nowhere"],
            4,
            "error: nowhere is not a commit in this clone\n  Run `git log --all --oneline` to list",
        ),
        (["--base", "x\x1b[31m"], 4, "error: x\\x1b[31m is not a commit in this clone\n"),
        (["--exact"], 2, "--exact needs --base REV"),
        (["--bsae", "main"], 2, "No such option"),
        (["--base"], 2, "requires an argument"),
    ],
)
def test_an_impossible_request_has_a_message_and_a_code(
    sample: Monorepo, capsys: pytest.CaptureFixture[str], words: list[str], code: int, told: str
) -> None:
    assert affected(sample, *words) == code
    out, err = capsys.readouterr()
    assert not out
    assert told in err


def test_a_missing_folder_and_a_missing_repository_have_different_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["-C", str(tmp_path / "gone"), "affected"]) == 2
    assert "is not a folder" in capsys.readouterr().err
    assert main(["-C", str(tmp_path), "affected"]) == 4
    assert "is not in a git repository" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["GIT_DIR", "GIT_WORK_TREE"])
def test_a_variable_that_selects_another_repository_is_reported_and_ignored(
    sample: Monorepo, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    expected = (affected(sample, "--head", "work", "--json"), document(capsys))
    monkeypatch.setenv(name, str(tmp_path))
    code = affected(sample, "--head", "work", "--json")
    written = capsys.readouterr()
    assert (code, json.loads(written.out)) == expected
    assert written.err.startswith(f"warning: {name} is set, but commonhold ignores it")
