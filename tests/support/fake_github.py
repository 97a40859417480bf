"""A thin stand-in for GitHub's REST API over a real git repository.

It answers the requests that commonhold sends, with pages, links and the fields that GitHub's OpenAPI description
requires. A test can change a response on its way (``tamper``), as a lagging replica or a proxy would.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from commonhold.github.transport import Request, Response
from tests.support.approvals import IDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.repositories import Repo

REPOSITORY = "flyteorg/flytekit"
TIME = "2026-03-01T12:00:00Z"

Record = dict[str, Any]

_ADDRESSES = re.findall(
    r"\w+",
    """archive assignees blobs branches collaborators comments commits compare contents contributors deployments downloads
    events forks git_commits git_refs git_tags hooks html issue_comment issue_events issues keys labels languages merges
    milestones notifications pulls releases stargazers statuses subscribers subscription tags teams trees clone git ssh
    svn""",
)
_DETAILS = re.findall(
    r"\w+",
    """merged mergeable mergeable_state merged_by comments review_comments maintainer_can_modify commits additions deletions
    changed_files""",
)
_LINKS = ("comments", "commits", "statuses", "html", "issue", "review_comments", "review_comment", "self")


def user(login: str, number: int, kind: str = "User") -> Record:
    """A simple user, as GitHub's API describes one."""
    url = f"https://api.example/users/{quote(login)}"
    names = ("followers", "following", "gists", "starred", "subscriptions", "organizations", "repos", "events")
    return {
        "login": login,
        "id": number,
        "node_id": f"U_{number}",
        "avatar_url": f"{url}/avatar",
        "gravatar_id": "",
        "url": url,
        "html_url": f"https://example/{quote(login)}",
        **{f"{name}_url": f"{url}/{name}" for name in names},
        "received_events_url": f"{url}/received_events",
        "type": kind,
        "site_admin": False,
    }


class _Commented:
    """An issue or a pull request."""

    number: int
    state: str
    comments: list[Record]

    def comment(self, account: Record | None, body: str, at: str = TIME, edited: str | None = None) -> None:
        """Add a comment."""
        number = 1000 * self.number + len(self.comments)
        self.comments.append(
            {
                "id": number,
                "node_id": "C",
                "url": f"https://example/comments/{number}",
                "html_url": f"https://example/c/{number}",
                "body": body,
                "user": account,
                "created_at": at,
                "updated_at": edited or at,
                "issue_url": "https://example/i",
                "author_association": "NONE",
            }
        )


def repository() -> Record:
    """The repository, as GitHub's API describes one in a pull request."""
    url = f"https://api.example/repos/{REPOSITORY}"
    owner, _, title = REPOSITORY.partition("/")
    nothing = ("description", "homepage", "language", "license", "mirror_url")
    counts = ("forks", "open_issues", "watchers")
    return {
        "id": 1,
        "node_id": "R",
        "name": title,
        "full_name": REPOSITORY,
        "owner": user(owner, 1, "Organization"),
        "url": url,
        **{f"{name}_url": url for name in _ADDRESSES},
        **dict.fromkeys(nothing),
        **dict.fromkeys(("private", "fork", "archived", "disabled"), False),
        **{f"has_{part}": True for part in ("downloads", "issues", "projects", "wiki", "pages")},
        **dict.fromkeys((*counts, *(f"{count}_count" for count in counts), "stargazers_count", "size"), 1),
        "default_branch": "main",
        **dict.fromkeys(("pushed_at", "created_at", "updated_at"), TIME),
    }


@dataclass
class FakePull(_Commented):
    """One pull request of the stand-in."""

    number: int
    author: Record | None
    base: str
    head: str
    draft: bool = False
    state: str = "open"
    reviews: list[Record] = field(default_factory=list)
    comments: list[Record] = field(default_factory=list)
    timeline: list[Record] = field(default_factory=list)
    commit_author: Record | None = None
    updated: str = TIME
    merged_at: str | None = None
    requested: list[str] = field(default_factory=list)

    def review(self, account: Record | None, state: str = "APPROVED", commit: str | None = "", at: str = TIME) -> None:
        """Add a review of the head commit, or of another one."""
        self.reviews.append(
            {
                "id": len(self.reviews) + 1,
                "node_id": "R",
                "user": account,
                "body": "",
                "state": state,
                "html_url": "https://example/r",
                "pull_request_url": "https://example/p",
                "_links": {"html": {"href": "https://example"}, "pull_request": {"href": "https://example"}},
                "submitted_at": at,
                "commit_id": self.head if commit == "" else commit,
                "author_association": "NONE",
            }
        )

    def happened(self, event: str, account: Record | None = None, at: str = TIME, **more: Any) -> None:
        """Add an event to the timeline."""
        self.timeline.append(
            {
                "id": len(self.timeline) + 1,
                "node_id": "E",
                "url": "https://example/e",
                "actor": account,
                "event": event,
                "commit_id": None,
                "commit_url": None,
                "created_at": at,
                "performed_via_github_app": None,
                **more,
            }
        )


