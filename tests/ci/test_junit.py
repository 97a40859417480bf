"""JUnit reports: joined from any tool, and read defensively."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.ci.junit import failed_tests, join_parts, read_report
from commonhold.errors import ToolError

if TYPE_CHECKING:
    from pathlib import Path

CASE = '<testcase classname="x" name="{}">{}</testcase>'
BAD = {
    "cut": "<testsuites><testsuite>",
    "empty": "",
    "of an encoding that nobody knows": '<?xml version="1.0" encoding="foo"?><testsuites/>',
    "of an encoding that expat does not take": '<?xml version="1.0" encoding="gbk"?><testsuites/>',
    "deep": "<a>" * 3000 + "</a>" * 3000,
    "of entities": '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><testsuites>&i;</testsuites>",
}


def suite(*cases: str) -> str:
    return f"<testsuite>{''.join(cases)}</testsuite>"


@pytest.mark.parametrize("kind", BAD)
def test_an_invalid_report_is_reported_and_hides_no_other(tmp_path: Path, kind: str) -> None:
    parts = tmp_path / "parts"
    parts.mkdir()
    (parts / "0.xml").write_text(BAD[kind])
    (parts / "1.xml").write_text(
        f"<testsuites>{suite(CASE.format('good', ''), CASE.format('bad', '<failure/>'))}</testsuites>"
    )
    joined = tmp_path / "session.xml"
    (problem,) = join_parts(str(parts), str(joined))
    assert problem.startswith(f"{parts}/0.xml is not a JUnit file: ")
    assert failed_tests(read_report(str(joined))) == ["x::bad"]
    with pytest.raises(ToolError, match="is not a JUnit file"):
        read_report(str(parts / "0.xml"))


def test_suites_in_suites_and_alone_keep_their_cases(tmp_path: Path) -> None:
    parts = tmp_path / "parts"
    parts.mkdir()
    (parts / "0.xml").write_text(
        f"<testsuites><testsuite>{suite(CASE.format('inner', '<error/>'))}</testsuite></testsuites>"
    )
    (parts / "1.xml").write_text(suite(CASE.format("alone", "")))
    joined = tmp_path / "session.xml"
    joined.write_text(f"<testsuites>{CASE.format('loose', '<failure/>')}</testsuites>")
    assert join_parts(str(parts), str(joined)) == []
    report = read_report(str(joined))
    assert [case.get("name") for case in report.iter("testcase")] == ["loose", "inner", "alone"]
    assert failed_tests(report) == ["x::loose", "x::inner"]


def test_where_nothing_was_written_there_is_nothing(tmp_path: Path) -> None:
    assert join_parts(str(tmp_path / "none"), str(tmp_path / "session.xml")) == []
    assert not list(tmp_path.iterdir())
