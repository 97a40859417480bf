"""The facts that a wheel or sdist states about a release, also if the archive is hostile."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.catalog.documents import ProvidedObject
from commonhold.catalog.provided import MOST_PARTS
from commonhold.catalog.untrusted_text import MAX_TEXT, clean_line, clean_text, clean_url
from commonhold.catalog.wheel_facts import (
    PublishedReadme,
    UnreadableReleaseError,
    WheelFacts,
    read_archive_facts,
    read_metadata_facts,
    read_wheel_facts,
)
from tests.support.wheels import core_metadata, make_sdist, make_wheel, make_zip

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

README = """\
# Spark

Runs tasks on Spark.

## Quick start

```shell
pip install acme-spark
```

```python
from acme.spark import Spark
```
"""
FIELDS = (
    "Summary: Runs tasks on Spark",
    "Keywords: spark,jobs",
    "License-Expression: apache-2.0",
    "Requires-Python: >=3.10",
    "Requires-Dist: acme<2,>=1.16",
    'Requires-Dist: pyspark; extra == "all"',
    "Maintainer-email: Ada <ada@example.org>, Grace <grace@example.org>",
    "Project-URL: Home page, https://example.org/spark#top",
    "Project-URL: Docs, https://example.org/docs",
    "Project-URL: Repository, https://github.com/acme/acme",
    "Project-URL: Bug Tracker, https://github.com/acme/acme/issues",
    "Description-Content-Type: text/markdown; charset=UTF-8",
)
MODULES = {
    "acme/spark/__init__.py": "from acme.spark._task import Spark, _Hidden\nfrom .agent import Agent as SparkAgent\n",
    "acme/spark/_task.py": '"""Tasks."""\nclass Spark:\n    """Configure a Spark task.\n\n    More."""\nclass _Hidden: ...\n',
    "acme/spark/agent.py": "class Agent:\n    pass\n\nclass Inner:\n    pass\n",
    "acme/spark/tests/test_task.py": "class TestSpark: ...\n",
    "INFO/entry_points.txt": "[acme.plugins]\nspark = acme.spark._task\n[console_scripts]\nspark = acme.spark:Spark [all]\n",
}


def provided(kind: str, name: str, value: str, summary: str = "") -> ProvidedObject:
    return ProvidedObject(kind=kind, name=name, value=value, summary=summary)


def facts_of(*lines: str, readme: str = "", files: Mapping[str, str | bytes] | None = None) -> WheelFacts:
    return read_archive_facts(*make_wheel("Acme.Spark", "1.17.0", *lines, readme=readme, files=files))


def refusal(name: str, data: bytes) -> str:
    with pytest.raises(UnreadableReleaseError) as caught:
        read_archive_facts(name, data)
    assert caught.value.message.isprintable()
    return caught.value.message


def test_a_wheel_states_its_metadata(tmp_path: Path) -> None:
    name, data = make_wheel("Acme-Spark", "1.17.0", *FIELDS, readme=README, files=MODULES)
    (tmp_path / name).write_bytes(data)
    facts = read_wheel_facts(tmp_path / name)
    assert (facts.name, facts.version, facts.summary) == ("acme-spark", "1.17.0", "Runs tasks on Spark")
    assert (facts.keywords, facts.licence, facts.requires_python) == (("spark", "jobs"), "Apache-2.0", ">=3.10")
    assert facts.requires == ("acme<2,>=1.16", 'pyspark; extra == "all"')
    assert facts.range_of("acme") == ">=1.16,<2"
    assert facts.people == ("Ada", "Grace")
    assert facts.links.homepage == "https://example.org/spark"
    assert facts.links.documentation == "https://example.org/docs"
    assert facts.links.source == "https://github.com/acme/acme"
    assert facts.links.issues == "https://github.com/acme/acme/issues"
    assert (facts.import_names, facts.import_namespaces) == (("acme.spark",), ("acme",))
    assert facts.readme == PublishedReadme(README, "text/markdown")
    assert facts.quick_start == "from acme.spark import Spark"


def test_a_wheel_provides_its_entry_points_and_the_classes_that_its_packages_export() -> None:
    assert facts_of(files=MODULES).provides == (
        provided("acme.plugins", "spark", "acme.spark._task", "Tasks."),
        provided("console_scripts", "spark", "acme.spark:Spark", "Configure a Spark task."),
        provided("class", "Spark", "acme.spark:Spark", "Configure a Spark task."),
        provided("class", "SparkAgent", "acme.spark:SparkAgent", ""),
    )


def test_without_exports_the_classes_of_public_modules_are_provided() -> None:
    modules = {**MODULES, "acme/spark/__init__.py": ""}
    assert {part.value for part in facts_of(files=modules).provides if part.kind == "class"} == {
        "acme.spark.agent:Agent",
        "acme.spark.agent:Inner",
    }


def test_all_limits_the_exports() -> None:
    init = MODULES["acme/spark/__init__.py"] + "__all__ = ['Spark']\n"
    modules = {**MODULES, "acme/spark/__init__.py": init}
    assert [part.name for part in facts_of(files=modules).provides if part.kind == "class"] == ["Spark"]


def test_an_sdist_states_the_same_metadata_as_a_wheel() -> None:
    wheel = read_archive_facts(*make_wheel("acme-spark", "1.17.0", *FIELDS, readme=README))
    assert read_archive_facts(*make_sdist("acme-spark", "1.17.0", *FIELDS, readme=README)) == wheel
    assert read_metadata_facts("x", core_metadata("acme-spark", "1.17.0", *FIELDS, readme=README)) == wheel


def test_declared_import_names_win() -> None:
    facts = facts_of("Import-Name: acme.spark", "Import-Name: _acme; private", "Import-Namespace: acme")
    assert (facts.import_names, facts.import_namespaces) == (("acme.spark",), ("acme",))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((), None),
        (("Requires-Dist: acme",), ""),
        (("Requires-Dist: Acme>=1.2,<2", "Requires-Dist: acme!=1.5"), "!=1.5,>=1.2,<2"),
        (('Requires-Dist: acme>=1; extra == "core"',), None),
        (('Requires-Dist: acme>=1; python_version < "3.12"', 'Requires-Dist: acme>=2; python_version >= "3.12"'), None),
        (('Requires-Dist: acme>=1; python_version < "4"',), ">=1"),
        (("Requires-Dist: acme @ https://example.org/acme.whl",), None),
    ],
)
def test_the_core_range_is_what_every_user_gets(lines: tuple[str, ...], expected: str | None) -> None:
    assert facts_of(*lines).range_of("acme") == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("License-Expression: MIT OR nonsense",), None),
        (("License: apache2",), "Apache-2.0"),
        (("Classifier: License :: OSI Approved :: MIT License",), "MIT"),
        (("License: Ours", "Classifier: License :: OSI Approved :: MIT License"), None),
        (("License: Proprietary",), None),
    ],
)
def test_a_licence_in_an_older_format_becomes_an_expression(lines: tuple[str, ...], expected: str | None) -> None:
    assert facts_of(*lines).licence == expected


def test_unknown_texts_of_old_backends_are_missing() -> None:
    facts = facts_of("Summary: UNKNOWN", "Home-page: UNKNOWN", "Author: UNKNOWN", readme="UNKNOWN\n")
    assert (facts.summary, facts.links.homepage, facts.people, facts.readme) == ("", None, (), None)


def test_texts_lose_control_characters() -> None:
    facts = facts_of("Summary: a\x1b[31m\u202eb\x07", readme="# A\r\n\x1b]8;;x\x07text\u2066\n")
    assert facts.summary == "a[31mb"
    assert facts.readme == PublishedReadme("# A\n]8;;xtext\n", "text/x-rst")


def test_invalid_fields_are_left_out_and_reported() -> None:
    data = core_metadata("acme-spark", "1.0", "Requires-Python: nonsense", "Project-URL: no comma").replace(
        b"Version: 1.0\n", b"Version: 1.0\nSummary: \xff\xfe\n"
    )
    facts = read_metadata_facts("x", data)
    assert (facts.requires_python, facts.summary, facts.name) == (None, "", "acme-spark")
    assert facts.problems


@pytest.mark.parametrize("name", ["../evil", "-e", "a b", "a\x1bb", ""])
@pytest.mark.parametrize("version", ["1.0", "../1", "--pre"])
def test_invalid_names_and_versions_are_refused(name: str, version: str) -> None:
    if name or version == "1.0":
        with pytest.raises(UnreadableReleaseError) as caught:
            read_metadata_facts("METADATA", core_metadata(name, version))
        assert caught.value.message.isprintable()


def test_a_bomb_is_refused() -> None:
    name, data = make_wheel("acme-spark", "1.0", files={"acme/zeros.bin": bytes(65 << 20)})
    assert "unpacks to more than 64 MiB" in refusal(name, data)


@pytest.mark.parametrize("path", ["../evil.py", "/etc/evil.py", "a\\b.py", "a/\x1b[2J.py"])
def test_paths_that_leave_the_archive_are_refused(path: str) -> None:
    name, data = make_wheel("acme-spark", "1.0", files={path: "class Evil: ..."})
    assert "contains" in refusal(name, data)


def test_other_broken_archives_are_refused() -> None:
    name, data = make_wheel("acme-spark", "1.0")
    assert refusal(name, b"")
    assert refusal(name, data[:-10])
    assert "data" in refusal(name, data + b"x")
    assert "no metadata" in refusal(name, make_zip({"a.py": ""}))
    assert "no PKG-INFO" in refusal("other-1.0.tar.gz", make_sdist("acme-spark", "1.0")[1])
    assert refusal("acme_spark-1.0.tar.gz", b"\x1f\x8bnonsense")
    two = make_zip(
        {"a-1.dist-info/METADATA": core_metadata("a", "1"), "b-1.dist-info/METADATA": core_metadata("b", "1")}
    )
    assert "no metadata" in refusal("a-1-py3-none-any.whl", two)


def test_huge_metadata_is_refused_and_a_huge_module_is_not_read() -> None:
    name, data = make_wheel("acme-spark", "1.0", readme="# A\n" * (5 << 18))
    assert "no metadata" in refusal(name, data)
    huge = "class Big: ...\n" * (5 << 16)
    assert facts_of(files={"big.py": huge, "small.py": "class Small: ..."}).provides == (
        provided("class", "Small", "small:Small"),
    )


def test_a_long_readme_is_cut() -> None:
    readme = facts_of(readme="word " * (MAX_TEXT // 4)).readme
    assert readme is not None
    assert len(readme.text) <= MAX_TEXT


def test_the_number_of_parts_is_limited() -> None:
    points = "[group]\n" + "".join(f"n{number} = acme:N\n" for number in range(5000))
    assert len(facts_of(files={"INFO/entry_points.txt": points}).provides) == MOST_PARTS


@pytest.mark.parametrize(
    "points",
    [
        "[a\n",
        "no section",
        "[g]\nx = os:system; evil\n",
        "[g]\nx\x1b[1m = a:b\n",
        "[g]\nx = a b c !\n",
        b"[g]\n\xff = a:b\n",
    ],
)
def test_invalid_entry_points_are_left_out(points: str | bytes) -> None:
    assert facts_of(files={"INFO/entry_points.txt": points}).provides == ()


def test_modules_that_cannot_be_parsed_are_left_out() -> None:
    sources: dict[str, str | bytes] = {
        "a.py": "class A(:",
        "b.py": "(" * 5000,
        "c.py": b"\xff\xfe",
        "d.py": "-" * 90_000 + "1",
        "e.py": "class E: ...",
    }
    assert [part.name for part in facts_of(files=sources).provides] == ["E"]


@given(st.text())
def test_clean_texts_are_safe_to_print(text: str) -> None:
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]", clean_line(text))
    cleaned = clean_text(text)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", cleaned)
    cleaned.encode()
    assert clean_text(cleaned) == cleaned


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://user:secret@example.org/",
        "https://example.org/a b",
        "https://example.org/\x1b",
        "https:///path",
        "https://[::1/",
        "https://example.org:99999/",
    ],
)
def test_other_links_than_https_are_left_out(url: str) -> None:
    assert clean_url(url) is None
