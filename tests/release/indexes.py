"""Start real index servers on loopback: devpi and pypiserver, in environments that uv caches."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from base64 import b64encode
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from commonhold.index.addresses import Address
from commonhold.index.client import IndexClient
from tests.support.processes import LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USER, PASSWORD = "releaser", "pypi-AgEIcHlwaS5vcmc-not-to-be-seen"


@dataclass(frozen=True)
class Server:
    """A running index: its address, and the user who may upload."""

    base: str
    address: Address
    user: str = USER
    password: str = PASSWORD

    def files(self, project: str) -> dict[str, str | None]:
        """The files of a project with the hashes that the index lists."""
        return {file.name: file.sha256 for file in IndexClient(self.address).files(project) or ()}

    def environ(self) -> dict[str, str]:
        return {"TWINE_USERNAME": self.user, "TWINE_PASSWORD": self.password}

    def behind(self, base: str) -> Address:
        """The address of the same index through a proxy."""
        return Address(*(part.replace(self.base, base) for part in astuple(self.address)))


def python_with(requirement: str, *others: str) -> str:
    """A Python with the given packages; uv caches its environment."""
    uv = shutil.which("uv")
    assert uv is not None, "these tests need uv"
    probe = "import sys; print(sys.executable)"
    words = [uv, "tool", "run", "--quiet", "--python", "3.11", "--from", requirement]
    words += [*(word for other in others for word in ("--with", other)), "python", "-c", probe]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(words: list[str], log: Path, address: str, seconds: float = LIMIT) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the end of the block."""
    with log.open("ab") as sink:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)
    try:
        _await(process, address, log, seconds)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(process: subprocess.Popen[bytes], address: str, log: Path, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text(errors="replace")[-2000:]
        with contextlib.suppress(OSError):
            try:
                urllib.request.urlopen(address, timeout=5).close()
            except urllib.error.HTTPError as error:
                error.close()
            return
        time.sleep(0.05)
    raise AssertionError(f"{address} does not respond: {log.read_text(errors='replace')[-2000:]}")


@contextlib.contextmanager
def pypiserver(folder: Path) -> Iterator[Server]:
    """Run pypiserver: quick to start, HTML only; it reports "already exists" even for identical files."""
    packages = folder / "packages"
    packages.mkdir(parents=True)
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    # Its own server handles one request at a time, so one incomplete request would block all others.
    serve = (
        "import sys, pypiserver, waitress; _, folder, port = sys.argv; app = pypiserver.app("
        "roots=[folder], authenticate=[], password_file='.', disable_fallback=True); "
        "waitress.serve(app, host='127.0.0.1', port=int(port))"
    )
    words = [python_with("pypiserver", "waitress"), "-c", serve, str(packages), str(port)]
    with running(words, folder / "pypiserver.log", f"{base}/simple/"):
        yield Server(base, Address(f"{base}/", f"{base}/simple/"))


@dataclass(frozen=True)
class Devpi:
    """A devpi server, on which tests create indexes."""

    base: str
    login: str

    def make_index(self, name: str, *, volatile: bool = False) -> Server:
        body = {"type": "stage", "bases": [], "volatile": volatile}
        _call("PUT", f"{self.base}/{USER}/{name}", body, self.login)
        base = f"{self.base}/{USER}/{name}"
        return Server(self.base, Address(f"{base}/", f"{base}/+simple/"))


@contextlib.contextmanager
def devpi(folder: Path) -> Iterator[Devpi]:
    """Run devpi: PEP 691, 200 for identical files, 409 for different ones. It is the most similar to PyPI."""
    python = python_with("devpi-server")
    folder.mkdir(parents=True, exist_ok=True)
    serverdir = folder / "devpi"
    init = os.path.join(os.path.dirname(python), "devpi-init")
    # Without --no-root-pypi it would mirror the public index.
    subprocess.run([init, "--no-root-pypi", "--serverdir", serverdir], check=True, capture_output=True)
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    serve = [os.path.join(os.path.dirname(python), "devpi-server"), "--serverdir", str(serverdir)]
    with running([*serve, "--host", "127.0.0.1", "--port", str(port)], folder / "devpi.log", f"{base}/+api"):
        _call("PUT", f"{base}/{USER}", {"password": PASSWORD})
        token = _call("POST", f"{base}/+login", {"user": USER, "password": PASSWORD})["result"]["password"]
        yield Devpi(base, b64encode(f"{USER}:{token}".encode()).decode())


def _call(method: str, address: str, body: object, login: str | None = None):
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if login is not None:
        headers["X-Devpi-Auth"] = login
    request = urllib.request.Request(address, json.dumps(body).encode(), headers, method=method)
    with urllib.request.urlopen(request, timeout=LIMIT) as answer:
        return json.load(answer)