@dataclass
class FakeIssue(_Commented):
    """One issue of the stand-in."""

    number: int
    author: Record | None
    body: str | None
    state: str = "open"
    labels: list[str] = field(default_factory=list)
    comments: list[Record] = field(default_factory=list)
    title: str = "Title"
    state_reason: str | None = None


class FakeGitHub:
    """A transport that answers as GitHub would for one repository, whose objects are in a real git repository."""

    observer: ClassVar[Callable[[Request, Response], None]] = staticmethod(lambda *_: None)
    """Gets every exchange of all stand-ins, without tampering (``nox -s contract``)."""

    def __init__(self, repo: Repo, *, most_per_page: int = 100) -> None:
        self.repo = repo
        self.pulls: dict[int, FakePull] = {}
        self.issues: dict[int, FakeIssue] = {}
        self.labels: list[str] = []
        self.accounts = {number: user(login, number) for login, number in IDS.items() if "[bot]" not in login}
        self.time = TIME
        self.status_time = TIME
        self.statuses: list[Record] = []
        self.protected = {"main"}
        self.collaborators: dict[str, int] = {}
        self.settings: dict[str, Any] = {}
        """Documents by their path below the repository, or by a whole path; a number is the HTTP status of a refusal."""

        self.requests: list[Request] = []
        self.tamper: Callable[[Request, Response], Response] = lambda _, response: response
        self._most_per_page = most_per_page
        self._outputs: dict[tuple[str, ...], str] = {}

    def send(self, request: Request) -> Response:
        """Answer a request."""
        self.requests.append(request)
        parts = urlsplit(request.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        prefix = f"/repos/{REPOSITORY}"
        path = parts.path.removeprefix(prefix)
        if path in self.settings and request.method == "GET":
            setting = self.settings[path]
            if isinstance(setting, int):
                return self._deliver(request, _failure(setting))
            is_list = isinstance(setting, list)
            return self._deliver(
                request, self._page(setting, parts.path, query) if is_list else _success(setting, "GET")
            )
        if path.startswith("/user/"):
            account = self.accounts.get(int(path.removeprefix("/user/")))
            return self._deliver(request, _success(account and {**account, **_PROFILE}, request.method))
        body = json.loads(bytes(request.body)) if request.body is not None else None
        for (method, pattern), answer in _ROUTES.items():
            match = re.fullmatch(pattern, path)
            if match and method == request.method:
                found = answer(self, *map(unquote, match.groups()), **({"body": body} if body is not None else {}))
                if isinstance(found, list):
                    listed = _filtered(found, query) if pattern in ("/pulls", "/issues") else found
                    return self._deliver(request, self._page(listed, parts.path, query))
                return self._deliver(request, _success(found, method))
        return self._deliver(request, _failure(404))

    def _deliver(self, request: Request, response: Response) -> Response:
        FakeGitHub.observer(request, response)
        return self.tamper(request, response)

    def _page(self, items: list[Record], path: str, query: dict[str, str]) -> Response:
        size = min(int(query.get("per_page", "30")), self._most_per_page)
        page = int(query.get("page", "1"))
        headers = {}
        if len(items) > page * size:
            following = urlencode({**query, "page": page + 1})
            last = urlencode({**query, "page": -(-len(items) // size)})
            links = ((following, "next"), (last, "last"))
            headers["link"] = ", ".join(f'<https://api.example{path}?{link}>; rel="{name}"' for link, name in links)
        return Response(200, headers, json.dumps(items[(page - 1) * size : page * size]))

    def _pull(self, number: str) -> Record | None:
        pull = self.pulls.get(int(number))
        if pull is None:
            return None
        url = "https://api.example"
        names = ("issue", "commits", "review_comments", "review_comment", "comments", "statuses", "diff", "patch")
        account = pull.author or user("ghost", 10137)
        return {
            "url": url,
            "html_url": url,
            **{f"{name}_url": url for name in names},
            "id": int(number),
            "node_id": "P",
            "number": int(number),
            "state": pull.state,
            "locked": False,
            "title": "Change",
            "user": account,
            "body": None,
            "labels": [],
            "milestone": None,
            "created_at": TIME,
            "updated_at": pull.updated,
            "closed_at": None,
            "merged_at": pull.merged_at,
            "merge_commit_sha": None,
            "assignee": None,
            "head": self._side(pull.head, pull.head),
            "base": self._side(pull.base, self.tip(pull.base)),
            "_links": {name: {"href": url} for name in _LINKS},
            "author_association": "NONE",
            "auto_merge": None,
            "draft": pull.draft,
            "merged": pull.merged_at is not None,
            "mergeable": True,
            "mergeable_state": "clean",
            "merged_by": None,
            "requested_reviewers": [user(each, self.collaborators[each]) for each in pull.requested],
            "comments": len(pull.comments),
            "review_comments": 0,
            "maintainer_can_modify": False,
            "commits": len(self._commits(number)),
            "additions": 0,
            "deletions": 0,
            "changed_files": len(self._files(number)),
        }

    def _side(self, ref: str, sha: str) -> Record:
        owner = user(REPOSITORY.partition("/")[0], 1, "Organization")
        return {"label": ref, "ref": ref, "sha": sha, "user": owner, "repo": repository()}

    def _git(self, *args: str) -> str:
        """Run git, once for the same arguments: they name objects, which never change."""
        if args not in self._outputs:
            self._outputs[args] = self.repo.git(*args)
        return self._outputs[args]

    def tip(self, branch: str) -> str:
        """The newest commit of a branch."""
        return self.repo.git("rev-parse", branch)

    def merge_base(self, pull: FakePull) -> str:
        """The commit where a pull request left its base branch."""
        return self._git("merge-base", self.tip(pull.base), pull.head)

    def _files(self, number: str) -> list[Record]:
        pull = self.pulls[int(number)]
        raw = self._git("diff", "-z", "--raw", "--no-abbrev", "-M", self.merge_base(pull), pull.head)
        words = iter(raw.split("\0")[:-1])
        statuses = {"A": "added", "M": "modified", "D": "removed", "R": "renamed", "T": "changed"}
        found = []
        for word in words:
            _, _, old, new, status = word.removeprefix(":").split(" ")
            path = next(words)
            record = {"status": statuses[status[0]], "sha": new if new.strip("0") else old, "filename": path}
            if status[0] == "R":
                record.update(filename=next(words), previous_filename=path)
            urls = {f"{name}_url": "https://example" for name in ("blob", "raw", "contents")}
            found.append({**record, "additions": 0, "deletions": 0, "changes": 0, **urls})
        return found

    def _commits(self, number: str) -> list[Record]:
        pull = self.pulls[int(number)]
        shas = self._git("rev-list", "--reverse", f"{self.merge_base(pull)}..{pull.head}").split()
        return [self._commit(sha, pull.commit_author or pull.author) for sha in shas]

    def _commit(self, sha: str, account: Record | None = None) -> Record:
        tree, parents, message = self._git("show", "-s", "--format=%T%n%P%n%B", sha).split("\n", 2)
        person = {"name": "Octo Cat", "email": "octocat@example.com", "date": TIME}
        url = "https://example/commit"
        return {
            "url": url,
            "sha": sha,
            "node_id": "C",
            "html_url": url,
            "comments_url": url,
            "commit": {
                "url": url,
                "author": person,
                "committer": person,
                "message": message,
                "comment_count": 0,
                "tree": {"sha": tree, "url": url},
            },
            "author": account,
            "committer": account,
            "parents": [{"sha": parent, "url": url} for parent in parents.split()],
        }

    def _exists(self, sha: str) -> bool:
        return not self.repo.git("cat-file", "--batch-check", stdin=sha.encode()).endswith("missing")

    def _git_commit(self, sha: str) -> Record | None:
        if not self._exists(sha):
            return None
        record = self._commit(sha)
        parents = [{**parent, "html_url": "https://example"} for parent in record["parents"]]
        unsigned = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}
        facts = {"sha": sha, "node_id": "C", "html_url": "https://example", "verification": unsigned}
        described = {key: value for key, value in record["commit"].items() if key != "comment_count"}
        return {**described, **facts, "parents": parents}

    def _branch(self, name: str) -> Record | None:
        if name not in self.repo.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split():
            return None
        return {
            "name": name,
            "commit": self._commit(self.tip(name)),
            "_links": {"html": "https://example", "self": "https://example"},
            "protected": name in self.protected,
            "protection": {},
            "protection_url": "https://example",
        }

    def _tree(self, name: str) -> Record:
        sha = self._git("rev-parse", f"{name}^{{tree}}")
        raw = self._git("ls-tree", "-rtz", "--long", sha)
        items = []
        for row in raw.split("\0")[:-1]:
            facts, _, path = row.partition("\t")
            mode, kind, oid, size = facts.split()
            item: Record = {"path": path, "mode": mode, "type": kind, "sha": oid, "url": "https://example"}
            items.append({**item, "size": int(size)} if kind == "blob" else item)
        return {"sha": sha, "url": "https://example", "truncated": False, "tree": items}

    def _blob(self, oid: str) -> Record:
        data = self.repo.git_bytes("cat-file", "blob", oid)
        content = base64.encodebytes(data).decode()
        return {
            "content": content,
            "encoding": "base64",
            "url": "https://example",
            "sha": oid,
            "size": len(data),
            "node_id": "B",
        }

    def _assignees(self) -> list[Record]:
        return [user(login, number) for login, number in sorted(self.collaborators.items())]

    def _matching_refs(self, start: str) -> list[Record]:
        rows = self.repo.git("for-each-ref", "--format=%(refname) %(objectname)", f"refs/{start}").splitlines()
        found = []
        for name, sha in map(str.split, rows):
            item = {"type": "commit", "sha": sha, "url": "https://example"}
            found.append({"ref": name, "node_id": "R", "url": "https://example", "object": item})
        return found

    def _comparison(self, base: str, head: str) -> Record | None:
        if not (self._exists(base) and self._exists(head)):
            return None
        merge_base = self._git("merge-base", base, head)
        behind, ahead = map(int, self._git("rev-list", "--left-right", "--count", f"{base}...{head}").split())
        status = "diverged" if behind and ahead else "behind" if behind else "ahead" if ahead else "identical"
        return {
            **{f"{name}url": "https://example" for name in ("", "html_", "permalink_", "diff_", "patch_")},
            "merge_base_commit": self._commit(merge_base),
            "base_commit": self._commit(base),
            "status": status,
            "ahead_by": ahead,
            "behind_by": behind,
            "total_commits": ahead,
            "commits": [self._commit(head)] if ahead else [],
        }

    def _statuses_of(self, sha: str) -> list[Record]:
        return [each for each in reversed(self.statuses) if each["url"].endswith(sha)]

    def _add_status(self, sha: str, body: Record) -> Record:
        record = {
            "url": f"https://example/statuses/{sha}",
            "avatar_url": None,
            "id": len(self.statuses) + 1,
            "node_id": "S",
            "description": None,
            "target_url": None,
            **body,
            "created_at": self.status_time,
            "updated_at": self.status_time,
            "creator": user("github-actions[bot]", 41898282, "Bot"),
        }
        self.statuses.append(record)
        return record

    def _repository(self) -> Record:
        return _repository_record()

    def _issue(self, number: str) -> Record | None:
        subject = self.issues.get(int(number)) or self.pulls.get(int(number))
        if subject is None:
            return None
        record = {
            **{f"{name}url": "https://example" for name in ("", "repository_", "comments_", "events_", "html_")},
            "labels_url": "https://example/labels{/name}",
            "id": subject.number,
            "node_id": "I",
            "number": subject.number,
            "state": subject.state,
            "title": getattr(subject, "title", "Title"),
            "state_reason": getattr(subject, "state_reason", None),
            "body": getattr(subject, "body", None),
            "user": subject.author,
            "labels": [self._label(name) for name in getattr(subject, "labels", ())],
            "comments": len(subject.comments),
            "created_at": TIME,
            "updated_at": TIME,
            "locked": False,
            "assignee": None,
            "milestone": None,
            "closed_at": None,
        }
        urls = {f"{name}url": "https://example" for name in ("", "html_", "diff_", "patch_")}
        return {**record, "pull_request": urls} if isinstance(subject, FakePull) else record

    def _all_issues(self) -> list[Record]:
        return [self._issue(str(number)) or {} for number in sorted({**self.issues, **self.pulls})]

    def _label(self, name: str) -> Record:
        url = "https://example"
        return {
            "id": 1,
            "node_id": "L",
            "url": url,
            "name": name,
            "description": None,
            "color": "0e8a16",
            "default": False,
        }

    def _one_label(self, name: str) -> Record | None:
        return self._label(name) if name.casefold() in map(str.casefold, self.labels) else None

    def _create_label(self, body: Record) -> Record:
        self.labels.append(body["name"])
        return self._label(body["name"])

    def _add_labels(self, number: str, body: Record) -> list[Record]:
        issue = self.issues[int(number)]
        issue.labels += [name for name in body["labels"] if name not in issue.labels]
        return [self._label(name) for name in issue.labels]

    def _comments_of(self, number: str) -> list[Record]:
        return (self.issues.get(int(number)) or self.pulls[int(number)]).comments

    def _request_review(self, number: str, body: Record) -> Record | None:
        if not set(body["reviewers"]) <= self.collaborators.keys():
            return None
        self.pulls[int(number)].requested += body["reviewers"]
        return self._short_pull(number)

    def _add_comment(self, number: str, body: Record) -> Record:
        subject = self.issues.get(int(number)) or self.pulls[int(number)]
        subject.comment(user("github-actions[bot]", 41898282, "Bot"), body["body"], self.time)
        return subject.comments[-1]

    def _edit_comment(self, number: str, body: Record) -> Record | None:
        for pull in self.pulls.values():
            for comment in pull.comments:
                if comment["id"] == int(number):
                    comment.update(body=body["body"], updated_at="2026-03-01T13:00:00Z")
                    return comment
        return None

    def _all_pulls(self) -> list[Record]:
        return [self._short_pull(number) for number in self.pulls]

    def _short_pull(self, number: int | str) -> Record:
        """A pull request as lists contain it (``pull-request-simple``)."""
        return {key: value for key, value in (self._pull(str(number)) or {}).items() if key not in _DETAILS}

    def _open_issue(self, body: Record) -> Record | None:
        number = 1000 + len(self.issues)
        author = user("github-actions[bot]", 41898282, "Bot")
        self.issues[number] = FakeIssue(number, author, body["body"], labels=body["labels"], title=body["title"])
        return self._issue(str(number))

    def _edit_issue(self, number: str, body: Record) -> Record | None:
        issue = self.issues.get(int(number))
        if issue is None:
            return None
        for name, value in body.items():
            setattr(issue, name, value)
        return self._issue(number)


_ROUTES: dict[tuple[str, str], Callable[..., Any]] = {
    ("GET", r"/pulls"): FakeGitHub._all_pulls,
    ("POST", r"/issues"): FakeGitHub._open_issue,
    ("GET", r"/pulls/(\d+)"): FakeGitHub._pull,
    ("GET", r"/pulls/(\d+)/files"): FakeGitHub._files,
    ("GET", r"/pulls/(\d+)/commits"): FakeGitHub._commits,
    ("GET", r"/pulls/(\d+)/reviews"): lambda self, number: self.pulls[int(number)].reviews,
    ("GET", ""): FakeGitHub._repository,
    ("GET", r"/issues"): FakeGitHub._all_issues,
    ("GET", r"/issues/(\d+)"): FakeGitHub._issue,
    ("PATCH", r"/issues/(\d+)"): FakeGitHub._edit_issue,
    ("GET", r"/issues/(\d+)/comments"): FakeGitHub._comments_of,
    ("GET", r"/labels/([^/]+)"): FakeGitHub._one_label,
    ("POST", r"/labels"): FakeGitHub._create_label,
    ("POST", r"/issues/(\d+)/labels"): FakeGitHub._add_labels,
    ("GET", r"/issues/(\d+)/timeline"): lambda self, number: self.pulls[int(number)].timeline,
    ("GET", r"/branches/([^/]+)"): FakeGitHub._branch,
    ("GET", r"/compare/([^/]+)\.\.\.([^/]+)"): FakeGitHub._comparison,
    ("GET", r"/git/commits/([^/]+)"): FakeGitHub._git_commit,
    ("GET", r"/git/trees/([^/]+)"): FakeGitHub._tree,
    ("GET", r"/git/blobs/([^/]+)"): FakeGitHub._blob,
    ("GET", r"/assignees"): FakeGitHub._assignees,
    ("GET", r"/git/matching-refs/(.+)"): FakeGitHub._matching_refs,
    ("GET", r"/commits/([^/]+)/statuses"): FakeGitHub._statuses_of,
    ("POST", r"/statuses/([^/]+)"): FakeGitHub._add_status,
    ("POST", r"/pulls/(\d+)/requested_reviewers"): FakeGitHub._request_review,
    ("POST", r"/issues/(\d+)/comments"): FakeGitHub._add_comment,
    ("PATCH", r"/issues/comments/(\d+)"): FakeGitHub._edit_comment,
}


# What a ``public-user`` has besides a ``simple-user``.
_PROFILE: Record = {
    **dict.fromkeys(("name", "company", "location", "email", "hireable", "bio")),
    **dict.fromkeys(("followers", "following", "public_gists", "public_repos"), 0),
    **dict.fromkeys(("created_at", "updated_at"), TIME),
    "blog": "",
}


def _repository_record() -> Record:
    """The repository (``full-repository``)."""
    templates = (
        "archive assignees blobs branches collaborators comments commits compare contents git_commits git_refs git_tags "
        "issue_comment issue_events issues keys labels milestones notifications pulls releases statuses trees"
    )
    addresses = (
        "contributors deployments downloads events forks hooks html languages merges stargazers subscribers subscription "
        "tags teams clone svn"
    )
    flags = ("private", "fork", "has_issues", "has_projects", "has_wiki", "has_pages", "has_discussions")
    counts = "forks forks_count open_issues open_issues_count size stargazers_count watchers watchers_count"
    return {
        **{f"{name}_url": "https://example{/name}" for name in templates.split()},
        **{f"{name}_url": "https://example" for name in addresses.split()},
        **dict.fromkeys((*flags, "archived", "disabled"), False),
        **dict.fromkeys((*counts.split(), "network_count", "subscribers_count"), 0),
        **dict.fromkeys(("description", "homepage", "language", "license", "mirror_url")),
        **dict.fromkeys(("created_at", "updated_at", "pushed_at"), TIME),
        "url": "https://example",
        "git_url": "git:example/flytekit.git",
        "ssh_url": "git@example:flytekit.git",
        "id": 1,
        "node_id": "R",
        "name": "flytekit",
        "full_name": REPOSITORY,
        "owner": user("flyteorg", 2, "Organization"),
        "default_branch": "main",
    }


def _filtered(records: list[Record], query: dict[str, str]) -> list[Record]:
    """Apply the filters of a list of issues or pull requests; without one, GitHub lists those that are open."""
    state = query.get("state", "open")
    label = query.get("labels")
    found = [record for record in records if state in ("all", record["state"])]
    return [record for record in found if label is None or label in [each["name"] for each in record["labels"]]]


def _success(found: Record | None, method: str) -> Response:
    if found is None:
        return _failure(404)
    return Response(201 if method == "POST" else 200, {}, json.dumps(found))


def _failure(status: int) -> Response:
    return Response(status, {}, json.dumps({"message": "Not Found", "documentation_url": "https://example"}))


class FakeServer(ThreadingHTTPServer):
    """The stand-in on a port of this machine, for programs that talk HTTP."""

    daemon_threads = True

    def __init__(self, fake: FakeGitHub) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.fake = fake
        self.tokens: list[str | None] = []

    @property
    def address(self) -> str:
        """The address of the API."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: FakeServer

    def _answer(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        from msgspec import Raw

        body = Raw(self.rfile.read(size)) if size else None
        self.server.tokens.append(self.headers.get("Authorization"))
        response = self.server.fake.send(Request(self.command, self.path, body))
        data = response.body.encode()
        self.send_response(response.status)
        for name, value in {**response.headers, "Content-Type": "application/json"}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815 - names that the base class calls

    def log_message(self, *_: object) -> None:
        """Print nothing."""
