"""The list of a mirror's folders: what a hostile or damaged one cannot do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from commonhold_plugins.errors import ClientError
from commonhold_plugins.fetch import Fetcher
from commonhold_plugins.mirrors import MIRROR, read_mirrors

if TYPE_CHECKING:
    from pathlib import Path


def mirrors(folder: Path, document: object) -> dict[str, str]:
    (folder / MIRROR).write_text(document if isinstance(document, str) else json.dumps(document))
    return dict(read_mirrors(Fetcher(), f"{folder.as_uri()}/"))


def test_each_host_has_a_folder_of_the_mirror(tmp_path: Path) -> None:
    listed = [{"host": "files.example:8443", "path": "files/files.example_8443"}]
    found = mirrors(tmp_path, {"schema": 1, "hosts": listed})
    assert found == {"files.example:8443": f"{tmp_path.as_uri()}/files/files.example_8443/"}


def test_a_plugin_index_that_is_no_mirror_has_no_list(tmp_path: Path) -> None:
    assert read_mirrors(Fetcher(), f"{tmp_path.as_uri()}/") == {}


@pytest.mark.parametrize(
    "document",
    [
        "{",
        [],
        {"hosts": []},
        {"schema": 2, "hosts": []},
        {"schema": 1, "hosts": {}},
        {"schema": 1, "hosts": [{"host": "h"}]},
        *({"schema": 1, "hosts": [{"host": "h", "path": path}]} for path in ("../x", "/x", "https://h/x", "a//b", "")),
        {"schema": 1, "hosts": [{"host": "h\x1b[2J", "path": "x"}]},
    ],
)
def test_a_list_that_leads_elsewhere_is_refused(tmp_path: Path, document: object) -> None:
    with pytest.raises(ClientError):
        mirrors(tmp_path, document)
