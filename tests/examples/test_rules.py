"""The examples' rules are read as strictly as anybody's; what they say of the real trees needs the trees."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import tomli

from commonhold.catalog.settings import catalog_settings
from commonhold.projects.names import Name
from commonhold.workspace.config import decode_config

if TYPE_CHECKING:
    from commonhold.workspace.config import Config

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FILES = sorted(EXAMPLES.glob("*.toml"))


def read(file: Path) -> Config:
    return decode_config(tomli.loads(file.read_text())["tool"]["commonhold"], file.name)


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_the_rules_can_be_read(file: Path) -> None:
    config = read(file)
    assert config.tiers
    assert config.default_branch


def test_a_change_of_how_plugins_are_tested_concerns_all_of_them() -> None:
    config = read(EXAMPLES / "flytekit.toml")
    for path in ("noxfile.py", "commonhold.toml", ".github/workflows/plugins.yml", "plugins/conftest.py"):
        first = next(rule for rule in config.shared if rule.path.match(path))
        assert first.affects == "all", path


@pytest.mark.parametrize("path", ["plugins/flytekit-dbt/tests/testdata/jaffle_shop/models/docs.md", "flytekit/x.md"])
def test_data_that_looks_like_documentation_is_not_ignored(path: str) -> None:
    assert not read(EXAMPLES / "flytekit.toml").ignore.match(path)


def test_what_a_plugin_needs_takes_nothing_away_from_its_tier() -> None:
    config = read(EXAMPLES / "flytekit.toml")
    plugin = config.plugins[Name("flytekitplugins-onnxpytorch")].testing.or_else(config.tiers["official"].testing)
    assert plugin.constraints == ("protobuf<5", "numpy<2")
    assert set(plugin.env or ()) >= {"PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION", "FLYTE_SDK_LOGGING_LEVEL"}
    assert plugin.test == config.tiers["official"].testing.test


def test_the_settings_of_the_catalogue_fit_the_rules() -> None:
    rules = tomli.loads((EXAMPLES / "flytekit.toml").read_text())["tool"]["commonhold"]
    added = tomli.loads((EXAMPLES / "catalog/settings.toml").read_text())["tool"]["commonhold"]
    config = decode_config({**rules, **added}, "settings.toml")
    settings = catalog_settings(config, None)
    assert [(tier.name, tier.default) for tier in settings.tiers] == [("official", True), ("community", False)]
    assert config.catalog is not None
    assert config.catalog.category_of(Name("flytekitplugins-spark")) == "Distributed computing"
