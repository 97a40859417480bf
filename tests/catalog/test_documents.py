"""Catalogue documents: strict decoding of hostile input, and reproducible encoding."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from commonhold.catalog.documents import (
    LARGEST_DOCUMENT,
    CatalogSeries,
    CatalogTier,
    DocumentDigest,
    DocumentError,
    ListedStatus,
    ReleaseMarks,
    RootDocument,
    SeriesRule,
    StatusDocument,
    TierDocument,
    decode_document,
    encode_document,
)
from commonhold_plugins.documents import decode_tier
from commonhold_plugins.errors import RejectedError
from tests.catalog.catalog_values import AT, plugin, tier_document

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMAS = Path(__file__).resolve().parents[2] / "docs/reference/schemas"
DOCUMENT = encode_document(tier_document(plugin("flytekitplugins-spark", "1.16.1", "1.16.0")))
ROOT = RootDocument(
    community="Flyte plugins",
    generated=AT,
    core=SeriesRule(distribution="flytekit"),
    series=[CatalogSeries(name="1.16", state="open"), CatalogSeries(name="nightly", state="nightly")],
    tiers=[CatalogTier(name="official", default=True)],
    documents={"index/v1/status.json": DocumentDigest(sha256="a" * 64, size=1)},
)
STATUS = StatusDocument(
    generated=AT, plugins={"flytekitplugins-spark": ListedStatus(releases={"1.16.0": ReleaseMarks(yanked="broken")})}
)


def decode(change: Callable[[Any], object], **options: bool) -> TierDocument:
    raw = json.loads(DOCUMENT)
    change(raw)
    return decode_document(json.dumps(raw).encode(), TierDocument, "official.json", **options)


def in_plugin(**fields: object) -> Callable[[Any], object]:
    return lambda raw: raw["plugins"][0].update(fields)


def in_release(**fields: object) -> Callable[[Any], object]:
    return lambda raw: raw["plugins"][0]["releases"][0].update(fields)


def in_file(**fields: object) -> Callable[[Any], object]:
    return lambda raw: raw["plugins"][0]["releases"][0]["files"][0].update(fields)


@pytest.mark.parametrize("document", [ROOT, STATUS, tier_document(plugin())], ids=lambda each: type(each).__name__)
def test_a_document_is_equal_after_encoding_and_decoding(document: Any):
    data = encode_document(document)
    assert decode_document(data, type(document), "document") == document
    assert encode_document(decode_document(data, type(document), "document")) == data
    name = type(document).__name__.removesuffix("Document").lower()
    schema = json.loads((SCHEMAS / f"plugin-index-{name}.schema.json").read_text())
    jsonschema.validate(json.loads(data), schema, cls=jsonschema.Draft202012Validator)


def test_unknown_keys_are_ignored():
    assert decode(in_plugin(later={"a": 1})) == decode(lambda raw: None)


def test_another_schema_says_to_upgrade():
    with pytest.raises(DocumentError, match=r"official\.json has the schema 2") as caught:
        decode(lambda raw: raw.update(schema=2))
    assert "pip install -U commonhold" in (caught.value.hint or "")


WHEEL = "flytekitplugins_spark-1.16.1-py3-none-any.whl"
HOSTILE = {
    "a name with path parts": in_plugin(name="../spark"),
    "a name like an option": in_plugin(short="--help"),
    "a name that is not normalized": in_plugin(name="Spark"),
    "a tier like an option": lambda raw: raw.update(tier="-x"),
    "a series with path parts": lambda raw: raw.update(series="../1.16"),
    "an ANSI code": in_plugin(summary="\x1b[2J"),
    "a C1 control character": in_plugin(summary="\x9b2J"),
    "text that runs backwards": in_plugin(summary="\u202egnp.exe"),
    "two lines": in_plugin(summary="a\nb"),
    "a last line break": in_plugin(licence="MIT\n"),
    "an ANSI code in an unknown key": in_plugin(later={"\x1b": 1}),
    "a lone surrogate": in_plugin(summary="\ud800"),
    "no schema number": lambda raw: raw.pop("schema"),
    "a schema number as text": lambda raw: raw.update(schema="1"),
    "a wrong type": in_plugin(keywords="a"),
    "a boolean size": in_file(size=True),
    "a negative size": in_file(size=-1),
    "a short hash": in_file(sha256="ab"),
    "a hash in upper case": in_file(sha256="A" * 64),
    "credentials": in_file(url=f"https://me:secret@files.example/{WHEEL}"),
    "a user": in_file(url=f"https://me@files.example/{WHEEL}"),
    "http to another host": in_file(url=f"http://files.example/{WHEEL}"),
    "a host that begins like this machine": in_file(url=f"http://127.0.0.1.files.example/{WHEEL}"),
    "a local file": in_file(url=f"file:///tmp/{WHEEL}"),
    "another scheme": in_plugin(homepage="javascript:alert(1)"),
    "a fragment": in_file(url=f"https://files.example/{WHEEL}#sha256=0"),
    "a file that is like an option": in_file(url="https://files.example/--help"),
    "a file above the folder": in_file(url="https://files.example/..%2f.."),
    "a wheel of another plugin": in_file(url="https://files.example/other-1.16.1-py3-none-any.whl"),
    "a wheel of another version": in_file(url="https://files.example/flytekitplugins_spark-1.16.0-py3-none-any.whl"),
    "the page of another plugin": in_plugin(page="plugins/other/"),
    "a readme above the folder": in_release(readme={"path": "../x.md", "sha256": "a" * 64, "size": 1, "type": "text/plain"}),
    "a requirement with a URL": in_release(requires=["x @ https://files.example/x.whl"]),
    "a requirement that is an option": in_release(requires=["--index-url=https://files.example"]),
    "a range that is not one": in_release(core={"distribution": "flytekit", "range": "about 1.16"}),
    "a version that is not normalized": in_release(version="1.16.01"),
    "no files": in_release(files=[]),
    "a month 13": in_release(released="2026-13-01T00:00:00Z"),
    "a git folder above the repository": in_release(
        files=[], git=f"git+https://forge.example/a@{'a' * 40}#subdirectory=../b"
    ),
    "a contact that is a script": in_plugin(maintainers=[{"name": "A", "contact": "javascript:alert(1)"}]),
    "a plugin twice": lambda raw: raw["plugins"].append(raw["plugins"][0]),
    "a version twice": lambda raw: raw["plugins"][0]["releases"].append(raw["plugins"][0]["releases"][0]),
    "a version twice in two spellings": lambda raw: raw["plugins"][0]["releases"].append(
        {**raw["plugins"][0]["releases"][0], "version": "1.16.1.0"}
    ),
    "the core as a plugin": lambda raw: raw.update(core="flytekitplugins-spark"),
    "a short name that is the name of another plugin": lambda raw: raw["plugins"].append(
        {**raw["plugins"][0], "name": "a", "short": "flytekitplugins-spark", "page": "plugins/a/", "releases": []}
    ),
    "a contact with credentials": in_plugin(maintainers=[{"name": "A", "contact": "https://me:secret@a.example/"}]),
    "a query that ends like the wheel": in_file(url=f"https://files.example/other.whl?/{WHEEL}"),
    "a module that is code": in_release(import_names=["os; import x"]),
    "a marker that is nested deeply": in_release(requires=[f"x; {'(' * 900}"]),
    "deep nesting": lambda raw: raw.update(later=json.loads("[" * 30 + "]" * 30)),
}  # fmt: skip


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_hostile_documents_are_refused_here_and_by_the_client(change: Callable[[Any], object]):
    with pytest.raises(DocumentError, match=r"^official\.json is not a valid document: ") as caught:
        decode(change)
    assert caught.value.message.isprintable()
    raw = json.loads(DOCUMENT)
    change(raw)
    with pytest.raises(RejectedError) as refused:
        decode_tier(json.dumps(raw).encode(), "official.json", "https://a.example/")
    assert refused.value.message.isprintable()


@pytest.mark.parametrize(
    "data",
    [
        b'{"schema": 1, "schema": 1}',
        b"[" * 200_000,
        b'{"a": NaN}',
        b'{"a": ' + b"1" * 5000 + b"}",
        b"\xff",
        b"",
        b"[]",
        b"null",
        b" " * (LARGEST_DOCUMENT + 1),
    ],
    ids=["duplicate", "deep", "NaN", "digits", "bytes", "empty", "array", "null", "size"],
)
@pytest.mark.parametrize("form", [RootDocument, TierDocument, StatusDocument], ids=lambda form: form.__name__)
def test_data_that_is_not_a_document_is_refused(data: bytes, form: Any):
    with pytest.raises(DocumentError, match=r"^x\.json is not a valid document: "):
        decode_document(data, form, "x.json")


def test_local_files_are_accepted_in_a_local_index():
    document = decode(in_file(url=f"file:///tmp/{WHEEL}"), local=True)
    assert document.plugins[0].releases[0].files[0].name == WHEEL


def test_an_index_cannot_have_the_name_of_a_tier():
    raw = json.loads(encode_document(ROOT))
    raw["indexes"] = [{"name": "official", "url": "https://acme.example/"}]
    with pytest.raises(DocumentError, match="'official' appears twice"):
        decode_document(json.dumps(raw).encode(), RootDocument, "index.json")


def test_an_index_cannot_have_two_default_tiers():
    raw = json.loads(encode_document(ROOT))
    raw["tiers"].append({"name": "other", "default": True})
    with pytest.raises(DocumentError, match="more than one tier is the default"):
        decode_document(json.dumps(raw).encode(), RootDocument, "index.json")
