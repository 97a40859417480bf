"""Report which plugin indexes were read, and why others were not."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from commonhold_plugins.cli.terminal import echo_error
from commonhold_plugins.text import age_text, printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold_plugins.refresh import Refreshed


def report_failures(results: Iterable[Refreshed], command: str = "commonhold-plugins") -> bool:
    """Print the errors, with the ages of the copies that stay; return whether there were any."""
    failed = [result for result in results if result.error is not None]
    for result in failed:
        if result.error is not None:
            hint = result.error.hint and result.error.hint.replace("{command}", command)
            echo_error(f"{result.name}: {result.error.message}\n  {_kept(result)}", hint)
    return bool(failed)


def _kept(result: Refreshed) -> str:
    if result.checked is None:
        return "There is no older copy, so its plugins are missing."
    return f"The copy of {age_text(time.time() - result.checked)} ago stays in use."


def refreshed_as_json(result: Refreshed) -> dict[str, Any]:
    """Return a result as it is in JSON output."""
    return {
        "name": result.name,
        "url": result.url,
        "changed": result.changed,
        "error": printable(result.error.message) if result.error else None,
        "checked": result.checked,
    }
