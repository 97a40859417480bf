"""Who we are to an index: a token, the keyring, or trusted publishing. Found once, and never written anywhere."""

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

LIFE = 900.0
"""Seconds that PyPI honours a token that it minted for a trusted publisher, unless it says less."""

RENEWAL = 300.0
"""A token is replaced when it has fewer seconds left: an upload that begins with it may take long."""

SECONDS = 30.0
"""How long each answer on the way to a token may take."""

LONGEST_ANSWER = 2**20
"""What mints tokens answers with fewer bytes."""

USER = "__token__"
"""The user name that goes with a token."""


class CredentialsError(CommonholdError):
    """The index was asked to trust us, and does not."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """How requests are signed. It prints as what it is, never as what it holds."""

    auth: AuthBase | None
    kind: str
    secrets: Callable[[], tuple[str, ...]] = tuple

    def redact(self, text: str) -> str:
        """A text that an index sent, without what it may have repeated."""
        for secret in self.secrets():
            text = text.replace(secret, "[secret]") if secret else text
        return text

    def __repr__(self) -> str:
        return f"Credentials({self.kind})"


def find_credentials(upload: str, environ: Mapping[str, str]) -> Credentials:
    """Who we are to the index that takes files at ``upload``. Asks nobody at the terminal.

    In this order: ``TWINE_USERNAME`` and ``TWINE_PASSWORD`` (the user is ``__token__`` if only the password is set),
    trusted publishing where GitHub Actions offers it and the index is PyPI or TestPyPI, the keyring,
    ``~/.pypirc``, and ``~/.netrc``. An index on this machine may be given nothing. Raises ``UsageError`` when there
    is nothing for any other.
    """
    quiet_twine()
    password = environ.get("TWINE_PASSWORD")
    if password:
        return _basic(environ.get("TWINE_USERNAME") or USER, password, "a password of the environment")
    if environ.get("ACTIONS_ID_TOKEN_REQUEST_URL") and _is_of_pypi(upload):
        return trusted(upload)
    stored = _stored(upload, environ.get("TWINE_USERNAME"))
    if stored is not None:
        return stored
    from requests.utils import get_netrc_auth

    # requests would send it by itself, and it could not be kept out of what is told.
    known = get_netrc_auth(upload)
    if known is not None:
        return _basic(*known, "a password of ~/.netrc")
    if _is_local(upload):
        return Credentials(None, "nothing")
    raise UsageError(
        "there is no token for the index",
        hint="Set TWINE_PASSWORD, store one with keyring, or publish in GitHub Actions (permissions: id-token: write).",
    )


def quiet_twine() -> None:
    """Keep twine from telling what it does, on stdout and by logging: the reporter does, and knows more."""
    import rich

    rich.reconfigure(quiet=True)
    logger = logging.getLogger("twine")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False


def _is_of_pypi(upload: str) -> bool:
    """Whether an index may learn who we are: another could name PyPI's audience, and upload there in our name."""
    from twine.utils import DEFAULT_REPOSITORY, TEST_REPOSITORY

    return upload in (DEFAULT_REPOSITORY, TEST_REPOSITORY)


def trusted(upload: str, clock: Callable[[], float] = time.monotonic) -> Credentials:
    """Trusted publishing (OpenID Connect): short-lived tokens, each minted when the one before nears its end."""
    from requests.auth import AuthBase, HTTPBasicAuth

    token = _Token(upload, clock)

    class Minting(AuthBase):
        def __call__(self, request: PreparedRequest) -> PreparedRequest:
            signed: PreparedRequest = HTTPBasicAuth(USER, token.current())(request)
            return signed

    return Credentials(Minting(), "trusted publishing", token.all)


