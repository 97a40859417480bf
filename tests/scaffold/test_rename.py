"""`commonhold rename`: names change everywhere, histories continue, and only a new branch appears."""

from __future__ import annotations

import textwrap
import time
from typing import TYPE_CHECKING

import pytest
import tomli

from commonhold.checks.baseline import BaselineEntry, format_baseline, read_baseline
from commonhold.projects.names import Name
from commonhold.scaffold.rename.python_code import CodeError, rename_in_code
from commonhold.scaffold.rename.renaming import Renaming
from tests.scaffold.transfers import CONFIG, monorepo, run, state

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.repositories import Repo

OLD = "plugins/community/acme-spark"
NEW = "plugins/official/acme-spark"

SPARK = "acme-contrib-spark"
FILES = {
    "pyproject.toml": CONFIG
    + """
[tool.commonhold.plugins.acme-contrib-spark]
python = ["3.11"]

[[tool.commonhold.shared]]
path = ["plugins/community/acme-spark/shared.txt"]
affects = ["acme-contrib-spark"]
""",
    f"{OLD}/pyproject.toml": """\
[build-system]
requires = ["setuptools"]

[project]
name = "acme-contrib-spark"
version = "1"

[project.entry-points."acme.plugins"]
contrib-spark = "acmeplugins.contrib.spark:load"

[tool.setuptools.packages.find]
include = ["acmeplugins*"]

[tool.setuptools.package-data]
"acmeplugins.contrib.spark" = ["*.html"]

[tool.pytest.ini_options]
addopts = "--cov=acmeplugins.contrib.spark"
""",
    f"{OLD}/README.md": "Install `acme-contrib-spark`.\n\n```python\nfrom acmeplugins.contrib import spark\n```\n",
    f"{OLD}/CHANGELOG.md": "acme-contrib-spark is new.\n",
    f"{OLD}/acmeplugins/contrib/spark/__init__.py": "from .core import load\n",
    f"{OLD}/acmeplugins/contrib/spark/core.py": "from acmeplugins.contrib import other\n\n\ndef load(): ...\n",
    f"{OLD}/acmeplugins/contrib/spark/page.html": "<p>",
    f"{OLD}/tests/test_spark.py": "from acmeplugins.contrib import spark\n\n\ndef test():\n    spark.load()\n",
    "plugins/community/acme-other/pyproject.toml": (
        '[project]\nname = "acme-contrib-other"\nversion = "1"\ndependencies = ["acme-contrib-spark>=1"]\n'
    ),
    "plugins/community/acme-other/acmeplugins/contrib/other/__init__.py": "import acmeplugins.contrib.spark as s\n",
    "docs/index.md": "See [spark](../plugins/community/acme-spark/README.md), `acme-contrib-spark`.\n",
    ".github/workflows/ci.yml": "matrix:\n  plugin: [acme-first, acme-spark, acme-sparkling]\n",
    ".github/CODEOWNERS": "/plugins/community/acme-spark/ @octocat\n",
    "requirements.txt": "-e plugins/community/acme-spark\nacme-contrib-sparkling\n",
    "governance/check-baseline.toml": format_baseline(
        [
            BaselineEntry(code, Name(plugin), "README", "", 1)
            for code, plugin in (("CH301", SPARK), ("CH302", "acme-first"))
        ]
    ),
    "governance/transfers/spark.toml": 'to = "acme-contrib-spark"\n',
    "governance/ledger/acme-contrib-spark/0001-listed.toml": 'plugin = "acme-contrib-spark"\n',
}


