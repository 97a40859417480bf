"""Rules CH0xx, CH1xx, CH2xx and CH5xx: a plugin passes all of them, and the smallest edit fails exactly one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from commonhold.checks.catalogue import PLUGIN_RULES
from commonhold.checks.engine import NEEDS_WHEEL, check_plugin
from commonhold.checks.finding import RuleSkippedError, State, Violation
from commonhold.checks.rule import plugin_rule
from commonhold.checks.rule_set import ordered_rules
from commonhold.checks.rules import layout, licence, naming
from commonhold.checks.settings import PERMISSIVE
from commonhold.effects.file_changes import FileChanges
from commonhold.projects.names import normalize
from tests.checks.sample_plugins import MIT, plugin, poetry_plugin, setup_plugin
from tests.support.checked import checked_repository, violations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from commonhold.checks.context import CheckedPlugin, CheckedRepository
    from commonhold.checks.finding import Finding
    from commonhold.checks.rule import Rule
    from tests.checks.sample_plugins import Edit

CONFIG = """\
[tool.commonhold]
core = { distribution = "framework" }
python = ["3.11", "3.12"]
[tool.commonhold.tiers.official]
path = ["official/*"]
distribution = "acme-{name}"
import = "acme.{name}"
[tool.commonhold.tiers.images]
path = ["images/*"]
check = { image = true, licences = ["ISC"] }
[tool.commonhold.tiers.arcaflow]
path = ["arcaflow/*"]
check = { profile = ["arcaflow"] }
[tool.commonhold.plugins.acme-unreleased]
release = false
[tool.ruff]
"""
RULES = tuple(rule for rule in PLUGIN_RULES if rule.code[2] in "0125")
CLASSIFIER = '    "Typing :: Typed",\n'


class Case(NamedTuple):
    """A plugin made from a sample by edits, and its findings, each as ``code path:line message``."""

    edits: Mapping[str, Edit]
    findings: tuple[str, ...]
    sample: Callable[[str, Mapping[str, Edit]], Mapping[str, str]] = plugin
    tier: str = "official"


def toml(old: str, new: str, *findings: str) -> Case:
    """A case in which a part of ``pyproject.toml`` is replaced."""
    return Case({"pyproject.toml": (old, new)}, findings)


def classifier(text: str, *findings: str) -> Case:
    return toml(CLASSIFIER, f'{CLASSIFIER}    "{text}",\n', *findings)


def setup(old: str, new: str, *findings: str) -> Case:
    """A case in which a part of ``setup.py`` is replaced."""
    return Case({"setup.py": (old, new)}, findings, setup_plugin)


CASES: Mapping[str, Case] = {
    "passes": Case({}, ()),
    "passessetup": Case({}, (), setup_plugin),
    "passespoetry": Case({}, (), poetry_plugin, "arcaflow"),
    "unparsed": toml("[project]", "[project", "CH001 pyproject.toml:5 the file is not TOML"),
    "requirement": toml(
        '["framework"]',
        '["?framework"]',
        "CH001 pyproject.toml:17 project.dependencies: '?framework' is not a requirement",
    ),
    "computed": setup(
        '["framework"]',
        "open('requirements.txt').read().split()",
        "CH001 setup.py:12 a part of install_requires can only be determined by running setup.py",
    ),
    "cfg": Case(
        {
            "setup.py": "from setuptools import setup\nsetup()\n",
            "setup.cfg": "[metadata]\nname = acme-NAME\n[options]\ninstall_requires = ?framework\n",
        },
        ("CH001 setup.cfg:4 options.install_requires: '?framework' is not a requirement",),
        setup_plugin,
    ),
    "types": toml('"Draws maps."', "5", "CH002 pyproject.toml:8 project.description is not a string"),
    "distribution": toml('"acme-NAME"', '"other-NAME"', "CH101 pyproject.toml:6 the distribution is named other-NAME"),
    "module": Case(
        {
            "pyproject.toml": ('packages = ["acme"]', 'packages = ["other"]'),
            "other/main.py": "",
        },
        (
            "CH102 pyproject.toml:6 the plugin contains other.main, but the tier's modules are named acme.{name}",
            'CH108 pyproject.toml:18 the wheel\'s import-names are ["other.main"]',
            'CH108 pyproject.toml:19 the wheel\'s import-namespaces are ["other"]',
        ),
    ),
    "othername": Case(
        {
            "pyproject.toml": ('import-names = ["acme.NAME"]\nimport-namespaces = ["acme"]\n', ""),
            "acme/NAME/__init__.py": None,
            "acme/NAME/main.py": None,
            "acme/NAME/py.typed": None,
            "acme/another/main.py": "",
            "acme/another/py.typed": "",
        },
        (
            "CH103 pyproject.toml:6 the distribution is named acme-othername, but its module is acme.another",
            "CH215 pyproject.toml:23 acme.plugins: NAME refers to the module acme.NAME.main, which the wheel does not",
        ),
    ),
    "folder": toml(
        '"acme-NAME"',
        '"acme-atlas"',
        "CH103 pyproject.toml:6 the distribution is named acme-atlas, but its module is acme.NAME",
        "CH104 pyproject.toml:6 the folder is named NAME, but the distribution is acme-atlas",
    ),
    "namespace": Case(
        {"acme/__init__.py": "X = 1\n"},
        (
            "CH105 acme/__init__.py:1 acme is a namespace of several plugins, which this file makes a regular package",
            'CH108 pyproject.toml:18 the wheel\'s import-names are ["acme"]',
            "CH108 pyproject.toml:19 the wheel's import-namespaces are []",
        ),
    ),
    "extending": Case(
        {
            "acme/__init__.py": "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n",
            "pyproject.toml": ('import-names = ["acme.NAME"]\nimport-namespaces = ["acme"]\n', ""),
        },
        (),
    ),
    "samefile": Case(
        {
            "pyproject.toml": (
                'packages = ["acme"]',
                'packages = ["acme"]\nforce-include = { "more.py" = "acme/x/m.py" }',
            ),
            "more.py": "X = 1",
        },
        (
            "CH106 more.py:- acme/x/m.py is also in the wheel of acme-samefile2",
            'CH108 pyproject.toml:18 the wheel\'s import-names are ["acme.NAME", "acme.x.m"]',
            'CH108 pyproject.toml:19 the wheel\'s import-namespaces are ["acme", "acme.x"]',
        ),
    ),
    "samefile2": Case(
        {
            "pyproject.toml": ('import-names = ["acme.NAME"]\nimport-namespaces = ["acme"]\n', ""),
            "acme/x/m.py": "X = 2",
        },
        ("CH106 acme/x/m.py:- acme/x/m.py is also in the wheel of acme-samefile",),
    ),
    "samescript": toml(
        "[project.urls]",
        '[project.scripts]\nacme = "acme.NAME.main:run"\n[project.urls]',
        "CH106 pyproject.toml:22 the script 'acme' is also in the wheel of acme-samescript2",
    ),
    "samescript2": setup(
        "    install_requires",
        '    entry_points={"console_scripts": ["acme=acme.NAME.main:run"]},\n    install_requires',
        "CH106 setup.py:12 the script 'acme' is also in the wheel of acme-samescript",
    ),
    "outside": setup(
        'exclude=["tests*"]',
        'exclude=["docs"]',
        "CH107 tests/test_main.py:- the wheel contains tests/test_main.py, outside acme.outside",
    ),
    "importnames": toml(
        'import-names = ["acme.NAME"]',
        'import-names = ["acme"]',
        'CH108 pyproject.toml:18 the wheel\'s import-names are ["acme.NAME"]',
    ),
    "nobackend": Case(
        {
            "pyproject.toml": ("poetry.core.masonry.api", "hatchling.build"),
            "Dockerfile": None,
            ".flake8": None,
            "tests/__init__.py": None,
        },
        (
            "CH110 pyproject.toml:- the build backend is hatchling, not Poetry",
            "CH112 tests/__init__.py:- tests/__init__.py is missing",
            "CH114 Dockerfile:- there is no Dockerfile",
            "CH116 .flake8:- .flake8 is missing",
        ),
        poetry_plugin,
        "arcaflow",
    ),
    "legacy": Case(
        {"pyproject.toml": ('build-backend = "poetry.core.masonry.api"\n', "")},
        (
            "CH110 pyproject.toml:- the build backend is setuptools, not Poetry",
            "CH216 pyproject.toml:- [build-system] does not contain build-backend",
        ),
        poetry_plugin,
        "arcaflow",
    ),
    "nolock": Case(
        {"poetry.lock": None}, ("CH110 pyproject.toml:- there is no poetry.lock",), poetry_plugin, "arcaflow"
    ),
    "otherfolder": Case(
        {"acme_NAME/__init__.py": None, "code/__init__.py": "", "pyproject.toml": ("acme_NAME", "code")},
        ("CH113 pyproject.toml:- the project is named acme-otherfolder, but its package is code",),
        poetry_plugin,
        "arcaflow",
    ),
    "image": Case(
        {"LICENSE": ""},
        (
            "CH114 Dockerfile:- there is no Dockerfile",
            "CH504 pyproject.toml:10 MIT is not among the permitted licences",
        ),
        plugin,
        "images",
    ),
    "untyped": Case(
        {"acme/NAME/py.typed": None},
        ("CH117 pyproject.toml:15 the classifier 'Typing :: Typed' is stated, but there is no py.typed",),
    ),
    "nosummary": toml('description = "Draws maps."\n', "", "CH201 pyproject.toml:5 the metadata contains no summary"),
    "longsummary": toml(
        '"Draws maps."',
        f'"""Draws\n{"maps" * 130}"""',
        "CH202 pyproject.toml:8 the summary has several lines",
        "CH202 pyproject.toml:8 the summary has 526 characters; PyPI accepts at most 512",
    ),
    "noreadme": toml('readme = "README.md"\n', "", "CH203 pyproject.toml:5 the metadata names no readme"),
    "lostreadme": toml('"README.md"', '"README.rst"', "CH204 pyproject.toml:9 the readme 'README.rst' does not exist"),
    "plainreadme": setup(
        '    long_description_content_type="text/markdown",\n',
        "",
        "CH205 setup.py:7 the metadata does not state the content type of README.md",
    ),
    "nourl": setup('    url="https://example.org/NAME",\n', "", "CH206 setup.py:3 the metadata contains no URL"),
    "wrongurl": toml(
        '"https://example.org/NAME"', '"example.org"', "CH207 pyproject.toml:22 Source: 'example.org' is not a URL"
    ),
    "unknownclassifier": classifier(
        "Topic :: Maps",
        "CH208 pyproject.toml:16 the classifier 'Topic :: Maps' is unknown",
    ),
    "oldclassifier": classifier(
        "Topic :: Communications :: Chat :: AOL Instant Messenger",
        "CH208 pyproject.toml:16 the classifier 'Topic :: Communications :: Chat :: AOL Instant Messenger' is deprecated",
    ),
    "nopython": toml(
        'requires-python = ">=3.11"\n', "", "CH209 pyproject.toml:5 the metadata does not state which Python versions"
    ),
    "python2": toml('">=3.11"', '"<4"', "CH209 pyproject.toml:12 requires-python '<4' has no lower bound"),
    "newpython": toml(
        '">=3.11"',
        '">=3.13"',
        "CH210 pyproject.toml:12 requires-python '>=3.13' excludes every tested Python: 3.11, 3.12",
        "CH212 pyproject.toml:14 the classifier for Python 3.11 contradicts requires-python '>=3.13'",
    ),
    "oldpython": Case(
        {"pyproject.toml": ("^3.9", "^3.8")},
        ("CH211 pyproject.toml:12 requires-python '>=3.8,<4' admits Python 3.8",),
        poetry_plugin,
        "arcaflow",
    ),
    "contradiction": classifier(
        "Programming Language :: Python :: 3.10",
        "CH212 pyproject.toml:16 the classifier for Python 3.10 contradicts requires-python '>=3.11'",
    ),
    "private": classifier(
        "Private :: Do Not Upload", "CH213 pyproject.toml:16 a Private classifier is stated, but the configuration"
    ),
    "unreleased": Case({}, ("CH213 pyproject.toml:13 the configuration sets release = false, but there is no",)),
    "wrongversion": toml('"1.0.0"', '"1.0-final.x"', "CH214 pyproject.toml:7 '1.0-final.x' is not a version"),
    "entrypoint": toml(
        "acme.NAME.main:run",
        "acme.NAME.start:run",
        "CH215 pyproject.toml:25 acme.plugins: NAME refers to the module acme.NAME.start, which the wheel does not",
    ),
    "nolicence": setup('    license="MIT",\n', "", "CH501 setup.py:3 the metadata names no licence"),
    "wrongexpression": toml(
        '"MIT"',
        '"Apache 2.0"',
        "CH502 pyproject.toml:10 'Apache 2.0' is not a valid SPDX expression; write Apache-2.0",
    ),
    "freetext": setup(
        'license="MIT"', 'license="MIT License"', "CH503 setup.py:9 'MIT License' is not an SPDX expression; write MIT"
    ),
    "copyleft": toml('"MIT"', '"MIT AND GPL-3.0-only"', "CH504 pyproject.toml:10 MIT AND GPL-3.0-only is not among"),
    "nolicencefile": Case(
        {"LICENSE": None}, ("CH505 setup.py:9 the plugin's folder contains no licence file",), setup_plugin
    ),
    "nomatch": toml(
        '["LICENSE"]', '["LICENSE", "NOTICE"]', "CH505 pyproject.toml:11 license-files: NOTICE matches no file"
    ),
    "othertext": toml(
        '"MIT"',
        '"BSD-3-Clause"',
        "CH506 LICENSE:1 LICENSE does not contain the text of BSD-3-Clause, but the text of MIT",
    ),
    "shorttext": Case({"LICENSE": MIT[:400]}, ("CH506 LICENSE:1 LICENSE does not contain the text of MIT",)),
    "licenceclassifier": classifier(
        "License :: OSI Approved :: MIT License",
        "CH507 pyproject.toml:16 the classifier 'License :: OSI Approved :: MIT License' is deprecated next to the licence",
    ),
    "otherlicence": setup(
        "    install_requires",
        '    classifiers=["License :: OSI Approved :: Apache Software License"],\n    install_requires',
        "CH507 setup.py:12 the classifier 'License :: OSI Approved :: Apache Software License' contradicts the licence",
    ),
    "notapache": Case(
        {"pyproject.toml": ('"Apache-2.0"', '"MIT"')},
        ("CH509 pyproject.toml:6 the licence is MIT, not Apache-2.0",),
        poetry_plugin,
        "arcaflow",
    ),
    "copied": Case(
        {"acme/NAME/_vendor/six.py": ""},
        ("CH510 acme/NAME/_vendor:- the folder contains no licence of the copied code",),
    ),
}
"""Cases by the name of the plugin; the texts contain ``NAME`` for it."""


def findings(checked: CheckedPlugin, rules: Iterable[Rule[Any]] = RULES) -> list[Finding]:
    return [each for each in check_plugin(ordered_rules(rules), checked) if each.state is State.FAIL]


def shown(checked: CheckedPlugin, finding: Finding) -> str:
    place = finding.violation.path.removeprefix(f"{checked.plugin.path}/")
    return f"{finding.code} {place}:{finding.violation.line or '-'} {finding.violation.message}"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> CheckedRepository:
    """One repository with a plugin for each case."""
    files = {
        f"{case.tier}/{name}/{path}": text
        for name, case in CASES.items()
        for path, text in case.sample(name, case.edits).items()
    }
    return checked_repository(tmp_path_factory.mktemp("plugins"), files, CONFIG)


@pytest.mark.parametrize("name", CASES)
def test_a_plugin_has_exactly_the_findings_of_its_edit(name: str, repository: CheckedRepository) -> None:
    case = CASES[name]
    checked = next(each for each in repository.plugins.values() if each.plugin.path == f"{case.tier}/{name}")
    found = sorted(shown(checked, each) for each in findings(checked))
    expected = sorted(text.replace("NAME", name) for text in case.findings)
    if name == "passespoetry" or case.tier in ("arcaflow", "images"):
        found = [text for text in found if not text.startswith("CH506")]  # a short text keeps the sample readable
    assert [text[: len(start)] for text, start in zip(found, expected, strict=False)] == expected
    assert len(found) == len(expected), found


def test_a_rule_is_skipped_if_its_evidence_is_unknown(tmp_path: Path) -> None:
    setup_py = """\
