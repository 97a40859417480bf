"""Find the credentials for an index: a token, the keyring, or trusted publishing.

Credentials are never written to disk.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.errors import CommonholdError, ToolError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from requests import PreparedRequest
    from requests.auth import AuthBase

TOKEN_SECONDS = 900.0
"""Default and maximum lifetime, in seconds, of a token that PyPI issues to a trusted publisher."""

RENEWAL_SECONDS = 300.0
"""Minimum remaining lifetime of a token, in seconds; an older token is replaced, because an upload may take long."""

EXCHANGE_SECONDS = 30.0
"""Time limit, in seconds, for each request of a token exchange."""

MAX_RESPONSE_BYTES = 2**20
"""Size limit for each response of a token exchange."""

USER = "__token__"
"""The user name for token authentication."""


class CredentialsError(CommonholdError):
    """The index or GitHub does not issue a token to this workflow."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Credentials for uploads. ``repr`` shows only their kind, to keep secrets out of logs."""

    auth: AuthBase | None
    kind: str
    secrets: Callable[[], tuple[str, ...]] = tuple

    def redact(self, text: str) -> str:
        """Remove secrets from an index's response, because the index may quote the request."""
        for secret in self.secrets():
            text = text.replace(secret, "[secret]") if secret else text
        return text

    def __repr__(self) -> str:
        return f"Credentials({self.kind})"


def find_credentials(upload: str, environ: Mapping[str, str]) -> Credentials:
    """Find the credentials for the index with this upload address. Never prompts.

    The sources, in order: ``TWINE_USERNAME`` and ``TWINE_PASSWORD`` (the default user is ``__token__``), trusted
    publishing in GitHub Actions if the index is PyPI or TestPyPI, ``~/.pypirc``, the keyring, and ``~/.netrc``. An
    index on this machine may be used without credentials. For any other index, ``UsageError`` is raised if no
    credentials are found.
    """
    quiet_twine()
    password = environ.get("TWINE_PASSWORD")
    if password:
        return _basic(environ.get("TWINE_USERNAME") or USER, password, "a password from the environment")
    if environ.get("ACTIONS_ID_TOKEN_REQUEST_URL") and _is_pypi(upload):
        return trusted_publishing(upload)
    stored = _find_stored(upload, environ.get("TWINE_USERNAME"))
    if stored is not None:
        return stored
    from requests.utils import get_netrc_auth

    # Without this, requests would send the password on its own, and redact() would not recognize it.
    netrc = get_netrc_auth(upload)
    if netrc is not None:
        return _basic(*netrc, "a password from ~/.netrc")
    if _is_local(upload):
        return Credentials(None, "nothing")
    raise UsageError(
        "there is no token for the index",
        hint="Set TWINE_PASSWORD, store one with keyring, or publish in GitHub Actions (permissions: id-token: write).",
    )


def quiet_twine() -> None:
    """Turn off twine's output on stdout and its logging: the reporter prints the progress."""
    import rich

    rich.reconfigure(quiet=True)
    logger = logging.getLogger("twine")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False


def _is_pypi(upload: str) -> bool:
    """Return whether the address is PyPI or TestPyPI.

    No other index may get an identity token: it could request PyPI's audience, and upload to PyPI as this workflow.
    """
    from twine.utils import DEFAULT_REPOSITORY, TEST_REPOSITORY

    return upload in (DEFAULT_REPOSITORY, TEST_REPOSITORY)


def trusted_publishing(upload: str, clock: Callable[[], float] = time.monotonic) -> Credentials:
    """Return credentials for trusted publishing (OpenID Connect): tokens that are replaced before they expire."""
    from requests.auth import AuthBase, HTTPBasicAuth

    token = _Token(upload, clock)

    class TokenAuth(AuthBase):
        def __call__(self, request: PreparedRequest) -> PreparedRequest:
            signed: PreparedRequest = HTTPBasicAuth(USER, token.current())(request)
            return signed

    return Credentials(TokenAuth(), "trusted publishing", token.all)


class _Token:
    def __init__(self, upload: str, clock: Callable[[], float]) -> None:
        self._upload = upload
        # A monotonic clock is used, because the system time may be adjusted.
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: list[str] = []
        self._expires = 0.0

    def all(self) -> tuple[str, ...]:
        return tuple(self._tokens)

    def current(self) -> str:
        with self._lock:
            if not self._tokens or self._clock() + RENEWAL_SECONDS > self._expires:
                # The lifetime is counted from before the request, so that a slow response cannot extend it.
                started = self._clock()
                token, seconds = _exchange_identity(self._upload)
                self._tokens.append(token)
                self._expires = started + seconds
            return self._tokens[-1]


