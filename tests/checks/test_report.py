"""The report of a run: states, waivers, the baseline, and what a change concerns."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from commonhold.checks.finding import fingerprint_of
from commonhold.checks.rule_set import RuleSet
from commonhold.cli.__main__ import main
from tests.checks.small_rules import BASELINE, NOTES, RULES, WAIVERS, mixed_repository
from tests.support.monorepos import Link

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.monorepos import Monorepo

TODAY = date(2026, 6, 1)


@pytest.fixture
def mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Monorepo:
    monkeypatch.setattr("commonhold.cli.check.load_rules", lambda _environ: RULES)
    monkeypatch.setattr("commonhold.cli.check_run.today", lambda: TODAY)
    return mixed_repository(tmp_path / "mixed")


class Checks:
    """Run ``commonhold check`` in a repository."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root, self.capsys = root, capsys

    def __call__(self, *words: str) -> tuple[int, str, str]:
        code = main(["-C", str(self.root), "check", *words])
        out, err = self.capsys.readouterr()
        return code, out, err

    def json(self, *words: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self(*words, "--json")[1])
        return document

    def states(self, *words: str) -> set[tuple[str, str | None, str, str]]:
        """The rule, plugin, state and message of each finding about files."""
        return {
            (each["code"], each["plugin"], each["state"], each["message"])
            for each in self.json(*words)["findings"]
            if each["because"] != "needs the wheel"
        }


@pytest.fixture
def check(mixed: Monorepo, capsys: pytest.CaptureFixture[str]) -> Checks:
    return Checks(mixed.repo.root, capsys)


def finding(code: str, plugin: str | None, message: str, path: str | None, **other: Any) -> dict[str, Any]:
    tier = {"alone": "official", "bad": "official", "lonely": "community", "todo": "community"}.get(plugin or "")
    usual = {"severity": "error", "state": "fail", "because": None, "line": None, "fix": None}
    fingerprint = fingerprint_of(code, plugin, other.pop("subject", ""))
    known = {"code": code, "plugin": plugin, "tier": tier, "message": message, "path": path}
    return {**known, **usual, **other, "fingerprint": fingerprint}


def test_the_report_of_a_mixed_repository(check: Checks) -> None:
    assert check.json() == {
        "schema": 1,
        "rules_from": ["small rules 1"],
        "profiles": [],
        "findings": [
            finding("ACME180", None, "Wheels are good", None, state="skipped", because="needs the wheel"),
            finding("ACME801", None, "there is no CONTRIBUTING.md", "CONTRIBUTING.md"),
            finding("ACME101", "alone", "there is no README.md", "official/alone/pyproject.toml", fix="safe"),
            finding("ACME102", "alone", *SKIPPED["alone"], severity="warning", **BECAUSE["alone"]),
            finding("ACME001", "bad", "the plugin is broken", "official/bad/broken"),
            finding("ACME101", "bad", "There is a readme", "official/bad/pyproject.toml", **BECAUSE["bad"]),
            finding("ACME102", "bad", *SKIPPED["bad"], severity="warning", **BECAUSE["bad"]),
            finding("ACME101", "lonely", "there is no README.md", "community/lonely/pyproject.toml", fix="safe"),
            finding("ACME102", "lonely", *SKIPPED["lonely"], severity="warning", **BECAUSE["alone"]),
            finding("ACME102", "todo", "to do: one", NOTES, line=1, **TO_DO, subject="one"),
            finding("ACME102", "todo", "to do: two", NOTES, line=2, **TO_DO, subject="two"),
        ],
        "counts": {
            "plugins": 5,
            "errors": 4,
            "warnings": 2,
            "fail": 6,
            "skipped": 5,
            "waived": 0,
            "baselined": 0,
        },
    }
    assert check()[0] == 1
    assert check("good")[0] == check("todo")[0] == 0


TO_DO = {"severity": "warning", "fix": "unsafe"}
BECAUSE = {
    "alone": {"state": "skipped", "because": "ACME101 failed"},
    "bad": {"state": "skipped", "because": "ACME001 failed"},
}
SKIPPED = {
    name: ("Nothing is left to do", f"{tier}/{name}/pyproject.toml")
    for name, tier in {"alone": "official", "bad": "official", "lonely": "community"}.items()
}


