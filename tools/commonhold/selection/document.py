"""Format a selection as JSON (schema 2) for other programs."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.selection.affected import (
    CoreChanged,
    DependsOn,
    FilesChanged,
    LockChanged,
    LockNotComparable,
    ReadsPath,
    RulesChanged,
    SharedChanged,
    UnknownBase,
    Unmatched,
    Unnamed,
    Unreadable,
)
from commonhold.text import printable

if TYPE_CHECKING:
    from typing import Any

    from commonhold.selection.affected import Affected, AffectedPlugin, Reason

SCHEMA = 2
KINDS = {
    FilesChanged: "changed",
    DependsOn: "depends-on",
    CoreChanged: "core",
    SharedChanged: "shared",
    LockChanged: "lock",
    ReadsPath: "reads",
    Unreadable: "unreadable",
    Unnamed: "unreadable",
    Unmatched: "unmatched",
    LockNotComparable: "unmatched",
    RulesChanged: "unmatched",
    UnknownBase: "unknown-base",
}
"""The ``kind`` of each reason. Some reasons share a kind, because the JSON schema allows only these kinds."""


def affected_document(affected: Affected) -> dict[str, Any]:
    """Build the JSON document that ``commonhold affected --json`` prints."""
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "base": affected.base,
        "head": affected.head,
        "selection": affected.selection,
        "because": printable(affected.because),
        "plugins": [_plugin(plugin) for plugin in affected.plugins],
        "core": {
            "affected": bool(affected.core),
            "reasons": [reason_document(reason) for reason in affected.core],
        },
        "removed": list(affected.removed),
        "warnings": [printable(warning) for warning in affected.warnings],
    }
    return document | workspace_document(affected)


def workspace_document(affected: Affected) -> dict[str, Any]:
    """Build the part of the document about a workspace in a subfolder; empty if the workspace is the repository."""
    if not affected.folder:
        return {}
    return {"workspace": {"path": printable(affected.folder), "left_out": affected.left_out}}


def _plugin(plugin: AffectedPlugin) -> dict[str, Any]:
    return {
        "name": plugin.name,
        "path": printable(plugin.path),
        "tier": plugin.tier,
        "advisory": plugin.advisory,
        "reasons": [reason_document(reason) for reason in plugin.reasons],
    }


def reason_document(reason: Reason) -> dict[str, Any]:
    """Build the JSON object for one reason, with its ``kind``."""
    document: dict[str, Any] = {"kind": KINDS[type(reason)]}
    for field, value in reason._asdict().items():
        if value is not None:
            document["paths_total" if field == "total" else field] = _value(value)
    return document


def _value(value: object) -> object:
    if isinstance(value, str):
        return printable(value)
    return [printable(item) for item in value] if isinstance(value, tuple) else value


def dump(document: object, *, pretty: bool = False) -> str:
    """Format JSON in ASCII, on one line for programs or indented (``pretty``) for people."""
    import json

    return json.dumps(document, indent=2 if pretty else None)
