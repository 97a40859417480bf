"""Credentials: tokens, stored passwords, and trusted publishing against a server that issues tokens."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import ssl
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests
from twine.utils import DEFAULT_REPOSITORY, TEST_REPOSITORY

from commonhold.errors import ToolError, UsageError
from commonhold.index.addresses import Address
from commonhold.release.publish import TwineUploader, publish
from commonhold.release.publish import credentials as credentials_module
from commonhold.release.publish.credentials import (
    RENEWAL_SECONDS,
    TOKEN_SECONDS,
    CredentialsError,
    find_credentials,
    trusted_publishing,
)
from tests.release import minimal_artifacts
from tests.support.servers import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

OTHER_INDEX = "https://index.invalid/legacy/"


def signed(credentials) -> str:
    request = requests.Request("POST", OTHER_INDEX, auth=credentials.auth).prepare()
    return request.headers.get("Authorization", "")


def test_the_environment_has_priority():
    credentials = find_credentials(OTHER_INDEX, {"TWINE_PASSWORD": "t", "ACTIONS_ID_TOKEN_REQUEST_URL": "http://x"})
    assert signed(credentials) == "Basic X190b2tlbl9fOnQ="  # __token__:t
    assert credentials.kind == "a password from the environment"
    assert signed(find_credentials(OTHER_INDEX, {"TWINE_USERNAME": "u", "TWINE_PASSWORD": "t"})) == "Basic dTp0"


def test_a_password_is_read_from_pypirc(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    lines = "[distutils]\nindex-servers =\n ours\n[ours]\nrepository = https://index.invalid/legacy\n"
    (tmp_path / ".pypirc").write_text(f"{lines}username = u\npassword = t\n")
    credentials = find_credentials(OTHER_INDEX, {})
    assert (signed(credentials), credentials.kind) == ("Basic dTp0", "a stored password")
    with pytest.raises(UsageError, match="no token"):
        find_credentials("https://another.invalid/", {})


def test_trusted_publishing_is_used_for_pypi_alone(monkeypatch):
    """Another index could request PyPI's audience, and upload there as this workflow."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    offered = {"ACTIONS_ID_TOKEN_REQUEST_URL": "http://127.0.0.1:1/"}
    for address in (DEFAULT_REPOSITORY, TEST_REPOSITORY):
        assert find_credentials(address, offered).kind == "trusted publishing"
    for address in (OTHER_INDEX, DEFAULT_REPOSITORY.replace("https", "http"), f"{DEFAULT_REPOSITORY}../"):
        with pytest.raises(UsageError, match="no token"):
            find_credentials(address, offered)


def test_a_local_index_needs_no_credentials(monkeypatch):
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    for address in ("http://127.0.0.1:1/", "http://localhost:1/", "http://[::1]:1/"):
        credentials = find_credentials(address, {})
        assert (credentials.auth, credentials.kind) == (None, "nothing")


def test_repr_and_redact_hide_the_secret():
    credentials = find_credentials(OTHER_INDEX, {"TWINE_PASSWORD": "hidden"})
    assert "hidden" not in f"{credentials} {credentials!r} {[credentials]} {credentials.auth!r}"
    assert credentials.redact("a hidden b") == "a [secret] b"


def _identity() -> str:
    parts = [{"alg": "none"}, {"aud": "ours", "iat": int(time.time()), "exp": int(time.time()) + 300, "iss": "x"}]
    return ".".join([*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), ""])


IDENTITY = _identity()


class TokenServer(ThreadingHTTPServer):
    """An index with a trusted publisher, or GitHub's identity endpoint; ``issued`` counts the upload tokens."""

    issued = 0
    refuses = False
    pause = 0.0
    expires: object = None
    daemon_threads = True

    def __init__(self, certificate: str | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _TokenHandler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.requests: list[str] = []
        self.uploads: list[str] = []


class _TokenHandler(BaseHTTPRequestHandler):
    server: TokenServer

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        if self.path.startswith("/simple/"):
            self._answer({}, 404)
            return
        self.server.requests.append(self.path)
        self._answer({"audience": "ours"} if self.path == "/_/oidc/audience" else {"value": IDENTITY})

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/legacy/":
            self.server.uploads.append(self.headers["Authorization"])
            self._answer({})
            return
        body = json.loads(sent)
        if self.server.refuses or body != {"token": IDENTITY}:
            self._answer({"errors": [{"code": "invalid-publisher", "description": IDENTITY}]}, 422)
            return
        self.server.issued += 1
        self._answer({"success": True, "token": f"issued-{self.server.issued}", "expires": self.server.expires})

    def _answer(self, document: object, status: int = 200) -> None:
        body = json.dumps(document).encode().ljust(40 if self.server.pause else 0)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            for part in (body[at : at + 1] for at in range(len(body))) if self.server.pause else [body]:
                self.wfile.write(part)
                time.sleep(self.server.pause)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> str:
    """A certificate for 127.0.0.1 and its key, in one file."""
    folder = tmp_path_factory.mktemp("tls")
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    words += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{folder}/key", "-out", f"{folder}/cert"]
    subprocess.run(words, check=True, capture_output=True)
    (folder / "both").write_text((folder / "key").read_text() + (folder / "cert").read_text())
    return str(folder / "both")


@pytest.fixture
def token_server(certificate, monkeypatch) -> Iterator[TokenServer]:
    with serving(TokenServer(certificate)) as index, serving(TokenServer()) as github:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificate)
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", f"http://127.0.0.1:{github.server_port}/id?x=1")
        monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "bearer")
        yield index


