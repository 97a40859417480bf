"""Select the plugins that a change can break, and give the reasons."""

from commonhold.selection.affected import Affected, AffectedPlugin, Reason
from commonhold.selection.select import SelectionResult, find_affected
from commonhold.workspace.config.locate import Override, read_override

__all__ = ["Affected", "AffectedPlugin", "Override", "Reason", "SelectionResult", "find_affected", "read_override"]