SETUP_PY = """\
from setuptools import setup

NAME = "spark"
setup(name=f"acme-contrib-{NAME}", version="1", packages=[f"acmeplugins.contrib.{NAME}"])
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    repo = monorepo(tmp_path_factory.mktemp("prepared") / "mono")
    repo.commit(FILES, message="Add spark")
    return repo


@pytest.fixture
def mono(prepared: Repo, tmp_path: Path) -> Repo:
    return prepared.copy(tmp_path / "mono")


def test_a_promotion_renames_the_plugin_everywhere(mono: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    before = state(mono)
    code, out, err = run(mono, "rename", "acme-contrib-spark", "--tier", "official", capsys=capsys)
    assert (code, out.splitlines()[0]) == (0, "rename/spark acme-spark"), err
    after = state(mono)
    assert {key for key in before if before[key] != after[key]} == {"refs"}
    mono.git("checkout", "-q", "rename/spark")
    assert not mono.path(OLD).exists()
    text = {path: mono.path(path.replace(OLD, NEW)).read_text() for path in FILES if "contrib/spark" not in path}
    root = tomli.loads(text["pyproject.toml"])["tool"]["commonhold"]
    assert root["plugins"] == {"acme-spark": {"python": ["3.11"]}}
    assert root["shared"] == [{"path": [f"{NEW}/shared.txt"], "affects": ["acme-spark"]}]
    document = tomli.loads(text[f"{OLD}/pyproject.toml"])
    assert document["project"]["name"] == "acme-spark"
    assert document["project"]["entry-points"]["acme.plugins"] == {"contrib-spark": "acmeplugins.spark:load"}
    assert document["tool"]["setuptools"]["package-data"] == {"acmeplugins.spark": ["*.html"]}
    assert document["tool"]["pytest"]["ini_options"]["addopts"] == "--cov=acmeplugins.spark"
    assert "from acmeplugins import spark" in text[f"{OLD}/README.md"]
    assert text[f"{OLD}/CHANGELOG.md"] == FILES[f"{OLD}/CHANGELOG.md"]
    for record in ("governance/transfers/spark.toml", "governance/ledger/acme-contrib-spark/0001-listed.toml"):
        assert text[record] == FILES[record]
    assert "from acmeplugins import spark" in text[f"{OLD}/tests/test_spark.py"]
    assert '"acme-spark>=1"' in text["plugins/community/acme-other/pyproject.toml"]
    assert text["docs/index.md"] == "See [spark](../plugins/official/acme-spark/README.md), `acme-spark`.\n"
    assert text[".github/CODEOWNERS"] == "/plugins/official/acme-spark/ @octocat\n"
    assert text["requirements.txt"] == "-e plugins/official/acme-spark\nacme-contrib-sparkling\n"
    baseline = read_baseline(text["governance/check-baseline.toml"].encode(), "")
    assert [(each.plugin, each.code) for each in baseline] == [("acme-first", "CH302"), ("acme-spark", "CH301")]
    other = mono.path("plugins/community/acme-other/acmeplugins/contrib/other/__init__.py").read_text()
    assert other == "import acmeplugins.spark as s\n"
    assert (
        (mono.path(NEW) / "acmeplugins/spark/core.py").read_text().startswith("from acmeplugins.contrib import other")
    )


def test_a_folder_in_a_hand_written_list_is_renamed(mono: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(mono, "rename", OLD, "fast-spark", capsys=capsys)[0] == 0
    text = mono.git("show", "rename/fast-spark:.github/workflows/ci.yml")
    assert text == "matrix:\n  plugin: [acme-first, acme-fast-spark, acme-sparkling]"


def test_a_project_file_that_computes_the_name_is_converted(mono: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    mono.git("rm", "-q", f"{OLD}/pyproject.toml")
    mono.commit({f"{OLD}/setup.py": SETUP_PY})
    code, _, err = run(mono, "rename", OLD, "fast-spark", capsys=capsys)
    assert code == 0, err
    folder = "rename/fast-spark:plugins/community/acme-fast-spark"
    document = tomli.loads(mono.git("show", f"{folder}/pyproject.toml"))
    assert document["project"]["name"] == "acme-contrib-fast-spark"
    assert document["tool"]["setuptools"]["packages"] == ["acmeplugins.contrib.fast_spark"]
    assert "setup.py" not in mono.git("show", folder).split()


def test_the_history_of_every_file_continues(mono: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(mono, "rename", OLD, "fast-spark", capsys=capsys)[0] == 0
    moved = mono.git("ls-tree", "-r", "--name-only", "rename/fast-spark", "plugins/community/acme-fast-spark/")
    assert len(moved.splitlines()) == 7
    for path in moved.splitlines():
        subjects = mono.git("log", "--follow", "--format=%s", "rename/fast-spark", "--", path).splitlines()
        assert subjects[-1] == "Add spark", path


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("unknown", "x-y"), "there is no plugin unknown"),
        (("acme-contrib-spark",), "a rename needs a new name or a tier"),
        (("acme-contrib-spark", "../x"), "'../x' is not a plugin name"),
        (("acme-contrib-spark", "other"), "acme-contrib-other is taken"),
        (("acme-contrib-spark", "spark"), "acme-contrib-spark has these names already"),
    ],
)
def test_wrong_names_are_refused(
    mono: Repo, words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = state(mono)
    code, _, err = run(mono, "rename", *words, capsys=capsys)
    assert (code, message in err) == (2, True), err
    assert state(mono) == before


def test_changes_that_are_not_committed_stop_a_rename(mono: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    mono.write(f"{OLD}/new.py", "")
    code, _, err = run(mono, "rename", OLD, "fast-spark", capsys=capsys)
    assert (code, f"{OLD}/new.py has changes that are not committed" in err) == (2, True)


def test_a_computed_name_stops_a_rename_if_a_conversion_loses_something(
    mono: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    mono.git("rm", "-q", f"{OLD}/pyproject.toml")
    mono.commit({f"{OLD}/setup.py": SETUP_PY + "\nclass Command: ...\n"})
    before = state(mono)
    code, _, err = run(mono, "rename", OLD, "fast-spark", capsys=capsys)
    assert (code, "setup.py defines the class Command" in err) == (2, True), err
    assert state(mono) == before


def test_a_dry_run_shows_the_changes_and_writes_nothing(mono: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    mono.git("config", "--unset", "user.name")
    before = state(mono)
    code, out, err = run(mono, "rename", OLD, "fast-spark", "--dry-run", capsys=capsys)
    assert code == 0, err
    lines = out.splitlines()
    assert lines[-1] == "nothing was written, because --dry-run was given"
    assert "  distribution  acme-contrib-spark -> acme-contrib-fast-spark" in lines
    assert f"rename from {OLD}/acmeplugins/contrib/spark/page.html" in lines
    assert "-  plugin: [acme-first, acme-spark, acme-sparkling]" in lines
    assert "+  plugin: [acme-first, acme-fast-spark, acme-sparkling]" in lines
    assert state(mono) == before


def test_one_of_several_packages_is_chosen(mono: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    mono.git("rm", "-q", "-r", f"{OLD}/acmeplugins")
    mono.commit({f"{OLD}/one/__init__.py": "import two\n", f"{OLD}/two/__init__.py": "import one\n"})
    code, _, err = run(mono, "rename", OLD, "fast-spark", capsys=capsys)
    assert (code, "the plugin has several import packages: one, two" in err, "--package" in err) == (2, True, True)
    code, _, err = run(mono, "rename", OLD, "fast-spark", "--package", "three", capsys=capsys)
    assert (code, "the plugin has no import package three" in err) == (2, True)
    code, _, err = run(mono, "rename", OLD, "fast-spark", "--package", "two", capsys=capsys)
    assert (code, "these import packages keep their names, which the tier may not allow: one" in err) == (0, True), err
    folder = "rename/fast-spark:plugins/community/acme-fast-spark"
    assert mono.git("show", f"{folder}/one/__init__.py") == "import acmeplugins.contrib.fast_spark"
    assert mono.git("show", f"{folder}/acmeplugins/contrib/fast_spark/__init__.py") == "import one"


RENAMING = Renaming(
    distribution=("spark-tools", "acme-contrib-spark"),
    package=("sparktools", "acme.contrib.spark"),
    path=("src/sparktools", "src/acme/contrib/spark"),
    members=frozenset(("core", "run")),
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("import sparktools", "import acme.contrib.spark"),
        ("import sparktools.core as c", "import acme.contrib.spark.core as c"),
        ("import os, sparktools\nsparktools.run()", "import os, acme.contrib.spark\nacme.contrib.spark.run()"),
        ("from sparktools import core", "from acme.contrib.spark import core"),
        (
            "from sparktools.core import a  # sparktools.core",
            "from acme.contrib.spark.core import a  # acme.contrib.spark.core",
        ),
        (
            "import sparktools\ndef f(sparktools): return sparktools.run",
            "import acme.contrib.spark\ndef f(sparktools): return sparktools.run",
        ),
        ("import sparktools\nf(sparktools=1)", "import acme.contrib.spark\nf(sparktools=1)"),
        ("mock.patch('sparktools.core.x')", "mock.patch('acme.contrib.spark.core.x')"),
        ("mock.patch('sparktools')", "mock.patch('acme.contrib.spark')"),
        ("x = 'sparktools'", "x = 'sparktools'"),
        ("x = 'sparktools.png'", "x = 'sparktools.png'"),
        ("x = 'sparktools.core:run'", "x = 'acme.contrib.spark.core:run'"),
        ("f'sparktools.core.{x}'", "f'acme.contrib.spark.core.{x}'"),
        ("open('src/sparktools/data.json')", "open('src/acme/contrib/spark/data.json')"),
        ("version('spark-tools')", "version('acme-contrib-spark')"),
        ("x = 'spark-toolset'", "x = 'spark-toolset'"),
        ("url = 'https://github.com/o/spark-tools'", "url = 'https://github.com/o/spark-tools'"),
        (
            "url = 'https://pepy.tech/projects/spark-tools/'",
            "url = 'https://pepy.tech/projects/acme-contrib-spark/'",
        ),
        ("u = 'https://img.shields.io/github/o/spark-tools'", "u = 'https://img.shields.io/github/o/spark-tools'"),
        ("from . import core", "from . import core"),
        ("from .core import a", "from .core import a"),
    ],
)
def test_names_in_code(old: str, new: str) -> None:
    assert rename_in_code(old, RENAMING, "sparktools.more") == new


def test_a_package_in_a_namespace_gets_another_parent() -> None:
    renaming = Renaming(("a-x", "b-y"), ("ns.x", "ns.contrib.y"), members=frozenset(("core",)))
    code = """\
        from ns import other, x
        from ns import x as z
        import ns.x
        import ns.other
        from .. import other
        from ..other import a
        from .core import b
        ns.x.run(ns.other)
        """
    expected = """\
        from ns.contrib import y as x; from ns import other
        from ns.contrib import y as z
        import ns.contrib.y
        import ns.other
        from ns import other
        from ns.other import a
        from .core import b
        ns.contrib.y.run(ns.other)
        """
    assert rename_in_code(textwrap.dedent(code), renaming, "ns.x.more") == textwrap.dedent(expected)


@pytest.mark.parametrize("code", ["def (", "x = " + "(" * 100_000, "import sparktools\n\0"])
def test_code_that_cannot_be_parsed_is_an_error(code: str) -> None:
    with pytest.raises(CodeError):
        rename_in_code(code, RENAMING)


@pytest.mark.parametrize("unit", ["pip install ", "from ", "spark-tools", "sparktools.", "```python\n", "`", "http://"])
def test_the_work_on_a_text_is_proportional_to_its_length(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    start = time.process_time()
    RENAMING.text(text)
    assert time.process_time() - start < 5


def test_a_toml_file_that_takes_long_to_parse_is_not_edited_as_toml(
    mono: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    mono.commit({"slow.toml": f'name = "{SPARK}"\nx = ' + "[" * 20_000 + "\n"})
    code, _, err = run(mono, "rename", OLD, "fast-spark", capsys=capsys)
    assert code == 0, err
    assert "slow.toml" in err
    assert mono.git("show", "rename/fast-spark:slow.toml").startswith('name = "acme-contrib-fast-spark"')


def test_a_missing_extra_is_an_error_with_a_remedy(
    mono: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("commonhold.scaffold.extra.find_spec", lambda name: None if name == "libcst" else object())
    code, _, err = run(mono, "rename", OLD, "fast-spark", capsys=capsys)
    assert (code, "libcst is not installed" in err, ".[import]" in err) == (4, True, True)
