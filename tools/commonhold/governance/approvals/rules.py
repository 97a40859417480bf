"""State the approval rule: one row for each situation, which the evaluator reads and the documentation prints."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the rule. The texts are for readers; the other values are what the evaluator applies."""

    number: int
    when: str
    plugin: str
    """The plugin's side, as text."""

    core: str
    """Core's side, as text."""

    maintainers: int = 0
    """Approvals by active maintainers of the plugin, as listed at base."""

    consent: bool = False
    """Whether each person whom the change concerns must approve, or be the author."""

    period: str | None = None
    """The name of the period in ``Periods`` after which silence counts as consent."""

    objection: bool = False
    """Whether a change request by a maintainer of the plugin makes its side unmet."""

    binding: int = 0
    """Binding approvals."""


_CORE_1 = "1 core approval"

ROWS = (
    Row(
        1,
        "any data is unread, has an unconfirmed count, or differs between the first and the last read; a field is "
        "missing or mistyped, or a used field has an unknown value (unknown extra fields are ignored)",
        "pending, with the reason",
        "pending",
    ),
    Row(2, "the pull request is a draft, or its base is not a protected branch", "pending; nobody is asked", "none"),
    Row(
        3,
        "a review counts",
        "if it is the latest review by that id that is not a comment; it approves; by an account of type User; on head "
        "(setting `same-diff`: or on a commit with the same diff); after the last change or force-push of the base "
        "branch; and not by the pull request's author",
        "the same conditions, and the reviewer is not the author of a commit that is not a merge commit",
    ),
    Row(
        4,
        "a plugin has active maintainers, and none of them is the author",
        "1 maintainer",
        _CORE_1,
        maintainers=1,
        objection=True,
        binding=1,
    ),
    Row(
        5,
        "the author of the pull request maintains the plugin",
        "met",
        "1 core approval, not by the author",
        objection=True,
        binding=1,
    ),
    Row(
        6,
        "a plugin has no active maintainer (orphaned, or all suspended)",
        "not required, and the output says so",
        _CORE_1,
        binding=1,
    ),
    Row(
        7,
        "the approver maintains the plugin and is core",
        "met",
        "met by the same review",
        maintainers=1,
        objection=True,
        binding=1,
    ),
    Row(
        8,
        "the author is core and does not maintain the plugin",
        "1 maintainer",
        "1 other core approval",
        maintainers=1,
        objection=True,
        binding=1,
    ),
    Row(9, "several plugins are touched", "rows 4 to 8 apply to each", _CORE_1, binding=1),
    Row(
        10,
        "bulk change: the author is core, more than 5 plugins are touched, and no ownership file is changed",
        "one comment asks all maintainers; met after 7 days without an answer; a change request excludes that plugin "
        "from this row",
        "1 other core approval",
        maintainers=1,
        period="bulk",
        binding=1,
    ),
    Row(11, 'the tier of a plugin has `approvals = "core"`', "none", _CORE_1, binding=1),
    Row(12, "a path of the core, a shared path, or a path without an owner", "none", _CORE_1, binding=1),
    Row(
        13,
        "workflows, `[tool.commonhold]` and `governance/**`, except rows 14 and 18",
        "none",
        "2 core approvals, neither by the author (all other core maintainers, if there are fewer); for the list of the "
        "TSC and for policies, also the closed vote",
        binding=2,
    ),
    Row(
        14,
        "a change of people only removes rights or suspends",
        "none",
        "1 core approval; all open pull requests are evaluated again",
        binding=1,
    ),
    Row(
        15,
        "a maintainer is added (alone: no other file of the plugin changes)",
        "1 current maintainer (row 6 if there is none), and the added person",
        _CORE_1,
        maintainers=1,
        consent=True,
        objection=True,
        binding=1,
    ),
    Row(16, "the author is removed as maintainer", "none", _CORE_1, binding=1),
    Row(
        17,
        "another person is removed as maintainer",
        "that person, or 21 days without an answer",
        _CORE_1,
        consent=True,
        period="removal",
        binding=1,
    ),
    Row(18, "only the lifecycle state and the ledger change", "notified, not asked", _CORE_1, binding=1),
    Row(
        19,
        "a new plugin",
        "every named maintainer accepts, as author or by approving, that they maintain and support the plugin, have no "
        "write access, and do not have the final say",
        _CORE_1,
        consent=True,
        binding=1,
    ),
    Row(
        20,
        "a move, rename or deletion, also from one plugin to another",
        "owners of both sides at base",
        _CORE_1,
        binding=1,
    ),
    Row(
        21,
        "a pull request by a bot, or a revert",
        "as its paths require, without privileges; bots never approve",
        "as its paths require",
    ),
    Row(
        22,
        "a change request on head",
        "that plugin's side is unmet, unless another maintainer approves later",
        "if by core: pending until withdrawn or dismissed",
    ),
    Row(
        23,
        "`/override SHA REASON` (a comment that was not edited, where SHA is head)",
        "met, and shown permanently",
        "by 2 core maintainers (the author may be one); by 1 core maintainer after 14 days ready for review and 3 days "
        "since the last push, or for an exact revert, or with `security:`; the binding approval is still required",
    ),
    Row(
        24,
        "no core maintainer except the author is active",
        "not affected",
        'the approval of a TSC member is binding; if no TSC member is left: pending, "nobody can bind"',
        binding=1,
    ),
    Row(
        25,
        "merged without passing the gate (by an administrator, or during an outage)",
        "not affected",
        "the scheduled run finds it, and adds a ledger entry and an issue",
    ),
)


def table_markdown() -> str:
    """Return the rule as a Markdown table."""
    lines = ["| # | when | plugin's side | core's side |", "|-:|:--|:--|:--|"]
    lines += (f"| {row.number} | {row.when} | {row.plugin} | {row.core} |" for row in ROWS)
    return "\n".join(lines) + "\n"
