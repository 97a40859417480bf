"""Hints work as they are printed: commands parse, options exist, and links lead to pages of the documentation."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import pytest
import tomli

import commonhold
from commonhold.cli.commands import commonhold as command_line
from commonhold.errors import DOCUMENTATION, page_url
from commonhold.options import VERBOSITY

if TYPE_CHECKING:
    from collections.abc import Iterator

LIBRARY = Path(commonhold.__file__).parent
ROOT = Path(__file__).parents[2]
PROGRAMS = ("commonhold", "git", "nox", "python", "ulimit", "uv")
USAGE_ERROR = 129  # git's exit code
ELSEWHERE = {"--parallel"}  # options of nox


class Text(NamedTuple):
    """A string in the library, with `…` where an f-string has a value."""

    place: str
    text: str


@cache
def texts() -> tuple[Text, ...]:
    """Every string of the library except docstrings."""
    return tuple(each for path in sorted(LIBRARY.rglob("*.py")) for each in texts_in(path))


def texts_in(path: Path) -> Iterator[Text]:
    tree = ast.parse(path.read_bytes())
    skipped: set[ast.AST] = {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if node in skipped:
            continue
        place = f"{path.relative_to(LIBRARY)}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.JoinedStr):
            skipped.update(node.values)
            parts = [str(each.value) if isinstance(each, ast.Constant) else "value" for each in node.values]
            yield Text(place, "".join(parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield Text(place, node.value)


def commands() -> dict[str, str]:
    """The commands that texts show in backticks, by their place."""
    return {
        f"{place} {command}": command
        for place, text in texts()
        for command in re.findall(r"`([^`]+)`", text)
        if command.split()[0] in PROGRAMS and " " in command
    }


def is_sentence(text: str) -> bool:
    return " " in text.strip() and text.strip()[0].isupper()


def parse(group: click.Group, context: click.Context, words: list[str]) -> None:
    """Parse a command line as click does, without running it."""
    name, command, rest = group.resolve_command(context, words)
    assert command is not None
    inner = command.make_context(name, rest, parent=context)
    if isinstance(command, click.Group):
        parse(command, inner, [*inner._protected_args, *inner.args])


@pytest.mark.parametrize("command", [each for each in commands().values() if each.startswith("commonhold ")])
def test_a_command_of_commonhold_in_a_text_parses(command: str) -> None:
    words = shlex.split(command.replace("VERSION", "1.0"))[1:]
    context = command_line.make_context("commonhold", words)
    parse(command_line, context, [*context._protected_args, *context.args])


def test_the_git_commands_in_texts_parse(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for command in {each for each in commands().values() if each.startswith("git ")}:
        finished = subprocess.run(shlex.split(command), cwd=tmp_path, capture_output=True, text=True, check=False)
        assert finished.returncode != USAGE_ERROR, finished.stderr
        assert "is not a git command" not in finished.stderr


@pytest.mark.parametrize("command", [each for each in commands().values() if each.startswith("nox ")])
def test_a_nox_command_in_a_text_parses(command: str) -> None:
    from nox._options import options

    parsed = options.parser().parse_args(shlex.split(command)[1:])
    assert "-l" in command or parsed.sessions in (["plugins"], ["affected"], ["quickstart"])


def test_the_commands_of_other_programs_are_known() -> None:
    others = {each for each in commands().values() if not each.startswith(("commonhold ", "git ", "nox "))}
    assert others == {
        'python -m pip install ".[import]"',
        'python -m pip install ".[release]"',
        "python -m build",
        "python -m pip install nox",
        "python -m pip install uv",
        "uv build",
        "uv python install value",
        "uv tool install poetry",
        "ulimit -n value",
    }


def test_commands_in_advice_are_in_backticks() -> None:
    words = r"(?<![`\w.\"'/-])(?:commonhold (?:affected|plan|graph|audit|report|release)|git (?:fetch|fsck|log|remote|status|switch) |nox -s|uv pip)\b"
    bare = [
        f"{place} {text}"
        for place, text in texts()
        if is_sentence(text) and re.search(words, re.sub(r"`[^`]*`", "", text))
    ]
    assert bare == []


def test_options_in_advice_exist() -> None:
    known = ELSEWHERE | {name for option in VERBOSITY for name in (option.flag, option.alias)}
    remaining: list[click.Command] = [command_line]
    while remaining:
        command = remaining.pop()
        known |= {name for parameter in command.params for name in parameter.opts}
        if isinstance(command, click.Group):
            context = click.Context(command)
            remaining += filter(None, (command.get_command(context, name) for name in command.list_commands(context)))
    advice = [Text(place, re.sub(r"`[^`]*`", "", text)) for place, text in texts() if is_sentence(text)]
    found = {option: place for place, text in advice for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)}
    assert {option: place for option, place in found.items() if option not in known} == {}


def test_links_in_texts_are_addresses_of_pages_that_exist() -> None:
    linked = [
        node.args[0].value
        for path in LIBRARY.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "page_url"
        if isinstance(node.args[0], ast.Constant)
    ]
    assert linked
    for page in linked:
        path, _, anchor = str(page).partition("#")
        text = (ROOT / "docs" / f"{path or 'index'}.md").read_text(encoding="utf-8")
        headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        anchors = {re.sub(r"[^a-z0-9]+", "-", heading.lower()) for heading in headings} | {""}
        assert anchor in anchors, page
        assert page_url(str(page)).startswith("https://")
    assert [text for text in texts() if re.search(r"\bdocs/[a-z/-]+\.md", text.text)] == []


def test_the_address_of_the_documentation_is_the_same_everywhere() -> None:
    project = tomli.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["urls"]["Documentation"] == DOCUMENTATION
    assert f"site_url: {DOCUMENTATION}\n" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
