"""Inputs that an author or an index can make as large as they like, for `benchmarks.scaling`."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.ours import script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

CONFIGURATION = (
    '[tool.commonhold]\ncore = { distribution = "core" }\n[tool.commonhold.tiers.all]\npath = ["plugins/*"]\n'
)


class HostileInput(NamedTuple):
    """One kind of input: ``make`` writes it to a folder in a size, and returns the command that reads it.

    ``full`` is the size with which the command must end within the limits, and ``unit`` is what the size counts.
    """

    title: str
    unit: str
    full: int
    make: Callable[[Path, int], tuple[str, ...]]


def write_commit(folder: Path, commits: Iterable[Iterable[tuple[str, str]]]) -> None:
    """Create a repository with these commits, each of which adds or replaces files; files with one content share it."""
    folder.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    with subprocess.Popen(
        ["git", "fast-import", "--quiet"], cwd=folder, stdin=subprocess.PIPE, env={**os.environ, "GIT_DIR": ".git"}
    ) as process:
        assert process.stdin is not None
        for part in _fast_import(commits):
            process.stdin.write(part)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, "git fast-import")


def _fast_import(commits: Iterable[Iterable[tuple[str, str]]]) -> Iterator[bytes]:
    marks: dict[str, int] = {}
    for number, files in enumerate(commits):
        lines: list[bytes] = []
        for path, content in files:
            if content not in marks:
                marks[content] = len(marks) + 1
                data = content.encode()
                yield b"blob\nmark :%d\ndata %d\n%s\n" % (marks[content], len(data), data)
            lines.append(b"M 100644 :%d %s\n" % (marks[content], path.encode()))
        yield b"commit refs/heads/main\ncommitter a <a> %d +0000\ndata 0\n" % (1_700_000_000 + number)
        yield b"".join(lines)


def _project(name: str, more: str = "", requires: Iterable[str] = ()) -> str:
    listed = ", ".join(f'"{each}"' for each in requires)
    return f'[project]\nname = "acme-{name}"\nversion = "1"\ndependencies = [{listed}]\n{more}'


def _compare(folder: Path, *commits: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    write_commit(folder, commits)
    return (script(), "-C", str(folder), "affected", "--base", "main^", "--head", "main", "--json")


def _plugin(folder: Path, files: Iterable[tuple[str, str]], more: str = "") -> tuple[str, ...]:
    """Two plugins, the first of which an author has filled with files; the second one changes."""
    first = [
        ("pyproject.toml", CONFIGURATION),
        ("plugins/a/pyproject.toml", _project("a", more)),
        ("plugins/b/pyproject.toml", _project("b")),
        ("plugins/b/src/acme_b/__init__.py", ""),
        *((f"plugins/a/{path}", content) for path, content in files),
    ]
    return _compare(folder, first, [("plugins/b/src/acme_b/__init__.py", "x = 1\n")])


def stars(folder: Path, size: int) -> tuple[str, ...]:
    """A pattern with many stars, and a path on which it nearly matches."""
    pattern = "**/" + "a*" * size + "b"
    return _plugin(folder, [("a" * 2 * size, "")], f'[tool.commonhold]\nreads = ["{pattern}"]\n')


def blanks(folder: Path, size: int) -> tuple[str, ...]:
    """Blanks within one line of a requirements file."""
    return _plugin(folder, [("requirements.txt", f"a{' ' * size}b\n{' ' * size}c @\n")])


def includes(folder: Path, size: int) -> tuple[str, ...]:
    """Many lines that include other requirements files."""
    return _plugin(folder, [("requirements.txt", "".join(f"-r r{number}.txt\n" for number in range(size)))])


def imports(folder: Path, size: int) -> tuple[str, ...]:
    """A Python file that mostly consists of imports; the size is in KiB."""
    block = (
        "import acme_b\nfrom acme_b import one, two\nimport os; import acme_b.x\nfrom acme_b import (\n    three,\n)\n"
    )
    return _plugin(folder, [("src/acme_a/__init__.py", block * (size * 1024 // len(block)))])


_REPEATED = {
    "py": (
        ("if x:\n pass\n", "elif y:\n import acme_b\n", ""),
        ("x = ", "acme_b + ", "y"),
        ("x = ", "plugins/b/x + ", "y"),
        ("x = __file__ + ", "'plugins/b/x' + ", "y"),
        ("x = (", '"plugins/b/x" ', ")"),
        ("x = (", '"acme"\n', ")"),
        ("x = ", '"acme_b" + ', "y"),
        ("x = [__file__, ", '"../b/x", ', "]"),
        ("# ", "acme_b.", ""),
    ),
    "sh": (
        ("acme-b ", "x/", ""),
        ("acme-b ", ' #"', ""),
        ("", "../", ""),
        ("acme-b ", "../b/../", ""),
        ("", "file:../b:", ""),
        ("", ":parent", ""),
        ("plugins/b ", "a.", ""),
    ),
}
"""Texts that the search for mentions reads, by the suffix of their file: the start, the repeated text, and the end."""


def python_texts(folder: Path, size: int) -> tuple[str, ...]:
    """Python files of text that is repeated; the size of each is in KiB."""
    return _texts(folder, size, "py")


def other_texts(folder: Path, size: int) -> tuple[str, ...]:
    """Scripts of text that is repeated; the size of each is in KiB."""
    return _texts(folder, size, "sh")


def _texts(folder: Path, size: int, suffix: str) -> tuple[str, ...]:
    files = (
        (f"tests/x{number}.{suffix}", start + repeated * (size * 1024 // len(repeated)) + end)
        for number, (start, repeated, end) in enumerate(_REPEATED[suffix])
    )
    return _plugin(folder, files)


def lock(folder: Path, size: int) -> tuple[str, ...]:
    """A lock file of plugins with ten requirements each; ten packages change, and so do the closures of all plugins."""

    def packages(version: int) -> str:
        found = ["version = 1\n"]
        for number in range(size):
            listed = ", ".join(f'{{ name = "acme-p{(number * 7919 + step * step) % size}" }}' for step in range(10))
            line = f'version = "{version if number < 10 else 1}"\ndependencies = [{listed}]\n'
            found.append(f'[[package]]\nname = "acme-p{number}"\n{line}')
        return "".join(found)

    return _compare(folder, [*_many_plugins(size), ("uv.lock", packages(1))], [("uv.lock", packages(2))])


def groups(folder: Path, size: int) -> tuple[str, ...]:
    """Dependency groups, each of which includes the next one."""
    chain = "".join(f'g{number} = ["r{number}", {{ include-group = "g{number + 1}" }}]\n' for number in range(size))
    return _plugin(folder, [], f"[dependency-groups]\n{chain}g{size} = []\n")


def _many_plugins(size: int) -> list[tuple[str, str]]:
    """Plugins with ten requirements each, so that most of them depend on each other."""
    files = [("pyproject.toml", CONFIGURATION)]
    for number in range(size):
        requires = {f"acme-p{(number * 7919 + step * step * 104_729 + step) % size}" for step in range(1, 11)}
        files.append((f"plugins/p{number}/pyproject.toml", _project(f"p{number}", requires=sorted(requires))))
        files.append((f"plugins/p{number}/src/acme_p{number}/__init__.py", "x = 1\n"))
    return files


def plugins(folder: Path, size: int) -> tuple[str, ...]:
    """Many plugins, all of which change."""
    changed = ((f"plugins/p{number}/src/acme_p{number}/__init__.py", "x = 2\n") for number in range(size))
    return _compare(folder, _many_plugins(size), changed)


def graph(folder: Path, size: int) -> tuple[str, ...]:
    """The dependency graph of many plugins."""
    write_commit(folder, [_many_plugins(size)])
    return (script(), "-C", str(folder), "graph", "--head", "main", "--format", "json")


def files(folder: Path, size: int) -> tuple[str, ...]:
    """Many small files in one plugin."""
    return _plugin(folder, ((f"data/{number // 1000}/{number}.json", "{}") for number in range(size)))


def changed_files(folder: Path, size: int) -> tuple[str, ...]:
    """Many files in one plugin, each of which changes."""
    paths = [f"plugins/a/data/{number // 1000}/{number}.json" for number in range(size)]
    project = [("pyproject.toml", CONFIGURATION), ("plugins/a/pyproject.toml", _project("a"))]
    return _compare(folder, [*project, *((path, "1") for path in paths)], ((path, "2") for path in paths))


def sparse(folder: Path, size: int) -> tuple[str, ...]:
    """Sparse files of so many GiB in the place of each kind of file that is read."""
    _plugin(folder, [])
    subprocess.run(["git", "checkout", "-q", "main"], cwd=folder, check=True)
    for name in ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "x.py", "tox.ini"):
        with (folder / "plugins/a" / name).open("wb") as file:
            file.truncate(size << 30)
    return (script(), "-C", str(folder), "affected", "--base", "main", "--json")


def _check_out(folder: Path, files: Iterable[tuple[str, str]]) -> None:
    write_commit(folder, [files])
    subprocess.run(["git", "checkout", "-q", "main"], cwd=folder, check=True)


_DOCUMENT_TEXTS = (
    *("a.", "a@", "+", "[", "](", "`", "``", "<!--", "<h1 ", "<h1>\n", "# ", "- ", "=\n", "a\n-\n", "> ", ">>> ", "|"),
    *("https://", "open ", "report ", "*", "_", ".. ", ".. a::\n", ".. code::\n   :a:\n", "a::\n", "```\n", "a b\n\n"),
)
"""Repeated texts for documents that rules of `check` read."""


def documents(folder: Path, size: int) -> tuple[str, ...]:
    """READMEs and comments of repeated text, one plugin for each text; the size of each file is in KiB."""
    files = [("pyproject.toml", CONFIGURATION)]
    for number, text in enumerate(_DOCUMENT_TEXTS):
        content = text * (size * 1024 // len(text))
        suffix = "rst" if text.startswith((".", "a:", ">>", "=")) else "md"
        files.append((f"plugins/p{number}/pyproject.toml", _project(f"p{number}", f'readme = "README.{suffix}"\n')))
        files.append((f"plugins/p{number}/README.{suffix}", content))
        files.append((f"plugins/p{number}/acme_p{number}.py", f"# {content}\n"))
    _check_out(folder, files)
    return (script(), "-C", str(folder), "check", "--help-wanted")


_COMMAND_TEXTS = (
    *("tox ", "tox -e ", "nx ", "nx test-", "nox ", "make ", "hatch run ", "python", "a/", "a.", "${{ ", "$a", "A=b "),
    *("pip install ", "-e ", "a ", "pytest ", "--exclude=", "coverage run "),
)
"""Repeated texts for commands that `init` reads."""


def commands(folder: Path, size: int) -> tuple[str, ...]:
    """Workflows, Makefiles and `tox.ini` of repeated text, one plugin for each text; the size of each is in KiB."""
    files = []
    for number, text in enumerate(_COMMAND_TEXTS):
        content = text * (size * 1024 // len(text))
        plugin = f"plugins/p{number}"
        files.append((f"{plugin}/pyproject.toml", _project(f"p{number}")))
        files.append((f"{plugin}/tox.ini", f"[tox]\nenvlist = {content}\n"))
        files.append((f"{plugin}/Makefile", f"test: {content}\n\t{content}\na{' ' * size * 1024}b\n"))
        run = f"      - run: cd {plugin} && pytest {content}\n      - run: cd {plugin} && {content}\n"
        workflow = f"on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n{run}"
        files.append((f".github/workflows/w{number}.yml", workflow))
    _check_out(folder, files)
    return (script(), "-C", str(folder), "init", "--dry-run")


_PAGE = """
import sys
from requests import Response
from commonhold.index.page import read_page
made = Response()
made.status_code, made.url = 200, "https://index.example/simple/x/"
made.headers["Content-Type"] = sys.argv[2]
with open(sys.argv[1], "rb") as file:
    made._content = file.read()
