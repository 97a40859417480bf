"""Releases of the tools themselves: their tags never stand for a release of the core or of a plugin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from commonhold.cli.__main__ import main
from commonhold.errors import UsageError
from commonhold.release.plan.release_source import ReleaseSource
from commonhold.release.plan.tag_patterns import TOOL_TAGS, TagPatterns, tag_of, version_in
from tests.release.sample_repo import ROOT
from tests.support.repositories import Repo

TOOLS = tuple(f"{start}{version}" for start in TOOL_TAGS for version in ("0.1.0", "1.17.0", "1.17.0rc1"))
BEFORE = st.sampled_from(["", "v", "core-", "commonhold-", "commonhold-v", "{name}-v", "{folder}/", *TOOL_TAGS])


@given(
    before=st.one_of(BEFORE, st.text("comnhld-plugisv", max_size=20)),
    after=st.sampled_from(["", "-final"]),
    tag=st.builds(
        "{}{}".format, st.sampled_from(TOOL_TAGS), st.from_regex(r"\d{1,3}(\.\d{1,3}){0,3}(rc1)?", fullmatch=True)
    ),
    name=st.sampled_from(["x-a", "commonhold", "commonhold-plugins"]),
)
def test_no_pattern_reads_a_version_in_the_tag_of_a_tool(before: str, after: str, tag: str, name: str) -> None:
    patterns = TagPatterns((f"{before}{{version}}{after}", "v{version}", "{version}"))
    for pattern in (*patterns.of_repository, *patterns.of_plugin(name, f"plugins/{name}")):
        assert version_in(tag, pattern) is None


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> ReleaseSource:
    """A repository in which only tools were released."""
    repo = Repo.of(tmp_path_factory.mktemp("tools") / "repo", {"pyproject.toml": ROOT})
    for tag in TOOLS:
        repo.git("tag", tag)
    repo.commit({"later.txt": ""})
    return ReleaseSource.open(str(repo.root), {})


def test_a_release_of_the_core_is_not_made_from_the_tag_of_a_tool(source: ReleaseSource) -> None:
    assert tag_of(Version("1.17.0"), source.tag_patterns(), TOOLS) is None
    assert source.find_commit(Version("1.17.0"), None).name == "HEAD"


@pytest.mark.parametrize("tag", TOOLS)
def test_an_event_with_the_tag_of_a_tool_plans_nothing(source: ReleaseSource, tag: str) -> None:
    with pytest.raises(UsageError, match="is not a version"):
        source.parse_version(tag)
    assert main(["-C", source.repository.root, "release", "plan", "--dry-run", "--", tag]) == 2
