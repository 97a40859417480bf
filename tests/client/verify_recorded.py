"""Verify signatures of the public Sigstore instance that were recorded: run by a Python that has sigstore.

The argument is the sdist of pypi-attestations, whose tests contain an earlier sdist with its attestations.
"""

from __future__ import annotations

import json
import sys
import tarfile

from pypi_attestations import Attestation
from sigstore.verify import Verifier

from commonhold_plugins.errors import ClientError
from commonhold_plugins.signatures import SignerIdentity, verify_document

SIGNED = "pypi_attestations-0.0.19.tar.gz"
OURS = SignerIdentity("trailofbits/pypi-attestations", "release.yml")


def main(sdist: str) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.rpartition("/")[2]: name for name in archive.getnames() if "/test/assets/" in name}
        files = {}
        for name in (SIGNED, f"{SIGNED}.publish.attestation", f"{SIGNED}.slsa.attestation"):
            member = archive.extractfile(names[name])
            assert member is not None
            files[name] = member.read()
    document = files.pop(SIGNED)
    verifier = Verifier.production(offline=True)
    bundles = {
        name.split(".")[-2]: Attestation.model_validate_json(data).to_bundle().to_json().encode()
        for name, data in files.items()
    }

    def outcome(signed: bytes, bundle: bytes, identity: SignerIdentity = OURS) -> str:
        try:
            verify_document(signed, bundle, identity, verifier)
        except ClientError as error:
            return f"{type(error).__name__}: {error.message}"
        return "verified"

    bundle = bundles["publish"]
    changed = json.loads(bundle)
    changed["dsseEnvelope"]["payload"] = "e30="
    outcomes = {
        **{name: outcome(document, data) for name, data in bundles.items()},
        "other document": outcome(b"{}", bundle),
        "other repository": outcome(document, bundle, SignerIdentity("octo/plugins", "release.yml")),
        "other workflow": outcome(document, bundle, SignerIdentity(OURS.repository)),
        "changed payload": outcome(document, json.dumps(changed).encode()),
        "no bundle": outcome(document, b"{}"),
        "no JSON": outcome(document, b"\xff[[["),
        "deep JSON": outcome(document, b"[" * 100_000),
    }
    print(json.dumps(outcomes))  # noqa: T201 - read by the test


if __name__ == "__main__":
    main(sys.argv[1])
