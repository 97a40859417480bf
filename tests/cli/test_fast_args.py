"""The plain form of ``affected`` knows what click knows, and leaves the rest to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.cli.affected import command
from commonhold.cli.commands import commonhold
from commonhold.cli.fast_args import BEFORE, FLAGS, VALUES, Plain, read_plain

if TYPE_CHECKING:
    import click


def names(parsed: click.Command) -> dict[str, str | None]:
    return {text: option.name for option in parsed.params for text in option.opts}


def test_each_option_is_one_that_click_declares_under_the_same_name() -> None:
    before, after = names(commonhold), names(command)
    assert BEFORE.items() <= before.items()
    assert (VALUES | FLAGS).items() <= after.items()


def test_a_plain_line_is_read() -> None:
    words = ["-C", "x", "--config", "c.toml", "affected", "--base", "v1", "--head", "HEAD", "--exact", "--json"]
    assert read_plain(words) == Plain("x", "c.toml", "v1", "HEAD", exact=True, as_json=True)
    assert read_plain(["affected"]) == Plain()


@pytest.mark.parametrize(
    "line",
    [
        *("", "plan", "affected --help", "affected --explain", "affected --exact", "affected --base"),
        *("affected --bas v1", "--version affected", "affected x", "affected --base=v1", "-h affected"),
    ],
)
def test_any_other_line_is_left_to_click(line: str) -> None:
    assert read_plain(line.split()) is None
