"""Plan to restore plugins from their receipts alone, without a plugin index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold_plugins.environments.record import changed_files
from commonhold_plugins.plan.model import INSTALL, KEEP, REINSTALL, UPGRADE, Plan, PluginChange

if TYPE_CHECKING:
    from commonhold_plugins.environments.target import TargetEnvironment
    from commonhold_plugins.installers.requests import Installer
    from commonhold_plugins.state.receipts import EnvironmentState, Receipt


def plan_restoration(environment: TargetEnvironment, state: EnvironmentState, installer: Installer) -> Plan:
    """Plan to install every plugin that is missing, has another version or was changed, in the receipt's version."""
    changes = tuple(_change(receipt, environment) for _, receipt in sorted(state.plugins.items()))
    plan = Plan(
        command="sync",
        core=state.core,
        core_version=environment.core_version(state.core),
        prefix=environment.prefix,
        python=environment.python,
        installer=installer.name,
        plugins=changes,
    )
    return plan.resolved(installer.resolve(plan.request()).changes, environment.versions) if plan.changes else plan


def _change(receipt: Receipt, environment: TargetEnvironment) -> PluginChange:
    installed = environment.installed.get(receipt.name)
    if installed is None:
        action = INSTALL
    elif installed.version != receipt.version:
        action = UPGRADE
    else:
        action = REINSTALL if changed_files(installed) else KEEP
    return PluginChange(
        name=receipt.name,
        short=receipt.short,
        action=action,
        source=receipt.source,
        base=receipt.base,
        old=installed.version if installed is not None else None,
        new=receipt.version,
        url=receipt.url,
        sha256=receipt.sha256,
        requested=receipt.requested,
        held=receipt.held,
    )