def test_a_token_is_reused_and_replaced_before_it_expires(token_server):
    now = [1000.0]
    credentials = trusted_publishing(f"https://127.0.0.1:{token_server.server_port}/legacy/", lambda: now[0])
    first = signed(credentials)
    now[0] += TOKEN_SECONDS - RENEWAL_SECONDS - 1
    assert signed(credentials) == first
    assert token_server.issued == 1
    now[0] += 2
    assert signed(credentials) != first
    assert (token_server.issued, token_server.requests) == (2, ["/_/oidc/audience"] * 2)
    assert credentials.redact("issued-1 issued-2") == "[secret] [secret]"


def test_a_long_release_uploads_with_new_tokens(token_server, tmp_path):
    now = [0.0]
    base = f"https://127.0.0.1:{token_server.server_port}"
    credentials = trusted_publishing(f"{base}/legacy/", lambda: now[0])

    class Slow(TwineUploader):
        """Each upload takes longer than half of a token's lifetime."""

        def upload(self, *arguments, **named):
            answer = super().upload(*arguments, **named)
            now[0] += TOKEN_SECONDS / 2 + 1
            return answer

    store = minimal_artifacts.make(
        tmp_path, minimal_artifacts.plan_of(minimal_artifacts.planned("a"), minimal_artifacts.planned("b", "a"))
    )
    address = Address(f"{base}/legacy/", f"{base}/simple/")
    outcome = publish(store, address, Slow(address.upload, credentials, 30))
    assert outcome.exit_code == 0
    tokens = [base64.b64decode(each.removeprefix("Basic ")).decode() for each in token_server.uploads]
    # Halfway through its lifetime, a token is used for one more file; at the end it is not.
    assert tokens == [f"__token__:issued-{number}" for number in (1, 1, 2, 2)]
    journal = Path(store.journal.path).read_text()
    assert "issued-" not in journal
    assert IDENTITY not in journal


def test_a_token_response_that_trickles_times_out(token_server, monkeypatch):
    monkeypatch.setattr(credentials_module, "EXCHANGE_SECONDS", 2.0)
    token_server.pause = 0.2  # 40 bytes take 8 s, but each one arrives long before the limit
    with pytest.raises(ToolError, match="could not get an upload token from the index: LateError"):
        signed(trusted_publishing(f"https://127.0.0.1:{token_server.server_port}/legacy/"))


def test_a_password_from_netrc_is_redacted(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password hidden\n")
    credentials = find_credentials("http://127.0.0.1:1/", {})
    assert signed(credentials) == "Basic bWU6aGlkZGVu"
    assert credentials.redact("hidden bWU6aGlkZGVu") == "[secret] [secret]"
    assert credentials.kind == "a password from ~/.netrc"


BROKEN_KEYRING = """\
import keyring.backend
class Keyring(keyring.backend.KeyringBackend):
    priority = 1
    def get_password(self, service, username):
        raise RuntimeError("the secret is hidden")
    def set_password(self, *arguments): ...
    def delete_password(self, *arguments): ...
"""


def test_a_broken_keyring_is_ignored_without_output(tmp_path):
    (tmp_path / "broken_keyring.py").write_text(BROKEN_KEYRING)
    words = [sys.executable, "-c", FIND]
    environ = {**os.environ, "HOME": str(tmp_path), "PYTHON_KEYRING_BACKEND": "broken_keyring.Keyring"}
    environ["PYTHONPATH"] = f"{tmp_path}{os.pathsep}{environ.get('PYTHONPATH', '')}"
    done = subprocess.run(words, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "there is no token for the index\n", "")


FIND = f"""\
from commonhold.errors import UsageError
from commonhold.release.publish import find_credentials
try:
    find_credentials({OTHER_INDEX!r}, {{"TWINE_USERNAME": "me"}})
except UsageError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("expires", "issued"),
    [
        (lambda: int(time.time() + RENEWAL_SECONDS + 250), 2),
        (lambda: int(time.time() + 10 * TOKEN_SECONDS), 1),
        (lambda: int(time.time() - 10 * TOKEN_SECONDS), 1),
        (lambda: 10**400, 1),
        (lambda: "soon", 1),
        (lambda: True, 1),
    ],
    ids=["sooner", "later", "past", "huge", "text", "boolean"],
)
def test_a_token_with_a_shorter_lifetime_is_replaced_sooner(token_server, expires, issued):
    token_server.expires = expires()
    now = [0.0]
    credentials = trusted_publishing(f"https://127.0.0.1:{token_server.server_port}/legacy/", lambda: now[0])
    signed(credentials)
    now[0] += TOKEN_SECONDS - RENEWAL_SECONDS - 10
    signed(credentials)
    assert token_server.issued == issued


def test_threads_share_a_token(token_server):
    credentials = trusted_publishing(f"https://127.0.0.1:{token_server.server_port}/legacy/")
    threads = [threading.Thread(target=signed, args=(credentials,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert token_server.issued == 1


def test_an_untrusted_workflow_is_an_error_with_the_index_s_reason(token_server):
    token_server.refuses = True
    with pytest.raises(CredentialsError) as caught:
        signed(trusted_publishing(f"https://127.0.0.1:{token_server.server_port}/legacy/"))
    assert caught.value.message == "no trusted publisher on the index matches this workflow: invalid-publisher"
    assert caught.value.hint == (
        "Register the repository, the workflow file and the environment as a trusted publisher of each project."
    )
    assert IDENTITY not in str(caught.value)


def test_a_job_without_permission_gets_a_hint(token_server, monkeypatch):
    monkeypatch.delenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    with pytest.raises(CredentialsError) as caught:
        signed(trusted_publishing(f"https://127.0.0.1:{token_server.server_port}/legacy/"))
    assert caught.value.message == "GitHub Actions issues no identity token to this job"
    assert caught.value.hint == "Add `permissions: id-token: write` to the job."
