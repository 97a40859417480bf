"""Exporting the installed plugins, and installing a team's list."""

from __future__ import annotations

from typing import Any

import pytest
import tomli
from packaging.pylock import Pylock
from packaging.requirements import Requirement

from commonhold_plugins.errors import ClientError, RefusedError, WrongUsageError
from commonhold_plugins.exports import FORMATS, export_plugins
from commonhold_plugins.plan.team_list import WantedPlugin, read_team_list
from commonhold_plugins.state.receipts import Receipt
from tests.client.test_catalog import CATALOG

SHA = "ab" * 32
COMMIT = "0123456789" * 4
GIT = f"git+https://git.example/demo@{COMMIT}#subdirectory=plugins/night"
RECEIPTS = [
    Receipt(
        "demo-spark",
        "spark",
        "1.16.5",
        "official",
        url="https://f.example/demo_spark-1.16.5-py3-none-any.whl",
        sha256=SHA,
    ),
    Receipt("demo-old", "old", "2.0", "acme", url="https://f.example/demo_old-2.0.tar.gz", sha256=SHA),
    Receipt("demo-night", "night", "1.17.0.dev1", "official", url=GIT),
]


def test_requirements_and_imagespec_contain_every_file_and_hash() -> None:
    lines = export_plugins(RECEIPTS, "requirements").splitlines()
    assert [Requirement(line).name for line in lines] == ["demo-spark", "demo-old", "demo-night"]
    assert all(SHA in line for line in lines[:2])
    packages: dict[str, Any] = {}
    exec(f"ImageSpec = lambda packages: packages\nfound = {export_plugins(RECEIPTS, 'imagespec')}", packages)
    assert packages["found"] == lines


def test_pylock_is_valid() -> None:
    lock = Pylock.from_dict(tomli.loads(export_plugins(RECEIPTS, "pylock")))
    assert [(package.name, str(package.version)) for package in lock.packages] == [
        ("demo-spark", "1.16.5"),
        ("demo-old", "2.0"),
        ("demo-night", "1.17.0.dev1"),
    ]
    assert lock.packages[2].vcs is not None
    assert lock.packages[2].vcs.commit_id == COMMIT


@pytest.mark.parametrize("form", FORMATS)
def test_a_plugin_that_something_else_has_installed_has_no_hash(form: str) -> None:
    receipt = Receipt("demo-spark", "spark", "1.16.5", "official")
    if form in ("requirements", "imagespec"):
        assert "demo-spark==1.16.5" in export_plugins([receipt], form)
    else:
        with pytest.raises(RefusedError, match="not known"):
            export_plugins([receipt], form)


@pytest.mark.parametrize("form", ["requirements", "pylock", "uv"])
def test_an_export_is_a_list_that_sync_reads(form: str) -> None:
    wanted = read_team_list(export_plugins(RECEIPTS, form), "list")
    assert [(each.written.partition("==")[0], each.sha256, each.git) for each in wanted] == [
        ("demo-spark", SHA, None),
        ("demo-old", SHA, None),
        ("demo-night", None, GIT),
    ]


def test_a_list_may_contain_names_and_comments() -> None:
    text = "# our plugins\nspark\nacme/vaex==1.2  # pinned\n\ndemo-csv==1 \\\n  --hash=sha256:" + SHA
    assert read_team_list(text, "list") == [
        WantedPlugin("spark"),
        WantedPlugin("acme/vaex", "1.2"),
        WantedPlugin("demo-csv", "1", SHA),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing",
        "--index-url https://evil.example/",
        "-r other.txt",
        "spark @ https://evil.example/spark.whl",
        "spark @ git+https://evil.example/spark@main",
        "a/b/c",
        "[[packages]]\nname = 3",
        "[[packages]]\nname = 'x'",
        "[[packages]]\nname = '--pre'\nversion = '1'",
        "[[packages]]\nname = 'x'\nsdist = 3",
        "[[packages]",
        "spark\x1b[2J",
    ],
)
def test_what_is_not_a_list_is_a_usage_error(text: str) -> None:
    with pytest.raises(WrongUsageError) as caught:
        read_team_list(text, "list")
    assert caught.value.message.isprintable()


def test_a_list_cannot_enable_a_tier_or_another_index() -> None:
    (wanted,) = read_team_list(f"acme-contrib-vaex @ https://f.example/x.whl#sha256={SHA}", "list")
    with pytest.raises(ClientError, match="not enabled"):
        wanted.find(CATALOG)
