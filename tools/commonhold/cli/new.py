"""``commonhold new``: create a plugin from a template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from commonhold.cli.terminal import BOLD, GREEN, echo_err, emit, emit_diff, emit_wrapped, paint
from commonhold.errors import UsageError, page_url
from commonhold.vcs.web_address import repository_page

if TYPE_CHECKING:
    from commonhold.cli.context import Context
    from commonhold.scaffold.new.answers import Maintainer
    from commonhold.scaffold.new.naming import PluginNames
    from commonhold.scaffold.new.new_plugin import NewPlugin
    from commonhold.scaffold.new.templates import Template, Templates
    from commonhold.vcs import Repository
    from commonhold.workspace import Files, Workspace
    from commonhold.workspace.config import Tier

_FLAGS = ("NAME", "--tier", "--template", "--description", "--maintainer")


@dataclass(frozen=True, slots=True)
class NewOptions:
    """The options of the command."""

    name: str | None
    tier: str | None
    template: str | None
    description: str | None
    maintainers: tuple[str, ...]
    accounts: tuple[str, ...]
    license: str | None
    offline: bool
    index: str | None
    name_is_ours: bool
    dry_run: bool


@click.command("new")
@click.argument("name", required=False)
@click.option("--tier", metavar="TIER", help="Tier of the new plugin; default: the only tier.")
@click.option("--template", metavar="TEMPLATE", help="Template; default: the only template that fits the core.")
@click.option("--description", metavar="TEXT", help="What the plugin does, in one sentence.")
@click.option(
    "--maintainer", "maintainers", metavar="PERSON", multiple=True, help='"Name <e-mail address>"; repeatable.'
)
@click.option(
    "--account",
    "accounts",
    metavar="LOGIN:ID",
    multiple=True,
    help="GitHub account of a maintainer, who may then approve changes; repeatable, in the order of --maintainer.",
)
@click.option(
    "--license",
    type=click.Choice(["Apache-2.0", "BSD-3-Clause", "MIT"]),
    help="Licence of the plugin; default: the first of these that the tier permits.",
)
@click.option("--offline", is_flag=True, help="Do not check whether the package index has a project of this name.")
@click.option("--index", metavar="URL", help="URL of the simple API of the package index; default: PyPI.")
@click.option("--name-is-ours", is_flag=True, help="Accept a name that exists on the index, because you own it.")
@click.option("--dry-run", is_flag=True, help="Print the new files as a diff, and write nothing.")
@click.pass_obj
def command(context: Context, /, **options: Any) -> None:
    """Create a plugin whose tests pass, from a template.

    NAME is the part of the name that differs between the plugins of a tier, such as the name of a library. On a
    terminal, missing values are asked for. Without a terminal, or with all values as options, nothing is asked.
    """
    from commonhold.scaffold.new.creation import plan_creation, remaining_steps
    from commonhold.workspace import Files, read_workspace

    chosen = NewOptions(**options)
    repository = context.repository()
    tree = Files(repository.work_tree())
    workspace = read_workspace(tree, context.read_config(tree, repository.root))
    plugin = _describe(chosen, repository, workspace, tree)
    changes = plan_creation(plugin, repository.root)
    if chosen.dry_run:
        emit_diff(changes.diff())
        return
    changes.apply()
    emit(f"{paint('created', GREEN)} {plugin.shown_folder} ({plugin.names.distribution})")
    for path in changes.paths:
        echo_err(f"  {plugin.workspace.config.shown(path)}", wrap=False)
    emit(paint("Next steps:", BOLD))
    for number, step in enumerate(remaining_steps(plugin), 1):
        emit_wrapped(f"  {number}. {step}")


def _describe(chosen: NewOptions, repository: Repository, workspace: Workspace, tree: Files) -> NewPlugin:
    """Check the options, and ask for missing values."""
    from commonhold.checks.settings import read_settings
    from commonhold.cli.prompts import ask, can_ask
    from commonhold.scaffold.new.answers import (
        Answers,
        add_accounts,
        choose_licence,
        parse_description,
        parse_maintainer,
        read_account,
    )
    from commonhold.scaffold.new.new_plugin import NewPlugin
    from commonhold.scaffold.new.templates import REPOSITORY_TEMPLATES, Templates

    templates = Templates(tree, workspace.config.path(REPOSITORY_TEMPLATES))
    tier = _find_tier(chosen.tier, workspace)
    settings = read_settings(workspace.config).tiers
    profiles = settings[tier.name].profile if tier else ()
    template = _find_template(chosen.template, templates, workspace, profiles)
    description = None if chosen.description is None else parse_description(chosen.description)
    maintainers = tuple(map(parse_maintainer, chosen.maintainers))
    accounts = tuple(map(read_account, chosen.accounts))
    names = _accept_name(chosen.name, repository.root, workspace, tier) if chosen.name and tier else None
    given = (chosen.name, tier, template, description, maintainers)
    missing = [flag for flag, value in zip(_FLAGS, given, strict=True) if not value]
    if missing and not can_ask():
        raise UsageError(
            f"there is no terminal to ask for missing values: {', '.join(missing)}",
            hint=f"Pass them on the command line; see {page_url('how-to/add-a-plugin#create-it')}",
        )
    tier = tier or _ask_tier(workspace)
    required = settings[tier.name]
    license_ = choose_licence(chosen.license, required.licences)
    names = names or _ask_name(chosen.name, repository.root, workspace, tier)
    echo_err(_index_note(chosen, names))
    template = template or _ask_template(templates, workspace, required.profile)
    description = description or ask("What does the plugin do? One sentence", parse_description)
    maintainers = _complete_maintainers(maintainers, required.maintainers, repository)
    maintainers = add_accounts(maintainers, accounts)
    answers = Answers(names.name, tier.name, template.name, description, maintainers, license_)
    return NewPlugin(workspace, tier, names, answers, template, required, repository_page(repository.git))


def _complete_maintainers(given: tuple[Maintainer, ...], number: int, repository: Repository) -> tuple[Maintainer, ...]:
    """Ask for maintainers until there are as many as the tier requires."""
    from commonhold.cli.prompts import ask, can_ask
    from commonhold.scaffold.new.answers import parse_maintainer

    found = list(given)
    while len(found) < max(number, 1):
        if not can_ask():
            raise UsageError(
                f"the tier requires {number} maintainers, and {len(found)} are given", hint="Repeat --maintainer."
            )
        text = "Maintainer, as NAME <E-MAIL>" if not found else "Another maintainer"
        default = _git_user(repository) if not found else None
        found.append(parse_maintainer(ask(text, lambda answer: str(parse_maintainer(answer)), default)))
    return tuple(found)


def _find_tier(name: str | None, workspace: Workspace) -> Tier | None:
    from commonhold.scaffold.new.naming import find_tier

    tiers = workspace.config.tiers
    if name is None:
        return next(iter(tiers.values())) if len(tiers) == 1 else None
    return find_tier(workspace.config, name)


def _find_template(
    name: str | None, templates: Templates, workspace: Workspace, profiles: tuple[str, ...]
) -> Template | None:
    """Return the template of this name, or the only one for the tier's profiles or for the core."""
    if name is not None:
        return templates.find(name)
    fitting = templates.fitting(workspace.core.name, profiles)
    made_for = [each for each in fitting if not set(profiles).isdisjoint(each.profiles)] or fitting
    return made_for[0] if len(made_for) == 1 else None