def test_the_text_in_a_pipe_has_one_line_for_each_finding(check: Checks) -> None:
    code, out, err = check("todo", "alone")
    assert (code, out.splitlines()) == (
        1,
        [
            "official/alone/pyproject.toml: error ACME101 alone: there is no README.md",
            "community/todo/notes.txt:1: warning ACME102 todo: to do: one",
            "community/todo/notes.txt:2: warning ACME102 todo: to do: two",
        ],
    )
    assert err.splitlines() == [
        "2 plugins checked: 1 error, 2 warnings, 1 skipped because another rule failed",
        "1 rule skipped: needs the wheel; `commonhold release inspect` applies it",
        "`commonhold check --fix` fixes 1 violation",
        "`commonhold check --unsafe-fixes` fixes 3 violations; review its changes",
        "`commonhold check --explain ACME101` explains a rule",
    ]


def test_a_baseline_hides_the_violations_of_the_day_and_no_others(mixed: Monorepo, check: Checks) -> None:
    assert check("--baseline", "write")[:2] == (0, f"6 violations recorded in {BASELINE}\n")
    assert check()[0] == 0
    # A swap: one violation is fixed, and another one of the same rule in the same file appears.
    mixed.write({NOTES: "two\nthree\n"})
    code, out, _ = check()
    assert code == 1
    entry = mixed.repo.path(BASELINE).read_text().split("\n").index('subject = "one"') - 2
    assert out.splitlines() == [
        f"{BASELINE}:{entry}: error CH893 there is no violation of ACME102 by todo about 'one'; the subjects of its violations are 'three'",
        f"{NOTES}:2: warning ACME102 todo: to do: three",
    ]
    assert check("--baseline", "prune")[:2] == (0, f"1 violation removed from {BASELINE}, 5 left\n")
    assert check()[:2] == (0, f"{NOTES}:2: warning ACME102 todo: to do: three\n")
    code, _, err = check("--baseline", "write")
    assert (code, err.splitlines()[0]) == (2, f"error: {BASELINE} exists, and it only shrinks")
    assert check("--baseline", "write", "todo")[0] == 2


def test_a_plugin_that_is_new_in_the_repository_can_be_added_to_the_baseline(mixed: Monorepo, check: Checks) -> None:
    check("--baseline", "write")
    mixed.write({"official/good/README.md": None})
    assert check("--baseline", "write", "good")[0] == 0
    assert check()[0] == 0


def test_a_skipped_rule_leaves_its_entries_in_the_baseline(mixed: Monorepo, check: Checks) -> None:
    check("--baseline", "write")
    mixed.write({"official/alone/broken": ""})
    assert {each[:3] for each in check.states() if each[2] == "fail"} == {("ACME001", "alone", "fail")}
    check("--baseline", "prune")
    mixed.write({"official/alone/broken": None})
    assert check()[0] == 0


def waiver(code: str, plugin: str | None, subject: str = "", expiry: str = "2026-06-01") -> str:
    lines = [f'code = "{code}"', f'subject = "{subject}"', 'reason = "it is agreed"', 'who = "octocat"']
    lines += [f'plugin = "{plugin}"'] if plugin else []
    return "\n".join(["[[waiver]]", *lines, f"expiry = {expiry}", ""])


def test_a_waiver_counts_up_to_its_last_day_and_must_be_used(mixed: Monorepo, check: Checks) -> None:
    mixed.write(
        {
            WAIVERS: waiver("ACME101", "Alone")  # names are normalized
            + waiver("ACME101", "lonely", expiry="2026-05-31")
            + waiver("ACME102", "todo", "three", "2099-01-01")
            + waiver("ACME801", None)
            + waiver("ACME999", "todo")
        }
    )
    waived = "it is agreed (octocat, until 2026-06-01)"
    assert {each["because"] for each in check.json()["findings"] if each["state"] == "waived"} == {waived}
    subjects = "the subjects of its violations are 'one', 'two'"
    assert {each for each in check.states() if each[0].startswith("CH") or each[0] in ("ACME101", "ACME801")} == {
        ("ACME101", "alone", "waived", "there is no README.md"),
        ("ACME101", "bad", "skipped", "There is a readme"),
        ("ACME101", "lonely", "fail", "there is no README.md"),
        ("ACME801", None, "waived", "there is no CONTRIBUTING.md"),
        ("CH891", None, "fail", "the waiver expired after 2026-05-31"),
        ("CH892", None, "fail", f"there is no violation of ACME102 by todo about 'three'; {subjects}"),
        ("CH892", None, "fail", "no rule has the code ACME999"),
    }
    lines = {each["line"] for each in check.json()["findings"] if each["path"] == WAIVERS}
    assert lines == {8, 15, 28}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[waiver]\n", "is not valid TOML"),
        ("[[waiver]]\n", "waiver[0].code: is required"),
        (
            waiver("ACME101", "alone").replace("reason", "raeson"),
            "waiver[0].raeson: unknown key (did you mean 'reason'?)",
        ),
        (waiver("ACME101", "alone", expiry='"2026-01-01"'), "waiver[0].expiry: expected a date without quotes"),
        (waiver("ACME101", "alone", expiry="2026-01-01T00:00:00Z"), "waiver[0].expiry: expected a date without quotes"),
        ("waiver = 3\n", "waiver: expected an array, got an integer"),
        ("[[waivers]]\n", "waivers: unknown key (did you mean 'waiver'?)"),
    ],
)
def test_a_malformed_waiver_is_an_error_and_waives_nothing(
    mixed: Monorepo, check: Checks, text: str, message: str
) -> None:
    mixed.write({WAIVERS: text})
    code, out, err = check()
    assert (code, out) == (2, "")
    assert message in err


