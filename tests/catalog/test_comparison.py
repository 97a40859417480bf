"""Changes that a plugin index must not make: documents only grow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from commonhold.catalog.catalog_folder import write_catalog
from commonhold.catalog.comparison import find_violations
from commonhold.catalog.documents import CatalogFile, CatalogPlugin, ListedStatus, SeriesRule, StateChange
from commonhold.cli.catalog import command
from tests.catalog.catalog_values import catalog, plugin, release, tier_document

if TYPE_CHECKING:
    from pathlib import Path

    from commonhold.catalog.catalog_folder import Catalog

SPARK = "flytekitplugins-spark"
OLD = catalog(tier_document(plugin(SPARK, "1.16.1", "1.16.0")))


def changed(**fields: Any) -> Catalog:
    """The old catalogue with other values in the first release of its plugin."""
    newest, oldest = OLD.tiers["1.16", "official"].plugins[0].releases
    return catalog(tier_document(plugin(releases=[msgspec.structs.replace(newest, **fields), oldest])))


OTHER_HASH = [CatalogFile(url=release("1.16.1").files[0].url, size=9, sha256="f" * 64)]
CLOSED = catalog(tier_document(plugin()), closed=("1.16",))
NIGHTLY = catalog(tier_document(plugin(), series="nightly"))
HISTORY = ListedStatus(history=[StateChange(state="active", since="2026-01-01")])
ROOT = OLD.root

VIOLATIONS = {
    "drops flytekitplugins-spark": (OLD, catalog(tier_document())),
    "drops the release 1.16.1": (OLD, catalog(tier_document(plugin(SPARK, "1.16.0")))),
    "has another hash": (OLD, changed(files=OTHER_HASH)),
    "is missing": (OLD, changed(files=[CatalogFile(url="https://files.example/x.tar.gz", size=1, sha256="a" * 64)])),
    "`core` changed": (OLD, changed(core=None)),
    "`requires` changed": (OLD, changed(requires=["numpy"])),
    "the short name of": (OLD, catalog(tier_document(plugin(SPARK, "1.16.1", "1.16.0", short="other")))),
    "official.json is missing": (OLD, catalog()),
    "the series 1.16 is missing": (OLD, replace(OLD, root=msgspec.structs.replace(ROOT, series=[]))),
    "the tier community is missing": (OLD, replace(OLD, root=msgspec.structs.replace(ROOT, tiers=ROOT.tiers[:1]))),
    "the core or its series rule changed": (
        OLD, replace(OLD, root=msgspec.structs.replace(ROOT, core=SeriesRule(distribution="other")))
    ),
    "but the series is closed": (CLOSED, replace(CLOSED, tiers={("1.16", "official"): tier_document(plugin(summary="."))})),
    "is new, but the series is closed": (
        CLOSED, replace(CLOSED, tiers={**CLOSED.tiers, ("1.16", "community"): tier_document(tier="community")})
    ),
    "it was opened again": (CLOSED, catalog(tier_document(plugin()))),
    "shrinks from 2 to 1 plugins": (catalog(a=ListedStatus(), b=ListedStatus()), catalog(a=ListedStatus())),
    "lost a change of its state": (catalog(a=HISTORY), catalog(a=ListedStatus())),
}  # fmt: skip


@pytest.mark.parametrize(("expected", "versions"), VIOLATIONS.items(), ids=VIOLATIONS)
def test_a_change_that_must_not_be_made_is_reported(expected: str, versions: tuple[Catalog, Catalog]):
    assert expected in "\n".join(find_violations(*versions))
    assert find_violations(versions[1], versions[1]) == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (OLD, catalog(tier_document(plugin(SPARK, "1.16.2", "1.16.1", "1.16.0")))),
        (OLD, catalog(tier_document(plugin("a"), plugin(SPARK, "1.16.1", "1.16.0", summary="New.")))),
        (NIGHTLY, catalog(tier_document(series="nightly"))),
        (catalog(tier_document(plugin())), CLOSED),
        (catalog(a=ListedStatus()), catalog(a=ListedStatus(state="retired"), b=ListedStatus())),
    ],
)
def test_growth_closing_and_a_reset_of_nightly_are_accepted(old: Catalog, new: Catalog):
    assert find_violations(old, new) == ()


PLUGINS = st.dictionaries(
    st.sampled_from(["a", "b", "c"]), st.sets(st.sampled_from(["1.16.0", "1.16.1", "1.16.2"]), min_size=1)
)


def plugins_of(found: dict[str, set[str]]) -> list[CatalogPlugin]:
    return [plugin(name, *sorted(versions, reverse=True)) for name, versions in sorted(found.items())]


@given(before=PLUGINS, after=PLUGINS)
def test_exactly_growth_is_accepted(before: dict[str, set[str]], after: dict[str, set[str]]):
    grows = all(versions <= after.get(name, set()) for name, versions in before.items())
    old, new = (catalog(tier_document(*plugins_of(each))) for each in (before, after))
    assert (find_violations(old, new) == ()) is grows


def test_the_commands_print_problems_and_differences(tmp_path: Path):
    old, new = str(tmp_path / "old"), str(tmp_path / "new")
    write_catalog(old, OLD)
    write_catalog(new, catalog(tier_document(plugin(SPARK, "1.16.2", "1.16.1"))))
    run = CliRunner()
    done = run.invoke(command, ["diff", old, new], standalone_mode=False)
    assert done.return_value == 1
    assert done.stdout.splitlines() == [
        "- index/v1/1.16/official.json: flytekitplugins-spark 1.16.0",
        "+ index/v1/1.16/official.json: flytekitplugins-spark 1.16.2",
        "rejected: index/v1/1.16/official.json: flytekitplugins-spark drops the release 1.16.0",
    ]
    assert run.invoke(command, ["diff", new, new], standalone_mode=False).return_value == 0
    assert run.invoke(command, ["validate", old], standalone_mode=False).return_value == 1
    assert run.invoke(command, ["validate", "--third-party", old], standalone_mode=False).return_value == 0
    words = ["validate", "--third-party", "--previous", old, new]
    assert run.invoke(command, words, standalone_mode=False).return_value == 1
