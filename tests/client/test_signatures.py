"""The signature of a plugin index: whose signatures count, and what `update --verify` does with them."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import commonhold_plugins
from commonhold.errors import CommonholdError
from commonhold.index.addresses import read_address
from commonhold.index.client import IndexClient
from commonhold_plugins import signatures
from commonhold_plugins.errors import RejectedError, WrongUsageError
from commonhold_plugins.signatures import BUNDLE, SignerIdentity, default_signer
from tests.release.indexes import python_with

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.client.conftest import Ended
    from tests.support.plugin_indexes import PluginIndex
    from tests.support.plugin_sites import Site

OURS = SignerIdentity("Octo/plugins")
REPOSITORY = "https://github.com/octo/plugins"
WORKFLOW = f"{REPOSITORY}/.github/workflows/plugin-index.yml@refs/heads/main"


def test_the_workflow_of_the_repository_is_the_signer() -> None:
    assert OURS.problem(WORKFLOW, REPOSITORY) is None
    assert OURS.problem(WORKFLOW.replace("heads/main", "tags/v1.16.3"), REPOSITORY) is None


@pytest.mark.parametrize(
    ("workflow", "source"),
    [
        (WORKFLOW.replace("octo/plugins", "evil/plugins"), REPOSITORY.replace("octo", "evil")),
        (WORKFLOW.replace("plugin-index.yml", "ci.yml"), REPOSITORY),
        (WORKFLOW.replace("plugin-index.yml", "plugin-index.yml.yml"), REPOSITORY),
        (WORKFLOW.replace("heads/main", "pull/1/merge"), REPOSITORY),
        (WORKFLOW.replace("heads/main", "heads/anything"), REPOSITORY),
        (WORKFLOW, "https://github.com/evil/caller"),  # it calls our workflow
        (WORKFLOW.replace("https://github.com", "https://evil.example"), REPOSITORY),
        ("octocat@example.com", REPOSITORY),
        ("", ""),
    ],
)
def test_another_signer_is_refused(workflow: str, source: str) -> None:
    assert OURS.problem(workflow, source) is not None


@pytest.mark.parametrize(
    ("root", "repository"),
    [
        ("https://octo.github.io/plugins/", "octo/plugins"),
        ("https://octo.github.io/", "octo/octo.github.io"),
    ],
)
def test_the_signer_of_github_pages_is_known(root: str, repository: str) -> None:
    assert default_signer(root) == SignerIdentity(repository)


@pytest.mark.parametrize("root", ["https://octo.example/plugins/", "file:///srv/mirror/", "http://octo.github.io/x/"])
def test_the_signer_of_another_address_must_be_named(root: str) -> None:
    with pytest.raises(WrongUsageError, match="is not known") as caught:
        default_signer(root)
    assert "--verify=OWNER/REPOSITORY" in (caught.value.hint or "")


@pytest.mark.parametrize("repository", ["octo", "../x", "octo/plugins/x", "-o/x", "octo/pl ugins"])
def test_a_name_that_is_no_repository_is_a_usage_error(repository: str) -> None:
    with pytest.raises(WrongUsageError):
        SignerIdentity(repository)


@pytest.mark.skipif(importlib.util.find_spec("sigstore") is not None, reason="sigstore is installed here")
def test_without_sigstore_the_message_says_how_to_install_it(site: Site, run: Callable[..., Ended]) -> None:
    (site.folder / BUNDLE).write_text("{}")
    assert run("update").code == 0
    ended = run("update", "--verify=octo/plugins")
    assert (ended.code, ended.out) == (2, "")
    assert 'python -m pip install "commonhold-plugins[verify]"' in ended.err


def test_a_plugin_index_without_a_signature_is_refused_and_the_copy_stays(
    site: Site, run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signatures, "require_sigstore", lambda: None)
    assert run("update").code == 0
    ended = run("update", "--verify=octo/plugins")
    assert ended.code == 4
    assert f"is not signed: it has no {BUNDLE}" in ended.err
    assert run("search", "spark").code == 0


def test_the_signature_is_that_of_the_root_document(
    index: PluginIndex, site: Site, run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def verify(document: bytes, bundle: bytes, identity: SignerIdentity) -> None:
        seen.append((document, bundle, identity))
        if b"1.16.9" in document:
            raise RejectedError("the signature of the plugin index is not valid: no")

    monkeypatch.setattr(signatures, "verify_document", verify)
    monkeypatch.setattr(signatures, "require_sigstore", lambda: None)
    (site.folder / BUNDLE).write_text("bundle")
    root = (site.folder / "index/v1/index.json").read_bytes()
    assert run("update", "--verify=octo/plugins").code == 0
    assert run("update", "--verify=octo/plugins").code == 0  # the server says that nothing changed
    assert seen == [(root, b"bundle", SignerIdentity("octo/plugins"))] * 2
    index.series["1.16.9"] = "open"
    index.write()
    ended = run("update", "--verify=octo/plugins")
    assert ended.code == 4
    assert "is not valid: no" in ended.err
    assert run("search", "spark").code == 0


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The results of verifying recorded signatures, in a Python that has sigstore."""
    try:
        python = python_with("sigstore>=4.5", "pypi-attestations==0.0.30")
        client = IndexClient(read_address(None))
        name = "pypi_attestations-0.0.30.tar.gz"
        file = next(each for each in client.files("pypi-attestations") or () if each.name == name)
        data = client.fetch(file, 10**7)
    except (CommonholdError, subprocess.CalledProcessError, StopIteration) as error:
        pytest.skip(f"the recorded signatures cannot be downloaded: {error}")
    assert data is not None
    sdist = tmp_path_factory.mktemp("recorded") / name
    sdist.write_bytes(data)
    path = Path(commonhold_plugins.__file__).parents[1]
    finished = subprocess.run(
        [python, str(Path(__file__).with_name("verify_recorded.py")), str(sdist)],
        env={**os.environ, "PYTHONPATH": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    found: dict[str, str] = json.loads(finished.stdout)
    return found


def test_recorded_signatures_are_verified(recorded: dict[str, str]) -> None:
    assert recorded["publish"] == recorded["slsa"] == "verified"


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("other document", "it is the signature of another document"),
        ("other repository", "not by https://github.com/octo/plugins"),
        ("other workflow", "plugin-index.yml"),
        ("changed payload", "is not valid"),
        ("no bundle", "cannot be read"),
        ("no JSON", "cannot be read"),
        ("deep JSON", "cannot be read"),
    ],
)
def test_other_signatures_are_rejected(recorded: dict[str, str], case: str, message: str) -> None:
    assert recorded[case].startswith("RejectedError: ")
    assert message in recorded[case]