def test_an_edited_baseline_is_an_error(mixed: Monorepo, check: Checks) -> None:
    check("--baseline", "write")
    text = mixed.repo.path(BASELINE).read_text()
    mixed.write({BASELINE: text.replace('plugin = "alone"', 'plugin = "good"')})
    code, _, err = check()
    assert (code, "the fingerprint belongs to another code, plugin or subject" in err) == (2, True)


def test_the_same_tree_gives_the_same_report(mixed: Monorepo, check: Checks) -> None:
    reports = {json.dumps(check.json(*options)) for options in ([], [], ["--head", mixed.repo.head])}
    assert len(reports) == 1


def test_a_first_check_with_many_findings_counts_them(mixed: Monorepo, check: Checks) -> None:
    mixed.write({NOTES: "\n".join(map(str, range(40)))})
    code, out, err = check()
    assert (code, out.splitlines()) == (
        1,
        [
            "Violations of each rule:",
            "    1  ACME001 error    The plugin is not broken (1 plugin)",
            "    2  ACME101 error    There is a readme (2 plugins)",
            "   40  ACME102 warning  Nothing is left to do (1 plugin)",
            "    1  ACME801 error    There is a guide",
        ],
    )
    assert "`commonhold check --baseline write` records these violations" in err
    assert len(check("todo")[1].splitlines()) == 40


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--json", "--sarif"], "--json, --sarif and --help-wanted cannot be combined"),
        (["--help-wanted", "--json"], "--json, --sarif and --help-wanted cannot be combined"),
        (["../x"], "no plugin is named ../x\n"),
        ([""], "no plugin is named ''\n"),
        (["tod\x1b"], "no plugin is named tod\\x1b (did you mean 'todo'?)\n"),
    ],
)
def test_mistakes_in_the_command_are_named(check: Checks, words: list[str], message: str) -> None:
    code, out, err = check(*words)
    assert (code, out) == (2, "")
    assert message in err


def test_as_another_tier_lists_what_a_plugin_lacks_for_it(mixed: Monorepo, check: Checks) -> None:
    mixed.write({WAIVERS: waiver("ACME102", "todo", "one")})
    rows = check.states("--as", "official", "--profile", "tutor", "todo")
    assert rows == {
        ("ACME102", "todo", "fail", "to do: one"),  # a waiver is for the plugin's own tier
        ("ACME102", "todo", "fail", "to do: two"),
        ("ACME301", "todo", "fail", "it is not for Tutor"),
    }
    assert check("--as", "official")[0] == 2
    code, _, err = check("--as", "officiel", "todo")
    assert (code, err.splitlines()[0]) == (2, "error: no tier is named 'officiel' (did you mean 'official'?)")
    assert check("--as", "official", "todo", "--baseline", "write")[0] == 2


