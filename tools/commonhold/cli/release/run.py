"""``commonhold release run``: a whole release, one phase after another."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from commonhold.cli.release.index_options import find_address, others_option, simple_option
from commonhold.cli.release.notes import notes_options
from commonhold.cli.release.publish import upload_options
from commonhold.cli.release.store_options import default_folder, store_name
from commonhold.cli.release.verify import read_wait, verify_at
from commonhold.cli.terminal import BOLD, echo_err, emit
from commonhold.errors import CommonholdError, UsageError
from commonhold.release.model.plugin_state import PluginStatus
from commonhold.release.model.state import DONE, PARTLY, STOPPED, partial_release_error

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from commonhold.cli.context import Context
    from commonhold.index.addresses import Address
    from commonhold.release.model.state import ReleaseState
    from commonhold.release.model.store import Store


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of the command."""

    ref: str | None
    only: tuple[str, ...]
    to: str | None
    simple: str | None
    core_from: str | None
    store: str | None
    dry_run: bool
    strict: bool
    smoke: str | None
    indexes: tuple[str, ...]
    wait: str
    yes: bool
    jobs: int
    timeout: float
    patience: float
    tag: bool
    push: str | None
    github: bool


class RunError(CommonholdError):
    """The release stopped between its phases."""


@click.command("run", short_help="All of it, one phase after another; again, to go on.")
@click.argument("version")
@click.option("--ref", metavar="REV", help="Release this commit; without it, the version's tag if it exists, or HEAD.")
@click.option("--only", metavar="PLUGIN", multiple=True, help="Release this plugin, and those that waited for it.")
@click.option("--to", metavar="INDEX", help="pypi, testpypi or an address; default: pypi, or where it went before.")
@simple_option
@click.option("--core-from", metavar="INDEX", help="The core is out, on this index: pypi, testpypi, or an address.")
@click.option("--store", metavar="DIR", help="Keep the release in DIR, not in .commonhold/release/VERSION.")
@click.option("--dry-run", is_flag=True, help="Plan only, and write nothing.")
@click.option("--strict", is_flag=True, help="Stop the release for any finding, in any tier, old or new.")
@click.option(
    "--smoke", type=click.Choice(["import"]), help="Also install each plugin by itself and import it: runs its code."
)
@others_option
@click.option(
    "--wait", metavar="TIME", default="10m", show_default=True, help="How long to wait for the index at last."
)
@click.option("--yes", is_flag=True, help="Do not ask before the upload. Nobody is asked where there is no terminal.")
@upload_options
@notes_options
@click.pass_context
def command(click_context: click.Context, /, version: str, **options: Any) -> int:
    """Plan, build, inspect, publish, verify, and write the notes: a whole release.

    What is done already is left out, so that the same command goes on after whatever happened. Exit code 0: all is
    on the index; 5: some is, and some is not; 1: it stopped before anything was uploaded; 4: the index, git or a
    tool did not answer.
    """
    wanted = RunOptions(**options)
    context: Context = click_context.obj
    store = _planned(context, version, wanted)
    if store is None:
        return DONE
    try:
        return _go_on(click_context, context, store, wanted)
    except CommonholdError as error:
        state = _state(store)
        if state.left and state.any_uploaded:
            raise partial_release_error(error) from error
        raise


def _planned(context: Context, version: str, wanted: RunOptions) -> Store | None:
    """The store of the release: the one that is there, or that of a new plan."""
    from commonhold.cli.release.plan import ReleasePlanOptions as PlanWanted
    from commonhold.cli.release.plan import plan_into_store

    known = _known(context, version, wanted)
    if known is not None:
        return known
    echo_err("plan", BOLD)
    return plan_into_store(
        context,
        PlanWanted(
            version=version,
            upcoming=False,
            floor=None,
            ref=wanted.ref,
            only=wanted.only,
            to=wanted.to or "pypi",
            simple=wanted.simple,
            core_from=wanted.core_from,
            finish=False,
            dry_run=wanted.dry_run,
            store=wanted.store,
            form="table",
        ),
    )


def _known(context: Context, version: str, wanted: RunOptions) -> Store | None:
    """The release as it was planned before; ``UsageError`` when it is not what is asked for now."""
    from packaging.version import Version

    from commonhold.release.model.store import PLAN, open_store
    from commonhold.text import printable

    if wanted.dry_run:
        return None
    folder = wanted.store or (_begun(context, version, wanted) if wanted.only else default_folder(context, version))
    if folder is None or not os.path.exists(os.path.join(folder, PLAN)):
        return None
    store = open_store(folder)
    if Version(store.plan.version) != Version(version):
        raise UsageError(f"{folder} holds the release {store.plan.version}", hint="Name another folder with --store.")
    if wanted.ref is not None and _resolve(context, wanted.ref) != store.plan.commit:
        raise UsageError(
            f"{folder} holds a release of the commit {store.plan.commit}, which is not {wanted.ref}",
            hint="Leave out --ref to go on with it, or name another folder with --store.",
        )
    echo_err(f"planned before, in {printable(folder)}", BOLD)
    return store


