from __future__ import annotations

import configparser

from hypothesis import given, settings
from hypothesis import strategies as st

from commonhold.projects.setup_cfg import parse_ini
from tests.projects.read_files import dependencies, messages, read

CFG = """\
[metadata]
name = Foo_Bar
long_description = file: README.md, CHANGES.md
license_files = LICENSE
classifiers =
    A :: B
    C :: D
[options]
python_requires = >=3.8
install_requires =
    # a comment
    a>=1
    b[x]; python_version < "3"
setup_requires = s; t
tests-require = pytest
[options.extras_require]
File = file: extra.txt
z = q;w
[flake8]
ignore = E1
"""


def test_metadata_and_options_are_read() -> None:
    metadata = read({"setup.cfg": CFG, "extra.txt": "tt\n"})
    assert metadata.name == "foo-bar"
    assert metadata.requires_python == ">=3.8"
    assert metadata.classifiers == ("A :: B", "C :: D")
    assert [one.name for one in metadata.runtime] == ["a", "b"]
    assert metadata.extras == {"file": dependencies("tt"), "z": dependencies("q", "w")}
    assert metadata.build == dependencies("s", "t")
    assert metadata.groups == {"tests-require": dependencies("pytest")}
    assert metadata.names >= {"plugins/x/README.md", "plugins/x/CHANGES.md", "plugins/x/LICENSE"}
    assert metadata.problems == ()


def test_a_file_that_only_configures_tools_describes_no_project() -> None:
    metadata = read({"setup.cfg": "[flake8]\nignore = E1\n"})
    assert (metadata.name, metadata.problems) == (None, ())


def test_requirements_are_read_from_a_file_outside_the_folder() -> None:
    metadata = read(
        {"setup.cfg": "[metadata]\nname=x\n[options]\ninstall_requires = file: ../r.txt", "plugins/r.txt": "a"}
    )
    assert (metadata.runtime, metadata.reads) == (dependencies("a"), frozenset({"plugins/r.txt"}))


def test_bytes_that_are_not_utf8_do_no_harm() -> None:
    metadata = read({"setup.cfg": b"[metadata]\nname = x\nauthor = \xe9\n[options]\ninstall_requires = \xe9\n"})
    assert metadata.name == "x"
    assert messages(metadata) == ["options.install_requires: '\\udce9' is not a requirement; use PEP 508 syntax"]


LINES = st.lists(
    st.sampled_from(["[metadata]", "[options]", "name = x", "a=", " b", "  c = d", "# e", "; f", "", "g: h = i", " "])
)


@settings(deadline=None)
@given(LINES)
def test_sections_are_those_that_configparser_finds(lines: list[str]) -> None:
    text = "\n".join(lines)
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    expected = {
        name: {key: parser[name][key].split() for key in parser[name]} for name in parser.sections() if parser[name]
    }
    found = {name: {key: value.split() for key, value in section.items()} for name, section in parse_ini(text).items()}
    assert found == expected
