"""A few runs of `nox -s chaos`, with one real index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.release.chaos import Bench, Run, bench

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 3


@pytest.fixture(scope="module")
def bench_with_pypiserver(tmp_path_factory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("chaos"), with_devpi=False) as bench_with_pypiserver:
        yield bench_with_pypiserver


@pytest.mark.parametrize("number", range(6))
def test_a_disturbed_publication_is_resumed_without_loss(bench_with_pypiserver, number):
    Run(bench_with_pypiserver, number, SEED).go()
