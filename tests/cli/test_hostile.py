"""For any content of a repository, commands print a result or an error, and never report a bug."""

from __future__ import annotations

import io
import json
import os
import shutil
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonhold.cli.__main__ import main
from tests.support.monorepos import CONFIG, Link, Monorepo, plugin

Content: TypeAlias = "bytes | Link"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Monorepo:
    """A sound monorepo in which an example may put anything, which the next one takes away again."""
    monorepo = Monorepo.of(tmp_path_factory.mktemp("sample"), plugin("official/user", ["alone"]), {"uv.lock": LOCK})
    monorepo.repo.git("tag", "start")
    return monorepo


LOCK = 'version = 1\n\n[[package]]\nname = "alone"\ndependencies = [{ name = "six" }]\n'


def answered(sample: Monorepo, *words: str) -> None:
    """Run a command, and check that its exit code is a documented one and its output is printable."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", errors) for errors in ("strict", "backslashreplace"))
    with redirect_stdout(out), redirect_stderr(err):
        code = main(["-C", str(sample.repo.root), *words])
    written, said = (stream.buffer.getvalue().decode() for stream in (out, flushed(err)))
    assert code in {0, 2, 4}, said
    assert "Traceback" not in said
    assert all(line.isprintable() for line in (written + said).split("\n"))
    if code == 0 and {"--json", "json"} & {*words}:
        assert json.loads(written)["schema"] == (1 if words[0] == "plan" else 2)
    if code:
        assert said.startswith("error: ")
        assert not written


def flushed(stream: io.TextIOWrapper) -> Any:
    stream.flush()
    return stream


def cleaned(sample: Monorepo) -> None:
    """Remove the files and the cache of the previous example."""
    for path in sample.repo.root.iterdir():
        if path.name != ".git":
            sample.repo.remove(path.name)
    sample.repo.remove(".git/commonhold")
    sample.repo.git("reset", "-q", "--hard", "start")


def placed(sample: Monorepo, files: dict[bytes, Content]) -> None:
    """Put files into the work tree, as far as each finds a place there."""
    for path, content in files.items():
        full = Path(os.fsdecode(os.path.join(os.fsencode(sample.repo.root), path)))
        try:
            if full.is_dir() and not full.is_symlink():
                shutil.rmtree(full)
            full.unlink(missing_ok=True)
            full.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Link):
                full.symlink_to(content.target)
            else:
                full.write_bytes(content)
        except OSError:  # a file or a link where the path wants a folder
            continue


# Configurations

words = st.sampled_from(
    [
        "test",
        "skip",
        "advisory",
        "official",
        "official/*",
        "**",
        "[",
        "alone",
        "all",
        "none",
        "30m",
        "3.11",
        "\x1b[31m\n",
    ]
)
keys = st.sampled_from(
    [
        *(
            "core",
            "default-branch",
            "python",
            "ignore",
            "tests",
            "tiers",
            "shared",
            "plugins",
            "release",
            "path",
            "pin",
        ),
        *("distribution", "keys", "affects", "official", "on-core-change", "timeout", "env", "reads", "alone", "tag"),
    ]
)
texts = st.one_of(words, st.text(max_size=12))
scalars = st.one_of(texts, st.integers(), st.booleans(), st.floats())
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.one_of(keys, texts), inner, max_size=4)),
    max_leaves=12,
)
tiers = st.dictionaries(
    st.one_of(st.just("official"), texts),
    st.fixed_dictionaries({"path": st.lists(texts, max_size=2)}, optional={"on-core-change": words, "env": values}),
    max_size=2,
)
tables = st.one_of(
    st.dictionaries(st.one_of(keys, texts), values, max_size=5),
    st.fixed_dictionaries(
        {"tiers": tiers},
        optional={
            "core": values,
            "ignore": st.lists(texts, max_size=3),
            "tests": st.lists(texts, max_size=3),
            "shared": st.lists(
                st.fixed_dictionaries({"path": st.lists(texts, max_size=2), "affects": texts}), max_size=2
            ),
            "plugins": st.dictionaries(texts, values, max_size=2),
            "default-branch": texts,
        },
    ),
)


def as_toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_toml(key)} = {as_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    if isinstance(value, str):
        text = "".join(char if char.isalnum() and char.isascii() else f"\\U{ord(char):08x}" for char in value)
        return f'"{text}"'
    if isinstance(value, float):
        return repr(value)
    return str(value).lower()


configurations = st.one_of(
    tables.map(lambda table: f"tool.commonhold = {as_toml(table)}\n".encode()),
    st.binary(max_size=30).map(lambda data: CONFIG.encode() + data),
    st.binary(max_size=60),
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=configurations, way=st.sampled_from(["", "--json", "--explain"]), base=st.booleans())
def test_any_configuration_is_used_or_refused_in_words(sample: Monorepo, data: bytes, way: str, base: bool) -> None:
    cleaned(sample)
    sample.repo.write("pyproject.toml", data)
    sample.repo.write("stray")
    answered(sample, "affected", *way.split(), *(["--base", "main"] if base else []))


ODD = st.one_of(
    st.sampled_from(
        [
            *("[z-a]", "[", "[]", "[!]", "[[:x:]]", "[\\", "**", "***", "a/**/", "{a,b}", "!x", "a" * 2000, "?(a)", ""),
            *(
                "\0",
                "\x1b[31m",
                "{name}",
                "{",
                "%s",
                "3.12",
                "3.99999",
                "30m",
                "\u0661h",
                "/",
                "..",
                "a\nb",
                "--x",
                "'",
            ),
            *("$(x)", "a=b", "lowest", "ubuntu-latest", "ubuntu-[z-a]", "pytest '", "user", "alone"),
        ]
    ),
    st.text(max_size=4),
)
SETTINGS = st.one_of(
    *(ODD, st.lists(ODD, max_size=3), st.dictionaries(ODD, ODD, max_size=2), st.integers(), st.floats(), st.booleans())
)
KEYS = (
    "tests",
    "reads",
    "test",
    "before",
    "install",
    "constraints",
    "env",
    "os",
    "python",
    "timeout",
    "resolution",
    "x",
)
own_tables = st.dictionaries(st.sampled_from(KEYS), SETTINGS, max_size=4)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    table=own_tables,
    command=st.sampled_from(
        ["affected --base main", "affected --base main --json", "plan --base main --json", "graph"]
    ),
)
def test_any_table_of_a_plugin_is_used_or_refused_in_words(
    sample: Monorepo, table: dict[str, Any], command: str
) -> None:
    cleaned(sample)
    head = "[project]\nname = 'user'\nversion = '1'\n[tool]\n"
    sample.repo.write("official/user/pyproject.toml", f"{head}commonhold = {as_toml(table)}\n")
    answered(sample, *command.split())


@pytest.mark.parametrize("name", ["pyproject.toml", "uv.lock", "official/user/pyproject.toml"])
@pytest.mark.parametrize("number", ["1" * 5000, "0x" + "f" * 5000])
def test_a_number_that_python_cannot_show_is_not_a_bug(sample: Monorepo, name: str, number: str) -> None:
    cleaned(sample)
    before = sample.repo.path(name).read_text()
    sample.repo.write(name, f"odd = {number}\n{before}")
    for command in ("affected --base main", "plan --base main --json", "graph"):
        answered(sample, *command.split())


# Files

parts = st.one_of(
    st.sampled_from([b"official", b"community", b"alone", b"odd", b"acme", b"tests", b"src"]),
    st.binary(min_size=1, max_size=8).filter(lambda name: not {*name} & {0, ord("/")} and name not in (b".", b"..")),
)
files = st.sampled_from(
    [
        b"pyproject.toml",
        b"setup.py",
        b"setup.cfg",
        b"requirements.txt",
        b"__init__.py",
        b"conftest.py",
        b"uv.lock",
        b"x.py",
    ]
)
paths = st.one_of(
    st.builds(lambda above, name: b"/".join((*above, name)), st.lists(parts, max_size=3), st.one_of(files, parts)),
    st.builds(lambda part, name: b"official/" + part + b"/" + name, parts, files),
).filter(lambda path: b".git" not in path.lower())
snippets = st.sampled_from(
    [
        b"[project]\nname = 'odd'\nversion = '1'\n",
        b"[project]\nname = 'alone'\n",
        b"[project]\nname = '\\u001b[31m'\ndependencies = ['\\u0000', 'user[x]']\n",
        b"[tool.commonhold]\nenv = 1\n'\\u001b' = 2\n",
        b"from setuptools import setup\nsetup(name='odd', install_requires=ask())\n",
        b"from setuptools import setup\nsetup(name='\\x1b[31m\\n')\n",
        b"[metadata]\nname = odd\n[options]\ninstall_requires =\n  \x1b\n",
        b"-r \x1b[31m\xff\n-e ../alone\nuser\n",
        b"version = 1\npackage = [{name = 'alone'}, 1]\n",
        b"import acme.alone\npytest_plugins = '\xff'\n",
        b"from acme import (user,\n",
        b"from ....... import x\nimport_module('.' * 9 + 'acme.alone', '')\n",
    ]
)
targets = st.sampled_from([".", "..", "alone", "../alone", "official", "/etc/passwd", "gone", "../../../..", "\udcff"])
contents = st.one_of(
    snippets, st.binary(max_size=40), st.builds(bytes.__add__, snippets, st.binary(max_size=9)), targets.map(Link)
)
trees = st.dictionaries(paths, contents, min_size=1, max_size=6)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tree=trees, way=st.sampled_from(["", "--json", "--explain"]), committed=st.booleans())
def test_any_files_are_read_or_refused_in_words(
    sample: Monorepo, tree: dict[bytes, Content], way: str, committed: bool
) -> None:
    cleaned(sample)
    placed(sample, tree)
    if committed:
        sample.repo.commit()
    answered(sample, "affected", "--base", "start", "--exact", *(["--head", "HEAD"] if committed else []), *way.split())


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    tree=trees,
    command=st.sampled_from(["plan", "plan --json", "graph", "graph --json", "graph --format mermaid"]),
)
def test_any_files_are_drawn_and_planned_or_refused_in_words(
    sample: Monorepo, tree: dict[bytes, Content], command: str
) -> None:
    cleaned(sample)
    placed(sample, tree)
    answered(sample, *command.split())
