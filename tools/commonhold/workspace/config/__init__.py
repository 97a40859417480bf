"""The configuration: ``[tool.commonhold]`` of the root's ``pyproject.toml``, or of the file given with ``--config``."""

from commonhold.workspace.config.decode import decode_config, decode_plugin_table
from commonhold.workspace.config.reader import closest
from commonhold.workspace.config.values import (
    Answer,
    Config,
    CoreConfig,
    PluginConfig,
    ReleaseConfig,
    SharedRule,
    Testing,
    Tier,
)

__all__ = [
    "Answer",
    "Config",
    "CoreConfig",
    "PluginConfig",
    "ReleaseConfig",
    "SharedRule",
    "Testing",
    "Tier",
    "closest",
    "decode_config",
    "decode_plugin_table",
]