from setuptools import setup
setup(name="acme-a", version="1", install_requires=["framework"], packages=packages(), classifiers=classifiers(),
      license=licence(), description=text(), long_description=text(), url=text(), python_requires=text(),
      entry_points=text(), license_files=text())
"""
    files = {f"official/a/{path}": text for path, text in setup_plugin("a", {"setup.py": setup_py}).items()}
    checked = checked_repository(tmp_path, files, CONFIG).plugins[normalize("acme-a")]
    found = [*check_plugin(ordered_rules(RULES), checked)]
    assert [shown(checked, each) for each in found if each.state is State.FAIL] == []
    computed = "it can only be determined by running setup.py"
    wheel = "the build settings do not show the files of the wheel"
    reasons = {each.code: each.because for each in found}
    assert reasons == {
        **dict.fromkeys(("CH102", "CH103", "CH105", "CH106", "CH107"), wheel),
        **dict.fromkeys(("CH117", "CH201", "CH202", "CH203", "CH204", "CH205", "CH206", "CH207", "CH208"), computed),
        **dict.fromkeys(("CH209", "CH210", "CH212", "CH213", "CH215", "CH501", "CH502", "CH503"), computed),
        **dict.fromkeys(("CH504", "CH505", "CH506", "CH507"), computed),
    }


def test_a_rule_is_skipped_if_a_rule_that_it_requires_was_skipped(tmp_path: Path) -> None:
    def apply(code: str, *requires: str) -> Rule[CheckedPlugin]:
        def function(_: CheckedPlugin) -> list[Violation]:
            if code == "AA001":
                raise RuleSkippedError("nothing is known")
            return []

        return plugin_rule(code, "It is good", requires=requires)(function)

    rules = [apply("AA001"), apply("AA002", "AA001"), apply("AA003", "AA002"), apply("AA004", "CH186"), apply("AA005")]
    checked = next(iter(checked_repository(tmp_path, setup_plugin_files(), CONFIG).plugins.values()))
    found = {each.code: each.because for each in check_plugin(ordered_rules(rules), checked, {"CH186": NEEDS_WHEEL})}
    assert found == {**dict.fromkeys(("AA001", "AA002", "AA003"), "nothing is known"), "AA004": NEEDS_WHEEL}


def setup_plugin_files() -> dict[str, str]:
    return {f"official/a/{path}": text for path, text in setup_plugin("a", {}).items()}


def test_every_rule_has_a_plugin_that_fails() -> None:
    failing = {finding.partition(" ")[0] for case in CASES.values() for finding in case.findings}
    elsewhere = {
        "CH004",
        "CH009",
        "CH109",
        "CH111",
        "CH115",
    }  # about owners, a plugin's settings, off by default, or about the files above the plugin
    assert {rule.code for rule in RULES} == failing | elsewhere


def test_rules_that_are_off_by_default(repository: CheckedRepository) -> None:
    locks = violations(layout.lock_file, repository)
    missing = "there is no lock file: poetry.lock, uv.lock, pdm.lock, pylock.toml"
    assert f"official/nosummary/pyproject.toml:-: {missing}" in locks
    assert not [text for text in locks if text.startswith("arcaflow/passespoetry")]
    names = violations(naming.has_import_names, repository)
    found = 'add import-names = ["acme.samefile2", "acme.x.m"] and import-namespaces = ["acme", "acme.x"]'
    assert f"official/samefile2/pyproject.toml:5: {found}" in names
    assert not [text for text in names if text.startswith("official/nosummary")]


def test_rules_about_files_above_the_plugin(tmp_path: Path) -> None:
    files = {f"official/a/{path}": text for path, text in plugin("a").items()}
    bare = checked_repository(tmp_path / "bare", files, CONFIG.replace("[tool.ruff]\n", ""))
    assert violations(layout.linter, bare) == ["official/a/pyproject.toml:-: no linter is configured"]
    assert violations(licence.root_licence, bare) == ["LICENSE.md:-: LICENSE.md is missing"]
    files |= {".flake8": "", "LICENSE.md": MIT, "uv.lock": ""}
    full = checked_repository(tmp_path / "full", files, CONFIG.replace("[tool.ruff]\n", ""))
    assert not violations(layout.linter, full)
    assert not violations(licence.root_licence, full)
    assert not violations(layout.lock_file, full)


def test_a_namespace_without_a_pattern_is_found_from_the_other_plugins(tmp_path: Path) -> None:
    files = {
        f"official/{name}/{path}": text
        for name, edits in {"a": {"acme/__init__.py": ""}, "b": {}}.items()
        for path, text in setup_plugin(name, edits).items()
    }
    checked = checked_repository(tmp_path, files, CONFIG.replace('import = "acme.{name}"\n', ""))
    message = "acme is a namespace of several plugins, which this file makes a regular package"
    assert violations(naming.namespace_packages, checked) == [f"official/a/acme/__init__.py:1: {message}"]


def test_common_top_level_names_are_reported_without_a_pattern(tmp_path: Path) -> None:
    files = {
        f"official/a/{path}": text for path, text in setup_plugin("a", {"setup.py": ('exclude=["tests*"]', "")}).items()
    }
    checked = checked_repository(tmp_path, files, CONFIG.replace('import = "acme.{name}"\n', ""))
    message = "the wheel contains tests/test_main.py, a name that many projects use"
    assert violations(naming.files_in_namespace, checked) == [f"official/a/tests/test_main.py:-: {message}"]


def test_fixes_remove_their_violations(tmp_path: Path) -> None:
    classifiers = (
        '    "Natural Language :: Ukranian",\n'
        '    "License :: OSI Approved :: MIT License",\n    "Topic :: Software Developmen",\n'
    )
    pyproject = {"pyproject.toml": (CLASSIFIER, CLASSIFIER + classifiers), "acme/__init__.py": "", "LICENSE": None}
    texts = {"setup.py": ('license="MIT"', 'license="MIT License"')}
    typed = {"pyproject.toml": ('readme = "README.md"\n', ""), "acme/NAME/py.typed": None}
    files = {f"official/a/{path}": text for path, text in plugin("a", pyproject).items()}
    files |= {f"official/b/{path}": text for path, text in setup_plugin("b", texts).items()}
    files |= {f"official/d/{path}": text for path, text in plugin("d", typed).items()}
    files |= {"arcaflow/c/" + path: text for path, text in poetry_plugin("c", {"tests/__init__.py": None}).items()}
    files["LICENSE"] = MIT

    def remaining(safe: bool) -> list[str]:
        checked = checked_repository(tmp_path, {}, CONFIG)
        found = [each for one in checked.plugins.values() for each in findings(one) if each.code != "CH506"]
        changes = FileChanges(str(tmp_path))
        for each in found:
            if each.violation.fix is not None and each.violation.fix.safe is safe:
                each.violation.fix.apply(changes)
        changes.apply()
        return sorted(each.code for each in found)

    checked_repository(tmp_path, files, CONFIG)
    broken = ["CH105", "CH108", "CH108", "CH112", "CH117", "CH203", "CH208", "CH208", "CH503", "CH505", "CH507"]
    assert remaining(safe=True) == broken
    assert remaining(safe=False) == ["CH117", "CH203", "CH208"]
    assert remaining(safe=True) == []


def test_a_linked_licence_is_read_through_the_link(tmp_path: Path) -> None:
    files = {f"official/a/{path}": text for path, text in plugin("a", {"LICENSE": None}).items()}
    checked_repository(tmp_path, files | {"LICENSE": MIT}, CONFIG)
    (tmp_path / "official/a/LICENSE").symlink_to("../../LICENSE")
    checked = checked_repository(tmp_path, {}, CONFIG)
    assert findings(checked.plugins[normalize("acme-a")]) == []


def test_the_documentation_lists_the_permitted_licences() -> None:
    text = " ".join(licence.permitted_licence.documentation.split())
    assert ", ".join(f"`{name}`" for name in PERMISSIVE[:-1]) + f" and `{PERMISSIVE[-1]}`" in text.replace(
        "`Unlicense` and", "`Unlicense` and"
    )
