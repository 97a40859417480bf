"""Find uv, and reduce its messages to their reasons."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from commonhold.errors import ToolError
from commonhold.index.uv import find_uv, index_arguments, uv_environ, uv_reason

if TYPE_CHECKING:
    from pathlib import Path

WHY = "Because only x<=1 is available, we can conclude that x>1 cannot be used."


@pytest.mark.parametrize(
    "output",
    [
        f"error: No solution found when resolving dependencies\n  cause: {WHY}\n",
        f"  × No solution found when resolving dependencies:\n  ╰─▶ {WHY}",
        f"warning: slow\nerror: No solution found when resolving dependencies\n  cause: {WHY}",
        f"error: {WHY}",
    ],
)
def test_the_reason_has_no_preamble(output: str) -> None:
    assert uv_reason(output) == WHY


def test_the_reason_begins_with_the_fix_if_a_version_was_yanked() -> None:
    reason = uv_reason("error: Because x==1 was yanked (reason: broken) and you require x==1, ...")
    assert reason.startswith("a version that it needs was yanked; require another version, or undo the yank")


@pytest.fixture
def on_path(tmp_path: Path) -> dict[str, str]:
    """An environment with a uv of its own on ``PATH``."""
    program = tmp_path / "uv"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return {"PATH": str(tmp_path)}


def test_the_uv_of_the_environment_is_preferred_to_the_one_on_path(
    on_path: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    uv = pytest.importorskip("uv")
    monkeypatch.setattr(uv, "find_uv_bin", lambda: "/environment/bin/uv")
    assert find_uv(on_path) == "/environment/bin/uv"


@pytest.mark.parametrize("missing", ["package", "program"])
def test_the_uv_on_path_is_used_where_the_environment_has_none(
    on_path: dict[str, str], monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    def not_found() -> str:
        raise FileNotFoundError

    if missing == "package":
        monkeypatch.setitem(sys.modules, "uv", None)
    else:
        monkeypatch.setattr(pytest.importorskip("uv"), "find_uv_bin", not_found)
    assert find_uv(on_path) == f"{on_path['PATH']}/uv"


def test_without_any_uv_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "uv", None)
    with pytest.raises(ToolError, match="uv is not installed") as caught:
        find_uv({"PATH": str(tmp_path)})
    assert '`python -m pip install ".[release]"`' in (caught.value.hint or "")


def test_uv_gets_no_secrets() -> None:
    assert uv_environ({"PATH": "/bin", "TWINE_PASSWORD": "secret", "UV_PUBLISH_TOKEN": "secret"}) == {
        "PATH": "/bin",
        "LC_ALL": "C.UTF-8",
    }


def test_the_last_index_is_the_default_one() -> None:
    assert index_arguments(()) == []
    assert index_arguments(("https://a", "https://b")) == ["--index", "https://a", "--default-index", "https://b"]