class _Token:
    def __init__(self, upload: str, clock: Callable[[], float]) -> None:
        self._upload = upload
        # Not the time of day: it may jump.
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: list[str] = []
        self._ends = 0.0

    def all(self) -> tuple[str, ...]:
        return tuple(self._tokens)

    def current(self) -> str:
        with self._lock:
            if not self._tokens or self._clock() + RENEWAL > self._ends:
                begun = self._clock()
                token, life = _mint(self._upload)
                self._tokens.append(token)
                self._ends = begun + life
            return self._tokens[-1]


def _mint(upload: str) -> tuple[str, float]:
    """A token for the projects that trust this workflow, and its life: exchanged for what GitHub says of us."""
    from urllib.parse import urlsplit

    import requests
    from id import GitHubOidcPermissionCredentialError, IdentityError, detect_credential

    from commonhold.effects.http import BoundedAdapter, mount_adapter, with_deadline

    base = f"https://{urlsplit(upload).netloc}/_/oidc"
    try:
        with requests.Session() as session:
            mount_adapter(session, BoundedAdapter(SECONDS, LONGEST_ANSWER))
            audience = session.get(f"{base}/audience")
            audience.raise_for_status()
            identity = with_deadline(SECONDS, lambda: detect_credential(str(audience.json()["audience"])))
            answer = session.post(f"{base}/mint-token", json={"token": identity})
        document = answer.json()
    except GitHubOidcPermissionCredentialError:
        raise CredentialsError(
            "GitHub Actions gives this job no identity", hint="The job needs `permissions: id-token: write`."
        ) from None
    except IdentityError:
        raise ToolError("GitHub Actions does not answer who this job is") from None
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        # Their texts hold what was sent.
        raise ToolError(f"the index mints no token: {type(error).__name__}") from None
    if answer.ok and isinstance(document, dict) and isinstance(document.get("token"), str):
        return document["token"], _life(document.get("expires"))
    raise CredentialsError(
        f"the index trusts no publisher like this workflow: {_reasons(document)}",
        hint="Register the repository, the workflow's file and the environment with each project on the index.",
    )


def _life(expires: object) -> float:
    """Seconds until a time of day, where an index tells one that can be: this machine's clock may be wrong."""
    left = expires - int(time.time()) if isinstance(expires, int) else LIFE
    return left if 0 < left < LIFE else LIFE


def _reasons(document: object) -> str:
    errors = document.get("errors") if isinstance(document, dict) else None
    codes = [str(error.get("code")) for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    return ", ".join(codes) or "it gives no reason"


def _stored(upload: str, user: str | None) -> Credentials | None:
    """What the keyring or ``~/.pypirc`` holds for an index, as twine finds it."""
    from twine.auth import CredentialInput, Private
    from twine.exceptions import TwineException
    from twine.utils import DEFAULT_CONFIG_FILE, get_config, get_repository_from_config

    try:
        configured = [entry for entry in get_config(DEFAULT_CONFIG_FILE).values() if _same(entry, upload)]
        config = configured[0] if configured else get_repository_from_config(DEFAULT_CONFIG_FILE, "", upload)
        resolver = Private(config, CredentialInput(user))
        name = resolver.username
        password = config.get("password") or resolver.get_password_from_keyring()
    except (TwineException, OSError):
        return None
    except Exception as error:  # noqa: BLE001 - a malformed ~/.pypirc fails as its parser likes, and quotes lines
        raise UsageError(f"~/.pypirc cannot be read: {type(error).__name__}", hint="Correct it.") from None
    return _basic(name, password, "a stored password") if name and password else None


def _same(entry: Mapping[str, str | None], upload: str) -> bool:
    return (entry.get("repository") or "").rstrip("/") == upload.rstrip("/")


def _basic(user: str, password: str, kind: str) -> Credentials:
    from base64 import b64encode

    from requests.auth import HTTPBasicAuth

    sent = b64encode(f"{user}:{password}".encode()).decode()
    return Credentials(HTTPBasicAuth(user.encode(), password.encode()), kind, lambda: (password, sent))


def _is_local(upload: str) -> bool:
    from ipaddress import ip_address
    from urllib.parse import urlsplit

    host = urlsplit(upload).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
