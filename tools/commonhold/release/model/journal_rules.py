"""Check that every event in a journal could have been written by a phase of the release.

A journal can come from another machine. So the plugins, files and commits in its events must agree with the plan and
with earlier events, and each phase may write only its own kinds of events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from commonhold.errors import UsageError
from commonhold.index.addresses import Address, find_index
from commonhold.release.model.journal import JournalError
from commonhold.release.model.journal_events import (
    Aborted,
    Began,
    BuildFailed,
    Built,
    Conflict,
    Deferred,
    HeldBack,
    IndexSelected,
    Inspected,
    NotVerified,
    Rejected,
    Tagged,
    Uploaded,
    Uploading,
    Verified,
)
from commonhold.release.model.plan import RULES_OF_THIS_RELEASE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.release.model.journal_events import Event, UploadEvent
    from commonhold.release.model.plan import ReleasePlan

    PluginEvent: TypeAlias = Built | BuildFailed | Inspected | HeldBack | Verified | NotVerified | UploadEvent

WRITTEN_BY: Mapping[str, tuple[type[Event], ...]] = {
    "plan": (Began,),
    "build": (Built, BuildFailed),
    "inspect": (Inspected, HeldBack),
    "publish": (IndexSelected, Uploading, Uploaded, Conflict, Rejected, Deferred, HeldBack),
    "verify": (Verified, NotVerified),
    "notes": (Tagged,),
    "abort": (Aborted, Uploaded),
}
"""The kinds of events that each phase writes."""

DISTRUST = "Do not publish from this store until you know why."
"""The hint for a store with contents that no phase of its release could have written."""


class JournalRules:
    """The rules for one journal. Events that were checked before are not checked again."""

    def __init__(self, plan: ReleasePlan) -> None:
        self._plan = plan
        self._released = {planned.name for planned in plan.released}
        self._forget()

    def _forget(self) -> None:
        self._count = 0
        self._last: Event | None = None
        self._index: str | None = None
        self._built: dict[str, Mapping[str, str]] = {}  # the SHA-256 of each file of a built plugin
        self._uploaded: dict[str, set[str]] = {}  # the files that the index has, according to the journal

    def check(self, path: str, events: tuple[Event, ...]) -> None:
        """Check the journal in a file. Raises ``JournalError`` for the first event that breaks a rule."""
        if self._count > len(events) or (self._count and events[self._count - 1] is not self._last):
            self._forget()  # the file was replaced
        for event in events[self._count :]:
            problem = self._problem(event)
            if problem:
                line = f"{path}, line {self._count + 1} ({kind_of(event)})"
                self._forget()
                raise JournalError(f"{line} contradicts the release: {problem}", hint=DISTRUST)
            self._count, self._last = self._count + 1, event

    def _problem(self, event: Event) -> str:
        """Describe how an event contradicts the plan or earlier events; return an empty string if it does not."""
        if isinstance(event, Began) is bool(self._count):
            return "the first event must be the beginning of the release, and no other event may be"
        match event:
            case Began() | Aborted():
                return ""
            case Tagged(commit=commit):
                return "" if commit == self._plan.commit else "the tag is not on the commit of the plan"
            case IndexSelected():
                return self._select_index(event)
            case _:
                if event.plugin not in self._released:
                    return f"the plan does not release {event.plugin[:200]}"
                return self._plugin_problem(event)

    def _select_index(self, event: IndexSelected) -> str:
        if event.index != self._index:
            self._uploaded.clear()
        self._index = event.index
        try:
            is_index = find_index(event.index, event.simple) == Address(event.index, event.simple)
        except UsageError:
            is_index = False
        return "" if is_index else "it does not name a package index"

    def _plugin_problem(self, event: PluginEvent) -> str:
        match event:
            case Built():
                return self._build(event)
            case BuildFailed(plugin=name, log=log):
                self._built.pop(name, None)
                return "" if log in (None, f"logs/{name}.log") else "its log is not in the folder for logs"
            case Inspected():
                return self._inspect(event)
            case HeldBack(because=because):
                is_planned = because is None or any(planned.name == because for planned in self._plan.plugins)
                return "" if is_planned else "it is held back because of a plugin that the plan does not contain"
            case Verified(plugin=name) | NotVerified(plugin=name):
                is_uploaded = name in self._built and self._uploaded.get(name, set()) >= self._built[name].keys()
                return "" if is_uploaded else "not all of its files are uploaded"
            case _:
                return self._upload(event)

    def _build(self, event: Built) -> str:
        files = {file.name: file.sha256 for file in event.files}
        if len(files) != len(event.files):
            return "two files have the same name"
        if files != self._built.get(event.plugin):
            self._uploaded.pop(event.plugin, None)
        self._built[event.plugin] = files
        return ""

    def _inspect(self, event: Inspected) -> str:
        built = self._built.get(event.plugin)
        if built is None or {*event.files} != {*built.values()}:
            return "the inspected files are not those that were built"
        # A defect of the previous release does not stop this release, so the claim must be possible.
        known = [finding.rule for finding in event.findings if finding.known]
        if known and self._plan.plugin(event.plugin).new:
            return f"{event.plugin} has no earlier release that could have the same defect"
        impossible = RULES_OF_THIS_RELEASE.intersection(known)
        return f"an earlier release cannot have a defect of the rule {min(impossible)}" if impossible else ""

    def _upload(self, event: UploadEvent) -> str:
        if self._index is None:
            return "no index was selected"
        built = self._built.get(event.plugin, {}).get(event.file)
        match event:
            case Uploading(sha256=sha256) | Uploaded(sha256=sha256) | Conflict(ours=sha256):
                is_built = built is not None and sha256 == built
            case _:
                is_built = built is not None
        if not is_built:
            return "this file was not built"
        uploaded = self._uploaded.setdefault(event.plugin, set())
        if isinstance(event, Uploaded):
            uploaded.add(event.file)
        else:
            uploaded.discard(event.file)
        return ""


def kind_of(event: Event) -> str:
    """Return the name of an event's kind in the journal."""
    return str(event.__struct_config__.tag)
