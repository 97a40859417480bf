"""Verify that a repository's workflow signed a plugin index: the Sigstore bundle next to ``index.json``.

The root document contains the hashes of all other documents, so its signature covers them.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from commonhold_plugins.errors import RejectedError, UnavailableError, WrongUsageError
from commonhold_plugins.text import quoted

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from sigstore.models import Bundle
    from sigstore.verify import Verifier

BUNDLE = "index/v1/index.json.sigstore.json"
"""The path of the bundle, below the base URL."""

WORKFLOW = "plugin-index.yml"
"""The workflow that signs: it is the only one that writes the plugin index."""

_GITHUB = "https://github.com"
_ISSUER = "https://token.actions.githubusercontent.com"
_STATEMENT = "application/vnd.in-toto+json"
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")
_PAGES = ".github.io"
_REFERENCE = re.compile(r"refs/(?:tags/.+|heads/(?:main|master))")


@dataclass(frozen=True)
class SignerIdentity:
    """The workflow of a repository on GitHub that must have signed; ``repository`` is ``OWNER/NAME``."""

    repository: str
    workflow: str = WORKFLOW

    def __post_init__(self) -> None:
        if not _REPOSITORY.fullmatch(self.repository):
            raise WrongUsageError(f"{quoted(self.repository)} is not a repository on GitHub, such as octo/plugins")

    def problem(self, workflow: str, source: str) -> str | None:
        """Return why a certificate belongs to another signer, or ``None``.

        ``workflow`` is the workflow that ran. ``source`` is the repository that started it: any repository can call the
        workflow of another one, but only the repository itself may sign its plugin index.
        """
        expected = f"{_GITHUB}/{self.repository}/.github/workflows/{self.workflow}"
        path, _, reference = workflow.partition("@")
        if path.casefold() != expected.casefold():
            return f"it is signed by {quoted(workflow)}, not by {expected}"
        if not _REFERENCE.fullmatch(reference):
            return f"it is signed by a workflow of {quoted(reference)}, which is neither the main branch nor a tag"
        if source.casefold() != f"{_GITHUB}/{self.repository}".casefold():
            return f"it is signed in the repository {quoted(source)}, not in {_GITHUB}/{self.repository}"
        return None


def default_signer(root: str) -> SignerIdentity:
    """Return the signer of a plugin index on GitHub Pages. Raises ``WrongUsageError`` for other addresses."""
    parts = urlsplit(root)
    host = parts.hostname or ""
    name = parts.path.strip("/").split("/")[0]
    if parts.scheme != "https" or not host.endswith(_PAGES):
        raise WrongUsageError(
            "the repository that signs this plugin index is not known, because it is not on GitHub Pages",
            hint="Name the repository with: {command} update --verify=OWNER/REPOSITORY",
        )
    return SignerIdentity(f"{host.removesuffix(_PAGES)}/{name or host}")


def require_sigstore() -> None:
    """Raise ``WrongUsageError`` if the package sigstore, which verifies signatures, is not installed."""
    if find_spec("sigstore") is None:
        raise WrongUsageError(
            "signatures need the package sigstore, which is not installed",
            hint='Install it: python -m pip install "commonhold-plugins[verify]"',
        )


def verify_document(document: bytes, bundle: bytes, identity: SignerIdentity, verifier: Verifier | None = None) -> None:
    """Verify that the identity signed a document. Raises ``RejectedError`` if it did not.

    The bundle is an attestation of GitHub's ``actions/attest``, or a signature of the bytes themselves. The roots of
    trust are those of the public Sigstore instance; ``verifier`` replaces them. Raises ``WrongUsageError`` if the
    package sigstore is not installed, and ``UnavailableError`` if the roots of trust cannot be updated.
    """
    require_sigstore()
    from sigstore.errors import Error, TUFError
    from sigstore.errors import VerificationError as InvalidSignatureError
    from sigstore.models import Bundle, InvalidBundle
    from sigstore.verify import Verifier as SigstoreVerifier

    try:
        read = Bundle.from_json(bundle)
        _verify(document, read, verifier or SigstoreVerifier.production(), _Policy(identity))
    except InvalidSignatureError as error:
        raise RejectedError(
            f"the signature of the plugin index is not valid: {quoted(str(error), 400)[1:-1]}"
        ) from error
    except TUFError as error:
        raise UnavailableError("the roots of trust of Sigstore cannot be updated", hint="Try again later.") from error
    except (InvalidBundle, Error, ValueError, KeyError, TypeError) as error:
        raise RejectedError(f"the signature of the plugin index cannot be read: {type(error).__name__}") from error


def _verify(document: bytes, bundle: Bundle, verifier: Verifier, policy: Any) -> None:
    from sigstore.errors import VerificationError

    if "dsseEnvelope" not in json.loads(bundle.to_json()):
        verifier.verify_artifact(document, bundle, policy)
        return
    kind, payload = verifier.verify_dsse(bundle, policy)
    if kind != _STATEMENT:
        raise VerificationError(f"it is of the kind {kind}")
    digest = hashlib.sha256(document).hexdigest()
    subjects = json.loads(payload)["subject"]
    if all(subject["digest"].get("sha256") != digest for subject in subjects):
        raise VerificationError("it is the signature of another document")


class _Policy:
    """Compares the certificate of a signature with the expected signer, as sigstore's policies do."""

    def __init__(self, identity: SignerIdentity) -> None:
        self._identity = identity

    def verify(self, cert: Certificate) -> None:
        from cryptography.x509 import ExtensionNotFound, SubjectAlternativeName, UniformResourceIdentifier
        from sigstore.errors import VerificationError
        from sigstore.verify import policy

        policy.OIDCIssuer(_ISSUER).verify(cert)
        try:
            names = cert.extensions.get_extension_for_class(SubjectAlternativeName).value
            source: Any = cert.extensions.get_extension_for_oid(policy.OIDCSourceRepositoryURI.oid).value
        except ExtensionNotFound as error:
            raise VerificationError("its certificate is not that of a workflow") from error
        workflows = names.get_values_for_type(UniformResourceIdentifier)
        problem = self._identity.problem(workflows[0] if len(workflows) == 1 else "", _text(source.value))
        if problem is not None:
            raise VerificationError(problem)


def _text(value: bytes) -> str:
    """Decode a short UTF8String in DER."""
    length = value[1] if len(value) > 1 else -1
    start = 2 if length < 0x80 else 3
    if value[:1] != b"\x0c" or length > 0x81 or len(value) != start + value[start - 1]:
        raise ValueError("the extension is not a text")
    return value[start:].decode()
