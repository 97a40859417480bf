from __future__ import annotations

from pathlib import Path

import pytest
import tomli

from commonhold.workspace.config import decode_config
from examples.replay.history import without_common_rules
from examples.replay.lists import HandList, compare_lists
from examples.replay.page import table, write_block
from tests.support.monorepos import CONFIG, Monorepo, project

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.toml")), ids=lambda file: file.name)
def test_the_rules_without_core_and_shared_rules_skip_both_in_every_tier(file: Path) -> None:
    config = decode_config(tomli.loads(without_common_rules(file.read_text()))["tool"]["commonhold"], file.name)
    answers = {(tier.on_core_change, tier.on_shared_change) for tier in config.tiers.values()}
    assert answers == {("skip", "skip")}


def test_a_block_takes_the_place_of_what_stood_between_its_markers(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- x:begin -->\nold\n<!-- x:end -->\nb\n")
    write_block(page, "x", ["new"])
    write_block(page, "x", ["newer"])
    assert page.read_text() == "a\n<!-- x:begin -->\n\nnewer\n\n<!-- x:end -->\nb\n"


def test_a_page_without_the_markers_is_told(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing\n")
    with pytest.raises(SystemExit, match="has no markers"):
        write_block(page, "x", ["new"])


def test_columns_of_numbers_stand_right() -> None:
    assert list(table(("what", "how many"), [("a|b", "1,000"), ("c", 2)])) == [
        "| what | how many |",
        "|---|--:|",
        "| a\\|b | 1,000 |",
        "| c | 2 |",
    ]


WORKFLOW = """\
jobs:
  build-plugins:
    strategy:
      matrix:
        plugin-names: [flytekit-one, flytekit-gone]
        exclude:
          - {python-version: 3.12, plugin-names: flytekit-one}
          - {python-version: 3.12, plugin-names: flytekit-never}
"""
SOURCES = 'SOURCES = {"flytekitplugins_one": "flytekit-uno"}\n'


def test_lists_are_read_beside_the_tree(tmp_path: Path) -> None:
    config = CONFIG.replace("official/*", "plugins/flytekit-*").replace("community/*", "plugins/community/*")
    monorepo = Monorepo.of(
        tmp_path,
        {
            ".github/workflows/pythonbuild.yml": WORKFLOW,
            "plugins/setup.py": SOURCES,
            "plugins/README.md": "| flytekitplugins-one | flytekitplugins-past |\n",
            "docs/source/plugins/one.rst": ".. automodule:: flytekitplugins.one\n",
            "plugins/flytekit-one/pyproject.toml": project("flytekitplugins-one"),
            "plugins/flytekit-one/flytekitplugins/one/__init__.py": "",
            "plugins/community/flytekit-two/pyproject.toml": project("flytekitplugins-two"),
        },
        config=config,
    )
    workspace = monorepo.selected("README.md").workspace
    found = {one.where: one._replace(where="", purpose="") for one in compare_lists(str(tmp_path), workspace)}
    two = ("community/flytekit-two",)
    assert found == {
        ".github/workflows/pythonbuild.yml, `plugin-names`": HandList(
            "",
            "",
            2,
            two,
            (
                "excludes flytekit-never, which it does not list",
                "lists flytekit-gone, which does not exist",
            ),
        ),
        ".github/workflows/pythonbuild.yml, `exclude`": HandList("", "", 1, ("flytekit-one",)),
        "plugins/setup.py, `SOURCES`": HandList(
            "", "", 1, two, ("looks for flytekitplugins-one in plugins/flytekit-uno; it is in plugins/flytekit-one",)
        ),
        "plugins/Makefile, `test`": HandList("", "", 1, two),
        "plugins/README.md": HandList("", "", 1, two, ("names flytekitplugins-past, which does not exist",)),
        "docs/source/plugins/*.rst": HandList("", "", 1, two),
    }
