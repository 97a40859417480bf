"""Plugin indexes in folders: reading, writing all or nothing, and validating."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from commonhold.catalog import catalog_folder
from commonhold.catalog.catalog_folder import READMES, Catalog, read_catalog, settle, write_catalog
from commonhold.catalog.documents import CatalogReadme, DocumentError
from commonhold.catalog.folder_checks import find_problems
from commonhold.errors import ToolError, UsageError
from tests.catalog.catalog_values import catalog, plugin, release, tier_document

if TYPE_CHECKING:
    from pathlib import Path

README = b"# Spark\n"
README_PATH = f"{READMES}/{hashlib.sha256(README).hexdigest()}.md"


def with_readme() -> Catalog:
    digest = hashlib.sha256(README).hexdigest()
    readme = CatalogReadme(path=README_PATH, sha256=digest, size=len(README), type="text/markdown")
    spark = plugin(releases=[release(readme=readme)], licence="Apache-2.0")
    return replace(catalog(tier_document(spark)), assets={README_PATH: README})


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_plugin_index_is_equal_after_writing_and_reading(tmp_path: Path):
    write_catalog(str(tmp_path), with_readme())
    assert sorted(contents(tmp_path)) == [
        "index/v1/1.16/official.json", "index/v1/index.json", README_PATH, "index/v1/status.json"
    ]  # fmt: skip
    read = read_catalog(str(tmp_path))
    assert (read.tiers, read.status) == (with_readme().tiers, with_readme().status)
    before = contents(tmp_path)
    write_catalog(str(tmp_path), read)
    assert contents(tmp_path) == before
    assert find_problems(str(tmp_path)) == ()


def test_documents_without_changes_keep_their_time(tmp_path: Path):
    write_catalog(str(tmp_path), catalog(tier_document(plugin())))
    old = read_catalog(str(tmp_path))
    later = {"generated": "2026-12-01T00:00:00Z"}
    new = replace(
        old,
        root=msgspec.structs.replace(old.root, **later),
        status=msgspec.structs.replace(old.status, **later),
        tiers={key: msgspec.structs.replace(document, **later) for key, document in old.tiers.items()},
    )
    assert catalog_folder.encode_catalog(settle(old, new)) == catalog_folder.encode_catalog(settle(old, old))
    grown = replace(new, tiers={**new.tiers, ("1.16", "community"): tier_document(tier="community", **later)})
    settled = settle(old, grown)
    assert settled.tiers["1.16", "official"].generated == old.root.generated
    assert settled.root.generated == later["generated"]


@pytest.mark.parametrize("failing", range(6))
def test_a_failed_write_leaves_all_old_files(tmp_path: Path, failing: int, monkeypatch: pytest.MonkeyPatch):
    write_catalog(str(tmp_path), catalog(tier_document(plugin())))
    before = contents(tmp_path)
    calls = iter(range(100))

    def fail(*words: Any, real: Any) -> Any:
        if next(calls) == failing:
            raise OSError(28, "No space left on device")
        return real(*words)

    for module, name in ((os, "rename"), (catalog_folder, "write_atomically")):
        real = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *words, real=real: fail(*words, real=real))
    with pytest.raises(ToolError, match="No space left on device"):
        write_catalog(str(tmp_path), with_readme())
    monkeypatch.undo()
    assert contents(tmp_path) == before


def test_an_interrupted_write_is_undone_by_the_next_read(tmp_path: Path):
    write_catalog(str(tmp_path), with_readme())
    before = contents(tmp_path)
    (tmp_path / "index").rename(tmp_path / ".index-old")
    (tmp_path / ".index-new").mkdir()
    assert read_catalog(str(tmp_path)).tiers == with_readme().tiers
    assert contents(tmp_path) == before


def test_an_invalid_document_is_never_written(tmp_path: Path):
    with pytest.raises(DocumentError, match="not shown"):
        write_catalog(str(tmp_path), catalog(tier_document(plugin(summary="\x1b[2J"))))
    assert contents(tmp_path) == {}


def test_a_folder_without_a_plugin_index_is_a_wrong_argument(tmp_path: Path):
    with pytest.raises(UsageError, match="contains no plugin index"):
        read_catalog(str(tmp_path))


def rewrite(folder: Path, path: str, data: bytes | None) -> None:
    (folder / path).unlink() if data is None else (folder / path).write_bytes(data)


@pytest.mark.parametrize(
    ("path", "data", "problem"),
    [
        ("index/v1/1.16/official.json", b"{}", "does not have the SHA-256"),
        ("index/v1/status.json", None, "does not exist"),
        ("index/v1/index.json", b"{}", "has no schema number"),
        (README_PATH, b"other", "does not have the SHA-256 in its name"),
        (README_PATH, None, "cannot be read"),
        ("index/v1/1.16/x.json", b"{}", "is not part of the plugin index"),
    ],
)
def test_damaged_plugin_indexes_are_not_valid(tmp_path: Path, path: str, data: bytes | None, problem: str):
    write_catalog(str(tmp_path), with_readme())
    rewrite(tmp_path, path, data)
    assert problem in "\n".join(find_problems(str(tmp_path)))


@pytest.mark.parametrize("licence", [None, "LicenseRef-Acme", "Apache 2", "MIT AND LicenseRef-Acme"])
def test_only_third_party_plugin_indexes_contain_other_licences(tmp_path: Path, licence: str | None):
    write_catalog(str(tmp_path), catalog(tier_document(plugin(licence=licence))))
    assert "licence" in "\n".join(find_problems(str(tmp_path))) or licence == "Apache 2"
    assert find_problems(str(tmp_path)) != ()
    assert find_problems(str(tmp_path), third_party=True) == ()


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (tier_document(plugin(), series="1.15"), "which excludes the series"),
        (tier_document(plugin("flytekitplugins-b"), plugin("flytekitplugins-a")), "order of their names"),
        (tier_document(plugin("flytekitplugins-a", "1.16.0", "1.16.1")), "begin with the newest"),
        (tier_document(core="other"), "is about the core other"),
        (tier_document(tier="gone"), "has no tier gone"),
    ],
)
def test_documents_that_contradict_the_root_are_not_valid(tmp_path: Path, document: Any, problem: str):
    write_catalog(str(tmp_path), catalog(document))
    assert problem in "\n".join(find_problems(str(tmp_path), third_party=True))
