from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonhold.projects import project_files
from commonhold.projects.metadata import Dependency, Metadata, Problem
from commonhold.projects.requirements_file import MOST_FILES
from tests.projects.read_files import dependencies, dependency, read


def with_requirements(text: str | bytes, **others: str) -> Metadata:
    return read({"setup.py": "from setuptools import setup\nsetup(name='x')", "requirements.txt": text, **others})


def test_project_files_are_in_the_folder_itself() -> None:
    names = ["setup.py", "setup.cfg", "pyproject.toml", "README.md", "requirements.in", "dev-requirements.txt"]
    names += [
        "test-requirements-1.txt",
        "dev_requirements.txt",
        "requirements.lock",
        "requirements",
        "tests/requirements.txt",
        *("test_reqs.txt", "reqs-dev.in", "reqs/lint.txt", "test-requires.txt", "prereqs.txt", "MANIFEST.in"),
    ]
    assert project_files([f"a/{name}" for name in names] + ["ab/setup.py", "setup.py"], "a") == (
        "a/MANIFEST.in",
        "a/dev-requirements.txt",
        "a/dev_requirements.txt",
        "a/pyproject.toml",
        "a/reqs-dev.in",
        "a/reqs/lint.txt",
        "a/requirements.in",
        "a/setup.cfg",
        "a/setup.py",
        "a/test-requirements-1.txt",
        "a/test-requires.txt",
        "a/test_reqs.txt",
    )
    assert project_files(["setup.py", "a/setup.py"]) == ("setup.py",)


def test_a_folder_with_only_requirements_files_is_not_a_project() -> None:
    assert read({"requirements.txt": "a"}) == Metadata(None)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("a==1  # why", dependencies("a")),
        ("a==1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb", dependencies("a")),
        ("a --config-settings=x=y", dependencies("a")),
        ("# only a comment", ()),
        ("--index-url https://example.org/simple", ()),
        ("-f ./wheels", ()),
        ("a==${VERSION}", dependencies("a")),
        ("a==1 --hash=sha256:aa", dependencies("a")),
        ("a[B_c]>=1 ; python_version < '3'", (dependency("a", "b-c"),)),
        ("a @ file:../a", (dependency("a", path="plugins/a"),)),
        ("a@../a", (dependency("a", path="plugins/a"),)),
        ("-e file:../../a/.#egg=Plugins_A", (dependency("plugins-a", path="a"),)),
        ("-e ../../core/azure-core", (dependency(None, path="core/azure-core"),)),
        ("--editable=../../a[b]", (dependency(None, "b", path="a"),)),
        ("'../../with space'", (dependency(None, path="with space"),)),
        ("file:../../a#egg=A_b[c]&subdirectory=d", (dependency("a-b", "c", path="a"),)),
        ("git+https://example.org/r.git#egg=a[b]&subdirectory=c", (dependency("a", "b"),)),
        ("a @ git+https://example.org/r.git@main", dependencies("a")),
        ("https://example.org/a-1.0-py3-none-any.whl", ()),
        ("../../../beyond", ()),
        ("-e ../../../beyond#egg=a", dependencies("a")),
        ("/somewhere/else", ()),
    ],
)
def test_a_line_is_read_as_pip_reads_it(line: str, found: tuple[Dependency, ...]) -> None:
    metadata = with_requirements(line)
    assert (metadata.files, metadata.problems) == (found, ())
    outside = {each.path for each in found if each.path is not None and each.path != "plugins/x"}
    assert metadata.local == outside


def test_included_files_are_relative_to_the_including_file() -> None:
    metadata = with_requirements(
        "-r ../common/base.txt\n--constraint limits.txt",
        **{
            "plugins/common/base.txt": "a\n-r more.txt\n-r ../../../beyond.txt\n-r base.txt",
            "plugins/common/more.txt": "b\n--requirement=base.txt",
            "limits.txt": "c<2\n-c ../common/limits.txt",
        },
    )
    assert metadata.files == dependencies("a", "b")
    assert metadata.reads == {
        "plugins/common/base.txt",
        "plugins/common/more.txt",
        "plugins/x/limits.txt",
        "plugins/common/limits.txt",
    }
    assert metadata.problems == ()


def test_a_path_is_relative_to_every_folder_in_which_pip_or_uv_may_run() -> None:
    metadata = with_requirements("./here[b]\n-r ../common/base.txt", **{"plugins/common/base.txt": "-e ./c"})
    here = [dependency(None, "b", path=path) for path in ("plugins/x/here", "here")]
    there = [dependency(None, path=path) for path in ("plugins/x/c", "plugins/common/c", "c")]
    assert metadata.files == (*here, *there)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            "-r nowhere.txt",
            Problem("plugins/x/nowhere.txt", "this requirements file cannot be read: it does not exist"),
        ),
        (
            "-r https://example.org/r.txt",
            Problem(
                "plugins/x/requirements.txt",
                "'-r https://example.org/r.txt' is not a file in the repository; list its requirements",
            ),
        ),
        (
            "a b",
            Problem("plugins/x/requirements.txt", "'a b' is not a requirement; use PEP 508 syntax"),
        ),
    ],
)
def test_a_line_that_cannot_be_read_is_a_problem(line: str, problem: Problem) -> None:
    assert with_requirements(line).problems == (problem,)


def test_unreadable_constraints_are_not_a_problem() -> None:
    metadata = with_requirements("-c nowhere.txt\n-c https://example.org/c.txt")
    assert (metadata.problems, metadata.reads) == ((), frozenset({"plugins/x/nowhere.txt"}))


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbfa\n",
        "a\n".encode("utf-16"),
        "a\n".encode("utf-32"),
        b"# -*- coding: latin-1 -*-\na # \xe9\n",
        b"a\r\n",
    ],
)
def test_encodings_are_those_that_pip_supports(raw: bytes) -> None:
    metadata = with_requirements(raw)
    assert (metadata.files, metadata.problems) == (dependencies("a"), ())


@pytest.mark.parametrize("raw", [b"\xe9", b"# coding: nonsense\na", b"\xff\xfea"])
def test_an_encoding_that_is_unknown_is_a_problem(raw: bytes) -> None:
    (problem,) = with_requirements(raw).problems
    assert problem.message == "this requirements file cannot be read: its encoding is unknown; save it as UTF-8"


def test_more_files_than_the_limit_are_a_problem() -> None:
    files = {f"plugins/x/many/{number}.txt": f"p{number}\n" for number in range(MOST_FILES)}
    lines = "".join(f"-r many/{number}.txt\n" for number in range(MOST_FILES))
    metadata = with_requirements(lines, **files)
    (problem,) = metadata.problems
    assert problem.message == f"more than {MOST_FILES} requirements files are included; merge some of them"
    assert len(metadata.files) == MOST_FILES - 1


BLANKS = st.text(" \t\f", max_size=3)
PIECES = st.sampled_from(["a", "#", "-", "--hash=x", "\\", "@", "[x]", "file:../b", "/", ";", "'", "${V}", "-r", "-e"])


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(PIECES, BLANKS), max_size=6))
def test_more_blanks_do_not_change_a_line(pieces: list[tuple[str, str]]) -> None:
    """A long run of blanks is read like a short one, and must not take longer than its length."""
    short = "".join(piece + (" " if blanks else "") for piece, blanks in pieces)
    longer = "".join(piece + (" " * 5000 if blanks else "") for piece, blanks in pieces)
    one, other = (with_requirements(f"{line}\nz") for line in (short, longer))
    assert [dependency.name for dependency in one.files] == [dependency.name for dependency in other.files]
    assert len(one.problems) == len(other.problems)
