"""Read the configuration: ``[tool.commonhold]`` in the root ``pyproject.toml``, or in the file after ``--config``."""

from commonhold.workspace.config.decode import decode_config, decode_plugin_table
from commonhold.workspace.config.reader import closest
from commonhold.workspace.config.values import (
    Config,
    CoreConfig,
    PluginConfig,
    ReleaseConfig,
    SharedRule,
    Testing,
    Tier,
    TierResponse,
)

__all__ = [
    "Config",
    "CoreConfig",
    "PluginConfig",
    "ReleaseConfig",
    "SharedRule",
    "Testing",
    "Tier",
    "TierResponse",
    "closest",
    "decode_config",
    "decode_plugin_table",
]
