"""What a change can break: rules and the dependency closure make an :class:`Affected`, with reasons."""

from commonhold.selection.affected import Affected, AffectedPlugin, Reason
from commonhold.selection.select import SelectionResult, find_affected
from commonhold.workspace.config.locate import Override, read_override

__all__ = ["Affected", "AffectedPlugin", "Override", "Reason", "SelectionResult", "find_affected", "read_override"]
