"""`commonhold import`: a plugin arrives with its history, under its new names, on a branch of its own."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import tomli

import commonhold
from commonhold.cli.__main__ import main
from commonhold.effects.process.spawn import SpawnRunner
from commonhold.ownership import read_governance
from commonhold.release.plan.tag_patterns import tag_of
from commonhold.scaffold.transfer import import_plugin as importer
from commonhold.scaffold.transfer.gate import check_history
from commonhold.vcs import open_repository
from commonhold.vcs.git import Git
from commonhold.vcs.tags import local_tags
from commonhold.versions import parse_release
from tests.scaffold.transfers import SOURCE, monorepo, run, source, state
from tests.support.repositories import Repo

FOLDER = "plugins/community/acme-spark"
MERGE = "import/spark~3"  # then come a commit that moves files, one that edits them, and one for the baseline
URL = "https://github.com/octo/spark-tools"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repo, Repo]:
    """A monorepo and a source; each test gets copies."""
    folder = tmp_path_factory.mktemp("prepared")
    return monorepo(folder / "mono"), source(folder / "source")


@pytest.fixture
def mono(prepared: tuple[Repo, Repo], tmp_path: Path) -> Repo:
    return prepared[0].copy(tmp_path / "mono")


@pytest.fixture
def theirs(prepared: tuple[Repo, Repo], tmp_path: Path) -> Repo:
    return prepared[1].copy(tmp_path / "source")


@pytest.fixture(scope="module")
def imported(prepared: tuple[Repo, Repo], tmp_path_factory: pytest.TempPathFactory) -> tuple[Repo, Repo]:
    """A monorepo after an import, and the source; tests only read them."""
    mono, theirs = prepared[0].copy(tmp_path_factory.mktemp("imported") / "mono"), prepared[1]
    words = ("import", str(theirs.root), "--as", "spark", "--consent", "I agree: example.com/1", "--source-url", URL)
    assert main(["-C", str(mono.root), *words]) == 0
    return mono, theirs


def bring(mono: Repo, theirs: Repo, *more: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    words = ("import", str(theirs.root), "--as", "spark", "--consent", "I agree: example.com/1", "--source-url", URL)
    return run(mono, *words, *more, capsys=capsys)


def files(mono: Repo, rev: str = "import/spark") -> list[str]:
    return mono.git("ls-tree", "-r", "--name-only", rev).splitlines()


def show(mono: Repo, path: str, rev: str = "import/spark") -> str:
    return mono.git("show", f"{rev}:{path}")


def test_an_import_adds_one_branch_and_changes_no_file(
    mono: Repo, theirs: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    before = state(mono)
    code, out, err = bring(mono, theirs, capsys=capsys)
    assert (code, out.splitlines()[0]) == (0, "import/spark acme-contrib-spark"), err
    after = state(mono)
    assert {key for key in before if before[key] != after[key]} == {"refs"}
    assert mono.git("branch", "--format=%(refname:short)").split() == ["import/spark", "main"]
    assert mono.rev(f"{MERGE}^1") == mono.rev("main")


def test_the_plugin_has_the_names_of_its_tier(imported: tuple[Repo, Repo]) -> None:
    mono, _ = imported
    assert [path for path in files(mono) if path.startswith(FOLDER)] == [
        f"{FOLDER}/LICENSE",
        f"{FOLDER}/README.md",
        f"{FOLDER}/governance.toml",
        f"{FOLDER}/pyproject.toml",
        f"{FOLDER}/src/acmeplugins/contrib/spark/__init__.py",
        f"{FOLDER}/src/acmeplugins/contrib/spark/core.py",
        f"{FOLDER}/tests/test_core.py",
    ]
    assert show(mono, f"{FOLDER}/src/acmeplugins/contrib/spark/__init__.py") == (
        "from acmeplugins.contrib.spark.core import run"
    )
    assert "from acmeplugins.contrib.spark import run" in show(mono, f"{FOLDER}/tests/test_core.py")
    assert show(mono, f"{FOLDER}/README.md").splitlines()[2] == (
        "`pip install acme-contrib-spark`, then `from acmeplugins.contrib.spark import hooks`."
    )
    text = show(mono, f"{FOLDER}/pyproject.toml")
    assert "# the old name" in text
    document = tomli.loads(text)
    assert document["project"]["name"] == "acme-contrib-spark"
    assert document["project"]["optional-dependencies"]["all"] == ["acme-contrib-spark[fast]"]
    assert document["project"]["entry-points"]["acme.plugins"] == {"spark": "acmeplugins.contrib.spark.hooks:load"}
    assert document["tool"]["coverage"]["run"]["source"] == ["acmeplugins.contrib.spark"]
    assert document["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["src/acmeplugins"]


def test_the_history_reaches_the_first_commit_through_renames(imported: tuple[Repo, Repo]) -> None:
    mono, _ = imported
    core = f"{FOLDER}/src/acmeplugins/contrib/spark/core.py"
    assert mono.git("log", "--follow", "--format=%s", "import/spark", "--", core).splitlines() == [
        "Move the files of spark",
        "Rename a module, fixes octo/spark-tools#12",
        "Start (octo/spark-tools#1)",
    ]
    assert mono.git("log", "-1", "--format=%B", f"{MERGE}^2") == ("Document\n\nSee other/repo#4 and `#5`.\n")


def test_imported_tags_are_not_releases(imported: tuple[Repo, Repo]) -> None:
    mono, _ = imported
    tags = local_tags(open_repository(str(mono.root), SpawnRunner(), os.environ))
    assert sorted(tags) == ["imported/spark/1.18", "imported/spark/v1.17.0"]
    assert mono.git("for-each-ref", "--format=%(contents:subject)", "refs/tags/imported/spark/1.18") == (
        "Release, see octo/spark-tools#3"
    )
    patterns = ("v{version}", "{version}", "acme-contrib-spark/v{version}", "spark/v{version}")
    assert all(tag_of(parse_release(version), patterns, tags) is None for version in ("1.17.0", "1.18"))


def test_the_record_says_where_the_plugin_came_from(imported: tuple[Repo, Repo]) -> None:
    mono, theirs = imported
    record = tomli.loads(show(mono, "governance/transfers/spark.toml"))
    date = record["source"].pop("date")
    assert record == {
        "plugin": "spark",
        "source": {"url": URL, "commit": theirs.head},
        "consent": {"kind": "owner", "statement": "I agree: example.com/1"},
        "history": {
            "commits": 3,
            "commit-map": "spark.commits.txt",
            "tag-prefix": "imported/spark/",
            "tags": ["imported/spark/1.18", "imported/spark/v1.17.0"],
            "allowed-findings": [],
        },
        "names": {
            "distribution": {"from": "spark-tools", "to": "acme-contrib-spark"},
            "package": {"from": "sparktools", "to": "acmeplugins.contrib.spark"},
        },
    }
    assert len(date) == 10
    commits = dict(line.split() for line in show(mono, "governance/transfers/spark.commits.txt").splitlines())
    assert commits[theirs.head] == mono.rev(f"{MERGE}^2")
    assert [*commits] == sorted(theirs.git("rev-list", "HEAD").split())


def test_a_squashed_import_credits_every_author_and_keeps_the_history(
    mono: Repo, theirs: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs.git("commit", "-q", "--allow-empty", "-m", "More", "--author", "hubot <hubot@example.com>")
    code, out, _ = bring(mono, theirs, "--squash", capsys=capsys)
    assert (code, "history/spark keeps the history" in out) == (0, True)
    assert "git push origin import/spark history/spark 'refs/tags/imported/spark/*'" in out
    assert mono.git("rev-list", "--parents", "-1", "import/spark").split()[1:] == [mono.head]
    assert mono.git("log", "-1", "--format=%(trailers:key=Co-authored-by,valueonly)", "import/spark").split("\n") == [
        "Octo Cat <octocat@example.com>",
        "hubot <hubot@example.com>",
        "",
    ]
    assert mono.rev("import/spark^{tree}") == mono.rev("history/spark^{tree}")
    assert mono.git("rev-list", "--count", "history/spark").strip() == "9"


def test_gaps_go_to_the_baseline_and_never_stop_an_import(
    mono: Repo, theirs: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs.git("rm", "-q", "-r", "tests", "README.md", "LICENSE")
    theirs.commit({}, message="Remove tests and documents")
    code, out, err = bring(mono, theirs, "--compat", capsys=capsys)
    assert code == 0, err
    assert "violations added to the baseline" in out
    mono.git("checkout", "-q", "import/spark")
    baseline = tomli.loads(mono.path("governance/check-baseline.toml").read_text())["finding"]
    assert {each["plugin"] for each in baseline} == {"acme-contrib-spark"}
    code, out, _ = run(mono, "check", "--json", "acme-contrib-spark", capsys=capsys)
    assert (code, {each["state"] for each in json.loads(out)["findings"]} - {"skipped"}) == (0, {"baselined"})
    code, out, _ = run(mono, "check", "--help-wanted", "acme-contrib-spark", capsys=capsys)
    assert "README" in out
    assert mono.path(f"{FOLDER}/compat/sparktools/core.py").exists()


def test_a_fork_is_recorded_with_its_own_commits(
    mono: Repo, theirs: Repo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fork = theirs.copy(tmp_path / "fork")
    fork.commit({"src/sparktools/more.py": ""}, message="A")
    fork.commit({"src/sparktools/more.py": "1\n"}, message="B\n\nSigned-off-by: octocat <octocat@example.com>")
    words = ("import", str(fork.root), "--as", "spark", "--fork-of-abandoned", str(theirs.root))
    code, out, _ = run(mono, *words, capsys=capsys)
    assert (code, "5. 4 of 5 commits have no Signed-off-by line" in out) == (0, True), out
    assert "gh repo edit --enable-merge-commit=false" in out
    record = tomli.loads(show(mono, "governance/transfers/spark.toml"))
    assert record["consent"] == {"kind": "fork-of-abandoned", "upstream": str(theirs.root), "own-commits": 2}


def test_a_folder_of_the_source_is_imported_alone(
    mono: Repo, theirs: Repo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Repo.init(tmp_path / "other")
    other.commit({"big.bin": b"\0" * (1 << 21), "id_rsa": "x"}, message="Outside \x1b[2J")
    text = (theirs.root / "pyproject.toml").read_text()
    other.commit({"libs/spark/pyproject.toml": text, "libs/spark/sparktools/__init__.py": "X = 1\n"}, message="Inside")
    for tag in ("spark-1.0", "libs/spark/v2", "sparkling-1.0", "3.0"):
        other.git("tag", tag)
    code, _, err = bring(mono, other, "--subdirectory", "libs/spark", capsys=capsys)
    assert (code, "2 tags without the name of libs/spark belong to other folders" in err) == (0, True), err
    assert mono.git("tag").split() == ["imported/spark/libs/spark/v2", "imported/spark/spark-1.0"]
    assert [path for path in files(mono) if path.startswith("plugins/community/acme-spark")] == [
        f"{FOLDER}/acmeplugins/contrib/spark/__init__.py",
        f"{FOLDER}/governance.toml",
        f"{FOLDER}/pyproject.toml",
    ]
    assert mono.git("log", "--format=%s", f"{MERGE}^2") == "Inside"


@pytest.mark.parametrize("is_link", [False, True])
def test_the_source_cannot_name_its_own_maintainers(
    mono: Repo, theirs: Repo, capsys: pytest.CaptureFixture[str], is_link: bool
) -> None:
    listed = '[[maintainers]]\nname = "Hubot"\nlogin = "hubot"\nid = 9\nfrom = 2024-01-01\n'
    if is_link:
        theirs.link("governance.toml", "README.md")
        theirs.commit()
    else:
        theirs.commit({"governance.toml": listed})
    code, _, err = bring(mono, theirs, "--account", "octocat:583231", capsys=capsys)
    assert code == 0, err
    path = f"{FOLDER}/governance.toml"
    assert mono.git("ls-tree", "import/spark", path).startswith("100644 blob")
    governance = read_governance(path, show(mono, path).encode())
    assert ([person.id for person in governance.maintainers], governance.problems) == ([583231], ())


def test_a_single_module_becomes_a_package(mono: Repo, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    setup = "from setuptools import setup\nsetup(name='spark-tools', version='1', py_modules=['sparktools'])\n"
    other = Repo.of(
        tmp_path / "other", {"setup.py": setup, "sparktools.py": "X = 1\n", "test_it.py": "import sparktools\n"}
    )
    code, _, err = bring(mono, other, capsys=capsys)
    assert code == 0, err
    assert [path for path in files(mono) if path.startswith(FOLDER)] == [
        f"{FOLDER}/acmeplugins/contrib/spark/__init__.py",
        f"{FOLDER}/governance.toml",
        f"{FOLDER}/pyproject.toml",
        f"{FOLDER}/test_it.py",
    ]
    settings = tomli.loads(show(mono, f"{FOLDER}/pyproject.toml"))["tool"]["setuptools"]
    assert settings == {
        "include-package-data": False,
        "packages": {"find": {"include": ["acmeplugins*"]}},
    }


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--as", "../spark"), "'../spark' is not a plugin name"),
        (("--as", "other"), "the distribution name acme-contrib-other is taken by plugins/community/acme-other"),
        (("--as", "first"), "looks like the official plugin acme-first"),
        (("--as", "class"), "class is a keyword of Python"),
        (("--as", "spark", "--tier", "none"), "there is no tier 'none'"),
        (("--as", "spark", "--subdirectory", "../x"), "'../x' is not a folder in the source"),
        (("--as", "spark", "--allow", "secrets:x"), "there is no finding secrets"),
        (("--as", "spark", "--subdirectory", "src"), "src contains no pyproject.toml"),
    ],
)
def test_wrong_arguments_are_refused(
    mono: Repo, theirs: Repo, words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = state(mono)
    code, _, err = run(mono, "import", str(theirs.root), "--consent", "yes", *words, capsys=capsys)
    assert (code, message in err) == (2, True), err
    assert state(mono) == before


@pytest.mark.parametrize(
    "address", ["-u", "--upload-pack=touch x", "ext::sh -c touch% x", "fd::1", "a\x1bb", "nowhere"]
)
def test_an_address_that_runs_a_program_is_refused(
    mono: Repo, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(mono, "import", "--as", "spark", "--consent", "yes", "--", address, capsys=capsys)
    assert (code, err.startswith("error: "), "\x1b" in err) == (2, True, False)


def test_a_source_without_a_complete_history_is_refused(
    mono: Repo, theirs: Repo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mono.git("clone", "-q", "--depth", "1", theirs.root.as_uri(), str(tmp_path / "shallow"))
    Repo.init(tmp_path / "empty")
    for folder, code, text in (
        ("shallow", 4, "it is a shallow clone"),
        ("empty", 4, "The source has no commits"),
        ("mono", 2, "the source is this repository"),
    ):
        words = ("import", f"../{folder}", "--as", "spark", "--consent", "yes")  # relative to -C
        found, _, err = run(mono, *words, capsys=capsys)
        assert (found, text in err) == (code, True), err


@pytest.mark.parametrize("branch", ["import", "import/spark/old"])
def test_a_branch_that_excludes_the_new_one_is_found_first(
    mono: Repo, theirs: Repo, branch: str, capsys: pytest.CaptureFixture[str]
) -> None:
    mono.git("branch", branch)
    code, _, err = bring(mono, theirs, capsys=capsys)
    assert (code, f"next to the branch {branch}" in err, "fetching" in err) == (2, True, False), err


def test_consent_is_required(mono: Repo, theirs: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(mono, "import", str(theirs.root), "--as", "spark", capsys=capsys)
    assert (code, "needs the consent of the plugin's owner" in err) == (2, True)
    words = ("import", str(theirs.root), "--as", "spark", "--consent", "yes\n[source]\udcff")
    assert run(mono, *words, capsys=capsys)[0] == 2


def test_a_second_import_is_refused(mono: Repo, theirs: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    assert bring(mono, theirs, capsys=capsys)[0] == 0
    before = state(mono)
    code, _, err = bring(mono, theirs, capsys=capsys)
    assert (code, "the branch import/spark exists already" in err) == (2, True)
    mono.git("branch", "-q", "-D", "import/spark")
    code, _, err = bring(mono, theirs, capsys=capsys)
    assert (code, "the tag imported/spark/1.18 exists already" in err) == (2, True)
    assert before["files"] == state(mono)["files"]


@pytest.mark.parametrize("step", ["rewrite_history", "add_refs"])
def test_an_interrupted_import_leaves_everything_as_it_was(
    mono: Repo,
    theirs: Repo,
    step: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    before = state(mono)
    monkeypatch.setattr(importer, step, interrupt)
    assert bring(mono, theirs, capsys=capsys)[0] == 130
    assert state(mono) == before


def commit_entry(repo: Repo, mode: str, path: str, content: bytes, *, tip: bool = True) -> None:
    """Commit an entry of any mode, and remove it again if it must not be in the last commit."""
    oid = repo.git("hash-object", "-w", "--stdin", stdin=content)
    oid = repo.head if mode == "160000" else oid
    repo.git("update-index", "--add", "--cacheinfo", f"{mode},{oid},{path}")
    repo.git("commit", "-q", "-m", "Add an entry")
    if not tip:
        repo.git("rm", "-q", "--cached", path)
        repo.git("commit", "-q", "-m", "Remove it")


ENTRIES = [
    ("large-file", "100644", "data.bin", b"x" * ((1 << 20) + 1)),
    ("secret", "100644", "settings.py", b"KEY = '-----BEGIN RSA " + b"PRIVATE KEY-----'\n"),
    ("secret", "100644", "deploy/id_rsa", b"x"),
    ("submodule", "160000", "vendored", b""),
    ("lfs-pointer", "100644", "model.bin", b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 2\n"),
    ("outside-link", "120000", "docs/link", b"../../../etc/passwd"),
    ("outside-link", "120000", "link", b"/etc/passwd"),
    ("control-characters", "100644", "a\tb\x1b[2J.py", b"x"),
]
NEVER_ALLOWED = {"submodule", "lfs-pointer", "outside-link", "control-characters"}


@pytest.mark.parametrize("tip", [True, False])
def test_a_finding_anywhere_in_the_history_stops_the_import(
    mono: Repo, theirs: Repo, tip: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    for _, mode, path, content in ENTRIES:
        commit_entry(theirs, mode, path, content, tip=tip)
    before = state(mono)
    code, out, err = bring(mono, theirs, capsys=capsys)
    assert (code, out) == (1, "")
    assert all(line.isprintable() for line in err.split("\n"))
    assert state(mono) == before
    found = {(each.code, each.subject): each.allowable for each in check_history(git_of(theirs), theirs.head)}
    never = NEVER_ALLOWED if tip else {"control-characters"}
    assert found == {(code, path): code not in never for code, _, path, _ in ENTRIES}


def git_of(repo: Repo) -> Git:
    return Git(str(repo.root), SpawnRunner(), os.environ)


def test_a_harmless_finding_can_be_allowed(mono: Repo, theirs: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    theirs.commit({"key.pem": "a test certificate\n", "other.pem": ""})
    code, _, err = bring(mono, theirs, "--allow", "secret:key.pem", capsys=capsys)
    assert (code, "key.pem" in err, "other.pem" in err) == (1, False, True)
    assert bring(mono, theirs, "--allow", "secret", capsys=capsys)[0] == 0


def test_a_change_of_the_licence_is_found_but_not_a_new_year(theirs: Repo) -> None:
    theirs.commit({"LICENSE": "Copyright 2026 octocat\n" + SOURCE["LICENSE"]})
    assert check_history(git_of(theirs), theirs.head) == ()
    mit = (Path(commonhold.__file__).parent / "scaffold/new/templates/licences/MIT.txt").read_text()
    theirs.commit({"LICENSE": mit})
    (finding,) = check_history(git_of(theirs), theirs.head)
    assert str(finding) == f"licence-change: LICENSE: an unknown licence became MIT ({theirs.head[:12]})"


def test_a_message_that_controls_a_terminal_stops_the_import(
    mono: Repo, theirs: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs.commit({"x": ""}, message="Clear \x1b[2J the screen")
    assert bring(mono, theirs, capsys=capsys)[0] == 1
    assert bring(mono, theirs, "--allow", "control-characters", capsys=capsys)[0] == 0
    assert mono.git("log", "-1", "--format=%s", f"{MERGE}^2") == "Clear \\x1b[2J the screen"


def traps(repo: Repo, marker: Path) -> None:
    """Everything with which a repository can make git run a program, or change what git reads."""
    hook = f"#!/bin/sh\ntouch {marker}\n"
    for name in ("post-checkout", "pre-commit", "post-commit", "reference-transaction", "post-merge", "fsmonitor"):
        repo.write(f".git/hooks/{name}", hook, executable=True)
    program = str(repo.path(".git/hooks/fsmonitor"))
    for name in ("filter.evil.smudge", "filter.evil.clean", "filter.evil.process", "core.fsmonitor", "core.sshCommand"):
        repo.git("config", name, program)
    repo.git("config", "uploadpack.packObjectsHook", program)
    repo.git("config", "remote.origin.url", "ext::" + program)
    repo.git("config", "remote.origin.uploadpack", program)
    repo.git("config", "remote.origin.promisor", "true")
    repo.git("config", "core.attributesFile", str(repo.write(".git/attributes", "* filter=evil\n")))


def test_nothing_of_the_source_runs(
    mono: Repo, theirs: Repo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    marker = tmp_path / "marker"
    theirs.commit(
        {
            ".gitattributes": "* text=auto\n",
            "setup.py": f"open({str(marker)!r}, 'w')\nfrom setuptools import setup\nsetup()\n",
            "src/sparktools/extra.py": f"open({str(marker)!r}, 'w')\n",
            "conftest.py": f"open({str(marker)!r}, 'w')\n",
        }
    )
    traps(theirs, marker)
    code, _, err = bring(mono, theirs, capsys=capsys)
    assert code == 0, err
    assert not marker.exists()


def test_attributes_that_convert_files_are_found(theirs: Repo) -> None:
    theirs.commit({".gitattributes": "# text\n*.py export-subst\n"})
    (finding,) = check_history(git_of(theirs), theirs.head)
    assert str(finding) == "attributes: .gitattributes sets the attribute export-subst"


def test_a_file_of_100_megabytes_is_refused_quickly(
    mono: Repo, theirs: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    with theirs.path("zeros.bin").open("wb") as file:
        file.truncate(100 << 20)
    theirs.commit()
    theirs.git("rm", "-q", "zeros.bin")
    theirs.commit()
    code, _, err = bring(mono, theirs, capsys=capsys)
    assert (code, "large-file: zeros.bin has 100.0 MiB" in err) == (1, True)


def tree_with(repo: Repo, name: bytes) -> None:
    """Commit a tree that `git add` would refuse."""
    oid = repo.git("hash-object", "-w", "--stdin", stdin=b"x")
    raw = b"100644 " + name + b"\0" + bytes.fromhex(oid)
    tree = repo.git("hash-object", "-w", "--literally", "-t", "tree", "--stdin", stdin=raw)
    commit = repo.git("commit-tree", tree, "-p", "HEAD", "-m", "Bad")
    repo.git("update-ref", "refs/heads/main", commit)
    repo.git("update-ref", "refs/heads/main", repo.git("commit-tree", "HEAD~^{tree}", "-p", commit, "-m", "Good"))


@pytest.mark.parametrize("name", [b"..", b".git", b"a/../../b"])
def test_a_malformed_object_is_refused(
    mono: Repo, theirs: Repo, name: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    tree_with(theirs, name)
    before = state(mono)
    code, _, err = bring(mono, theirs, capsys=capsys)
    assert (code, "git cannot fetch" in err) == (4, True)
    assert state(mono) == before


def test_a_tag_that_looks_like_an_option_is_harmless(
    mono: Repo, theirs: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs.git("update-ref", "refs/tags/-f", "HEAD")
    (theirs.root / ".git/packed-refs").write_bytes(f"{theirs.head} refs/tags/".encode() + b"caf\xe9\n")
    code, _, err = bring(mono, theirs, capsys=capsys)
    assert (code, "control-characters: the name of the tag caf\\xe9" in err) == (1, True), err
    theirs.path(".git/packed-refs").unlink()
    theirs.git("update-ref", "refs/tags/blob", theirs.git("rev-parse", "HEAD:LICENSE"))
    code, _, err = bring(mono, theirs, capsys=capsys)
    assert code == 0, err
    assert mono.git("tag", "--list", "imported/spark/-f") == "imported/spark/-f"
    assert "the tag blob points to no commit" in err
