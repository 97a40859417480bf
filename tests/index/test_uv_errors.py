"""What uv says, in a sentence of ours."""

from __future__ import annotations

import pytest

from commonhold.index.uv_errors import uv_reason

WHY = "Because only x<=1 is available, we can conclude that x>1 cannot be used."


@pytest.mark.parametrize(
    "said",
    [
        f"error: No solution found when resolving dependencies\n  cause: {WHY}\n",
        f"  × No solution found when resolving dependencies:\n  ╰─▶ {WHY}",
        f"warning: slow\nerror: No solution found when resolving dependencies\n  cause: {WHY}",
        f"error: {WHY}",
    ],
)
def test_the_reason_stands_without_what_is_said_every_time(said: str):
    assert uv_reason(said) == WHY
