"""A few of the runs of `nox -s chaos`, at one real index only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.release.chaos import Bench, Run, bench

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 3


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("chaos"), with_devpi=False) as place:
        yield place


@pytest.mark.parametrize("number", range(6))
def test_a_publication_that_something_happened_to_is_resumed_without_loss(place, number):
    Run(place, number, SEED).go()
