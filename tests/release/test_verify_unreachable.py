"""Verification of many plugins on an index that stops responding."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from commonhold.index.backoff import Gate
from commonhold.index.client import IndexUnreachableError
from commonhold.release.verify.verification import _PluginCheck

GONE, SKIPPED = "cannot read the project", "the index does not respond"


class FakeIndex:
    """An index that does not respond for some projects."""

    def __init__(self, unreachable: str) -> None:
        self._unreachable = unreachable

    def files(self, name: str) -> tuple[()]:
        if name in self._unreachable:
            raise IndexUnreachableError(GONE)
        return ()


def check(unreachable: str, seconds: float) -> list[str]:
    """The results for the plugins a to f. The deadline is ``seconds`` from now."""
    resolver = SimpleNamespace(error=lambda _plugin, _python: "")
    index: Any = FakeIndex(unreachable)
    gate = Gate()
    gate.stop()  # there is no second query, however far away the deadline is
    one = _PluginCheck(index, resolver, time.monotonic() + seconds, gate)
    plugins: list[Any] = [SimpleNamespace(name=name, files=(), plugin=SimpleNamespace(pythons=())) for name in "abcdef"]
    return [one.error(plugin) for plugin in plugins]


@pytest.mark.parametrize(
    ("unreachable", "results"),
    [
        ("ab", [GONE, GONE, "", "", "", ""]),
        ("abc", [GONE, GONE, GONE, SKIPPED, SKIPPED, SKIPPED]),
        ("abde", [GONE, GONE, "", GONE, GONE, ""]),
    ],
    ids=["two", "three", "not in a row"],
)
def test_after_three_queries_in_a_row_without_a_response_the_index_is_left_alone(
    unreachable: str, results: list[str]
) -> None:
    assert check(unreachable, -1.0) == results


def test_before_the_deadline_every_plugin_is_queried() -> None:
    assert check("abc", 600.0) == [GONE, GONE, GONE, "", "", ""]
