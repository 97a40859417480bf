"""Write the workflow that runs commonhold: next to today's tests (shadow mode), or in place of them."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commonhold.scaffold.init.findings import Survey

SHADOW_WORKFLOW = ".github/workflows/commonhold-shadow.yml"
TEST_WORKFLOW = ".github/workflows/commonhold.yml"
NOXFILE = "noxfile.py"

NOXFILE_LINES = """\
from commonhold.ci.nox_sessions import register

register(__file__)
"""
"""The lines that add commonhold's sessions to a noxfile."""

_NEW_NOXFILE = f"""\
# /// script
# dependencies = ["nox", "commonhold"]
# ///
{NOXFILE_LINES}"""


class WorkflowMode(Enum):
    """The workflows that `init` writes."""

    SHADOW = "shadow"
    REPLACE = "replace"
    NONE = "none"

    @property
    def path(self) -> str | None:
        """The path of the workflow."""
        return {WorkflowMode.SHADOW: SHADOW_WORKFLOW, WorkflowMode.REPLACE: TEST_WORKFLOW}.get(self)


_CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
_SETUP = "actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0"
_UPLOAD = "actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1"

_PLANNER = f"""\
    runs-on: ubuntu-latest
    timeout-minutes: 10
    permissions:
      contents: read # to check out
@READS@@OUTPUTS@    steps:
      - uses: {_CHECKOUT}
        with:
@REF@          fetch-depth: 0
          filter: blob:limit=1g # every file; without a filter, a sparse checkout fetches no contents
          sparse-checkout: |
            /.github/
            /@RULES@
          sparse-checkout-cone-mode: false
          persist-credentials: false
      - uses: {_SETUP}
        with:
          python-version: "3.12"
      # commonhold is not on PyPI yet: write the address of your copy of its repository, git+https://...
      - run: python -P -m pip install commonhold
"""

_SHADOW = f"""\
# Plans the tests of every change with commonhold and runs none of them: today's workflows stay as they are.
# The summary of each run lists the plugins that the plan would have tested.
name: Plan of commonhold (shadow)

on:
  push:
    branches: [@BRANCH@]
  pull_request:
@COMPARED@
permissions: {{}}

jobs:
  shadow:
@IF@{_PLANNER}\
      - run: commonhold plan --github --shadow shadow.jsonl
      - uses: {_UPLOAD}
        with:
          name: commonhold-shadow
          path: shadow.jsonl
"""

_COMPARED = """\
  # When one of today's workflows has finished, `compare` shows whether the plan would have found its failures.
  # The job runs no code of the change.
  workflow_run: # zizmor: ignore[dangerous-triggers]
    types: [completed]
    workflows:
@WORKFLOWS@"""

_RUN = "github.event.workflow_run"
_OF_RUN = _PLANNER.replace("@READS@", "      actions: read # to read the results of the jobs\n").replace(
    "@REF@", f"          ref: ${{{{ {_RUN}.head_sha }}}}\n"
)
_COMPARE = f"""
  compare:
    if: github.event_name == 'workflow_run' && contains(fromJSON('["push", "pull_request"]'), {_RUN}.event)
{_OF_RUN}\
      - name: Read the results of the jobs
        run: |
          gh api --paginate "repos/$GITHUB_REPOSITORY/actions/runs/$RUN/jobs" | jq --slurp '
            [.[].jobs[] | select(.conclusion == "success" or .conclusion == "failure")
            | {{key: .name, value: (if .conclusion == "success" then "passed" else "failed" end)}}] | from_entries
          ' > outcomes.json
        env:
          GH_TOKEN: ${{{{ github.token }}}}
          RUN: ${{{{ github.event.workflow_run.id }}}}
      - name: Compare them with the plan
        run: |
          base="origin/$BRANCH"
          if [ "$EVENT" = push ]; then base="$HEAD^"; fi
          commonhold plan --base "$base" --head "$HEAD" --github --shadow shadow.jsonl --outcomes outcomes.json
        env:
          BRANCH: ${{{{ github.event.repository.default_branch }}}}
          EVENT: ${{{{ github.event.workflow_run.event }}}}
          HEAD: ${{{{ github.event.workflow_run.head_sha }}}}
      - uses: {_UPLOAD}
        with:
          name: commonhold-shadow
          path: shadow.jsonl
"""

_TEST_JOB = f"""\
    runs-on: ${{{{ matrix.os }}}}
    timeout-minutes: ${{{{ matrix.timeout }}}}
    permissions:
      contents: read # to check out
    steps:
      - uses: {_CHECKOUT}
        with:
          persist-credentials: false
      # The last version is the default and runs nox. Sessions find their Python by its version.
      - uses: {_SETUP}
        with:
          python-version: |
            ${{{{ matrix.python }}}}
            3.12
      - run: python -P -m pip install commonhold nox uv
      - run: python -P -m nox -s plugins -- "$SESSIONS"
        env:
          SESSIONS: ${{{{ matrix.sessions }}}}
          NOX_SCRIPT_MODE: none # the requirements of the noxfile are installed above
"""

