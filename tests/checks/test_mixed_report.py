"""The whole report of a small repository that violates many rules of the catalogue, compared as one value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from commonhold.cli.__main__ import main
from tests.support.monorepos import Monorepo, plugin

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SETTINGS = '\n[tool.commonhold.check]\nprofile = "flyte"\nseverity = { CH206 = "off", CH505 = "warning" }\n'
BROKEN = plugin("official/broken") | {"official/broken/pyproject.toml": "[project\n"}
WAIVER = """\
[[waiver]]
plugin = "alone"
code = "CH501"
reason = "the licence is being discussed"
who = "octocat"
expiry = 2999-01-01
"""

EXPECTED = [
    "- CH390 error skipped",
    "- CH706 error fail",
    "- CH708 error fail",
    "- CH801 error fail",
    "- CH802 error fail",
    "- CH804 error fail",
    "- CH805 error fail",
    "alone CH115 warning fail",
    "alone CH201 warning fail",
    "alone CH203 warning fail",
    "alone CH209 error fail",
    "alone CH210 error skipped",
    "alone CH212 warning skipped",
    "alone CH301 error fail",
    "alone CH302 error skipped",
    "alone CH303 error skipped",
    "alone CH401 error fail",
    "alone CH402 error skipped",
    "alone CH403 error skipped",
    "alone CH404 error skipped",
    "alone CH405 error skipped",
    "alone CH406 error skipped",
    "alone CH501 error waived",
    "alone CH502 error skipped",
    "alone CH503 warning skipped",
    "alone CH504 error skipped",
    "alone CH505 warning skipped",
    "alone CH506 error skipped",
    "alone CH507 warning skipped",
    "alone CH601 error fail",
    "alone CH602 error skipped",
    "alone CH851 error fail",
    "broken CH001 error fail",
    "broken CH002 error skipped",
    "broken CH009 error skipped",
    "broken CH101 error skipped",
    "broken CH102 error skipped",
    "broken CH103 warning skipped",
    "broken CH104 warning skipped",
    "broken CH105 error skipped",
    "broken CH106 error skipped",
    "broken CH107 error skipped",
    "broken CH108 error skipped",
    "broken CH115 warning fail",
    "broken CH117 warning skipped",
    "broken CH201 warning skipped",
    "broken CH202 error skipped",
    "broken CH203 warning skipped",
    "broken CH204 error skipped",
    "broken CH205 warning skipped",
    "broken CH207 error skipped",
    "broken CH208 error skipped",
    "broken CH209 error skipped",
    "broken CH210 error skipped",
    "broken CH212 warning skipped",
    "broken CH213 warning skipped",
    "broken CH214 error skipped",
    "broken CH215 error skipped",
    "broken CH301 error skipped",
    "broken CH302 error skipped",
    "broken CH303 error skipped",
    "broken CH309 warning skipped",
    "broken CH401 error skipped",
    "broken CH402 error skipped",
    "broken CH403 error skipped",
    "broken CH404 error skipped",
    "broken CH405 error skipped",
    "broken CH406 error skipped",
    "broken CH501 error skipped",
    "broken CH502 error skipped",
    "broken CH503 warning skipped",
    "broken CH504 error skipped",
    "broken CH505 warning skipped",
    "broken CH506 error skipped",
    "broken CH507 warning skipped",
    "broken CH510 warning skipped",
    "broken CH601 error skipped",
    "broken CH602 error skipped",
    "broken CH603 error skipped",
    "broken CH604 error skipped",
    "broken CH605 warning skipped",
    "broken CH701 error skipped",
    "broken CH702 error skipped",
    "broken CH703 error skipped",
    "broken CH704 error skipped",
    "broken CH851 error fail",
    "broken CH854 error skipped",
    "broken CH855 error skipped",
    "lonely CH115 warning fail",
    "lonely CH201 warning fail",
    "lonely CH203 warning fail",
    "lonely CH209 error fail",
    "lonely CH210 error skipped",
    "lonely CH212 warning skipped",
    "lonely CH301 error fail",
    "lonely CH302 error skipped",
    "lonely CH303 error skipped",
    "lonely CH401 error fail",
    "lonely CH402 error skipped",
    "lonely CH403 error skipped",
    "lonely CH404 error skipped",
    "lonely CH405 error skipped",
    "lonely CH406 error skipped",
    "lonely CH501 error fail",
    "lonely CH502 error skipped",
    "lonely CH503 warning skipped",
    "lonely CH504 error skipped",
    "lonely CH505 warning skipped",
    "lonely CH506 error skipped",
    "lonely CH507 warning skipped",
    "lonely CH601 error fail",
    "lonely CH602 error skipped",
]


def test_the_report_of_a_mixed_repository(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monorepo = Monorepo.of(tmp_path / "repo", BROKEN, {"governance/waivers.toml": WAIVER})
    config = monorepo.repo.path("pyproject.toml")
    config.write_text(config.read_text() + SETTINGS)
    assert main(["-C", str(monorepo.repo.root), "check", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    found = [
        f"{each['plugin'] or '-'} {each['code']} {each['severity']} {each['state']}"
        for each in document["findings"]
        # The packages that are installed next to the tests may have checks for repo-review.
        if each["because"] != "needs the wheel" and not each["code"].startswith("RR:")
    ]
    assert found == EXPECTED
    assert document["profiles"] == ["flyte"]
