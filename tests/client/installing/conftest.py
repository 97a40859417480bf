"""A package index on loopback, and real environments with a core."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.client.installing.community import CORE, CORE_VERSION, Community, find_uv, make_environment
from tests.support.package_index import PackageIndex, package_index

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def uv_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uv-cache")


@pytest.fixture
def index() -> Iterator[PackageIndex]:
    with package_index() as server:
        server.add(CORE, CORE_VERSION, files={"INFO/entry_points.txt": b"[console_scripts]\ndemo = democore:main\n"})
        yield server


@pytest.fixture
def community(index: PackageIndex, tmp_path: Path, uv_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Community:
    for name in list(os.environ):
        if name.startswith(("UV_", "PIP_", "PIPX_", "VIRTUAL_ENV", "CONDA_PREFIX")):
            monkeypatch.delenv(name)
    settings = {
        "UV": find_uv(),
        "UV_DEFAULT_INDEX": index.simple,
        "UV_CACHE_DIR": str(uv_cache),
        "UV_NO_CONFIG": "1",
        "UV_HTTP_RETRIES": "0",
        "UV_PYTHON_DOWNLOADS": "never",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": index.simple,
        "PIP_RETRIES": "0",
        "PIP_NO_CACHE_DIR": "1",
        "PIPX_HOME": str(tmp_path / "pipx"),
        "PIPX_BIN_DIR": str(tmp_path / "bin"),
        "PIPX_MAN_DIR": str(tmp_path / "man"),
        "UV_TOOL_DIR": str(tmp_path / "tools"),
        "UV_TOOL_BIN_DIR": str(tmp_path / "bin"),
        "COMMONHOLD_PLUGINS_HOME": str(tmp_path / "home"),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return Community(index)


@pytest.fixture(params=["uv", "pip"])
def python(request: pytest.FixtureRequest, community: Community, tmp_path: Path) -> str:
    """The Python of a new environment that contains the core, with pip or without it."""
    return make_environment(tmp_path / "env", with_pip=request.param == "pip")
