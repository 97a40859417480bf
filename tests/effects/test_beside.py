"""Work that a copy of the process does comes back as if this one had done it."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from commonhold.effects.beside import beside

if TYPE_CHECKING:
    from pathlib import Path


def test_the_result_comes_back_whatever_its_size() -> None:
    wanted = {"text": "é\udce9", "bytes": bytes(range(256)) * 4096, "none": None, "nested": [(1, frozenset({2}))]}
    assert beside(lambda: wanted)() == wanted


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process cannot be copied here")
def test_another_process_does_it() -> None:
    assert beside(os.getpid)() != os.getpid()


def test_with_other_threads_this_process_does_it() -> None:
    release = threading.Event()
    thread = threading.Thread(target=release.wait)
    thread.start()
    try:
        assert beside(os.getpid)() == os.getpid()
    finally:
        release.set()
        thread.join()


def test_an_error_is_the_callers() -> None:
    def fail() -> int:
        raise ValueError("wrong")

    result = beside(fail)
    with pytest.raises(ValueError, match="wrong"):
        result()


def test_what_cannot_be_sent_back_is_done_again_here() -> None:
    assert isinstance(beside(object)(), object)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process cannot be copied here")
def test_a_copy_that_dies_is_made_up_for(tmp_path: Path) -> None:
    here = os.getpid()

    def work() -> str:
        if os.getpid() != here:
            os.kill(os.getpid(), 9)
        return "done"

    assert beside(work)() == "done"
