"""Check the requests of commonhold and the records of the stand-in against GitHub's published OpenAPI description.

``python -m tests.github.contract`` runs the tests that use the stand-in, and keeps one exchange of each form: the same
request and response except for numbers and object ids. Then each is sent through prism, a proxy that validates
requests and responses, and compared with the schemas again (``Description`` says why).
The description and prism come from npm; without npm, nothing is checked and the exit code is 5.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest
import requests

from commonhold.github.transport import Request, Response
from tests.github.description import Description
from tests.release.indexes import free_port
from tests.support.fake_github import REPOSITORY, FakeGitHub
from tests.support.servers import serving

DESCRIPTION = "@octokit/openapi@23.0.2"
MEMBER = "package/generated/api.github.com.json"
PRISM = "@stoplight/prism-cli@5.14.2"
SECONDS = 180
SKIPPED = 5

_VIOLATION = re.compile(r'"location":\[([^]]*)\].*?"message":"((?:[^"\\\\]|\\\\.)*)"')
_STATUS = '"response": Unable to match the returned status code'

# prism finds no operation for a path whose last parameter contains a slash.
_SLASHES = re.compile(r"(?<=/git/matching-refs/).*")

# Octokit adds the older form of a path; its responses have no schema.
_OLDER = "/repos/{owner}/{repo}/compare/{base}...{head}"

_REFUSED = 'without the permission, GitHub responds 403, or 404 to hide a resource ("Troubleshooting the REST API")'
UNLISTED = {
    "/actions/permissions": ({403, 404}, _REFUSED),
    "/actions/permissions/fork-pr-contributor-approval": ({403}, _REFUSED),
    "/actions/permissions/workflow": ({403, 404}, _REFUSED),
    "/branches/main/protection": ({403}, _REFUSED),
    "/collaborators": ({403}, _REFUSED),
    "/interaction-limits": ({403, 404}, _REFUSED),
    "/orgs/flyteorg/teams/TEAM/members": ({403, 404}, _REFUSED),
    "/teams": ({403}, _REFUSED),
}
"""The statuses that the description omits, by the path (below the repository), and why the stand-in has them."""


class NoToolsError(Exception):
    """The tools cannot be installed on this machine; the message says why."""


@dataclass
class Exchanges:
    """One exchange of each form."""

    found: dict[str, tuple[Request, Response]] = field(default_factory=dict)

    def add(self, request: Request, response: Response) -> None:
        """Keep an exchange if no other has its form."""
        sent = None if request.body is None else json.loads(bytes(request.body))
        words = (
            request.method,
            _form(request.path),
            response.status,
            _shape(sent),
            _shape(json.loads(response.body)),
        )
        self.found.setdefault(repr(words), (request, response))


def _form(text: str) -> str:
    """Return a text without numbers and object ids."""
    return re.sub(r"\d+", "0", re.sub(r"\b[0-9a-f]{40,64}\b", "id", text))


def _shape(value: object) -> object:
    """Return the keys and types of a JSON document, and the words that may be one of a few."""
    if isinstance(value, dict):
        return [(key, _shape(each)) for key, each in sorted(value.items())]
    if isinstance(value, list):
        return sorted({repr(_shape(each)) for each in value})
    return _form(value) if isinstance(value, str) and value.isidentifier() else type(value).__name__


def install(folder: Path) -> tuple[Path, Path]:
    """Install prism and GitHub's description, and return their paths."""
    npm = shutil.which("npm")
    if npm is None:
        raise NoToolsError("npm is not installed")
    for words in (["pack", DESCRIPTION], ["install", "--no-audit", "--no-fund", "--ignore-scripts", PRISM]):
        done = subprocess.run([npm, *words], cwd=folder, check=False, capture_output=True, text=True)
        if done.returncode:
            raise NoToolsError(f"npm {words[0]} failed: {done.stderr.strip()[-300:]}")
    (archive,) = folder.glob("octokit-openapi-*.tgz")
    description = folder / "api.github.com.json"
    with tarfile.open(archive) as package, description.open("w", encoding="utf-8") as file:
        member = package.extractfile(MEMBER)
        assert member is not None
        document = json.load(member)
        del document["paths"][_OLDER]
        json.dump(document, file)
    return folder / "node_modules" / ".bin" / "prism", description


