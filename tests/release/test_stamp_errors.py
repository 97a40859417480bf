"""Errors of stamping name the file and the missing version or requirement."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings

from commonhold.projects import guarded_parse
from commonhold.projects.staged_project import StampError
from tests.release.test_stamp_versions import versions
from tests.release.versioned_projects import NAME, WAYS, stamp_in, toml

DYNAMIC = 'dynamic = ["version"]'


def _dynamic(backend, more=""):
    return {"pyproject.toml": toml(backend, DYNAMIC, more=more)}


CASES = {
    "nothing at all": ({}, "example-thing has no version"),
    "no TOML": ({"pyproject.toml": "[project\n"}, "plugins/thing/pyproject.toml is not TOML"),
    "TOML that was made to be read for ever": (
        {"pyproject.toml": "[tool.a]\n" + "".join(f"b.c{number} = 1\n" for number in range(10_000))},
        "plugins/thing/pyproject.toml takes too long to parse",
    ),
    "TOML that is long and none": (
        {"pyproject.toml": "[tool.a]\n" + "# long\n" * 2000 + "b = 1\nb = 2\n"},
        "plugins/thing/pyproject.toml is not TOML",
    ),
    "nothing dynamic": (_dynamic("setuptools"), "plugins/thing/pyproject.toml .* nor setup.py .* nor setup.cfg"),
    "an attribute of nothing": (
        _dynamic("setuptools", '[tool.setuptools.dynamic]\nversion.attr = "other.__version__"'),
        "other, whose __version__ is the version of example-thing, is not in",
    ),
    "an attribute that is computed": (
        {
            **_dynamic("setuptools", '[tool.setuptools.dynamic]\nversion.attr = "thing.V"'),
            "thing.py": "V = '.'.join('12')",
        },
        "plugins/thing/thing.py does not assign a string literal to V",
    ),
    "an attribute that is imported in a circle": (
        {
            **_dynamic("setuptools", '[tool.setuptools.dynamic]\nversion.attr = "a.V"'),
            "a.py": "from b import V",
            "b.py": "from a import V",
        },
        "does not assign a string literal to V",
    ),
    "two files": (
        _dynamic("setuptools", '[tool.setuptools.dynamic]\nversion.file = ["A", "B"]'),
        "tool.setuptools.dynamic.version has neither one file nor an attribute",
    ),
    "a file that is missing": (
        _dynamic("setuptools", '[tool.setuptools.dynamic]\nversion.file = "VERSION"'),
        "plugins/thing/VERSION does not contain only a version",
    ),
    "a file outside": (
        _dynamic("setuptools", '[tool.setuptools.dynamic]\nversion.file = "../VERSION"'),
        "plugins/thing/../VERSION does not contain only a version",
    ),
    "Python that is none": (
        {**_dynamic("setuptools", '[tool.setuptools.dynamic]\nversion.attr = "thing.V"'), "thing.py": "V = = 1"},
        "plugins/thing/thing.py cannot be parsed as Python",
    ),
    "a setup.py that is none": ({"setup.py": "print 'x'"}, "plugins/thing/setup.py cannot be parsed as Python"),
    "a setup.py that runs git": (
        {
            "setup.py": "import subprocess\nfrom setuptools import setup\n"
            "setup(version=subprocess.check_output(['git', 'describe']).decode())\n"
        },
        "plugins/thing/setup.py calls setup.. with a version that is not a literal in setup.py",
    ),
    "a setup.py that was made to be tried for ever": (
        {
            "setup.py": "import os\nfrom setuptools import setup\n"
            + "a = os.environ.get('A')\n" * 600
            + "setup(version=os.environ.get('V', '1'))\n"
        },
        "plugins/thing/setup.py calls setup.. with a version that is not a literal in setup.py",
    ),
    "a setup.cfg with words": (
        {"setup.cfg": "[metadata]\nversion = the next\n"},
        "metadata.version is 'the next', which is not a version",
    ),
    "hatch without a path": (_dynamic("hatchling"), "tool.hatch.version has neither a path nor a source"),
    "hatch with another source": (
        _dynamic("hatchling", '[tool.hatch.version]\nsource = "nodejs"\npath = "package.json"'),
        "has neither a path nor a source that can be stamped",
    ),
    "hatch without a match": (
        {**_dynamic("hatchling", '[tool.hatch.version]\npath = "a.py"'), "a.py": "x = 1\n"},
        "plugins/thing/a.py has no match for",
    ),
    "hatch without the group": (
        {**_dynamic("hatchling", '[tool.hatch.version]\npath = "a.py"\npattern = "x"'), "a.py": "x = 1\n"},
        "a pattern for the version that cannot be used: no such group",
    ),
    "hatch with a pattern that is none": (
        {**_dynamic("hatchling", '[tool.hatch.version]\npath = "a.py"\npattern = "(x"'), "a.py": "x = 1\n"},
        "a pattern for the version that cannot be used: missing",
    ),
    "hatch with a pattern that never comes to an end": (
        {**_dynamic("hatchling", '[tool.hatch.version]\npath = "a"\npattern = "(x+x+)+y"'), "a": "x" * 99},
        "a pattern for the version that cannot be used: the search takes too long",
    ),
    "pdm with a pattern that is nested too deeply": (
        _dynamic("pdm", f'[tool.pdm.version]\nsource = "file"\npath = "pyproject.toml"\npattern = "{"(" * 5000}"'),
        "plugins/thing/pyproject.toml has a pattern for the version that cannot be used: ",
    ),
    "hatch with a pattern that is too narrow": (
        {**_dynamic("hatchling", '[tool.hatch.version]\npath = "a"\npattern = "(?P<version>[0-9.]+)"'), "a": "1.0"},
        "does not match 1!2rc3 in plugins/thing/a where it matched the previous version",
    ),
    "hatch without the file": (
        _dynamic("hatchling", '[tool.hatch.version]\npath = "a.py"'),
        "plugins/thing/a.py, which contains the version of example-thing, is not in the commit",
    ),
    "flit without a module": (
        _dynamic("flit"),
        "plugins/thing/example_thing is not in the commit, neither in the project nor below src",
    ),
    "flit without a version": ({**_dynamic("flit"), "example_thing.py": "\n"}, "example_thing.py does not assign"),
    "poetry without a version": (
        {"pyproject.toml": toml("poetry", more=f'[tool.poetry]\nname = "{NAME}"')},
        "neither project.version nor tool.poetry.version",
    ),
    "pdm that calls": (
        _dynamic("pdm", '[tool.pdm.version]\nsource = "call"\ngetter = "a:b"'),
        "tool.pdm.version has neither",
    ),
    "another backend": (
        {"pyproject.toml": '[build-system]\nbuild-backend = "maturin"\n[project]\nname = "x"\ndynamic = ["version"]'},
        "no project.version, and the backend maturin is not supported",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_error_names_the_file_and_the_missing_version(case, tmp_path, monkeypatch):
    monkeypatch.setattr(guarded_parse, "SECONDS", 1)
    files, sentence = CASES[case]
    with pytest.raises(StampError, match=re.compile(sentence, re.DOTALL)) as caught:
        stamp_in(tmp_path, files, "1!2rc3")
    assert caught.value.hint
    for name, text in files.items():
        assert (tmp_path / name).read_text() == text


def _all(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("way", WAYS)
def test_a_stamp_replaces_another_and_leaves_no_trace_of_it(way, tmp_path_factory):
    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
    @given(first=versions(), then=versions())
    def check(first, then):
        once, twice = tmp_path_factory.mktemp("once"), tmp_path_factory.mktemp("twice")
        env = stamp_in(once, WAYS[way], then)
        stamp_in(twice, WAYS[way], first)
        assert stamp_in(twice, {}, then) == env
        assert stamp_in(twice, {}, then) == env
        assert _all(once) == _all(twice)

    check()
