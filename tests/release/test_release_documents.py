"""release.json, the SBOM and the rollback sheet of a release."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from commonhold.index.addresses import Address, find_index
from commonhold.release.model.journal_events import Conflict, Tagged, Uploaded
from commonhold.release.model.store import make_store
from commonhold.release.report.release_document import dump_document, release_document, without_secrets
from commonhold.release.report.rollback import manage_link, rollback_sheet
from commonhold.release.report.sbom import bill_of_materials
from tests.release.sample_repo import SampleRepo, make_sample_repo

ROOT = Path(__file__).parents[2]


@pytest.fixture
def sample(tmp_path: Path) -> SampleRepo:
    """x-c is uploaded; the index has a different file of x-a; x-b is held back."""
    sample = make_sample_repo(tmp_path, held={"x-b": "release = false"})
    sample.upload("x-c")
    (file,) = sample.build("x-a")
    sample.journal(Conflict(plugin="x-a", file=file.name, ours=file.sha256, theirs="0" * 64))
    return sample


def test_the_document_lists_each_file_with_its_hash_and_upload_state(sample: SampleRepo):
    sample.journal(Tagged(tag="v1.17.0", commit=sample.plan.commit))
    document = json.loads(dump_document(release_document(sample.store)))
    uploaded, stopped, held = document.pop("plugins")
    artifact = sample.state().plugins["x-c"].files[0]
    assert document == {
        "schema": 1,
        "version": "1.17.0",
        "commit": sample.plan.commit,
        "core": "core",
        "index": "http://127.0.0.1:1/upload/",
        "complete": False,
        "aborted": None,
        "tags": {"v1.17.0": sample.plan.commit},
    }
    assert uploaded["files"] == [{"name": artifact.name, "sha256": artifact.sha256, "size": artifact.size, "up": True}]
    assert (uploaded["state"], uploaded["up"], uploaded["why"]) == ("verified", True, None)
    assert (stopped["up"], stopped["files"][0]["up"], stopped["needs"]) == (False, False, ["x-c"])
    assert "0" * 64 in stopped["why"]
    assert (held["state"], held["why"], held["files"]) == ("held", "release = false", [])


def test_the_document_matches_its_published_schema(sample: SampleRepo):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((ROOT / "docs/reference/schemas/release.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(json.loads(dump_document(release_document(sample.store))))


def test_documents_contain_no_password():
    assert without_secrets("https://me:secret@example.com:8/simple/") == "https://example.com:8/simple/"
    assert without_secrets("pypi") == "pypi"


def test_the_sbom_is_valid_and_reproducible(sample: SampleRepo):
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    text = bill_of_materials(sample.store, sample.state())
    assert text == bill_of_materials(sample.store, sample.state())
    document = json.loads(text)
    (component,) = document["components"]
    artifact = sample.state().plugins["x-c"].files[0]
    assert component["purl"] == "pkg:pypi/x-c@1.17.0"
    assert component["components"][0]["hashes"] == [{"alg": "SHA-256", "content": artifact.sha256}]
    assert JsonStrictValidator is not None
    assert document["specVersion"] == SchemaVersion.V1_6.to_version()


@pytest.mark.parametrize(
    ("headers", "licences"),
    [
        ({"License_Expression": "Apache-2.0"}, [{"license": {"id": "Apache-2.0"}}]),
        ({"License_Expression": "MIT OR Apache-2.0"}, [{"expression": "MIT OR Apache-2.0"}]),
        ({"Classifier": "License :: OSI Approved :: MIT License"}, [{"license": {"name": "MIT License"}}]),
        ({"Classifier": "License :: OSI Approved"}, None),
        ({"License": "MIT"}, [{"license": {"id": "MIT"}}]),
        ({"License": "My own"}, [{"license": {"name": "My own"}}]),
        ({"License": "x" * 101}, None),
        ({"License": "UNKNOWN"}, None),
        ({}, None),
    ],
)
def test_the_sbom_contains_licences_and_hashes(tmp_path: Path, headers: dict[str, str], licences: object):
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    sample = make_sample_repo(tmp_path)
    (artifact,) = sample.upload("x-c", verified=True, **headers)
    text = bill_of_materials(sample.store, sample.state()).decode()
    (component,) = json.loads(text)["components"]
    for each in component.get("licenses", ()):
        each.get("license", each).pop("acknowledgement", None)
    assert component.get("licenses") == licences
    assert component["hashes"] == [{"alg": "SHA-256", "content": artifact.sha256}]
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_the_sbom_contains_the_dependencies(tmp_path: Path):
    sample = make_sample_repo(tmp_path)
    for name in ("x-c", "x-a"):
        sample.upload(name)
    document = json.loads(bill_of_materials(sample.store, sample.state()))
    needs = {each["ref"]: each.get("dependsOn", []) for each in document["dependencies"]}
    assert needs["pkg:pypi/x-a@1.17.0"] == ["pkg:pypi/x-c@1.17.0"]
    assert needs["release"] == ["pkg:pypi/x-a@1.17.0", "pkg:pypi/x-c@1.17.0"]


def test_dependents_are_yanked_before_their_dependencies(tmp_path: Path):
    sample = make_sample_repo(tmp_path)
    files = {name: sample.upload(name)[0] for name in ("x-c", "x-a")}
    text = rollback_sheet(sample.plan, sample.state())
    places = [text.index(files[name].sha256) for name in ("x-a", "x-c")]
    assert places == sorted(places)
    assert "x-b" not in text
    assert "(<http://127.0.0.1:1/upload/simple/x-a/>)" in text
    assert "<code>1.17.1</code>" in text
    assert "<code>commonhold release run 1.17.0 --only x-c --ref REV --to http://127.0.0.1:1/upload/</code>" in text


@pytest.mark.parametrize(("version", "post"), [("1.17.0rc1", "1.17.0rc1.post1"), ("1.17.0.dev3", None)])
def test_a_development_release_has_no_hotfix(tmp_path: Path, version: str, post: str | None):
    sample = make_sample_repo(tmp_path)
    plugin = msgspec.structs.replace(sample.plan.plugin("x-a"), version=version, needs=())
    plan = msgspec.structs.replace(sample.plan, version=version, plugins=(plugin,))
    sample = replace(sample, store=make_store(str(tmp_path / "other"), plan))
    sample.upload("x-a")
    text = rollback_sheet(plan, sample.state())
    assert ("x-a alone" in text) == (post is not None)
    assert post is None or f"x-a alone: <code>{post}</code>" in text


def test_a_plugin_with_one_uploaded_file_is_on_the_rollback_sheet(tmp_path: Path):
    sample = make_sample_repo(tmp_path)
    (file,) = sample.build("x-a")
    sample.journal(Uploaded(plugin="x-a", file="other.tar.gz", sha256="1" * 64))
    assert "nothing to yank" in rollback_sheet(sample.plan, sample.state())
    sample.journal(Uploaded(plugin="x-a", file=file.name, sha256=file.sha256))
    assert file.name.replace("_", "&#95;") in rollback_sheet(sample.plan, sample.state())


@pytest.mark.parametrize("index", ["pypi", "testpypi"])
def test_the_link_of_a_warehouse_is_its_management_page(index: str):
    host = find_index(index).simple.removesuffix("/simple/")
    assert manage_link(find_index(index), "x-a", "1!1.0") == f"{host}/manage/project/x-a/release/1%211.0/"


def test_a_link_contains_no_password():
    address = Address("https://me:secret@127.0.0.1/up/", "https://me:secret@127.0.0.1/read/")
    link = manage_link(address, "x-a", "1")
    assert link == "https://127.0.0.1/read/x-a/"
