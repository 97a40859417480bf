"""Describe the result of an import for people: what a squash merge would destroy, and the steps left to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.text import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.scaffold.transfer.import_options import ImportedPlugin


def report_lines(imported: ImportedPlugin) -> Iterator[str]:
    """Yield the lines of the report after an import."""
    old, new = imported.distribution
    yield f"  folder        {imported.names.folder}"
    if old != new:
        yield f"  distribution  {old} -> {new}"
    if imported.package is not None:
        yield f"  package       {' -> '.join(imported.package)}"
    yield f"  history       {count(imported.summary.commits, 'commit')}, {count(len(imported.tags), 'tag')}"
    if imported.project is None:
        yield "  issues        `#12` in messages stays; pass --source-url to link the old project's issues"
    if imported.gaps:
        yield f"  gaps          {count(imported.gaps, 'violation')} added to the baseline"
        yield "                List them after the merge with `commonhold check --help-wanted`."
    if imported.compatibility is not None:
        yield f"  old names     {imported.compatibility}: publish this package once, and delete it afterwards"
    for finding in imported.allowed:
        yield f"  allowed       {finding}"
    yield ""
    yield from _merge_lines(imported)
    yield ""
    yield from _steps(imported)


def _merge_lines(imported: ImportedPlugin) -> Iterator[str]:
    if imported.kept_branch is not None:
        yield (
            f"{imported.branch} is one commit that credits every author. {imported.kept_branch} keeps the history: "
            "push both branches, and never delete the second one."
        )
        return
    yield "Merge this branch with a merge commit. A squash merge would destroy:"
    for line in imported.summary.losses():
        yield f"  - {line}"
    yield "commonhold does not read the settings of the server. This command shows which merges GitHub allows:"
    yield f"  `gh api 'repos/{{owner}}/{{repo}}' --jq '{_MERGES}'`"
    yield "If your repository only allows squash merges, choose one of these:"
    yield (
        "  - An administrator allows merge commits for this one pull request: `gh repo edit --enable-merge-commit`, "
        "and afterwards `gh repo edit --enable-merge-commit=false`."
    )
    yield (
        "  - Run the command again with --squash: it makes one commit with a Co-authored-by line for every author, "
        "and a branch that keeps the history."
    )


_MERGES = "{merge: .allow_merge_commit, squash: .allow_squash_merge, rebase: .allow_rebase_merge}"


def _steps(imported: ImportedPlugin) -> Iterator[str]:
    old, new = imported.distribution
    name, branch = imported.names.name, imported.branch
    yield "Steps left to people:"
    yield f"  1. Review the branch: `git log --stat {branch}` and `git diff HEAD...{branch}`."
    if imported.consent.upstream is None:
        yield f"  2. The former owner of {old} gives up the final say, and grants release access to {old} on the index."
    else:
        yield f"  2. Ask the owners of {old} for release access, because their project is abandoned."
    if old != new:
        yield f"     Release {new} from this repository; {old} stays on the index with its old versions."
    yield f"     `commonhold check --online {new}` compares the owners of that name on the index with `release.owners`."
    yield f"  3. Add the former owner as a maintainer of {name}, in its project file and in governance.toml."
    branches = " ".join(filter(None, (branch, imported.kept_branch)))
    yield "  4. Push the branch and its tags:"
    yield f"     `git push origin {branches} 'refs/tags/imported/{name}/*'`."
    if imported.summary.unsigned_off:
        yield from _sign_off(imported)


def _sign_off(imported: ImportedPlugin) -> Iterator[str]:
    commits, without = imported.summary.commits, imported.summary.unsigned_off
    yield f"  5. {without} of {count(commits, 'commit')} have no Signed-off-by line, which only their authors can add."
    if imported.kept_branch is not None:
        yield (
            "     If a check requires the line (DCO), sign off the new commit before you push it: "
            f"`git switch {imported.branch}`, then `git commit --amend --no-edit --signoff`."
        )
    else:
        yield "     If a check requires the line (DCO), an administrator accepts it, or you use --squash."