print(len(read_page(made, "x")))
"""


def _page(folder: Path, text: str, kind: str) -> tuple[str, ...]:
    folder.mkdir(parents=True)
    page = folder / "page"
    page.write_text(text, encoding="ascii")
    return (sys.executable, "-c", _PAGE, str(page), kind)


def html_page(folder: Path, size: int) -> tuple[str, ...]:
    """A page of an index in HTML with many files."""
    links = (f'<a href="x-{number}.tar.gz#sha256={number:064x}">x-{number}.tar.gz</a><br>\n' for number in range(size))
    return _page(folder, "".join(links), "text/html")


def json_page(folder: Path, size: int) -> tuple[str, ...]:
    """A page of an index in JSON with many files."""
    listed = ",".join(
        f'{{"filename": "x-{number}.tar.gz", "url": "x-{number}.tar.gz", "hashes": {{}}}}' for number in range(size)
    )
    return _page(folder, f'{{"meta": {{"api-version": "1.0"}}, "files": [{listed}]}}', "application/json")


def nested_page(folder: Path, size: int) -> tuple[str, ...]:
    """A page of an index with tags that are not closed."""
    return _page(folder, "<a href='x'><b><!" * size + "</i></a " * size, "text/html")


_WORDS = """
import sys
from commonhold.release.publish.twine_uploader import one_line
print(len(one_line("", sys.argv[1] * int(sys.argv[2]))))
"""


def words(folder: Path, size: int) -> tuple[str, ...]:
    """An index's response to an upload that consists of opening tags; the size is in KiB."""
    folder.mkdir(parents=True)
    return (sys.executable, "-c", _WORDS, "<style <", str(size * 1024 // 8))


INPUTS = (
    HostileInput("a pattern with many stars", "stars", 400, stars),
    HostileInput("blanks in a requirements file", "blanks", 51_200, blanks),
    HostileInput("`-r` lines", "lines", 20_000, includes),
    HostileInput("a Python file of imports", "KiB", 6_144, imports),
    HostileInput("Python files of repeated text", "KiB each", 120, python_texts),
    HostileInput("scripts of repeated text", "KiB each", 1_000, other_texts),
    HostileInput("chained dependency groups", "groups", 3_000, groups),
    HostileInput("plugins with ten requirements, `affected`", "plugins", 3_000, plugins),
    HostileInput("plugins with ten requirements, `graph`", "plugins", 3_000, graph),
    HostileInput("plugins with ten requirements, `uv.lock`", "plugins", 3_000, lock),
    HostileInput("files in one plugin", "files", 1_000_000, files),
    HostileInput("changed files in one plugin", "files", 1_000_000, changed_files),
    HostileInput("sparse files", "GiB", 8, sparse),
    HostileInput("documents of repeated text, `check`", "KiB each", 1_024, documents),
    HostileInput("commands of repeated text, `init`", "KiB each", 384, commands),
    HostileInput("a page of an index, HTML", "files", 300_000, html_page),
    HostileInput("a page of an index, JSON", "files", 300_000, json_page),
    HostileInput("a page of an index, nested tags", "tags", 300_000, nested_page),
    HostileInput("the response to an upload", "KiB", 1_024, words),
)
