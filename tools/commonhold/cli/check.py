"""``commonhold check``: check plugins against the community's rules."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from commonhold.checks.extension import load_rules
from commonhold.checks.profiles import PROFILES
from commonhold.cli.check_output import CheckOutput, print_check
from commonhold.cli.check_run import CheckOptions, open_check
from commonhold.cli.completion import complete_plugins
from commonhold.cli.options import compare_options, comparison_options

if TYPE_CHECKING:
    from commonhold.cli.context import Context

_NOT_WITH_AS = "--as cannot be combined with --changed, --baseline, --fix or --unsafe-fixes"


@click.command("check")
@click.argument("plugins", nargs=-1, metavar="[PLUGIN]...", shell_complete=complete_plugins)
@click.option("--as", "tier", metavar="TIER", help="List what each PLUGIN lacks for TIER.")
@click.option(
    "--profile",
    "profiles",
    type=click.Choice([*PROFILES]),
    multiple=True,
    help="Use this profile instead of the configured ones. Repeatable.",
)
@click.option("--changed", is_flag=True, help="Check only the plugins that a change concerns, and the repository.")
@comparison_options
@click.option(
    "--online",
    is_flag=True,
    help="Also ask the package index for the core's releases, which are written to governance/core-releases.json, and "
    "for the owners of the plugins' projects.",
)
@click.option("--simple", metavar="URL", help="URL of the simple API of the index for --online; default: PyPI's.")
@click.option(
    "--baseline",
    type=click.Choice(["write", "prune"]),
    help="Write all current violations to the baseline, or remove fixed ones from it.",
)
@click.option("--fix", is_flag=True, help="Show and write the safe fixes.")
@click.option("--unsafe-fixes", is_flag=True, help="Show and write all fixes; review them.")
@click.option("--help-wanted", is_flag=True, help="List the gaps as work for newcomers, in Markdown.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (schema 1).")
@click.option("--sarif", is_flag=True, help="Print SARIF 2.1.0 for code scanning.")
@click.option("--github", is_flag=True, help="Also print annotations and write the step summary of GitHub Actions.")
@click.option("--explain", metavar="CODE", help="Explain one rule, and check nothing.")
@click.pass_obj
def command(
    context: Context,
    /,
    plugins: tuple[str, ...],
    base: str | None,
    head: str | None,
    exact: bool,
    baseline: str | None,
    fix: bool,
    unsafe_fixes: bool,
    explain: str | None,
    **given: Any,
) -> int:
    """Check plugins and the repository against the community's rules.

    The command does not import, build or run plugin code, and without --online it uses no network. The exit code is 1
    if a rule with the severity `error` is violated, unless a waiver or the baseline contains the violation. With
    PLUGIN, only these plugins are checked.
    """
    formats = {name: given.pop(name) for name in ("as_json", "sarif", "github", "help_wanted")}
    if sum((formats["as_json"], formats["sarif"], formats["help_wanted"])) > 1:
        raise click.UsageError("--json, --sarif and --help-wanted cannot be combined")
    output = CheckOutput(**formats)
    rules = load_rules(os.environ)
    # The modules of less usual options are imported late, because importing takes half of a usual run.
    if explain is not None:
        from commonhold.cli.check_actions import explain_rule

        explain_rule(explain, rules, as_json=output.as_json)
        return 0
    fixes = fix or unsafe_fixes
    if given["tier"] and (given["changed"] or baseline or fixes):
        raise click.UsageError(_NOT_WITH_AS)
    if (base or exact) and not given["changed"]:
        raise click.UsageError("--base and --exact need --changed")
    if given["online"] and (head or given["changed"]):
        raise click.UsageError("--online cannot be combined with --head or --changed")
    if head and (baseline or fixes):
        raise click.UsageError("--head cannot be combined with --baseline, --fix or --unsafe-fixes")
    options = CheckOptions(plugins, compare_options(context.folder, base, head, exact), **given)
    opened = open_check(context, options, rules)
    report = opened.run()
    if baseline:
        from commonhold.cli.check_actions import write_baseline

        return write_baseline(opened, report, prune=baseline == "prune")
    if fixes:
        from commonhold.cli.check_actions import apply_fixes

        if apply_fixes(opened, report, unsafe=unsafe_fixes):
            report = open_check(context, options, rules).run()
    print_check(report, output)
    return int(report.failed and not output.help_wanted)
