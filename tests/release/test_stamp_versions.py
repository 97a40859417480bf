"""Each build backend reads back the version that was stamped, in every format."""

from __future__ import annotations

import shutil
from email.parser import Parser
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from packaging.version import Version

from tests.release.versioned_projects import NAME, WAYS, Backends, stamp_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SEVERAL = ("setuptools, static", "setuptools, attr", "setuptools-scm", "setup.py, placeholder")
_NUMBERS = st.integers(0, 2030)


@st.composite
def versions(draw: st.DrawFn) -> str:
    """Any version that an index takes: PEP 440's, normalized, without a local part."""
    epoch = draw(st.sampled_from(["", "", "", "1!", "2026!"]))
    release = ".".join(map(str, draw(st.lists(_NUMBERS, min_size=1, max_size=5))))
    pre = draw(st.sampled_from(["", "", "a", "b", "rc"]))
    parts = [epoch, release, pre and f"{pre}{draw(_NUMBERS)}"]
    parts += [f".{word}{draw(_NUMBERS)}" for word in ("post", "dev") if draw(st.booleans())]
    return str(Version("".join(parts)))


@pytest.fixture(scope="session")
def backends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backends]:
    found = Backends.install(tmp_path_factory.mktemp("backends") / "venv")
    yield found
    found.close()


@pytest.mark.parametrize("way", WAYS)
def test_the_backend_builds_exactly_the_stamped_version(way: str, backends: Backends, tmp_path: Path) -> None:
    # setuptools takes ten times as long as the others: its further ways are tried with the hardest version alone.
    slow = way.startswith("set") and way not in _SEVERAL

    @settings(
        max_examples=3,
        phases=(Phase.explicit,) if slow else (Phase.explicit, Phase.generate),
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @example(version="2026!1.17.0rc3.post2.dev1")
    @given(version=versions())
    def check(version: str) -> None:
        folder, out = tmp_path / "project", tmp_path / "out"
        for each in (folder, out):
            shutil.rmtree(each, ignore_errors=True)
        env = stamp_in(folder, WAYS[way], version)
        metadata = Parser().parsestr(backends.metadata(folder, out, env))
        assert (metadata["Name"], metadata["Version"]) == (NAME, version)

    check()