def test_as_another_tier_uses_its_settings_for_tests(
    mixed: Monorepo, check: Checks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commonhold.cli.check.load_rules", lambda _environ: RuleSet())
    tier = '[tool.commonhold.tiers.official]\npath = ["official/*"]'
    config = mixed.repo.path("pyproject.toml")
    assert tier in config.read_text()
    config.write_text(config.read_text().replace(tier, f'{tier}\npython = ["3.14"]'))
    project = mixed.repo.path("community/todo/pyproject.toml")
    project.write_text(project.read_text().replace("[project]", '[project]\nrequires-python = ">=3.10,<3.14"'))
    found = check.states("--as", "official", "todo") - check.states("todo")
    assert [each for each in sorted(found) if each[0] in ("CH210", "CH851")] == [
        ("CH210", "todo", "fail", "requires-python '>=3.10,<3.14' excludes every tested Python: 3.14"),
        ("CH851", "todo", "fail", "no document of the repository links to this official plugin"),
    ]


def test_help_wanted_lists_gaps_with_the_way_to_close_them(mixed: Monorepo, check: Checks) -> None:
    check("--baseline", "write")
    code, out, _ = check("--help-wanted")
    assert code == 0
    assert "## lonely\n\n- [ ] there is no README\\.md" in out.replace("README.md", "README\\.md")
    assert "  **To fix it**, write a readme." in out
    assert "broken" not in out


def test_fixes_are_shown_and_written(mixed: Monorepo, check: Checks) -> None:
    code, out, err = check("--fix", "lonely", "todo")
    assert code == 0
    assert "+# lonely" in err
    assert "1 file changed" in err
    assert mixed.repo.path("community/lonely/README.md").read_text() == "# lonely\n"
    assert mixed.repo.path(NOTES).exists()
    assert "README" not in out
    assert check("--unsafe-fixes", "todo")[:2] == (0, "")
    assert not mixed.repo.path(NOTES).exists()
    assert "no violation has a fix" in check("--fix", "todo")[2]


def test_changed_checks_the_plugins_that_a_change_concerns(mixed: Monorepo, check: Checks) -> None:
    mixed.repo.git("checkout", "-q", "-b", "topic")
    assert {each[1] for each in check.states("--changed")} == {None}
    mixed.write({"community/todo/README.md": "more\n"})  # the selection ignores this file
    assert {each[1] for each in check.states("--changed")} == {None, "todo"}
    mixed.write({"governance/people.toml": ""})
    assert {each[1] for each in check.states("--changed")} == {None, "alone", "bad", "lonely", "todo"}
    assert check.json("--changed", "todo")["counts"]["plugins"] == 1
    assert check("--base", "main")[0] == 2


@pytest.mark.parametrize("path", ["community/README.md", "website/plugins.md", ".github/workflows/ci.yml"])
def test_changed_checks_every_plugin_after_a_change_to_a_document_about_plugins(
    mixed: Monorepo, check: Checks, path: str
) -> None:
    mixed.repo.git("checkout", "-q", "-b", "topic")
    mixed.write({path: "more\n"})
    assert check.json("--changed")["counts"]["plugins"] == 5


def test_changed_follows_links_out_of_the_folder_of_a_plugin(mixed: Monorepo, check: Checks) -> None:
    project = '[project]\nname = "bare"\nversion = "1"\n'
    link = Link("../../community/todo/README.md")
    mixed.commit({"official/bare/pyproject.toml": project, "official/bare/README.md": link})
    mixed.repo.git("checkout", "-q", "-b", "topic")
    mixed.write({"community/todo/README.md": "more\n"})
    assert check.json("--changed")["counts"]["plugins"] == 2


def test_changed_reports_entries_that_are_added_to_the_baseline(mixed: Monorepo, check: Checks) -> None:
    check("--baseline", "write")
    mixed.repo.commit()
    mixed.repo.git("checkout", "-q", "-b", "topic")
    check_in = mixed.repo.path(BASELINE)
    mixed.write({"official/good/README.md": None, "official/new/README.md": "", NOTES: "one\n"})
    check("--baseline", "prune")
    assert "CH894" not in {each[0] for each in check.states("--changed")}
    check("--baseline", "write", "good")
    assert "good" in check_in.read_text()
    (added,) = (each for each in check.states("--changed") if each[0] == "CH894")
    assert added == ("CH894", None, "fail", "ACME101 was added to the baseline")


def test_hostile_texts_cannot_add_annotations_or_control_a_terminal(
    mixed: Monorepo, check: Checks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    summary = tmp_path / "summary"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    mixed.write({NOTES: "::error::x,y=%0A\x1b[2J@octocat <b>|\n" * 12})
    code, out, _ = check("todo", "--github")
    lines = [line for line in out.splitlines() if line.startswith("::")]
    assert code == 0
    assert len(lines) == 10
    text = "todo: to do: ::error::x,y=%250A\\x1b[2J@octocat <b>|"
    assert lines[0] == f"::warning file={NOTES},line=1,title=commonhold ACME102::{text}"
    assert lines[-1] == "::warning title=commonhold::3 more in the log and in the summary"
    assert "\x1b" not in out + summary.read_text()
    assert "@octocat" not in summary.read_text()
    assert "<b>" not in summary.read_text().replace("\\<b\\>", "")
