"""Rules CH89x: waivers and the baseline, which are applied to findings, and records that are compared with the base."""

from __future__ import annotations

from commonhold.checks.rule import record_rule

VALID_WAIVER = record_rule(
    "CH891",
    "No waiver has expired",
    """\
A waiver in `governance/waivers.toml` accepts a violation until the day in its `expiry`. After that day, the violation
fails again, and so does the waiver, so that it is removed.

**To fix it**, fix the violation and remove the waiver, or ask the core team for a new waiver.""",
)
USED_WAIVER = record_rule(
    "CH892",
    "Every waiver is used",
    """\
A waiver whose violation no longer exists would hide the same violation if it came back.

**To fix it**, remove the waiver from `governance/waivers.toml`.""",
)
USED_BASELINE = record_rule(
    "CH893",
    "Every entry of the baseline is used",
    """\
An entry of `governance/check-baseline.toml` whose violation no longer exists would hide the same violation if it came
back.

**To fix it**, run `commonhold check --baseline prune`.""",
)
SHRINKING_BASELINE = record_rule(
    "CH894",
    "The baseline only shrinks",
    """\
The baseline lists the violations on the day when the repository adopted the checks. A change may remove entries, but
not add entries for a plugin that the base of the change contains. `commonhold check --changed` compares the two.

**To fix it**, fix the new violations, or ask the core team for a waiver with a reason and an expiry.""",
)
STABLE_ID = record_rule(
    "CH895",
    "A login keeps its id",
    """\
A change does not give a login in `governance/people.toml` or in a plugin's `governance.toml` another numeric id. The id
is the account: a new id gives the rights of one person to another person who has taken the login. `commonhold check
--changed` compares the change with its base. A person who renamed the account keeps the id and changes the login.

**To fix it**, restore the id. If the person has a new account, remove the old entry, and add a new entry in another
change.""",
)
GROWING_LEDGER = record_rule(
    "CH896",
    "Entries of the ledger are only added",
    """\
A change adds files to `governance/ledger`, but does not change or remove any. `commonhold check --changed` compares the
change with its base.

**To fix it**, restore the entry, and add a new entry that corrects it.""",
)