class _Answers(ThreadingHTTPServer):
    """The server behind prism: it answers every request with the response that is being checked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.response = Response(404, {}, "{}")


class _Handler(BaseHTTPRequestHandler):
    server: _Answers

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        data = self.server.response.body.encode()
        self.send_response(self.server.response.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer  # noqa: N815 - names that the base class calls

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def violations(answers: _Answers, proxy: str, request: Request, response: Response) -> list[str]:
    """Send a request through prism, and return what it found wrong with the request and the response."""
    answers.response = response
    body = None if request.body is None else bytes(request.body)
    headers = {"Accept": "application/vnd.github+json", "Content-Type": "application/json"}
    passed = requests.request(request.method, f"{proxy}{request.path}", data=body, headers=headers, timeout=60)
    if passed.status_code != response.status or passed.json() != json.loads(response.body):
        return [f"prism answered {passed.status_code}: {passed.text[:300]}"]
    # A long list is cut off, after the words "Too many violations!".
    text = passed.headers.get("sl-violations", "")
    return [": ".join(each) for each in _VIOLATION.findall(text)] or [text][: len(text)]


@dataclass(frozen=True)
class Violation:
    """What is wrong with an exchange."""

    request: Request
    status: int
    text: str

    @property
    def unlisted(self) -> tuple[str, int] | None:
        """The path and the status, if only the description omits the status."""
        path = self.request.path.partition("?")[0].removeprefix(f"/repos/{REPOSITORY}")
        path = re.sub(r"(?<=/teams/)[^/]+", "TEAM", path)
        return (path, self.status) if self.text.startswith(_STATUS) else None

    def __str__(self) -> str:
        return f"{self.request.method} {_form(self.request.path.partition('?')[0])} {self.status}: {_form(self.text)}"


def check(prism: Path, description: Path, exchanges: Exchanges) -> list[Violation]:
    """Start prism, check the exchanges, and return the violations."""
    described = Description.load(description)
    with serving(_Answers()) as answers:
        port, upstream = free_port(), f"http://127.0.0.1:{answers.server_address[1]}"
        argv = [str(prism), "proxy", str(description), upstream, "--port", str(port), "--verboseLevel", "error"]
        process = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
        try:
            proxy = f"http://127.0.0.1:{port}"
            _wait(process, proxy)
            found: list[Violation] = []
            for request, response in exchanges.found.values():
                path = _SLASHES.sub(lambda rest: rest[0].replace("/", "%2F"), request.path)
                quoted = msgspec.structs.replace(request, path=path)
                texts = [*violations(answers, proxy, quoted, response), *described.violations(quoted, response)]
                found += (Violation(request, response.status, text) for text in texts)
            return found
        finally:
            process.terminate()
            process.wait()


def report(found: list[Violation], *, everything: bool) -> list[str]:
    """Return the violations, each once, and the exceptions that no exchange needs, if everything was checked."""
    excepted = {(path, status) for path, (statuses, _) in UNLISTED.items() for status in statuses}
    needed = {each.unlisted for each in found}
    surplus = sorted(excepted - needed) if everything else ()
    lines = dict.fromkeys(str(each) for each in found if each.unlisted not in excepted)
    return [*lines, *(f"UNLISTED has {path} {status}, but no exchange needs it" for path, status in surplus)]


def _wait(process: subprocess.Popen[bytes], proxy: str) -> None:
    for _ in range(SECONDS):
        assert process.poll() is None, "prism stopped"
        try:
            requests.get(f"{proxy}/zen", timeout=60)
        except requests.ConnectionError:
            time.sleep(1)
        else:
            return
    raise AssertionError(f"prism did not start in {SECONDS} seconds")


def users_of_the_stand_in() -> list[str]:
    """Return the tests that use the stand-in."""
    files = sorted(Path("tests").rglob("test_*.py"))
    return [str(file) for file in files if "fake_github" in file.read_text(encoding="utf-8")]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", type=Path, help="Keep the tools from npm in this folder, or use those in it.")
    parser.add_argument("files", nargs="*", help="The tests to run. [default: all that use the stand-in]")
    folder = parser.parse_args().tools or Path(tempfile.mkdtemp(prefix="contract-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        prism, description = folder / "node_modules" / ".bin" / "prism", folder / "api.github.com.json"
        if not (prism.exists() and description.exists()):
            prism, description = install(folder)
    except NoToolsError as error:
        sys.stdout.write(f"Nothing was checked: {error}\n")
        return SKIPPED
    exchanges = Exchanges()
    FakeGitHub.observer = exchanges.add
    files = parser.parse_args().files or users_of_the_stand_in()
    tested = pytest.main(["-q", "-n", "0", "-o", f"cache_dir={folder / 'cache'}", *files])
    found = report(check(prism, description, exchanges), everything=not parser.parse_args().files)
    lines = [f"{len(exchanges.found)} forms of exchanges, {len(found)} violations", *found]
    lines += [f"not in the description: {path} {sorted(codes)}: {why}" for path, (codes, why) in UNLISTED.items()]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 1 if tested or found or not exchanges.found else 0


if __name__ == "__main__":
    sys.exit(main())
