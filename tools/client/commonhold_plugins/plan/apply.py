"""Apply a plan completely, or restore the previous versions, also after a crash."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from commonhold_plugins.environments.record import changed_files, record_hash
from commonhold_plugins.errors import ClientError, RefusedError, UnavailableError
from commonhold_plugins.installers.requests import DifferentHashError, InstallRequest, PinnedRequirement
from commonhold_plugins.plan.model import KEEP, REMOVE, Plan, PluginChange
from commonhold_plugins.state.receipts import EnvironmentState, PreviousVersion, Receipt
from commonhold_plugins.text import listed, printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold_plugins.environments.target import TargetEnvironment
    from commonhold_plugins.installers.requests import Installer
    from commonhold_plugins.state.store import StateStore


class Reporter(Protocol):
    """Receives the progress of a change."""

    def step(self, text: str) -> None:
        """Report the start of a step."""
        ...

    def line(self, text: str) -> None:
        """Report a line that the installer printed, escaped."""
        ...


class SilentReporter:
    """Ignores the progress."""

    def step(self, text: str) -> None:
        """Ignore a step."""

    def line(self, text: str) -> None:
        """Ignore a line."""


class RestoredError(UnavailableError):
    """A change failed, and the environment contains the previous versions again."""


class DamagedError(UnavailableError):
    """A change failed, and so did the attempt to restore the previous versions."""


class Applier:
    """Applies plans to one environment. The caller holds the lock of ``store``."""

    def __init__(self, store: StateStore, installer: Installer, reporter: Reporter) -> None:
        self._store, self._installer, self._reporter = store, installer, reporter
        self.environment: TargetEnvironment | None = None
        """The environment after the last change that was completed."""

    def apply(self, plan: Plan, environment: TargetEnvironment, state: EnvironmentState) -> EnvironmentState:
        """Make the changes of a plan, verify them, and write their receipts.

        Raises ``RestoredError`` or ``DifferentHashError`` after a failure, and ``DamagedError`` if the previous
        versions could not be restored.
        """
        if state.unfinished:  # another process was killed after this one had planned
            raise RefusedError("a change to this environment was interrupted", hint="Repair it with: {command} sync")
        _check_unchanged(plan, environment)
        previous = _previous_versions(plan, environment, state)
        changed = changed_files(environment.installed[plan.core])
        self._store.write(replace(state, unfinished=previous))
        request = plan.request()
        try:
            if request.install or request.remove:
                self._reporter.step(f"Running {self._installer.name}")
                self._installer.apply(request, self._reporter.line)
            after = environment.refresh()
            done = record_changes(plan, after, state)
            if new := sorted({*changed_files(after.installed[plan.core])} - {*changed}):
                raise UnavailableError(f"a plugin has changed files of {plan.core}: {listed(new)}")
        except BaseException as error:
            self._undo(error, environment, state, previous)
            raise
        self._store.write(done)
        self.environment = after
        return done

    def _undo(
        self,
        error: BaseException,
        environment: TargetEnvironment,
        state: EnvironmentState,
        previous: tuple[PreviousVersion, ...],
    ) -> None:
        self._reporter.step("Restoring the previous versions")
        try:
            self._restore(environment, state, previous)
        except ClientError as second:
            message = f"{_text(error)}\nThe previous versions could not be restored: {second.message}"
            raise DamagedError(
                message, hint="When the cause is gone, repair the plugins with: {command} sync"
            ) from error
        if isinstance(error, UnavailableError):
            raise RestoredError(
                f"{error.message}\nThe previous versions are installed again.", hint=error.hint
            ) from error

    def repair(self, environment: TargetEnvironment, state: EnvironmentState) -> EnvironmentState:
        """Restore the versions from before a change that did not end, because its process was killed."""
        if not state.unfinished:
            return state
        self._reporter.step("Repairing a change that was interrupted")
        try:
            return self._restore(environment, state, state.unfinished)
        except ClientError as error:
            message = f"a change was interrupted, and restoring the previous versions failed: {error.message}"
            raise DamagedError(message, hint="Run this command again when the cause is gone.") from error

    def _restore(
        self, environment: TargetEnvironment, state: EnvironmentState, previous: tuple[PreviousVersion, ...]
    ) -> EnvironmentState:
        now = environment.refresh()
        if _forget_incomplete(now, [each.name for each in previous if each.name != state.core]):
            now = now.refresh()
        request = _restoring_request(now, state, previous)
        if request.install or request.remove:
            self._installer.apply(request, self._reporter.line)
            now = environment.refresh()
        wrong = [each.name for each in previous if now.versions.get(each.name) != each.version]
        if wrong:
            raise UnavailableError(f"these packages have another version than before: {listed(wrong)}")
        restored = replace(state, unfinished=())
        self._store.write(restored)
        return restored


def record_changes(plan: Plan, after: TargetEnvironment, state: EnvironmentState) -> EnvironmentState:
    """Return the state after a plan was applied. Raises ``UnavailableError`` if the environment shows otherwise."""
    _verify(plan, after)
    done = state.with_receipts(
        (_receipt(each, after) for each in plan.changes if each.action != REMOVE),
        (each.name for each in plan.changes if each.action == REMOVE),
    )
    return replace(done, core_version=plan.core_version, prefix=plan.prefix, unfinished=())


def _check_unchanged(plan: Plan, environment: TargetEnvironment) -> None:
    """Refuse a plan that was made for another state of the environment."""
    versions = environment.versions
    changed = [each.name for each in plan.plugins if versions.get(each.name) != each.old]
    if environment.prefix != plan.prefix or versions.get(plan.core) != plan.core_version or changed:
        raise RefusedError(
            f"the environment {printable(plan.prefix)} has changed since the plan was made", hint="Plan again."
        )


def _previous_versions(
    plan: Plan, environment: TargetEnvironment, state: EnvironmentState
) -> tuple[PreviousVersion, ...]:
    """Return the versions before a plan: of its plugins, of their dependencies, and of the core."""
    found = []
    for name in sorted({each.name for each in plan.changes} | {each.name for each in plan.dependencies} | {plan.core}):
        version = environment.versions.get(name)
        receipt = state.plugins.get(name)
        if receipt is not None and receipt.version == version:
            found.append(PreviousVersion(name, version, receipt.url, receipt.sha256))
        else:
            found.append(PreviousVersion(name, version, *_recorded_archive(environment, name)))
    return tuple(found)


def _recorded_archive(environment: TargetEnvironment, name: str) -> tuple[str | None, str | None]:
    """Return the URL and hash of an archive, if the installer has recorded both."""
    installed = environment.installed.get(name)
    if installed is None or installed.sha256 is None:
        return None, None
    url = (installed.direct_url or {}).get("url")
    try:
        PinnedRequirement(name, installed.version, url, installed.sha256)
    except ClientError:
        return None, None
    return url, installed.sha256


def _forget_incomplete(environment: TargetEnvironment, names: Iterable[str]) -> bool:
    """Delete the metadata of distributions without a list of files, and return whether there are any.

    A killed installer leaves them, and no installer can uninstall them.
    """
    found = [environment.installed[name] for name in names if name in environment.installed]
    incomplete = [each.location for each in found if each.location.endswith(".dist-info") and record_hash(each) is None]
    for folder in incomplete:
        shutil.rmtree(folder, ignore_errors=True)
    return bool(incomplete)


def _restoring_request(
    now: TargetEnvironment, state: EnvironmentState, previous: tuple[PreviousVersion, ...]
) -> InstallRequest:
    install, reinstall, keep, remove = [], set(), [], []
    for each in previous:
        installed = now.installed.get(each.name)
        if each.requirement is None:
            remove += [each.name] if installed is not None else []
        elif installed is None or installed.version != each.version or changed_files(installed):
            install.append(each.requirement)
            reinstall |= {each.name} if installed is not None and installed.version == each.version else set()
    touched = {each.name for each in previous}
    for name, receipt in state.plugins.items():
        if name not in touched and now.versions.get(name) == receipt.version:
            keep.append(receipt.requirement)
    return InstallRequest(tuple(install), tuple(keep), tuple(remove), frozenset(reinstall))


def _verify(plan: Plan, after: TargetEnvironment) -> None:
    """Check that the environment contains what the plan promises, and that the core is the same."""
    if after.versions.get(plan.core) != plan.core_version:
        raise UnavailableError(f"the installer has changed {plan.core} to {after.versions.get(plan.core)}")
    for each in plan.plugins:
        version = after.versions.get(each.name)
        is_commit = each.url is not None and each.url.startswith("git+") and version is not None
        if not is_commit and version != each.new and not _is_same_version(version, each.new):
            raise UnavailableError(
                f"the installer has left {each.name} at {version}, not {each.new}",
                hint="Look for `target` and similar settings in the configuration of pip or uv.",
            )
        if each.action in (KEEP, REMOVE):
            continue
        installed = after.installed[each.name]
        if each.sha256 is not None and installed.sha256 not in (None, each.sha256):
            raise DifferentHashError(f"the installed {each.name} has a different hash than the plugin index gives")
        if changed := changed_files(installed):
            raise UnavailableError(f"the installed {each.name} is incomplete: {listed(changed)}")


def _is_same_version(one: str | None, other: str | None) -> bool:
    from packaging.version import Version

    return one is not None and other is not None and Version(one) == Version(other)


def _receipt(change: PluginChange, after: TargetEnvironment) -> Receipt:
    installed = after.installed[change.name]
    return Receipt(
        name=change.name,
        short=change.short,
        version=installed.version,
        source=change.source,
        base=change.base,
        url=change.url,
        sha256=change.sha256,
        record=record_hash(installed),
        requested=change.requested,
        held=change.held,
    )


def _text(error: BaseException) -> str:
    return error.message if isinstance(error, ClientError) else f"interrupted ({type(error).__name__})"
