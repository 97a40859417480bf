"""Rules CH4xx: the README, in Markdown and reStructuredText."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from commonhold.checks.rules import documents, guidance
from commonhold.projects.document import MOST_CHARACTERS
from commonhold.projects.restructured_text import read_document
from tests.support.checked import checked_repository, fixed, violations

if TYPE_CHECKING:
    from pathlib import Path

    from commonhold.checks.rule import Rule

FOLDER = "plugins/community/pint"


def plugin(readme: str | None, name: str = "README.md", more: str = "") -> dict[str, str]:
    files = {f"{FOLDER}/pyproject.toml": f'[project]\nname = "acme-pint"\n{more}\n'}
    return files if readme is None else {**files, f"{FOLDER}/{name}": readme}


GOOD = """\
# Pint

[![PyPI](https://img.shields.io/pypi/v/acme-pint.svg)](https://index.example.org/project/acme-pint)

Pass quantities between tasks, so that you don't add miles to kilometres.

```bash
pip install acme-pint
```

```python
from acme.pint import Unit
```

## Status

This is a community plugin. Report problems in the [issues](https://github.com/acme/acme/issues).

## Releases

It is released with every release of the core, as long as its tests pass.
The versions follow semantic versioning. See the [documentation](https://acme.readthedocs.io).
"""
GOOD_RST = """\
====
Pint
====

|pypi|

.. |pypi| image:: https://badge.fury.io/py/acme-pint.svg

Pass quantities between tasks, so that you
don't add miles to kilometres.

Installation
------------

::

    pip install acme-pint

Usage
-----

.. code-block:: python

    from acme.pint import Unit

Status
------

This is a community plugin, which its authors maintain. It is released with every release of the core as long as its
tests pass. See the `documentation <https://acme.readthedocs.io>`_.
"""
BAD = """\
# acme-pint

[![PyPI](https://img.shields.io/pypi/v/acme-pint.svg)](https://index.example.org/project/acme-pint)

- [Changelog](https://example.org/changelog)

<!-- ## Usage
This is a community plugin. Report problems in the issues. pip install acme-pint -->

## Contributing

```bash
pytest
```
"""
README = f"{FOLDER}/README.md:1: the README"
EXPECTED = {
    documents.readme_states_purpose: ["does not say what the plugin is for"],
    documents.readme_explains_installation: [
        "does not say how to install the plugin, for example with `pip install acme-pint`"
    ],
    documents.readme_quick_start: ["contains no code that uses the plugin"],
    documents.readme_support: ["does not say who supports the plugin and where users report problems"],
    documents.readme_tier: ['does not name the plugin\'s tier: "This is a community plugin."'],
    guidance.readme_releases: [
        f"does not state the {each} of releases: {question}" for each, question in guidance._RELEASE_QUESTIONS.items()
    ],
    guidance.readme_value: ["does not say which advantage the plugin has for its users"],
}


@pytest.mark.parametrize(
    "rule", [*EXPECTED, documents.readme_exists, guidance.has_documentation], ids=lambda rule: rule.code
)
def test_a_complete_readme_passes(tmp_path: Path, rule: Rule[Any]) -> None:
    assert violations(rule, checked_repository(tmp_path / "markdown", plugin(GOOD))) == []
    assert violations(rule, checked_repository(tmp_path / "rst", plugin(GOOD_RST, "README.rst"))) == []


@pytest.mark.parametrize("rule", EXPECTED, ids=lambda rule: rule.code)
def test_a_readme_with_links_and_comments_fails(tmp_path: Path, rule: Rule[Any]) -> None:
    found = violations(rule, checked_repository(tmp_path, plugin(BAD)))
    assert found == [f"{README} {text}" for text in EXPECTED[rule]]


def test_a_missing_or_empty_readme_fails(tmp_path: Path) -> None:
    missing, empty = (
        checked_repository(tmp_path / str(index), plugin(text)) for index, text in enumerate((None, "# Pint\n\n"))
    )
    assert violations(documents.readme_exists, missing) == [f"{FOLDER}/README.md:-: the plugin has no README"]
    assert violations(documents.readme_exists, empty) == [f"{README} contains no text"]


def test_the_metadata_names_the_readme(tmp_path: Path) -> None:
    repository = checked_repository(tmp_path, plugin(GOOD, "ABOUT.md", 'readme = "ABOUT.md"'))
    assert violations(documents.readme_exists, repository) == []


def test_a_plugin_that_the_core_finds_needs_no_code(tmp_path: Path) -> None:
    installed = (
        "# Pint\n\nThe core finds the plugin automatically; no code is needed.\n\n```bash\npip install acme-pint\n```\n"
    )
    point = '[project.entry-points."core.plugins"]\npint = "acme.pint"'
    script = '[project.scripts]\npint = "acme.pint:main"'
    rule = documents.readme_quick_start
    missing = [f"{README} {EXPECTED[rule][0]}"]
    for index, (text, more, expected) in enumerate(
        [
            (installed, point, []),
            (installed, script, missing),
            (installed, "", missing),
            (installed.replace("finds the plugin automatically; no code is needed", "is good"), point, missing),
        ]
    ):
        assert violations(rule, checked_repository(tmp_path / str(index), plugin(text, more=more))) == expected


def test_the_example_in_the_documentation_describes_the_releases(tmp_path: Path) -> None:
    sentence = re.findall(r'"(The plugin is released [^"]*)"', " ".join(guidance.readme_releases.documentation.split()))
    assert (
        violations(guidance.readme_releases, checked_repository(tmp_path, plugin(f"# Pint\n\n{sentence[0]}\n"))) == []
    )


def test_documentation_can_be_a_folder_or_a_link_in_the_metadata(tmp_path: Path) -> None:
    short = "# Pint\n\nPass quantities.\n"
    link = 'urls = { Documentation = "https://acme.dev" }'
    assert violations(guidance.has_documentation, checked_repository(tmp_path / "a", plugin(short))) == [
        f"{FOLDER}/README.md:-: the plugin has no documentation beyond a short README"
    ]
    assert violations(guidance.has_documentation, checked_repository(tmp_path / "b", plugin(short, more=link))) == []
    files = plugin(short) | {f"{FOLDER}/docs/index.md": "# Pint\n"}
    assert violations(guidance.has_documentation, checked_repository(tmp_path / "c", files)) == []


def test_the_fix_adds_the_tier_to_the_readme(tmp_path: Path) -> None:
    repository = checked_repository(tmp_path, plugin("# Pint\n\nQuantities.\n"))
    after = "# Pint\n\nQuantities.\n\n## Status\n\nThis is a community plugin.\n"
    assert fixed(documents.readme_tier, repository, tmp_path) == {f"{FOLDER}/README.md": after}


@pytest.mark.parametrize(
    ("text", "titles", "codes"),
    [
        ("Title\n===\n\ntext\n\nTwo\n---\n", ["Title", "Two"], 0),
        ("---\ntitle: x\n---\n# One #\n## Two <br/>\n", ["One", "Two"], 0),
        ('<h1 align="center">\n  The <b>plugin</b>\n</h1>\n', ["The plugin"], 0),
        ("```\n# not a title\n```\n~~~py\n```\n~~~\n", [], 2),
        ("- item\n\n    # still in the item\n\ntext\n\n    code\n", [], 1),
        ("> # Quoted\n> ```\n> code\n> ```\n", ["Quoted"], 1),
        ("<!-- # hidden\n# hidden -->\n# Shown\n", ["Shown"], 0),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n", [], 0),
        ("```\nnever closed\n# code\n", [], 1),
        ("text\r\n\r\n# Windows\r\n", ["Windows"], 0),
    ],
)
def test_the_structure_of_markdown(text: str, titles: list[str], codes: int) -> None:
    document = read_document("README.md", text)
    assert ([section.title for section in document.sections if section.heading], len(document.codes)) == (titles, codes)


@pytest.mark.parametrize(
    ("text", "titles", "codes"),
    [
        ("=====\nTitle\n=====\n\nOne\n---\n\nTwo\n~~~\n", ["Title", "One", "Two"], 0),
        ("Run it::\n\n  pytest\n\nand look.\n", [], 1),
        (".. note::\n\n   Text.\n\n.. A comment\n   # hidden::\n\n     hidden\n", [], 0),
        (">>> 1 + 1\n2\n", [], 1),
        (".. code:: python\n   :linenos:\n\n   x = 1\n", [], 1),
        ("====  ====\na     b\n====  ====\n", [], 0),
    ],
)
def test_the_structure_of_restructured_text(text: str, titles: list[str], codes: int) -> None:
    document = read_document("README.rst", text)
    assert ([section.title for section in document.sections if section.heading], len(document.codes)) == (titles, codes)


@pytest.mark.parametrize("name", ["README.md", "README.rst"])
@pytest.mark.parametrize(
    "part",
    ["[", "![[", "<", "`", "> ", "<!--", "# ", "a\n=\n", "<h1>\n", "](", "x::\n  y\n", "*_", "|a", ":doc:`<", "```\n"],
)
def test_a_hostile_document_is_read_in_linear_time(name: str, part: str) -> None:
    document = read_document(name, part * (2 * MOST_CHARACTERS // len(part)))
    assert len(document.prose) + len(document.links) <= 4 * MOST_CHARACTERS
