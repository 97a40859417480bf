from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.workspace import read_metadata

if TYPE_CHECKING:
    from commonhold.projects.metadata import Metadata

PROJECT = b'[project]\nname = "click"\n'


def read(requirements: str) -> Metadata:
    files = {"packages/click/pyproject.toml": PROJECT, "packages/click/test-requirements.txt": requirements.encode()}
    return read_metadata("packages/click", files.get, files)


@pytest.mark.parametrize("line", ["-e packages/flask", "-e file:packages/flask", "./packages/flask"])
def test_a_path_may_be_relative_to_the_root_where_tox_runs(line: str) -> None:
    metadata = read(f"{line}\n")
    assert "packages/flask" in {one.path for one in metadata.files}
    assert "packages/flask" in metadata.local


def test_a_path_may_be_relative_to_the_projects_folder() -> None:
    assert "packages/flask" in {one.path for one in read("-e ../flask\n").files}


def test_the_root_itself_is_not_a_path_that_is_read() -> None:
    assert read("-e file:../..\n").local == frozenset()
    assert read("-e .\n").local == frozenset()
