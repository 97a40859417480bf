"""GitHub workflows: triggers, matrices and commands with their lines, and files that were written to do harm."""

from __future__ import annotations

import pytest

from commonhold.projects.workflow import Trigger, is_workflow, read_workflow
from commonhold.projects.yaml_document import MOST_YAML_BYTES, YamlError, YamlTable, YamlText, read_yaml

PATH = ".github/workflows/ci.yml"

CI = r"""name: CI
on:
  push:
    branches: [main]
    paths:
      - plugins/**
      - '!plugins/*.md'
  pull_request:
env:
  PYTHONS: '["3.10", "3.14"]'
defaults:
  run:
    working-directory: plugins
jobs:
  test:
    needs: setup
    runs-on: [self-hosted, linux]
    timeout-minutes: 10
    strategy:
      matrix:
        python-version: [3.10, "3.12"]
        plugin:
          - a
          - b
        os: ${{ fromJson(needs.setup.outputs.os) }}
        include:
          - plugin: c
            python-version: "3.11"
        exclude:
          # not yet
          - plugin: a
            python-version: 3.10
    steps:
      - uses: actions/checkout@v4
        with: {fetch-depth: 0}
      - name: Test
        if: always()
        working-directory: plugins/${{ matrix.plugin }}
        env: {A: b}
        run: |
          # a comment
          pip install \
            -e .

          pytest tests
  reused:
    uses: ./.github/workflows/other.yml
    with:
      plugin: a
"""


def test_a_workflow_is_read_with_the_lines_of_its_values() -> None:
    workflow = read_workflow(PATH, CI.encode())
    assert workflow.problems == ()
    assert workflow.name == YamlText("CI", 1)
    assert workflow.triggers == (
        Trigger(
            "push",
            3,
            (YamlText("plugins/**", 6), YamlText("!plugins/*.md", 7, quoted=True)),
            (),
            (YamlText("main", 4),),
        ),
        Trigger("pull_request", 8),
    )
    assert workflow.env == {"PYTHONS": YamlText('["3.10", "3.14"]', 10, quoted=True)}
    job, reused = workflow.jobs
    assert (job.key, job.line, job.needs, job.folder, job.timeout) == (
        "test", 15, ("setup",), YamlText("plugins", 13), YamlText("10", 18),
    )  # fmt: skip
    assert [label.text for label in job.runs_on] == ["self-hosted", "linux"]
    assert (reused.uses, reused.inputs) == (
        YamlText("./.github/workflows/other.yml", 47),
        {"plugin": YamlText("a", 49)},
    )


def test_a_matrix_is_multiplied_without_its_exclusions_and_numbers_stay_as_written() -> None:
    (job, _) = read_workflow(PATH, CI.encode()).jobs
    assert job.matrix is not None
    assert job.matrix.computed == {"os": YamlText("${{ fromJson(needs.setup.outputs.os) }}", 25)}
    cells = [tuple(value.text for value in cell.values()) for cell in job.matrix.cells()]
    assert cells == [("3.10", "b"), ("3.12", "a"), ("3.12", "b"), ("c", "3.11")]
    assert [exclusion.line for exclusion in job.matrix.exclude] == [31]


def test_commands_are_joined_and_comments_left_out() -> None:
    (job, _) = read_workflow(PATH, CI.encode()).jobs
    checkout, test = job.steps
    assert (checkout.uses, checkout.inputs) == (YamlText("actions/checkout@v4", 34), {"fetch-depth": YamlText("0", 35)})
    assert (test.name, test.condition, test.line) == ("Test", "always()", 36)
    assert test.folder == YamlText("plugins/${{ matrix.plugin }}", 38)
    assert list(test.commands()) == [(42, "pip install -e ."), (45, "pytest tests")]


@pytest.mark.parametrize("on", ["on: push", "on: [push]", "'on': {push: {}}", "on:\n  push:\n"])
def test_every_form_of_a_trigger_is_read(on: str) -> None:
    assert [trigger.event for trigger in read_workflow(PATH, on.encode()).triggers] == ["push"]


def test_only_files_directly_in_the_folder_are_workflows() -> None:
    paths = [".github/workflows/a.yaml", ".github/workflows/b/c.yml", ".github/workflows/d.py", "workflows/e.yml"]
    assert [path for path in paths if is_workflow(path)] == paths[:1]


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (BOMB, "more than 200,000 values"),
        ("a: " + "[" * 5000, "nesting depth"),
        ("a: " + "[" * 150 + "]" * 150, "more than 100 values inside each other"),
        ("a: &a [*a]", "the alias 'a' has no value before it"),
        ("{[a]: b}", "a key is not text"),
        ("a: b\n---\nc: d", "more than one document"),
        ("a: [", "ci.yml:"),
        ("a: \x00", "control characters"),
        ("#" * (MOST_YAML_BYTES + 1), "more than 1,048,576 bytes"),
        ("- a", "is not a mapping"),
        ("", "is not a mapping"),
        ("a: 1\na: 2", "ci.yml:2: the key 'a' is repeated"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_problem(text: str, problem: str) -> None:
    (found,) = read_workflow(PATH, text.encode()).problems
    assert problem in found.message
    assert found.message.isprintable()


def test_tags_construct_nothing() -> None:
    document = read_yaml(b"a: !!python/object/apply:os.system ['touch x']\nb: !!int '1'", PATH)
    assert isinstance(document, YamlTable)
    assert [text.text for text in document.texts("a")] == ["touch x"]
    assert document.text("b") == YamlText("1", 2, quoted=True)


@pytest.mark.parametrize("data", [b"jobs: [a]", b"jobs: {a: b}", b"on: {push: [a]}", b"jobs: {a: {strategy: {matrix: [x]}}}",
                                  b"jobs: {a: {strategy: {matrix: x}, steps: {b: c}}}", b"jobs: {a: {steps: [[x], y]}}",
                                  b"jobs: {a: {strategy: {matrix: {include: x, exclude: [y], z: [[1]]}}}}"])  # fmt: skip
def test_values_of_an_unexpected_type_are_left_out(data: bytes) -> None:
    for job in read_workflow(PATH, data).jobs:
        assert job.steps == ()
        assert list(job.matrix.cells() if job.matrix else ()) == []


def test_an_enormous_matrix_is_not_multiplied_out() -> None:
    axes = "".join(f"\n      a{n}: [{', '.join(map(str, range(100)))}]" for n in range(9))
    job = read_workflow(
        PATH, f"jobs:\n  a:\n    strategy:\n     matrix:{axes}\n      exclude: [{{a0: 0}}]".encode()
    ).jobs[0]
    assert job.matrix is not None
    assert list(job.matrix.cells()) == []


def test_an_error_names_the_line() -> None:
    with pytest.raises(YamlError) as caught:
        read_yaml(b"a: b\nc: d: e", "x.yml")
    assert caught.value.message == "x.yml:2: mapping values are not allowed in this context"
