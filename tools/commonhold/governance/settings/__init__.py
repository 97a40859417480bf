"""Compare a repository's settings on GitHub with those that the approval gate needs, without changing any."""

from commonhold.governance.settings.examine_settings import examine_settings, has_wrong, read_policy
from commonhold.governance.settings.setting import SettingResult, SettingState
from commonhold.governance.settings.settings_document import encode_settings
from commonhold.governance.settings.settings_reader import SettingsReader

__all__ = [
    "SettingResult",
    "SettingState",
    "SettingsReader",
    "encode_settings",
    "examine_settings",
    "has_wrong",
    "read_policy",
]