_OUTPUTS = """\
    outputs:
      any: ${{ steps.plan.outputs.any }}
      matrix: ${{ steps.plan.outputs.matrix }}
      any-advisory: ${{ steps.plan.outputs.any-advisory }}
      advisory: ${{ steps.plan.outputs.advisory }}
"""

_REPLACE = f"""\
# Tests the plugins that a change can break. Require only the check `plugins` in branch protection.
name: Plugins

on:
  push:
    branches: [@BRANCH@]
  pull_request:
  merge_group:
    types: [checks_requested]
  schedule:
    - cron: "0 3 * * *" # an event without a base selects every plugin

permissions: {{}}

concurrency:
  group: plugins-${{{{ github.event_name }}}}-${{{{ github.event.pull_request.number || github.run_id }}}}
  cancel-in-progress: ${{{{ github.event_name == 'pull_request' }}}}

jobs:
  plan:
{_PLANNER.replace("@OUTPUTS@", _OUTPUTS)}\
      - id: plan
        run: commonhold plan --github

  test:
    name: ${{{{ matrix.name }}}}
    needs: plan
    if: needs.plan.outputs.any == 'true'
    strategy:
      fail-fast: false
      matrix: ${{{{ fromJSON(needs.plan.outputs.matrix) }}}}
{_TEST_JOB}
  advisory:
    name: ${{{{ matrix.name }}}} (advisory)
    needs: plan
    if: needs.plan.outputs.any-advisory == 'true'
    strategy:
      fail-fast: false
      matrix: ${{{{ fromJSON(needs.plan.outputs.advisory) }}}}
    continue-on-error: true
{_TEST_JOB}
  gate:
    name: plugins
    # Without `always()`, a failed job would skip the gate, and GitHub treats a skipped check as passed.
    if: always()
    needs: [plan, test]
    runs-on: ubuntu-latest
    timeout-minutes: 5
    permissions: {{}}
    steps:
      - env:
          PLAN: ${{{{ needs.plan.result }}}}
          ANY: ${{{{ needs.plan.outputs.any }}}}
          TESTS: ${{{{ needs.test.result }}}}
        shell: bash
        run: |
          echo "plan: $PLAN, any: $ANY, tests: ${{TESTS:-skipped}}" | tee -a "$GITHUB_STEP_SUMMARY"
          case "$PLAN/$ANY/$TESTS" in
            success/true/success | success/false/skipped | success/false/) exit 0 ;;
          esac
          exit 1
"""


def write_workflows(mode: WorkflowMode, survey: Survey, rules_path: str, *, has_noxfile: bool) -> dict[str, bytes]:
    """Return the contents of the new workflow and, for sessions in CI, of a noxfile, by path."""
    if mode.path is None:
        return {}
    branch = survey.branch.value if survey.branch else "main"
    # A branch's name can contain quotes; GitHub reads the name as a pattern.
    quoted = _quoted(re.sub(r"([*?+\[\]!])", r"\\\1", branch))
    text = _shadow(survey) if mode is WorkflowMode.SHADOW else _REPLACE
    filled = re.sub("@(?:OUTPUTS|READS|REF)@", "", text).replace("@BRANCH@", quoted).replace("@RULES@", rules_path)
    files = {mode.path: filled.encode()}
    if mode is WorkflowMode.REPLACE and not has_noxfile:
        files[NOXFILE] = _NEW_NOXFILE.encode()
    return files


def _shadow(survey: Survey) -> str:
    """Return the workflow of shadow mode, with a job that compares the plans with the results of today's tests."""
    names = _compared(survey)
    if not names:
        return _SHADOW.replace("@COMPARED@", "").replace("@IF@", "")
    listed = "".join(f"      - {_quoted(name)}\n" for name in names)
    started = _COMPARED.replace("@WORKFLOWS@", listed)
    only = "    if: github.event_name != 'workflow_run'\n"
    return _SHADOW.replace("@COMPARED@", started).replace("@IF@", only) + _COMPARE


def _compared(survey: Survey) -> list[str]:
    """Return the names of the workflows that test plugins for pushes and pull requests; GitHub also accepts paths."""
    workflows = {job.workflow.path: job.workflow for job in survey.jobs if job.packages}
    names = (
        each.name.text if each.name is not None else each.path
        for each in workflows.values()
        if any(trigger.event in ("push", "pull_request") for trigger in each.triggers)
    )
    return sorted({name for name in names if name.isprintable() and "@" not in name})


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
