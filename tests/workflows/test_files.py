"""What can be read off the workflow files, and no linter looks for."""

from __future__ import annotations

import os
import re
import subprocess
from importlib.util import module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from commonhold.ownership.plugin_choices import FIELD, OTHER
from tests.support.repositories import Repo
from tests.workflows.runner import actions_used
from tests.workflows.sample_repo import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WORKFLOWS: dict[str, dict[Any, Any]] = {
    file.name: yaml.safe_load(file.read_text()) for file in sorted(REPOSITORY.glob(".github/workflows/*.yml"))
}
ACTIONS: dict[str, dict[str, Any]] = {
    file.parent.name: yaml.safe_load(file.read_text())
    for file in sorted(REPOSITORY.glob(".github/actions/*/action.yml"))
}


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, workflow in WORKFLOWS.items():
        for job_id, job in workflow["jobs"].items():
            yield f"{name}: {job_id}", job


def steps() -> Iterator[dict[str, Any]]:
    for _, job in jobs():
        yield from job.get("steps", ())
    for action in ACTIONS.values():
        yield from action["runs"]["steps"]


JOBS = dict(jobs())


def test_no_script_holds_a_template_expression() -> None:
    assert [step["run"] for step in steps() if "${{" in step.get("run", "")] == []


def test_every_action_is_pinned_by_its_commit() -> None:
    assert [use for use in actions_used(REPOSITORY) if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", use)] == []


def test_no_variable_holds_an_output_that_may_be_longer_than_linux_allows() -> None:
    values = [value for step in steps() for value in step.get("env", {}).values()]
    assert [
        value for value in values if re.search(r"toJSON\(needs\)|outputs\.(matrix|advisory|first|rest|images)\b", value)
    ] == []


PAGES = {"id-token": "write", "pages": "write"}
INDEX = {"actions": "read", "attestations": "write", "contents": "write", "id-token": "write"}
# What a job may do besides reading the code, and no other job may.
RIGHTS = {
    "ci.yml: plan": {"actions": "read", "contents": "read"},
    "nightly.yml: plan": {"actions": "read", "contents": "read"},
    "approvals.yml: decide": {"contents": "read", "issues": "read", "pull-requests": "read", "statuses": "write"},
    "approvals.yml: ask": {"contents": "read", "issues": "write", "pull-requests": "write", "statuses": "read"},
    "triage.yml: triage": {"issues": "write"},
    "release.yml: publish": {"contents": "read", "id-token": "write"},
    "release.yml: notes": {"contents": "write"},
    "release.yml: plugin-index": INDEX,
    "release.yml: site": {"contents": "read", **PAGES},
    "nightly.yml: plugin-index": INDEX,
    "nightly.yml: late": {"contents": "read", "issues": "write"},
    "nightly.yml: site": {"contents": "read", **PAGES},
    "plugin-index.yml: update": INDEX,
    "site.yml: deploy": PAGES,
    "tools.yml: publish": {"id-token": "write"},
}
MAY_HAVE_SECRETS = {"image.yml: push"}


@pytest.mark.parametrize("name", JOBS)
def test_a_job_gets_no_right_but_to_read_the_code_and_no_secret(name: str) -> None:
    job = JOBS[name]
    if name in RIGHTS:
        assert job["permissions"] == RIGHTS[name]
    else:
        assert job["permissions"] in ({}, {"contents": "read"})
    assert ("secrets." in yaml.safe_dump(job)) == (name in MAY_HAVE_SECRETS)
    assert ("secrets" in job) == (name == "release.yml: images")


def test_whoever_has_a_secret_checks_nothing_out_and_builds_nothing() -> None:
    for name in MAY_HAVE_SECRETS:
        uses = [step.get("uses", "").partition("@")[0] for step in JOBS[name]["steps"]]
        assert uses == ["actions/download-artifact", ""]
        script = JOBS[name]["steps"][1]["run"]
        assert [line.split()[:2] for line in script.splitlines()] == [
            ["docker", "load"],
            ["docker", "tag"],
            ["docker", "login"],
            ["docker", "push"],
        ]


@pytest.mark.parametrize("name", ["release.yml: build", "release.yml: build-rest", "image.yml: build"])
def test_what_plugins_bring_is_run_where_there_is_nothing_to_take(name: str) -> None:
    assert JOBS[name]["permissions"] == {"contents": "read"}
    assert "environment" not in JOBS[name]
    (checkout,) = [step for step in JOBS[name]["steps"] if step.get("uses", "").startswith("actions/checkout@")]
    assert checkout["with"]["persist-credentials"] is False


def test_triage_checks_nothing_out_and_installs_by_hash() -> None:
    job = JOBS["triage.yml: triage"]
    assert [step["uses"].partition("@")[0] for step in job["steps"] if "uses" in step] == ["actions/setup-python"]
    install, route = job["steps"][1:]
    assert "--only-binary :all: --require-hashes" in install["run"]
    assert [step for step in job["steps"] if "github.token" in yaml.safe_dump(step)] == [route]


@pytest.mark.parametrize("form", sorted(REPOSITORY.glob(".github/ISSUE_TEMPLATE/*.yml")), ids=lambda form: form.name)
def test_the_first_field_of_an_issue_form_names_the_plugin(form: Path) -> None:
    first = yaml.safe_load(form.read_text())["body"][0]
    assert (first["type"], first["attributes"]["label"]) == ("dropdown", FIELD)
    assert first["attributes"]["options"][-1] == OTHER
    assert "multiple" not in first["attributes"]


def test_triage_without_a_release_does_nothing_and_says_so(tmp_path: Path) -> None:
    install, route = JOBS["triage.yml: triage"]["steps"][1:]
    outputs = tmp_path / "outputs"
    outputs.touch()
    env = {"PATH": str(tmp_path), "GITHUB_OUTPUT": str(outputs), "REQUIREMENTS": install["env"]["REQUIREMENTS"]}
    done = subprocess.run(["/bin/bash", "-ec", install["run"]], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("::notice::No issue is routed")
    assert outputs.read_text() == ""
    assert route["if"] == "steps.install.outputs.installed == 'true'"


def test_a_release_takes_by_name_only_what_shards_deliver() -> None:
    taken = [
        (name, step["with"])
        for name, job in (*JOBS.items(), ("build-shard", ACTIONS["build-shard"]["runs"]))
        for step in job.get("steps", ())
        if step.get("uses", "").startswith("actions/download-artifact@") and not name.startswith(("ci.", "nightly."))
    ]
    by_name = [(name, given["pattern"]) for name, given in taken if "artifact-ids" not in given]
    assert by_name == [("release.yml: seal", "first-*"), ("release.yml: gather", "rest-*")]
    ids = {given["artifact-ids"] for _, given in taken if "artifact-ids" in given}
    assert all(re.fullmatch(r"\$\{\{ (needs\.[a-z-]+\.outputs\.\w+|inputs\.\w+) \}\}", each) for each in ids)


def test_whoever_can_publish_has_reviewers_and_runs_nothing_but_the_release_tool() -> None:
    publish = JOBS["release.yml: publish"]
    assert publish["environment"]["name"].endswith("|| 'pypi' }}")
    commands = re.findall(r"python .*", "\n".join(step.get("run", "") for step in publish["steps"]))
    assert [command.split()[:6] for command in commands] == [
        ["python", "-P", "-m", "commonhold.cli", "release", "gather"],
        ["python", "-P", "-m", "pypi_attestations", "sign", "store/dist/*/*"],
        ["python", "-P", "-m", "commonhold.cli", "release", "publish"],
    ]


def test_a_release_caches_nothing() -> None:
    text = yaml.safe_dump(WORKFLOWS["release.yml"])
    assert "cache" not in text


def test_a_release_is_never_dropped_and_never_cancelled() -> None:
    assert WORKFLOWS["release.yml"]["concurrency"] == {
        "group": "release",
        "cancel-in-progress": False,
        "queue": "max",
    }


PLANNED = {name: job for name, job in JOBS.items() if isinstance(job.get("strategy", {}).get("matrix"), str)}


@pytest.mark.parametrize("job", PLANNED.values(), ids=PLANNED)
def test_a_matrix_out_of_the_plan_is_guarded_against_being_empty(job: dict[str, Any]) -> None:
    matrix = job["strategy"]["matrix"]
    output = re.fullmatch(r"\$\{\{ fromJSON\(needs\.plan\.outputs\.(\w+)\) \}\}", matrix)
    assert output is not None
    guard = {"matrix": "any", "images": "any-image"}.get(output[1], f"any-{output[1]}")
    guards = job["if"].removeprefix("${{ ").removesuffix(" }}").split(" && ")
    assert guards[-1] == f"needs.plan.outputs.{guard} == 'true'"
    assert "||" not in job["if"]
    assert job["strategy"]["fail-fast"] is False


def test_the_gate_can_be_required() -> None:
    # YAML 1.1 reads the key `on` as true.
    triggers: dict[str, Any] = WORKFLOWS["ci.yml"][True]
    assert set(triggers) == {"pull_request", "push", "merge_group"}
    assert triggers["merge_group"] == {"types": ["checks_requested"]}
    # A filtered workflow leaves its check waiting for ever.
    assert triggers["pull_request"] is None
    gates = [job["name"] for _, job in jobs() if job["name"] == "gate"]
    assert gates == ["gate"]
    assert WORKFLOWS["ci.yml"]["jobs"]["gate"]["if"] == "always()"


def test_shards_are_gathered_in_their_order_wherever_they_were_put(tmp_path: Path) -> None:
    (script,) = [step["run"] for step in JOBS["release.yml: gather"]["steps"] if step.get("name") == "Gather"]
    for folder in ("first/first-001", "first/first-002", "rest"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "plan.json").touch()
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text('#!/bin/sh\necho "$@"\n')
    python.chmod(0o755)
    env = {"PATH": f"{python.parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script], cwd=tmp_path, env=env, capture_output=True, check=True
    )
    said = "-P -m commonhold.cli release gather --store store first/first-001/ first/first-002/ rest"
    assert done.stdout.decode().split() == said.split()


EXAMPLES = {file.name: yaml.safe_load(file.read_text()) for file in sorted(REPOSITORY.glob("examples/flytekit/*.yml"))}


def load_rules() -> Any:
    """The rules that `nox -s lint` applies to the workflows."""
    spec = spec_from_file_location("tool_jobs", REPOSITORY / ".github" / "lint" / "tool_jobs.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RULES = load_rules()


def test_tool_jobs_check_out_the_tool_only_and_import_nothing_from_the_checkout() -> None:
    files = {**WORKFLOWS, **EXAMPLES, **ACTIONS}
    assert [problem for name, file in files.items() for problem in RULES.find_problems(name, file)] == []


def test_jobs_that_run_the_checkout_have_no_secret_and_no_right_to_write() -> None:
    for name, job_ids in RULES.TESTS_THE_CHECKOUT.items():
        for job_id in job_ids:
            job = {**WORKFLOWS, **EXAMPLES}[name]["jobs"][job_id]
            assert job["permissions"] == {"contents": "read"}
            assert "secrets." not in yaml.safe_dump(job)
            assert "environment" not in job


@pytest.mark.parametrize(
    "spoil",
    [
        {"run": "python -m pip install x"},
        {"run": "if true; then python3.12 -c 'import x'; fi"},
        {"run": "python tool.py"},
        {"run": "pip install x"},
        {"uses": f"actions/checkout@{'0' * 40}"},
        {"uses": f"actions/checkout@{'0' * 40}", "with": {"sparse-checkout": "/tools/\n"}},
        {
            "uses": f"actions/checkout@{'0' * 40}",
            "with": {"sparse-checkout": "/tools/\n/plugins/", "sparse-checkout-cone-mode": False},
        },
    ],
)
def test_the_rules_find_a_job_that_could_run_a_file_of_an_author(spoil: dict[str, Any]) -> None:
    assert list(RULES.find_problems("ci.yml", {"jobs": {"plan": {"steps": [spoil]}}}))
    if "run" in spoil:
        assert list(RULES.find_problems("action.yml", {"runs": {"steps": [spoil]}}))


def checkouts() -> Iterator[tuple[str, str]]:
    for name, workflow in {**WORKFLOWS, **EXAMPLES}.items():
        for job_id, job in workflow["jobs"].items():
            for step in job.get("steps", ()):
                if "sparse-checkout" in step.get("with", {}):
                    yield f"{name}: {job_id}", step["with"]["sparse-checkout"]


AT_THE_ROOT = ("pip.py", "nox.py", "sitecustomize.py", "pypi_attestations.py", "commonhold.py", "tools.py", "uv.toml")
FOLDERS = ("commonhold/__init__.py", "plugins/a/tools/x.py", "plugins/a/pyproject.toml", "pip/__main__.py")


def test_git_leaves_the_files_of_authors_out_of_those_checkouts(tmp_path: Path) -> None:
    kept = (".github/workflows/x.yml", "tools/commonhold/x.py", "pyproject.toml", "commonhold.toml")
    repo = Repo.of(tmp_path / "repo", dict.fromkeys((*AT_THE_ROOT, *FOLDERS, *kept), "x"))
    repo.git("config", "core.sparseCheckout", "true")
    repo.path(".git/info").mkdir()
    for patterns in {patterns for _, patterns in checkouts()}:
        repo.path(".git/info/sparse-checkout").write_text(f"\n{patterns}\n")
        repo.git("read-tree", "-mu", "HEAD")
        found = {str(path.relative_to(repo.root)) for path in repo.root.rglob("*") if path.is_file()}
        assert {path for path in found if not path.startswith(".git/")} <= {*kept}


def test_the_gate_runs_no_file_of_a_pull_request() -> None:
    assert set(WORKFLOWS["approvals.yml"][True]) == {  # YAML reads `on` as true
        "pull_request_target",
        "workflow_run",
        "issue_comment",
        "push",
        "schedule",
        "workflow_dispatch",
    }
    for name in ("decide", "ask"):
        checkouts = [step for step in JOBS[f"approvals.yml: {name}"]["steps"] if "checkout@" in step.get("uses", "")]
        assert [set(step["with"]) & {"ref", "repository", "token"} for step in checkouts] == [set()]
        assert checkouts[0]["with"]["persist-credentials"] is False
    # GitHub runs this file as the pull request has it.
    assert [job["permissions"] for name, job in JOBS.items() if name.startswith("review.yml")] == [{}]


def test_every_event_that_changes_what_a_status_is_about_starts_the_gate() -> None:
    assert set(WORKFLOWS["approvals.yml"][True]["pull_request_target"]["types"]) == {
        "opened",
        "reopened",
        "synchronize",
        "edited",  # also if the base branch changes
        "closed",  # other pull requests can have the same head
        "ready_for_review",
        "converted_to_draft",
    }