def _ask_tier(workspace: Workspace) -> Tier:
    from commonhold.cli.prompts import ask_choice

    tiers = workspace.config.tiers
    echo_err("Tiers:")
    return tiers[ask_choice("Tier", {name: ", ".join(tier.path.sources) for name, tier in tiers.items()})]


def _ask_template(templates: Templates, workspace: Workspace, profiles: tuple[str, ...]) -> Template:
    from commonhold.cli.prompts import ask_choice

    fitting = {each.name: each for each in templates.fitting(workspace.core.name, profiles)}
    echo_err("Templates:")
    return fitting[ask_choice("Template", {name: each.title for name, each in fitting.items()}, next(iter(fitting)))]


def _accept_name(text: str, root: str, workspace: Workspace, tier: Tier) -> PluginNames:
    """Return the names of the plugin. Raises ``UsageError`` with the reason why a name is not accepted."""
    from commonhold.scaffold.new.answers import parse_name
    from commonhold.scaffold.new.naming import derive_names, plain_name
    from commonhold.scaffold.new.refusals import check_names

    names = derive_names(workspace, tier, parse_name(plain_name(workspace, tier, text)))
    check_names(workspace, names, root)
    return names


def _ask_name(given: str | None, root: str, workspace: Workspace, tier: Tier) -> PluginNames:
    """Check the name that was given, or ask until a name is accepted."""
    from commonhold.cli.prompts import ask

    text = given or ask("Name", lambda answer: _accept_name(answer, root, workspace, tier).name)
    return _accept_name(text, root, workspace, tier)


def _index_note(chosen: NewOptions, names: PluginNames) -> str:
    """Look up the name on the index, and return a sentence about the result."""
    if chosen.offline:
        return f"note: the index was not checked for {names.distribution} (--offline)"
    from commonhold.index.addresses import read_address
    from commonhold.index.client import IndexClient
    from commonhold.scaffold.new.refusals import check_index

    return f"note: {check_index(IndexClient(read_address(chosen.index)), names, ours=chosen.name_is_ours)}"


def _git_setting(repository: Repository, key: str) -> str:
    return repository.git.attempt("config", "--get", key).stdout.decode("utf-8", "replace").strip()


def _git_user(repository: Repository) -> str | None:
    """Return the person in git's configuration, the default for the maintainer."""
    name, email = _git_setting(repository, "user.name"), _git_setting(repository, "user.email")
    return f"{name} <{email}>" if name and email else None
