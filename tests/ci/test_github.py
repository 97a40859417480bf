"""GitHub's formats, and names and paths that try to be more than text."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.ci.github import annotation_lines, output_lines, plan_document
from commonhold.ci.job_plan import Job, JobPlan, Untestable
from commonhold.ci.results import SessionResult
from commonhold.ci.step_summary import job_plan_summary, results_lines, results_summary
from commonhold.errors import ConfigurationError
from commonhold.projects.names import Name
from commonhold.selection.affected import Affected, CoreChanged, FilesChanged
from commonhold.text import capped, code, markdown, table
from tests.ci.builders import NEEDS, chosen, selection

JOB = Job("a (3.10)", ("a-3.10", "b-3.10"), "3.10", "ubuntu-latest", 40)


def test_the_outputs_are_a_line_each() -> None:
    assert output_lines(JobPlan((JOB,), (), core=True)) == (
        "any=true\n"
        'matrix={"include":[{"name":"a (3.10)","sessions":"a-3.10 b-3.10","python":"3.10","os":"ubuntu-latest",'
        '"timeout":40}]}\n'
        "any-advisory=false\n"
        'advisory={"include":[]}\n'
        "core=true\n"
    )


def test_the_document_contains_the_outputs_and_the_untestable_plugins() -> None:
    plan = JobPlan((), (JOB,), core=False, untestable=(Untestable(Name("x"), True, "x: no"),), warnings=("w\x1b",))
    assert plan_document(plan) == {
        "schema": 1,
        "any": False,
        "matrix": {"include": []},
        "any-advisory": True,
        "advisory": {
            "include": [
                {
                    "name": "a (3.10)",
                    "sessions": "a-3.10 b-3.10",
                    "python": "3.10",
                    "os": "ubuntu-latest",
                    "timeout": 40,
                }
            ]
        },
        "core": False,
        "untestable": [{"name": "x", "advisory": True, "detail": "x: no"}],
        "warnings": ["w\\x1b"],
    }


@pytest.mark.parametrize("session", ["$(id)-3.10", "a b", "-c", "", "a;b", "a\nb", "ä-3.10", "A-3.10"])
def test_a_session_that_a_shell_could_misread_is_refused(session: str) -> None:
    with pytest.raises(ConfigurationError, match="is not a valid session name"):
        output_lines(JobPlan((replace(JOB, sessions=(session,)),), (), core=False))


@pytest.mark.parametrize("label", ["ubuntu latest", "${{ x }}", "", "-x", "a\nb"])
def test_an_invalid_runner_label_is_rejected(label: str) -> None:
    with pytest.raises(ConfigurationError, match="is not a valid runner label"):
        output_lines(JobPlan((), (replace(JOB, os=label),), core=False))


@given(st.text(), st.lists(st.text(), max_size=3))
def test_an_annotation_is_always_one_line(text: str, more: list[str]) -> None:
    for line in annotation_lines([text, *more], more):
        assert line.isprintable()
        assert line.startswith(("::error title=commonhold::", "::warning title=commonhold::"))


def test_an_annotation_escapes_workflow_commands() -> None:
    assert list(annotation_lines(["100% of\nit"], [])) == ["::error title=commonhold::100%25 of%0Ait"]


def test_the_last_annotation_counts_those_that_github_would_drop() -> None:
    lines = list(annotation_lines([], [f"w{index}" for index in range(25)]))
    assert len(lines) == 10
    assert lines[-1] == "::warning title=commonhold::16 more in the log and in the summary"


@given(st.text(), st.text())
def test_no_text_leaves_its_cell_of_a_table(one: str, other: str) -> None:
    head, rule, row = table(("A", "B"), [(markdown(one), code(other))])
    assert "\n" not in row
    assert row.replace("\\|", "").count("|") == 3
    assert (head, rule) == ("| A | B |", "|---|---|")


def test_markup_is_shown_rather_than_obeyed() -> None:
    assert markdown("<img> @octocat [x](y) `z`") == r"\<img\> @&#8203;octocat \[x\]\(y\) \`z\`"
    assert code("<b>`|") == "<code>&#60;b&#62;&#96;&#124;</code>"


def test_bytes_that_are_not_utf_8_are_escaped() -> None:
    assert code("caf\udce9") == "<code>caf&#92;xe9</code>"


def test_a_summary_that_is_too_long_is_cut_at_a_line_with_a_note() -> None:
    text = capped((f"line {index}" for index in range(100_000)), limit=100)
    assert text.startswith("line 0\nline 1\n")
    assert "cut off here" in text
    assert len(text) < 250


def test_the_summary_contains_the_selection_reasons_and_untestable_plugins() -> None:
    affected = Affected(
        base="b",
        head="h",
        selection="some",
        because="2 of 9 plugins",
        plugins=(
            chosen("a", FilesChanged(("plugins/a/x|y.py",), 3)),
            chosen("b", NEEDS, advisory=True),
        ),
        core=(CoreChanged(("setup.py",), 1),),
        removed=(Name("gone"),),
    )
    advisory = Job("b (3.10)", ("b-3.10",), "3.10", "windows-latest", 40)
    plan = JobPlan(
        (replace(JOB, sessions=("a-3.10",)),),
        (advisory,),
        core=True,
        untestable=(Untestable(Name("c"), advisory=False, detail="c: no Python"),),
        warnings=("packed", "a cycle"),
    )
    assert job_plan_summary(plan, affected).splitlines() == [
        "## Plugins that this change can break",
        "",
        "**some**: 2 of 9 plugins",
        "",
        "- **error**: no Python version can test c: no Python",
        "- warning: packed",
        "- warning: a cycle",
        "",
        "| Plugin | Tier |  | Sessions | Why |",
        "|---|---|---|---|---|",
        "| <code>a</code> | official | required | 3.10 | changed: <code>plugins/a/x&#124;y.py</code> and 2 more |",
        "| <code>b</code> | official | advisory | 3.10 on windows-latest | depends on <code>other</code> at run time |",
        "",
        "The core's own jobs run: the core changed: <code>setup.py</code>.",
        "",
        "Removed: <code>gone</code>.",
        "",
        "1 session in 1 job in the required matrix, 1 session in 1 job in the advisory matrix.",
    ]


def test_the_summary_of_an_empty_selection_gives_the_reason() -> None:
    assert job_plan_summary(JobPlan((), (), core=False), selection()).splitlines()[2] == "**none**: because"


RESULTS = (
    SessionResult("a-3.10", "a", "3.10", "passed", 12.3, "1.2"),
    SessionResult("b-3.10", "b", "3.10", "failed", 5.0, None, "Linux"),
    SessionResult("c-3.10", "c", "3.10", "no-tests", 0.4),
)


def test_results_are_a_table_with_the_failures_first() -> None:
    assert results_summary(RESULTS).splitlines() == [
        "3 sessions, 1 failed.",
        "",
        "| Plugin | Python | Outcome | Time | Core |",
        "|---|---|---|---|---|",
        "| <code>b</code> | <code>3.10 (Linux)</code> | ❌ failed | 5 s | <code>-</code> |",
        "| <code>a</code> | <code>3.10</code> | ✅ passed | 12 s | <code>1.2</code> |",
        "| <code>c</code> | <code>3.10</code> | ⚠️ no tests | 0 s | <code>-</code> |",
    ]


def test_missing_results_are_stated_in_the_summary() -> None:
    assert results_summary(()) == "No session wrote a result.\n\n"


def test_results_are_columns_on_a_terminal() -> None:
    assert list(results_lines(RESULTS, {"b-3.10"})) == [
        "a  3.10          passed             12.3 s  core 1.2",
        "b  3.10 (Linux)  failed (advisory)  5.0 s",
        "c  3.10          no-tests           0.4 s",
    ]
    assert list(results_lines(())) == []