def _exchange_identity(upload: str) -> tuple[str, float]:
    """Exchange GitHub's identity token for an upload token; return the upload token and its lifetime in seconds."""
    from urllib.parse import urlsplit

    import requests
    from id import GitHubOidcPermissionCredentialError, IdentityError, detect_credential

    from commonhold.effects.http import BoundedAdapter, mount_adapter, with_deadline

    base = f"https://{urlsplit(upload).netloc}/_/oidc"
    try:
        with requests.Session() as session:
            mount_adapter(session, BoundedAdapter(EXCHANGE_SECONDS, MAX_RESPONSE_BYTES))
            audience = session.get(f"{base}/audience")
            audience.raise_for_status()
            identity = with_deadline(EXCHANGE_SECONDS, lambda: detect_credential(str(audience.json()["audience"])))
            answer = session.post(f"{base}/mint-token", json={"token": identity})
        document = answer.json()
    except GitHubOidcPermissionCredentialError:
        raise CredentialsError(
            "GitHub Actions issues no identity token to this job", hint="Add `permissions: id-token: write` to the job."
        ) from None
    except IdentityError:
        raise ToolError("GitHub Actions did not respond to the request for an identity token") from None
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        # Only the error's type is shown, because its text can contain the request with the identity token.
        raise ToolError(f"could not get an upload token from the index: {type(error).__name__}") from None
    if answer.ok and isinstance(document, dict) and isinstance(document.get("token"), str):
        return document["token"], _lifetime(document.get("expires"))
    raise CredentialsError(
        f"no trusted publisher on the index matches this workflow: {_reasons(document)}",
        hint="Register the repository, the workflow file and the environment as a trusted publisher of each project.",
    )


def _lifetime(expires: object) -> float:
    """Return the seconds until ``expires``, or the default if this is implausible, because a clock may be wrong."""
    left = expires - int(time.time()) if isinstance(expires, int) else TOKEN_SECONDS
    return left if 0 < left < TOKEN_SECONDS else TOKEN_SECONDS


def _reasons(document: object) -> str:
    errors = document.get("errors") if isinstance(document, dict) else None
    codes = [str(error.get("code")) for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    return ", ".join(codes) or "the index did not give a reason"


def _find_stored(upload: str, user: str | None) -> Credentials | None:
    """Return the credentials for an index from ``~/.pypirc`` or the keyring, looked up the way twine does."""
    from twine.auth import CredentialInput, Private
    from twine.exceptions import TwineException
    from twine.utils import DEFAULT_CONFIG_FILE, get_config, get_repository_from_config

    try:
        configured = [entry for entry in get_config(DEFAULT_CONFIG_FILE).values() if _is_same_address(entry, upload)]
        config = configured[0] if configured else get_repository_from_config(DEFAULT_CONFIG_FILE, "", upload)
        resolver = Private(config, CredentialInput(user))
        name = resolver.username
        password = config.get("password") or resolver.get_password_from_keyring()
    except (TwineException, OSError):
        return None
    except Exception as error:  # noqa: BLE001 - the parser of ~/.pypirc raises many types, whose texts quote its lines
        raise UsageError(
            f"~/.pypirc cannot be read: {type(error).__name__}", hint="Correct the file, or set TWINE_PASSWORD."
        ) from None
    return _basic(name, password, "a stored password") if name and password else None


def _is_same_address(entry: Mapping[str, str | None], upload: str) -> bool:
    return (entry.get("repository") or "").rstrip("/") == upload.rstrip("/")


def _basic(user: str, password: str, kind: str) -> Credentials:
    from base64 import b64encode

    from requests.auth import HTTPBasicAuth

    # The header is a secret too, and an index may quote it.
    header = b64encode(f"{user}:{password}".encode()).decode()
    return Credentials(HTTPBasicAuth(user.encode(), password.encode()), kind, lambda: (password, header))


def _is_local(upload: str) -> bool:
    from ipaddress import ip_address
    from urllib.parse import urlsplit

    host = urlsplit(upload).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
