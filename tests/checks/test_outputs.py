"""The formats of the report: SARIF within GitHub's limits, JSON by its schema, and the table on a terminal."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from commonhold.checks import sarif
from commonhold.checks.context import CheckedRepository
from commonhold.checks.report import CheckReport, CheckScope, run_checks
from commonhold.checks.sarif import sarif_document
from tests.checks.small_rules import NOTES, RULES, WAIVERS, mixed_repository
from tests.support.checked import TODAY, read_checked
from tests.support.terminals import in_terminal

if TYPE_CHECKING:
    from tests.support.monorepos import Monorepo

ROOT = Path(__file__).parents[2]
WAIVER = """\
[[waiver]]
plugin = "todo"
code = "ACME102"
subject = "one"
reason = "it is agreed"
who = "octocat"
expiry = 2026-12-31
"""


def text(**more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"text": {"type": "string", "minLength": 1}, **more}, "required": ["text"]}


def closed(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


STRING = {"type": "string", "minLength": 1}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
# The part of SARIF 2.1.0 (OASIS) that is used here, with GitHub's limits.
DESCRIPTOR = closed(
    ["id", "shortDescription", "fullDescription", "help", "helpUri"],
    id={"type": "string", "maxLength": 255},
    name={"type": "string", "maxLength": 255, "pattern": "^[A-Za-z0-9]+$"},
    shortDescription=text(),
    fullDescription=text(),
    help={**text(markdown=STRING), "required": ["text", "markdown"]},
    helpUri={"type": "string", "format": "uri"},
    defaultConfiguration=closed(["level"], level=LEVEL),
    properties=closed(["tags"], tags={"type": "array", "maxItems": 20}),
)
PLACE = closed(
    ["artifactLocation", "region"],
    artifactLocation=closed(
        ["uri", "uriBaseId"], uri={"type": "string", "pattern": "^[A-Za-z0-9%._~/-]+$"}, uriBaseId=STRING
    ),
    region=closed(["startLine"], startLine={"type": "integer", "minimum": 1}),
)
RESULT = closed(
    ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"],
    ruleId=STRING,
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    message=text(),
    locations={"type": "array", "minItems": 1, "items": closed(["physicalLocation"], physicalLocation=PLACE)},
    partialFingerprints=closed(["primaryLocationLineHash"], primaryLocationLineHash=STRING),
    suppressions={
        "type": "array",
        "items": closed(["kind"], kind={"enum": ["inSource", "external"]}, justification=STRING),
    },
)
DRIVER = closed(
    ["name", "rules"],
    name=STRING,
    version=STRING,
    informationUri={"type": "string", "format": "uri"},
    rules={"type": "array", "uniqueItems": True, "maxItems": 25_000, "items": DESCRIPTOR},
)
RUN = closed(
    ["tool", "results"],
    tool=closed(["driver"], driver=DRIVER),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    originalUriBaseIds={"type": "object"},
    results={"type": "array", "maxItems": 25_000, "items": RESULT},
    properties={"type": "object"},
)
LOG = closed(
    ["version", "runs"],
    **{"$schema": STRING, "version": {"const": "2.1.0"}, "runs": {"type": "array", "maxItems": 20, "items": RUN}},
)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Monorepo:
    monorepo = mixed_repository(tmp_path_factory.mktemp("mixed"))
    monorepo.write({WAIVERS: WAIVER, "official/good/notes.txt": "a b\x1b\n"})
    return monorepo


def report_of(monorepo: Monorepo) -> CheckReport:
    repository = read_checked(monorepo.repo.root)
    checked = CheckedRepository(repository.workspace, repository.files, TODAY, RULES.by_code)
    return run_checks(checked, RULES, CheckScope(tuple(checked.plugins)))


def test_sarif_is_valid_and_its_fingerprints_do_not_depend_on_lines(mixed: Monorepo) -> None:
    document = sarif_document(report_of(mixed))
    jsonschema.Draft202012Validator(LOG).validate(document)
    (run,) = document["runs"]
    results = run["results"]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in results)
    assert [each["suppressions"] for each in results if "suppressions" in each] == [
        [{"kind": "external", "justification": "it is agreed (octocat, until 2026-12-31)"}]
    ]
    places = {(each["ruleId"], each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]) for each in results}
    assert ("ACME102", NOTES) in places
    mixed.write({NOTES: "\n\none\ntwo\n"})
    moved = sarif_document(report_of(mixed))["runs"][0]["results"]
    mixed.write({NOTES: "one\ntwo\n"})
    before = {each["partialFingerprints"]["primaryLocationLineHash"] for each in results}
    assert before <= {each["partialFingerprints"]["primaryLocationLineHash"] for each in moved}


def test_sarif_keeps_the_errors_if_there_are_too_many_results(mixed: Monorepo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MOST_RESULTS", 4)
    results = sarif_document(report_of(mixed))["runs"][0]["results"]
    assert [each["level"] for each in results] == ["error"] * 4


def test_the_json_document_follows_its_schema(mixed: Monorepo) -> None:
    from commonhold.checks.check_document import check_document

    schema = json.loads((ROOT / "docs/reference/schemas/check.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(check_document(report_of(mixed)))


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_table_fits_the_terminal(mixed: Monorepo, width: int) -> None:
    command = [sys.executable, "-m", "commonhold.cli.__main__", "-C", str(mixed.repo.root), "check", "good"]
    lines = in_terminal(command, width, stderr=True)
    assert lines[0] == "good (official)"
    assert any(line.startswith("  CH") for line in lines)
    # Paths are not broken, so that they can be copied.
    assert [line for line in lines if "/" not in line and len(line) > width] == []
