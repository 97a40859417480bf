"""Build environments are created with uv, from the indexes that the user names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.effects.process import Command, Finished
from commonhold.release.builder.environments import BuildEnvironment, Installer

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Done:
    def wait(self) -> Finished:
        return Finished(("uv",), 0, b"", b"")


class _Recorder:
    """A runner that only records its commands."""

    def __init__(self) -> None:
        self.commands: list[tuple[str, ...]] = []

    def start(self, command: Command) -> _Done:
        self.commands.append(command.argv)
        return _Done()


def installed(simple: tuple[str, ...]) -> Iterator[str]:
    runner = _Recorder()
    installer = Installer("uv", {}, runner, simple=simple)
    installer.add(BuildEnvironment("e"), ["hatchling"])
    ((*_, words),) = (runner.commands,)
    yield from words[words.index("e/bin/python") + 1 :]


def test_build_requirements_come_from_the_named_indexes() -> None:
    assert [*installed(())] == ["--", "hatchling"]
    assert [*installed(("https://a/simple/", "https://b/simple/"))] == [
        *("--index", "https://a/simple/", "--default-index", "https://b/simple/"),
        *("--", "hatchling"),
    ]
