"""Compare the installed plugins with what became known about them, and with the files that were installed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold_plugins.environments.record import changed_files, record_hash
from commonhold_plugins.errors import ClientError
from commonhold_plugins.text import listed, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold_plugins.catalog import Catalog, CatalogEntry
    from commonhold_plugins.environments.target import TargetEnvironment
    from commonhold_plugins.state.receipts import Receipt

_STATES = ("retired", "quarantined", "orphaned", "noticed")


@dataclass(frozen=True)
class AuditFinding:
    """A problem of an installed distribution. ``kind`` is a state, "yanked", "unlisted", "changed" or "advisory".

    ``replacement`` is the plugin to use instead, if the plugin index names one.
    """

    name: str
    kind: str
    text: str
    replacement: str | None = None


def audit_plugins(
    receipts: Iterable[Receipt], catalog: Catalog | None, environment: TargetEnvironment
) -> list[AuditFinding]:
    """Return the problems of installed plugins; without ``catalog``, only those of their files."""
    found: list[AuditFinding] = []
    for receipt in receipts:
        found += _file_findings(receipt, environment)
        if catalog is not None:
            entry = _find(receipt, catalog)
            if entry is None:
                found.append(AuditFinding(receipt.name, "unlisted", f"{receipt.source} no longer lists it"))
            else:
                found += _status_findings(receipt, entry, environment)
    return found


def _find(receipt: Receipt, catalog: Catalog) -> CatalogEntry | None:
    try:
        official = catalog.is_official(receipt.name)
        return catalog.find(receipt.name if official else f"{receipt.source}/{receipt.name}")
    except ClientError:
        return None


def _status_findings(receipt: Receipt, entry: CatalogEntry, environment: TargetEnvironment) -> Iterator[AuditFinding]:
    status = entry.status
    name = receipt.name
    if status.state in _STATES:
        since = f" since {status.since}" if status.since else ""
        reason = f": {status.reason}" if status.reason else ""
        yield AuditFinding(name, status.state, printable(f"it is {status.state}{since}{reason}"), status.replacement)
    if status.moved_to is not None:
        text = printable(f"it moved to {status.moved_to.name}: {status.moved_to.reason}")
        yield AuditFinding(name, "moved", text, status.moved_to.name)
    version = environment.versions.get(name, receipt.version)
    release = status.of_release(version)
    for kind, reason_ in (("yanked", release.yanked), ("unlisted", release.unlisted), ("failing", release.failing)):
        if reason_ is not None:
            yield AuditFinding(name, kind, printable(f"version {version} is {kind}: {reason_ or 'no reason given'}"))


def _file_findings(receipt: Receipt, environment: TargetEnvironment) -> Iterator[AuditFinding]:
    name = receipt.name
    installed = environment.installed.get(name)
    if installed is None:
        yield AuditFinding(name, "changed", f"version {receipt.version} was installed, and is missing now")
    elif installed.version != receipt.version:
        text = f"version {receipt.version} was installed, and {installed.version} is there now"
        yield AuditFinding(name, "changed", text)
    elif files := changed_files(installed):
        yield AuditFinding(name, "changed", printable(f"files were changed: {listed(files)}"))
    elif receipt.record is not None and record_hash(installed) != receipt.record:
        yield AuditFinding(name, "changed", "another file was installed over it, with the same version")
