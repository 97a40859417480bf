"""The files of a commit are read through GitHub's API, and nothing but git's own objects is accepted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from commonhold.github import Budget, GitHub, GitHubTree, ResponseError
from commonhold.github.transport import Request, Response
from tests.support.fake_github import REPOSITORY, FakeGitHub
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILES = {"a.txt": "a\n", "a/b.txt": "b\n", "a-b/c.txt": "c\n", "a.d/e.txt": "e\n", "z/ü.txt": "ü\n"}


@pytest.fixture(params=["sha1", "sha256"])
def fake(tmp_path: Path, request: pytest.FixtureRequest) -> FakeGitHub:
    repo = Repo.init(tmp_path / "repo", object_format=request.param)
    repo.link("link", "a.txt")
    repo.commit(FILES)
    return FakeGitHub(repo)


def tree_of(fake: FakeGitHub) -> GitHubTree:
    return GitHubTree(GitHub(fake, REPOSITORY, Budget(100)), fake.tip("main"))


def change(path: str, edit: Callable[[dict[str, object]], None]) -> Callable[[Request, Response], Response]:
    def tamper(request: Request, response: Response) -> Response:
        if path not in request.path:
            return response
        document = json.loads(response.body)
        edit(document)
        return Response(response.status, response.headers, json.dumps(document))

    return tamper


def test_the_files_are_those_of_the_commit(fake: FakeGitHub) -> None:
    tree = tree_of(fake)
    assert set(tree.entries) == {*FILES, "link"}
    assert tree.read([*FILES, "link", "missing"]) == {
        **{path: text.encode() for path, text in FILES.items()},
        "link": b"a.txt",
    }


def test_a_shortened_listing_is_read_folder_by_folder(fake: FakeGitHub) -> None:
    def shorten(document: dict[str, object]) -> None:
        document["truncated"], document["tree"] = True, []

    whole = tree_of(fake).entries
    recursive = change("recursive=1", shorten)

    def folder(document: dict[str, object]) -> None:
        items = document["tree"]
        assert isinstance(items, list)
        document["tree"] = [item for item in items if "/" not in item["path"]]

    flat = change("/git/trees/", folder)
    fake.tamper = lambda request, response: (recursive if "recursive" in request.path else flat)(request, response)
    assert dict(tree_of(fake).entries) == dict(whole)


@pytest.mark.parametrize("edited", ["dropped", "renamed", "swapped", "mode"])
def test_a_listing_that_is_not_the_commits_is_refused(fake: FakeGitHub, edited: str) -> None:
    def edit(document: dict[str, object]) -> None:
        items = document["tree"]
        assert isinstance(items, list)
        first = next(item for item in items if item["path"] == "a/b.txt")
        if edited == "dropped":
            items.remove(first)
        elif edited == "renamed":
            first["path"] = "a/c.txt"
        elif edited == "swapped":
            first["sha"] = next(item["sha"] for item in items if item["path"] == "a.txt")
        else:
            first["mode"] = "100755"

    fake.tamper = change("/git/trees/", edit)
    with pytest.raises(ResponseError, match="/a' is not complete"):
        len(tree_of(fake).entries)


def test_the_content_of_another_file_is_refused(fake: FakeGitHub) -> None:
    other = fake._blob(fake.repo.git("rev-parse", "main:a/b.txt"))

    def edit(document: dict[str, object]) -> None:
        document["content"] = other["content"]

    fake.tamper = change("/git/blobs/", edit)
    with pytest.raises(ResponseError, match="another file"):
        tree_of(fake).read(["a.txt"])
