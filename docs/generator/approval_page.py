"""Generate the reference of the approval rule from the table that the evaluator reads."""

from __future__ import annotations

from commonhold.governance.approvals import table_markdown
from generator import NOTE

PAGE = "reference/approval-rule.md"

HEAD = """\
# The approval rule

`commonhold approvals` applies this table to a pull request. Plugin maintainers have no write access: their approval
comes first and is not binding. A core maintainer's approval comes second and is binding.

*Core*, *TSC* and *maintainer* are people whom the [governance files](governance-files.md) list at the tip of the base
branch, by the id of their account, within their term and not suspended. The requirements of every touched plugin and
path add up, and one core approval serves them all. A path belongs to its owner at base and also to its owner at head,
on both sides of a rename. Numbers are required approvals.

"""

DETAILS = """
## Details { #details }

- **Order.** A core approval counts only after the plugin's side is met. A core maintainer who approved too early is
  asked to approve again, and nobody else is asked. Approving again as a maintainer does not make core's approval
  early. The setting `ordered = false` removes the order.
- **Change requests.** Only the latest review of a person counts. A change request on an older commit does not block,
  and neither does one by somebody who is not listed.
- **Silence.** The periods of rows 10 and 17 begin when a comment of the gate asks the person for exactly that. They
  begin again after each answer by the person, at the end of a draft, and when the base branch changes; that of row 10
  also begins again after a push. A review request does not start them, because it does not say that silence counts.
- **Rights.** A longer term, an earlier start or an earlier end of a suspension is a grant (rows 13 and 15). A shorter
  term is a removal (rows 14, 16 and 17). To remove the entry of a suspended person is a grant, because it ends the
  suspension.
- **Policies.** Every file in `governance/` except `people.toml`, `waivers.toml`, `check-baseline.toml` and the ledger
  is a policy, so a change needs two core approvals and a closed vote. CODEOWNERS and local actions count as
  workflows.
- **Bulk changes.** A new plugin, and a change of a file that row 13, 14 or 18 is about, is not part of a bulk change.
- **Moved plugins.** If a new plugin replaces one that was moved into it, its current maintainers need not accept
  again, and those whom it no longer names are asked as in row 17.
- **Overrides.** The comment contains nothing before the command, and SHA is the full id of the head commit. Somebody
  who edited the comment posts it again. The author alone can override only if no other core maintainer is active.
- **Broken files.** If a plugin's `governance.toml` is broken at base, nobody knows who maintains the plugin. A pull
  request that changes only this file of the plugin is decided by row 13, and every other change to the plugin is
  pending. While `governance/people.toml` or the configuration is broken at base, nobody can bind.
- **The last push.** GitHub's API has no time of a push, and dates in commits can be forged. So the last push counts as
  of the gate's first status on the head that was posted for this pull request, and after a force-push as of the first
  one at least an hour later. Without such a status, no override by one alone is valid because of its age.
- **One head, several pull requests.** Open pull requests with the same head and base branch share one status. Those
  whose authors the files list at base or at head must all pass, because an approver can be the author of another one.
  One by an outsider delays none of the others: it approves nothing, and everybody can open it.
- **Merged pull requests** are decided as of the merge; what happened later does not count.
"""


def make() -> dict[str, str]:
    """Return the page."""
    return {PAGE: NOTE + HEAD + table_markdown() + DETAILS}
