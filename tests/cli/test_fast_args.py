"""The options of ``affected`` are defined once: its three readers accept the same ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.ci.nox_commands import parse_options
from commonhold.cli.affected import command
from commonhold.cli.commands import commonhold
from commonhold.cli.fast_args import FastArguments, read_plain
from commonhold.errors import UsageError
from commonhold.options import AFFECTED, COMPARISON, EXACT_WITHOUT_BASE, EXPLAIN, GLOBAL, JSON, Option
from commonhold.vcs import CompareOptions

if TYPE_CHECKING:
    import click

REV = ["--base", "v1", "--head", "HEAD", "--exact"]


def names(parsed: click.Command) -> dict[str, str | None]:
    return {text: option.name for option in parsed.params for text in option.opts}


def sample(option: Option) -> list[str]:
    return [option.flag] if option.is_flag else [option.flag, "value"]


def test_click_has_exactly_the_options_of_the_table() -> None:
    assert names(command) == {option.flag: option.parameter for option in AFFECTED}
    assert {option.flag: option.parameter for option in GLOBAL}.items() <= names(commonhold).items()


def test_the_fast_reader_has_a_field_for_each_plain_option() -> None:
    plain = [option.parameter for option in (*GLOBAL, *AFFECTED) if not option.value_optional]
    assert sorted(plain) == sorted(FastArguments._fields)


@pytest.mark.parametrize("option", [*COMPARISON, EXPLAIN], ids=lambda option: option.flag)
def test_the_nox_session_reads_each_option_that_selects_or_explains(option: Option) -> None:
    base = [] if option.flag == "--base" else ["--base", "v1"]
    options = parse_options(".", [*base, *sample(option)])
    expected = True if option.is_flag else "value"
    assert expected in (*options.compare, options.explain)


def test_the_nox_session_prints_no_json() -> None:
    with pytest.raises(UsageError, match="unrecognized arguments: --json") as raised:
        parse_options(".", [JSON.flag])
    assert raised.value.hint is not None
    assert all(option.usage in raised.value.hint for option in (*COMPARISON, EXPLAIN))


def test_all_three_readers_give_the_same_values(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[CompareOptions] = []
    monkeypatch.setattr("commonhold.cli.context.Context.select", lambda _, options: given.append(options))
    monkeypatch.setattr("commonhold.cli.affected.print_affected", lambda *_, **__: None)
    commonhold.main(["affected", *REV], standalone_mode=False)
    plain = read_plain(["affected", *REV])
    assert plain is not None
    assert given == [CompareOptions(plain.folder, plain.base, plain.head, plain.exact)]
    assert given == [parse_options(".", REV).compare]


def test_exact_without_a_base_has_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    from commonhold.cli.__main__ import main

    assert main(["affected", "--exact"]) == 2
    assert EXACT_WITHOUT_BASE in capsys.readouterr().err
    with pytest.raises(UsageError, match=EXACT_WITHOUT_BASE):
        parse_options(".", ["--exact"])


def test_a_plain_line_is_read() -> None:
    words = ["-C", "x", "--config", "c.toml", "affected", *REV, "--json"]
    assert read_plain(words) == FastArguments("x", "c.toml", "v1", "HEAD", exact=True, as_json=True)
    assert read_plain(["affected"]) == FastArguments()


@pytest.mark.parametrize(
    "line",
    [
        *("", "plan", "affected --help", "affected --explain", "affected --exact", "affected --base"),
        *("affected --bas v1", "--version affected", "affected x", "affected --base=v1", "-h affected"),
    ],
)
def test_any_other_line_is_left_to_click(line: str) -> None:
    assert read_plain(line.split()) is None
