"""The commands in the client's hints work as they are printed."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

import commonhold_plugins
from commonhold_plugins.cli import plugins_group

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(commonhold_plugins.__file__).parent
VALUES = {"NAME": "acme", "URL": "https://acme.example/", "WORD": "word"}


def texts(tree: ast.AST) -> Iterator[str]:
    """Every string, with `value` where an f-string has a value, and `{command}` where the program's words are."""
    parts: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts.update(node.values)
            yield "".join(part(each) for each in node.values)
        elif node not in parts and isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def part(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    is_command = isinstance(node, ast.FormattedValue) and ast.unparse(node.value) in (
        "command",
        "invocation.command",
        "self.command",
    )
    return "{command}" if is_command else "value"


def commands() -> list[str]:
    found = set()
    for file in PACKAGE.rglob("*.py"):
        for text in texts(ast.parse(file.read_bytes())):
            found |= set(re.findall(r"\{command\} ([a-z][^\n`]*)", text))
    return sorted(found)


@pytest.mark.parametrize("line", commands())
def test_a_command_in_a_hint_parses(line: str) -> None:
    words = [VALUES.get(word, word) for word in line.split()]
    group: click.Command = plugins_group()
    context = group.make_context("plugins", words)
    while isinstance(group, click.Group):
        name, inner, rest = group.resolve_command(context, [*context._protected_args, *context.args])
        assert inner is not None
        context, group = inner.make_context(name, rest, parent=context), inner


def test_there_are_such_hints() -> None:
    assert "update" in commands()
