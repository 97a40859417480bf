"""Decode the settings of the approval gate from ``[tool.commonhold.approvals]``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commonhold.errors import ConfigurationError, page_url
from commonhold.governance.approvals.gate_settings import GateMode, GateSettings
from commonhold.workspace.config.reader import Reader

if TYPE_CHECKING:
    from commonhold.workspace.config import Config

_KEY = "tool.commonhold.approvals"
_MOST = 2**63 - 1

FIELDS = {"mode": "mode", "ordered": "ordered", "same-diff": "same_diff", "account": "gate_account"}
"""The keys of ``[tool.commonhold.approvals]``, each with its field in ``GateSettings``."""


def read_gate_settings(config: Config) -> GateSettings:
    """Decode the settings of the gate. Raises one ``ConfigurationError`` with every mistake."""
    reader = Reader()

    def mode(value: Any, key: str) -> GateMode:
        return GateMode(reader.choice(*(each.value for each in GateMode))(value, key))

    def account(value: Any, key: str) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MOST:
            return value
        reader.error(key, "expected the numeric id of an account on GitHub")
        return 0

    keys = {"mode": mode, "ordered": reader.flag, "same-diff": reader.flag, "account": account}
    read = reader.table(config.approvals, _KEY, keys)
    if reader.problems:
        lines = "\n".join(f"  {problem}" for problem in reader.problems)
        hint = f"All keys are described at {page_url('reference/configuration')}"
        raise ConfigurationError(f"the settings of approvals contain errors:\n{lines}", hint=hint)
    return GateSettings(**{FIELDS[name]: value for name, value in read.items()})
