"""Print results as JSON with a schema number."""

from __future__ import annotations

import json
from typing import Any

from commonhold_plugins.cli.terminal import emit

SCHEMA = 1


def emit_json(**values: Any) -> None:
    """Print a document; its first key is ``schema``."""
    emit(json.dumps({"schema": SCHEMA, **values}, indent=2, ensure_ascii=True))
