"""The command ``index add``: enable a tier, or trust the plugin index of somebody else."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from commonhold_plugins.cli.invocation import Invocation
    from commonhold_plugins.config import HostConfig
    from commonhold_plugins.model import RootDocument


@click.command
@click.argument("name", metavar="NAME")
@click.argument("url", metavar="[URL]", required=False)
@click.option("--yes", is_flag=True, help="Agree without being asked.")
@click.pass_obj
def command(invocation: Invocation, name: str, url: str | None, yes: bool) -> None:
    """Enable the tier NAME, such as `community`, or add the plugin index NAME below URL.

    URL may be a local folder, and is not needed for a plugin index that the community knows. You are asked once
    whether you trust it, because installing a plugin runs its code.
    """
    from commonhold_plugins.cli.prompts import confirm
    from commonhold_plugins.errors import ClientError

    root = invocation.root_document()
    config = invocation.config()
    changed, explanation = _changed(config, root, name, url)
    if changed == config:
        invocation.tell(f"{name} is enabled already.")
        return
    invocation.tell(explanation)
    if not confirm(f"Do you trust {name}?", yes=yes, what=f"trusting {name}"):
        raise ClientError(f"{name} is not added")
    invocation.change_config(lambda _: changed)
    if len(changed.indexes) > len(config.indexes):
        _read_first(invocation, name, config)
    invocation.tell(
        f"Its plugins have names like {name}/NAME. List them with: {invocation.command} search --tier {name}"
    )


def _changed(config: HostConfig, root: RootDocument, name: str, url: str | None) -> tuple[HostConfig, str]:
    """Return the new choices, and what the user must know before agreeing to them."""
    from commonhold_plugins.config import AddedIndex
    from commonhold_plugins.errors import WrongUsageError
    from commonhold_plugins.names import is_short
    from commonhold_plugins.text import printable, printable_lines, quoted
    from commonhold_plugins.urls import base_url, shown_url

    tier = next((each for each in root.tiers if each.name == name), None)
    if tier is not None:
        if url is not None:
            raise WrongUsageError(f"{name} is a tier of {printable(root.community)}, so it needs no URL")
        if tier.default or name in config.tiers:
            return config, ""
        notice = printable_lines(tier.notice.strip()) or f"Plugins of the {name} tier are maintained by their authors."
        return replace(config, tiers=(*config.tiers, name)), notice
    if not is_short(name):
        raise WrongUsageError(f"{quoted(name)} is not a name for a plugin index", hint="Use a-z, 0-9 and hyphens.")
    known = next((each for each in root.indexes if each.name == name), None)
    if url is None and known is None:
        names = [each.name for each in root.tiers if not each.default] + [each.name for each in root.indexes]
        hint = f"Known names: {', '.join(names)}. Others need a URL." if names else "Add its URL."
        raise WrongUsageError(f"{quoted(name)} is neither a tier nor a known plugin index", hint=hint)
    base = base_url(url) if url is not None else known.url if known else ""
    same = next((each for each in config.indexes if each.name == name), None)
    if same is not None and same.url == base:
        return config, ""
    if same is not None:
        hint = f"Remove that one first: {{command}} index remove {name}"
        raise WrongUsageError(f"there is a plugin index {name} already, below {shown_url(same.url)}", hint=hint)
    if base == config.root or base in [each.url for each in config.indexes]:
        raise WrongUsageError(f"{shown_url(base)} is enabled already, with another name")
    summary = f" ({printable(known.summary)})" if known and known.url == base and known.summary else ""
    explanation = (
        f"{name}{summary} is a plugin index of somebody else, below {shown_url(base)}. Its plugins are not reviewed by "
        f"{printable(root.community)}, and installing one runs its code. It can never replace an official plugin."
    )
    today = time.strftime("%Y-%m-%d", time.gmtime())
    return replace(config, indexes=(*config.indexes, AddedIndex(name, base, today))), explanation


def _read_first(invocation: Invocation, name: str, before: HostConfig) -> None:
    """Read a new plugin index; one that cannot be read is not added."""
    error = None
    try:
        _, results = invocation.refresh()
        error = next((result.error for result in results if result.name == name), None)
    except BaseException:
        invocation.change_config(lambda _: before)
        raise
    if error is not None:
        invocation.change_config(lambda _: before)
        error.message = f"{name} is not added: {error.message}"
        raise error