def _begun(context: Context, version: str, wanted: RunOptions) -> str | None:
    """Where these very plugins were planned before, from the same commit or to no end yet; the newest, if any.

    What they become is not to be asked of the index again, which has a part of it already.
    """
    from commonhold.cli.release.plan import find_commit
    from commonhold.projects.names import normalize
    from commonhold.release.model.store import PLAN, open_store
    from commonhold.versions import parse_release

    base = os.path.dirname(default_folder(context, version))
    only = [normalize(name) for name in wanted.only]
    names = sorted(os.listdir(base)) if os.path.isdir(base) else []
    folders = [os.path.join(base, name) for name in names if name.startswith(f"{min(only)}-")]
    stores = [open_store(folder) for folder in folders if os.path.exists(os.path.join(folder, PLAN))]
    theirs = [store for store in stores if _is_of(store, only) and store.plan.version == str(parse_release(version))]
    if not theirs:
        return None
    commit = find_commit(context, version, wanted.ref)
    same = [store for store in theirs if store.plan.commit == commit or not _is_over(store)]
    newest = max(same, key=lambda store: parse_release(store.plan.plugin(only[0]).version), default=None)
    return None if newest is None else newest.folder


def _is_of(store: Store, only: Collection[str]) -> bool:
    known = {plugin.name for plugin in store.plan.plugins}
    return known.issuperset(only) and os.path.basename(store.folder) == store_name(store.plan, only)


def _is_over(store: Store) -> bool:
    state = _state(store)
    return state.is_verified or state.aborted is not None


def _resolve(context: Context, ref: str) -> str:

    return context.repository().resolve(ref)


def _go_on(click_context: click.Context, context: Context, store: Store, wanted: RunOptions) -> int:
    """All phases after the plan, as far as they have something to do."""
    from commonhold.cli.release.notes import NotesOptions as After
    from commonhold.cli.release.notes import write_and_tag
    from commonhold.cli.release.results import print_next_step, print_states
    from commonhold.release.publish import find_credentials
    from commonhold.release.report.overview import count_statuses

    state = _state(store)
    if state.aborted is not None:
        raise RunError(f"this release was aborted: {state.aborted}", hint="Plan it again, into a new store.")
    address = find_address(store, wanted.to, wanted.simple)
    if state.left:
        find_credentials(address.upload, os.environ)  # who has none learns it before everything is built
    code = _prepare(click_context, store, address, wanted)
    if code == DONE:
        code = _deliver(store, address, wanted)
    state = _state(store)
    if state.any_uploaded:
        echo_err("notes", BOLD)
        _, wrong = write_and_tag(context, store, After(tag=wanted.tag, push=wanted.push, github=wanted.github))
        code = code or (PARTLY if wrong else DONE)
    print_states(state)
    emit(f"{store.plan.version}: {count_statuses(state)}")
    if code != DONE:
        print_next_step(store, ("--store", store.folder))
    return code


def _prepare(click_context: click.Context, store: Store, address: Address, wanted: RunOptions) -> int:
    """Build and inspect what is not; the exit code when that stops the release."""
    from commonhold.cli.release import build, inspect

    folder = store.folder
    if _any(store, PluginStatus.PLANNED, PluginStatus.BUILD_FAILED):
        echo_err("build", BOLD)
        if click_context.invoke(build.command, folder=folder):
            return _stopped(store)
    if _any(store, PluginStatus.BUILT) or (wanted.strict and _any(store, PluginStatus.FAILED_INSPECTION)):
        echo_err("inspect", BOLD)
        options = {"strict": wanted.strict, "smoke": wanted.smoke, "indexes": wanted.indexes}
        if click_context.invoke(inspect.command, folder=folder, word=address.upload, simple=address.simple, **options):
            return _stopped(store)
    return DONE


def _deliver(store: Store, address: Address, wanted: RunOptions) -> int:
    """Upload and verify what is not; the exit code."""
    from commonhold.cli.release.publish import make_settings, publish_to

    wait = read_wait(wanted.wait)
    state = _state(store)
    code = DONE
    if state.left or state.address != address:
        _ask(state, address, wanted)
        echo_err("publish", BOLD)
        code = publish_to(store, address, make_settings(wanted.jobs, wanted.timeout, wanted.patience)).exit_code
    if _any(store, PluginStatus.UPLOADED, PluginStatus.UNVERIFIED):
        echo_err("verify", BOLD)
        verified = verify_at(store, address, wanted.indexes, wait)
        code = code or (PARTLY if verified else DONE)  # nothing is undone by it, and the upload came first
    return code


def _ask(state: ReleaseState, address: Address, wanted: RunOptions) -> None:
    """Ask before what cannot be taken back, where there is somebody to ask. Raises ``RunError``."""
    if wanted.yes or not sys.stdin.isatty():
        return
    ready = sum(standing.is_uploadable and not standing.is_uploaded for standing in state.released)
    if ready and not click.confirm(f"Upload {ready} plugins to {address.upload}?", err=True):
        raise RunError("nobody agreed to the upload", hint="The same command goes on from here.")


def _stopped(store: Store) -> int:
    return PARTLY if _state(store).any_uploaded else STOPPED


def _any(store: Store, *states: PluginStatus) -> bool:
    return any(standing.status in states for standing in _state(store).released)


def _state(store: Store) -> ReleaseState:

    return store.state()
