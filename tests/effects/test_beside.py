"""Work in a copy of this process."""

from __future__ import annotations

import os
import threading

import pytest

from commonhold.effects.beside import beside


def test_the_work_is_done_by_another_process() -> None:
    result = beside(os.getpid)
    assert result() != os.getpid()


def test_a_result_of_plain_types_comes_back() -> None:
    assert beside(lambda: {"a": (1, frozenset({"b"}), None, b"\xff")})() == {"a": (1, frozenset({"b"}), None, b"\xff")}


def test_a_result_larger_than_a_pipe_comes_back_whole() -> None:
    assert beside(lambda: b"x" * 1_000_000)() == b"x" * 1_000_000


def test_an_error_in_the_copy_is_met_again_by_the_caller() -> None:
    def fail() -> None:
        raise ValueError("no")

    result = beside(fail)
    with pytest.raises(ValueError, match="no"):
        result()


def test_with_other_threads_the_work_is_done_here() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert beside(os.getpid)() == os.getpid()
    finally:
        stop.set()
        thread.join()
