"""Define the results of rules: violations as rules report them, and findings with the settings of the repository."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING

from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from commonhold.effects.file_changes import FileChanges
    from commonhold.projects.names import Name

_FINGERPRINT_DIGITS = 16


class Severity(Enum):
    """The effect of a finding: an error fails the check, a warning does not, and a rule that is off is not applied."""

    ERROR = "error"
    WARNING = "warning"
    OFF = "off"

    @property
    def rank(self) -> int:
        """A number that is higher the stricter the severity is."""
        return ("off", "warning", "error").index(self.value)


class State(Enum):
    """The state of a finding. Only a finding with the state ``FAIL`` can fail the check."""

    FAIL = "fail"
    SKIPPED = "skipped"
    WAIVED = "waived"
    BASELINED = "baselined"


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that removes a violation. A safe fix cannot change the meaning of a project; a person reviews others.

    ``apply`` reads and writes files through ``FileChanges``, so that several fixes can change one file.
    """

    apply: Callable[[FileChanges], None]
    safe: bool = False


@dataclass(frozen=True, slots=True)
class Violation:
    """A place that violates a rule.

    ``path`` is relative to the repository's root; ``line`` starts at 1. ``subject`` distinguishes this violation from
    other violations of the same rule by the same plugin, and does not change when lines move.
    """

    message: str
    path: str
    line: int | None = None
    subject: str = ""
    fix: Fix | None = field(default=None, compare=False)


class RuleSkippedError(Exception):
    """Raised by a rule whose evidence is missing, so that the report shows the reason instead of a pass."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A violation, or a rule that was skipped, with the plugin and the settings that apply to it.

    ``plugin`` and ``tier`` are ``None`` for a finding about the repository. ``because`` is the reason for every state
    except ``FAIL``.
    """

    code: str
    plugin: Name | None
    tier: str | None
    severity: Severity = Severity.ERROR
    violation: Violation = Violation("", "")
    state: State = State.FAIL
    because: str = ""

    @property
    def is_error(self) -> bool:
        """True if the finding fails the check."""
        return self.state is State.FAIL and self.severity is Severity.ERROR

    def put(self, state: State, because: str) -> Finding:
        """Return the finding with another state."""
        return replace(self, state=state, because=because)

    @property
    def fingerprint(self) -> str:
        """An identifier that stays the same when lines or messages change."""
        return fingerprint_of(self.code, self.plugin, self.violation.subject)


def fingerprint_of(code: str, plugin: str | None, subject: str) -> str:
    """Return the identifier of a violation of a rule by a plugin (``None``: by the repository)."""
    # Escaped, because TOML cannot represent every subject: a path may contain bytes that are not UTF-8.
    text = "\0".join((code, plugin or "", printable(subject)))
    return hashlib.sha256(text.encode()).hexdigest()[:_FINGERPRINT_DIGITS]
